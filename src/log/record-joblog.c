/*
 * GNU parallel's --joblog, byte for byte as parallel 20221122 writes it and reads it for --resume: one line a task, that of its
 * last attempt. A job that was interrupted or halted has no line: parallel takes every line for a task that is done.
 */
#include "log/record.h"

#include "base/clock.h"
#include "base/decimal.h"
#include "base/escape.h"
#include "job/command.h"
#include "job/outcome.h"

#define TIMED_OUT (-1) /* Exitval of a job that was timed out and did not give a status of its own */

static void
header(struct buf *b)
{
	buf_adds(b, "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n");
}

static int
exit_value(const struct job *j)
{
	int status = outcome_status(j);

	return j->end == JOB_TIMED_OUT && status == 0 ? TIMED_OUT : status;
}

/* The command, a newline in it written as NUL: parallel's only escape. */
static void
add_command(struct buf *b, const struct command *c)
{
	size_t start = b->len;

	command_text(b, c);
	for (size_t i = start; i < b->len; i++)
		if (b->data[i] == '\n')
			b->data[i] = '\0';
}

static void
line(struct buf *b, const struct job *j)
{
	if (!outcome_final(job_outcome(j), j->tries_left))
		return;
	decimal_add(b, j->seq);
	buf_adds(b, "\t:\t");
	decimal_fixed(b, j->start_wall_us / (US_PER_S / 1000), 3, 0);
	buf_addc(b, '\t');
	decimal_fixed(b, j->wall_ns / NS_PER_MS, 3, 10);
	buf_adds(b, "\t0\t");
	decimal_add(b, j->out_bytes);
	buf_addc(b, '\t');
	decimal_fixed(b, exit_value(j), 0, 0);
	buf_addc(b, '\t');
	decimal_add(b, (uint64_t)outcome_signal(j));
	buf_addc(b, '\t');
	add_command(b, &j->command);
	buf_addc(b, '\n');
}

const struct record_format record_joblog = {
	.name = "joblog",
	.suffix = ".joblog",
	.header = header,
	.line = line,
};
