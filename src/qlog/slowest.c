/*
 * qlog slowest: the jobs that took longest. Parent jobs only waited for the make that they started, and are left out.
 */
#include "qlog/qlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/sums.h"
#include "base/mem.h"

enum { USUAL_COUNT = 10 };

struct place {
	const struct log_job *job; /* borrowed */
};

static int
compare(const void *a, const void *b)
{
	const struct log_job *x = ((const struct place *)a)->job, *y = ((const struct place *)b)->job;

	if (x->wall_us != y->wall_us)
		return x->wall_us < y->wall_us ? 1 : -1;
	return (x > y) - (x < y);
}

/* Appends the text in a column of the given width, aligned right or left. */
static void
add_column(struct buf *b, struct buf *text, size_t width, bool right)
{
	size_t blanks = text->len < width ? width - text->len : 0;

	if (!right)
		buf_add(b, text->data, text->len);
	for (; blanks > 0; blanks--)
		buf_addc(b, ' ');
	if (right)
		buf_add(b, text->data, text->len);
	buf_adds(b, "  ");
	text->len = 0;
}

static int64_t
cpu_us(const struct log_job *job)
{
	return job->user_us != LOG_UNKNOWN && job->sys_us != LOG_UNKNOWN ? job->user_us + job->sys_us : LOG_UNKNOWN;
}

static void
print_job(const struct log_table *t, const struct log_job *job)
{
	struct buf b = { 0 }, text = { 0 };
	const char *name = qlog_name(t, job);

	log_sums_duration(&text, job->wall_us);
	add_column(&b, &text, 9, true);
	log_sums_duration(&text, cpu_us(job));
	add_column(&b, &text, 9, true);
	qlog_end(&text, job);
	add_column(&b, &text, 11, false);
	buf_add(&b, name, strlen(name));
	qlog_line(&b);
	buf_free(&b);
	buf_free(&text);
}

static void
run(struct qlog *q)
{
	struct log_table t = { 0 };
	struct place *jobs;
	size_t count = 0, most = (size_t)(q->args.count != 0 ? q->args.count : USUAL_COUNT);

	qlog_read(&t, q->files, q->file_count);
	jobs = mem_resize(NULL, t.count, sizeof(*jobs));
	for (size_t i = 0; i < t.count; i++)
		if (t.jobs[i].lane != 0 && !t.jobs[i].is_parent)
			jobs[count++].job = &t.jobs[i];
	if (count > 0)
		qsort(jobs, count, sizeof(*jobs), compare);
	if (count > 0)
		puts("     wall        cpu  end          job");
	for (size_t i = 0; i < count && i < most; i++)
		print_job(&t, jobs[i].job);
	free(jobs);
	log_table_free(&t);
}

static const struct cli_option options[] = {
	CLI_NUMBER("n", "count", "N", struct qlog_args, count, 1, 1000000000, "list N jobs (default: 10)"),
	CLI_END,
};

const struct qlog_verb qlog_verb_slowest = {
	.cli = {
	    .name = "slowest",
	    .arguments = "file ...",
	    .help = "list the jobs that took longest, longest first",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = SIZE_MAX,
	},
	.run = run,
};
