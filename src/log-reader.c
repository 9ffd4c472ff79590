/*
 * Invariants: `line` holds the line of the last call without its newline; row->command points into it or into `command`.
 * Lines have any length; nothing but the longest one is held. A last line without a newline is torn, whatever it looks like:
 * a command cut short would be taken for another command.
 */
#include "log-reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "buf.h"
#include "escape.h"
#include "json.h"
#include "mem.h"
#include "record.h"

enum column { COLUMN_LEFT, COLUMN_END, COLUMN_COMMAND, COLUMN_COUNT };

static const char *const column_names[COLUMN_COUNT] = { "left", "end", "command" };

struct field {
	const char *text;
	size_t len;
};

struct log_reader {
	FILE *f;         /* borrowed */
	char *line;      /* owned, by getline */
	size_t room, len;
	uint64_t number; /* of line */
	bool whole;      /* line ended in a newline */
	bool held;       /* line is not given out yet */
	bool (*parse)(struct log_reader *r, struct log_row *row);
	size_t columns;  /* of a tsv */
	size_t place[COLUMN_COUNT];
	struct buf command, key, value;
};

/* What a record's `end` column says: outcome_name's words. */
static const struct {
	const char *name;
	bool ok;
	bool ended; /* it was a whole attempt */
} ends[] = {
	{ "ok", true, true },      { "fail", false, true },        { "signal", false, true },  { "timeout", false, true },
	{ "notrun", false, true }, { "invalid", false, true },     { "halted", false, false }, { "interrupted", false, false },
};

static bool
field_is(struct field f, const char *text)
{
	return f.len == strlen(text) && memcmp(f.text, text, f.len) == 0;
}

static bool
field_is_number(struct field f)
{
	size_t i = f.len > 1 && f.text[0] == '-' ? 1 : 0;

	for (size_t k = i; k < f.len; k++)
		if (f.text[k] < '0' || f.text[k] > '9')
			return false;
	return f.len > i;
}

/* The field up to the next tab or the end of the line, and steps over that. *at is NULL behind the last field. */
static struct field
next_field(const char **at, const char *end)
{
	const char *start = *at, *tab = memchr(start, '\t', (size_t)(end - start));

	*at = tab == NULL ? NULL : tab + 1;
	return (struct field){ start, (size_t)((tab == NULL ? end : tab) - start) };
}

/* Fills in ok and final; false: no such word. */
static bool
set_end(struct log_row *row, struct field end, struct field left)
{
	if (!field_is_number(left))
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (!field_is(end, ends[i].name))
			continue;
		row->ok = ends[i].ok;
		row->final = ends[i].ok || (ends[i].ended && field_is(left, "0"));
		return true;
	}
	return false;
}

/* The command that r->command holds. None has a NUL. */
static bool
set_command(struct log_reader *r, struct log_row *row)
{
	row->command = r->command.len > 0 ? r->command.data : "";
	row->command_len = r->command.len;
	return memchr(row->command, '\0', row->command_len) == NULL;
}

static bool
parse_tsv(struct log_reader *r, struct log_row *row)
{
	struct field field[COLUMN_COUNT] = { { NULL, 0 } };
	const char *at = r->line, *end = r->line + r->len;
	size_t n;

	for (n = 0; at != NULL; n++) {
		struct field f = next_field(&at, end);

		for (size_t c = 0; c < COLUMN_COUNT; c++)
			if (r->place[c] == n)
				field[c] = f;
	}
	if (n != r->columns || !set_end(row, field[COLUMN_END], field[COLUMN_LEFT]))
		return false;
	r->command.len = 0;
	return unescape_tsv(&r->command, field[COLUMN_COMMAND].text, field[COLUMN_COMMAND].len) && set_command(r, row);
}

static bool
parse_joblog(struct log_reader *r, struct log_row *row)
{
	enum { SEQ = 0, EXITVAL = 6, SIGNAL = 7, FIELDS = 8 };
	struct field field[FIELDS];
	const char *at = r->line, *end = r->line + r->len;

	for (size_t n = 0; n < FIELDS; n++) {
		field[n] = next_field(&at, end);
		if (at == NULL)
			return false;
	}
	if (!field_is_number(field[SEQ]) || !field_is_number(field[EXITVAL]) || !field_is_number(field[SIGNAL]))
		return false;
	row->ok = field_is(field[EXITVAL], "0") && field_is(field[SIGNAL], "0");
	row->final = true;
	r->command.len = 0;
	buf_add(&r->command, at, (size_t)(end - at));
	for (size_t i = 0; i < r->command.len; i++)
		if (r->command.data[i] == '\0')
			r->command.data[i] = '\n';
	return set_command(r, row);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
add_unhexed(struct buf *b, const struct buf *hex)
{
	if (hex->len % 2 != 0)
		return false;
	for (size_t i = 0; i < hex->len; i += 2) {
		int high = hex_value(hex->data[i]), low = hex_value(hex->data[i + 1]);

		if (high == -1 || low == -1)
			return false;
		buf_addc(b, (char)(high << 4 | low));
	}
	return true;
}

/* The members of a JSON row that matter here. */
struct members {
	char end[16], left[24]; /* longer ones are none of ours */
	bool command, hex;
};

static void
keep(char *to, size_t size, const struct buf *value)
{
	size_t len = value->len < size ? value->len : size - 1;

	if (len > 0)
		memcpy(to, value->data, len);
	to[len] = '\0';
}

static bool
set_member(struct log_reader *r, struct members *m, enum json_kind kind)
{
	struct field key = { r->key.data, r->key.len };

	if (kind == JSON_NUMBER && field_is(key, "left")) {
		keep(m->left, sizeof(m->left), &r->value);
	} else if (kind == JSON_STRING && field_is(key, "end")) {
		keep(m->end, sizeof(m->end), &r->value);
	} else if (kind == JSON_STRING && field_is(key, "command") && !m->hex) {
		m->command = true;
		r->command.len = 0;
		buf_add(&r->command, r->value.data, r->value.len);
	} else if (kind == JSON_STRING && field_is(key, "command_hex")) {
		m->hex = true;
		r->command.len = 0;
		return add_unhexed(&r->command, &r->value);
	}
	return true;
}

static bool
parse_jsonl(struct log_reader *r, struct log_row *row)
{
	struct members m = { "", "", false, false };
	struct json_object o;
	enum json_kind kind;
	int got;

	if (!json_begin(&o, r->line, r->len))
		return false;
	while ((got = json_next(&o, &r->key, &r->value, &kind)) == 1)
		if (!set_member(r, &m, kind))
			return false;
	if (got == -1 || !(m.command || m.hex))
		return false;
	return set_end(row, (struct field){ m.end, strlen(m.end) }, (struct field){ m.left, strlen(m.left) }) &&
	    set_command(r, row);
}

/* Are this run's columns among the names of the first line? */
static bool
find_columns(struct log_reader *r)
{
	const char *at = r->line, *end = r->line + r->len;
	size_t found = 0;

	for (r->columns = 0; at != NULL; r->columns++) {
		struct field name = next_field(&at, end);

		for (size_t c = 0; c < COLUMN_COUNT; c++)
			if (field_is(name, column_names[c])) {
				r->place[c] = r->columns;
				found |= (size_t)1 << c;
			}
	}
	return found == ((size_t)1 << COLUMN_COUNT) - 1;
}

static bool
is_joblog(const struct log_reader *r)
{
	struct buf header = { 0 };
	bool is;

	record_joblog.header(&header);
	is = r->len == header.len - 1 && memcmp(r->line, header.data, r->len) == 0;
	buf_free(&header);
	return is;
}

/* Chooses how to read by the first line. */
static bool
choose(struct log_reader *r)
{
	if (r->len > 0 && r->line[0] == '{') {
		r->parse = parse_jsonl;
		r->held = true;
	} else if (is_joblog(r)) {
		r->parse = parse_joblog;
	} else if (find_columns(r)) {
		r->parse = parse_tsv;
	}
	return r->parse != NULL;
}

/* Reads the next line. -1: the end with errno 0, or an error. */
static int
read_line(struct log_reader *r)
{
	ssize_t n;

	errno = 0;
	n = getline(&r->line, &r->room, r->f);
	if (n == -1) {
		if (feof(r->f))
			errno = 0;
		return -1;
	}
	r->number++;
	r->whole = r->line[n - 1] == '\n';
	r->len = (size_t)n - r->whole;
	return 0;
}

struct log_reader *
log_reader_new(FILE *f)
{
	struct log_reader *r = mem_alloc(sizeof(*r));
	int error;

	r->f = f;
	if (read_line(r) == -1)
		error = errno;
	else
		error = choose(r) ? 0 : EINVAL;
	if (error == 0)
		return r;
	log_reader_free(r);
	errno = error;
	return NULL;
}

int
log_reader_next(struct log_reader *r, struct log_row *row)
{
	if (r->held)
		r->held = false;
	else if (read_line(r) == -1)
		return -1;
	if (!r->whole || (r->len > 0 && r->line[r->len - 1] == RECORD_TORN))
		return 0;
	return r->parse(r, row) ? 1 : 0;
}

uint64_t
log_reader_line(const struct log_reader *r)
{
	return r->number;
}

void
log_reader_free(struct log_reader *r)
{
	if (r == NULL)
		return;
	free(r->line);
	buf_free(&r->command);
	buf_free(&r->key);
	buf_free(&r->value);
	free(r);
}
