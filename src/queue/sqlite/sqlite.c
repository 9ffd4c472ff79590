/* Invariant: a struct sqlite_queue can be released whatever part of it was opened. */
#include "queue/sqlite/sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "queue/sqlite/config.h"
#include "queue/sqlite/db-open.h"
#include "queue/sqlite/operations.h"
#include "queue/sqlite/pools.h"

static void
release(struct queue *q)
{
	struct sqlite_queue *s = SELF(q);

	sqlite_leave_pool(s);
	if (s->feed_fd != -1)
		close(s->feed_fd);
	notify_free(&s->notify);
	claims_close(&s->claims);
	db_close(&s->db);
}

static const struct queue_ops ops = {
	.kind = "a queue directory",
	.put = sqlite_put,
	.claim = sqlite_claim,
	.lease = sqlite_lease,
	.release = sqlite_release,
	.done = sqlite_done,
	.fail = sqlite_fail,
	.touch = sqlite_touch,
	.counts = sqlite_counts,
	.empty = sqlite_empty,
	.look = sqlite_look,
	.list = sqlite_list,
	.result = sqlite_result,
	.retry = sqlite_retry,
	.purge = sqlite_purge,
	.close = sqlite_close,
	.reopen = sqlite_reopen,
	.terminate = sqlite_terminate,
	.begin = sqlite_begin,
	.finish = sqlite_finish,
	.drop = sqlite_drop,
	.register_pool = sqlite_register_pool,
	.wait_in_job = sqlite_wait_in_job,
	.check = sqlite_check,
	.has_doomed = sqlite_has_doomed,
	.listen = sqlite_listen,
	.fds = sqlite_fds,
	.take_notifications = sqlite_take_notifications,
	.recheck_ns = sqlite_recheck_ns,
	.keeper_fd = sqlite_keeper_fd,
	.feed_fd = sqlite_feed_fd,
	.free = release,
};

static int
open_all(struct sqlite_queue *s)
{
	if (db_open(&s->db, &s->queue, s->queue.name, false) == -1 || sqlite_read_config(s) == -1 ||
	    sqlite_check_boot(s) == -1)
		return -1;
	notify_init(&s->notify, s->db.dir_fd);
	if (claims_open(&s->claims, s->db.dir_fd, s->db.read_only) == 0)
		return 0;
	return db_file_failed(&s->db, "claims");
}

struct queue *
queue_sqlite_open(const char *name, const struct queue_patience *patience, char *problem, size_t size)
{
	struct sqlite_queue *s = mem_alloc(sizeof *s);

	s->queue = (struct queue){ .ops = &ops, .name = mem_strdup(name), .patience = *patience };
	db_init(&s->db, &s->queue);
	s->claims = (struct claims){ .fd = -1, .test_fd = -1 };
	s->feed_fd = -1;
	notify_init(&s->notify, -1);
	if (open_all(s) == 0)
		return &s->queue;
	snprintf(problem, size, "%s", s->queue.problem);
	queue_discard(&s->queue);
	return NULL;
}
