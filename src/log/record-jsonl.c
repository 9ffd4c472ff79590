/*
 * One JSON object a line (RFC 8259), with the column names of the tsv format. Numbers are written as numbers, with the same
 * decimals. What is unknown, of a line that make ran, is left out. A command, or target, with bytes that are not UTF-8 is there twice: readable, and exactly, in hex.
 */
#include "log/record.h"

#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/escape.h"
#include "job/command.h"
#include "job/outcome.h"

static void
add_count(struct buf *b, const char *name, uint64_t n)
{
	buf_adds(b, name);
	decimal_add(b, n);
}

static void
add_seconds(struct buf *b, const char *name, int64_t us)
{
	buf_adds(b, name);
	decimal_fixed(b, us, 6, 0);
}

/* Bytes of any kind as a string, and in hex too where they are no UTF-8. `name` has neither comma nor quotes. */
static void
add_bytes(struct buf *b, const char *name, const char *bytes, size_t len)
{
	buf_addf(b, ",\"%s\":\"", name);
	if (!escape_json(b, bytes, len)) {
		buf_addf(b, "\",\"%s_hex\":\"", name);
		escape_hex(b, bytes, len);
	}
	buf_addc(b, '"');
}

static void
add_command(struct buf *b, const struct command *c)
{
	struct buf text = { 0 };

	command_text(&text, c);
	if (c->shell)
		buf_adds(b, ",\"shell\":true");
	add_bytes(b, "command", text.data, text.len);
	buf_free(&text);
}

static void
add_end(struct buf *b, const struct job *j)
{
	buf_adds(b, ",\"end\":\"");
	buf_adds(b, outcome_name(job_outcome(j)));
	add_count(b, "\",\"status\":", (uint64_t)outcome_status(j));
	add_count(b, ",\"signal\":", (uint64_t)outcome_signal(j));
}

/* What its process was, and how it went. */
static void
add_process(struct buf *b, const struct job *j)
{
	add_count(b, "\"pid\":", (uint64_t)j->pid);
	add_seconds(b, ",\"start_s\":", j->start_wall_us);
	add_seconds(b, ",\"wall_s\":", j->wall_ns / NS_PER_US);
	add_seconds(b, ",\"user_s\":", j->user_us);
	add_seconds(b, ",\"sys_s\":", j->sys_us);
	add_count(b, ",\"maxrss_kib\":", (uint64_t)j->maxrss_kib);
	add_end(b, j);
}

static void
line(struct buf *b, const struct job *j)
{
	add_count(b, "{\"seq\":", j->seq);
	add_count(b, ",\"try\":", j->attempt);
	add_count(b, ",\"left\":", j->tries_left);
	add_count(b, ",\"slot\":", j->slot);
	buf_addc(b, ',');
	add_process(b, j);
	add_seconds(b, ",\"queued_s\":", j->queued_ns / NS_PER_US);
	add_seconds(b, ",\"token_s\":", j->token_ns / NS_PER_US);
	add_count(b, ",\"out_bytes\":", j->out_bytes);
	add_count(b, ",\"err_bytes\":", j->err_bytes);
	add_command(b, &j->command);
	buf_adds(b, "}\n");
}

void
record_make_line(struct buf *b, const struct job *j, pid_t parent, const char *target)
{
	add_count(b, "{\"try\":", j->attempt);
	add_count(b, ",\"left\":", j->tries_left);
	buf_addc(b, ',');
	add_process(b, j);
	if (parent != 0)
		add_count(b, ",\"parent\":", (uint64_t)parent);
	if (target != NULL)
		add_bytes(b, "target", target, strlen(target));
	add_command(b, &j->command);
	buf_adds(b, "}\n");
}

const struct record_format record_jsonl = {
	.name = "jsonl",
	.suffix = ".jsonl",
	.header = NULL,
	.line = line,
};
