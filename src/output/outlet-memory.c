/* Bounds the memory of waiting output: what exceeds it goes to the spill. */
#include "output/outlet-private.h"

#include <errno.h>
#include <stdlib.h>

enum { SMALLEST_EXTENT = 32 << 10 }; /* bytes: a running task with less in memory is not worth an extent */

void
outlet_count_memory(struct output *out)
{
	size_t now = sizeof *out + store_memory(&out->store);

	out->outlet->memory += now - out->counted;
	out->counted = now;
}

static void
spill_failed(struct outlet *o)
{
	bool reported = o->full;

	o->full = true;
	if (!reported) {
		o->events.spill_failed(o->arg, errno);
		outlet_update_flow(o);
	}
}

void
outlet_bound_memory(struct output *out)
{
	struct outlet *o = out->outlet;

	if (o->memory <= OUTLET_MEMORY || store_memory(&out->store) < SMALLEST_EXTENT)
		return;
	if (store_flush(&out->store, o->spill) == -1)
		spill_failed(o);
	else
		o->full = false;
	outlet_count_memory(out);
}

bool
outlet_spill_ended(struct output *out)
{
	struct outlet *o = out->outlet;
	uint64_t place;

	if (o->memory <= OUTLET_MEMORY)
		return false;
	if (store_flush(&out->store, o->spill) == -1) {
		spill_failed(o);
		return false;
	}
	outlet_count_memory(out);
	place = out->store.first != 0 ? out->store.first : PLACE_NO_OUTPUT;
	if (spill_index_put(o->spill, out->turn, o->released + 1, place) == -1) {
		spill_failed(o);
		return false;
	}
	o->full = false;
	TAILQ_REMOVE(&o->queue, out, entry);
	outlet_free_output(out);
	return true;
}

void
outlet_free_output(struct output *out)
{
	out->outlet->memory -= out->counted;
	store_free(&out->store);
	buf_free(&out->partial[1]);
	buf_free(&out->partial[2]);
	free(out->tag);
	free(out);
}
