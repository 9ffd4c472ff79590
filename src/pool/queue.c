/*
 * Tasks from a queue, and what becomes of them there.
 *
 * Invariants: every claimed task is in queue.ahead, is a struct task, or has its result in queue.results, until it is finished or released; none is
 * forgotten but by our death, and then its claim falls. Nothing is claimed that no free slot wants, or will want within AHEAD_MS. A result that cannot be
 * recorded is kept, and nothing new is claimed until it can.
 */
#include "pool/pool-private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "job/outcome.h"
#include "output/spill.h"
#include "base/write-all.h"

enum {
	MOST_CLAIMED = 256,    /* at once */
	MOST_RESULTS = 64,     /* in one transaction */
	AHEAD_MS = 20,         /* worth of jobs is claimed ahead */
	AHEAD_MOST_MS = 100,   /* and kept no longer than that */
	RESULTS_MS = 5,        /* a result waits for others no longer */
	RETRY_MS = 1000,       /* an operation that failed is tried again */
	KEPT_BYTES = 64 << 10, /* of an output, in memory; the rest goes to a file */
};

/* -- Outputs -------------------------------------------------------------------------------------------------------- */

static int
spill_kept(struct kept *k)
{
	if (k->fd == 0)
		k->fd = spill_file();
	if (k->fd == -1 || write_all(k->fd, k->bytes.data, k->bytes.len) == -1)
		return -1;
	k->bytes.len = 0;
	return 0;
}

/* A part of it would be taken for the whole. */
static void
lose(struct task *t, struct kept *k)
{
	pool_say(t->pool, "%s:%" PRIu64 ": its output cannot be kept with its result: %s",
	    input_name(t->pool->parts->input), t->claimed, strerror(errno));
	k->lost = true;
	buf_free(&k->bytes);
}

void
kept_add(struct task *t, struct kept *k, const char *bytes, size_t len)
{
	if (t->claimed == 0 || k->lost)
		return;
	buf_add(&k->bytes, bytes, len);
	if (k->bytes.len <= KEPT_BYTES || spill_kept(k) == 0)
		return;
	lose(t, k);
}

void
kept_free(struct kept *k)
{
	buf_free(&k->bytes);
	if (k->fd > 0)
		close(k->fd);
	*k = (struct kept){ 0 };
}

/* Hands it over to a result: as bytes, or as a file. */
static void
hand_over(struct task *t, struct kept *k, struct buf *bytes, int *fd)
{
	*fd = -1;
	if (k->fd > 0 && !k->lost && spill_kept(k) == -1)
		lose(t, k);
	if (!k->lost && k->fd > 0) {
		*fd = k->fd;
		k->fd = 0;
	} else if (!k->lost) {
		*bytes = k->bytes;
		k->bytes = (struct buf){ 0 };
	}
	kept_free(k);
}

/* -- Telling the queue ---------------------------------------------------------------------------------------------- */

static void
failing(struct pool *p)
{
	struct pool_queue *q = &p->queue;

	if (!q->failing)
		pool_say(p, "%s: %s; it is tried again", input_name(p->parts->input), queue_problem(p->parts->queue));
	q->failing = q->held_off = true;
	loop_arm(p->loop, &q->again, clock_mono_ns() + RETRY_MS * NS_PER_MS);
}

/* 0; -1: it will be tried again. */
static int
flush_results(struct pool *p)
{
	struct pool_queue *q = &p->queue;

	if (q->result_count == 0)
		return 0;
	if (queue_finish(p->parts->queue, q->results, q->result_count) == QUEUE_ERROR) {
		failing(p);
		return -1;
	}
	for (size_t i = 0; i < q->result_count; i++)
		queue_result_free(&q->results[i]);
	q->result_count = 0;
	q->failing = false;
	/* It may be drained now, or all be done: the next turn sees to it, at once. */
	q->idle = false;
	loop_arm(p->loop, &q->tend, clock_mono_ns());
	return 0;
}

static void
release(struct pool *p, const struct queue_task *tasks, size_t count)
{
	if (count > 0 && queue_release(p->parts->queue, tasks, count) == QUEUE_ERROR)
		pool_say(p, "%s: %s; tasks that were not begun are ready again when this pool has ended",
		    input_name(p->parts->input), queue_problem(p->parts->queue));
}

static void
release_ahead(struct pool *p)
{
	struct pool_queue *q = &p->queue;

	release(p, q->ahead + q->ahead_first, q->ahead_count - q->ahead_first);
	for (size_t i = q->ahead_first; i < q->ahead_count; i++)
		queue_task_free(&q->ahead[i]);
	q->ahead_first = q->ahead_count = 0;
}

void
pool_release(struct task *t)
{
	struct queue_task one = { .id = t->claimed };

	if (t->claimed == 0)
		return;
	release(t->pool, &one, 1);
	t->claimed = 0;
}

void
pool_release_later(struct task *t)
{
	struct pool_queue *q = &t->pool->queue;

	if (t->claimed == 0)
		return;
	if (q->printed_count == q->printed_room)
		q->printed = mem_resize(q->printed,
		    q->printed_room = q->printed_room != 0 ? 2 * q->printed_room : MOST_CLAIMED, sizeof *q->printed);
	q->printed[q->printed_count++] = (struct queue_task){ .id = t->claimed };
	t->claimed = 0;
}

/* A short job's time, for how many to claim ahead: the mean, of the last ones above all. */
static void
learn_time(struct pool *p, int64_t wall_ns)
{
	struct pool_queue *q = &p->queue;

	q->mean_ns = q->mean_ns == 0 ? wall_ns : (7 * q->mean_ns + wall_ns) / 8;
}

void
pool_store_result(struct task *t)
{
	struct pool *p = t->pool;
	struct pool_queue *q = &p->queue;
	struct queue_result *r;

	if (t->claimed == 0)
		return;
	/* Not its own end: others may run it. */
	if (t->job.end == JOB_INTERRUPTED || t->job.end == JOB_HALTED) {
		pool_release(t);
		return;
	}
	if (q->result_count == q->result_room)
		q->results = mem_resize(q->results,
		    q->result_room = q->result_room != 0 ? 2 * q->result_room : MOST_RESULTS, sizeof *q->results);
	r = &q->results[q->result_count];
	*r = (struct queue_result){ .id = t->claimed, .wstatus = t->job.wstatus, .outcome = job_outcome(&t->job) };
	record_tsv.line(&r->record, &t->job);
	hand_over(t, &t->kept_out, &r->out, &r->out_fd);
	hand_over(t, &t->kept_err, &r->err, &r->err_fd);
	if (q->result_count++ == 0)
		q->first_mono_ns = clock_mono_ns();
	learn_time(p, t->job.wall_ns);
	t->claimed = 0;
}

/* -- Taking from it ------------------------------------------------------------------------------------------------- */

/* As many as there are free slots, and what they will run within AHEAD_MS. With tokens nobody knows how many will run: one. */
static size_t
wanted(const struct pool *p)
{
	const struct pool_queue *q = &p->queue;
	size_t free_slots = p->slots > p->running_count ? p->slots - p->running_count : 1, ahead = 0;

	if (p->parts->jobserver->mode != JOBSERVER_ABSENT)
		return 1;
	if (q->mean_ns > 0 && q->mean_ns < AHEAD_MS * NS_PER_MS)
		ahead = p->slots * (size_t)(AHEAD_MS * NS_PER_MS / q->mean_ns);
	return free_slots + ahead < MOST_CLAIMED ? free_slots + ahead : MOST_CLAIMED;
}

static void
claim(struct pool *p)
{
	struct pool_queue *q = &p->queue;
	struct queue *from = p->parts->queue;
	enum queue_answer answer;

	/* What is finished goes first: it may be all that is missing for the queue to be drained. */
	if (q->held_off || (p->running_count == 0 && flush_results(p) == -1))
		return;
	q->ahead_first = q->ahead_count = 0;
	answer = queue_claim(from, wanted(p), q->ahead, &q->ahead_count);
	q->claimed_mono_ns = clock_mono_ns();
	q->failing = q->failing && answer == QUEUE_ERROR;
	switch (answer) {
	case QUEUE_YES: break;
	case QUEUE_CLOSED: q->ended = true; break;
	case QUEUE_ERROR: failing(p); break;
	case QUEUE_NO:
	case QUEUE_LOST:
		q->idle = true;
		/* When to look again is to be asked anew. */
		loop_disarm(p->loop, &q->again);
		q->ended = (p->options->until_empty || p->options->dry_run) && p->live_count == 0 &&
		    q->result_count == 0 && pool_feed_idle(p);
		break;
	}
}

static struct task *
task_of(struct pool *p, struct queue_task *from)
{
	struct line line = { .text = from->bytes, .len = from->len, .number = from->id };
	struct task *t;

	if (memchr(from->bytes, '\0', from->len) != NULL || from->len >= p->kit.longest_argument) {
		pool_refuse_line(p, from->len >= p->kit.longest_argument ? LINES_LONG : LINES_NUL, &line, from->id);
		return NULL;
	}
	t = task_new(p, from->bytes, from->len + 1, 1, from->id);
	t->claimed = from->id;
	t->job.task_id = from->id;
	return t;
}

struct task *
pool_next_claimed(struct pool *p)
{
	struct pool_queue *q = &p->queue;
	struct task *t = NULL;

	while (t == NULL && p->phase == POOL_GOING) {
		if (q->ahead_first == q->ahead_count && !q->idle && !q->ended)
			claim(p);
		if (q->ahead_first == q->ahead_count)
			return NULL;
		t = task_of(p, &q->ahead[q->ahead_first]);
		queue_task_free(&q->ahead[q->ahead_first++]);
	}
	return t;
}

/* -- Waiting -------------------------------------------------------------------------------------------------------- */

/* Was it terminated? Then what runs is ended, and its tasks are ready again. */
static void
check_state(struct pool *p)
{
	struct queue_counts c;

	if (queue_counts(p->parts->queue, &c) != QUEUE_YES || c.terminated == p->queue.terminated ||
	    p->phase == POOL_NOW)
		return;
	p->queue.terminated = c.terminated;
	pool_say(p, "%s: was terminated; its tasks are ready again", input_name(p->parts->input));
	if (p->signal == 0)
		p->signal = SIGTERM;
	pool_stop_now(p, JOB_INTERRUPTED, SIGTERM);
}

static void
look_again(void *arg)
{
	struct pool *p = arg;

	p->queue.idle = p->queue.held_off = false;
	check_state(p);
}

static void
told(void *arg, unsigned events)
{
	struct pool *p = arg;

	(void)events;
	queue_take_notifications(p->parts->queue);
	p->queue.idle = false;
	check_state(p);
}

bool
pool_queue_over(const struct pool *p)
{
	const struct pool_queue *q = &p->queue;

	if (q->result_count > 0 && !(p->phase != POOL_GOING && q->failing))
		return false;
	return p->phase != POOL_GOING || (q->ended && q->ahead_first == q->ahead_count);
}

/* What was claimed ahead and not begun for too long, since the jobs before it turned out longer, is others' to run. */
static void
tend_ahead(struct pool *p)
{
	struct pool_queue *q = &p->queue;
	int64_t until = q->claimed_mono_ns + AHEAD_MOST_MS * NS_PER_MS;

	if (q->ahead_first == q->ahead_count)
		return;
	if (p->phase != POOL_GOING || clock_mono_ns() >= until) {
		q->mean_ns = 0;
		release_ahead(p);
	} else
		loop_arm(p->loop, &q->tend, until);
}

static void
tend_results(struct pool *p)
{
	struct pool_queue *q = &p->queue;
	int64_t until = q->first_mono_ns + RESULTS_MS * NS_PER_MS;

	if (q->result_count == 0 || q->held_off)
		return;
	if (q->result_count >= MOST_RESULTS || p->running_count == 0 || clock_mono_ns() >= until)
		flush_results(p);
	else if (!q->tend.armed || q->tend.at_mono_ns > until)
		loop_arm(p->loop, &q->tend, until);
}

static void
tended(void *arg)
{
	(void)arg; /* every turn ends with pool_tend_queue */
}

int
pool_tend_queue(struct pool *p)
{
	struct pool_queue *q = &p->queue;
	struct queue *from = p->parts->queue;
	bool waits;
	int fd[QUEUE_FDS];

	if (from == NULL)
		return 0;
	tend_ahead(p);
	tend_results(p);
	waits = q->idle && !q->ended && TAILQ_EMPTY(&p->waiting) && pool_may_start(p);
	if (waits && !q->held_off && !q->again.armed)
		loop_arm(p->loop, &q->again, clock_mono_ns() + queue_recheck_ns(from));
	queue_fds(from, fd);
	/* The last one tells of the queue's state, which concerns us always; the bells only while a task is wanted. */
	for (int i = 0; i < QUEUE_FDS; i++) {
		if (fd[i] == -1)
			continue;
		q->watch[i].fd = fd[i];
		if (loop_watch(p->loop, &q->watch[i], i == QUEUE_FDS - 1 || waits ? LOOP_IN : 0) == -1)
			return -1;
	}
	return pool_tend_feed(p);
}

/* -- Beginning and ending ------------------------------------------------------------------------------------------- */

int
pool_begin_queue(struct pool *p)
{
	struct pool_queue *q = &p->queue;
	struct queue *from = p->parts->queue;
	struct queue_counts c;

	if (from == NULL)
		return 0;
	q->again = (struct timer){ .fn = look_again, .arg = p };
	q->tend = (struct timer){ .fn = tended, .arg = p };
	for (int i = 0; i < QUEUE_FDS; i++)
		q->watch[i] = (struct watch){ .fd = -1, .fn = told, .arg = p };
	q->ahead = mem_resize(NULL, MOST_CLAIMED, sizeof *q->ahead);
	if (queue_listen(from, QUEUE_NOTIFY_TASKS | QUEUE_NOTIFY_STATE) == -1 ||
	    queue_register_pool(from, p->slots) == QUEUE_ERROR || queue_counts(from, &c) == QUEUE_ERROR) {
		pool_say(p, "%s: %s", input_name(p->parts->input), queue_problem(from));
		errno = 0;
		return -1;
	}
	q->terminated = c.terminated;
	pool_begin_feed(p);
	return 0;
}

void
pool_queue_resized(struct pool *p)
{
	/* A number that is not right is shown by qctl stats, and looked at by jobs that wait for each other; the next change makes it right. */
	if (queue_register_pool(p->parts->queue, p->slots) == QUEUE_ERROR)
		pool_say(p, "%s: %s; it has the former number of slots", input_name(p->parts->input),
		    queue_problem(p->parts->queue));
}

void
pool_end_queue(struct pool *p)
{
	struct pool_queue *q = &p->queue;

	if (p->parts->queue == NULL || q->ahead == NULL)
		return;
	release_ahead(p);
	release(p, q->printed, q->printed_count);
	pool_end_feed(p);
	if (q->result_count > 0 && flush_results(p) == -1) {
		pool_say(p, "%s: %zu results could not be recorded; their tasks are run again",
		    input_name(p->parts->input), q->result_count);
		p->own_error = true;
		for (size_t i = 0; i < q->result_count; i++)
			queue_result_free(&q->results[i]);
	}
	for (int i = 0; i < QUEUE_FDS; i++)
		if (q->watch[i].fd != -1)
			loop_unwatch(p->loop, &q->watch[i]);
	free(q->printed);
	free(q->results);
	free(q->ahead);
	q->ahead = NULL;
}
