/*
 * Invariants: an event is one line, and its strings come last, after everything that a viewer reads first: Perfetto's
 * reader looks for `ts` from the front and gives up at an escape that it does not know. Times are shown in whole
 * microseconds since `base_us`, and an event on a thread never begins before the end of the one before. `args` is the
 * record itself, unchanged.
 */
#include "log/trace-events.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/decimal.h"
#include "base/escape.h"
#include "base/mem.h"

enum { PART = 1 << 16, NAME_MOST = 100, PID = 1 };

/* A lane of the table is a thread with the same number. After the last one comes a thread for jobs that never ran. */
struct thread {
	int64_t end_us; /* the end of its last event */
	bool used, is_parent;
};

struct trace {
	FILE *f; /* borrowed */
	const struct log_table *t;
	struct thread *threads; /* owned; by lane, 0 for what never ran */
	struct buf b;           /* not written yet */
	int64_t base_us;        /* shown as 0 */
	bool begun;
	int error; /* of the first write that failed, else 0 */
};

/* The colour of a bar: a name that the format reserves (cname); NULL: the viewer's choice. */
static const char *const colours[OUTCOME_COUNT] = {
	[OUTCOME_FAIL] = "terrible",
	[OUTCOME_SIGNAL] = "terrible",
	[OUTCOME_TIMEOUT] = "bad",
	[OUTCOME_NOTRUN] = "terrible",
	[OUTCOME_INVALID] = "terrible",
	[OUTCOME_HALTED] = "grey",
	[OUTCOME_INTERRUPTED] = "grey",
};

static void
put_out(struct trace *w, size_t least)
{
	if (w->b.len < least || w->b.len == 0)
		return;
	errno = EIO;
	if (w->error == 0 && fwrite(w->b.data, 1, w->b.len, w->f) != w->b.len)
		w->error = errno;
	w->b.len = 0;
}

/* -- Parts of an event --------------------------------------------------------------------------------------------- */

static void
add_string(struct trace *w, const char *name, const char *text, size_t len)
{
	buf_adds(&w->b, name);
	escape_json(&w->b, text, len);
	buf_addc(&w->b, '"');
}

static void
add_number(struct trace *w, const char *name, int64_t n)
{
	buf_adds(&w->b, name);
	decimal_fixed(&w->b, n, 0, 0);
}

/* Begins an event with the members that all events have. The others follow. */
static void
begin(struct trace *w, const char *kind, int64_t time_us, uint32_t tid)
{
	put_out(w, PART);
	buf_adds(&w->b, w->begun ? ",\n{\"ph\":\"" : "[{\"ph\":\"");
	w->begun = true;
	buf_adds(&w->b, kind);
	add_number(w, "\",\"ts\":", time_us);
	add_number(w, ",\"pid\":", PID);
	add_number(w, ",\"tid\":", tid);
}

/* -- Names --------------------------------------------------------------------------------------------------------- */

static void
write_name(struct trace *w, const char *what, uint32_t tid, const char *name)
{
	begin(w, "M", 0, tid);
	add_string(w, ",\"name\":\"", what, strlen(what));
	add_string(w, ",\"args\":{\"name\":\"", name, strlen(name));
	buf_adds(&w->b, "}}");
}

/* Writes the first line. Its label tells the reader that the trace is ours. */
static void
write_label(struct trace *w)
{
	begin(w, "M", 0, PID);
	buf_adds(&w->b, ",\"name\":\"process_labels\",\"args\":{\"labels\":\"records of jobs\"");
	add_number(w, "," TRACE_EVENTS_MARK, TRACE_EVENTS_VERSION);
	buf_adds(&w->b, ",\"epoch_s\":");
	decimal_fixed(&w->b, w->base_us, 6, 0);
	buf_adds(&w->b, "}}");
}

static uint32_t
tid(const struct trace *w, uint32_t lane)
{
	return lane != 0 ? lane : w->t->lanes + 1;
}

static void
write_thread(struct trace *w, uint32_t lane, const char *kind, unsigned number)
{
	char name[32];

	if (!w->threads[lane].used)
		return;
	snprintf(name, sizeof name, lane != 0 ? "%s %u" : "%s", kind, number);
	write_name(w, "thread_name", tid(w, lane), name);
	begin(w, "M", 0, tid(w, lane));
	add_number(w, ",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":", tid(w, lane));
	buf_adds(&w->b, "}}");
}

static void
write_threads(struct trace *w)
{
	unsigned parents = 0;

	for (size_t i = 0; i < w->t->count; i++) {
		struct thread *thread = &w->threads[w->t->jobs[i].lane];

		thread->used = true;
		thread->is_parent = w->t->jobs[i].is_parent;
	}
	for (uint32_t lane = 1; lane <= w->t->lanes; lane++)
		if (w->threads[lane].is_parent)
			write_thread(w, lane, "parent job", ++parents);
		else
			write_thread(w, lane, "slot", lane);
	write_thread(w, 0, "never ran", 0);
}

/* -- Records ------------------------------------------------------------------------------------------------------- */

/* Names the bar: the target, else the beginning of the command. */
static void
add_name(struct trace *w, const struct log_job *job)
{
	const char *name = log_table_target(w->t, job);
	size_t len;

	if (*name == '\0')
		name = log_table_command(w->t, job);
	len = strnlen(name, NAME_MOST + 1);
	if (len <= NAME_MOST) {
		add_string(w, ",\"name\":\"", name, len);
		return;
	}
	/* Not in the middle of a character. */
	for (len = NAME_MOST; len > NAME_MOST - 3 && ((unsigned char)name[len] & 0xc0) == 0x80;)
		len--;
	add_string(w, ",\"name\":\"", name, len);
	w->b.len--;
	buf_adds(&w->b, "\xe2\x80\xa6\"");
}

/* A TRIES or a CODE is known even if it is 0. */
static bool
is_known(int column, int64_t value)
{
	switch (log_columns[column].type) {
	case LOG_TRIES:
	case LOG_CODE:
	case LOG_OUTCOME: return true;
	default: return value != log_column_nothing(column);
	}
}

static void
add_texts(struct trace *w, const struct log_job *job)
{
	for (int i = 0; i < LOG_TEXTS; i++) {
		const char *text = log_table_text(w->t, job, i);

		if (*text != '\0' || log_texts[i].by != LOG_MAKE)
			log_text_add_json(&w->b, i, text, strlen(text));
	}
}

/* As record-jsonl writes it. `left` is always known, and comes first: all others then begin with a comma. */
static void
add_record(struct trace *w, const struct log_job *job)
{
	add_number(w, ",\"args\":{\"left\":", job->left);
	for (int i = 0; i < LOG_COLUMNS; i++) {
		int64_t value = log_column_of(job, i);

		if (i != LOG_COLUMN_left && is_known(i, value))
			log_column_add_json(&w->b, i, value);
	}
	add_texts(w, job);
	buf_adds(&w->b, "}}");
}

/*
 * The time at which a job is shown, in the table's time. It is the job's own, but never before the end of the previous
 * one on its thread: times that were cut off, and clocks that were set, can make jobs overlap a little, and viewers
 * take overlapping events for nested calls.
 */
static void
place(struct trace *w, const struct log_job *job, int64_t *from, int64_t *to)
{
	struct thread *thread = &w->threads[job->lane];

	*from = job->start_us == LOG_UNKNOWN ? w->t->first_us : job->start_us;
	*to = *from + (job->lane != 0 && job->wall_us != LOG_UNKNOWN ? job->wall_us : 0);
	if (*from < thread->end_us)
		*from = thread->end_us;
	if (*to < *from)
		*to = *from;
	thread->end_us = *to;
}

static void
write_job(struct trace *w, const struct log_job *job)
{
	int64_t from, to;

	place(w, job, &from, &to);
	begin(w, "X", from - w->base_us, tid(w, job->lane));
	add_number(w, ",\"dur\":", to - from);
	buf_adds(&w->b, ",\"cat\":\"");
	buf_adds(&w->b, outcome_name(job->outcome));
	buf_adds(&w->b, colours[job->outcome] == NULL ? "\"" : "\",\"cname\":\"");
	if (colours[job->outcome] != NULL) {
		buf_adds(&w->b, colours[job->outcome]);
		buf_addc(&w->b, '"');
	}
	add_name(w, job);
	add_record(w, job);
}

/* -- Counters ------------------------------------------------------------------------------------------------------ */

/* Intervals: when each begins, and when each ends. */
struct stretches {
	int64_t *from, *to; /* owned */
	size_t count;
};

static int
by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void
add_stretch(struct stretches *s, int64_t from, int64_t to)
{
	if (to <= from)
		return;
	s->from[s->count] = from;
	s->to[s->count++] = to;
}

/*
 * The start of the wait for a token, which is the last thing that a job waits for. A start before the epoch, which no
 * clock can have shown, becomes 0.
 */
static int64_t
wait_begins(const struct log_job *job)
{
	return job->start_us > job->token_us ? job->start_us - job->token_us : 0;
}

static bool
has_waited(const struct log_job *job)
{
	return job->start_us != LOG_UNKNOWN && job->token_us > 0;
}

/* Writes the number of intervals at a time, whenever it changes. Frees what `s` owns. */
static void
write_counter(struct trace *w, struct stretches *s, const char *name)
{
	size_t begun = 0, ended = 0, shown = 0;

	qsort(s->from, s->count, sizeof *s->from, by_time);
	qsort(s->to, s->count, sizeof *s->to, by_time);
	while (ended < s->count) {
		int64_t now = begun < s->count && s->from[begun] < s->to[ended] ? s->from[begun] : s->to[ended];

		while (begun < s->count && s->from[begun] == now)
			begun++;
		while (ended < s->count && s->to[ended] == now)
			ended++;
		if (begun - ended == shown)
			continue;
		shown = begun - ended;
		begin(w, "C", now - w->base_us, PID);
		add_number(w, name, (int64_t)shown);
		buf_adds(&w->b, "}}");
	}
	free(s->from);
	free(s->to);
}

static struct stretches
new_stretches(const struct trace *w)
{
	size_t size = w->t->count + 1;

	return (struct stretches){ .from = mem_resize(NULL, size, sizeof(int64_t)),
		.to = mem_resize(NULL, size, sizeof(int64_t)) };
}

/* Parent jobs do no work of their own. */
static void
write_concurrency(struct trace *w)
{
	struct stretches s = new_stretches(w);

	for (size_t i = 0; i < w->t->count; i++) {
		const struct log_job *job = &w->t->jobs[i];

		if (!job->is_parent && job->start_us != LOG_UNKNOWN && job->wall_us > 0)
			add_stretch(&s, job->start_us, job->start_us + job->wall_us);
	}
	write_counter(w, &s, ",\"name\":\"concurrency\",\"args\":{\"jobs\":");
}

static void
write_tokens(struct trace *w)
{
	struct stretches s = new_stretches(w);

	for (size_t i = 0; i < w->t->count; i++)
		if (has_waited(&w->t->jobs[i]))
			add_stretch(&s, wait_begins(&w->t->jobs[i]), w->t->jobs[i].start_us);
	write_counter(w, &s, ",\"name\":\"tokens\",\"args\":{\"waiting\":");
}

/* The earliest time that is shown. */
static int64_t
earliest(const struct trace *w)
{
	int64_t base = w->t->first_us;

	for (size_t i = 0; i < w->t->count; i++)
		if (has_waited(&w->t->jobs[i]) && wait_begins(&w->t->jobs[i]) < base)
			base = wait_begins(&w->t->jobs[i]);
	return base;
}

int
trace_events_write(FILE *f, const struct log_table *t, const char *title)
{
	struct trace w = { .f = f, .t = t };

	w.threads = mem_resize(NULL, (size_t)t->lanes + 1, sizeof *w.threads);
	for (uint32_t lane = 0; lane <= t->lanes; lane++)
		w.threads[lane] = (struct thread){ .end_us = INT64_MIN };
	w.base_us = earliest(&w);
	write_label(&w);
	write_name(&w, "process_name", PID, title);
	write_threads(&w);
	for (size_t i = 0; i < t->count && w.error == 0; i++)
		write_job(&w, &t->jobs[i]);
	if (w.error == 0)
		write_concurrency(&w);
	if (w.error == 0)
		write_tokens(&w);
	buf_adds(&w.b, "\n]\n");
	put_out(&w, 1);
	if (w.error == 0 && fflush(f) == EOF)
		w.error = errno;
	free(w.threads);
	buf_free(&w.b);
	errno = w.error;
	return w.error == 0 ? 0 : -1;
}
