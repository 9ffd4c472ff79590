/*
 * Invariant: nothing here blocks, and no failure to notify is an error of the queue: each waiter also looks again after
 * a second.
 */
#include "queue/notify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue/pipe.h"
#include "sys/owner-only.h"

/*
 * Limit of bytes in a shared pipe, and so of processes woken at once; each that leaves tasks behind notifies the next.
 */
enum { MOST_BYTES = 16 };

#define WAITERS "waiters"

static const char *const shared_names[NOTIFY_PIPES] = { "tasks", "room" };

int
notify_create(int dir_fd)
{
	for (int i = 0; i < NOTIFY_PIPES; i++)
		if (owner_mkfifo(dir_fd, shared_names[i]) == -1 && errno != EEXIST)
			return -1;
	return owner_mkdir(dir_fd, WAITERS) == -1 && errno != EEXIST ? -1 : 0;
}

void
notify_init(struct notify *n, int dir_fd)
{
	*n = (struct notify){ .dir_fd = dir_fd, .shared_fd = { -1, -1 }, .own_fd = -1 };
}

static void
close_own(struct notify *n)
{
	if (n->own_fd == -1)
		return;
	unlinkat(n->dir_fd, n->own_name, 0);
	close(n->own_fd);
	n->own_fd = -1;
}

void
notify_free(struct notify *n)
{
	for (int i = 0; i < NOTIFY_PIPES; i++)
		if (n->shared_fd[i] != -1)
			close(n->shared_fd[i]);
	close_own(n);
	notify_init(n, n->dir_fd);
}

/* O_RDWR: the pipe has no end of file when the last writer closes it, and always has a reader while we wait. */
int
notify_listen_shared(struct notify *n, enum notify_pipe which)
{
	if (n->shared_fd[which] == -1)
		n->shared_fd[which] = pipe_open(n->dir_fd, shared_names[which], O_RDWR | O_NOFOLLOW);
	return n->shared_fd[which] == -1 ? -1 : 0;
}

/*
 * The name holds the kinds, the task and the process. The pipe gets it only when it is open, so that it never looks
 * like one of a dead process.
 */
int
notify_listen(struct notify *n, unsigned kinds, uint64_t task_id)
{
	static unsigned made;
	char hidden[96];
	int saved;

	if (n->own_fd != -1 && (n->kinds & kinds) == kinds && n->task_id == task_id)
		return 0;
	kinds |= n->kinds;
	close_own(n);
	made++;
	snprintf(hidden, sizeof hidden, WAITERS "/.%ld.%u", (long)getpid(), made);
	snprintf(
	    n->own_name, sizeof n->own_name, WAITERS "/%x.%" PRIu64 ".%ld.%u", kinds, task_id, (long)getpid(), made);
	unlinkat(n->dir_fd, hidden, 0);
	if (owner_mkfifo(n->dir_fd, hidden) == -1)
		return -1;
	n->own_fd = pipe_open(n->dir_fd, hidden, O_RDWR | O_NOFOLLOW);
	if (n->own_fd == -1 || renameat(n->dir_fd, hidden, n->dir_fd, n->own_name) == -1) {
		saved = errno;
		unlinkat(n->dir_fd, hidden, 0);
		close_own(n);
		errno = saved;
		return -1;
	}
	n->kinds = kinds;
	n->task_id = task_id;
	return 0;
}

void
notify_take(struct notify *n)
{
	char bytes[512];

	/* An empty pipe is not an error: another process took the byte. */
	for (int i = 0; i < NOTIFY_PIPES; i++)
		if (n->shared_fd[i] != -1 && read(n->shared_fd[i], bytes, 1) == -1)
			continue;
	while (n->own_fd != -1 && read(n->own_fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
		continue;
}

/* Writes a byte, unless there are enough. false: nobody has the pipe open to read. */
static bool
wake(int dir_fd, const char *name)
{
	int fd = pipe_open(dir_fd, name, O_WRONLY | O_NOFOLLOW);
	bool woken;

	if (fd == -1)
		return errno != ENXIO;
	woken = pipe_unread(fd) >= MOST_BYTES || write(fd, "", 1) == 1 || errno == EAGAIN;
	close(fd);
	return woken;
}

void
notify_one(int dir_fd, enum notify_pipe which)
{
	wake(dir_fd, shared_names[which]);
}

typedef void waiter_fn(int waiters_fd, const char *name, unsigned kinds, uint64_t task_id, void *arg);

/* Calls fn for each waiter, with the values in its name. */
static void
each_waiter(int dir_fd, waiter_fn *fn, void *arg)
{
	int fd = openat(dir_fd, WAITERS, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *e;
	uint64_t task_id;
	unsigned kinds;

	if (d == NULL && fd != -1)
		close(fd);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (sscanf(e->d_name, "%x.%" SCNu64 ".", &kinds, &task_id) == 2)
			fn(fd, e->d_name, kinds, task_id, arg);
	if (d != NULL)
		closedir(d);
}

static void
wake_waiter(int waiters_fd, const char *name, unsigned kinds, uint64_t task_id, void *arg)
{
	const unsigned *wanted = arg;

	(void)task_id;
	if ((kinds & *wanted) != 0 && !wake(waiters_fd, name))
		unlinkat(waiters_fd, name, 0);
}

void
notify_all(int dir_fd, unsigned kinds)
{
	each_waiter(dir_fd, wake_waiter, &kinds);
}

/* The tasks found so far. Those that do not fit are not counted; no pool has as many slots. */
struct waiting_tasks {
	uint64_t ids[4096];
	unsigned count;
};

static void
note_task(int waiters_fd, const char *name, unsigned kinds, uint64_t task_id, void *arg)
{
	struct waiting_tasks *found = arg;
	int fd;

	(void)kinds;
	if (task_id == 0 || found->count == sizeof found->ids / sizeof found->ids[0])
		return;
	for (unsigned i = 0; i < found->count; i++)
		if (found->ids[i] == task_id)
			return;
	fd = pipe_open(waiters_fd, name, O_WRONLY | O_NOFOLLOW);
	if (fd == -1) {
		if (errno == ENXIO)
			unlinkat(waiters_fd, name, 0);
		return;
	}
	close(fd);
	found->ids[found->count++] = task_id;
}

unsigned
notify_jobs_waiting(int dir_fd)
{
	static struct waiting_tasks found;

	found.count = 0;
	each_waiter(dir_fd, note_task, &found);
	return found.count;
}
