/*
 * Invariants: `given` is exactly the number of tokens that the pipe and the job's processes have, as long as they give
 * back no more than they took. running + given never exceeds the budget. A pipe never holds more than PIPE_MOST tokens,
 * so that no client blocks when it gives one back.
 */
#include "jobserver/server.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jobserver/environment.h"
#include "jobserver/fair.h"
#include "base/clock.h"
#include "base/mem.h"
#include "sys/os.h"
#include "sys/owner-only.h"

enum {
	TOKEN = '+',       /* the byte that make uses; clients must not depend on it */
	PIPE_MOST = 4000,  /* a pipe has space for at least 4096 bytes: pipe(7) */
	NAME_SIZE = 24,    /* bytes of a serial number with its NUL */
	FIRST_FD = 10,     /* shells use the fds below for themselves */
	LOOK_MS = 2,       /* a token that was left untaken this long is offered to another job */
	LOOK_RARELY = 4,   /* times LOOK_MS while nothing happens */
	LOOK_EACH_US = 20, /* and at least this long for each job, so that looks cost little with hundreds of jobs */
	QUIET_LOOKS = 50,  /* after which nothing happens */
	FORGET_MS = 50,    /* a job that left a token untaken this long ago may want one now */
};

/* Opens an fd for the ends in the jobs. It is open in all jobs, also in those that are not served. */
static int
reserve_fd(void)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), fd;

	if (null == -1)
		return -1;
	fd = fcntl(null, F_DUPFD, FIRST_FD);
	close(null);
	return fd;
}

static struct jobserver_names
names_of(const struct server *s, const char *path)
{
	return (struct jobserver_names){
		.style = s->style, .budget = s->budget, .read_fd = s->read_to, .write_fd = s->write_to, .path = path
	};
}

size_t
server_environment_size(const struct server *s)
{
	struct jobserver_names names = names_of(s, s->directory.path);
	size_t longest;

	return environment_measure(&names, &longest) + 2 * sizeof(char *);
}

/* The FIFO of a job has its serial number as name. */
static bool
is_fifo(const char *name, mode_t mode)
{
	return S_ISFIFO(mode) && name[strspn(name, "0123456789")] == '\0';
}

int
server_begin(struct server *s, struct loop *loop, enum jobserver_style style, unsigned budget)
{
	struct jobserver_names names;
	size_t longest;
	int saved;

	*s = (struct server){ .loop = loop, .style = style, .budget = budget, .read_to = -1, .write_to = -1 };
	TAILQ_INIT(&s->all);
	if (style != STYLE_FIFO && ((s->read_to = reserve_fd()) == -1 || (s->write_to = reserve_fd()) == -1))
		goto fail;
	if (temp_dir_make(&s->directory, environment_safe_directory(), is_fifo) == -1)
		goto fail;
	/* One string of the environment may be as long as one argument: execve(2). */
	names = names_of(s, s->directory.path);
	environment_measure(&names, &longest);
	if (longest <= os_longest_argument())
		return 0;
	errno = E2BIG;
fail:
	saved = errno;
	server_end(s);
	errno = saved;
	return -1;
}

void
server_end(struct server *s)
{
	if (s->read_to != -1)
		close(s->read_to);
	if (s->write_to != -1)
		close(s->write_to);
	temp_dir_remove(&s->directory);
	temp_dir_free(&s->directory);
	s->read_to = s->write_to = -1;
}

static void
fifo_name(uint64_t serial, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%" PRIu64, serial);
}

static unsigned
used(const struct server *s)
{
	return s->running + s->given;
}

/* Tokens in a pipe; 0 if they cannot be counted. */
static unsigned
count_in(int fd)
{
	int bytes;

	return ioctl(fd, FIONREAD, &bytes) == -1 || bytes < 0 ? 0 : (unsigned)bytes;
}

/* Takes up to `most` bytes out of a pipe; fewer if another process was faster. Returns how many. */
static unsigned
take_out(int fd, unsigned most)
{
	char bytes[512];
	unsigned taken = 0;

	while (taken < most) {
		ssize_t n = read(fd, bytes, most - taken < sizeof bytes ? most - taken : sizeof bytes);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		taken += (unsigned)n;
	}
	return taken;
}

/* Bytes that were never given do not count, since they must not increase the budget. */
static void
account(struct server *s, struct served *v, unsigned taken)
{
	unsigned real = taken < v->given ? taken : v->given;

	v->surplus += taken - real;
	v->given -= real;
	s->given -= real;
}

/* Takes back up to `most` tokens that are offered to it. */
static void
draw(struct server *s, struct served *v, unsigned most)
{
	unsigned taken = take_out(v->fd, most);

	account(s, v, taken);
	v->parked -= taken < v->parked ? taken : v->parked;
}

static unsigned
excess(const struct server *s)
{
	return used(s) > s->budget ? used(s) - s->budget : 0;
}

/*
 * The job's processes have given tokens back. If they read where they write, we can only be faster than they are by
 * acting at once, instead of at the next look.
 */
static void
came_back(void *arg, unsigned events)
{
	struct served *v = arg;
	struct server *s = v->server;

	if (v->back_fd != -1)
		account(s, v, take_out(v->back_fd, UINT_MAX));
	/* No process has the other end any more, which the loop would report again and again. */
	if ((events & LOOP_HUP) != 0)
		loop_unwatch(s->loop, &v->watch);
	else if (excess(s) > 0)
		draw(s, v, excess(s));
	s->quiet = 0;
	s->changed = true;
}

static void
park(struct server *s, struct served *v, unsigned count)
{
	char bytes[512];

	memset(bytes, TOKEN, sizeof bytes);
	while (count > 0) {
		ssize_t n = write(v->fd, bytes, count < sizeof bytes ? count : sizeof bytes);

		if (n == -1 && errno == EINTR)
			continue;
		/* It can only be full of bytes that a client wrote; what does not fit stays free. */
		if (n <= 0)
			return;
		count -= (unsigned)n;
		v->given += (unsigned)n;
		v->parked += (unsigned)n;
		s->given += (unsigned)n;
	}
}

bool
server_acquire(struct server *s)
{
	struct served *v;

	if (s->running >= s->budget)
		return false;
	TAILQ_FOREACH (v, &s->all, entry)
		if (used(s) >= s->budget)
			draw(s, v, used(s) - s->budget + 1);
	if (used(s) >= s->budget)
		return false;
	s->running++;
	return true;
}

void
server_release(struct server *s)
{
	s->running--;
	s->changed = true;
}

void
server_set_budget(struct server *s, unsigned budget)
{
	s->budget = budget;
	s->changed = true;
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/*
 * Opens ends for the job; open(2) does not wait, since the FIFO is open here. They block, as make's manual demands,
 * except the one to read if the client gets only R,W: there gcc 14 would hang.
 */
static int
open_ends(const struct server *s, struct served *v, const char *name)
{
	int block = s->style == STYLE_PIPE ? O_NONBLOCK : 0, back[2];

	if (s->style == STYLE_FIFO)
		return 0;
	v->read_fd = openat(s->directory.fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | block);
	if (v->read_fd == -1)
		return -1;
	if (os_pipe(back) == -1)
		return -1;
	v->back_fd = back[0];
	v->write_fd = back[1];
	return fcntl(v->back_fd, F_SETFL, O_NONBLOCK);
}

int
served_open(struct server *s, struct served *v)
{
	struct jobserver_names names;
	char name[NAME_SIZE], path[PATH_MAX];
	int saved;

	*v = (struct served){ .server = s, .fd = -1, .back_fd = -1, .read_fd = -1, .write_fd = -1 };
	v->serial = ++s->serial;
	fifo_name(v->serial, name);
	snprintf(path, sizeof path, "%s/%s", s->directory.path, name);
	if (owner_mkfifo(s->directory.fd, name) == -1)
		return -1;
	v->fd = openat(s->directory.fd, name, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (v->fd == -1 || open_ends(s, v, name) == -1)
		goto fail;
	/* A client of this style only knows the inherited ends. */
	if (s->style == STYLE_PIPE)
		unlinkat(s->directory.fd, name, 0);
	v->watch = (struct watch){ .fd = v->back_fd != -1 ? v->back_fd : v->fd, .fn = came_back, .arg = v };
	if (v->back_fd != -1 && loop_watch(s->loop, &v->watch, LOOP_IN) == -1)
		goto fail;
	names = names_of(s, path);
	environment_make(&names, &v->makeflags, &v->cargo_makeflags);
	TAILQ_INSERT_TAIL(&s->all, v, entry);
	s->count++;
	s->changed = true;
	return 0;
fail:
	saved = errno;
	unlinkat(s->directory.fd, name, 0);
	close_fd(&v->fd);
	close_fd(&v->back_fd);
	served_started(v);
	errno = saved;
	return -1;
}

void
served_place(const struct server *s, const struct served *v, struct worker_place *place)
{
	place->jobserver[0] = (struct spawn_fd){ v->read_fd, s->read_to };
	place->jobserver[1] = (struct spawn_fd){ v->write_fd, s->write_to };
	place->environment[0] = v->makeflags.data;
	place->environment[1] = v->cargo_makeflags.data;
}

void
served_started(struct served *v)
{
	close_fd(&v->read_fd);
	close_fd(&v->write_fd);
}

int
served_in_use(const struct served *v)
{
	unsigned back = v->back_fd != -1 ? count_in(v->back_fd) : 0;

	return (int)v->given - (int)v->surplus - (int)count_in(v->fd) - (int)back;
}

bool
served_is_open(const struct served *v)
{
	struct pollfd p = { .fd = v->back_fd };

	return v->back_fd != -1 && poll(&p, 1, 0) != 1;
}

int
served_close(struct server *s, struct served *v)
{
	int missing = served_in_use(v);
	char name[NAME_SIZE];

	fifo_name(v->serial, name);
	if (s->style != STYLE_PIPE)
		unlinkat(s->directory.fd, name, 0);
	served_started(v);
	loop_unwatch(s->loop, &v->watch);
	close_fd(&v->fd);
	close_fd(&v->back_fd);
	buf_free(&v->makeflags);
	buf_free(&v->cargo_makeflags);
	TAILQ_REMOVE(&s->all, v, entry);
	s->count--;
	s->given -= v->given;
	s->changed = true;
	return missing;
}

void
served_problem(char *text, size_t size, int missing)
{
	int count = missing > 0 ? missing : -missing;

	snprintf(text, size, "its processes %s %d token%s%s; the budget was restored",
	    missing > 0 ? "did not return" : "returned", count, count == 1 ? "" : "s",
	    missing > 0 ? "" : " more than they took");
}

/*
 * Finds out which jobs have taken the tokens in their pipes since the last look, and which have left them. Returns the
 * number of all tokens in the pipes.
 */
static unsigned
look(struct server *s, struct fair_share *shares, int64_t now_mono_ns)
{
	struct served *v;
	unsigned parked = 0;
	size_t n = 0;

	s->quiet++;
	TAILQ_FOREACH (v, &s->all, entry) {
		unsigned now = count_in(v->fd);

		if (now > v->given)
			now = v->given;
		if (now != v->parked)
			s->quiet = 0;
		if (v->parked > 0 && now >= v->parked)
			v->passed_mono_ns = now_mono_ns;
		else if (now < v->parked || now_mono_ns - v->passed_mono_ns > FORGET_MS * NS_PER_MS)
			v->passed_mono_ns = 0;
		v->parked = now;
		parked += now;
		shares[n++] = (struct fair_share){
			.who = v, .passed = v->passed_mono_ns, .parked = now, .in_use = v->given - now
		};
	}
	return parked;
}

static void
move_tokens(struct server *s, const struct fair_share *shares)
{
	for (size_t i = 0; i < s->count; i++)
		if (shares[i].parked > shares[i].target)
			draw(s, shares[i].who, shares[i].parked - shares[i].target);
	for (size_t i = 0; i < s->count; i++) {
		struct served *v = shares[i].who;
		unsigned more = shares[i].target > v->parked ? shares[i].target - v->parked : 0;
		unsigned left = s->budget > used(s) ? s->budget - used(s) : 0;
		unsigned space = v->given < PIPE_MOST ? PIPE_MOST - v->given : 0;

		if (more > left)
			more = left;
		park(s, v, more < space ? more : space);
	}
}

static void
share_now(struct server *s, int64_t now_mono_ns)
{
	struct fair_share *shares = mem_resize(NULL, s->count, sizeof *shares);
	unsigned parked = look(s, shares, now_mono_ns), in_use = used(s) - parked;

	fair_spread(shares, s->count, s->budget > in_use ? s->budget - in_use : 0);
	move_tokens(s, shares);
	free(shares);
}

/*
 * Watches, or not, the pipes that are given back to where they are read. The loop would report one that is not empty
 * again and again, so they are only watched while what comes back is taken out at once.
 */
static void
watch_all(struct server *s, bool on)
{
	struct served *v;

	TAILQ_FOREACH (v, &s->all, entry)
		if (v->back_fd == -1 && v->watch.registered != on &&
		    (!on || loop_watch(s->loop, &v->watch, LOOP_IN) == -1))
			loop_unwatch(s->loop, &v->watch);
}

/* Can a look change anything? A single pipe has all idle tokens already, and no other job could get them. */
static bool
must_look(const struct server *s, bool wanted)
{
	return wanted || s->count > 1 || excess(s) > 0;
}

int64_t
server_share(struct server *s, bool wanted, int64_t now_mono_ns)
{
	int64_t pause_ns = LOOK_MS * NS_PER_MS, each_ns = (int64_t)s->count * LOOK_EACH_US * 1000;

	if (s->count == 0)
		return 0;
	if (each_ns > pause_ns)
		pause_ns = each_ns;
	if (s->changed || now_mono_ns >= s->look_mono_ns + pause_ns) {
		s->changed = false;
		s->look_mono_ns = now_mono_ns;
		share_now(s, now_mono_ns);
	}
	watch_all(s, wanted || excess(s) > 0);
	if (s->given == 0 || !must_look(s, wanted))
		return 0;
	if (s->quiet > QUIET_LOOKS && !wanted)
		pause_ns *= LOOK_RARELY;
	return s->look_mono_ns + pause_ns;
}
