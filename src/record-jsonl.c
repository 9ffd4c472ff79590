/*
 * One JSON object a line (RFC 8259), with the column names of the tsv format. Numbers are written as numbers, with the same
 * decimals. A command with bytes that are not UTF-8 is there twice: readable, and exactly, in hex.
 */
#include "record.h"

#include "clock.h"
#include "decimal.h"
#include "escape.h"
#include "outcome.h"

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

static void
add_command(struct buf *b, const struct command *c)
{
	struct buf text = { 0 };

	escape_command(&text, c);
	if (c->shell)
		buf_adds(b, ",\"shell\":true");
	buf_adds(b, ",\"command\":\"");
	if (!escape_json(b, text.data, text.len)) {
		buf_adds(b, "\",\"command_hex\":\"");
		escape_hex(b, text.data, text.len);
	}
	buf_addc(b, '"');
	buf_free(&text);
}

static void
add_end(struct buf *b, const struct job *j)
{
	buf_adds(b, ",\"end\":\"");
	buf_adds(b, outcome_name(j));
	add_count(b, "\",\"status\":", (uint64_t)outcome_status(j));
	add_count(b, ",\"signal\":", (uint64_t)outcome_signal(j));
}

static void
line(struct buf *b, const struct job *j)
{
	add_count(b, "{\"seq\":", j->seq);
	add_count(b, ",\"try\":", j->attempt);
	add_count(b, ",\"left\":", j->tries_left);
	add_count(b, ",\"slot\":", j->slot);
	add_count(b, ",\"pid\":", (uint64_t)j->pid);
	add_seconds(b, ",\"start_s\":", j->start_wall_us);
	add_seconds(b, ",\"wall_s\":", j->wall_ns / NS_PER_US);
	add_seconds(b, ",\"user_s\":", j->user_us);
	add_seconds(b, ",\"sys_s\":", j->sys_us);
	add_count(b, ",\"maxrss_kib\":", (uint64_t)j->maxrss_kib);
	add_end(b, j);
	add_seconds(b, ",\"queued_s\":", j->queued_ns / NS_PER_US);
	add_seconds(b, ",\"token_s\":", j->token_ns / NS_PER_US);
	add_count(b, ",\"out_bytes\":", j->out_bytes);
	add_count(b, ",\"err_bytes\":", j->err_bytes);
	add_command(b, &j->command);
	buf_adds(b, "}\n");
}

const struct record_format record_jsonl = {
	.name = "jsonl",
	.suffix = ".jsonl",
	.header = NULL,
	.line = line,
};
