/* waiting: waits for the queue to change, up to the deadline of -t or -n. */
#ifndef QPOOL_QCTL_WAITING_H
#define QPOOL_QCTL_WAITING_H

#include <signal.h>

#include "qctl/qctl.h"

/* Starts listening for these kinds of notifications (QUEUE_NOTIFY_...). Exits on an error. */
void qctl_listen(struct qctl *c, unsigned kinds);
/*
 * Waits until a notification arrives or the caller must look at the queue again. Returns false if the deadline has
 * passed.
 */
bool qctl_wait(struct qctl *c);
/* Waits like qctl_wait. The wait also ends when fd (-1: none) is readable; *readable is then true. */
bool qctl_wait_for(struct qctl *c, int fd, bool *readable);
/* Has the deadline passed? */
bool qctl_is_late(const struct qctl *c);

/* Returns the id of the task to whose job this process belongs, if it is a task of this queue; otherwise 0. */
uint64_t qctl_own_task(struct qctl *c);
/*
 * Is the wait a deadlock: does this process belong to a job of the queue, and is every slot of the queue's pools
 * running a job that waits on the queue? A verb calls this before each wait. A job that was just notified counts as
 * waiting until it runs, so the function returns true only after the condition has lasted for a while.
 */
bool qctl_is_deadlocked(struct qctl *c);

/* The signal that was caught (INT, TERM or HUP); 0: none. */
extern volatile sig_atomic_t qctl_signal;
/* Makes INT, TERM and HUP set qctl_signal and end a wait, instead of ending the process. */
void qctl_catch_signals(void);

#endif
