/*
 * Invariants: the keeper has no file open except the read end of its pipe and those of its charge. It never frees or
 * writes memory that qpool uses, except the notes, and those only after qpool is dead. The array of notes is sparse:
 * only pages that were written take memory.
 */
#include "worker/keeper.h"

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
#include "sys/orphans.h"
#include "sys/os.h"

enum { PAUSE_MS = 5, PATIENCE = 200 };

struct shared {
	volatile unsigned highest; /* slots above have no note */
	volatile unsigned exempt;  /* slot of a worker without a token; 0 */
	volatile pid_t notes[KEEPER_MOST_SLOTS + 1];
};

struct keeper {
	pid_t pid;
	int pipe_fd;           /* write end; it closes when this process dies */
	struct shared *shared; /* mapped memory, shared by both processes */
};

/* The keeper's fds. */
enum {
	DEATH_FD,
	READY_FD,
	TOKEN_FD,
	TOKENS_OUT_FD,
	TOKENS_IN_FD,
	LOCK_FD,
	CLAIM_FD,
	DIRECTORY_FD,
	PARENT_FD,
	FD_COUNT
};

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

/* A pipe that is full for a whole second has no reader any more. */
static bool
release_one(struct tokens *t)
{
	for (int i = 0; i < PATIENCE; i++) {
		if (tokens_release(t, TOKEN_FD) == 1)
			return true;
		if (errno != EAGAIN)
			return false;
		pause_ms(PAUSE_MS);
	}
	return false;
}

/* Returns the tokens in hand beyond those that running workers need. */
static void
release_tokens(struct tokens *t, unsigned needed)
{
	while (tokens_count(t) > needed && release_one(t))
		continue;
}

static bool
any_alive(struct shared *s, struct tokens *t)
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
	if (t != NULL)
		release_tokens(t, paid);
	return alive;
}

static void
end_workers(struct shared *s, int64_t grace_ns, struct tokens *t)
{
	int64_t deadline = clock_mono_ns() + grace_ns;

	signal_groups(s, SIGTERM);
	signal_groups(s, SIGCONT);
	/* Other processes' children cannot be waited for, only looked at. */
	while (any_alive(s, t) && clock_mono_ns() < deadline)
		pause_ms(4L * PAUSE_MS);
	signal_groups(s, SIGKILL);
	for (int i = 0; i < PATIENCE && any_alive(s, t); i++)
		pause_ms(PAUSE_MS);
	if (t != NULL)
		release_tokens(t, 0);
}

static void
remove_directory(const struct temp_dir *charge)
{
	struct temp_dir d = *charge;

	/* This process has them at other fds. */
	d.fd = DIRECTORY_FD;
	d.parent_fd = charge->parent_fd == -1 ? -1 : PARENT_FD;
	temp_dir_remove(&d);
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

/* Moves the keeper's files to their fds, and closes all others. */
static int
arrange_files(int fd[FD_COUNT])
{
	/* By way of copies above these fds, since any file may be open at the fd of another. */
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
	struct tokens tokens = { .fd = { TOKENS_OUT_FD, TOKENS_IN_FD },
		.copies = charge->tokens != NULL && charge->tokens->copies };
	int problem = 0, ready_fd = fd[READY_FD];
	char byte;
	ssize_t sent;

	setsid();
	ignore_signals();
	os_set_name("pool-keeper");
	/* The current directory would keep its file system busy. */
	if (arrange_files(fd) == -1 || chdir("/") == -1)
		problem = errno;
	while ((sent = write(problem != 0 ? ready_fd : READY_FD, &problem, sizeof problem)) == -1 && errno == EINTR)
		continue;
	if (sent != sizeof problem || problem != 0)
		_exit(1);
	close(READY_FD);
	while (read(DEATH_FD, &byte, 1) == -1 && errno == EINTR)
		continue;
	end_workers(s, grace_ns, charge->tokens != NULL ? &tokens : NULL);
	if (charge->directory != NULL)
		remove_directory(charge->directory);
	_exit(0);
}

/*
 * Until the keeper has left our process group, a signal to that group would kill it too, and nobody would end the
 * workers.
 */
static int
await_ready(int fd)
{
	int problem;
	ssize_t got;

	while ((got = read(fd, &problem, sizeof problem)) == -1 && errno == EINTR)
		continue;
	if (got == -1)
		return -1;
	/* Without an answer it was killed. */
	errno = got == sizeof problem ? problem : ECHILD;
	return errno == 0 ? 0 : -1;
}

/*
 * Like fork(2). No handler of this process can run in the child: one could write to a pipe that both share, and the
 * signal would count twice. ignore_signals discards what is pending there.
 */
static pid_t
fork_blocked(void)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid != 0)
		sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

struct keeper *
keeper_start(int64_t grace_ns, const struct keeper_charge *charge)
{
	struct keeper *k = mem_alloc(sizeof *k);
	int fd[2], ready[2], tokens[2] = { -1, -1 }, directory[2] = { -1, -1 }, saved;

	if (charge->tokens != NULL)
		memcpy(tokens, charge->tokens->fd, sizeof tokens);
	if (charge->directory != NULL) {
		directory[0] = charge->directory->fd;
		directory[1] = charge->directory->parent_fd;
	}
	k->shared =
	    mmap(NULL, sizeof *k->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (k->shared == MAP_FAILED)
		goto fail_map;
	if (os_pipe(fd) == -1)
		goto fail_pipe;
	if (os_pipe(ready) == -1)
		goto fail_ready;
	k->pid = fork_blocked();
	if (k->pid == -1)
		goto fail_fork;
	if (k->pid == 0)
		keep(k->shared,
		    (int[FD_COUNT]){ fd[0], ready[1], charge->token_fd, tokens[0], tokens[1], charge->lock_fd,
			charge->claim_fd, directory[0], directory[1] },
		    charge, grace_ns);
	orphans_exclude(k->pid);
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
	/* Before the pipe closes, so that the keeper does not act. */
	kill(k->pid, SIGKILL);
	close(k->pipe_fd);
	while (waitpid(k->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	orphans_include(k->pid);
	munmap(k->shared, sizeof *k->shared);
	free(k);
}
