/* Invariant: nothing here waits, and nothing that fails here is an error of the queue: who waits looks again after a second, whatever it heard. */
#include "queue/bell.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes that lie in a bell at most: as many may wake at once; each who finds more tasks rings again. */
enum { MOST_RINGS = 16 };

#define FOLDER "waiters"

static const char *const bell_names[BELL_COUNT] = { "tasks", "room" };

int
bell_create(int dir_fd)
{
	for (int i = 0; i < BELL_COUNT; i++)
		if (mkfifoat(dir_fd, bell_names[i], 0600) == -1 && errno != EEXIST)
			return -1;
	return mkdirat(dir_fd, FOLDER, 0700) == -1 && errno != EEXIST ? -1 : 0;
}

void
bell_init(struct bells *b, int dir_fd)
{
	*b = (struct bells){ .dir_fd = dir_fd, .bell_fd = { -1, -1 }, .own_fd = -1 };
}

static void
forget_own(struct bells *b)
{
	if (b->own_fd == -1)
		return;
	unlinkat(b->dir_fd, b->own_name, 0);
	close(b->own_fd);
	b->own_fd = -1;
}

void
bell_free(struct bells *b)
{
	for (int i = 0; i < BELL_COUNT; i++)
		if (b->bell_fd[i] != -1)
			close(b->bell_fd[i]);
	forget_own(b);
	bell_init(b, b->dir_fd);
}

int
bell_open(int dir_fd, const char *name, int flags)
{
	struct stat st;
	int fd = openat(dir_fd, name, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

/* O_RDWR: there is no end of file when the last writer goes, and the pipe never says that nobody reads while we wait. */
int
bell_listen(struct bells *b, enum bell bell)
{
	if (b->bell_fd[bell] == -1)
		b->bell_fd[bell] = bell_open(b->dir_fd, bell_names[bell], O_RDWR | O_NOFOLLOW);
	return b->bell_fd[bell] == -1 ? -1 : 0;
}

/* The name says what is heard, by which process, and inside which task. It is given when the pipe is open: an open one is never taken for a dead one's. */
int
bell_hear(struct bells *b, unsigned kinds, uint64_t inside)
{
	static unsigned made;
	char hidden[96];
	int saved;

	if (b->own_fd != -1 && (b->kinds & kinds) == kinds && b->inside == inside)
		return 0;
	kinds |= b->kinds;
	forget_own(b);
	made++;
	snprintf(hidden, sizeof hidden, FOLDER "/.%ld.%u", (long)getpid(), made);
	snprintf(b->own_name, sizeof b->own_name, FOLDER "/%x.%" PRIu64 ".%ld.%u", kinds, inside, (long)getpid(), made);
	unlinkat(b->dir_fd, hidden, 0);
	if (mkfifoat(b->dir_fd, hidden, 0600) == -1)
		return -1;
	b->own_fd = bell_open(b->dir_fd, hidden, O_RDWR | O_NOFOLLOW);
	if (b->own_fd == -1 || renameat(b->dir_fd, hidden, b->dir_fd, b->own_name) == -1) {
		saved = errno;
		unlinkat(b->dir_fd, hidden, 0);
		forget_own(b);
		errno = saved;
		return -1;
	}
	b->kinds = kinds;
	b->inside = inside;
	return 0;
}

void
bell_heard(struct bells *b)
{
	char bytes[512];

	/* None there is no error: another took it. */
	for (int i = 0; i < BELL_COUNT; i++)
		if (b->bell_fd[i] != -1 && read(b->bell_fd[i], bytes, 1) == -1)
			continue;
	while (b->own_fd != -1 && read(b->own_fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
		continue;
}

/* true: there was somebody. */
static bool
ring(int dir_fd, const char *name)
{
	int fd = bell_open(dir_fd, name, O_WRONLY | O_NOFOLLOW), lie;
	bool rung;

	if (fd == -1)
		return errno != ENXIO;
	rung = (ioctl(fd, FIONREAD, &lie) == 0 && lie >= MOST_RINGS) || write(fd, "", 1) == 1 || errno == EAGAIN;
	close(fd);
	return rung;
}

void
bell_ring(int dir_fd, enum bell bell)
{
	ring(dir_fd, bell_names[bell]);
}

/* Calls fn for each waiter, with what its name says. */
static void
each_waiter(
    int dir_fd, void (*fn)(int folder_fd, const char *name, unsigned kinds, uint64_t inside, void *arg), void *arg)
{
	int fd = openat(dir_fd, FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *e;
	uint64_t inside;
	unsigned kinds;

	if (d == NULL && fd != -1)
		close(fd);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (sscanf(e->d_name, "%x.%" SCNu64 ".", &kinds, &inside) == 2)
			fn(fd, e->d_name, kinds, inside, arg);
	if (d != NULL)
		closedir(d);
}

static void
tell(int folder_fd, const char *name, unsigned kinds, uint64_t inside, void *arg)
{
	const unsigned *wanted = arg;

	(void)inside;
	if ((kinds & *wanted) != 0 && !ring(folder_fd, name))
		unlinkat(folder_fd, name, 0);
}

void
bell_tell(int dir_fd, unsigned kinds)
{
	each_waiter(dir_fd, tell, &kinds);
}

/* The tasks seen so far; more than fit are as good as all. */
struct seen {
	uint64_t ids[4096];
	unsigned count;
};

static void
note_inside(int folder_fd, const char *name, unsigned kinds, uint64_t inside, void *arg)
{
	struct seen *seen = arg;
	int fd;

	(void)kinds;
	if (inside == 0 || seen->count == sizeof seen->ids / sizeof seen->ids[0])
		return;
	for (unsigned i = 0; i < seen->count; i++)
		if (seen->ids[i] == inside)
			return;
	fd = bell_open(folder_fd, name, O_WRONLY | O_NOFOLLOW);
	if (fd == -1) {
		if (errno == ENXIO)
			unlinkat(folder_fd, name, 0);
		return;
	}
	close(fd);
	seen->ids[seen->count++] = inside;
}

unsigned
bell_inside(int dir_fd)
{
	static struct seen seen;

	seen.count = 0;
	each_waiter(dir_fd, note_inside, &seen);
	return seen.count;
}
