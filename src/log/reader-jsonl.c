/*
 * The jsonl format: one object a line. Invariant: a text's member in hex has its exact bytes, and wins over the
 * readable one in any order.
 */
#include "log/reader-private.h"

#include <string.h>

#include "base/json.h"

/* What an object has had so far. */
struct members {
	uint64_t columns;    /* with a value that makes sense: bits 1 << column */
	unsigned texts, hex; /* bits 1 << text */
	int after;           /* the last column */
};

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Puts the bytes into b that the value has in hex. */
static bool
unhex(struct buf *b, struct log_field hex)
{
	b->len = 0;
	if (hex.len % 2 != 0)
		return false;
	for (size_t i = 0; i < hex.len; i += 2) {
		int high = hex_value(hex.text[i]), low = hex_value(hex.text[i + 1]);

		if (high == -1 || low == -1)
			return false;
		buf_addc(b, (char)(high << 4 | low));
	}
	return true;
}

static void
put(struct buf *b, struct log_field value)
{
	b->len = 0;
	buf_add(b, value.text, value.len);
}

static void
set_column(struct log_row *row, struct members *m, int column, struct log_field value)
{
	uint64_t bit = UINT64_C(1) << column;

	if (log_column_set(&row->job, column, value))
		m->columns |= bit;
	else
		m->columns &= ~bit;
	m->after = column;
}

/* Is it NAME_hex? */
static bool
is_hex_of(struct log_field key, const char *name)
{
	size_t len = strlen(name);

	return key.len > len && memcmp(key.text, name, len) == 0 &&
	    log_field_is((struct log_field){ key.text + len, key.len - len }, "_hex");
}

/* false: the value is not hexadecimal, though it should be. */
static bool
set_text(struct log_reader *r, struct members *m, struct log_field key, struct log_field value)
{
	for (int i = 0; i < LOG_TEXTS; i++) {
		unsigned bit = 1U << i;

		if (log_field_is(key, log_texts[i].name)) {
			m->texts |= bit;
			if ((m->hex & bit) == 0)
				put(&r->text[i], value);
			return true;
		}
		if (is_hex_of(key, log_texts[i].name)) {
			m->texts |= bit;
			m->hex |= bit;
			return unhex(&r->text[i], value);
		}
	}
	return true;
}

/* false: the member makes no sense. One that is not a record's is ignored. */
static bool
set_member(struct log_reader *r, struct log_row *row, struct members *m, enum json_kind kind)
{
	struct log_field key = { r->key.len > 0 ? r->key.data : "", r->key.len },
			 value = { r->value.len > 0 ? r->value.data : "", r->value.len };
	int column;

	if (kind != JSON_NUMBER && kind != JSON_STRING)
		return true;
	column = log_column_named(key, m->after);
	if (column == LOG_NO_COLUMN)
		return kind == JSON_NUMBER || set_text(r, m, key, value);
	if ((log_columns[column].type == LOG_OUTCOME) == (kind == JSON_STRING))
		set_column(row, m, column, value);
	return true;
}

/* Reads all members of `text`. false: not an object, or not a record. */
static bool
read_members(struct log_reader *r, struct log_row *row, struct members *m, struct log_field text)
{
	struct json_object o;
	enum json_kind kind;
	int got;

	if (!json_begin(&o, text.text, text.len))
		return false;
	while ((got = json_next(&o, &r->key, &r->value, &kind)) == 1)
		if (!set_member(r, row, m, kind))
			return false;
	return got == 0 && (m->columns & log_columns_required) == log_columns_required;
}

enum log_parsed
log_jsonl_row(struct log_reader *r, struct log_row *row, const char *text, size_t len)
{
	struct members m = { .after = LOG_NO_COLUMN };

	for (int i = 0; i < LOG_TEXTS; i++)
		r->text[i].len = 0;
	if (!read_members(r, row, &m, (struct log_field){ text, len }))
		return LOG_SENSELESS;
	for (int i = 0; i < LOG_TEXTS; i++) {
		if (log_texts[i].by != LOG_MAKE && (m.texts & 1U << i) == 0)
			return LOG_SENSELESS;
		if (!log_row_set_text(row, i, r->text[i].data, r->text[i].len))
			return LOG_SENSELESS;
	}
	return LOG_ROW;
}

static enum log_parsed
parse(struct log_reader *r, struct log_row *row)
{
	return log_jsonl_row(r, row, r->line, r->len);
}

/* Is it the name of a member that records have? */
static bool
is_member(struct log_field name)
{
	if (log_field_is(name, "shell") || log_column_named(name, LOG_NO_COLUMN) != LOG_NO_COLUMN)
		return true;
	for (int i = 0; i < LOG_TEXTS; i++)
		if (log_field_is(name, log_texts[i].name) || is_hex_of(name, log_texts[i].name))
			return true;
	return false;
}

/* Does the line, which may be cut short anywhere, begin as a record does? */
static bool
begins_as_record(const struct log_reader *r)
{
	const char *name = r->line + 2, *end = r->line + r->len, *quote;

	if (r->len < 2)
		return true;
	quote = memchr(name, '"', (size_t)(end - name));
	return r->line[1] == '"' && (quote == NULL || is_member((struct log_field){ name, (size_t)(quote - name) }));
}

/* A line without a newline is either a torn record, or the whole of a JSON file that another program wrote. */
static int
begins(struct log_reader *r)
{
	if (r->len == 0 || r->line[0] != '{')
		return 0;
	return r->whole || begins_as_record(r) ? 2 : 0;
}

const struct log_format log_jsonl = { .name = "jsonl", .by_end = true, .begins = begins, .parse = parse };
