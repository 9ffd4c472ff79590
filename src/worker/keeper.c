/*
 * Invariants: the keeper holds no file but the read end of its pipe and what it is charged with; it never frees or writes what qpool uses but the
 * notes, and those only after qpool is dead. The array is sparse: only touched pages take memory.
 */
#include "worker/keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sys/os.h"

enum { PAUSE_MS = 5, PATIENCE = 200 };

struct shared {
	volatile unsigned highest; /* no note behind this slot */
	volatile unsigned exempt;  /* needs no token */
	volatile pid_t notes[KEEPER_MOST_SLOTS + 1];
};

struct keeper {
	pid_t pid;
	int pipe_fd;           /* the write end; its closing is the news */
	struct shared *shared; /* mapped; both processes see it */
};

/* The keeper's files. */
enum { NEWS_FD, READY_FD, TOKEN_FD, HELD_FD, HOLD_FD, LOCK_FD, CLAIM_FD, FD_COUNT };

static void
pause_ms(long ms)
{
	const struct timespec pause = { .tv_nsec = ms * NS_PER_MS };

	nanosleep(&pause, NULL);
}

static void
signal_groups(struct shared *s, int sig)
{
	for (unsigned i = 1; i <= s->highest; i++)
		if (s->notes[i] != 0)
			kill(-s->notes[i], sig);
}

static bool
is_alive(pid_t note)
{
	return note > 0 ? os_group_alive(note) : kill(-note, 0) == 0;
}

/* The jobserver's pipe has room, or its server is gone; one that is full for a whole second is nobody's. */
static bool
put_back(struct held *h)
{
	for (int i = 0; i < PATIENCE; i++) {
		if (held_put_back(h, TOKEN_FD) == 1)
			return true;
		if (errno != EAGAIN)
			return false;
		pause_ms(PAUSE_MS);
	}
	return false;
}

/* Keeps as many tokens as there are workers that need one. */
static void
give_back(struct held *h, unsigned needed)
{
	while (held_left(h) > needed && put_back(h))
		continue;
}

static bool
any_alive(struct shared *s, struct held *h)
{
	unsigned paid = 0;
	bool alive = false;

	for (unsigned i = 1; i <= s->highest; i++) {
		if (s->notes[i] == 0)
			continue;
		if (!is_alive(s->notes[i])) {
			s->notes[i] = 0;
			continue;
		}
		alive = true;
		paid += i != s->exempt;
	}
	if (h != NULL)
		give_back(h, paid);
	return alive;
}

static void
end_workers(struct shared *s, int64_t grace_ns, struct held *h)
{
	int64_t deadline = clock_mono_ns() + grace_ns;

	signal_groups(s, SIGTERM);
	signal_groups(s, SIGCONT);
	/* Strangers' children can only be asked after, not waited for. */
	while (any_alive(s, h) && clock_mono_ns() < deadline)
		pause_ms(4L * PAUSE_MS);
	signal_groups(s, SIGKILL);
	for (int i = 0; i < PATIENCE && any_alive(s, h); i++)
		pause_ms(PAUSE_MS);
	if (h != NULL)
		give_back(h, 0);
}

static void
remove_folder(const char *folder)
{
	const struct dirent *entry;
	DIR *d = opendir(folder);

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(d), entry->d_name, 0);
	if (d != NULL)
		closedir(d);
	rmdir(folder);
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

/* Puts the keeper's files at their places and closes all others. */
static int
arrange_files(int fd[FD_COUNT])
{
	/* Through copies above the places: any of them may stand at another's. */
	for (int i = 0; i < FD_COUNT; i++)
		if (fd[i] != -1 && (fd[i] = fcntl(fd[i], F_DUPFD, FD_COUNT)) == -1)
			return -1;
	for (int i = 0; i < FD_COUNT; i++)
		if (fd[i] == -1)
			close(i);
		else if (dup2(fd[i], i) == -1)
			return -1;
	closefrom(FD_COUNT);
	return 0;
}

static _Noreturn void
keep(struct shared *s, int fd[FD_COUNT], const struct keeper_charge *charge, int64_t grace_ns)
{
	struct held held = { .fd = { HELD_FD, HOLD_FD }, .copies = charge->held != NULL && charge->held->copies };
	char byte = 0;
	ssize_t sent;

	setsid();
	ignore_signals();
	os_set_name("pool-keeper");
	/* No mount is kept busy by us. */
	if (arrange_files(fd) == -1 || chdir("/") == -1)
		_exit(1);
	while ((sent = write(READY_FD, &byte, 1)) == -1 && errno == EINTR)
		continue;
	if (sent != 1)
		_exit(1);
	close(READY_FD);
	while (read(NEWS_FD, &byte, 1) == -1 && errno == EINTR)
		continue;
	end_workers(s, grace_ns, charge->held != NULL ? &held : NULL);
	if (charge->folder != NULL)
		remove_folder(charge->folder);
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
keeper_start(int64_t grace_ns, const struct keeper_charge *charge)
{
	struct keeper *k = mem_alloc(sizeof *k);
	int fd[2], ready[2], held[2] = { -1, -1 }, saved;

	if (charge->held != NULL)
		memcpy(held, charge->held->fd, sizeof held);
	k->shared =
	    mmap(NULL, sizeof *k->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
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
		keep(k->shared,
		    (int[FD_COUNT]){
			fd[0], ready[1], charge->token_fd, held[0], held[1], charge->lock_fd, charge->claim_fd },
		    charge, grace_ns);
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
keeper_exempt(struct keeper *k, unsigned slot)
{
	k->shared->exempt = slot;
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
