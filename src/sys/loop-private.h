/* loop-private: what both bodies of loop.h share, the timers and the children without a pidfd. For loop-*.c only. */
#ifndef QPOOL_LOOP_PRIVATE_H
#define QPOOL_LOOP_PRIVATE_H

#include "sys/loop.h"

RB_HEAD(timer_tree, timer);

/* Returns the milliseconds until the first timer, rounded up; 0: one is due; -1: none is armed. */
int timers_wait_ms(const struct timer_tree *tree);
/* Calls the handlers of all timers that are due now. A timer that a handler arms for later waits for the next turn. */
void timers_run(struct timer_tree *tree);
/* As loop_arm and loop_disarm. */
void timers_arm(struct timer_tree *tree, struct timer *t, int64_t at_mono_ns);
void timers_disarm(struct timer_tree *tree, struct timer *t);

/* Adds a child to the list, or removes it if it is there. The list borrows. */
void children_add(struct child **list, struct child *c);
void children_remove(struct child **list, const struct child *c);
/* Calls the handler of each child in the list that has ended. The handler removes its child from the list. */
void children_run_ended(struct child *const *list);
/*
 * Calls fn for each child of this process that has been stopped. Ended children are not touched. fn NULL: does
 * nothing.
 */
void children_run_stopped(void (*fn)(void *arg, pid_t pid, int sig), void *arg);

#endif
