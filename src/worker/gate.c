/* Invariant: once next_mono_ns has passed, only load and memory can close the gate. */
#include "worker/gate.h"

#include <errno.h>

#include "base/clock.h"
#include "sys/os.h"

enum { ASK_AGAIN_MS = 250, FIRST_REFUSAL_MS = 10, MOST_DOUBLINGS = 6, OWN_MS = 500, OTHERS_MS = 10000 };

static enum gate_reason
closed(struct gate *g, enum gate_reason why, int64_t now_mono_ns, int64_t wait_ns)
{
	g->why = why;
	g->next_mono_ns = now_mono_ns + wait_ns;
	return why;
}

/*
 * The load average lags behind: it does not contain the jobs of this second yet, so each of them counts as one. make
 * does the same, for the same reason (GNU make 4.3, job.c, load_too_high).
 */
static bool
load_is_high(struct gate *g, int64_t now_mono_ns)
{
	double make_load = g->idle ? -1 : g->make_load, load;

	if ((g->load < 0 && make_load < 0) || os_load(&g->seen_load) == -1)
		return false;
	if (now_mono_ns - g->second_mono_ns > NS_PER_S) {
		g->second_mono_ns = now_mono_ns;
		g->recent = 0;
	}
	load = g->seen_load + g->recent;
	g->seen_limit = g->load >= 0 && load >= g->load ? g->load : make_load;
	return g->seen_limit >= 0 && load >= g->seen_limit;
}

static bool
memory_is_low(struct gate *g)
{
	return g->memfree_bytes != 0 && os_memory_free(&g->seen_bytes) == 0 && g->seen_bytes < g->memfree_bytes;
}

enum gate_reason
gate_ask(struct gate *g, int64_t now_mono_ns, int64_t *wait_ns)
{
	enum gate_reason why = GATE_OPEN;
	/* When the last job has ended, the load of make does not matter any more. */
	bool freed = g->idle && g->why == GATE_LOAD && g->load < 0;

	if (now_mono_ns < g->next_mono_ns && !freed)
		why = g->why;
	else if (load_is_high(g, now_mono_ns))
		why = closed(g, GATE_LOAD, now_mono_ns, ASK_AGAIN_MS * NS_PER_MS);
	else if (memory_is_low(g))
		why = closed(g, GATE_MEMORY, now_mono_ns, ASK_AGAIN_MS * NS_PER_MS);
	*wait_ns = why == GATE_OPEN ? 0 : g->next_mono_ns - now_mono_ns;
	return why;
}

void
gate_started(struct gate *g, int64_t now_mono_ns)
{
	g->refusals = 0;
	g->recent++;
	if (g->delay_ns > 0)
		closed(g, GATE_DELAY, now_mono_ns, g->delay_ns);
}

void
gate_refused(struct gate *g, int64_t now_mono_ns)
{
	int64_t wait_ns = FIRST_REFUSAL_MS * NS_PER_MS << (g->refusals < MOST_DOUBLINGS ? g->refusals : MOST_DOUBLINGS);

	if (g->refusals == 0)
		g->refused_mono_ns = now_mono_ns;
	g->refusals++;
	closed(g, GATE_SYSTEM, now_mono_ns, wait_ns);
}

bool
gate_is_stuck(const struct gate *g, int error, int64_t now_mono_ns)
{
	/* Only this process can make fds of its own available; anything else may also depend on other processes. */
	int64_t patience_ns = error == EMFILE ? OWN_MS * NS_PER_MS : OTHERS_MS * NS_PER_MS;

	return g->refusals > 0 && now_mono_ns - g->refused_mono_ns >= patience_ns;
}

void
gate_relieved(struct gate *g)
{
	if (g->why == GATE_SYSTEM)
		g->next_mono_ns = 0;
}
