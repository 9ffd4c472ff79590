/*
 * The scheduler.
 *
 * Invariants: in each turn everything that may start is started, and nothing is read that no free slot wants. Once a worker exists the only way
 * out of pool_run is through the loop's end, where none is left.
 */
#include "pool/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "job/outcome.h"
#include "pool/pool-private.h"

/* Bytes of input put aside, whatever --spill-max says: the input may have no end. */
#define ASIDE_MOST (UINT64_C(1) << 30)

void
pool_say(struct pool *p, const char *format, ...)
{
	struct buf b = { 0 };
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	buf_addf(&b, "qpool: %s\n", text);
	outlet_write(p->outlet, STDERR_FILENO, b.data, b.len);
	buf_free(&b);
}

unsigned
pool_take_slot(struct pool *p)
{
	unsigned slot = p->slot_lowest;

	while (slot <= p->slot_room && p->slot_used[slot])
		slot++;
	if (slot > p->slot_room) {
		unsigned room = p->slot_room ? 2 * p->slot_room : 16;

		p->slot_used = mem_resize(p->slot_used, room + 1, 1);
		memset(p->slot_used + p->slot_room + 1, 0, room - p->slot_room);
		p->slot_room = room;
	}
	p->slot_used[slot] = 1;
	p->slot_lowest = slot + 1;
	return slot;
}

void
pool_give_slot(struct pool *p, unsigned slot)
{
	p->slot_used[slot] = 0;
	if (slot < p->slot_lowest)
		p->slot_lowest = slot;
}

static bool
slot_free(const struct pool *p)
{
	if (p->slots_off > 0 || p->running_count >= KEEPER_MOST_SLOTS)
		return false;
	return p->slots == 0 || p->running_count < p->slots;
}

static void
say_held(struct pool *p, enum gate_reason why)
{
	if (why == GATE_LOAD && !p->said_load) {
		p->said_load = true;
		pool_say(p, "the load average is %.2f: new jobs wait until it is below %.2f", p->gate.seen_load,
		    p->gate.load);
	}
	if (why == GATE_MEMORY && !p->said_memory) {
		p->said_memory = true;
		pool_say(p, "%llu MiB of memory are free: new jobs wait until it is %llu MiB",
		    (unsigned long long)(p->gate.seen_bytes >> 20), (unsigned long long)(p->gate.memfree_bytes >> 20));
	}
}

/* May a job be started now? When only time can tell, comes back by itself. */
bool
pool_may_start(struct pool *p)
{
	int64_t now, wait_ns;
	enum gate_reason why;

	if (p->phase != POOL_GOING || !slot_free(p) || outlet_full(p->outlet))
		return false;
	now = clock_mono_ns();
	why = gate_ask(&p->gate, now, &wait_ns);
	if (why == GATE_OPEN)
		return true;
	say_held(p, why);
	loop_arm(p->loop, &p->again, now + wait_ns);
	return false;
}

/* The next task: one whose attempt failed goes before new ones, so that the order of output stalls no longer than it must. */
static struct task *
take_task(struct pool *p)
{
	struct task *t = TAILQ_FIRST(&p->waiting);

	if (t != NULL) {
		TAILQ_REMOVE(&p->waiting, t, entry);
		return t;
	}
	return pool_next_task(p);
}

void
pool_pump(struct pool *p)
{
	enum task_started started;

	p->no_token = false;
	while (pool_may_start(p)) {
		struct task *t = take_task(p);

		if (t == NULL)
			break;
		started = task_start(t);
		if (started == TASK_HELD || started == TASK_UNPAID)
			TAILQ_INSERT_HEAD(&p->waiting, t, entry);
		if (started == TASK_UNPAID)
			break;
	}
}

static void
ask_again(void *arg)
{
	(void)arg; /* every turn ends with pool_pump */
}

void
pool_input_failed(struct pool *p, int error)
{
	pool_say(p, "%s: %s", input_name(p->parts->input), strerror(error));
	p->own_error = true;
}

static void
input_readable(void *arg, unsigned events)
{
	struct pool *p = arg;

	(void)events;
	if (pool_puts_aside(p) && input_can_spill(p->parts->input))
		p->input_full =
		    input_spill(p->parts->input,
			p->options->spill_max_bytes < ASIDE_MOST ? p->options->spill_max_bytes : ASIDE_MOST) == -1;
	else if (input_fill(p->parts->input) == -1)
		pool_input_failed(p, errno);
	if (input_ended(p->parts->input))
		loop_unwatch(p->loop, &p->input_watch);
	report_dirty(p);
}

static void
before_write(void *arg, int fd, bool line_open)
{
	struct pool *p = arg;

	if (p->parts->progress == NULL)
		return;
	/* On the same terminal the display is in the way. */
	if (fd == STDERR_FILENO || p->stdout_is_terminal) {
		progress_clear(p->parts->progress);
		progress_line_open(p->parts->progress, line_open);
		report_dirty(p);
	}
}

static void
write_failed(void *arg, int fd, int error)
{
	struct pool *p = arg;

	if (error == EPIPE) {
		/* The reader is gone: end as a program does that SIGPIPE ends. */
		if (p->signal == 0)
			p->signal = SIGPIPE;
		pool_stop_now(p, JOB_INTERRUPTED, SIGTERM);
		return;
	}
	p->own_error = true;
	if (fd == STDOUT_FILENO)
		pool_say(p, "stdout: %s; nothing new is started", strerror(error));
	pool_stop_soon(p);
}

static void
room(void *arg)
{
	(void)arg; /* every turn ends with pool_pump */
}

static void
spill_failed(void *arg, int error)
{
	struct pool *p = arg;

	if (p->said_spill)
		return;
	p->said_spill = true;
	pool_say(p,
	    "output that waits for its turn has no more room (%s); new jobs wait until earlier ones are put out",
	    error == ENOSPC && p->options->spill_max_bytes != UINT64_MAX ? "--spill-max" : strerror(error));
}

static void
lost_output(void *arg, int error)
{
	struct pool *p = arg;

	pool_say(p, "output that waited in a temporary file cannot be read back: %s", strerror(error));
	p->own_error = true;
}

static bool
finished(const struct pool *p)
{
	bool no_more = (p->phase != POOL_GOING && p->queue.result_count == 0) || pool_source_over(p);

	if (!no_more || p->live_count > 0 || !TAILQ_EMPTY(&p->waiting))
		return false;
	return p->give_up || outlet_idle(p->outlet);
}

static int
begin(struct pool *p)
{
	const struct options *o = p->options;
	struct outlet_config config = { .by_completion = o->order != ORDER_INPUT,
		.line_buffer = o->line_buffer,
		.tag = o->tag,
		.spill_max_bytes = o->spill_max_bytes };
	static const struct outlet_events events = { before_write, write_failed, room, spill_failed, lost_output };
	struct arguments none = { 0 };

	TAILQ_INIT(&p->waiting);
	TAILQ_INIT(&p->running);
	TAILQ_INIT(&p->draining);
	p->slots = p->parts->slots;
	p->slot_lowest = 1;
	p->halt_status = -1;
	p->make_watch.fd = -1;
	p->token_watch = (struct watch){ .fd = -1, .fn = pool_token_told, .arg = p };
	p->gate = (struct gate){ .delay_ns = o->delay_ns, .load = o->load, .memfree_bytes = o->memfree_bytes };
	p->stdout_is_terminal = isatty(STDOUT_FILENO) == 1;
	p->size_empty = p->batch_size = template_size(p->parts->template, none);
	p->loop = loop_new();
	if (p->loop == NULL)
		return -1;
	p->outlet = outlet_new(p->loop, &config, &events, p);
	if (p->outlet == NULL || pool_take_signals(p) == -1 || pool_watch_make(p) == -1 || pool_serve_begin(p) == -1 ||
	    pool_begin_queue(p) == -1)
		return -1;
	if (worker_kit_init(&p->kit, p->slots != 0 ? p->slots : p->parts->jobserver->budget, p->parts->progress_to,
		p->parts->worker_makeflags, p->parts->serves ? server_environment_size(&p->server) : 0,
		p->parts->queue_path) == -1)
		return -1;
	p->share = (struct timer){ .fn = ask_again, .arg = p };
	p->again = (struct timer){ .fn = ask_again, .arg = p };
	p->redraw = (struct timer){ .fn = report_redraw, .arg = p };
	pool_prepare_stop(p);
	p->input_watch = (struct watch){ .fd = input_fd(p->parts->input), .fn = input_readable, .arg = p };
	return 0;
}

static void
clean_up(struct pool *p)
{
	pool_end_queue(p);
	if (p->keeper != NULL)
		keeper_stop(p->keeper);
	if (p->outlet != NULL)
		outlet_free(p->outlet);
	if (p->make_watch.fd != -1) {
		loop_unwatch(p->loop, &p->make_watch);
		close(p->make_watch.fd);
	}
	if (p->token_watch.fd != -1)
		loop_unwatch(p->loop, &p->token_watch);
	if (p->loop != NULL)
		loop_free(p->loop);
	worker_kit_free(&p->kit);
	pool_serve_end(p);
	buf_free(&p->batch);
	free(p->slot_used);
}

static int
exit_status(const struct pool *p)
{
	if (p->own_error)
		return EXIT_SELF;
	return p->halt_status != -1 ? p->halt_status : p->worst;
}

/* Until nothing is left to do. Errors of the loop itself are told and tried again: workers run, so leaving is no way out. */
static void
go_on(struct pool *p)
{
	for (;;) {
		pool_pump(p);
		if (finished(p))
			return;
		if (pool_tend_queue(p) == -1) {
			pool_say(p, "%s: cannot be waited for: %s", input_name(p->parts->input), strerror(errno));
			p->own_error = true;
			pool_stop_soon(p);
		}
		pool_serve(p);
		if (pool_watch_input(p) == -1) {
			pool_say(p, "%s: cannot be waited for: %s", input_name(p->parts->input), strerror(errno));
			p->own_error = true;
			pool_stop_soon(p);
		}
		if (pool_watch_tokens(p) == -1) {
			pool_say(
			    p, "the jobserver cannot be waited for: %s; its tokens are left alone", strerror(errno));
			p->parts->jobserver->gone = true;
		}
		if (loop_turn(p->loop) == -1) {
			pool_say(p, "cannot wait for events: %s", strerror(errno));
			p->own_error = true;
			pool_stop_now(p, JOB_INTERRUPTED, SIGTERM);
		}
	}
}

int
pool_run(const struct pool_parts *parts, struct pool_result *result)
{
	struct pool *p = mem_alloc(sizeof *p);
	int saved;

	p->parts = parts;
	p->options = parts->options;
	if (begin(p) == -1) {
		saved = errno;
		clean_up(p);
		free(p);
		errno = saved;
		return -1;
	}
	report_begin(p);
	go_on(p);
	report_log_retry(p);
	report_end(p);
	/* Before the status is made: what cannot be recorded is part of it. */
	pool_end_queue(p);
	if (outlet_lost(p->outlet, STDOUT_FILENO) > 0 && p->signal == 0)
		pool_say(p, "stdout: %llu bytes of output could not be written",
		    (unsigned long long)outlet_lost(p->outlet, STDOUT_FILENO));
	*result = (struct pool_result){ .status = exit_status(p), .signal = p->signal };
	clean_up(p);
	free(p);
	return 0;
}
