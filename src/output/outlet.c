/* The interface of the outlet: outputs of tasks begin, are fed, and end. */
#include "output/outlet.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "output/outlet-private.h"

static void
sink_ready(void *arg)
{
	struct outlet *o = arg;

	outlet_report_failures(o);
	outlet_pump(o);
	outlet_update_flow(o);
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
	sink_open(&o->sinks[1], l, STDOUT_FILENO, sink_ready, o);
	sink_open(&o->sinks[2], l, STDERR_FILENO, sink_ready, o);
	return o;
}

void
outlet_free(struct outlet *o)
{
	struct output *out;

	while ((out = TAILQ_FIRST(&o->queue)) != NULL || (out = TAILQ_FIRST(&o->running)) != NULL) {
		TAILQ_REMOVE(out->turn ? &o->queue : &o->running, out, entry);
		outlet_free_output(out);
	}
	sink_close(&o->sinks[1]);
	sink_close(&o->sinks[2]);
	buf_free(&o->part);
	spill_free(o->spill);
	free(o);
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
	outlet_count_memory(out);
	return out;
}

bool
output_may_read(const struct output *out)
{
	return out->flowing;
}

static void
wait_in_store(struct output *out, int stream, const char *bytes, size_t len)
{
	struct outlet *o = out->outlet;

	store_add(&out->store, stream, bytes, len);
	outlet_count_memory(out);
	outlet_bound_memory(out);
	outlet_set_flow(out);
	/* If every task waits for free space, no other event may follow, so an exclusive output must be chosen here. */
	if (o->full && !out->flowing) {
		outlet_pump(o);
		outlet_update_flow(o);
	}
}

/* Takes bytes in their final form: writes them if the output is live and nothing older waits. */
static void
put(struct output *out, int stream, const char *bytes, size_t len)
{
	struct outlet *o = out->outlet;

	if (outlet_is_live(out) && store_empty(&out->store) && o->part_at == o->part.len && !outlet_blocked(o)) {
		outlet_emit(o, stream, bytes, len);
		if (outlet_blocked(o))
			outlet_update_flow(o);
	} else {
		wait_in_store(out, stream, bytes, len);
	}
}

static void
deliver(struct output *out, int stream, const char *bytes, size_t len)
{
	if (out->outlet->config.line_buffer)
		outlet_put_lines(out, stream, bytes, len);
	else
		put(out, stream, bytes, len);
}

/* Puts the tag in front of each line, and delivers all lines in one piece. */
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

/*
 * With tags or line_buffer a last line without a newline gets one, so that the next task does not continue that line.
 */
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
	/* A record that begins in the middle of a line could not be read. */
	if (out->mid_line[stream])
		deliver(out, stream, "\n", 1);
	out->mid_line[stream] = false;
	put(out, stream, bytes, len);
}

void
output_end(struct output *out)
{
	struct outlet *o = out->outlet;

	end_line(out, 1);
	end_line(out, 2);
	if (o->exclusive == out)
		outlet_end_exclusive(o);
	out->ended = true;
	if (out->turn == 0) {
		out->turn = ++o->turns;
		TAILQ_REMOVE(&o->running, out, entry);
		TAILQ_INSERT_TAIL(&o->queue, out, entry);
	}
	if (out == outlet_head(o) || out->partial[1].len + out->partial[2].len > 0 || !outlet_spill_ended(out))
		outlet_pump(o);
	outlet_update_flow(o);
}

void
outlet_write(struct outlet *o, int fd, const char *bytes, size_t len)
{
	outlet_emit(o, fd, bytes, len);
}

bool
outlet_full(const struct outlet *o)
{
	return o->full || (o->config.line_buffer && outlet_blocked(o));
}

bool
outlet_idle(const struct outlet *o)
{
	return !outlet_blocked(o) && o->released == o->turns;
}

uint64_t
outlet_lost(const struct outlet *o, int fd)
{
	return o->sinks[fd].lost;
}

bool
outlet_reader_gone(const struct outlet *o)
{
	return sink_reader_gone(&o->sinks[1]) || sink_reader_gone(&o->sinks[2]);
}
