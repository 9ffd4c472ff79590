/*
 * Results, and what is kept of tasks that are over.
 *
 * Invariants: a result has its row as long as its task has; what is too large for the row is a file, results/ID.out or .err, which is there before the row
 * says so, and goes after the row.
 */
#include "queue/sqlite/private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sys/os.h"
#include "base/write-all.h"

#define SELF(q) ((struct sqlite_queue *)(q))

enum { PURGE_PART = 10000, PAGE_TASKS = 500, PAGE_BYTES = 1 << 20, COPY_SIZE = 64 << 10 };

/* -- Files --------------------------------------------------------------------------------------------------------- */

static void
name_file(char name[64], uint64_t id, const char *stream)
{
	snprintf(name, 64, "results/%" PRIu64 ".%s", id, stream);
}

static void
remove_files(struct sqlite_queue *s, uint64_t id)
{
	char name[64];

	name_file(name, id, "out");
	unlinkat(s->db.dir_fd, name, 0);
	name_file(name, id, "err");
	unlinkat(s->db.dir_fd, name, 0);
}

static int
copy(int from, int to)
{
	char bytes[COPY_SIZE];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(from, bytes, sizeof bytes, at)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 || write_all(to, bytes, (size_t)n) == -1)
			return -1;
		at += n;
	}
	return 0;
}

/* The file and its name are to be on the disk before the row says so, when the row is to survive a power cut. */
static int
sync_file(struct sqlite_queue *s, int fd)
{
	int folder, result;

	if (!s->config.sync_full)
		return 0;
	folder = openat(s->db.dir_fd, "results", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	result = fsync(fd) == -1 || folder == -1 || fsync(folder) == -1 ? -1 : 0;
	if (folder != -1)
		close(folder);
	return result;
}

/* 0; -1 with the queue's problem. */
static int
keep_file(struct sqlite_queue *s, uint64_t id, const char *stream, int from)
{
	char name[64];
	int fd, result;

	/* One may be there of an attempt whose pool died before it could say so. */
	name_file(name, id, stream);
	unlinkat(s->db.dir_fd, name, 0);
	if (from == -1)
		return 0;
	fd = openat(s->db.dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	result = fd == -1 || copy(from, fd) == -1 ? -1 : sync_file(s, fd);
	if (result == -1) {
		s->db.full = errno == ENOSPC || errno == EDQUOT;
		queue_error(&s->queue, "the output of task %" PRIu64 " cannot be kept: %s", id, strerror(errno));
		unlinkat(s->db.dir_fd, name, 0);
	}
	if (fd != -1)
		close(fd);
	return result;
}

/* -- Keeping ------------------------------------------------------------------------------------------------------- */

static void
bind_output(sqlite3_stmt *put, int place, const struct buf *b, int fd)
{
	if (fd != -1)
		sqlite3_bind_null(put, place);
	else
		sqlite3_bind_blob64(put, place, b->len > 0 ? b->data : "", b->len, SQLITE_STATIC);
}

int
sqlite_keep_result(struct sqlite_queue *s, const struct queue_result *r)
{
	sqlite3_stmt *put = db_statement(&s->db, S_RESULT_PUT,
	    "INSERT OR REPLACE INTO result (id, wstatus, end, record, out, err) VALUES (?, ?, ?, ?, ?, ?)");
	int result;

	if (put == NULL || keep_file(s, r->id, "out", r->out_fd) == -1 || keep_file(s, r->id, "err", r->err_fd) == -1)
		return -1;
	sqlite3_bind_int64(put, 1, (int64_t)r->id);
	sqlite3_bind_int(put, 2, r->wstatus);
	sqlite3_bind_text(put, 3, outcome_name(r->outcome), -1, SQLITE_STATIC);
	sqlite3_bind_blob64(put, 4, r->record.len > 0 ? r->record.data : "", r->record.len, SQLITE_STATIC);
	bind_output(put, 5, &r->out, r->out_fd);
	bind_output(put, 6, &r->err, r->err_fd);
	result = db_run(&s->db, put);
	sqlite3_clear_bindings(put);
	return result;
}

int
sqlite_forget(struct sqlite_queue *s, uint64_t id)
{
	sqlite3_stmt *task = db_statement(&s->db, S_TASK_GONE, "DELETE FROM task WHERE id = ?");
	sqlite3_stmt *result =
	    db_statement(&s->db, S_RESULT_GONE, "DELETE FROM result WHERE id = ? RETURNING out IS NULL OR err IS NULL");
	int code;
	bool files = true; /* of one without a result, such as a pool left that died */

	if (task == NULL || result == NULL)
		return -1;
	sqlite3_bind_int64(task, 1, (int64_t)id);
	sqlite3_bind_int64(result, 1, (int64_t)id);
	while ((code = db_step(&s->db, result)) == SQLITE_ROW)
		files = sqlite3_column_int(result, 0) != 0;
	if (code == -1 || db_run(&s->db, task) == -1)
		return -1;
	/* If the transaction fails after all, the row has a file less: its result is kept no more. */
	if (files)
		remove_files(s, id);
	return 0;
}

/* Removes the tasks that `which` gives. How many they were; -1 with the queue's problem. */
static int64_t
forget_those(struct sqlite_queue *s, sqlite3_stmt *which)
{
	uint64_t *ids = NULL;
	size_t count = 0, room = 0;
	int code, result = 0;

	while ((code = db_step(&s->db, which)) == SQLITE_ROW) {
		if (count == room)
			ids = mem_resize(ids, room = room != 0 ? 2 * room : 64, sizeof *ids);
		ids[count++] = (uint64_t)sqlite3_column_int64(which, 0);
	}
	for (size_t i = 0; code != -1 && result == 0 && i < count; i++)
		result = sqlite_forget(s, ids[i]);
	free(ids);
	return code == -1 || result == -1 ? -1 : (int64_t)count;
}

int
sqlite_prune(struct sqlite_queue *s)
{
	sqlite3_stmt *which;
	int64_t done, failed;

	if (s->config.keep_tasks != UINT64_MAX) {
		done = sqlite_count(s, QUEUE_DONE);
		failed = done == -1 ? -1 : sqlite_count(s, QUEUE_FAILED);
		if (failed == -1)
			return -1;
		if ((uint64_t)(done + failed) > s->config.keep_tasks) {
			which = db_statement(&s->db, S_SURPLUS,
			    "SELECT id FROM task WHERE state IN (4, 5) ORDER BY since_wall_us, id LIMIT ?");
			if (which == NULL)
				return -1;
			sqlite3_bind_int64(which, 1, done + failed - (int64_t)s->config.keep_tasks);
			if (forget_those(s, which) == -1)
				return -1;
		}
	}
	if (s->config.keep_ns == 0)
		return 0;
	which = db_statement(&s->db, S_OUTDATED,
	    "SELECT id FROM task WHERE state IN (4, 5) AND since_wall_us < ? ORDER BY since_wall_us LIMIT 1000");
	if (which == NULL)
		return -1;
	sqlite3_bind_int64(which, 1, clock_wall_us() - s->config.keep_ns / NS_PER_US);
	return forget_those(s, which) == -1 ? -1 : 0;
}

/* -- Reading ------------------------------------------------------------------------------------------------------- */

/* QUEUE_NO: its file is gone, as the row will be in a moment. */
static enum queue_answer
read_output(
    struct sqlite_queue *s, sqlite3_stmt *row, int place, const char *stream, uint64_t id, struct buf *b, int *fd)
{
	char name[64];

	if (sqlite3_column_type(row, place) != SQLITE_NULL) {
		buf_add(b, sqlite3_column_blob(row, place), (size_t)sqlite3_column_bytes(row, place));
		return QUEUE_YES;
	}
	name_file(name, id, stream);
	*fd = openat(s->db.dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*fd != -1)
		return QUEUE_YES;
	return errno == ENOENT
	    ? QUEUE_NO
	    : queue_error(&s->queue, "the output of task %" PRIu64 " cannot be read: %s", id, strerror(errno));
}

enum queue_answer
sqlite_result(struct queue *q, uint64_t id, struct queue_result *r)
{
	struct sqlite_queue *s = SELF(q);
	sqlite3_stmt *row =
	    db_statement(&s->db, S_RESULT, "SELECT wstatus, end, record, out, err FROM result WHERE id = ?");
	enum queue_answer answer;
	const char *end;
	int code;

	*r = (struct queue_result){ .id = id, .out_fd = -1, .err_fd = -1, .outcome = OUTCOME_FAIL };
	if (row == NULL)
		return QUEUE_ERROR;
	sqlite3_bind_int64(row, 1, (int64_t)id);
	code = db_step(&s->db, row);
	if (code != SQLITE_ROW)
		return code == -1 ? QUEUE_ERROR : QUEUE_NO;
	r->wstatus = sqlite3_column_int(row, 0);
	end = (const char *)sqlite3_column_text(row, 1);
	if (end != NULL)
		outcome_parse(end, strlen(end), &r->outcome);
	buf_add(&r->record, sqlite3_column_blob(row, 2), (size_t)sqlite3_column_bytes(row, 2));
	answer = read_output(s, row, 3, "out", id, &r->out, &r->out_fd);
	if (answer == QUEUE_YES)
		answer = read_output(s, row, 4, "err", id, &r->err, &r->err_fd);
	sqlite3_reset(row);
	if (answer != QUEUE_YES)
		queue_result_free(r);
	return answer;
}

#define COLUMNS "id, state, priority, attempts, put_wall_us, since_wall_us, pid, key, error, bytes"

/* A copy of a row, since nobody waits for a reader while the database is being read. */
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

static void
copy_row(sqlite3_stmt *row, struct copied *c, int64_t now_us)
{
	const void *bytes = sqlite3_column_blob(row, 9);
	struct queue_info *i = &c->info;

	*i = (struct queue_info){ .id = (uint64_t)sqlite3_column_int64(row, 0),
		.priority = sqlite3_column_int(row, 2),
		.attempts = (unsigned)sqlite3_column_int(row, 3),
		.put_wall_us = sqlite3_column_int64(row, 4),
		.since_wall_us = sqlite3_column_int64(row, 5),
		.pid = (pid_t)sqlite3_column_int64(row, 6),
		.len = (size_t)sqlite3_column_bytes(row, 9) };
	/* A number that no version has written is a damaged row: dead is the state that nothing is done to by itself. */
	i->state = sqlite3_column_int(row, 1) >= 0 && sqlite3_column_int(row, 1) < QUEUE_STATES
	    ? (enum queue_state)sqlite3_column_int(row, 1)
	    : QUEUE_DEAD;
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

/* Tells fn what the statement gives, a page at a time; *last is the id it came to. 1: there may be more; 0: all was told; -1 with the queue's problem. */
static int
tell_page(struct sqlite_queue *s, sqlite3_stmt *rows, queue_list_fn *fn, void *arg, uint64_t *last)
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
	sqlite3_stmt *row = db_statement(&s->db, S_LOOK, "SELECT " COLUMNS " FROM task WHERE id = ?");
	uint64_t seen = 0;

	if (row == NULL)
		return QUEUE_ERROR;
	sqlite3_bind_int64(row, 1, (int64_t)id);
	if (tell_page(s, row, fn, arg, &seen) == -1)
		return QUEUE_ERROR;
	return seen == id && id != 0 ? QUEUE_YES : QUEUE_NO;
}

enum queue_answer
sqlite_list(struct queue *q, int state, queue_list_fn *fn, void *arg)
{
	struct sqlite_queue *s = SELF(q);
	sqlite3_stmt *rows;
	uint64_t last = 0;
	int more;

	if (state == -1)
		rows = db_statement(&s->db, S_LIST, "SELECT " COLUMNS " FROM task WHERE id > ?1 ORDER BY id");
	else
		rows = db_statement(
		    &s->db, S_LIST_STATE, "SELECT " COLUMNS " FROM task WHERE id > ?1 AND state = ?2 ORDER BY id");
	do {
		if (rows == NULL)
			return QUEUE_ERROR;
		sqlite3_bind_int64(rows, 1, (int64_t)last);
		if (state != -1)
			sqlite3_bind_int(rows, 2, state);
		more = tell_page(s, rows, fn, arg, &last);
	} while (more == 1);
	return more == -1 ? QUEUE_ERROR : QUEUE_YES;
}

/* -- Changing ------------------------------------------------------------------------------------------------------ */

struct changing {
	int state;
	const uint64_t *ids;
	size_t id_count;
	uint64_t count;
	int64_t part; /* changed in this transaction */
};

/* After an error `retry` is reset too, or it could not be bound again. */
static int
retry_one(struct sqlite_queue *s, sqlite3_stmt *retry, struct changing *c)
{
	sqlite3_stmt *gone =
	    db_statement(&s->db, S_RESULT_GONE, "DELETE FROM result WHERE id = ? RETURNING out IS NULL OR err IS NULL");
	uint64_t id;
	int code, end = SQLITE_DONE;

	while (gone != NULL && end != -1 && (code = db_step(&s->db, retry)) == SQLITE_ROW) {
		id = (uint64_t)sqlite3_column_int64(retry, 0);
		sqlite3_bind_int64(gone, 1, (int64_t)id);
		while ((end = db_step(&s->db, gone)) == SQLITE_ROW)
			if (sqlite3_column_int(gone, 0) != 0)
				remove_files(s, id);
		c->part++;
	}
	sqlite3_reset(retry);
	return gone == NULL || end == -1 || code == -1 ? -1 : 0;
}

/* One whose key is an unfinished task's by now is left as it is. */
static enum queue_answer
retry_all(struct sqlite_queue *s, void *arg)
{
	struct changing *c = arg;
	bool named = c->id_count > 0;
	sqlite3_stmt *retry = named
	    ? db_statement(&s->db, S_RETRY,
		  "UPDATE OR IGNORE task SET state = 0, attempts = 0, since_wall_us = ?1 WHERE id = ?2 AND state IN (5, 6) RETURNING id")
	    : db_statement(&s->db, S_RETRY_ALL,
		  "UPDATE OR IGNORE task SET state = 0, attempts = 0, since_wall_us = ?1 WHERE state = 6 RETURNING id");

	c->part = 0;
	for (size_t i = 0; i < (named ? c->id_count : 1); i++) {
		if (retry == NULL)
			return QUEUE_ERROR;
		sqlite3_bind_int64(retry, 1, clock_wall_us());
		if (named)
			sqlite3_bind_int64(retry, 2, (int64_t)c->ids[i]);
		if (retry_one(s, retry, c) == -1)
			return QUEUE_ERROR;
	}
	return QUEUE_YES;
}

enum queue_answer
sqlite_retry(struct queue *q, const uint64_t *ids, size_t id_count, uint64_t *count)
{
	struct sqlite_queue *s = SELF(q);
	struct changing c = { .ids = ids, .id_count = id_count };
	enum queue_answer answer = sqlite_write(s, true, false, retry_all, &c);

	*count = answer == QUEUE_ERROR ? 0 : (uint64_t)c.part;
	if (*count > 0)
		notify_one(s->db.dir_fd, NOTIFY_TASKS);
	return answer;
}

static enum queue_answer
purge_ids(struct sqlite_queue *s, void *arg)
{
	struct changing *c = arg;
	sqlite3_stmt *is_free =
	    db_statement(&s->db, S_IS_FREE, "SELECT 1 FROM task WHERE id = ? AND state NOT IN (2, 3)");

	c->part = 0;
	for (size_t i = 0; i < c->id_count; i++) {
		int code;

		if (is_free == NULL)
			return QUEUE_ERROR;
		sqlite3_bind_int64(is_free, 1, (int64_t)c->ids[i]);
		code = db_step(&s->db, is_free);
		sqlite3_reset(is_free);
		if (code == -1 || (code == SQLITE_ROW && sqlite_forget(s, c->ids[i]) == -1))
			return QUEUE_ERROR;
		c->part += code == SQLITE_ROW;
	}
	return QUEUE_YES;
}

static enum queue_answer
purge_part(struct sqlite_queue *s, void *arg)
{
	struct changing *c = arg;
	sqlite3_stmt *which = c->state != -1
	    ? db_statement(
		  &s->db, S_PURGE_STATE, "SELECT id FROM task WHERE state = ?1 AND state NOT IN (2, 3) LIMIT ?2")
	    : db_statement(&s->db, S_PURGE_ALL, "SELECT id FROM task WHERE state NOT IN (2, 3) LIMIT ?2");

	if (which == NULL)
		return QUEUE_ERROR;
	if (c->state != -1)
		sqlite3_bind_int(which, 1, c->state);
	sqlite3_bind_int64(which, 2, PURGE_PART);
	c->part = forget_those(s, which);
	return c->part == -1 ? QUEUE_ERROR : QUEUE_YES;
}

enum queue_answer
sqlite_purge(struct queue *q, int state, const uint64_t *ids, size_t id_count, uint64_t *count)
{
	struct sqlite_queue *s = SELF(q);
	struct changing c = { .state = state, .ids = ids, .id_count = id_count };
	enum queue_answer answer;

	*count = 0;
	do {
		answer = sqlite_write(s, s->config.sync_full, false, id_count > 0 ? purge_ids : purge_part, &c);
		if (answer == QUEUE_ERROR)
			return answer;
		*count += (uint64_t)c.part;
	} while (id_count == 0 && c.part == PURGE_PART);
	if (*count > 0) {
		notify_all(s->db.dir_fd, QUEUE_NOTIFY_FINISHED | QUEUE_NOTIFY_STATE);
		notify_one(s->db.dir_fd, NOTIFY_SPACE);
	}
	return answer;
}
