/* Invariant: nothing is printed that rows do not have, or that depends on it. */
#include "log/sums.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"

static int64_t
percent(int64_t part, int64_t whole)
{
	return whole > 0 ? (int64_t)((double)part * 100 / (double)whole + 0.5) : 0;
}

static int64_t
slots_us(const struct log_sums *s)
{
	return s->busy_us + s->idle_us;
}

const char *
log_sums_cause(const struct log_sums *s)
{
	static const char *const words[] = { "none", "longest", "slots", "tokens", "tasks", "end", "other", "untold" };

	return words[s->cause];
}

void
log_sums_duration(struct buf *b, int64_t us)
{
	int64_t ms = us / 1000, s = ms / 1000;

	if (us == LOG_UNKNOWN)
		buf_adds(b, "-");
	else if (s < 10)
		buf_addf(b, "%" PRId64 ".%03d s", s, (int)(ms % 1000));
	else if (s < 100)
		buf_addf(b, "%" PRId64 ".%d s", s, (int)(ms % 1000 / 100));
	else if (s < 3600)
		buf_addf(b, "%" PRId64 ":%02d min", s / 60, (int)(s % 60));
	else
		buf_addf(b, "%" PRId64 ":%02d h", s / 3600, (int)(s / 60 % 60));
}

/* "Slots were idle for 12% of their time " */
static void
add_idleness(struct buf *b, const struct log_sums *s, int64_t idle_us)
{
	buf_addf(b, "Slots were idle for %" PRId64 "%% of their time ", percent(idle_us, slots_us(s)));
}

static void
add_slots(struct buf *b, const struct log_sums *s)
{
	if (s->slots == 1)
		buf_addf(b,
		    "The one slot was busy for %" PRId64
		    "%% of the time: more slots would help, if there are processors for them.",
		    percent(s->busy_us, slots_us(s)));
	else
		buf_addf(b,
		    "The %" PRIu32 " slots were busy for %" PRId64
		    "%% of the time: more slots would help, if there are processors for them.",
		    s->slots, percent(s->busy_us, slots_us(s)));
}

static void
add_longest(struct buf *b, const struct log_sums *s)
{
	buf_adds(b, "The longest job alone took ");
	log_sums_duration(b, s->longest_us);
	buf_adds(b, " of ");
	log_sums_duration(b, s->wall_us);
	buf_adds(b, ": only a shorter one would make the run shorter.");
}

static void
add_tasks(struct buf *b, const struct log_sums *s)
{
	/* Pauses of all slots, as between two runs in one log. */
	if ((double)s->nothing_us * s->slots * 2 >= (double)s->idle_tasks_us) {
		buf_addf(b,
		    "For %" PRId64
		    "%% of the time nothing ran or waited: tasks came too slowly, a delay or a limit of load or memory "
		    "deferred them, the clock was set forward, or these are several runs.",
		    percent(s->nothing_us, s->wall_us));
		return;
	}
	add_idleness(b, s, s->idle_tasks_us);
	buf_adds(b, "because tasks came too slowly, or a delay or a limit of load or memory deferred them.");
}

void
log_sums_sentence(struct buf *b, const struct log_sums *s)
{
	switch (s->cause) {
	case LOG_CAUSE_NONE: buf_adds(b, "Nothing ran."); break;
	case LOG_CAUSE_LONGEST: add_longest(b, s); break;
	case LOG_CAUSE_SLOTS: add_slots(b, s); break;
	case LOG_CAUSE_TASKS: add_tasks(b, s); break;
	case LOG_CAUSE_TOKENS:
		add_idleness(b, s, s->idle_tokens_us);
		buf_adds(b,
		    "waiting for jobserver tokens that others had: a larger -j for the whole build would help, "
		    "if there are processors for it.");
		break;
	case LOG_CAUSE_END:
		add_idleness(b, s, s->idle_end_us);
		buf_adds(b, "at the end, when only the last jobs were running: ");
		buf_adds(b,
		    s->targets ? "the longest one, or what it depends on, should start first."
			       : "the longest one should start first.");
		break;
	case LOG_CAUSE_OTHER:
		add_idleness(b, s, s->idle_other_us);
		buf_adds(b, "though a task was waiting and no token was missing.");
		break;
	case LOG_CAUSE_UNKNOWN:
		add_idleness(b, s, s->idle_us - s->idle_end_us);
		buf_adds(b, "before the last job started");
		buf_adds(b,
		    s->targets
			? ": steps of a build wait for steps that they depend on, or for make itself, or these are "
			  "several builds."
			: "; the log does not say why.");
		break;
	}
}

static void
add_duration(struct buf *b, const char *before, int64_t us, const char *after)
{
	buf_adds(b, before);
	log_sums_duration(b, us);
	buf_adds(b, after);
}

static void
add_counts(struct buf *b, const struct log_sums *s)
{
	buf_addf(b, "jobs      %" PRIu64 ": %" PRIu64 " ok, %" PRIu64 " failed, %" PRIu64 " killed\n", s->jobs, s->ok,
	    s->failed, s->killed);
	buf_addf(b, "tasks     %" PRIu64 ": %" PRIu64 " failed for good", s->tasks, s->lost);
	if (s->jobs > s->tasks)
		buf_addf(b, "; %" PRIu64 " jobs were further attempts", s->jobs - s->tasks);
	if (s->parents > 0)
		buf_addf(b, "; %" PRIu64 " parent job%s left out below", s->parents, s->parents == 1 ? "" : "s");
	buf_addc(b, '\n');
}

static void
add_idle(struct buf *b, const struct log_sums *s)
{
	add_duration(b, "idle      ", s->idle_us, "");
	if (s->idle_tasks_us != LOG_UNKNOWN) {
		add_duration(b, ": ", s->idle_tokens_us, " for want of tokens, ");
		add_duration(b, "", s->idle_tasks_us, " for want of tasks, ");
		add_duration(b, "", s->idle_end_us, " at the end, ");
		add_duration(b, "", s->idle_other_us, " else\n");
	} else {
		add_duration(b, ": ", s->idle_end_us, " at the end, ");
		add_duration(b, "", s->idle_us - s->idle_end_us, " before\n");
	}
}

static void
add_times(struct buf *b, const struct log_sums *s)
{
	add_duration(b, "wall      ", s->wall_us, "");
	buf_addf(b, ", on %" PRIu32 " slot%s\n", s->slots, s->slots == 1 ? "" : "s");
	add_duration(b, "busy      ", s->busy_us, "");
	buf_addf(b, ", %" PRId64 "%% of the slots' time\n", percent(s->busy_us, slots_us(s)));
	if (s->user_us != LOG_UNKNOWN && s->sys_us != LOG_UNKNOWN) {
		add_duration(b, "cpu       ", s->user_us + s->sys_us, ": ");
		add_duration(b, "", s->user_us, " user, ");
		add_duration(b, "", s->sys_us, " system\n");
	}
	add_idle(b, s);
}

void
log_sums_text(struct buf *b, const struct log_sums *s, const char *longest)
{
	add_counts(b, s);
	if (s->longest != (size_t)-1) {
		add_times(b, s);
		add_duration(b, "longest   ", s->longest_us, ": ");
		escape_visible(b, longest, strlen(longest));
		add_duration(b, "\nbound     ", s->bound_us,
		    s->bound_us == s->longest_us ? ": the longest job\n" : ": all jobs, on all slots\n");
	}
	log_sums_sentence(b, s);
	buf_addc(b, '\n');
}
