/*
 * Fuzzes the traces. From any input that is a log, a trace is made. Read back, the trace has the same records, and the
 * trace made from these is the same, byte for byte.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/table.h"
#include "log/trace-events.h"

#include "standalone.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

struct text {
	char *bytes; /* owned */
	size_t len;
};

/* Returns -1 if the bytes are not a log. */
static int
read_table(struct log_table *t, const char *bytes, size_t len)
{
	FILE *f = fmemopen((void *)(uintptr_t)bytes, len, "r");
	int result;

	CHECK(f != NULL);
	result = log_table_add(t, f);
	fclose(f);
	log_table_ready(t);
	return result;
}

static struct text
trace_of(const struct log_table *t)
{
	struct text text = { NULL, 0 };
	FILE *f = open_memstream(&text.bytes, &text.len);

	CHECK(f != NULL && trace_events_write(f, t, "title") == 0);
	fclose(f);
	return text;
}

/* A trace contains no byte that JSON forbids in a string, and one event a line. */
static void
check_bytes(const struct text *text)
{
	CHECK(text->len > 3 && memcmp(text->bytes, "[{\"", 3) == 0 &&
	    memcmp(text->bytes + text->len - 3, "\n]\n", 3) == 0);
	for (size_t i = 0; i + 2 < text->len; i++)
		CHECK((unsigned char)text->bytes[i] >= 0x20 ||
		    (text->bytes[i] == '\n' && (text->bytes[i + 1] == '{' || text->bytes[i + 1] == ']')));
}

static void
check_job(const struct log_table *ta, const struct log_job *a, const struct log_table *tb, const struct log_job *b)
{
	for (int i = 0; i < LOG_COLUMNS; i++)
		CHECK(log_column_of(a, i) == log_column_of(b, i));
	for (int i = 0; i < LOG_TEXTS; i++)
		CHECK(strcmp(log_table_text(ta, a, i), log_table_text(tb, b, i)) == 0);
	CHECK(a->is_parent == b->is_parent);
}

static void
check_again(const struct log_table *t, const struct text *text)
{
	struct log_table again = { 0 };
	struct text second;

	CHECK(read_table(&again, text->bytes, text->len) == 0 && again.torn == 0 && again.count == t->count &&
	    again.lanes == t->lanes);
	for (size_t i = 0; i < t->count; i++)
		check_job(t, &t->jobs[i], &again, &again.jobs[i]);
	second = trace_of(&again);
	CHECK(second.len == text->len && memcmp(second.bytes, text->bytes, text->len) == 0);
	free(second.bytes);
	log_table_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_table t = { 0 };
	struct text text;

	if (size == 0)
		return 0;
	if (read_table(&t, (const char *)data, size) == 0) {
		text = trace_of(&t);
		check_bytes(&text);
		check_again(&t, &text);
		free(text.bytes);
	}
	log_table_free(&t);
	return 0;
}
