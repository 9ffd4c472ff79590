/*
 * Invariants: text[0] is NUL, so 0 is the place of the empty text; every other text follows a NUL and ends before one.
 * Jobs are in the order of the files until log_table_ready.
 */
#include "log/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log/lanes.h"
#include "base/mem.h"

static size_t
add_text(struct log_table *t, const char *text, size_t len)
{
	size_t place = t->text_len, need = place + len + 1;

	if (len == 0)
		return 0;
	if (need > t->text_capacity) {
		t->text_capacity = need + need / 2;
		t->text = mem_resize(t->text, t->text_capacity, 1);
	}
	memcpy(t->text + place, text, len);
	t->text[place + len] = '\0';
	t->text_len = need;
	return place;
}

/* The member of the job that has the place of this text. */
static size_t *
text_of(struct log_job *job, int text)
{
	return (size_t *)(void *)((char *)job + log_texts[text].at);
}

static struct log_job *
new_job(struct log_table *t)
{
	if (t->count == t->capacity) {
		t->capacity = t->capacity == 0 ? 64 : t->capacity + t->capacity / 2;
		t->jobs = mem_resize(t->jobs, t->capacity, sizeof(*t->jobs));
	}
	return &t->jobs[t->count++];
}

static void
add_row(struct log_table *t, const struct log_row *row)
{
	struct log_job *job = new_job(t);

	*job = row->job;
	job->file = t->files;
	for (int i = 0; i < LOG_TEXTS; i++)
		*text_of(job, i) = add_text(t, row->text[i].text, row->text[i].len);
}

/* Adds all rows of the reader. -1 with errno; EINVAL: no line makes sense, so only the first one looked like a log. */
static int
add_rows(struct log_table *t, struct log_reader *reader)
{
	struct log_row row;
	size_t before = t->count;
	uint64_t torn = 0, odd = 0;
	int got;

	while ((got = log_reader_next(reader, &row)) != -1) {
		if (got == 0 && torn++ == 0)
			t->first_torn = log_reader_line(reader);
		if (got == 1)
			add_row(t, &row);
		if (got == 1 && row.job.is_odd && odd++ == 0)
			t->first_odd = log_reader_line(reader);
	}
	t->torn += torn;
	t->odd += odd;
	if (errno != 0)
		return -1;
	if (t->count > before && log_reader_by_end(reader))
		log_jumps_mend(&t->jumps, t->jobs + before, t->count - before);
	errno = EINVAL;
	return t->count > before || torn == 0 || (torn == 1 && !log_reader_whole(reader)) ? 0 : -1;
}

static int
add_reader(struct log_table *t, struct log_reader *reader)
{
	if (*log_reader_format(reader) == '\0') {
		errno = ENODATA;
		return -1;
	}
	return add_rows(t, reader);
}

int
log_table_add(struct log_table *t, FILE *f)
{
	struct log_reader *reader;
	int result, error;

	if (t->files == UINT16_MAX) {
		errno = EMFILE;
		return -1;
	}
	if (t->text == NULL) {
		t->text = mem_alloc(1);
		t->text_len = t->text_capacity = 1;
	}
	t->first_torn = t->first_odd = 0;
	t->jumps = (struct log_jumps){ 0 };
	reader = log_reader_new(f);
	if (reader == NULL)
		return -1;
	result = add_reader(t, reader);
	error = errno;
	log_reader_free(reader);
	t->files++;
	errno = error;
	return result;
}

static int
compare(const void *a, const void *b)
{
	const struct log_job *x = a, *y = b;

	if (x->start_us != y->start_us)
		return x->start_us < y->start_us ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

static bool
is_sorted(const struct log_table *t)
{
	for (size_t i = 1; i < t->count; i++)
		if (compare(&t->jobs[i - 1], &t->jobs[i]) > 0)
			return false;
	return true;
}

/* Sets the interval in which jobs ran. */
static void
set_span(struct log_table *t)
{
	bool any = false;

	t->first_us = t->last_us = 0;
	for (size_t i = 0; i < t->count; i++) {
		const struct log_job *job = &t->jobs[i];
		int64_t end = job->start_us + (job->wall_us > 0 ? job->wall_us : 0);

		if (job->start_us == LOG_UNKNOWN)
			continue;
		if (!any || end > t->last_us)
			t->last_us = end;
		if (!any)
			t->first_us = job->start_us;
		any = true;
	}
}

void
log_table_ready(struct log_table *t)
{
	if (!is_sorted(t))
		qsort(t->jobs, t->count, sizeof(*t->jobs), compare);
	set_span(t);
	t->lanes = log_lanes_make(t->jobs, t->count);
}

const char *
log_table_text(const struct log_table *t, const struct log_job *job, int text)
{
	return t->text + *(const size_t *)(const void *)((const char *)job + log_texts[text].at);
}

const char *
log_table_command(const struct log_table *t, const struct log_job *job)
{
	return t->text + job->command;
}

const char *
log_table_target(const struct log_table *t, const struct log_job *job)
{
	return t->text + job->target;
}

void
log_table_free(struct log_table *t)
{
	free(t->jobs);
	free(t->text);
	*t = (struct log_table){ 0 };
}
