/*
 * Invariants: `given` is what the pipe and the job's processes have, exactly, as long as these give back no more than they took. running + given
 * never grows beyond the budget. A pipe never holds more than PIPE_MOST, so that no client blocks in giving back.
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

#include "jobserver/fair.h"
#include "base/clock.h"
#include "jobserver/auth.h"
#include "base/mem.h"
#include "sys/os.h"

enum {
	TOKEN = '+',       /* as make's own; clients are not to care */
	PIPE_MOST = 4000,  /* a pipe has 4096 bytes at least: pipe(7) */
	FIRST_FD = 10,     /* shells use those below for themselves */
	LOOK_MS = 2,       /* what is left lying so long goes to another */
	LOOK_RARELY = 4,   /* times that, where nothing happens */
	LOOK_EACH_US = 20, /* and as long for each job, so that looks cost little where there are hundreds */
	QUIET_LOOKS = 50,
	FORGET_MS = 50, /* who left one untaken may want one by now */
};

/* A path that all clients can read in MAKEFLAGS: blanks, commas and what make or a shell takes for its own would break it. */
static const char *
safe_folder(void)
{
	const char *folder = getenv("TMPDIR");
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+@%:~";

	if (folder == NULL || *folder != '/' || strspn(folder, plain) != strlen(folder) ||
	    access(folder, W_OK | X_OK) == -1)
		return "/tmp";
	return folder;
}

/* A number that nobody else uses, and that the jobs find open even when they are not served. */
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

static void
make_environment(const struct server *s, const char *path, struct buf *makeflags, struct buf *cargo_makeflags)
{
	const char *old = getenv("MAKEFLAGS");
	struct buf ours = { 0 };

	/*
	 * The number is what a recipe that runs $(MAKE) $(MFLAGS) hands on as -j: without it a make would take that for no bound (seen with GNU make
	 * 4.3 and 4.4.1).
	 */
	switch (s->style) {
	case STYLE_AUTO:
		buf_addf(&ours, "-j%u --jobserver-fds=%d,%d --jobserver-auth=fifo:%s --jobserver-a=%d,%d", s->budget,
		    s->read_to, s->write_to, path, s->read_to, s->write_to);
		break;
	case STYLE_FIFO: buf_addf(&ours, "-j%u --jobserver-auth=fifo:%s", s->budget, path); break;
	case STYLE_PIPE: buf_addf(&ours, "-j%u --jobserver-auth=%d,%d", s->budget, s->read_to, s->write_to); break;
	}
	buf_addc(&ours, '\0');
	makeflags->len = cargo_makeflags->len = 0;
	buf_adds(makeflags, "MAKEFLAGS=");
	jobserver_auth_replace(makeflags, old, ours.data);
	buf_addc(makeflags, '\0');
	buf_adds(cargo_makeflags, "CARGO_MAKEFLAGS=");
	buf_add(cargo_makeflags, ours.data, ours.len);
	buf_free(&ours);
}

/* The digits that a path has, and a number that grows. */
enum { ROOM = 64 };

/* Bytes that both variables may get; MAKEFLAGS, which holds more than the other, alone too. */
static size_t
measure_environment(const struct server *s, size_t *makeflags_size)
{
	struct buf makeflags = { 0 }, cargo_makeflags = { 0 };
	size_t both;

	make_environment(s, s->folder, &makeflags, &cargo_makeflags);
	*makeflags_size = makeflags.len + ROOM;
	both = *makeflags_size + cargo_makeflags.len + ROOM;
	buf_free(&makeflags);
	buf_free(&cargo_makeflags);
	return both;
}

size_t
server_environment_size(const struct server *s)
{
	size_t makeflags_size;

	return measure_environment(s, &makeflags_size) + 2 * sizeof(char *);
}

int
server_begin(struct server *s, struct loop *loop, enum jobserver_style style, unsigned budget)
{
	struct buf b = { 0 };
	size_t longest;
	int saved;

	*s = (struct server){ .loop = loop, .style = style, .budget = budget, .read_to = -1, .write_to = -1 };
	TAILQ_INIT(&s->all);
	if (style != STYLE_FIFO && ((s->read_to = reserve_fd()) == -1 || (s->write_to = reserve_fd()) == -1))
		goto fail;
	buf_addf(&b, "%s/qpool-XXXXXX", safe_folder());
	buf_addc(&b, '\0');
	s->folder = mkdtemp(b.data);
	if (s->folder == NULL) {
		saved = errno;
		buf_free(&b);
		errno = saved;
		goto fail;
	}
	/* One string of the environment may be as long as one argument: execve(2). */
	measure_environment(s, &longest);
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
	if (s->folder != NULL)
		rmdir(s->folder);
	free(s->folder);
	s->folder = NULL;
	s->read_to = s->write_to = -1;
}

static void
fifo_path(const struct server *s, uint64_t serial, char *path, size_t size)
{
	snprintf(path, size, "%s/%" PRIu64, s->folder, serial);
}

static unsigned
used(const struct server *s)
{
	return s->running + s->given;
}

/* How many lie in a pipe. Where that cannot be told, none. */
static unsigned
fill(int fd)
{
	int bytes;

	return ioctl(fd, FIONREAD, &bytes) == -1 || bytes < 0 ? 0 : (unsigned)bytes;
}

/* Takes up to `most` bytes out of one of its pipes: all of them, when nobody was faster. */
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

/* Bytes that were never given are nobody's, and are not to make more of the budget. */
static void
account(struct server *s, struct served *v, unsigned taken)
{
	unsigned real = taken < v->given ? taken : v->given;

	v->surplus += taken - real;
	v->given -= real;
	s->given -= real;
}

/* Takes what is offered to it away again. */
static void
draw(struct server *s, struct served *v, unsigned most)
{
	unsigned taken = take_out(v->fd, most);

	account(s, v, taken);
	v->parked -= taken < v->parked ? taken : v->parked;
}

static unsigned
over(const struct server *s)
{
	return used(s) > s->budget ? used(s) - s->budget : 0;
}

/*
 * The job's processes gave tokens back. Where that goes where they read, only who is told, and does not wait for a look, may be faster than they are.
 */
static void
came_back(void *arg, unsigned events)
{
	struct served *v = arg;
	struct server *s = v->server;

	if (v->back_fd != -1)
		account(s, v, take_out(v->back_fd, UINT_MAX));
	/* Nobody has the other end any more, and it would be told again and again. */
	if ((events & LOOP_HUP) != 0)
		loop_unwatch(s->loop, &v->watch);
	else if (over(s) > 0)
		draw(s, v, over(s));
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
		/* Full only of bytes that a client put there itself: what does not fit stays free. */
		if (n <= 0)
			return;
		count -= (unsigned)n;
		v->given += (unsigned)n;
		v->parked += (unsigned)n;
		s->given += (unsigned)n;
	}
}

bool
server_take(struct server *s)
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
server_put_back(struct server *s)
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
 * Ends for the job: with the FIFO open here open(2) does not wait. They block, as make's own do by its manual; where R,W is all that a client is told
 * the one to read does not: gcc 14 would hang.
 */
static int
open_ends(const struct server *s, struct served *v, const char *path)
{
	int block = s->style == STYLE_PIPE ? O_NONBLOCK : 0, back[2];

	if (s->style == STYLE_FIFO)
		return 0;
	v->read_fd = open(path, O_RDONLY | O_CLOEXEC | block);
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
	char path[PATH_MAX];
	int saved;

	*v = (struct served){ .server = s, .fd = -1, .back_fd = -1, .read_fd = -1, .write_fd = -1 };
	v->serial = ++s->serial;
	fifo_path(s, v->serial, path, sizeof path);
	if (mkfifo(path, 0600) == -1)
		return -1;
	v->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (v->fd == -1 || open_ends(s, v, path) == -1)
		goto fail;
	/* The inherited ends are all that a client of this style knows of. */
	if (s->style == STYLE_PIPE)
		unlink(path);
	v->watch = (struct watch){ .fd = v->back_fd != -1 ? v->back_fd : v->fd, .fn = came_back, .arg = v };
	if (v->back_fd != -1 && loop_watch(s->loop, &v->watch, LOOP_IN) == -1)
		goto fail;
	make_environment(s, path, &v->makeflags, &v->cargo_makeflags);
	TAILQ_INSERT_TAIL(&s->all, v, entry);
	s->count++;
	s->changed = true;
	return 0;
fail:
	saved = errno;
	unlink(path);
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
served_held(const struct served *v)
{
	unsigned back = v->back_fd != -1 ? fill(v->back_fd) : 0;

	return (int)v->given - (int)v->surplus - (int)fill(v->fd) - (int)back;
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
	int held = served_held(v);
	char path[PATH_MAX];

	fifo_path(s, v->serial, path, sizeof path);
	if (s->style != STYLE_PIPE)
		unlink(path);
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
	return held;
}

void
served_problem(char *text, size_t size, int held)
{
	int count = held > 0 ? held : -held;

	snprintf(text, size, "its processes %s %d token%s of the jobserver%s; the budget is whole again",
	    held > 0 ? "did not give back" : "gave back", count, count == 1 ? "" : "s",
	    held > 0 ? "" : " more than they took");
}

/* What happened since the last look: who takes what it is offered, and who leaves it. Returns how many tokens lie untaken in all. */
static unsigned
look(struct server *s, struct budget_share *shares, int64_t now_mono_ns)
{
	struct served *v;
	unsigned parked = 0;
	size_t n = 0;

	s->quiet++;
	TAILQ_FOREACH (v, &s->all, entry) {
		unsigned now = fill(v->fd);

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
		shares[n++] = (struct budget_share){
			.who = v, .passed = v->passed_mono_ns, .parked = now, .held = v->given - now
		};
	}
	return parked;
}

static void
move_tokens(struct server *s, const struct budget_share *shares)
{
	for (size_t i = 0; i < s->count; i++)
		if (shares[i].parked > shares[i].target)
			draw(s, shares[i].who, shares[i].parked - shares[i].target);
	for (size_t i = 0; i < s->count; i++) {
		struct served *v = shares[i].who;
		unsigned more = shares[i].target > v->parked ? shares[i].target - v->parked : 0;
		unsigned left = s->budget > used(s) ? s->budget - used(s) : 0;
		unsigned room = v->given < PIPE_MOST ? PIPE_MOST - v->given : 0;

		if (more > left)
			more = left;
		park(s, v, more < room ? more : room);
	}
}

static void
share(struct server *s, int64_t now_mono_ns)
{
	struct budget_share *shares = mem_resize(NULL, s->count, sizeof *shares);
	unsigned parked = look(s, shares, now_mono_ns), in_use = used(s) - parked;

	budget_spread(shares, s->count, s->budget > in_use ? s->budget - in_use : 0);
	move_tokens(s, shares);
	free(shares);
}

/*
 * Of the pipes that are given back to where they are read from. One that is not empty would tell of itself again and again: by then what lies there
 * is drawn.
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

/* Can a look change anything? A single pipe has all that is idle already, and nobody else could have it. */
static bool
is_to_be_watched(const struct server *s, bool wanted)
{
	return wanted || s->count > 1 || over(s) > 0;
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
		share(s, now_mono_ns);
	}
	watch_all(s, wanted || over(s) > 0);
	if (s->given == 0 || !is_to_be_watched(s, wanted))
		return 0;
	if (s->quiet > QUIET_LOOKS && !wanted)
		pause_ns *= LOOK_RARELY;
	return s->look_mono_ns + pause_ns;
}
