/* What may be written to the sinks now, and which tasks are read from. */
#include "output/outlet-private.h"

bool
outlet_blocked(const struct outlet *o)
{
	return sink_blocked(&o->sinks[1]) || sink_blocked(&o->sinks[2]);
}

void
outlet_report_failures(struct outlet *o)
{
	for (int fd = 1; fd <= 2; fd++)
		if (o->sinks[fd].error != 0 && !o->failure_reported[fd]) {
			o->failure_reported[fd] = true;
			o->events.failed(o->arg, fd, o->sinks[fd].error);
		}
}

void
outlet_emit(struct outlet *o, int stream, const char *bytes, size_t len)
{
	o->events.before_write(o->arg, stream, len > 0 && bytes[len - 1] != '\n');
	sink_write(&o->sinks[stream], bytes, len);
	if (o->sinks[stream].error != 0)
		outlet_report_failures(o);
}

struct output *
outlet_head(const struct outlet *o)
{
	struct output *first = TAILQ_FIRST(&o->queue);

	return first != NULL && first->turn == o->released + 1 ? first : NULL;
}

bool
outlet_is_live(const struct output *out)
{
	const struct outlet *o = out->outlet;

	return out == o->exclusive || (out == outlet_head(o) && o->exclusive == NULL);
}

static bool
wants_flow(const struct output *out)
{
	const struct outlet *o = out->outlet;

	if (o->config.line_buffer)
		return !outlet_blocked(o) && (o->exclusive == NULL || o->exclusive == out);
	if (outlet_is_live(out))
		return !outlet_blocked(o);
	return !o->full || store_memory(&out->store) < OUTLET_RUNNING;
}

void
outlet_set_flow(struct output *out)
{
	bool want = wants_flow(out);

	if (want == out->flowing || out->ended)
		return;
	out->flowing = want;
	out->flow(out->arg, want);
}

void
outlet_update_flow(struct outlet *o)
{
	struct output *out, *next;

	TAILQ_FOREACH_SAFE (out, &o->queue, entry, next)
		outlet_set_flow(out);
	TAILQ_FOREACH_SAFE (out, &o->running, entry, next)
		outlet_set_flow(out);
}
