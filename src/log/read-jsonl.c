/* The jsonl format: an object a line. Invariant: what the exact bytes of a text are is told by its member in hex, wherever that stands. */
#include "log/reader-private.h"

#include <string.h>

#include "base/json.h"

/* What an object told of what must be there, and which texts came in hex. */
struct members {
	char end[16], left[24]; /* longer ones are none of ours */
	bool command, command_hex, target_hex;
	int after; /* the column of the last number */
};

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Puts the bytes that the value is in hex into b. */
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
keep(char *to, size_t size, struct log_field value)
{
	size_t len = value.len < size ? value.len : size - 1;

	memcpy(to, value.text, len);
	to[len] = '\0';
}

static void
put(struct buf *b, struct log_field value)
{
	b->len = 0;
	buf_add(b, value.text, value.len);
}

static void
set_number(struct log_row *row, struct members *m, struct log_field key, struct log_field value)
{
	int column;

	if (log_field_is(key, "left")) {
		keep(m->left, sizeof(m->left), value);
		return;
	}
	column = log_column_named(key, m->after);
	if (column == LOG_NO_COLUMN)
		return;
	log_column_set(row, column, value);
	m->after = column;
}

static bool
set_string(struct log_reader *r, struct members *m, struct log_field key, struct log_field value)
{
	if (log_field_is(key, "end")) {
		keep(m->end, sizeof(m->end), value);
	} else if (log_field_is(key, "command")) {
		m->command = true;
		if (!m->command_hex)
			put(&r->command, value);
	} else if (log_field_is(key, "command_hex")) {
		m->command = m->command_hex = true;
		return unhex(&r->command, value);
	} else if (log_field_is(key, "target") && !m->target_hex) {
		put(&r->target, value);
	} else if (log_field_is(key, "target_hex")) {
		m->target_hex = true;
		return unhex(&r->target, value);
	}
	return true;
}

/* Reads all members of `text`. false: this is no such object. */
static bool
read_members(struct log_reader *r, struct log_row *row, struct members *m, struct log_field text)
{
	struct json_object o;
	enum json_kind kind;
	int got;

	if (!json_begin(&o, text.text, text.len))
		return false;
	while ((got = json_next(&o, &r->key, &r->value, &kind)) == 1) {
		struct log_field key = { r->key.len > 0 ? r->key.data : "", r->key.len },
				 value = { r->value.len > 0 ? r->value.data : "", r->value.len };

		if (kind == JSON_NUMBER)
			set_number(row, m, key, value);
		else if (kind == JSON_STRING && !set_string(r, m, key, value))
			return false;
	}
	return got == 0;
}

enum log_parsed
log_jsonl_row(struct log_reader *r, struct log_row *row, const char *text, size_t len)
{
	struct members m = { .after = LOG_NO_COLUMN };

	r->command.len = r->target.len = 0;
	if (!read_members(r, row, &m, (struct log_field){ text, len }) || !m.command)
		return LOG_SENSELESS;
	if (!log_field_end(
		row, (struct log_field){ m.end, strlen(m.end) }, (struct log_field){ m.left, strlen(m.left) }))
		return LOG_SENSELESS;
	if (!log_field_command(row, r->command.data, r->command.len) ||
	    !log_field_target(row, r->target.data, r->target.len))
		return LOG_SENSELESS;
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
	static const char *const others[] = { "left", "end", "shell", "command", "command_hex", "target",
		"target_hex" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (log_field_is(name, others[i]))
			return true;
	return log_column_named(name, LOG_NO_COLUMN) != LOG_NO_COLUMN;
}

/* Does the line begin as a record does, as far as it goes? */
static bool
begins_as_record(const struct log_reader *r)
{
	const char *name = r->line + 2, *end = r->line + r->len, *quote;

	if (r->len < 2)
		return true;
	quote = memchr(name, '"', (size_t)(end - name));
	return r->line[1] == '"' && (quote == NULL || is_member((struct log_field){ name, (size_t)(quote - name) }));
}

/* A line that is not ended is either a record that is torn, or all that another program wrote. */
static int
begins(struct log_reader *r)
{
	if (r->len == 0 || r->line[0] != '{')
		return 0;
	return r->whole || begins_as_record(r) ? 2 : 0;
}

const struct log_format log_jsonl = { .name = "jsonl", .begins = begins, .parse = parse };
