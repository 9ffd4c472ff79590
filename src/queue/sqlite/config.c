/* Invariant: each setting is a non-negative number; -1 is an error. */
#include "queue/sqlite/config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "sys/os.h"

enum { MOST_READY, MAX_ATTEMPTS, KEEP_TASKS, KEEP_NS, SYNC_FULL, SETTINGS };

/* Their names in the table. */
static const char *const names[SETTINGS] = { "most_ready", "max_attempts", "keep_tasks", "keep_ns", "sync_full" };

/* As numbers that the database can keep: UINT64_MAX is INT64_MAX there. */
static void
flatten(const struct queue_config *c, int64_t values[SETTINGS])
{
	values[MOST_READY] = (int64_t)c->most_ready;
	values[MAX_ATTEMPTS] = c->max_attempts;
	values[KEEP_TASKS] = c->keep_tasks > INT64_MAX ? INT64_MAX : (int64_t)c->keep_tasks;
	values[KEEP_NS] = c->keep_ns;
	values[SYNC_FULL] = c->sync_full;
}

int
sqlite_read_config(struct sqlite_queue *s)
{
	int64_t values[SETTINGS];

	for (int i = 0; i < SETTINGS; i++) {
		values[i] = sqlite_setting(s, names[i]);
		if (values[i] == -1)
			return -1;
	}
	if (values[MAX_ATTEMPTS] == 0 || values[MAX_ATTEMPTS] > UINT_MAX)
		return (int)sqlite_damaged(s, names[MAX_ATTEMPTS]);
	s->config = (struct queue_config){ .most_ready = (uint64_t)values[MOST_READY],
		.max_attempts = (unsigned)values[MAX_ATTEMPTS],
		.keep_tasks = values[KEEP_TASKS] == INT64_MAX ? UINT64_MAX : (uint64_t)values[KEEP_TASKS],
		.keep_ns = values[KEEP_NS],
		.sync_full = values[SYNC_FULL] != 0 };
	return 0;
}

static enum queue_answer
write_config(struct sqlite_queue *s, void *arg)
{
	const int64_t *values = arg;

	for (int i = 0; i < SETTINGS; i++)
		if (sqlite_set(s, names[i], values[i]) == -1)
			return QUEUE_ERROR;
	return QUEUE_YES;
}

int
sqlite_write_config(struct sqlite_queue *s, const struct queue_config *config)
{
	int64_t values[SETTINGS];

	flatten(config, values);
	return sqlite_write(s, true, false, write_config, values) == QUEUE_ERROR ? -1 : 0;
}

bool
sqlite_config_equal(const struct queue_config *a, const struct queue_config *b)
{
	int64_t of_a[SETTINGS], of_b[SETTINGS];

	flatten(a, of_a);
	flatten(b, of_b);
	return memcmp(of_a, of_b, sizeof of_a) == 0;
}

static enum queue_answer
convert_times(struct sqlite_queue *s, void *arg)
{
	sqlite3_stmt *reboot = db_statement(&s->db, S_REBOOT), *set = db_statement(&s->db, S_SET);

	if (reboot == NULL || set == NULL)
		return QUEUE_ERROR;
	sqlite3_bind_int64(reboot, 1, os_boot_ns());
	sqlite3_bind_int64(reboot, 2, clock_wall_us());
	sqlite3_bind_text(set, 1, "boot", -1, SQLITE_STATIC);
	sqlite3_bind_text(set, 2, arg, -1, SQLITE_STATIC);
	return db_run(&s->db, reboot) == -1 || db_run(&s->db, set) == -1 ? QUEUE_ERROR : QUEUE_YES;
}

int
sqlite_check_boot(struct sqlite_queue *s)
{
	sqlite3_stmt *get = db_statement(&s->db, S_SETTING);
	char now[64], then[64] = "";
	int code;

	if (get == NULL)
		return -1;
	os_boot_id(now);
	sqlite3_bind_text(get, 1, "boot", -1, SQLITE_STATIC);
	code = db_step(&s->db, get);
	if (code == SQLITE_ROW && sqlite3_column_text(get, 0) != NULL)
		snprintf(then, sizeof then, "%s", (const char *)sqlite3_column_text(get, 0));
	sqlite3_reset(get);
	if (code == -1)
		return -1;
	if (strcmp(now, then) == 0 || sqlite_write(s, false, true, convert_times, now) != QUEUE_ERROR)
		return 0;
	/* The times are only those of delays and leases that may have ended. */
	return s->queue.patience.only_reads ? 0 : -1;
}
