/* qlog failed: the commands of the tasks that failed, as a shell reads them (paste.h). */
#include "qlog/qlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "qlog/paste.h"

struct place {
	const struct log_job *job; /* borrowed */
};

/* Sorts by command and place in the input, and the jobs of one task by their start. */
static const struct log_table *sorting;

static int
compare_task(const struct log_job *x, const struct log_job *y)
{
	int order = strcmp(log_table_command(sorting, x), log_table_command(sorting, y));

	return order != 0 ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

static int
compare(const void *a, const void *b)
{
	const struct log_job *x = ((const struct place *)a)->job, *y = ((const struct place *)b)->job;
	int order = compare_task(x, y);

	return order != 0 ? order : (x > y) - (x < y);
}

static int
compare_places(const void *a, const void *b)
{
	const struct log_job *x = ((const struct place *)a)->job, *y = ((const struct place *)b)->job;

	return (x > y) - (x < y);
}

/* Finds the last job of each task, if it was not ok, in the order of their start. Returns their number. */
static size_t
last_failures(const struct log_table *t, struct place *jobs)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->count; i++)
		jobs[i].job = &t->jobs[i];
	sorting = t;
	if (t->count > 0)
		qsort(jobs, t->count, sizeof(*jobs), compare);
	for (size_t i = 0; i < t->count; i++)
		if ((i + 1 == t->count || compare_task(jobs[i].job, jobs[i + 1].job) != 0) &&
		    jobs[i].job->outcome != OUTCOME_OK)
			jobs[kept++] = jobs[i];
	if (kept > 0)
		qsort(jobs, kept, sizeof(*jobs), compare_places);
	return kept;
}

static int
compare_parent(const struct log_job *x, const struct log_job *y)
{
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	return (x->start_us > y->start_us) - (x->start_us < y->start_us);
}

static int
compare_parents(const void *a, const void *b)
{
	return compare_parent(((const struct place *)a)->job, ((const struct place *)b)->job);
}

/* Returns the same jobs sorted by parent and time; the caller frees it. */
static struct place *
by_parent(const struct place *jobs, size_t count)
{
	struct place *sorted = mem_resize(NULL, count, sizeof(*sorted));

	if (count == 0)
		return sorted;
	memcpy(sorted, jobs, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_parents);
	return sorted;
}

/* Did a parent job fail because a job of the make that it started failed? The jobs are those of by_parent. */
static bool
is_explained(const struct log_job *parent_job, const struct place *jobs, size_t count)
{
	struct log_job first = {
		.file = parent_job->file, .parent = parent_job->pid, .start_us = parent_job->start_us
	};
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_parent(jobs[middle].job, &first) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return parent_job->is_parent && low < count && jobs[low].job->file == parent_job->file &&
	    jobs[low].job->parent == parent_job->pid &&
	    jobs[low].job->start_us <= parent_job->start_us + parent_job->wall_us;
}

static void
print_command(const char *command)
{
	struct buf text = { 0 };

	paste_command(&text, command, isatty(STDOUT_FILENO) == 1);
	buf_addc(&text, '\n');
	fwrite(text.data, 1, text.len, stdout);
	buf_free(&text);
}

static void
run(struct qlog *q)
{
	struct log_table t = { 0 };
	struct place *jobs, *sorted;
	size_t count;

	qlog_read(&t, q->files, q->file_count);
	jobs = mem_resize(NULL, t.count, sizeof(*jobs));
	count = last_failures(&t, jobs);
	sorted = by_parent(jobs, count);
	for (size_t i = 0; i < count; i++)
		if (*log_table_command(&t, jobs[i].job) != '\0' && !is_explained(jobs[i].job, sorted, count))
			print_command(log_table_command(&t, jobs[i].job));
	free(jobs);
	free(sorted);
	log_table_free(&t);
}

static const struct cli_option options[] = { CLI_END };

const struct qlog_verb qlog_verb_failed = {
	.cli = {
	    .name = "failed",
	    .arguments = "file ...",
	    .help = "print the commands that failed, ready to paste into a shell",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = SIZE_MAX,
	},
	.run = run,
};
