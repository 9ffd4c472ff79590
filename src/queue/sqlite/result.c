/*
 * Invariants: a result has its row as long as its task has. The file of an output exists before the row that refers to
 * it is committed, and is removed after the row.
 */
#include "queue/sqlite/result.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/write-all.h"
#include "queue/sqlite/operations.h"
#include "sys/owner-only.h"

enum { COPY_SIZE = 64 << 10, NAME_SIZE = 64 };

/* -- Files --------------------------------------------------------------------------------------------------------- */

static void
name_file(char name[NAME_SIZE], uint64_t id, const char *stream)
{
	snprintf(name, NAME_SIZE, "results/%" PRIu64 ".%s", id, stream);
}

static void
remove_file(struct sqlite_queue *s, uint64_t id, const char *stream)
{
	char name[NAME_SIZE];

	name_file(name, id, stream);
	unlinkat(s->db.dir_fd, name, 0);
}

static void
remove_files(struct sqlite_queue *s, uint64_t id)
{
	remove_file(s, id, "out");
	remove_file(s, id, "err");
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

/* If the row survives a power cut, the file and its name must be on the disk before it. */
static int
sync_file(struct sqlite_queue *s, int fd)
{
	int dir, result;

	if (!s->config.sync_full)
		return 0;
	dir = openat(s->db.dir_fd, "results", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	result = fsync(fd) == -1 || dir == -1 || fsync(dir) == -1 ? -1 : 0;
	if (dir != -1)
		close(dir);
	return result;
}

/* Copies an output to its file, unless from is -1. -1 with the queue's problem. */
static int
keep_file(struct sqlite_queue *s, uint64_t id, const char *stream, int from)
{
	char name[NAME_SIZE];
	int fd, result;

	/* There may be one from an attempt whose pool died before it could record the result. */
	remove_file(s, id, stream);
	if (from == -1)
		return 0;
	name_file(name, id, stream);
	fd = owner_open(s->db.dir_fd, name, O_WRONLY | O_EXCL);
	result = fd == -1 || copy(from, fd) == -1 ? -1 : sync_file(s, fd);
	if (result == -1) {
		s->db.full = errno == ENOSPC || errno == EDQUOT;
		queue_error(&s->queue, "cannot keep the output of task %" PRIu64 ": %s", id, strerror(errno));
		remove_file(s, id, stream);
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
	sqlite3_stmt *put = db_statement(&s->db, S_RESULT_PUT);
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

/* -- Removing ------------------------------------------------------------------------------------------------------ */

/* Removes the row. Whether it has files: 1, 0, or -1 with the queue's problem; `none` if the row does not exist. */
static int
remove_row(struct sqlite_queue *s, uint64_t id, int none)
{
	sqlite3_stmt *remove = db_statement(&s->db, S_RESULT_REMOVE);
	int code, files = none;

	if (remove == NULL)
		return -1;
	sqlite3_bind_int64(remove, 1, (int64_t)id);
	while ((code = db_step(&s->db, remove)) == SQLITE_ROW)
		files = sqlite3_column_int(remove, 0) != 0;
	return code == -1 ? -1 : files;
}

int
sqlite_remove_result(struct sqlite_queue *s, uint64_t id)
{
	int files = remove_row(s, id, 0);

	if (files == 1)
		remove_files(s, id);
	return files == -1 ? -1 : 0;
}

int
sqlite_remove_task(struct sqlite_queue *s, uint64_t id)
{
	sqlite3_stmt *task = db_statement(&s->db, S_TASK_REMOVE);
	/* A task without a result may have files too, from a pool that died. */
	int files = task == NULL ? -1 : remove_row(s, id, 1);

	if (files == -1)
		return -1;
	sqlite3_bind_int64(task, 1, (int64_t)id);
	if (db_run(&s->db, task) == -1)
		return -1;
	/* If the transaction fails after all, the row refers to a missing file, and its result is not kept any more. */
	if (files == 1)
		remove_files(s, id);
	return 0;
}

int64_t
sqlite_remove_those(struct sqlite_queue *s, sqlite3_stmt *which)
{
	uint64_t *ids = NULL;
	size_t count = 0, size = 0;
	int code, result = 0;

	while ((code = db_step(&s->db, which)) == SQLITE_ROW) {
		if (count == size)
			ids = mem_resize(ids, size = size != 0 ? 2 * size : 64, sizeof *ids);
		ids[count++] = (uint64_t)sqlite3_column_int64(which, 0);
	}
	for (size_t i = 0; code != -1 && result == 0 && i < count; i++)
		result = sqlite_remove_task(s, ids[i]);
	free(ids);
	return code == -1 || result == -1 ? -1 : (int64_t)count;
}

static int
remove_surplus(struct sqlite_queue *s)
{
	sqlite3_stmt *which;
	int64_t done, failed;

	if (s->config.keep_tasks == UINT64_MAX)
		return 0;
	done = sqlite_count(s, QUEUE_DONE);
	failed = done == -1 ? -1 : sqlite_count(s, QUEUE_FAILED);
	if (failed == -1)
		return -1;
	if ((uint64_t)(done + failed) <= s->config.keep_tasks)
		return 0;
	which = db_statement(&s->db, S_SURPLUS);
	if (which == NULL)
		return -1;
	sqlite3_bind_int64(which, 1, done + failed - (int64_t)s->config.keep_tasks);
	return sqlite_remove_those(s, which) == -1 ? -1 : 0;
}

int
sqlite_prune(struct sqlite_queue *s)
{
	sqlite3_stmt *which;

	if (remove_surplus(s) == -1)
		return -1;
	if (s->config.keep_ns == 0)
		return 0;
	which = db_statement(&s->db, S_OUTDATED);
	if (which == NULL)
		return -1;
	sqlite3_bind_int64(which, 1, clock_wall_us() - s->config.keep_ns / NS_PER_US);
	return sqlite_remove_those(s, which) == -1 ? -1 : 0;
}

/* -- Reading ------------------------------------------------------------------------------------------------------- */

/* QUEUE_NO: its file was removed; the row will be in a moment. */
static enum queue_answer
read_output(
    struct sqlite_queue *s, sqlite3_stmt *row, int place, const char *stream, uint64_t id, struct buf *b, int *fd)
{
	char name[NAME_SIZE];

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
	    : queue_error(&s->queue, "cannot read the output of task %" PRIu64 ": %s", id, strerror(errno));
}

static enum queue_answer
read_row(struct sqlite_queue *s, sqlite3_stmt *row, struct queue_result *r)
{
	const char *outcome = (const char *)sqlite3_column_text(row, 1);
	enum queue_answer answer;

	r->wstatus = sqlite3_column_int(row, 0);
	/* A name that this version does not know leaves OUTCOME_FAIL. */
	if (outcome != NULL)
		outcome_parse(outcome, strlen(outcome), &r->outcome);
	buf_add(&r->record, sqlite3_column_blob(row, 2), (size_t)sqlite3_column_bytes(row, 2));
	answer = read_output(s, row, 3, "out", r->id, &r->out, &r->out_fd);
	if (answer == QUEUE_YES)
		answer = read_output(s, row, 4, "err", r->id, &r->err, &r->err_fd);
	return answer;
}

enum queue_answer
sqlite_result(struct queue *q, uint64_t id, struct queue_result *r)
{
	struct sqlite_queue *s = SELF(q);
	sqlite3_stmt *row = db_statement(&s->db, S_RESULT);
	enum queue_answer answer;
	int code;

	if (row == NULL || db_check(&s->db) == -1)
		return QUEUE_ERROR;
	sqlite3_bind_int64(row, 1, (int64_t)id);
	code = db_step(&s->db, row);
	if (code != SQLITE_ROW)
		return code == -1 ? QUEUE_ERROR : QUEUE_NO;
	answer = read_row(s, row, r);
	sqlite3_reset(row);
	if (answer != QUEUE_YES)
		queue_result_free(r);
	return answer;
}
