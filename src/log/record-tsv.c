/*
 * The default log format: a header line of column names, then one line a job, its columns separated by tabs.
 * The command is the last column, so that a line cut short is short of a column or ends in the command.
 */
#include "log/record.h"

#include "base/clock.h"
#include "base/decimal.h"
#include "base/escape.h"
#include "job/command.h"
#include "job/outcome.h"

static void
header(struct buf *b)
{
	buf_adds(b,
	    "seq\ttry\tleft\tslot\tpid\tstart_s\twall_s\tuser_s\tsys_s\tmaxrss_kib\tend\tstatus\tsignal\t"
	    "queued_s\ttoken_s\tout_bytes\terr_bytes\tcommand\n");
}

static void
add_count(struct buf *b, uint64_t n)
{
	decimal_add(b, n);
	buf_addc(b, '\t');
}

static void
add_seconds(struct buf *b, int64_t us)
{
	decimal_fixed(b, us, 6, 0);
	buf_addc(b, '\t');
}

static void
add_end(struct buf *b, const struct job *j)
{
	buf_adds(b, outcome_name(job_outcome(j)));
	buf_addc(b, '\t');
	add_count(b, (uint64_t)outcome_status(j));
	add_count(b, (uint64_t)outcome_signal(j));
}

static void
add_command(struct buf *b, const struct command *c)
{
	struct buf text = { 0 };

	command_text(&text, c);
	escape_tsv(b, text.data, text.len);
	buf_free(&text);
}

static void
line(struct buf *b, const struct job *j)
{
	add_count(b, j->seq);
	add_count(b, j->attempt);
	add_count(b, j->tries_left);
	add_count(b, j->slot);
	add_count(b, (uint64_t)j->pid);
	add_seconds(b, j->start_wall_us);
	add_seconds(b, j->wall_ns / NS_PER_US);
	add_seconds(b, j->user_us);
	add_seconds(b, j->sys_us);
	add_count(b, (uint64_t)j->maxrss_kib);
	add_end(b, j);
	add_seconds(b, j->queued_ns / NS_PER_US);
	add_seconds(b, j->token_ns / NS_PER_US);
	add_count(b, j->out_bytes);
	add_count(b, j->err_bytes);
	add_command(b, &j->command);
	buf_addc(b, '\n');
}

const struct record_format record_tsv = {
	.name = "tsv",
	.suffix = ".tsv",
	.header = header,
	.line = line,
};
