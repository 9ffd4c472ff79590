/*
 * Invariants: the keeper holds no file but the read end of its pipe; it never frees or writes what qpool uses but the notes, and those only after qpool
 * is dead. notes[] is sparse: only touched pages take memory.
 */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"
#include "os.h"

struct shared {
	volatile unsigned highest; /* no note behind this slot */
	volatile pid_t notes[KEEPER_MOST_SLOTS + 1];
};

struct keeper {
	pid_t pid;
	int pipe_fd;           /* the write end; its closing is the news */
	struct shared *shared; /* mapped; both processes see it */
};

static void
signal_groups(struct shared *s, int sig)
{
	for (unsigned i = 1; i <= s->highest; i++)
		if (s->notes[i] > 0)
			kill(-s->notes[i], sig);
}

static bool
any_alive(struct shared *s)
{
	bool alive = false;

	for (unsigned i = 1; i <= s->highest; i++) {
		if (s->notes[i] <= 0)
			continue;
		if (os_group_alive(s->notes[i]))
			alive = true;
		else
			s->notes[i] = 0;
	}
	return alive;
}

static void
end_workers(struct shared *s, int64_t grace_ns)
{
	const struct timespec pause = { .tv_nsec = 20 * NS_PER_MS };
	int64_t deadline = clock_mono_ns() + grace_ns;

	signal_groups(s, SIGTERM);
	signal_groups(s, SIGCONT);
	/* Strangers' children can only be asked after, not waited for. */
	while (any_alive(s) && clock_mono_ns() < deadline)
		nanosleep(&pause, NULL);
	signal_groups(s, SIGKILL);
}

static void
ignore_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void
keep(struct shared *s, int fd, int ready_fd, int64_t grace_ns)
{
	char byte = 0;
	ssize_t sent;

	setsid();
	ignore_signals();
	os_set_name("pool-keeper");
	/* Through copies above the two: either may be 0 or 1 itself. */
	fd = fcntl(fd, F_DUPFD, 2);
	ready_fd = fcntl(ready_fd, F_DUPFD, 2);
	if (fd == -1 || ready_fd == -1 || dup2(fd, 0) == -1 || dup2(ready_fd, 1) == -1)
		_exit(1);
	closefrom(2);
	/* No mount is kept busy by us. */
	if (chdir("/") == -1)
		_exit(1);
	while ((sent = write(1, &byte, 1)) == -1 && errno == EINTR)
		continue;
	if (sent != 1)
		_exit(1);
	close(1);
	while (read(0, &byte, 1) == -1 && errno == EINTR)
		continue;
	end_workers(s, grace_ns);
	_exit(0);
}

/* Until it is out of our group a signal to that group would take it along, and the workers would be nobody's. */
static int
await_ready(int fd)
{
	char byte;
	ssize_t got;

	while ((got = read(fd, &byte, 1)) == -1 && errno == EINTR)
		continue;
	if (got == 0)
		errno = ECHILD;
	return got == 1 ? 0 : -1;
}

struct keeper *
keeper_start(int64_t grace_ns)
{
	struct keeper *k = mem_alloc(sizeof *k);
	int fd[2], ready[2], saved;

	k->shared = mmap(NULL, sizeof *k->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (k->shared == MAP_FAILED)
		goto fail_map;
	if (os_pipe(fd) == -1)
		goto fail_pipe;
	if (os_pipe(ready) == -1)
		goto fail_ready;
	k->pid = fork();
	if (k->pid == -1)
		goto fail_fork;
	if (k->pid == 0)
		keep(k->shared, fd[0], ready[1], grace_ns);
	close(fd[0]);
	close(ready[1]);
	k->pipe_fd = fd[1];
	if (await_ready(ready[0]) == -1) {
		saved = errno;
		close(ready[0]);
		keeper_stop(k);
		errno = saved;
		return NULL;
	}
	close(ready[0]);
	return k;

fail_fork:
	saved = errno;
	close(ready[0]);
	close(ready[1]);
	errno = saved;
fail_ready:
	saved = errno;
	close(fd[0]);
	close(fd[1]);
	errno = saved;
fail_pipe:
	saved = errno;
	munmap(k->shared, sizeof *k->shared);
	errno = saved;
fail_map:
	saved = errno;
	free(k);
	errno = saved;
	return NULL;
}

volatile pid_t *
keeper_note(struct keeper *k, unsigned slot)
{
	if (slot > k->shared->highest)
		k->shared->highest = slot;
	return &k->shared->notes[slot];
}

void
keeper_stop(struct keeper *k)
{
	/* Before the pipe closes: it is not to act. */
	kill(k->pid, SIGKILL);
	close(k->pipe_fd);
	while (waitpid(k->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	munmap(k->shared, sizeof *k->shared);
	free(k);
}
