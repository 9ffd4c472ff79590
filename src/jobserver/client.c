/*
 * Invariants: O_NONBLOCK is never changed on an open file description that other processes share. A token that we have
 * is always where the keeper finds it. An fd that may not be the jobserver's is neither read nor written.
 */
#include "jobserver/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	LOCK_AGAIN_MS = 5,
	LOCK_PAUSE_MS = 8, /* longer than LOCK_AGAIN_MS, so that a process that waits finds the lock free */
	PAUSE_MS = 1,
	FULL_MS = 100, /* wait for space in the server's pipe */
};

/* One job at a time, for the reason that the message gives. */
static void __attribute__((format(printf, 4, 5)))
be_single(struct jobserver *s, char *problem, size_t size, const char *format, ...)
{
	va_list ap;

	s->mode = JOBSERVER_SINGLE;
	va_start(ap, format);
	vsnprintf(problem, size, format, ap);
	va_end(ap);
}

static void
join_fifo(struct jobserver *s, const char *path, char *problem, size_t size)
{
	struct stat st;
	/* O_RDWR neither waits for a process at the other end, nor ever reads the end of file. */
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd == -1) {
		be_single(s, problem, size,
		    "%s: jobserver: %s; running one job at a time; check that its make is still running", path,
		    strerror(errno));
		return;
	}
	/* A jobserver on CUSE is a character device. */
	if (fstat(fd, &st) == -1 || !(S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))) {
		close(fd);
		be_single(s, problem, size,
		    "%s: not a named pipe; running one job at a time; correct --jobserver-auth in MAKEFLAGS", path);
		return;
	}
	s->own[0] = s->read_fd = s->write_fd = fd;
	s->mode = JOBSERVER_JOINED;
	s->inherited = true;
}

/* Is it a pipe that is open in this mode? */
static bool
is_pipe_end(int fd, int mode, struct stat *st)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1 || ((flags & O_ACCMODE) != mode && (flags & O_ACCMODE) != O_RDWR))
		return false;
	return fstat(fd, st) == 0 && S_ISFIFO(st->st_mode);
}

static bool
same_pipe(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool
is_end_of(int fd, const struct stat *pipe)
{
	struct stat st;

	return fstat(fd, &st) == 0 && same_pipe(&st, pipe);
}

/*
 * qpool -J names ends of two pipes, with higher fds than a make, which uses the first ones that are free. The qpool
 * that started us has both pipes open too: as their server, or because it inherited or joined them. Where that cannot
 * be seen, the fds decide.
 */
static bool
is_of_qpool(const struct jobserver_auth *a, const struct stat *r, const struct stat *w)
{
	const char *pool = getenv("QPOOL_PID");
	pid_t pid = pool == NULL ? 0 : (pid_t)strtol(pool, NULL, 10);

	return pid > 1 && a->read_fd >= 10 && a->write_fd >= 10 && os_has_pipe(pid, r->st_dev, r->st_ino) != 0 &&
	    os_has_pipe(pid, w->st_dev, w->st_ino) != 0;
}

/*
 * MAKEFLAGS has the fds of the make. In a recipe without `+`, GNU make 4.3 closes both and leaves them in MAKEFLAGS:
 * then these fds are closed here, or some other file. So what the make itself has at these fds is used, if it can be
 * opened. Otherwise nothing shows that what we have there is the jobserver, and a script may have its own pipes there,
 * so it must be two ends of one pipe, or those of a qpool -J. --jobserver-auth needs no check, since our caller gave
 * it.
 */
static bool
join_pipe(struct jobserver *s, const struct jobserver_auth *a, enum jobserver_origin origin)
{
	struct stat r = { 0 }, w = { 0 };
	bool ours = is_pipe_end(a->read_fd, O_RDONLY, &r) && is_pipe_end(a->write_fd, O_WRONLY, &w);

	if (origin == FROM_MAKE && os_make_pipe(a->read_fd, a->write_fd, s->own) == 0) {
		s->inherited = ours && is_end_of(s->own[0], &r) && is_end_of(s->own[1], &w);
		return true;
	}
	if (!ours || (origin != FROM_OPTION && !same_pipe(&r, &w) && !is_of_qpool(a, &r, &w)))
		return false;
	s->inherited = true;
	s->own[0] = os_reopen(a->read_fd, O_RDONLY);
	s->own[1] = os_reopen(a->write_fd, O_WRONLY);
	return true;
}

static void
join_fds(struct jobserver *s, const struct jobserver_auth *a, enum jobserver_origin origin, char *problem, size_t size)
{
	static const char *const source[] = { "MAKEFLAGS: ", "MAKEFLAGS: ", "" };
	static const char *const advice[] = { "begin the recipe line with '+'",
		"if qpool does not run under make, unset MAKEFLAGS", "name two open ends of a pipe" };

	if (!join_pipe(s, a, origin)) {
		s->own[0] = s->own[1] = -1;
		be_single(s, problem, size, "%sjobserver %d,%d not found; running one job at a time; %s",
		    source[origin], a->read_fd, a->write_fd, advice[origin]);
		return;
	}
	s->shared_read = s->own[0] == -1;
	s->read_fd = s->own[0] != -1 ? s->own[0] : a->read_fd;
	s->write_fd = s->own[1] != -1 ? s->own[1] : a->write_fd;
	s->mode = JOBSERVER_JOINED;
}

static void
join_none(struct jobserver *s, const struct jobserver_auth *a, enum jobserver_origin origin)
{
	/*
	 * -jN without a jobserver counts only if a make runs us; otherwise the user's environment has it for other
	 * makes.
	 */
	if (origin != FROM_MAKE)
		return;
	s->budget = a->jobs > 0 ? (unsigned)a->jobs : 0;
	if (a->jobs == 1)
		s->mode = JOBSERVER_SINGLE;
}

void
jobserver_join(
    struct jobserver *s, const struct jobserver_auth *auth, enum jobserver_origin origin, char *problem, size_t size)
{
	*s = (struct jobserver){
		.own = { -1, -1 }, .read_fd = -1, .write_fd = -1, .lock_fd = -1, .wait_fd = -1, .in_hand.fd = { -1, -1 }
	};
	problem[0] = '\0';
	switch (auth->kind) {
	case AUTH_NONE: join_none(s, auth, origin); break;
	case AUTH_FDS: join_fds(s, auth, origin, problem, size); break;
	case AUTH_FIFO: join_fifo(s, auth->path, problem, size); break;
	case AUTH_CLOSED:
		be_single(s, problem, size,
		    "MAKEFLAGS: no jobserver for this recipe; running one job at a time; "
		    "begin the recipe line with '+'");
		break;
	case AUTH_INVALID:
		be_single(s, problem, size, "MAKEFLAGS: invalid --jobserver-auth; running one job at a time");
		break;
	}
	if (s->mode == JOBSERVER_ABSENT)
		return;
	if (auth->jobs > 0)
		s->budget = (unsigned)auth->jobs;
	s->lock_fd = os_recipe_fd(0);
	s->wait_fd = os_recipe_fd(1);
	if (s->mode == JOBSERVER_JOINED && tokens_open(&s->in_hand, s->write_fd, s->budget) == -1)
		be_single(s, problem, size, "pipe: %s; running one job at a time", strerror(errno));
}

struct keeper_charge
jobserver_charge(const struct jobserver *s)
{
	return (struct keeper_charge){ .token_fd = s->write_fd,
		.tokens = s->mode == JOBSERVER_JOINED ? &s->in_hand : NULL,
		.lock_fd = s->lock_fd,
		.claim_fd = -1 };
}

void
jobserver_leave(struct jobserver *s)
{
	for (int i = 0; i < 2; i++)
		if (s->own[i] != -1)
			close(s->own[i]);
	if (s->lock_fd != -1)
		close(s->lock_fd);
	if (s->wait_fd != -1)
		close(s->wait_fd);
	tokens_close(&s->in_hand);
	*s = (struct jobserver){
		.mode = JOBSERVER_ABSENT, .own = { -1, -1 }, .lock_fd = -1, .wait_fd = -1, .in_hand.fd = { -1, -1 }
	};
}

/* Shows the other processes of this recipe whether this one waits for its slot. */
static void
wait_for_lock(struct jobserver *s, bool on)
{
	if (s->wait_fd != -1 && s->waits_for_lock != on)
		s->waits_for_lock = flock(s->wait_fd, on ? LOCK_SH | LOCK_NB : LOCK_UN) == 0 ? on : s->waits_for_lock;
}

static bool
does_anyone_wait(const struct jobserver *s)
{
	if (s->wait_fd == -1)
		return false;
	if (flock(s->wait_fd, LOCK_EX | LOCK_NB) == -1)
		return errno == EWOULDBLOCK;
	flock(s->wait_fd, LOCK_UN);
	return false;
}

static bool
take_implicit(struct jobserver *s, int64_t now_mono_ns)
{
	int64_t wait_ns;

	if (s->implicit_used || !turns_may_ask(&s->lock_turns, now_mono_ns, &wait_ns) ||
	    (s->beside != 0 && os_has_two_children(s->beside)))
		return false;
	s->lock_refused = s->lock_fd != -1 && flock(s->lock_fd, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK;
	turns_asked(&s->lock_turns, !s->lock_refused, now_mono_ns);
	wait_for_lock(s, s->lock_refused);
	s->implicit_used = !s->lock_refused;
	return s->implicit_used;
}

static int
release_implicit(struct jobserver *s, int64_t now_mono_ns)
{
	s->implicit_used = false;
	if (s->lock_fd == -1)
		return 0;
	if (turns_has_ended(&s->lock_turns, now_mono_ns) && does_anyone_wait(s))
		turns_pause(&s->lock_turns, now_mono_ns, LOCK_PAUSE_MS * NS_PER_MS);
	return flock(s->lock_fd, LOCK_UN);
}

enum payment
jobserver_acquire(struct jobserver *s, int64_t now_mono_ns)
{
	int64_t wait_ns;
	int n;

	if (s->mode == JOBSERVER_ABSENT)
		return PAYMENT_UNNEEDED;
	if (take_implicit(s, now_mono_ns))
		return PAYMENT_IMPLICIT;
	if (s->mode == JOBSERVER_SINGLE || s->gone || !turns_may_ask(&s->turns, now_mono_ns, &wait_ns))
		return PAYMENT_NONE;
	n = tokens_acquire(&s->in_hand, s->read_fd, s->shared_read);
	/* End of file, or an error other than "none now": the server is gone. */
	if (n == 0 || (n == -1 && errno != EAGAIN))
		s->gone = true;
	turns_asked(&s->turns, n == 1, now_mono_ns);
	return n == 1 ? PAYMENT_TOKEN : PAYMENT_NONE;
}

/* Is the token that was just returned the only one? If that is unknown, others may wait. */
static bool
is_scarce(const struct jobserver *s)
{
	int bytes;

	return ioctl(s->read_fd, FIONREAD, &bytes) == -1 || bytes <= 1;
}

/* The pipe can only be full of what others wrote. Waits a moment for free space. */
static bool
has_space(const struct jobserver *s)
{
	struct pollfd p = { .fd = s->write_fd, .events = POLLOUT };

	return poll(&p, 1, FULL_MS) == 1 && (p.revents & POLLOUT) != 0;
}

static int
write_token(struct jobserver *s)
{
	int n;

	while ((n = tokens_release(&s->in_hand, s->write_fd)) == -1 && errno == EAGAIN && has_space(s))
		continue;
	return n == 1 ? 0 : -1;
}

int
jobserver_release(struct jobserver *s, enum payment payment, int64_t now_mono_ns)
{
	if (payment == PAYMENT_IMPLICIT)
		return release_implicit(s, now_mono_ns);
	if (payment != PAYMENT_TOKEN)
		return 0;
	if (write_token(s) == -1) {
		s->gone = s->gone || errno == EPIPE;
		return -1;
	}
	if (turns_has_ended(&s->turns, now_mono_ns) && is_scarce(s))
		turns_pause(&s->turns, now_mono_ns, PAUSE_MS * NS_PER_MS);
	return 0;
}

int64_t
jobserver_wait_ns(const struct jobserver *s, int64_t now_mono_ns)
{
	int64_t wait_ns, least_ns = -1;

	if (s->mode == JOBSERVER_JOINED && !s->gone && !turns_may_ask(&s->turns, now_mono_ns, &wait_ns))
		least_ns = wait_ns;
	if (s->implicit_used || s->mode == JOBSERVER_ABSENT)
		return least_ns;
	if (turns_may_ask(&s->lock_turns, now_mono_ns, &wait_ns))
		wait_ns = LOCK_AGAIN_MS * NS_PER_MS;
	return least_ns == -1 || wait_ns < least_ns ? wait_ns : least_ns;
}

int
jobserver_fd(const struct jobserver *s, int64_t now_mono_ns)
{
	int64_t wait_ns;

	/* With all tokens in hand that it can have, it waits for the end of a job instead. */
	if (s->mode != JOBSERVER_JOINED || s->gone || s->in_hand.count >= s->in_hand.most)
		return -1;
	return turns_may_ask(&s->turns, now_mono_ns, &wait_ns) ? s->read_fd : -1;
}
