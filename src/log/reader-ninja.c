/*
 * ninja's log (.ninja_log), versions 5 to 7: for each output, when the command that made it last started and ended,
 * in ms since the build began.
 *
 * Which lines count is known only at the end: a later line of an output replaces an earlier one, as in ninja; and a
 * command with several outputs has a line for each, equal apart from the name, which together are one job. So all
 * outputs are kept in memory, their names in one block.
 *
 * Invariants: outputs[] are in the order of their first lines until `sorted`. slots[] is a hash table, at most half
 * full; a slot has an index of outputs[] plus 1, or 0.
 */
#define XXH_INLINE_ALL
#include "log/reader-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"

enum { OLDEST = 5, NEWEST = 7, US_PER_MS = 1000, SLOTS_FIRST = 1024 };

struct output {
	int64_t start_ms, end_ms;
	uint64_t command; /* ninja's hash of it */
	uint64_t line;    /* its last one */
	size_t name, len; /* in names */
};

struct ninja {
	struct output *outputs; /* owned */
	size_t count, capacity;
	size_t *slots;     /* owned */
	size_t slot_count; /* a power of 2, or 0 */
	struct buf names;
	bool sorted;
	size_t given; /* the index in outputs[] at which last() continues */
};

static int
begins(struct log_reader *r)
{
	static const char prefix[] = "# ninja log v";
	size_t len = sizeof(prefix) - 1;
	int64_t version;

	if (r->len < len || memcmp(r->line, prefix, len) != 0)
		return 0;
	if (!log_field_number((struct log_field){ r->line + len, r->len - len }, &version) || version < OLDEST ||
	    version > NEWEST) {
		errno = ENOTSUP;
		return -1;
	}
	r->own = mem_alloc(sizeof(struct ninja));
	return 1;
}

/* The index in slots[] of the output of this name, or of the empty slot where it belongs. */
static size_t
find(const struct ninja *n, const char *name, size_t len)
{
	size_t mask = n->slot_count - 1, at = (size_t)XXH3_64bits(name, len) & mask;

	while (n->slots[at] != 0) {
		const struct output *o = &n->outputs[n->slots[at] - 1];

		if (o->len == len && memcmp(n->names.data + o->name, name, len) == 0)
			return at;
		at = (at + 1) & mask;
	}
	return at;
}

static void
grow_slots(struct ninja *n)
{
	n->slot_count = n->slot_count == 0 ? SLOTS_FIRST : n->slot_count * 2;
	free(n->slots);
	n->slots = mem_alloc(n->slot_count * sizeof(*n->slots));
	for (size_t i = 0; i < n->count; i++)
		n->slots[find(n, n->names.data + n->outputs[i].name, n->outputs[i].len)] = i + 1;
}

/* The output of this name, which is added if it is new. */
static struct output *
output(struct ninja *n, struct log_field name)
{
	struct output *o;
	size_t at;

	if (n->count >= n->slot_count / 2)
		grow_slots(n);
	at = find(n, name.text, name.len);
	if (n->slots[at] != 0)
		return &n->outputs[n->slots[at] - 1];
	if (n->count == n->capacity) {
		n->capacity = n->capacity == 0 ? 64 : n->capacity + n->capacity / 2;
		n->outputs = mem_resize(n->outputs, n->capacity, sizeof(*n->outputs));
	}
	o = &n->outputs[n->count++];
	n->slots[at] = n->count;
	o->name = n->names.len;
	o->len = name.len;
	buf_add(&n->names, name.text, name.len);
	return o;
}

static bool
read_hash(struct log_field f, uint64_t *hash)
{
	static const char digits[] = "0123456789abcdef";

	*hash = 0;
	for (size_t i = 0; i < f.len; i++) {
		const char *found = memchr(digits, f.text[i], sizeof(digits) - 1);

		if (found == NULL)
			return false;
		*hash = *hash << 4 | (uint64_t)(found - digits);
	}
	return f.len > 0 && f.len <= 16;
}

static enum log_parsed
parse(struct log_reader *r, struct log_row *row)
{
	enum { START, END, MTIME, NAME, HASH, FIELDS };
	struct log_field field[FIELDS];
	const char *at = r->line, *end = r->line + r->len;
	struct output *o, read = { .line = r->number };
	size_t n;

	(void)row;
	for (n = 0; n < FIELDS && at != NULL; n++)
		field[n] = log_field_next(&at, end);
	if (n != FIELDS || at != NULL || field[NAME].len == 0 ||
	    memchr(field[NAME].text, '\0', field[NAME].len) != NULL)
		return LOG_SENSELESS;
	read.start_ms = log_field_count(field[START]);
	read.end_ms = log_field_count(field[END]);
	if (read.start_ms == LOG_UNKNOWN || read.end_ms < read.start_ms || read.end_ms > INT32_MAX ||
	    !read_hash(field[HASH], &read.command))
		return LOG_SENSELESS;
	o = output(r->own, field[NAME]);
	read.name = o->name;
	read.len = o->len;
	*o = read;
	return LOG_NOTHING;
}

static int
compare(const void *a, const void *b)
{
	const struct output *x = a, *y = b;

	if (x->start_ms != y->start_ms)
		return x->start_ms < y->start_ms ? -1 : 1;
	if (x->end_ms != y->end_ms)
		return x->end_ms < y->end_ms ? -1 : 1;
	if (x->command != y->command)
		return x->command < y->command ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

static void
sort(struct ninja *n)
{
	if (n->count > 0)
		qsort(n->outputs, n->count, sizeof(*n->outputs), compare);
	n->sorted = true;
}

static bool
same_job(const struct output *a, const struct output *b)
{
	return a->start_ms == b->start_ms && a->end_ms == b->end_ms && a->command == b->command;
}

static bool
last(struct log_reader *r, struct log_row *row)
{
	struct ninja *n = r->own;
	const struct output *o;

	if (!n->sorted)
		sort(n);
	if (n->given == n->count)
		return false;
	o = &n->outputs[n->given++];
	while (n->given < n->count && same_job(o, &n->outputs[n->given]))
		n->given++;
	row->job.outcome = OUTCOME_OK; /* ninja writes nothing about a command that failed */
	row->job.start_us = o->start_ms * US_PER_MS;
	row->job.wall_us = (o->end_ms - o->start_ms) * US_PER_MS;
	return log_row_set_text(row, LOG_TEXT_target, n->names.data + o->name, o->len);
}

static void
end(struct log_reader *r)
{
	struct ninja *n = r->own;

	free(n->outputs);
	free(n->slots);
	buf_free(&n->names);
	free(n);
}

const struct log_format log_ninja = { .name = "ninja", .begins = begins, .parse = parse, .last = last, .end = end };
