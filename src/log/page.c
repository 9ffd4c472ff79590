/*
 * The page is src/log/page/page.html with the style sheet, the script, the data and the title inserted at {{style}},
 * {{script}}, {{data}} and {{title}}.
 *
 * Invariants: the data is one JSON object without any "<", so no command can end the element around it, and it is UTF-8
 * whatever bytes a command has. The numbers and strings of a column are in the order of the table. After a failed write
 * nothing more is written.
 */
#include "log/page.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/decimal.h"
#include "base/escape.h"
#include "log/sums.h"
#include "log/page-parts.h"

enum { FLUSH_AT = 1 << 16 };

/* Output, collected into pieces of a size worth a write(2). */
struct out {
	FILE *f;
	struct buf b;
	int error; /* errno of the first write that failed; 0 */
};

static void
flush(struct out *o)
{
	if (o->error == 0 && o->b.len > 0 && fwrite(o->b.data, 1, o->b.len, o->f) != o->b.len)
		o->error = errno;
	o->b.len = 0;
}

static void
flush_some(struct out *o)
{
	if (o->b.len >= FLUSH_AT)
		flush(o);
}

static void
add_number(struct buf *b, int64_t n)
{
	if (n < 0)
		buf_addc(b, '-');
	decimal_add(b, n < 0 ? -(uint64_t)n : (uint64_t)n);
}

/* Appends bytes as UTF-8: as they are, or with \xHH in place of the invalid ones. */
static void
add_json(struct buf *b, const char *text)
{
	size_t from = b->len;
	struct buf shown = { 0 };

	if (escape_json(b, text, strlen(text)))
		return;
	b->len = from;
	escape_visible(&shown, text, strlen(text));
	escape_json(b, shown.data, shown.len);
	buf_free(&shown);
}

/*
 * Appends JSON without the characters that could end the script element (<), or that JavaScript once took for a line
 * end.
 */
static void
add_escaped(struct buf *b, const char *json, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (json[i] == '<') {
			buf_adds(b, "\\u003c");
		} else if (len - i >= 3 &&
		    (memcmp(json + i, "\xe2\x80\xa8", 3) == 0 || memcmp(json + i, "\xe2\x80\xa9", 3) == 0)) {
			buf_adds(b, json[i + 2] == '\xa8' ? "\\u2028" : "\\u2029");
			i += 2;
		} else {
			buf_addc(b, json[i]);
		}
	}
}

static void
add_string(struct buf *b, const char *text)
{
	struct buf json = { 0 };

	add_json(&json, text);
	buf_addc(b, '"');
	add_escaped(b, json.data, json.len);
	buf_addc(b, '"');
	buf_free(&json);
}

/* Appends the text for use inside an element. */
static void
add_html(struct buf *b, const char *text)
{
	struct buf shown = { 0 };

	escape_visible(&shown, text, strlen(text));
	for (size_t i = 0; i < shown.len; i++)
		switch (shown.data[i]) {
		case '<': buf_adds(b, "&lt;"); break;
		case '>': buf_adds(b, "&gt;"); break;
		case '&': buf_adds(b, "&amp;"); break;
		default: buf_addc(b, shown.data[i]);
		}
	buf_free(&shown);
}

/* A column of the page: one of schema.def, or one that the table adds. */
struct column {
	const char *key;
	int64_t nothing; /* the value that is left out: a column that has no other is not written */
	/* `column` is LOG_COLUMN_*. */
	int64_t (*of)(const struct log_table *t, const struct log_job *j, int column);
	int column;
};

static int64_t
value_of(const struct log_table *t, const struct log_job *j, int column)
{
	(void)t;
	return log_column_of(j, column);
}

/* Relative to the first start, which needs fewer digits. */
static int64_t
start_of(const struct log_table *t, const struct log_job *j, int column)
{
	(void)column;
	return j->start_us == LOG_UNKNOWN ? LOG_UNKNOWN : j->start_us - t->first_us;
}

static int64_t
file_of(const struct log_table *t, const struct log_job *j, int column)
{
	(void)t;
	(void)column;
	return j->file;
}

static int64_t
is_parent_of(const struct log_table *t, const struct log_job *j, int column)
{
	(void)t;
	(void)column;
	return j->is_parent;
}

static void
write_column(struct out *o, const struct log_table *t, const struct column *c)
{
	size_t i = 0;

	while (i < t->count && c->of(t, &t->jobs[i], c->column) == c->nothing)
		i++;
	if (i == t->count)
		return;
	buf_addf(&o->b, ",\n\"%s\":[", c->key);
	for (i = 0; i < t->count; i++) {
		if (i > 0)
			buf_addc(&o->b, ',');
		add_number(&o->b, c->of(t, &t->jobs[i], c->column));
		flush_some(o);
	}
	buf_addc(&o->b, ']');
}

static void
write_columns(struct out *o, const struct log_table *t)
{
	for (int i = 0; i < LOG_COLUMNS; i++)
		write_column(o, t,
		    &(struct column){ log_columns[i].field, log_column_nothing(i),
			i == LOG_COLUMN_start_us ? start_of : value_of, i });
	write_column(o, t, &(struct column){ "file", 0, file_of, LOG_NO_COLUMN });
	write_column(o, t, &(struct column){ "is_parent", 0, is_parent_of, LOG_NO_COLUMN });
}

/* The names of the numbers in the column `outcome`. */
static void
write_outcomes(struct out *o)
{
	buf_adds(&o->b, ",\"words\":{\"outcome\":[");
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		buf_adds(&o->b, i > 0 ? "," : "");
		add_string(&o->b, outcome_name((enum outcome)i));
	}
	buf_adds(&o->b, "]}");
}

static bool
has_text(const struct log_table *t, int text)
{
	for (size_t i = 0; i < t->count; i++)
		if (*log_table_text(t, &t->jobs[i], text) != '\0')
			return true;
	return false;
}

static void
write_texts(struct out *o, const struct log_table *t, int text)
{
	if (log_texts[text].by == LOG_MAKE && !has_text(t, text))
		return;
	buf_addf(&o->b, ",\n\"%s\":[", log_texts[text].name);
	for (size_t i = 0; i < t->count; i++) {
		buf_adds(&o->b, i > 0 ? ",\n" : "\n");
		add_string(&o->b, log_table_text(t, &t->jobs[i], text));
		flush_some(o);
	}
	buf_addc(&o->b, ']');
}

static unsigned
files_of(const struct log_table *t)
{
	unsigned most = 0;

	for (size_t i = 0; i < t->count; i++)
		if (t->jobs[i].file > most)
			most = t->jobs[i].file;
	return most + 1;
}

static void
add_sum(struct buf *b, const char *name, int64_t value)
{
	buf_addf(b, "%s\"%s\":", b->data[b->len - 1] == '{' ? "" : ",", name);
	add_number(b, value);
}

/* Writes what the summary has; LOG_UNKNOWN where a value is not known. */
static void
write_sums(struct out *o, const struct log_table *t)
{
	struct log_sums s;
	struct buf sentence = { 0 };

	log_sums_make(&s, t->jobs, t->count, t->slots);
	buf_adds(&o->b, ",\"sums\":{");
	add_sum(&o->b, "jobs", (int64_t)s.jobs);
	add_sum(&o->b, "failed", (int64_t)s.failed);
	add_sum(&o->b, "killed", (int64_t)s.killed);
	add_sum(&o->b, "slots", s.slots);
	add_sum(&o->b, "wall", s.wall_us);
	add_sum(&o->b, "busy", s.busy_us);
	add_sum(&o->b, "cpu", s.user_us == LOG_UNKNOWN || s.sys_us == LOG_UNKNOWN ? LOG_UNKNOWN : s.user_us + s.sys_us);
	add_sum(&o->b, "tokens", s.idle_tokens_us);
	add_sum(&o->b, "tasks", s.idle_tasks_us);
	add_sum(&o->b, "bound", s.bound_us);
	buf_adds(&o->b, "},\"sentence\":");
	log_sums_sentence(&sentence, &s);
	buf_addc(&sentence, '\0');
	add_string(&o->b, sentence.data);
	buf_free(&sentence);
}

static void
write_data(struct out *o, const struct log_table *t)
{
	buf_addf(&o->b, "{\"count\":%zu,\"files\":%u,\"first\":", t->count, files_of(t));
	add_number(&o->b, t->first_us);
	write_sums(o, t);
	write_outcomes(o);
	write_columns(o, t);
	for (int i = 0; i < LOG_TEXTS; i++)
		write_texts(o, t, i);
	buf_adds(&o->b, "}\n");
}

/* Writes what belongs at {{name}}. */
static void
write_part(struct out *o, const char *name, size_t len, const struct log_table *t, const char *title)
{
	if (len == 4 && memcmp(name, "data", len) == 0)
		write_data(o, t);
	else if (len == 5 && memcmp(name, "title", len) == 0)
		add_html(&o->b, title);
	else if (len == 5 && memcmp(name, "style", len) == 0)
		buf_add(&o->b, page_css, page_css_len);
	else if (len == 6 && memcmp(name, "script", len) == 0)
		buf_add(&o->b, page_js, page_js_len);
}

/* Writes the page: text, {{name}}, text, and so on. */
static void
write_page(struct out *o, const struct log_table *t, const char *title)
{
	const char *at = (const char *)page_html, *end = at + page_html_len;

	for (;;) {
		const char *open = memmem(at, (size_t)(end - at), "{{", 2);
		const char *close = open == NULL ? NULL : memmem(open, (size_t)(end - open), "}}", 2);

		if (close == NULL)
			break;
		buf_add(&o->b, at, (size_t)(open - at));
		write_part(o, open + 2, (size_t)(close - open) - 2, t, title);
		at = close + 2;
	}
	buf_add(&o->b, at, (size_t)(end - at));
	flush(o);
}

int
page_write(FILE *f, const struct log_table *t, const char *title)
{
	struct out o = { .f = f };

	write_page(&o, t, title);
	buf_free(&o.b);
	if (o.error == 0 && fflush(f) == EOF)
		o.error = errno;
	errno = o.error;
	return o.error == 0 ? 0 : -1;
}
