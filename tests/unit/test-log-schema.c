/*
 * schema: one line in schema.def is one more column everywhere. This program is built from the files of src/log with
 * one line more, that of extra-column.def, and looks for that column in everything that is written and read.
 */
#include "log/schema.h"

#include <stdlib.h>

#include "log/page.h"
#include "log/record.h"
#include "log/table.h"
#include "log/trace-events.h"

#include "tap.h"

enum { WALL_MS = 250 };

static char *words[] = { (char *)(uintptr_t) "cc", (char *)(uintptr_t) "-c", NULL };

static struct job
sample(void)
{
	return (struct job){ .seq = 1,
		.attempt = 1,
		.slot = 1,
		.pid = 4711,
		.start_wall_us = INT64_C(1795408061276049),
		.wall_ns = INT64_C(1000000) * WALL_MS,
		.command = { words, 2, false } };
}

/* What `write` makes of the table, with a NUL. */
static struct buf
report(int (*write)(FILE *f, const struct log_table *t, const char *title), const struct log_table *t)
{
	char *bytes;
	size_t len;
	FILE *f = open_memstream(&bytes, &len);
	struct buf b = { 0 };

	tap_ok(write(f, t, "title") == 0, "schema: the report is written");
	fclose(f);
	buf_add(&b, bytes, len);
	buf_addc(&b, '\0');
	free(bytes);
	return b;
}

static struct log_table
table_of(const char *bytes, size_t len, const char *what)
{
	struct log_table t = { 0 };
	FILE *f = fmemopen((void *)(uintptr_t)bytes, len, "r");

	tap_ok(log_table_add(&t, f) == 0 && t.count == 1 && t.torn == 0, "schema: %s is read", what);
	fclose(f);
	log_table_ready(&t);
	return t;
}

static void
has(const struct buf *b, const char *text, const char *what)
{
	tap_ok(memmem(b->data, b->len, text, strlen(text)) != NULL, "schema: the column is in %s", what);
}

/* The log's one job has the column's value; so do the trace and the page that are made from it. */
static void
read_back(const struct buf *log, const char *what)
{
	struct log_table t = table_of(log->data, log->len, what), again;
	struct buf trace = report(trace_events_write, &t), page = report(page_write, &t);

	tap_ok(t.jobs[0].extra_us == INT64_C(3000) * WALL_MS, "schema: the column is read back from %s", what);
	has(&trace, ",\"extra_s\":0.750000,", "a trace");
	has(&page, "\"extra_us\":[750000]", "a page");
	again = table_of(trace.data, trace.len - 1, "a trace");
	tap_ok(
	    again.jobs[0].extra_us == t.jobs[0].extra_us, "schema: the column is read back from a trace of %s", what);
	log_table_free(&t);
	log_table_free(&again);
	buf_free(&trace);
	buf_free(&page);
}

static void
test_tsv(void)
{
	const struct job j = sample();
	struct buf log = { 0 };

	record_tsv.header(&log);
	has(&log, "\textra_s\tcommand\n", "the header of tsv");
	record_tsv.line(&log, &j);
	has(&log, "\t0.750000\tcc -c\n", "tsv");
	read_back(&log, "tsv");
	buf_free(&log);
}

static void
test_jsonl(void)
{
	const struct job j = sample();
	struct buf log = { 0 };

	record_jsonl.line(&log, &j);
	has(&log, ",\"extra_s\":0.750000,\"command\":", "jsonl");
	read_back(&log, "jsonl");
	log.len = 0;
	record_make_line(&log, &j, 0, "all");
	has(&log, ",\"extra_s\":0.750000,\"target\":", "a line of qpool-sh");
	read_back(&log, "a line of qpool-sh");
	buf_free(&log);
}

/* A log that was made before the column existed. */
static void
test_without(void)
{
	static const char log[] = "left\tend\tcommand\n0\tok\tx\n";
	struct log_table t = table_of(log, sizeof(log) - 1, "a log without the column");
	struct buf trace = report(trace_events_write, &t), page = report(page_write, &t);

	tap_ok(t.jobs[0].extra_us == LOG_UNKNOWN, "schema: the column is unknown where the log lacks it");
	tap_ok(strstr(trace.data, "extra") == NULL, "schema: an unknown value is not in the trace");
	tap_ok(strstr(page.data, "extra_us") == NULL, "schema: an unknown column is not in the page");
	log_table_free(&t);
	buf_free(&trace);
	buf_free(&page);
}

int
main(void)
{
	test_tsv();
	test_jsonl();
	test_without();
	return tap_done();
}
