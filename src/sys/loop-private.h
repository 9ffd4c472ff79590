/*
 * loop-private: the code that both implementations of loop.h share: the timers, and the children without a pidfd. Only
 * loop-*.c include it.
 */
#ifndef QPOOL_LOOP_PRIVATE_H
#define QPOOL_LOOP_PRIVATE_H

#include "sys/loop.h"

RB_HEAD(timer_tree, timer);

/* Returns the milliseconds until the first timer, rounded up; 0 if a timer is due; -1 if no timer is armed. */
int timers_wait_ms(const struct timer_tree *tree);
/* Calls the handlers of all timers that are due now. A timer that a handler arms for later waits for the next turn. */
void timers_run(struct timer_tree *tree);
/* The counterparts of loop_arm and loop_disarm. */
void timers_arm(struct timer_tree *tree, struct timer *t, int64_t at_mono_ns);
void timers_disarm(struct timer_tree *tree, struct timer *t);

/* Adds a child to the list, or removes it if the list contains it. The list borrows its children. */
void children_add(struct child **list, struct child *c);
void children_remove(struct child **list, const struct child *c);
/* Calls the handler of each child in the list that has ended. The handler removes its child from the list. */
void children_run_ended(struct child *const *list);
/*
 * Calls fn for each child of this process that has been stopped. Ended children are not reaped. Does nothing if fn is
 * NULL.
 */
void children_run_stopped(void (*fn)(void *arg, pid_t pid, int sig), void *arg);

#endif
