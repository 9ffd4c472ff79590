/* keeper: what it does when the process that started it is killed. Every process that waits here blocks on a pipe. */
#include "worker/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "sys/os.h"
#include "tap.h"

/*
 * A worker in a process group of its own. It writes a byte to `alive` once it is set up, and has that open until it
 * dies.
 */
static pid_t
start_worker(volatile pid_t *note, int alive, bool ignores_term)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	setpgid(0, 0);
	*note = getpid();
	/* As exec(2) would: the write end of the keeper's pipe must not stay open here. */
	dup2(alive, STDIN_FILENO);
	closefrom(STDERR_FILENO + 1);
	if (ignores_term)
		signal(SIGTERM, SIG_IGN);
	if (write(STDIN_FILENO, "a", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static bool
is_regular(const char *name, mode_t mode)
{
	(void)name;
	return S_ISREG(mode);
}

struct scene {
	int server[2]; /* the jobserver's pipe, empty: its one token is in hand */
	int alive[2];  /* has no writer once the worker is dead */
	int lock_fd;   /* of this process; the keeper's is another description */
	struct temp_dir directory;
	char file[80];
};

/* The process that will be killed: it has a keeper, a worker, a token in hand, a directory and a lock. */
static _Noreturn void
play_qpool(const struct scene *s, int64_t grace_ns, bool exempt, bool ignores_term)
{
	struct tokens tokens;
	struct keeper_charge charge = {
		.token_fd = s->server[1], .tokens = &tokens, .claim_fd = -1, .directory = &s->directory
	};
	struct keeper *k;

	charge.lock_fd = open(s->file, O_RDWR | O_CLOEXEC);
	if (tokens_open(&tokens, s->server[1], 1) == -1 || tokens_acquire(&tokens, s->server[0], false) != 1 ||
	    flock(charge.lock_fd, LOCK_EX) == -1)
		_exit(1);
	k = keeper_start(grace_ns, &charge);
	if (k == NULL || start_worker(keeper_note(k, 1), s->alive[1], ignores_term) == -1)
		_exit(1);
	keeper_exempt(k, exempt ? 1 : 0);
	close(s->alive[1]);
	for (;;)
		pause();
}

/* Starts that process, and kills it when its worker is set up. */
static bool
begin(struct scene *s, int64_t grace_ns, bool exempt, bool ignores_term)
{
	char byte;
	pid_t pid;

	if (temp_dir_make(&s->directory, "/tmp", is_regular) == -1 || os_pipe(s->server) == -1 ||
	    os_pipe(s->alive) == -1)
		return false;
	snprintf(s->file, sizeof s->file, "%s/0", s->directory.path);
	s->lock_fd = open(s->file, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (s->lock_fd == -1 || write(s->server[1], "T", 1) != 1)
		return false;
	pid = fork();
	if (pid == 0)
		play_qpool(s, grace_ns, exempt, ignores_term);
	close(s->alive[1]);
	if (read(s->alive[0], &byte, 1) != 1)
		return false;
	kill(pid, SIGKILL);
	return waitpid(pid, NULL, 0) == pid;
}

static void
end(struct scene *s)
{
	close(s->server[0]);
	close(s->server[1]);
	close(s->alive[0]);
	close(s->lock_fd);
	temp_dir_free(&s->directory);
}

static void
test_killed(void)
{
	struct scene s;
	struct stat st;
	char byte = 0;

	tap_ok(begin(&s, NS_PER_S, false, false), "keeper: a process with a keeper and a worker is killed");
	tap_ok(read(s.alive[0], &byte, 1) == 0, "keeper: its worker is ended");
	tap_ok(read(s.server[0], &byte, 1) == 1 && byte == 'T', "keeper: its token is returned unchanged");
	tap_ok(flock(s.lock_fd, LOCK_EX) == 0, "keeper: its lock is released");
	tap_ok(stat(s.directory.path, &st) == -1 && errno == ENOENT, "keeper: its directory is removed before that");
	end(&s);
}

static void
test_grace(void)
{
	struct scene s;
	char byte;
	int64_t before = clock_mono_ns();

	tap_ok(begin(&s, 50 * NS_PER_MS, false, true), "keeper: a process is killed whose worker ignores TERM");
	tap_ok(read(s.alive[0], &byte, 1) == 0 && clock_mono_ns() - before >= 50 * NS_PER_MS,
	    "keeper: the worker is killed after the grace period");
	tap_ok(flock(s.lock_fd, LOCK_EX) == 0, "keeper: the keeper exits then");
	end(&s);
}

/* A worker on the recipe's own slot has no token: the token in hand is another job's, which has ended. */
static void
test_exempt(void)
{
	struct scene s;
	char byte = 0;

	tap_ok(begin(&s, 2 * NS_PER_S, true, true), "keeper: a process is killed whose worker has no token");
	fcntl(s.alive[0], F_SETFL, O_NONBLOCK);
	tap_ok(read(s.server[0], &byte, 1) == 1 && read(s.alive[0], &byte, 1) == -1 && errno == EAGAIN,
	    "keeper: a token that no worker needs is returned while the worker lives");
	tap_ok(flock(s.lock_fd, LOCK_EX) == 0, "keeper: the keeper ends that worker too");
	end(&s);
}

static void
test_stop(void)
{
	struct keeper_charge charge = { .token_fd = -1, .lock_fd = -1, .claim_fd = -1 };
	struct keeper *k = keeper_start(0, &charge);
	int alive[2];
	char byte;
	pid_t pid;

	if (!tap_ok(k != NULL && os_pipe(alive) == 0, "keeper: it starts"))
		return;
	pid = start_worker(keeper_note(k, 5), alive[1], false);
	tap_ok(
	    read(alive[0], &byte, 1) == 1 && *keeper_note(k, 5) == pid, "keeper: a worker records its process group");
	keeper_stop(k);
	tap_ok(waitpid(pid, NULL, WNOHANG) == 0, "keeper: stopping it leaves workers alone");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(alive[0]);
	close(alive[1]);
}

static int handled_fd;

static void
on_signal(int sig)
{
	(void)sig;
	if (write(handled_fd, "s", 1) != 1)
		abort();
}

static void
signal_child(void)
{
	raise(SIGUSR1);
}

/* A signal to the process group can arrive in the keeper before it has ignored all signals. */
static void
test_handlers(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	const struct keeper_charge charge = { .token_fd = -1, .lock_fd = -1, .claim_fd = -1 };
	struct keeper *k;
	char byte;
	int handled[2];

	if (pipe2(handled, O_CLOEXEC | O_NONBLOCK) == -1)
		abort();
	handled_fd = handled[1];
	sigaction(SIGUSR1, &action, NULL);
	if (pthread_atfork(NULL, NULL, signal_child) != 0)
		abort();
	k = keeper_start(NS_PER_S, &charge);
	tap_ok(k != NULL, "keeper: a signal that arrives before it ignores signals does not end it");
	tap_ok(read(handled[0], &byte, 1) == -1 && errno == EAGAIN, "keeper: no handler of this process runs in it");
	if (k != NULL)
		keeper_stop(k);
	raise(SIGUSR1);
	tap_ok(read(handled[0], &byte, 1) == 1, "keeper: afterwards the handler runs in this process");
}

int
main(void)
{
	test_stop();
	test_killed();
	test_grace();
	test_exempt();
	/* The last one: every later fork(2) of this process would signal its child. */
	test_handlers();
	return tap_done();
}
