/*
 * qlog diff: which tasks became slower or faster from one log to another.
 *
 * A task is recognized by its identity: by its target if both logs have targets, else by the words of its command,
 * whatever quotes the log puts around them. All jobs of an identity are added up: attempts, and the lines of a recipe.
 * Parent jobs only waited for the make that they started, and are left out.
 */
#include "qlog/qlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/unescape.h"
#include "log/identity.h"
#include "log/sums.h"
#include "base/mem.h"

enum side { BEFORE, AFTER, SIDES };

struct task {
	struct identity id;
	int64_t wall_us[SIDES]; /* LOG_UNKNOWN: not in that log */
	const char *name;       /* in one of the tables */
};

struct diff {
	struct log_table logs[SIDES];
	struct task *tasks; /* owned */
	size_t count, capacity;
	uint32_t *places;   /* owned; a hash table of indexes in tasks, plus 1; 0: free */
	size_t place_count; /* a power of 2, larger than the number of tasks */
	bool by_target;
	struct buf words; /* scratch */
};

static bool
has_targets(const struct log_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->jobs[i].target != 0)
			return true;
	return false;
}

static struct identity
identify(struct diff *d, const char *command)
{
	size_t len = strlen(command);

	d->words.len = 0;
	if (unescape_shell(&d->words, command, len) == -1)
		return identity_of(command, len);
	return identity_of(d->words.len > 0 ? d->words.data : "", d->words.len);
}

/* The entry of `places` for this identity, or the free one where it belongs. */
static uint32_t *
place_of(const struct diff *d, const struct identity *id)
{
	size_t at = (size_t)id->low & (d->place_count - 1);

	while (d->places[at] != 0 && identity_compare(&d->tasks[d->places[at] - 1].id, id) != 0)
		at = (at + 1) & (d->place_count - 1);
	return &d->places[at];
}

/* Makes space for one more task. */
static void
grow(struct diff *d)
{
	if (d->count < d->capacity)
		return;
	d->capacity = d->capacity == 0 ? 64 : 2 * d->capacity;
	d->tasks = mem_resize(d->tasks, d->capacity, sizeof(*d->tasks));
	free(d->places);
	d->place_count = 2 * d->capacity;
	d->places = mem_alloc(d->place_count * sizeof(*d->places));
	for (size_t i = 0; i < d->count; i++)
		*place_of(d, &d->tasks[i].id) = (uint32_t)i + 1;
}

static void
add_wall(int64_t *sum, int64_t wall_us)
{
	if (wall_us != LOG_UNKNOWN)
		*sum = *sum == LOG_UNKNOWN ? wall_us : log_sums_add(*sum, wall_us);
}

static void
add(struct diff *d, enum side side, const struct log_job *job)
{
	const struct log_table *t = &d->logs[side];
	const char *target = log_table_target(t, job);
	struct task task = { .wall_us = { LOG_UNKNOWN, LOG_UNKNOWN }, .name = qlog_name(t, job) };
	uint32_t *place;

	/* A target differs from a command with the same text: its identity includes the NUL. */
	if (d->by_target && *target != '\0')
		task.id = identity_of(target, strlen(target) + 1);
	else
		task.id = identify(d, log_table_command(t, job));
	if (!d->by_target && *log_table_command(t, job) != '\0')
		task.name = log_table_command(t, job);
	grow(d);
	place = place_of(d, &task.id);
	if (*place == 0) {
		d->tasks[d->count++] = task;
		*place = (uint32_t)d->count;
	}
	add_wall(&d->tasks[*place - 1].wall_us[side], job->wall_us);
}

/* The difference in time; all of it for a new task. */
static int64_t
difference_us(const struct task *task)
{
	int64_t before = task->wall_us[BEFORE], after = task->wall_us[AFTER];

	return (after == LOG_UNKNOWN ? 0 : after) - (before == LOG_UNKNOWN ? 0 : before);
}

/* The largest difference first, then by name. */
static int
compare_differences(const void *a, const void *b)
{
	const struct task *x = a, *y = b;
	int64_t dx = llabs(difference_us(x)), dy = llabs(difference_us(y));

	if (dx != dy)
		return dx < dy ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void
add_duration(struct buf *b, const char *sign, int64_t us)
{
	struct buf text = { 0 };

	buf_adds(&text, sign);
	log_sums_duration(&text, us);
	for (size_t i = text.len; i < 9; i++)
		buf_addc(b, ' ');
	buf_add(b, text.data, text.len);
	buf_adds(b, "  ");
	buf_free(&text);
}

static void
print_task(const struct task *task)
{
	int64_t by = difference_us(task);
	struct buf b = { 0 };

	add_duration(&b, "", task->wall_us[BEFORE]);
	add_duration(&b, "", task->wall_us[AFTER]);
	if (task->wall_us[BEFORE] == LOG_UNKNOWN)
		buf_adds(&b, "      new  ");
	else if (task->wall_us[AFTER] == LOG_UNKNOWN)
		buf_adds(&b, "     gone  ");
	else
		add_duration(&b, by < 0 ? "-" : by > 0 ? "+" : "", llabs(by));
	buf_adds(&b, task->name);
	qlog_line(&b);
	buf_free(&b);
}

/* Prints the times of the whole runs in the same columns. */
static void
print_wall(const struct diff *d)
{
	struct task all = { .name = "(the whole run)" };

	for (int side = 0; side < SIDES; side++)
		all.wall_us[side] = d->logs[side].last_us - d->logs[side].first_us;
	puts("   before      after       diff  job");
	print_task(&all);
}

static void
run(struct qlog *q)
{
	struct diff d = { 0 };

	for (int side = 0; side < SIDES; side++)
		qlog_read(&d.logs[side], q->files + side, 1);
	d.by_target = has_targets(&d.logs[BEFORE]) && has_targets(&d.logs[AFTER]);
	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; i < d.logs[side].count; i++)
			if (d.logs[side].jobs[i].lane != 0 && !d.logs[side].jobs[i].is_parent)
				add(&d, (enum side)side, &d.logs[side].jobs[i]);
	if (d.count > 0)
		qsort(d.tasks, d.count, sizeof(*d.tasks), compare_differences);
	print_wall(&d);
	for (size_t i = 0; i < d.count && (q->args.count == 0 || i < (size_t)q->args.count); i++)
		print_task(&d.tasks[i]);
	free(d.tasks);
	free(d.places);
	buf_free(&d.words);
	for (int side = 0; side < SIDES; side++)
		log_table_free(&d.logs[side]);
}

static const struct cli_option options[] = {
	CLI_NUMBER(
	    "n", "count", "N", struct qlog_args, count, 1, 1000000000, "list the N largest differences (default: all)"),
	CLI_END,
};

const struct qlog_verb qlog_verb_diff = {
	.cli = {
	    .name = "diff",
	    .arguments = "before-file after-file",
	    .help = "compare two logs: list jobs that are slower, faster, new or gone",
	    .options = options,
	    .least_operands = 2,
	    .most_operands = 2,
	},
	.run = run,
};
