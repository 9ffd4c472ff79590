/* qlog summary: a log summarized. */
#include "qlog/qlog.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/escape.h"
#include "log/sums.h"

enum {
	LABEL = 10,  /* the columns before the text in all lines except the sentence */
	NARROW = 20, /* a window this narrow gets no indentation */
};

/* How much of the text fits into `most` columns: up to the last blank. */
static size_t
fitting(const char *text, size_t len, size_t most)
{
	if (len <= most)
		return len;
	for (size_t n = most; n > LABEL; n--)
		if (text[n] == ' ')
			return n;
	return len;
}

/* Prints the text broken at the window's width instead of cut, because its end matters most. */
static void
print_broken(const char *text, size_t len, size_t indent)
{
	size_t window = qlog_window();
	size_t n = window > 0 ? fitting(text, len, window) : len;

	while (n < len) {
		printf("%.*s\n%*s", (int)n, text, (int)indent, "");
		text += n + 1;
		len -= n + 1;
		n = window > NARROW ? fitting(text, len, window - indent) : len;
	}
	printf("%.*s\n", (int)len, text);
}

/* Only the line with a command is cut, because a command may be long. */
static void
print_lines(const struct buf *text)
{
	char *at = text->data, *end = text->data + text->len;

	while (at < end) {
		char *newline = memchr(at, '\n', (size_t)(end - at));
		struct buf line = { .data = at, .len = (size_t)(newline - at) };

		if (strncmp(at, "longest ", 8) == 0)
			qlog_line(&line);
		else
			print_broken(at, line.len, newline + 1 < end ? LABEL : 0);
		at = newline + 1;
	}
}

static void
print_text(const struct log_table *t, const struct log_sums *s)
{
	struct buf text = { 0 };

	log_sums_text(&text, s, s->longest != (size_t)-1 ? qlog_name(t, &t->jobs[s->longest]) : "");
	print_lines(&text);
	buf_free(&text);
}

/* Seconds, or null. */
static void
add_seconds(struct buf *b, const char *name, int64_t us)
{
	buf_addf(b, ",\"%s\":", name);
	if (us == LOG_UNKNOWN)
		buf_adds(b, "null");
	else
		decimal_fixed(b, us, 6, 0);
}

static void
add_count(struct buf *b, const char *name, uint64_t n)
{
	buf_addf(b, ",\"%s\":%" PRIu64, name, n);
}

/* A text, and its exact bytes in hex if it is not UTF-8. */
static void
add_text(struct buf *b, const char *name, const char *text)
{
	buf_addf(b, ",\"%s\":\"", name);
	if (!escape_json(b, text, strlen(text))) {
		buf_addf(b, "\",\"%s_hex\":\"", name);
		escape_hex(b, text, strlen(text));
	}
	buf_addc(b, '"');
}

/* From 0 to 1, or null. */
static void
add_utilisation(struct buf *b, const struct log_sums *s)
{
	buf_adds(b, ",\"utilisation\":");
	if (s->busy_us == LOG_UNKNOWN || s->busy_us + s->idle_us == 0)
		buf_adds(b, "null");
	else
		decimal_fixed(b, (int64_t)((double)s->busy_us / (double)(s->busy_us + s->idle_us) * 1e6), 6, 0);
}

static void
add_idle(struct buf *b, const struct log_sums *s)
{
	add_seconds(b, "idle_s", s->idle_us);
	add_seconds(b, "idle_tokens_s", s->idle_tokens_us);
	add_seconds(b, "idle_tasks_s", s->idle_tasks_us);
	add_seconds(b, "idle_end_s", s->idle_end_us);
	add_seconds(b, "idle_other_s", s->idle_other_us);
}

static void
add_longest(struct buf *b, const struct log_table *t, const struct log_sums *s)
{
	add_seconds(b, "longest_s", s->longest_us);
	if (s->longest == (size_t)-1)
		return;
	add_text(b, "longest_command", log_table_command(t, &t->jobs[s->longest]));
	add_text(b, "longest_target", log_table_target(t, &t->jobs[s->longest]));
}

static void
print_json(const struct log_table *t, const struct log_sums *s)
{
	struct buf b = { 0 };

	buf_addf(&b, "{\"jobs\":%" PRIu64, s->jobs);
	add_count(&b, "tasks", s->tasks);
	add_count(&b, "ok", s->ok);
	add_count(&b, "failed", s->failed);
	add_count(&b, "killed", s->killed);
	add_count(&b, "lost", s->lost);
	add_count(&b, "holders", s->parents);
	add_count(&b, "slots", s->slots);
	add_count(&b, "busiest", s->busiest);
	add_seconds(&b, "wall_s", s->wall_us);
	add_seconds(&b, "busy_s", s->busy_us);
	add_utilisation(&b, s);
	add_seconds(&b, "user_s", s->user_us);
	add_seconds(&b, "sys_s", s->sys_us);
	add_idle(&b, s);
	add_longest(&b, t, s);
	add_seconds(&b, "bound_s", s->bound_us);
	add_text(&b, "held_back_by", log_sums_cause(s));
	buf_adds(&b, ",\"sentence\":\"");
	log_sums_sentence(&b, s);
	buf_adds(&b, "\"}\n");
	fwrite(b.data, 1, b.len, stdout);
	buf_free(&b);
}

static void
run(struct qlog *q)
{
	struct log_table t = { 0 };
	struct log_sums s;

	qlog_read(&t, q->files, q->file_count);
	log_sums_make(&s, t.jobs, t.count, (uint32_t)q->args.slots);
	if (q->args.json)
		print_json(&t, &s);
	else
		print_text(&t, &s);
	log_table_free(&t);
}

static const struct cli_option options[] = {
	QLOG_SLOTS,
	CLI_FLAG("", "json", struct qlog_args, json, "print one JSON object"),
	CLI_END,
};

const struct qlog_verb qlog_verb_summary = {
	.cli = {
	    .name = "summary",
	    .arguments = "file ...",
	    .help = "summarize a log, and show what limited the run",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = SIZE_MAX,
	},
	.run = run,
};
