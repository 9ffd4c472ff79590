/*
 * Invariant: while the database is being read, no function of the caller runs: each page of rows is copied first, so
 * that slow callers delay nobody.
 */
#include "queue/sqlite/operations.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue/sqlite/shared.h"

enum { PAGE_TASKS = 500, PAGE_BYTES = 1 << 20 };

/* A copy of a row. */
struct copied {
	struct queue_info info;
	char *key, *error, *bytes; /* owned */
};

static char *
copy_text(sqlite3_stmt *row, int place)
{
	const char *text = (const char *)sqlite3_column_text(row, place);

	return text == NULL ? NULL : mem_strdup(text);
}

/*
 * A number that no version has written means that the row is damaged: it counts as dead, a state that nothing leaves by
 * itself.
 */
static enum queue_state
state_of(int number)
{
	return number >= 0 && number < QUEUE_STATES ? (enum queue_state)number : QUEUE_DEAD;
}

/* The columns are those of the statements LOOK and LIST. */
static void
copy_row(sqlite3_stmt *row, struct copied *c, int64_t now_us)
{
	const void *bytes = sqlite3_column_blob(row, 9);
	struct queue_info *i = &c->info;

	*i = (struct queue_info){ .id = (uint64_t)sqlite3_column_int64(row, 0),
		.state = state_of(sqlite3_column_int(row, 1)),
		.priority = sqlite3_column_int(row, 2),
		.attempts = (unsigned)sqlite3_column_int(row, 3),
		.put_wall_us = sqlite3_column_int64(row, 4),
		.since_wall_us = sqlite3_column_int64(row, 5),
		.pid = (pid_t)sqlite3_column_int64(row, 6),
		.len = (size_t)sqlite3_column_bytes(row, 9) };
	if (i->state == QUEUE_RUNNING || i->state == QUEUE_LEASED)
		i->running_ns = (now_us - i->since_wall_us) * NS_PER_US;
	c->key = copy_text(row, 7);
	c->error = copy_text(row, 8);
	c->bytes = mem_dup(bytes != NULL ? bytes : "", i->len);
	i->key = c->key;
	i->error = c->error;
	i->bytes = c->bytes;
}

static void
free_copied(struct copied *c)
{
	free(c->key);
	free(c->error);
	free(c->bytes);
}

/*
 * Calls fn for one page of rows and sets *last to the last id. 1: there may be more; 0: that was the last page, or fn
 * ended the list; -1 with the queue's problem.
 */
static int
list_page(struct sqlite_queue *s, sqlite3_stmt *rows, queue_list_fn *fn, void *arg, uint64_t *last)
{
	struct copied *page = mem_resize(NULL, PAGE_TASKS, sizeof *page);
	size_t count = 0, bytes = 0;
	int64_t now_us = clock_wall_us();
	bool go_on = true;
	int code = SQLITE_ROW;

	while (count < PAGE_TASKS && bytes < PAGE_BYTES && (code = db_step(&s->db, rows)) == SQLITE_ROW) {
		copy_row(rows, &page[count], now_us);
		bytes += page[count++].info.len;
	}
	sqlite3_reset(rows);
	for (size_t i = 0; i < count; i++) {
		if (go_on && code != -1)
			go_on = fn(arg, &page[i].info);
		*last = page[i].info.id;
		free_copied(&page[i]);
	}
	free(page);
	return code == -1 ? -1 : go_on && code == SQLITE_ROW;
}

enum queue_answer
sqlite_look(struct queue *q, uint64_t id, queue_list_fn *fn, void *arg)
{
	struct sqlite_queue *s = SELF(q);
	sqlite3_stmt *row = db_statement(&s->db, S_LOOK);
	uint64_t seen = 0;

	if (row == NULL || db_check(&s->db) == -1)
		return QUEUE_ERROR;
	sqlite3_bind_int64(row, 1, (int64_t)id);
	if (list_page(s, row, fn, arg, &seen) == -1)
		return QUEUE_ERROR;
	return seen == id && id != 0 ? QUEUE_YES : QUEUE_NO;
}

enum queue_answer
sqlite_list(struct queue *q, int state, queue_list_fn *fn, void *arg)
{
	struct sqlite_queue *s = SELF(q);
	sqlite3_stmt *rows = db_statement(&s->db, state == -1 ? S_LIST : S_LIST_STATE);
	uint64_t last = 0;
	int more;

	do {
		if (rows == NULL || db_check(&s->db) == -1)
			return QUEUE_ERROR;
		sqlite3_bind_int64(rows, 1, (int64_t)last);
		if (state != -1)
			sqlite3_bind_int(rows, 2, state);
		more = list_page(s, rows, fn, arg, &last);
	} while (more == 1);
	return more == -1 ? QUEUE_ERROR : QUEUE_YES;
}
