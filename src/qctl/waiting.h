/* waiting: how a verb of qctl waits for the queue to change, up to the deadline of -t or -n. */
#ifndef QPOOL_QCTL_WAITING_H
#define QPOOL_QCTL_WAITING_H

#include <signal.h>

#include "qctl/qctl.h"

/* Starts listening for these kinds of notifications (QUEUE_NOTIFY_...); exits on an error. */
void qctl_listen(struct qctl *c, unsigned kinds);
/* Waits for a notification, or until it is time to look again: true. false: the deadline has passed. */
bool qctl_wait(struct qctl *c);
/* The same; the wait also ends when fd (-1: none) is readable, and then sets *readable. */
bool qctl_wait_for(struct qctl *c, int fd, bool *readable);
/* Whether the deadline has passed. */
bool qctl_is_late(const struct qctl *c);

/* The task whose job this process belongs to, if it is a task of this queue; otherwise 0. */
uint64_t qctl_own_task(struct qctl *c);
/*
 * To be called before each wait. Whether this process belongs to a job of the queue, and every slot of its pools is
 * running a job that waits like this one, so that the wait could never end. A job that was just notified still counts
 * as waiting until it runs, so this must have been true for a while before it is reported.
 */
bool qctl_is_deadlocked(struct qctl *c);

/* The signal of INT, TERM and HUP that was caught; 0: none. */
extern volatile sig_atomic_t qctl_signal;
/* Makes these signals set qctl_signal, and end a wait, instead of ending the process. */
void qctl_catch_signals(void);

#endif
