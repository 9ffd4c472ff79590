/* Invariant: a byte that a worker wrote is passed to the task, or its loss is reported and the job has failed. */
#include "pool/attempt-output.h"

#include <string.h>
#include <unistd.h>

#include "job/outcome.h"
#include "output/outlet.h"
#include "pool/attempt.h"
#include "pool/report.h"

void
attempt_flow(struct attempt *a, bool on)
{
	struct loop *l = a->shared->loop;

	capture_flow(&a->out, on);
	capture_flow(&a->err, on);
	(on ? limit_resume : limit_pause)(&a->timeout, l);
	(on ? limit_resume : limit_pause)(&a->drain, l);
}

static void
on_progress(void *arg, int stream, const char *bytes, size_t len)
{
	struct attempt *a = arg;

	(void)stream;
	if (percent_feed(&a->percent_reader, bytes, len, &a->percent))
		report_changed(a->shared->report);
}

void
attempt_close_output(struct attempt *a)
{
	capture_close(&a->out);
	capture_close(&a->err);
	capture_close(&a->progress);
}

static int
open_capture(struct attempt *a, struct capture *c, int fd[2])
{
	int read_fd = fd[0];

	fd[0] = -1;
	return read_fd == -1 ? 0 : capture_open(c, a->shared->loop, read_fd);
}

int
attempt_open_output(struct attempt *a, void (*on_end)(void *attempt))
{
	/* A program reads the records on standard output: what the workers print there goes to standard error. */
	int stream = a->shared->options->records != NULL ? STDERR_FILENO : STDOUT_FILENO;

	a->out = (struct capture){ .watch.fd = -1, .stream = stream, .on_data = a->on_out, .on_end = on_end, .arg = a };
	a->err = (struct capture){
		.watch.fd = -1, .stream = STDERR_FILENO, .on_data = a->on_err, .on_end = on_end, .arg = a
	};
	a->progress = (struct capture){ .watch.fd = -1, .on_data = on_progress, .arg = a };
	if (open_capture(a, &a->out, a->pipes.out) == 0 && open_capture(a, &a->err, a->pipes.err) == 0 &&
	    open_capture(a, &a->progress, a->pipes.progress) == 0)
		return 0;
	return -1;
}

void
attempt_read_output(struct attempt *a, const struct output *output)
{
	a->output = output;
	worker_pipes_close(&a->pipes);
	attempt_flow(a, output_may_read(output));
}

void
attempt_fail_if_lost(struct attempt *a)
{
	if (a->lost && outcome_ok(&a->job))
		a->job.wstatus = EXIT_SELF << 8;
}

void
attempt_lose_output(struct attempt *a)
{
	a->lost = true;
	attempt_fail_if_lost(a);
}

static void
report_lost(struct attempt *a, struct capture *c, const char *name)
{
	if (c->error == 0)
		return;
	report_error(a->shared->report, "job %llu: cannot read its %s: %s; some of its output is lost",
	    (unsigned long long)a->job.seq, name, strerror(c->error));
	c->error = 0;
	a->lost = true;
}

void
attempt_report_lost(struct attempt *a)
{
	report_lost(a, &a->out, "stdout");
	report_lost(a, &a->err, "stderr");
}
