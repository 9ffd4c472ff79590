/*
 * Invariants: after resume_read, `ids` is sorted without duplicates, and left[i] is how many more times ids[i] will be
 * found finished. A sorted array needs 16 bytes for each logged row while it is built (twice as much while it is
 * sorted) and 20 bytes for each identity afterwards; a hash table would need more than 32 just after it has grown.
 */
#include "log/resume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/unescape.h"
#include "log/identity.h"
#include "log/reader.h"
#include "base/mem.h"

struct resume {
	bool failed_again, shell;
	struct identity *ids; /* owned */
	uint32_t *left;       /* owned; one for each of ids */
	size_t count, capacity;
	struct buf words; /* scratch: the words that an identity is made from */
	uint64_t skipped, first_skipped;
};

static int
compare(const void *a, const void *b)
{
	return identity_compare(a, b);
}

static void
add_identity(struct resume *r, struct identity id)
{
	if (r->count == r->capacity) {
		r->capacity = r->capacity == 0 ? 64 : r->capacity + r->capacity / 2;
		r->ids = mem_resize(r->ids, r->capacity, sizeof(*r->ids));
	}
	r->ids[r->count++] = id;
}

/* The identity of a row's command. false: its text is not a list of words. */
static bool
identify_row(struct resume *r, const struct log_row *row, struct identity *id)
{
	struct log_field command = row->text[LOG_TEXT_command];

	if (r->shell) {
		*id = identity_of(command.text, command.len);
		return true;
	}
	r->words.len = 0;
	if (unescape_shell(&r->words, command.text, command.len) == -1)
		return false;
	*id = identity_of(r->words.data, r->words.len);
	return true;
}

/* Is the row's task one that --resume, or --resume-failed, does not run again? */
static bool
is_done(const struct resume *r, const struct log_job *job)
{
	return job->outcome == OUTCOME_OK || (!r->failed_again && outcome_final(job->outcome, job->left));
}

static bool
add_row(struct resume *r, const struct log_row *row)
{
	struct identity id;

	if (!is_done(r, &row->job))
		return true;
	if (!identify_row(r, row, &id))
		return false;
	add_identity(r, id);
	return true;
}

/* -1 with errno. */
static int
read_rows(struct resume *r, struct log_reader *reader)
{
	struct log_row row;
	int got;

	while ((got = log_reader_next(reader, &row)) != -1) {
		if (got == 1 && add_row(r, &row))
			continue;
		if (r->skipped++ == 0)
			r->first_skipped = log_reader_line(reader);
	}
	return errno == 0 ? 0 : -1;
}

/* Sorts the identities and merges duplicates. */
static void
settle(struct resume *r)
{
	size_t kept = 0;

	if (r->count == 0)
		return;
	qsort(r->ids, r->count, sizeof(*r->ids), compare);
	r->left = mem_resize(NULL, r->count, sizeof(*r->left));
	for (size_t i = 0; i < r->count; i++) {
		if (i > 0 && identity_compare(&r->ids[kept - 1], &r->ids[i]) == 0) {
			r->left[kept - 1]++;
			continue;
		}
		r->ids[kept] = r->ids[i];
		r->left[kept++] = 1;
	}
	r->count = r->capacity = kept;
	r->ids = mem_resize(r->ids, kept, sizeof(*r->ids));
	r->left = mem_resize(r->left, kept, sizeof(*r->left));
}

/* A ninja log has no commands, and a trace is not a log that a run can continue. */
static bool
can_resume(const struct log_reader *reader)
{
	const char *format = log_reader_format(reader);

	return strcmp(format, "ninja") != 0 && strcmp(format, "trace") != 0;
}

static int
read_stream(struct resume *r, FILE *f)
{
	struct log_reader *reader = log_reader_new(f);
	int result, error;

	if (reader == NULL) {
		errno = errno == ENOTSUP ? EINVAL : errno;
		return -1;
	}
	errno = EINVAL;
	result = can_resume(reader) ? read_rows(r, reader) : -1;
	error = errno;
	log_reader_free(reader);
	if (result == 0)
		settle(r);
	errno = error;
	return result;
}

/* Is the file missing, or of a kind that does not keep what is written to it? */
static bool
keeps_nothing(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return errno == ENOENT;
	return S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode);
}

static int
read_path(struct resume *r, const char *path)
{
	FILE *f;
	int result, error;

	if (keeps_nothing(path))
		return 0;
	f = fopen(path, "re");
	if (f == NULL)
		return -1;
	result = read_stream(r, f);
	error = errno;
	fclose(f);
	errno = error;
	return result;
}

struct resume *
resume_read(const char *path, bool failed_again, bool shell)
{
	struct resume *r = mem_alloc(sizeof(*r));
	int error;

	r->failed_again = failed_again;
	r->shell = shell;
	if (read_path(r, path) == 0)
		return r;
	error = errno;
	resume_free(r);
	errno = error;
	return NULL;
}

/* The index of id in ids; count: not found. */
static size_t
find(const struct resume *r, struct identity id)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (identity_compare(&r->ids[middle], &id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < r->count && identity_compare(&r->ids[low], &id) == 0 ? low : r->count;
}

static struct identity
identify_command(struct resume *r, const struct command *c)
{
	if (c->shell)
		return identity_of(c->argv[2], strlen(c->argv[2]));
	r->words.len = 0;
	for (size_t i = 0; i < c->argc; i++)
		buf_add(&r->words, c->argv[i], strlen(c->argv[i]) + 1);
	return identity_of(r->words.data, r->words.len);
}

bool
resume_done(struct resume *r, const struct command *c)
{
	size_t place = find(r, identify_command(r, c));

	if (place == r->count || r->left[place] == 0)
		return false;
	r->left[place]--;
	return true;
}

uint64_t
resume_skipped(const struct resume *r, uint64_t *first)
{
	*first = r->first_skipped;
	return r->skipped;
}

void
resume_free(struct resume *r)
{
	if (r == NULL)
		return;
	free(r->ids);
	free(r->left);
	buf_free(&r->words);
	free(r);
}
