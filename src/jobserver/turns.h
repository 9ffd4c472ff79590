/* turns: decides when to pause asking the jobserver, so that other processes get a token. It uses no fd. */
#ifndef QPOOL_TURNS_H
#define QPOOL_TURNS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A process that returns a token and asks for the next at once is always faster than one that sleeps until a token is
 * available: a pool of many short jobs would keep a make from starting anything. So after a turn of TURN_MS in which it
 * got every token that it asked for, a pool that finds that others may wait pauses for a moment.
 */
enum { TURN_MS = 100 };

/* Zero-initialize it. */
struct turns {
	int64_t since_mono_ns; /* it got every token that it has asked for since then; 0: it has not asked */
	int64_t not_before_mono_ns;
};

/* May it ask for a token? If not, *wait_ns is the time until it may. */
bool turns_may_ask(const struct turns *t, int64_t now_mono_ns, int64_t *wait_ns);
/* Reports that it has asked, and whether it got one. */
void turns_asked(struct turns *t, bool got, int64_t now_mono_ns);
/* Has the turn ended, so that it matters whether others wait? */
bool turns_has_ended(const struct turns *t, int64_t now_mono_ns);
/* Reports that it returned a token after its turn, and that others may wait: it does not ask for that time. */
void turns_pause(struct turns *t, int64_t now_mono_ns, int64_t pause_ns);

#endif
