/*
 * qlog failed: the commands that failed, in a form that a shell takes.
 *
 * A record's command is a list of quoted words or a shell line. Both are what a shell reads, so they are printed
 * unchanged, including bytes that are not text. There are two exceptions. A line whose end a shell would not find, so
 * that it would take in the next one too, or that would end or change the shell into which it is pasted, is given to a
 * shell of its own. And on a terminal, control bytes are written in a form that the terminal does not obey and the
 * shell still understands.
 */
#include "qlog/qlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/unescape.h"
#include "base/mem.h"

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

/* Would a shell read past its end, because of a quote or of a last backslash? */
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

/* The length of the word that begins here, quotes and backslashes included. Every quote that is opened is closed. */
static size_t
word_length(const char *text)
{
	size_t n = 0;
	char quote = '\0';

	for (; text[n] != '\0' && (quote != '\0' || strchr(" \t\n;&|()<>", text[n]) == NULL); n++) {
		if (text[n] == quote)
			quote = '\0';
		else if (quote == '\0' && (text[n] == '\'' || text[n] == '"'))
			quote = text[n];
		else if (text[n] == '\\' && quote != '\'' && text[n + 1] != '\0')
			n++;
	}
	return n;
}

/* Words that end the shell, change it for the next line, or begin something that only another word ends. */
static bool
is_for_own_shell(const char *word, size_t len)
{
	static const char *const words[] = { "!", ".", "alias", "break", "case", "cd", "command", "continue", "eval",
		"exec", "exit", "export", "for", "if", "readonly", "return", "set", "shift", "trap", "ulimit", "umask",
		"unalias", "unset", "until", "while", "{" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0)
			return true;
	return false;
}

/*
 * Does the line have such a word where a command begins, or a parenthesis, a here-document, or an operator as its last
 * word?
 */
static bool
needs_own_shell(const char *at)
{
	const char *last = "";
	bool begins = true;

	while (*(at += strspn(at, " \t")) != '\0') {
		size_t n = word_length(at);

		if ((begins && (*at == '(' || is_for_own_shell(at, n))) || strncmp(at, "<<", 2) == 0)
			return true;
		last = at;
		begins = n == 0 && strchr("<>", *at) == NULL;
		at += n > 0 ? n : 1 + (at[1] == at[0]);
	}
	return *last == '|' || strncmp(last, "&&", 2) == 0;
}

/* Does it have anything but printable characters, newlines and tabs? */
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

		if (c < ' ' || c > '~' || c == '\'' || c == '\\' || c == '%' || c == '"' || c == '$' || c == '`' ||
		    c == '!')
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

	if (is_open(command, len) || needs_own_shell(command)) {
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
