/*
 * qlog failed: the commands that failed, as a shell takes them.
 *
 * A record's command is a list of words, quoted, or a shell line as it was; both are what a shell would read, so they are printed as they stand, bytes that are no
 * text included. Two things are not: a line that a shell would not find the end of, which would take in the next one too, is given to a shell of its own; and on a
 * terminal, control bytes are written so that the terminal does not obey them and the shell still gets them.
 */
#include "qlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"
#include "mem.h"

struct place {
	const struct log_job *job; /* borrowed */
};

/* Orders the jobs by command and place in the input, and those of one task by their start. */
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

/* Of each task the last job, if that was not ok, in the order of their start. Returns how many. */
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
		if ((i + 1 == t->count || compare_task(jobs[i].job, jobs[i + 1].job) != 0) && !jobs[i].job->ok)
			jobs[kept++] = jobs[i];
	if (kept > 0)
		qsort(jobs, kept, sizeof(*jobs), compare_places);
	return kept;
}

/* Did it fail because a job failed that it held? */
static bool
is_told_by_another(const struct log_job *holder, const struct place *jobs, size_t count)
{
	for (size_t i = 0; holder->holds && i < count; i++)
		if (jobs[i].job->parent == holder->pid && jobs[i].job->file == holder->file && jobs[i].job->start_us >= holder->start_us &&
		    jobs[i].job->start_us <= holder->start_us + holder->wall_us)
			return true;
	return false;
}

/* Would a shell read on behind its end: for a quote, or for what a last backslash joins to it? */
static bool
is_open(const char *command, size_t len)
{
	struct buf words = { 0 };
	size_t backslashes = 0;
	bool closed = unescape_shell(&words, command, len) != -1;

	while (backslashes < len && command[len - 1 - backslashes] == '\\')
		backslashes++;
	buf_free(&words);
	return !closed || backslashes % 2 == 1;
}

/* Is there anything but characters, newlines and tabs? */
static bool
has_control(const struct buf *text)
{
	struct buf plain = { 0 }, shown = { 0 };
	bool has;

	for (size_t i = 0; i < text->len; i++)
		buf_addc(&plain, text->data[i] == '\n' || text->data[i] == '\t' ? ' ' : text->data[i]);
	escape_visible(&shown, plain.data, plain.len);
	has = shown.len != plain.len || (plain.len > 0 && memcmp(shown.data, plain.data, plain.len) != 0);
	buf_free(&plain);
	buf_free(&shown);
	return has;
}

/* Appends a command that does the same and has printable characters only. */
static void
add_printable(struct buf *b, const struct buf *text)
{
	buf_adds(b, "eval \"$(printf '");
	for (size_t i = 0; i < text->len; i++) {
		char c = text->data[i];

		if (c < ' ' || c > '~' || c == '\'' || c == '\\' || c == '%' || c == '"' || c == '$' || c == '`' || c == '!')
			buf_addf(b, "\\%03o", (unsigned char)c);
		else
			buf_addc(b, c);
	}
	buf_adds(b, "')\"");
}

static void
print_command(const char *command)
{
	struct buf text = { 0 }, shown = { 0 };
	size_t len = strlen(command);
	const struct buf *out = &text;

	if (is_open(command, len)) {
		buf_adds(&text, "sh -c ");
		escape_shell(&text, command);
	} else {
		buf_add(&text, command, len);
	}
	if (isatty(STDOUT_FILENO) == 1 && has_control(&text)) {
		add_printable(&shown, &text);
		out = &shown;
	}
	if (out->len > 0)
		fwrite(out->data, 1, out->len, stdout);
	putchar('\n');
	buf_free(&text);
	buf_free(&shown);
}

static void
run(struct qlog *q)
{
	struct log_table t = { 0 };
	struct place *jobs;
	size_t count;

	qlog_read(&t, q->files, q->file_count);
	jobs = mem_resize(NULL, t.count, sizeof(*jobs));
	count = last_failures(&t, jobs);
	for (size_t i = 0; i < count; i++)
		if (*log_table_command(&t, jobs[i].job) != '\0' && !is_told_by_another(jobs[i].job, jobs, count))
			print_command(log_table_command(&t, jobs[i].job));
	free(jobs);
	log_table_free(&t);
}

static const struct qlog_option options[] = { QLOG_END };

const struct qlog_verb qlog_verb_failed = {
	.name = "failed",
	.arguments = "file ...",
	.help = "prints the commands that failed, ready to be pasted into a shell",
	.options = options,
	.least_files = 1,
	.most_files = SIZE_MAX,
	.run = run,
};
