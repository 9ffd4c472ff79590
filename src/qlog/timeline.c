/*
 * qlog timeline: one line for each slot that shows, from left to right, how busy it was.
 *
 * A column is a part of the wall time. The height of its block is how much of this time the slot was busy. Parent jobs
 * are left out, as in the summary.
 */
#include "qlog/qlog.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/sums.h"
#include "base/mem.h"

enum { LABEL = 6, NARROWEST = 20, WIDTH_UNSEEN = 80 };

/* The characters for columns. */
struct pens {
	const char *const *levels; /* from idle to busy */
	size_t level_count;
	const char *failed; /* a job failed here */
};

static const char *const blocks[] = { " ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587",
	"\u2588" };
static const char *const letters[] = { " ", ".", ":", "=", "#" };
static const struct pens block_pens = { blocks, sizeof(blocks) / sizeof(blocks[0]), "\u00d7" };
static const struct pens letter_pens = { letters, sizeof(letters) / sizeof(letters[0]), "x" };

struct cell {
	double busy; /* 0 to 1; in the last line, the number of jobs */
	bool failed;
};

struct timeline {
	const struct log_table *table;
	const struct pens *pens;
	size_t width; /* columns, without the label */
	uint32_t slots;
	int64_t first_us, wall_us;
	struct cell *cells; /* owned; slots + 1 lines of `width` cells; the last line is for all slots */
};

static bool
counts(const struct log_job *job)
{
	return job->lane != 0 && !job->is_parent;
}

static struct cell *
line_of(const struct timeline *t, uint32_t lane)
{
	return t->cells + (size_t)(lane - 1) * t->width;
}

/* The position of a moment, in columns from the left. */
static double
place(const struct timeline *t, int64_t at_us)
{
	return (double)(at_us - t->first_us) * (double)t->width / (double)t->wall_us;
}

static void
add_job(struct timeline *t, const struct log_job *job)
{
	double from = place(t, job->start_us), to = place(t, job->start_us + job->wall_us);
	size_t column = (size_t)from < t->width ? (size_t)from : t->width - 1, last = column;
	struct cell *line = line_of(t, job->lane), *all = line_of(t, t->slots + 1);

	for (; column < t->width && (double)column < to; column++) {
		double begin = (double)column > from ? (double)column : from,
		       end = (double)(column + 1) < to ? (double)(column + 1) : to;

		line[column].busy += end - begin;
		all[column].busy += end - begin;
		last = column;
	}
	line[last].failed |= job->outcome != OUTCOME_OK;
	all[last].failed |= job->outcome != OUTCOME_OK;
}

/* Finds the slots in which jobs ran, and the time span. */
static void
measure(struct timeline *t)
{
	int64_t last_us = 0;

	for (size_t i = 0; i < t->table->count; i++) {
		const struct log_job *job = &t->table->jobs[i];

		if (!counts(job))
			continue;
		if (t->slots == 0)
			t->first_us = job->start_us;
		if (t->slots == 0 || job->start_us + job->wall_us > last_us)
			last_us = job->start_us + job->wall_us;
		if (job->lane > t->slots)
			t->slots = job->lane;
	}
	t->wall_us = last_us > t->first_us ? last_us - t->first_us : 1;
}

static void
add_cell(struct buf *b, const struct pens *pens, const struct cell *cell, double most)
{
	size_t highest = pens->level_count - 1, level = (size_t)(cell->busy / most * (double)highest + 0.5);

	if (cell->failed)
		buf_adds(b, pens->failed);
	else if (level == 0 && cell->busy > 0)
		buf_adds(b, pens->levels[1]);
	else
		buf_adds(b, pens->levels[level < highest ? level : highest]);
}

/* Prints one line: a label and the columns. */
static void
print_line(const struct timeline *t, const char *label, const struct cell *line, double most)
{
	struct buf b = { 0 };

	buf_addf(&b, "%*s ", LABEL - 1, label);
	for (size_t i = 0; i < t->width; i++)
		add_cell(&b, t->pens, &line[i], most);
	while (b.len > 0 && b.data[b.len - 1] == ' ')
		b.len--;
	buf_addc(&b, '\n');
	fwrite(b.data, 1, b.len, stdout);
	buf_free(&b);
}

/* Prints the times at the left and the right edge. */
static void
print_scale(const struct timeline *t)
{
	struct buf b = { 0 };

	log_sums_duration(&b, t->wall_us);
	printf("%*s 0%*.*s\n", LABEL - 1, "", (int)t->width - 1, (int)b.len, b.data);
	buf_free(&b);
}

static void
draw(struct timeline *t)
{
	char label[16];

	t->cells = mem_alloc((size_t)(t->slots + 1) * t->width * sizeof(*t->cells));
	for (size_t i = 0; i < t->table->count; i++)
		if (counts(&t->table->jobs[i]))
			add_job(t, &t->table->jobs[i]);
	print_scale(t);
	for (uint32_t lane = 1; lane <= t->slots; lane++) {
		snprintf(label, sizeof(label), "%" PRIu32, lane);
		print_line(t, label, line_of(t, lane), 1);
	}
	print_line(t, "all", line_of(t, t->slots + 1), t->slots);
	free(t->cells);
}

/* As wide as the window, with blocks if the locale can show them. */
static void
choose(struct timeline *t, size_t width)
{
	size_t window = qlog_window();

	t->pens = window > 0 && strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? &block_pens : &letter_pens;
	if (width == 0)
		width = window > 0 ? window : WIDTH_UNSEEN;
	t->width = (width < NARROWEST ? NARROWEST : width) - LABEL;
}

static void
run(struct qlog *q)
{
	struct log_table table = { 0 };
	struct timeline t = { .table = &table };

	qlog_read(&table, q->files, q->file_count);
	choose(&t, (size_t)q->args.width);
	measure(&t);
	if (t.slots > 0)
		draw(&t);
	else
		puts("Nothing ran.");
	log_table_free(&table);
}

static const struct cli_option options[] = {
	CLI_NUMBER("w", "width", "N", struct qlog_args, width, NARROWEST, 10000,
	    "columns (default: the terminal's width, or 80)"),
	CLI_END,
};

const struct qlog_verb qlog_verb_timeline = {
	.cli = {
	    .name = "timeline",
	    .arguments = "file ...",
	    .help = "draw in the terminal how busy each slot was",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = SIZE_MAX,
	},
	.run = run,
};
