/* Line-buffered output: whole lines of all tasks are written as they arrive. */
#include "output/outlet-private.h"

#include <string.h>

enum { LONGEST_BUFFERED_LINE = 1 << 20 }; /* bytes; a longer line is written in pieces, by an exclusive output */

static void
emit_partial(struct output *out, int stream, const char *bytes, size_t len)
{
	struct buf *partial = &out->partial[stream];

	if (partial->len == 0) {
		outlet_emit(out->outlet, stream, bytes, len);
		return;
	}
	buf_add(partial, bytes, len);
	outlet_emit(out->outlet, stream, partial->data, partial->len);
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
	outlet_emit(out->outlet, stream, partial->data, whole);
	memmove(partial->data, partial->data + whole, partial->len - whole);
	partial->len -= whole;
}

void
outlet_end_exclusive(struct outlet *o)
{
	struct output_queue *const all[] = { &o->queue, &o->running };
	struct output *out;

	o->exclusive = NULL;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		TAILQ_FOREACH (out, all[i], entry)
			for (int stream = 1; stream <= 2; stream++)
				emit_whole_lines(out, stream);
}

void
outlet_put_lines(struct output *out, int stream, const char *bytes, size_t len)
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
		outlet_end_exclusive(o);
		outlet_pump(o);
	}
	buf_add(&out->partial[stream], bytes + whole, len - whole);
	if (out->partial[stream].len > LONGEST_BUFFERED_LINE && o->exclusive == NULL) {
		o->exclusive = out;
		emit_partial(out, stream, "", 0);
	}
	outlet_update_flow(o);
}
