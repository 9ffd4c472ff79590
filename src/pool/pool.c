/* Invariant: once a worker exists the only way out of pool_run is the end of scheduler_run, when none is left. */
#include "pool/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "job/command.h"
#include "jobserver/payer.h"
#include "output/outlet.h"
#include "pool/escapes.h"
#include "pool/scheduler.h"
#include "pool/source.h"
#include "pool/stop.h"
#include "sys/loop.h"

struct pool {
	const struct pool_parts *parts;
	struct loop *loop;     /* owned */
	struct report *report; /* owned */
	struct payer payer;
	struct escapes escapes; /* with -J */
	struct stop stop;
	struct scheduler scheduler;
};

/*
 * -- Handlers of the report -----------------------------------------------------------------------------------------
 */

static void
write_failed(void *arg, int fd, int error)
{
	struct pool *p = arg;

	/* The reader is gone: end like a program that SIGPIPE ends. */
	if (error == EPIPE) {
		scheduler_interrupt(&p->scheduler, SIGPIPE);
		return;
	}
	/* As with xargs(1), nobody misses the messages: the jobs decide the exit status. */
	if (fd == STDERR_FILENO)
		return;
	report_error(p->report, "stdout: %s; no more jobs are started", strerror(error));
	scheduler_stop_soon(&p->scheduler);
}

static void
count(void *arg, struct progress_counts *c)
{
	const struct pool *p = arg;
	const struct source *s = p->parts->source;

	c->skipped = s->skipped;
	c->known = s->given - s->skipped + source_count_buffered(s);
	c->input_ended = source_has_ended(s);
	c->running = p->scheduler.demand.running;
}

static size_t
list(void *arg, struct progress_job *jobs, struct buf *labels, size_t most)
{
	struct pool *p = arg;
	struct task *t;
	size_t n = 0;

	TAILQ_FOREACH (t, &p->scheduler.running, entry) {
		const struct attempt *a = &t->attempt;

		if (n == most)
			break;
		command_text(&labels[n], &a->job.command);
		buf_addc(&labels[n], '\0');
		jobs[n] = (struct progress_job){ .slot = a->job.slot,
			.seq = a->job.seq,
			.start_mono_ns = a->start_mono_ns,
			.percent = a->percent,
			.label = labels[n].data };
		n++;
	}
	return n;
}

static bool
look_for_escapes(void *arg)
{
	struct pool *p = arg;
	const struct task *t;
	char problem[256];

	TAILQ_FOREACH (t, &p->scheduler.running, entry) {
		if (!escapes_find(t->attempt.job.pid, problem, sizeof problem))
			continue;
		report_message(p->report, "job %llu: %s", (unsigned long long)t->attempt.job.seq, problem);
		escapes_end(&p->escapes);
		break;
	}
	return !TAILQ_EMPTY(&p->scheduler.running);
}

/*
 * -- Beginning and ending -------------------------------------------------------------------------------------------
 */

static int
begin_report(struct pool *p)
{
	static const struct report_events events = { write_failed, count, list };

	p->loop = loop_new();
	if (p->loop == NULL)
		return -1;
	p->report = report_new(p->loop, p->parts->options, &p->parts->report, &events, p);
	return p->report == NULL ? -1 : 0;
}

static void
connect_parts(struct pool *p)
{
	const struct pool_parts *parts = p->parts;
	struct scheduler *s = &p->scheduler;
	struct attempt_shared *attempts = &s->tasks.attempts;

	s->options = attempts->options = parts->options;
	s->loop = attempts->loop = p->loop;
	s->report = attempts->report = p->report;
	s->source = attempts->source = parts->source;
	s->payer = attempts->payer = &p->payer;
	s->escapes = &p->escapes;
	s->outlet = s->tasks.outlet = report_outlet(p->report);
	s->tasks.template = parts->template;
	s->tasks.program = parts->program;
	attempts->reads_progress = parts->report.progress != NULL;
}

/*
 * Workers that are served slots share them, and a keeper must know of the directory with their pipes. That it cannot
 * start now, the first job notices.
 */
static int
begin_payer(struct pool *p)
{
	const struct pool_parts *parts = p->parts;

	if (payer_begin(&p->payer, p->loop, parts->jobserver, parts->serves, parts->options->style, parts->slots) == -1)
		return -1;
	if (parts->serves) {
		attempt_ensure_keeper(&p->scheduler.tasks.attempts);
		escapes_begin(&p->escapes, p->loop, look_for_escapes, p);
	}
	return 0;
}

static int
begin_source(struct pool *p)
{
	const struct worker_kit *kit = &p->scheduler.tasks.attempts.kit;
	struct source *s = p->parts->source;

	s->loop = p->loop;
	s->report = p->report;
	s->longest_argument = kit->longest_argument;
	s->argument_space = kit->argument_space;
	return source_begin(s);
}

static int
begin(struct pool *p)
{
	const struct pool_parts *parts = p->parts;
	unsigned slots = parts->slots != 0 ? parts->slots : parts->jobserver->budget;

	if (begin_report(p) == -1)
		return -1;
	connect_parts(p);
	if (stop_begin(&p->stop, &p->scheduler) == -1 || begin_payer(p) == -1 ||
	    worker_kit_init(&p->scheduler.tasks.attempts.kit, slots, parts->progress_to, parts->worker_makeflags,
		payer_environment_size(&p->payer), parts->queue_path) == -1)
		return -1;
	scheduler_init(&p->scheduler, parts->slots);
	return begin_source(p);
}

static void
clean_up(struct pool *p)
{
	if (p->parts->source->loop != NULL)
		source_end(p->parts->source);
	attempt_shared_free(&p->scheduler.tasks.attempts);
	report_free(p->report);
	stop_end(&p->stop);
	payer_end(&p->payer);
	escapes_end(&p->escapes);
	if (p->loop != NULL)
		loop_free(p->loop);
	scheduler_free(&p->scheduler);
	free(p);
}

static void
report_lost_output(const struct pool *p)
{
	uint64_t lost = outlet_lost(report_outlet(p->report), STDOUT_FILENO);

	if (lost > 0 && p->scheduler.signal == 0)
		report_message(p->report, "stdout: could not write %llu bytes of output", (unsigned long long)lost);
}

int
pool_run(const struct pool_parts *parts, struct pool_result *result)
{
	struct pool *p = mem_alloc(sizeof *p);
	int saved;

	p->parts = parts;
	if (begin(p) == -1) {
		saved = errno;
		clean_up(p);
		errno = saved;
		return -1;
	}
	report_begin(p->report);
	scheduler_run(&p->scheduler);
	report_end(p->report);
	/* Before the status is computed: what cannot be recorded is part of it. */
	source_end(parts->source);
	report_lost_output(p);
	*result = (struct pool_result){ .status = report_exit_status(p->report), .signal = p->scheduler.signal };
	clean_up(p);
	return 0;
}
