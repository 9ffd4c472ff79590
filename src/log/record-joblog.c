/*
 * GNU parallel's --joblog, byte for byte as parallel 20221122 writes it and reads it for --resume: one line a task,
 * for its last attempt. A job that was interrupted or halted gets no line, because parallel takes every line for a
 * finished task. joblog.def lists the columns.
 */
#include "log/record.h"

#include "base/clock.h"
#include "base/decimal.h"
#include "base/escape.h"
#include "job/command.h"
#include "job/outcome.h"

#define TIMED_OUT (-1) /* the Exitval of a job that timed out and did not give a status of its own */

/* write_NAME: appends the column NAME. */

static void
write_Seq(struct buf *b, const struct job *j)
{
	decimal_add(b, j->seq);
}

/* parallel's name for this machine. */
static void
write_Host(struct buf *b, const struct job *j)
{
	(void)j;
	buf_addc(b, ':');
}

static void
write_Starttime(struct buf *b, const struct job *j)
{
	decimal_fixed(b, j->start_wall_us / (US_PER_S / 1000), 3, 0);
}

static void
write_JobRuntime(struct buf *b, const struct job *j)
{
	decimal_fixed(b, j->wall_ns / NS_PER_MS, 3, 10);
}

/* The bytes that were sent to another machine. */
static void
write_Send(struct buf *b, const struct job *j)
{
	(void)j;
	buf_addc(b, '0');
}

static void
write_Receive(struct buf *b, const struct job *j)
{
	decimal_add(b, j->out_bytes);
}

static void
write_Exitval(struct buf *b, const struct job *j)
{
	int status = outcome_status(j);

	decimal_fixed(b, j->end == JOB_TIMED_OUT && status == 0 ? TIMED_OUT : status, 0, 0);
}

static void
write_Signal(struct buf *b, const struct job *j)
{
	decimal_add(b, (uint64_t)outcome_signal(j));
}

/* A newline is written as NUL, which is parallel's only escape. */
static void
write_Command(struct buf *b, const struct job *j)
{
	size_t start = b->len;

	command_text(b, &j->command);
	for (size_t i = start; i < b->len; i++)
		if (b->data[i] == '\n')
			b->data[i] = '\0';
}

static void
header(struct buf *b)
{
#define JOBLOG(name) buf_adds(b, #name "\t");
#include "log/joblog.def"
#undef JOBLOG
	b->data[b->len - 1] = '\n';
}

static void
line(struct buf *b, const struct job *j)
{
	if (!outcome_final(job_outcome(j), j->tries_left))
		return;
#define JOBLOG(name)                                                                                                   \
	write_##name(b, j);                                                                                            \
	buf_addc(b, '\t');
#include "log/joblog.def"
#undef JOBLOG
	b->data[b->len - 1] = '\n';
}

const struct record_format record_joblog = {
	.name = "joblog",
	.suffix = ".joblog",
	.header = header,
	.line = line,
};
