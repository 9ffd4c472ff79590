/*
 * Fuzzes the log reader. No bytes crash it, nor the table and the lanes that are made from them, and every row that
 * one of our writers wrote is read back exactly.
 *
 * The input is read as a log. Then it is used as a job (five bytes select how it ended, the rest are its words,
 * separated by NUL), which is written in each format and read back.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/append.h"
#include "base/unescape.h"
#include "job/command.h"
#include "log/reader.h"
#include "log/sums.h"
#include "log/table.h"
#include "job/outcome.h"
#include "log/record.h"

#include "standalone.h"

#define WORDS_MAX 64
#define CHECK(condition) ((condition) ? (void)0 : abort())

static FILE *
stream(const char *bytes, size_t len)
{
	FILE *f = fmemopen((void *)(uintptr_t)bytes, len, "r");

	CHECK(f != NULL);
	return f;
}

static void
read_as_log(const char *bytes, size_t len)
{
	FILE *f = stream(bytes, len);
	struct log_reader *r = log_reader_new(f);
	struct log_row row;
	struct buf words = { 0 };
	int got;

	while (r != NULL && (got = log_reader_next(r, &row)) != -1) {
		words.len = 0;
		if (got == 1)
			unescape_shell(&words, row.text[LOG_TEXT_command].text, row.text[LOG_TEXT_command].len);
		CHECK(
		    got == 0 || memchr(row.text[LOG_TEXT_command].text, '\0', row.text[LOG_TEXT_command].len) == NULL);
		CHECK(got == 0 || memchr(row.text[LOG_TEXT_target].text, '\0', row.text[LOG_TEXT_target].len) == NULL);
		CHECK(got == 0 ||
		    (row.job.start_us >= LOG_UNKNOWN && row.job.wall_us >= LOG_UNKNOWN && row.job.pid <= INT32_MAX &&
			row.job.left <= INT32_MAX));
	}
	buf_free(&words);
	log_reader_free(r);
	fclose(f);
}

static void
check_sums(const struct log_table *t)
{
	struct buf text = { 0 };
	struct log_sums s;

	log_sums_make(&s, t->jobs, t->count, 0);
	CHECK(s.jobs == t->count && s.ok + s.failed + s.killed == s.jobs && s.busiest <= s.jobs);
	CHECK(s.longest == (size_t)-1 || (s.bound_us >= s.longest_us && s.idle_us >= 0 && s.busy_us >= s.longest_us));
	log_sums_text(&text, &s, s.longest == (size_t)-1 ? "" : log_table_command(t, &t->jobs[s.longest]));
	buf_free(&text);
}

static void
read_as_table(const char *bytes, size_t len)
{
	FILE *f = stream(bytes, len);
	struct log_table t = { 0 };

	log_table_add(&t, f);
	log_table_ready(&t);
	for (size_t i = 0; i < t.count; i++) {
		CHECK(t.jobs[i].lane <= t.lanes && (i == 0 || t.jobs[i - 1].start_us <= t.jobs[i].start_us));
		CHECK(t.jobs[i].start_us == LOG_UNKNOWN ||
		    (t.jobs[i].start_us >= t.first_us && t.jobs[i].start_us <= t.last_us));
		CHECK(strlen(log_table_command(&t, &t.jobs[i])) + strlen(log_table_target(&t, &t.jobs[i])) <= len);
	}
	check_sums(&t);
	log_table_free(&t);
	fclose(f);
}

/* Does a shell line end in the byte that marks a torn line? A joblog cannot distinguish the two. */
static bool
looks_torn(const struct record_format *format, const struct buf *text)
{
	return format == &record_joblog && text->len > 0 && text->data[text->len - 1] == APPEND_TORN;
}

static void
check_words(const struct job *j, const struct log_row *row)
{
	struct buf words = { 0 }, want = { 0 };

	for (size_t i = 0; i < j->command.argc; i++)
		buf_add(&want, j->command.argv[i], strlen(j->command.argv[i]) + 1);
	CHECK(unescape_shell(&words, row->text[LOG_TEXT_command].text, row->text[LOG_TEXT_command].len) ==
	    (int)j->command.argc);
	CHECK(words.len == want.len && memcmp(words.data, want.data, want.len) == 0);
	buf_free(&words);
	buf_free(&want);
}

static void
check_row(const struct job *j, const struct log_row *row, const struct buf *text)
{
	CHECK((row->job.outcome == OUTCOME_OK) == outcome_ok(j));
	CHECK(outcome_final(row->job.outcome, row->job.left) == outcome_final(job_outcome(j), j->tries_left));
	CHECK(row->text[LOG_TEXT_command].len == text->len);
	CHECK(text->len == 0 || memcmp(row->text[LOG_TEXT_command].text, text->data, text->len) == 0);
	if (!j->command.shell)
		check_words(j, row);
}

static void
round_trip(const struct record_format *format, const struct job *j)
{
	struct buf log = { 0 }, text = { 0 };
	struct log_reader *r;
	struct log_row row;
	size_t header;
	FILE *f;

	command_text(&text, &j->command);
	if (format->header != NULL)
		format->header(&log);
	header = log.len;
	format->line(&log, j);
	if (log.len == header || looks_torn(format, &text))
		goto out;
	CHECK(memchr(log.data + header, '\n', log.len - header) == log.data + log.len - 1);
	f = stream(log.data, log.len);
	r = log_reader_new(f);
	CHECK(r != NULL && log_reader_next(r, &row) == 1);
	check_row(j, &row, &text);
	CHECK(log_reader_next(r, &row) == -1);
	log_reader_free(r);
	fclose(f);
out:
	buf_free(&log);
	buf_free(&text);
}

/* Splits text, which ends in a NUL, into words. */
static size_t
cut(char *text, size_t len, char **argv)
{
	size_t n = 0;

	for (char *at = text; at < text + len && n < WORDS_MAX; at += strlen(at) + 1)
		argv[n++] = at;
	argv[n] = NULL;
	return n;
}

static void
write_as_job(const uint8_t *data, size_t size)
{
	static const struct record_format *const formats[] = { &record_tsv, &record_jsonl, &record_joblog };
	static const int statuses[] = { 0, 1 << 8, 255 << 8, 9, 15 };
	char *argv[WORDS_MAX + 1], *text = malloc(size);
	struct job j = { .seq = data[0],
		.attempt = 1,
		.tries_left = data[1] % 3,
		.wall_ns = INT64_C(1) << data[2] % 63,
		.wstatus = statuses[data[3] % 5],
		.end = data[4] % 6 };

	CHECK(text != NULL);
	memcpy(text, data + 5, size - 5);
	text[size - 5] = '\0';
	j.command.argv = argv;
	j.command.shell = data[4] >= 128;
	if (j.command.shell) {
		argv[0] = argv[1] = argv[2] = text;
		argv[3] = NULL;
		j.command.argc = 3;
	} else {
		j.command.argc = cut(text, size - 4, argv);
	}
	if (j.end == JOB_NOT_RUN || j.end == JOB_INVALID)
		j.wstatus = 1 << 8;
	for (size_t i = 0; i < 3; i++)
		round_trip(formats[i], &j);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0) {
		read_as_log((const char *)data, size);
		read_as_table((const char *)data, size);
	}
	if (size >= 5)
		write_as_job(data, size);
	return 0;
}
