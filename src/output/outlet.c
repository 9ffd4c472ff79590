/*
 * Invariants: - `queue` holds the outputs that have a turn and are in memory, in order of turn; a turn that is neither in the queue nor out is in the
 * spill's index. - `released` is the last turn that is out. The output with turn released + 1 is the head; only the head and `exclusive` write to the
 * sinks, but for whole lines. - nothing is written while a sink is blocked. - `memory` is the sum of store_memory and the struct's own size over all
 * outputs but the head's part in `part`.
 */
#include "output/outlet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "output/sink.h"
#include "output/spill.h"
#include "output/store.h"

enum {
	PLACE_NO_OUTPUT = 1, /* in the index: ended, and wrote nothing; no extent is there */
	LONGEST_HELD_LINE = 1 << 20,
	SMALLEST_EXTENT = 32 << 10, /* a running task's memory is spilled from this on */
};

struct output {
	TAILQ_ENTRY(output) entry;
	struct outlet *outlet;
	uint64_t turn; /* 0: none yet */
	bool ended;
	bool flowing;
	bool mid_line[3]; /* by stream: the tag is not to be put now */
	struct store store;
	struct buf partial
	    [3]; /* line_buffer: by stream, the unfinished line, and before it what was read while another's giant line was out */
	size_t counted; /* of this output in outlet->memory */
	char *tag;      /* owned; NULL */
	void (*flow)(void *arg, bool on);
	void *arg;
};

TAILQ_HEAD(output_queue, output);

struct outlet {
	struct loop *loop;
	struct outlet_config config;
	struct outlet_events events;
	void *arg;
	struct sink sinks[3]; /* [1], [2] */
	bool failure_told[3];
	struct spill *spill;
	struct output_queue queue;   /* with a turn */
	struct output_queue running; /* completion and line_buffer: without one yet */
	struct output
	    *exclusive; /* streams live though it is not the head: a giant line, or the way out of a full spill */
	uint64_t turns, released;
	size_t memory;
	struct buf part; /* of the head, being put out */
	size_t part_at;
	bool full;
	bool pumping;
};

static void pump(struct outlet *o);
static void update_flow(struct outlet *o);

static bool
blocked(const struct outlet *o)
{
	return sink_blocked(&o->sinks[1]) || sink_blocked(&o->sinks[2]);
}

static void
tell_failures(struct outlet *o)
{
	for (int fd = 1; fd <= 2; fd++)
		if (o->sinks[fd].error != 0 && !o->failure_told[fd]) {
			o->failure_told[fd] = true;
			o->events.failed(o->arg, fd, o->sinks[fd].error);
		}
}

static void
emit(struct outlet *o, int stream, const char *bytes, size_t len)
{
	o->events.before_write(o->arg, stream, len > 0 && bytes[len - 1] != '\n');
	sink_write(&o->sinks[stream], bytes, len);
	if (o->sinks[stream].error != 0)
		tell_failures(o);
}

static void
sink_ready(void *arg)
{
	struct outlet *o = arg;

	tell_failures(o);
	pump(o);
	update_flow(o);
	o->events.changed(o->arg);
}

struct outlet *
outlet_new(struct loop *l, const struct outlet_config *config, const struct outlet_events *events, void *arg)
{
	struct outlet *o = mem_alloc(sizeof *o);

	o->loop = l;
	o->config = *config;
	o->events = *events;
	o->arg = arg;
	o->spill = spill_new(config->spill_max_bytes);
	TAILQ_INIT(&o->queue);
	TAILQ_INIT(&o->running);
	if (sink_open(&o->sinks[1], l, STDOUT_FILENO, sink_ready, o) == 0 &&
	    sink_open(&o->sinks[2], l, STDERR_FILENO, sink_ready, o) == 0)
		return o;
	outlet_free(o);
	return NULL;
}

static void
output_free(struct output *out)
{
	out->outlet->memory -= out->counted;
	store_free(&out->store);
	buf_free(&out->partial[1]);
	buf_free(&out->partial[2]);
	free(out->tag);
	free(out);
}

void
outlet_free(struct outlet *o)
{
	struct output *out;

	while ((out = TAILQ_FIRST(&o->queue)) != NULL || (out = TAILQ_FIRST(&o->running)) != NULL) {
		TAILQ_REMOVE(out->turn ? &o->queue : &o->running, out, entry);
		output_free(out);
	}
	sink_close(&o->sinks[1]);
	sink_close(&o->sinks[2]);
	buf_free(&o->part);
	spill_free(o->spill);
	free(o);
}

static struct output *
head(const struct outlet *o)
{
	struct output *first = TAILQ_FIRST(&o->queue);

	return first != NULL && first->turn == o->released + 1 ? first : NULL;
}

/* The one whose bytes go straight out. */
static bool
is_live(const struct output *out)
{
	return out == out->outlet->exclusive || (out == head(out->outlet) && out->outlet->exclusive == NULL);
}

static bool
wants_flow(const struct output *out)
{
	const struct outlet *o = out->outlet;

	if (o->config.line_buffer)
		return !blocked(o) && (o->exclusive == NULL || o->exclusive == out);
	if (is_live(out))
		return !blocked(o);
	return !o->full || store_memory(&out->store) < OUTLET_RUNNING;
}

static void
set_flow(struct output *out)
{
	bool want = wants_flow(out);

	if (want == out->flowing || out->ended)
		return;
	out->flowing = want;
	out->flow(out->arg, want);
}

static void
update_flow(struct outlet *o)
{
	struct output *out, *next;

	TAILQ_FOREACH_SAFE (out, &o->queue, entry, next)
		set_flow(out);
	TAILQ_FOREACH_SAFE (out, &o->running, entry, next)
		set_flow(out);
}

bool
output_may_read(const struct output *out)
{
	return out->flowing;
}

static void
count_memory(struct output *out)
{
	size_t now = sizeof *out + store_memory(&out->store);

	out->outlet->memory += now - out->counted;
	out->counted = now;
}

struct output *
outlet_begin(struct outlet *o, const char *tag, void (*flow)(void *arg, bool on), void *arg)
{
	struct output *out = mem_alloc(sizeof *out);

	*out = (struct output){ .outlet = o, .flow = flow, .arg = arg, .flowing = true };
	if (o->config.tag)
		out->tag = mem_strdup(tag);
	if (o->config.by_completion) {
		TAILQ_INSERT_TAIL(&o->running, out, entry);
	} else {
		out->turn = ++o->turns;
		TAILQ_INSERT_TAIL(&o->queue, out, entry);
	}
	count_memory(out);
	return out;
}

static void
spill_no_more(struct outlet *o)
{
	bool told = o->full;

	o->full = true;
	if (!told) {
		o->events.spill_failed(o->arg, errno);
		update_flow(o);
	}
}

/* Keeps the bounds of memory: what is over them goes to the spill. */
static void
bound_memory(struct output *out)
{
	struct outlet *o = out->outlet;

	if (o->memory <= OUTLET_MEMORY || store_memory(&out->store) < SMALLEST_EXTENT)
		return;
	if (store_flush(&out->store, o->spill) == -1)
		spill_no_more(o);
	else
		o->full = false;
	count_memory(out);
}

static void
hold(struct output *out, int stream, const char *bytes, size_t len)
{
	struct outlet *o = out->outlet;

	store_add(&out->store, stream, bytes, len);
	count_memory(out);
	bound_memory(out);
	set_flow(out);
	/* Nothing else may come to pass when all wait for room: see way_out. */
	if (o->full && !out->flowing) {
		pump(o);
		update_flow(o);
	}
}

/* Bytes in their final form: live when it is its turn and nothing older waits. */
static void
put(struct output *out, int stream, const char *bytes, size_t len)
{
	struct outlet *o = out->outlet;

	if (is_live(out) && store_empty(&out->store) && o->part_at == o->part.len && !blocked(o)) {
		emit(o, stream, bytes, len);
		if (blocked(o))
			update_flow(o);
	} else {
		hold(out, stream, bytes, len);
	}
}

static void
emit_partial(struct output *out, int stream, const char *bytes, size_t len)
{
	struct buf *partial = &out->partial[stream];

	if (partial->len == 0) {
		emit(out->outlet, stream, bytes, len);
		return;
	}
	buf_add(partial, bytes, len);
	emit(out->outlet, stream, partial->data, partial->len);
	partial->len = 0;
	if (partial->capacity > OUTLET_RUNNING)
		buf_free(partial);
}

static void
emit_whole_lines(struct output *out, int stream)
{
	struct buf *partial = &out->partial[stream];
	const char *last = partial->len > 0 ? memrchr(partial->data, '\n', partial->len) : NULL;
	size_t whole;

	if (last == NULL)
		return;
	whole = (size_t)(last - partial->data) + 1;
	emit(out->outlet, stream, partial->data, whole);
	memmove(partial->data, partial->data + whole, partial->len - whole);
	partial->len -= whole;
}

/* Lines of others that were read while the giant one was out, before their pipes could be left alone, come now. */
static void
end_exclusive(struct outlet *o)
{
	struct output_queue *const all[] = { &o->queue, &o->running };
	struct output *out;

	o->exclusive = NULL;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		TAILQ_FOREACH (out, all[i], entry)
			for (int stream = 1; stream <= 2; stream++)
				emit_whole_lines(out, stream);
}

/* Puts whole lines out at once, the first of them perhaps begun earlier; a giant line makes its task exclusive until the line ends. */
static void
put_lines(struct output *out, int stream, const char *bytes, size_t len)
{
	struct outlet *o = out->outlet;
	const char *last = memrchr(bytes, '\n', len);
	size_t whole = last != NULL ? (size_t)(last - bytes) + 1 : 0;

	if (o->exclusive != NULL && o->exclusive != out) {
		buf_add(&out->partial[stream], bytes, len);
		return;
	}
	if (o->exclusive == out && last == NULL)
		whole = len;
	if (whole > 0)
		emit_partial(out, stream, bytes, whole);
	if (last != NULL && o->exclusive == out) {
		end_exclusive(o);
		pump(o);
	}
	buf_add(&out->partial[stream], bytes + whole, len - whole);
	if (out->partial[stream].len > LONGEST_HELD_LINE && o->exclusive == NULL) {
		o->exclusive = out;
		emit_partial(out, stream, "", 0);
	}
	update_flow(o);
}

static void
deliver(struct output *out, int stream, const char *bytes, size_t len)
{
	if (out->outlet->config.line_buffer)
		put_lines(out, stream, bytes, len);
	else
		put(out, stream, bytes, len);
}

/* Puts the tag before each line's begin, into one piece. */
static void
deliver_tagged(struct output *out, int stream, const char *bytes, size_t len)
{
	struct buf b = { 0 };

	while (len > 0) {
		const char *newline = memchr(bytes, '\n', len);
		size_t n = newline != NULL ? (size_t)(newline - bytes) + 1 : len;

		if (!out->mid_line[stream]) {
			buf_adds(&b, out->tag);
			buf_addc(&b, '\t');
		}
		buf_add(&b, bytes, n);
		out->mid_line[stream] = newline == NULL;
		bytes += n;
		len -= n;
	}
	deliver(out, stream, b.data, b.len);
	buf_free(&b);
}

void
output_feed(struct output *out, int stream, const char *bytes, size_t len)
{
	if (len == 0)
		return;
	if (out->tag != NULL) {
		deliver_tagged(out, stream, bytes, len);
	} else {
		out->mid_line[stream] = bytes[len - 1] != '\n';
		deliver(out, stream, bytes, len);
	}
}

/* Where lines are the unit a last one without a newline gets one, lest the next task's line be glued to it. */
static void
end_line(struct output *out, int stream)
{
	const struct outlet_config *c = &out->outlet->config;

	if (out->mid_line[stream] && (c->tag || c->line_buffer))
		deliver(out, stream, "\n", 1);
	out->mid_line[stream] = false;
}

void
output_record(struct output *out, int stream, const char *bytes, size_t len)
{
	if (len == 0)
		return;
	/* A text that begins in the middle of a line could not be read back. */
	if (out->mid_line[stream])
		deliver(out, stream, "\n", 1);
	out->mid_line[stream] = false;
	put(out, stream, bytes, len);
}

/* An ended output that must wait leaves the memory when that is full: all that stays is its entry in the index. */
static bool
spill_ended(struct output *out)
{
	struct outlet *o = out->outlet;
	uint64_t place;

	if (o->memory <= OUTLET_MEMORY)
		return false;
	if (store_flush(&out->store, o->spill) == -1) {
		spill_no_more(o);
		return false;
	}
	count_memory(out);
	place = out->store.first != 0 ? out->store.first : PLACE_NO_OUTPUT;
	if (spill_index_put(o->spill, out->turn, o->released + 1, place) == -1) {
		spill_no_more(o);
		return false;
	}
	o->full = false;
	TAILQ_REMOVE(&o->queue, out, entry);
	output_free(out);
	return true;
}

void
output_end(struct output *out)
{
	struct outlet *o = out->outlet;

	end_line(out, 1);
	end_line(out, 2);
	if (o->exclusive == out)
		end_exclusive(o);
	out->ended = true;
	if (out->turn == 0) {
		out->turn = ++o->turns;
		TAILQ_REMOVE(&o->running, out, entry);
		TAILQ_INSERT_TAIL(&o->queue, out, entry);
	}
	if (out == head(o) || out->partial[1].len + out->partial[2].len > 0 || !spill_ended(out))
		pump(o);
	update_flow(o);
}

/* Brings the next turn back from the spill, as an ended output at the head of the queue. */
static bool
recall(struct outlet *o)
{
	uint64_t place = o->released < o->turns ? spill_index_take(o->spill, o->released + 1) : 0;
	struct output *out;

	if (place == 0)
		return false;
	out = mem_alloc(sizeof *out);
	*out = (struct output){ .outlet = o, .turn = o->released + 1, .ended = true };
	if (place == UINT64_MAX)
		o->events.lost(o->arg, errno);
	else if (place != PLACE_NO_OUTPUT)
		out->store.first = out->store.last = place;
	TAILQ_INSERT_HEAD(&o->queue, out, entry);
	count_memory(out);
	return true;
}

/* Puts out what is left of the part in hand, then takes the next. false: nothing more now. */
static bool
pump_part(struct outlet *o, struct output *out)
{
	const char *bytes;
	size_t len;
	int stream, got;

	while (!blocked(o) && segment_next(&o->part, &o->part_at, &stream, &bytes, &len))
		emit(o, stream, bytes, len);
	if (blocked(o))
		return false;
	o->part.len = o->part_at = 0;
	got = store_take(&out->store, o->spill, &o->part);
	if (got == -1)
		o->events.lost(o->arg, errno);
	count_memory(out);
	if (got == 1)
		o->full = false;
	return got != 0;
}

/* In order `completion` nobody streams live: when the spill is full and nothing ended waits, one must, or none could ever end. */
static struct output *
way_out(struct outlet *o)
{
	struct output *out;

	if (!o->config.by_completion || o->config.line_buffer || !o->full)
		return NULL;
	if (o->exclusive == NULL)
		TAILQ_FOREACH (out, &o->running, entry)
			if (!out->flowing) {
				o->exclusive = out;
				break;
			}
	return o->exclusive;
}

static void
release(struct outlet *o, struct output *out)
{
	o->released = out->turn;
	TAILQ_REMOVE(&o->queue, out, entry);
	output_free(out);
	/* Whoever could not spill may try again. */
	if (o->memory <= OUTLET_MEMORY)
		o->full = false;
}

static void
pump(struct outlet *o)
{
	struct output *out;

	if (o->pumping)
		return;
	o->pumping = true;
	while (!blocked(o)) {
		if (o->exclusive != NULL && o->config.line_buffer)
			break;
		out = o->exclusive != NULL ? o->exclusive : head(o);
		if (out == NULL && recall(o))
			continue;
		if (out == NULL && (out = way_out(o)) == NULL)
			break;
		if (pump_part(o, out))
			continue;
		if (blocked(o) || !out->ended)
			break;
		release(o, out);
		if (head(o) != NULL)
			set_flow(head(o));
	}
	o->pumping = false;
}

void
outlet_write(struct outlet *o, int fd, const char *bytes, size_t len)
{
	emit(o, fd, bytes, len);
}

bool
outlet_full(const struct outlet *o)
{
	return o->full || (o->config.line_buffer && blocked(o));
}

bool
outlet_idle(const struct outlet *o)
{
	return !blocked(o) && o->released == o->turns;
}

uint64_t
outlet_lost(const struct outlet *o, int fd)
{
	return o->sinks[fd].lost;
}
