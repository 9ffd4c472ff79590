/* turns: when to stand back from the jobserver for a moment, so that others who wait for a token get one. Decides, touches no fd. */
#ifndef QPOOL_TURNS_H
#define QPOOL_TURNS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Who gives a token back and asks at once for the next is always faster than who sleeps until one is there: a pool of many short jobs would keep a
 * make from starting anything. So after a turn of TURN_MS in which it always got one, a pool that finds that others may wait does not ask for a
 * moment.
 */
enum { TURN_MS = 100 };

struct turns {
	int64_t since_mono_ns; /* it has got every token it asked for since then; 0: it has not asked */
	int64_t not_before_mono_ns;
};

/* May a token be asked for? If not, *wait_ns says how long. */
bool turns_may_ask(const struct turns *t, int64_t now_mono_ns, int64_t *wait_ns);
/* One was asked for, and was there or not. */
void turns_asked(struct turns *t, bool got, int64_t now_mono_ns);
/* Is the turn over, so that it matters whether others wait? */
bool turns_over(const struct turns *t, int64_t now_mono_ns);
/* One was given back when the turn was over and others may wait: not to ask for so long. */
void turns_stand_back(struct turns *t, int64_t now_mono_ns, int64_t pause_ns);

#endif
