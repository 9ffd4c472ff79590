/* Invariant: looking takes at most a fiftieth of the time. */
#include "pool/escapes.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "job/own-jobs.h"
#include "sys/os.h"

enum { FIRST_MS = 20, MOST_MS = 250, PART = 50, MOST_SHOWN = 60 };

static void
look_again(void *arg)
{
	struct escapes *e = arg;
	int64_t before = clock_mono_ns(), now;
	bool running = e->look(e->arg);

	if (e->loop == NULL || !running)
		return;
	now = clock_mono_ns();
	e->pause_ns = e->pause_ns * 2 < MOST_MS * NS_PER_MS ? e->pause_ns * 2 : MOST_MS * NS_PER_MS;
	if (e->pause_ns < (now - before) * PART)
		e->pause_ns = (now - before) * PART;
	loop_arm(e->loop, &e->timer, now + e->pause_ns);
}

void
escapes_begin(struct escapes *e, struct loop *l, bool (*look)(void *arg), void *arg)
{
	*e = (struct escapes){ .loop = l, .look = look, .arg = arg, .pause_ns = FIRST_MS * NS_PER_MS };
	e->timer = (struct timer){ .fn = look_again, .arg = e };
}

void
escapes_started(struct escapes *e)
{
	if (e->loop != NULL && !e->timer.armed)
		loop_arm(e->loop, &e->timer, clock_mono_ns() + e->pause_ns);
}

void
escapes_end(struct escapes *e)
{
	if (e->loop != NULL)
		loop_disarm(e->loop, &e->timer);
	e->loop = NULL;
}

/* `arg` is a buf. Stores the command line, with blanks between the words, if it is one to report. */
static bool
is_own(void *arg, const char *args, size_t len)
{
	struct buf *b = arg;

	if (!own_jobs(args, len))
		return false;
	for (size_t i = 0; i + 1 < len; i++)
		buf_addc(b, args[i] == '\0' ? ' ' : args[i]);
	return true;
}

bool
escapes_find(pid_t job, char *problem, size_t size)
{
	struct buf b = { 0 };
	bool found = os_find_descendant(job, is_own, &b), cut = b.len > MOST_SHOWN;

	if (found)
		snprintf(problem, size, "\"%.*s%s\" does not share the slots of -J, because it has a -j of its own; %s",
		    (int)(cut ? MOST_SHOWN : b.len), b.data, cut ? "..." : "",
		    getenv("CMAKE_BUILD_PARALLEL_LEVEL") == NULL ? "omit it"
								 : "omit it, and unset CMAKE_BUILD_PARALLEL_LEVEL");
	buf_free(&b);
	return found;
}
