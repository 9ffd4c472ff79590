/*
 * Invariants: every claimed task is in `ahead`, is a task of the scheduler, or has its result in `results`, until it is
 * finished or released; only our death loses a claim, and then the queue has the task ready again. Nothing is claimed
 * unless a free slot wants it, or will soon (pace.h). A result that cannot be recorded is kept, and nothing new is
 * claimed until it is.
 *
 * The loop never waits for other processes that have the queue locked: what cannot be done now is done later.
 */
#include "pool/source-queue.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "pool/deferral.h"
#include "pool/feed.h"
#include "pool/pace.h"
#include "pool/releases.h"
#include "pool/report.h"
#include "pool/results.h"
#include "queue/queue.h"
#include "sys/loop.h"

enum {
	MOST_RESULTS = 64,   /* in one transaction */
	AHEAD_MOST_MS = 100, /* what was claimed ahead is released after this time */
	RESULTS_MS = 5,      /* a result waits this long for others */
	CHECK_MS = 1000,     /* between looks whether the queue is still there */
	LAST_MS = 5000,      /* the wait for a busy queue at the end */
};

struct source_queue {
	struct source head;
	struct queue *queue; /* borrowed */
	const struct options *options;
	struct feed *feed;        /* owned; NULL: none */
	struct queue_task *ahead; /* owned: claimed, not given yet: [ahead_first..ahead_count); NULL: not begun */
	size_t ahead_first, ahead_count;
	struct queue_task current;    /* owned: its bytes are those of the last unit */
	struct results results;       /* to be recorded in the queue */
	struct releases soon, at_end; /* claims to release as soon as the queue takes them back, or when the run ends */
	struct watch watch[QUEUE_FDS];
	struct timer recheck;    /* look again without a notification */
	struct timer check;      /* look whether the queue is still there */
	struct timer tend;       /* ends the turn when `ahead` or `results` have waited long enough */
	int64_t claimed_mono_ns; /* when `ahead` was claimed */
	struct pace pace;
	uint64_t terminated; /* how often the queue was terminated, as far as is known here */
	bool idle;           /* the last claim found nothing, and no notification came since */
	bool ended;          /* closed and drained */
	bool slots_changed;  /* which the queue does not know */
	struct deferral deferral;
};

static struct source_queue *
queue_of(struct source *s)
{
	return (struct source_queue *)s;
}

/* -- Recording and releasing --------------------------------------------------------------------------------------- */

static void
failing(struct source_queue *q)
{
	int64_t again = deferral_failed(&q->deferral, q->queue, q->head.name, q->head.report);

	if (queue_is_gone(q->queue))
		q->head.gone = true;
	else
		loop_arm(q->head.loop, &q->recheck, again);
}

/* 0; -1: it is tried again later. */
static int
flush_results(struct source_queue *q)
{
	if (q->results.count == 0)
		return 0;
	if (queue_finish(q->queue, q->results.all, q->results.count) == QUEUE_ERROR) {
		failing(q);
		return -1;
	}
	results_clear(&q->results);
	deferral_worked(&q->deferral);
	/* The queue may be drained now, or all its tasks finished: the next turn, at once, finds out. */
	q->idle = false;
	loop_arm(q->head.loop, &q->tend, clock_mono_ns());
	return 0;
}

/* In each turn, all at once, unless an operation has just failed: then when it is tried again. */
static void
flush_releases(struct source_queue *q)
{
	if (!q->deferral.is_on && releases_flush(&q->soon, q->queue) == -1)
		failing(q);
}

static void
release_ahead(struct source_queue *q)
{
	for (size_t i = q->ahead_first; i < q->ahead_count; i++) {
		releases_add(&q->soon, q->ahead[i].id);
		queue_task_free(&q->ahead[i]);
	}
	q->ahead_first = q->ahead_count = 0;
	flush_releases(q);
}

static void
release(struct source *head, uint64_t claim)
{
	releases_add(&queue_of(head)->soon, claim);
}

static void
release_at_end(struct source *head, uint64_t claim)
{
	releases_add(&queue_of(head)->at_end, claim);
}

static void
started(struct source *head, uint64_t claim)
{
	queue_begin(queue_of(head)->queue, claim);
}

static void
store(struct source *head, const struct job *j, struct kept *out, struct kept *err)
{
	struct source_queue *q = queue_of(head);

	/* The job was interrupted, so its end is not a result: others may run the task. */
	if (j->end == JOB_INTERRUPTED || j->end == JOB_HALTED) {
		release(head, j->task_id);
		return;
	}
	if (results_add(&q->results, j, out, err) == -1)
		report_message(q->head.report, "%s:%" PRIu64 ": cannot keep the output with the result: %s",
		    q->head.name, j->task_id, strerror(errno));
	pace_learn(&q->pace, j->wall_ns);
}

/* -- Claiming ------------------------------------------------------------------------------------------------------ */

/* With --until-empty the run ends once the queue is empty and nothing here can fill it again. */
static bool
ends_when_empty(const struct source_queue *q)
{
	return (q->options->until_empty || q->options->dry_run) && q->head.demand->unfinished == 0 &&
	    q->results.count == 0 && q->soon.count == 0 && feed_is_idle(q->feed);
}

static void
claim(struct source_queue *q)
{
	enum queue_answer answer;
	bool doomed;

	/* Results first: they may be all that is missing for the queue to be drained. */
	if (q->deferral.is_on || (q->head.demand->running == 0 && flush_results(q) == -1))
		return;
	/*
	 * Before the claim, because a doomed task that is ready by then is claimed. On an error the claim reports it.
	 */
	doomed = q->options->until_empty && queue_has_doomed(q->queue) == QUEUE_YES;
	q->ahead_first = q->ahead_count = 0;
	answer = queue_claim(q->queue, pace_wanted(&q->pace, q->head.demand), q->ahead, &q->ahead_count);
	q->claimed_mono_ns = clock_mono_ns();
	if (answer != QUEUE_ERROR)
		deferral_worked(&q->deferral);
	switch (answer) {
	case QUEUE_YES: break;
	case QUEUE_CLOSED: q->ended = true; break;
	case QUEUE_ERROR: failing(q); break;
	case QUEUE_NO:
	case QUEUE_LOST:
		q->idle = true;
		/* The queue decides anew when to look again. */
		loop_disarm(q->head.loop, &q->recheck);
		q->ended = !doomed && ends_when_empty(q);
		break;
	}
}

static void
refuse(const struct source_queue *q, const struct queue_task *t)
{
	if (t->len >= q->head.longest_argument)
		report_message(q->head.report,
		    "%s:%" PRIu64 ": task has %zu bytes, but an argument can have at most %zu; put it into a file",
		    q->head.name, t->id, t->len, q->head.longest_argument - 1);
	else
		report_message(q->head.report,
		    "%s:%" PRIu64
		    ": task contains a NUL byte, which an argument cannot contain; fill the queue with qctl put -0",
		    q->head.name, t->id);
}

static void
give(struct source_queue *q, struct queue_task *t, struct unit *u)
{
	bool refused = memchr(t->bytes, '\0', t->len) != NULL || t->len >= q->head.longest_argument;

	if (refused)
		refuse(q, t);
	*u = (struct unit){ .seq = ++q->head.given,
		.bytes = t->bytes,
		.len = (refused ? strlen(t->bytes) : t->len) + 1,
		.line_count = 1,
		.number = t->id,
		.claim = t->id,
		.refused = refused };
	queue_task_free(&q->current);
	q->current = *t;
	*t = (struct queue_task){ 0 };
}

static bool
next(struct source *head, struct unit *u)
{
	struct source_queue *q = queue_of(head);

	if (feed_has_put(q->feed))
		q->idle = false;
	if (q->ahead_first == q->ahead_count && !q->idle && !q->ended)
		claim(q);
	if (q->ahead_first == q->ahead_count)
		return false;
	give(q, &q->ahead[q->ahead_first++], u);
	return true;
}

/* -- Waiting ------------------------------------------------------------------------------------------------------- */

static void
check_terminated(struct source_queue *q)
{
	struct queue_counts c;

	if (queue_counts(q->queue, &c) != QUEUE_YES || c.terminated == q->terminated)
		return;
	q->terminated = c.terminated;
	q->head.terminated = true;
}

static void
look_again(void *arg)
{
	struct source_queue *q = arg;

	q->idle = q->deferral.is_on = false;
	check_terminated(q);
}

static void
check(void *arg)
{
	struct source_queue *q = arg;

	if (queue_check(q->queue) == QUEUE_ERROR)
		failing(q);
	else
		loop_arm(q->head.loop, &q->check, clock_mono_ns() + CHECK_MS * NS_PER_MS);
}

static void
notified(void *arg, unsigned events)
{
	struct source_queue *q = arg;

	(void)events;
	queue_take_notifications(q->queue);
	q->idle = false;
	check_terminated(q);
}

static bool
is_drained(const struct source *head)
{
	const struct source_queue *q = (const struct source_queue *)head;

	if (q->results.count > 0 && !(head->demand->stopping && q->deferral.since_mono_ns != 0))
		return false;
	return head->demand->stopping || (q->ended && q->ahead_first == q->ahead_count);
}

static bool
has_ended(const struct source *head)
{
	return ((const struct source_queue *)head)->ended;
}

/* Releases what was not given for too long, because earlier jobs take longer than expected: others may run it. */
static void
tend_ahead(struct source_queue *q)
{
	int64_t until = q->claimed_mono_ns + AHEAD_MOST_MS * NS_PER_MS;

	if (q->ahead_first == q->ahead_count)
		return;
	if (q->head.demand->stopping || clock_mono_ns() >= until) {
		q->pace = (struct pace){ 0 };
		release_ahead(q);
	} else
		loop_arm(q->head.loop, &q->tend, until);
}

static void
tend_slots(struct source_queue *q)
{
	if (!q->slots_changed || q->deferral.is_on)
		return;
	if (queue_register_pool(q->queue, q->head.demand->slots) == QUEUE_ERROR)
		failing(q);
	else
		q->slots_changed = false;
}

static void
tend_results(struct source_queue *q)
{
	int64_t until = q->results.since_mono_ns + RESULTS_MS * NS_PER_MS;

	if (q->results.count == 0 || q->deferral.is_on)
		return;
	if (q->results.count >= MOST_RESULTS || q->head.demand->running == 0 || clock_mono_ns() >= until)
		flush_results(q);
	else if (!q->tend.armed || q->tend.at_mono_ns > until)
		loop_arm(q->head.loop, &q->tend, until);
}

/* The last fd carries the state of the queue, which always matters; the others only while a task is wanted. */
static int
watch_queue(struct source_queue *q, bool waits)
{
	int fd[QUEUE_FDS];

	queue_fds(q->queue, fd);
	for (int i = 0; i < QUEUE_FDS; i++) {
		if (fd[i] == -1)
			continue;
		q->watch[i].fd = fd[i];
		if (loop_watch(q->head.loop, &q->watch[i], i == QUEUE_FDS - 1 || waits ? LOOP_IN : 0) == -1)
			return -1;
	}
	return 0;
}

static int
update(struct source *head)
{
	struct source_queue *q = queue_of(head);
	bool waits;

	tend_ahead(q);
	flush_releases(q);
	tend_slots(q);
	tend_results(q);
	waits = q->idle && !q->ended && head->demand->wanted;
	if (waits && !q->deferral.is_on && !q->recheck.armed)
		loop_arm(head->loop, &q->recheck, clock_mono_ns() + queue_recheck_ns(q->queue));
	if (watch_queue(q, waits) == -1)
		return -1;
	return feed_update(q->feed, head->demand->stopping);
}

/* -- Beginning and ending ------------------------------------------------------------------------------------------ */

static int
begin(struct source *head)
{
	struct source_queue *q = queue_of(head);
	struct queue_counts c;

	q->recheck = (struct timer){ .fn = look_again, .arg = q };
	q->check = (struct timer){ .fn = check, .arg = q };
	for (int i = 0; i < QUEUE_FDS; i++)
		q->watch[i] = (struct watch){ .fd = -1, .fn = notified, .arg = q };
	q->ahead = mem_resize(NULL, PACE_MOST, sizeof *q->ahead);
	if (queue_listen(q->queue, QUEUE_NOTIFY_TASKS | QUEUE_NOTIFY_STATE) == -1 ||
	    queue_register_pool(q->queue, head->demand->slots) == QUEUE_ERROR ||
	    queue_counts(q->queue, &c) == QUEUE_ERROR) {
		report_message(head->report, "%s: %s", head->name, queue_problem(q->queue));
		errno = 0;
		return -1;
	}
	q->terminated = c.terminated;
	queue_set_deadline(q->queue, QUEUE_NO_WAIT);
	check(q);
	if (!q->options->dry_run)
		q->feed = feed_new(q->queue, head->name, head->loop, head->report);
	return 0;
}

static void
resized(struct source *head)
{
	queue_of(head)->slots_changed = true;
	tend_slots(queue_of(head));
}

static int
keeper_fd(const struct source *head)
{
	return queue_keeper_fd(((const struct source_queue *)head)->queue);
}

static void
release_last(struct source_queue *q, struct releases *r)
{
	if (releases_flush(r, q->queue) == -1 && !queue_is_gone(q->queue))
		report_message(q->head.report,
		    "%s: %s; tasks that were not started are ready again when this pool has exited", q->head.name,
		    queue_problem(q->queue));
}

static void
flush_last(struct source_queue *q)
{
	bool gone;

	if (flush_results(q) == 0)
		return;
	gone = queue_is_gone(q->queue);
	report_error(q->head.report, "%s: could not record %zu results; %s: %s", q->head.name, q->results.count,
	    gone ? "they are lost" : "their tasks will run again", queue_problem(q->queue));
	for (size_t i = 0; gone && i < q->results.count; i++)
		report_message(
		    q->head.report, "%s:%" PRIu64 ": the result is lost", q->head.name, q->results.all[i].id);
}

static void
end(struct source *head)
{
	struct source_queue *q = queue_of(head);

	if (q->ahead == NULL)
		return;
	queue_set_deadline(q->queue, clock_mono_ns() + LAST_MS * NS_PER_MS);
	release_ahead(q);
	release_last(q, &q->soon);
	release_last(q, &q->at_end);
	feed_end(q->feed);
	q->feed = NULL;
	flush_last(q);
	for (int i = 0; i < QUEUE_FDS; i++)
		if (q->watch[i].fd != -1)
			loop_unwatch(head->loop, &q->watch[i]);
	loop_disarm(head->loop, &q->recheck);
	loop_disarm(head->loop, &q->check);
	loop_disarm(head->loop, &q->tend);
	free(q->ahead);
	q->ahead = NULL;
}

static void
source_queue_free(struct source *head)
{
	struct source_queue *q = queue_of(head);

	queue_task_free(&q->current);
	releases_free(&q->soon);
	releases_free(&q->at_end);
	results_free(&q->results);
	free(q);
}

static const struct source_body source_queue_body = {
	.begin = begin,
	.next = next,
	.update = update,
	.is_drained = is_drained,
	.has_ended = has_ended,
	.end = end,
	.free = source_queue_free,
	.started = started,
	.store = store,
	.release = release,
	.release_at_end = release_at_end,
	.resized = resized,
	.keeper_fd = keeper_fd,
};

struct source *
source_queue_new(struct queue *q, const char *name, const struct options *o)
{
	struct source_queue *s = mem_alloc(sizeof *s);

	s->head = (struct source){ .body = &source_queue_body, .name = name };
	s->queue = q;
	s->options = o;
	return &s->head;
}
