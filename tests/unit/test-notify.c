/*
 * notify: a shared pipe wakes one waiter, the pipes in "waiters" wake all, dead waiters are removed, waiting jobs are
 * counted.
 */
#include "queue/notify.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue/task.h"
#include "tap.h"

static int dir_fd;

static bool
readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* The number of pipes in "waiters". */
static unsigned
waiters(void)
{
	DIR *d = opendir("waiters");
	const struct dirent *e;
	unsigned count = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		count += e->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return count;
}

static void
test_one(void)
{
	struct notify a, b;
	char bytes[64];

	notify_init(&a, dir_fd);
	notify_init(&b, dir_fd);
	notify_one(dir_fd, NOTIFY_TASKS);
	tap_ok(notify_listen_shared(&a, NOTIFY_TASKS) == 0 && notify_listen_shared(&b, NOTIFY_TASKS) == 0,
	    "notify: two processes listen for tasks");
	tap_ok(!readable(a.shared_fd[NOTIFY_TASKS]) && a.shared_fd[NOTIFY_SPACE] == -1,
	    "notify: a notification that nobody listens for is not kept");
	notify_one(dir_fd, NOTIFY_TASKS);
	tap_ok(readable(a.shared_fd[NOTIFY_TASKS]) && readable(b.shared_fd[NOTIFY_TASKS]), "notify: either may wake");
	notify_take(&a);
	tap_ok(!readable(b.shared_fd[NOTIFY_TASKS]), "notify: one takes the notification");
	notify_take(&b);
	for (int i = 0; i < 100; i++)
		notify_one(dir_fd, NOTIFY_TASKS);
	tap_ok(read(a.shared_fd[NOTIFY_TASKS], bytes, sizeof bytes) == 16, "notify: at most 16 wait in the pipe");
	notify_free(&a);
	notify_free(&b);
}

static void
test_all(void)
{
	struct notify a, b;

	notify_init(&a, dir_fd);
	notify_init(&b, dir_fd);
	tap_ok(notify_listen(&a, QUEUE_NOTIFY_STATE, 0) == 0 && notify_listen(&b, QUEUE_NOTIFY_STATE, 0) == 0 &&
		waiters() == 2,
	    "notify: each waiter has a pipe");
	notify_all(dir_fd, QUEUE_NOTIFY_FINISHED);
	tap_ok(!readable(a.own_fd), "notify: another kind is not for them");
	notify_all(dir_fd, QUEUE_NOTIFY_STATE | QUEUE_NOTIFY_FINISHED);
	tap_ok(readable(a.own_fd) && readable(b.own_fd), "notify: all of a kind wake");
	notify_take(&a);
	tap_ok(!readable(a.own_fd) && readable(b.own_fd), "notify: each takes its own");
	tap_ok(notify_listen(&a, QUEUE_NOTIFY_FINISHED, 0) == 0 && waiters() == 2, "notify: a kind more");
	notify_all(dir_fd, QUEUE_NOTIFY_STATE);
	tap_ok(readable(a.own_fd), "notify: and the first kind is still listened for");
	notify_free(&a);
	tap_ok(waiters() == 1, "notify: freed, a waiter has no pipe");
	notify_free(&b);
}

static void
test_dead(void)
{
	struct notify alive;

	notify_init(&alive, dir_fd);
	notify_listen(&alive, QUEUE_NOTIFY_STATE, 0);
	tap_ok(mkfifo("waiters/8.0.1.1", 0600) == 0 && mkfifo("waiters/4.9.1.2", 0600) == 0 && waiters() == 3,
	    "notify: two waiters died");
	notify_all(dir_fd, QUEUE_NOTIFY_STATE);
	tap_ok(waiters() == 2 && readable(alive.own_fd), "notify: the pipe of one that should wake is removed");
	tap_ok(
	    notify_jobs_waiting(dir_fd) == 0 && waiters() == 1, "notify: a dead one does not count as a waiting job");
	notify_free(&alive);
}

static void
test_jobs(void)
{
	struct notify n[4];

	for (int i = 0; i < 4; i++)
		notify_init(&n[i], dir_fd);
	tap_ok(notify_jobs_waiting(dir_fd) == 0, "notify: no job waits");
	notify_listen(&n[0], QUEUE_NOTIFY_STATE, 0);
	notify_listen(&n[1], QUEUE_NOTIFY_STATE, 5);
	notify_listen(&n[2], QUEUE_NOTIFY_STATE, 5);
	notify_listen(&n[3], QUEUE_NOTIFY_STATE, 6);
	tap_ok(notify_jobs_waiting(dir_fd) == 2, "notify: two waiters of one job count once");
	notify_listen(&n[3], QUEUE_NOTIFY_STATE, 7);
	tap_ok(notify_jobs_waiting(dir_fd) == 2 && waiters() == 4, "notify: a waiter can change its job");
	for (int i = 0; i < 4; i++)
		notify_free(&n[i]);
	tap_ok(waiters() == 0, "notify: none is left");
}

int
main(void)
{
	char scratch[] = "/tmp/test-notify-XXXXXX";

	if (!tap_ok(mkdtemp(scratch) != NULL && chdir(scratch) == 0, "a scratch directory"))
		return tap_done();
	dir_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tap_ok(notify_create(dir_fd) == 0, "notify: created");
	tap_ok(notify_create(dir_fd) == 0, "notify: creating what exists is not an error");
	test_one();
	test_all();
	test_dead();
	test_jobs();
	unlink("tasks");
	unlink("room");
	rmdir("waiters");
	rmdir(scratch);
	return tap_done();
}
