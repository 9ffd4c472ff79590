/*
 * turns: decides when to stop requesting tokens for a while, so that other processes get one. This module uses no fd.
 */
#ifndef QPOOL_TURNS_H
#define QPOOL_TURNS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A process that returns a token and immediately requests the next is always faster than a process that sleeps until a
 * token is available. A pool of many short jobs would thus prevent a make from starting anything. Therefore a pool
 * pauses for a moment if, for TURN_MS, each of its requests has succeeded, and other processes may be waiting. This
 * period is its turn.
 */
enum { TURN_MS = 100 };

/* The caller zero-initializes it. */
struct turns {
	int64_t since_mono_ns; /* every request since then has succeeded; 0: nothing was requested */
	int64_t not_before_mono_ns;
};

/* May this process request a token now? If not, stores in *wait_ns the nanoseconds until it may. */
bool turns_may_ask(const struct turns *t, int64_t now_mono_ns, int64_t *wait_ns);
/* Reports a request for a token, and whether it succeeded. */
void turns_asked(struct turns *t, bool got, int64_t now_mono_ns);
/* Has the turn ended, so that the caller must check whether other processes wait? */
bool turns_has_ended(const struct turns *t, int64_t now_mono_ns);
/*
 * Reports that this process returned a token after its turn, and that others may wait. turns_may_ask returns false for
 * the next pause_ns nanoseconds.
 */
void turns_pause(struct turns *t, int64_t now_mono_ns, int64_t pause_ns);

#endif
