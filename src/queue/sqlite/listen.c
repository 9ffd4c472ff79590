/* Invariant: a process listens before it looks, so that it misses no change. */
#include "queue/sqlite/operations.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/clock.h"
#include "queue/pipe.h"
#include "queue/sqlite/shared.h"
#include "sys/os.h"

enum { RECHECK_MS = 1000 };

int
sqlite_listen(struct queue *q, unsigned kinds)
{
	struct notify *n = &SELF(q)->notify;
	unsigned for_all = kinds & (QUEUE_NOTIFY_FINISHED | QUEUE_NOTIFY_STATE);

	if (((kinds & QUEUE_NOTIFY_TASKS) != 0 && notify_listen_shared(n, NOTIFY_TASKS) == -1) ||
	    ((kinds & QUEUE_NOTIFY_SPACE) != 0 && notify_listen_shared(n, NOTIFY_SPACE) == -1) ||
	    (for_all != 0 && notify_listen(n, for_all, n->task_id) == -1)) {
		/* Only another mount of the file system can change it: a look each second is enough. */
		if (SELF(q)->db.read_only)
			return 0;
		queue_error(q, "cannot wait for it: %s", strerror(errno));
		return -1;
	}
	return 0;
}

void
sqlite_fds(const struct queue *q, int fd[QUEUE_FDS])
{
	const struct notify *n = &((const struct sqlite_queue *)q)->notify;

	fd[0] = n->shared_fd[NOTIFY_TASKS];
	fd[1] = n->shared_fd[NOTIFY_SPACE];
	fd[2] = n->own_fd;
}

void
sqlite_take_notifications(struct queue *q)
{
	notify_take(&SELF(q)->notify);
}

int64_t
sqlite_recheck_ns(struct queue *q)
{
	struct sqlite_queue *s = SELF(q);
	sqlite3_stmt *next = db_statement(&s->db, S_NEXT_DUE);
	int64_t least = RECHECK_MS * NS_PER_MS, wait_ns;

	if (next == NULL || db_step(&s->db, next) != SQLITE_ROW)
		return least;
	wait_ns = sqlite3_column_int64(next, 0) - os_boot_ns();
	if (sqlite3_column_type(next, 0) != SQLITE_NULL && wait_ns < least)
		least = wait_ns < NS_PER_MS ? NS_PER_MS : wait_ns;
	sqlite3_reset(next);
	return least;
}

int
sqlite_keeper_fd(const struct queue *q)
{
	return ((const struct sqlite_queue *)q)->claims.fd;
}

int
sqlite_feed_fd(struct queue *q)
{
	struct sqlite_queue *s = SELF(q);
	int why;

	if (s->feed_fd != -1)
		return s->feed_fd;
	if (!claims_take(&s->claims, CLAIM_FEEDER, 1)) {
		queue_error(q, "another process reads its pipe, in; there can be only one");
		errno = EBUSY;
		return -1;
	}
	/* O_RDWR: the pipe has no end of file when the last writer closes it. */
	s->feed_fd = pipe_open(s->db.dir_fd, "in", O_RDWR | O_NOFOLLOW);
	if (s->feed_fd == -1) {
		why = errno;
		claims_drop(&s->claims, CLAIM_FEEDER, 1);
		queue_error(q, "its pipe, in: %s", strerror(why));
		errno = why;
	}
	return s->feed_fd;
}
