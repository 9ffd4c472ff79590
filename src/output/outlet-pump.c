/* Writes waiting output in the order of turns. Invariant: does not call itself, not even through an event. */
#include "output/outlet-private.h"

#include <errno.h>

#include "base/mem.h"

/* Brings the output of the next turn back from the spill, as an ended one at the front of the queue. */
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
	outlet_count_memory(out);
	return true;
}

/* Writes what is left of the current part, then takes the next one. false: nothing more can be written now. */
static bool
pump_part(struct outlet *o, struct output *out)
{
	const char *bytes;
	size_t len;
	int stream, got;

	while (!outlet_blocked(o) && segment_next(&o->part, &o->part_at, &stream, &bytes, &len))
		outlet_emit(o, stream, bytes, len);
	if (outlet_blocked(o))
		return false;
	o->part.len = o->part_at = 0;
	got = store_take(&out->store, o->spill, &o->part);
	if (got == -1)
		o->events.lost(o->arg, errno);
	outlet_count_memory(out);
	if (got == 1)
		o->full = false;
	return got != 0;
}

/*
 * In order of completion no output streams live. If the spill is full and no ended output waits, one task must stream,
 * or no task could ever end. Returns it; NULL: none is needed.
 */
static struct output *
choose_exclusive(struct outlet *o)
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
	outlet_free_output(out);
	/* An output that could not be spilled may be tried again. */
	if (o->memory <= OUTLET_MEMORY)
		o->full = false;
}

void
outlet_pump(struct outlet *o)
{
	struct output *out;

	if (o->pumping)
		return;
	o->pumping = true;
	while (!outlet_blocked(o)) {
		if (o->exclusive != NULL && o->config.line_buffer)
			break;
		out = o->exclusive != NULL ? o->exclusive : outlet_head(o);
		if (out == NULL && recall(o))
			continue;
		if (out == NULL && (out = choose_exclusive(o)) == NULL)
			break;
		if (pump_part(o, out))
			continue;
		if (outlet_blocked(o) || !out->ended)
			break;
		release(o, out);
		if (outlet_head(o) != NULL)
			outlet_set_flow(outlet_head(o));
	}
	o->pumping = false;
}
