/* loop-private: what both bodies of loop.h share: the timers, and the children that SIGCHLD tells of. For loop-*.c only. */
#ifndef QPOOL_LOOP_PRIVATE_H
#define QPOOL_LOOP_PRIVATE_H

#include "sys/loop.h"

RB_HEAD(timer_tree, timer);

/* Milliseconds until the first timer, rounded up; 0 one is due; -1 none is armed. */
int timers_wait_ms(const struct timer_tree *tree);
/* Runs the timers that are due now; one that is armed again meanwhile waits for the next turn. */
void timers_run(struct timer_tree *tree);
void timers_arm(struct timer_tree *tree, struct timer *t, int64_t at_mono_ns);
void timers_disarm(struct timer_tree *tree, struct timer *t);

/* Calls fn for each child of the list that has ended; fn takes it off the list. */
void children_run_ended(struct child *const *list);
void children_add(struct child **list, struct child *c);
void children_remove(struct child **list, const struct child *c);
/* Calls fn for each child of this process that was stopped. Leaves ends alone. */
void children_run_stopped(void (*fn)(void *arg, pid_t pid, int sig), void *arg);

#endif
