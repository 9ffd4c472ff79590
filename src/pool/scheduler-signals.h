/*
 * scheduler-signals: the part of the scheduler that handles signals that do not end the run. It passes them on to the
 * workers, or changes the number of slots.
 */
#ifndef QPOOL_SCHEDULER_SIGNALS_H
#define QPOOL_SCHEDULER_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct scheduler;

/* Sends the signal to all workers. */
void scheduler_signal_all(struct scheduler *s, int sig);
/* Moves the deadlines of all jobs by the time for which they were stopped. */
void scheduler_shift(struct scheduler *s, int64_t by_ns);
/* Handles the worker with this pid, which was stopped by that signal. */
void scheduler_stopped(struct scheduler *s, pid_t pid, int sig);
/* Adds a slot if `more` is true, otherwise removes a slot. */
void scheduler_resize(struct scheduler *s, bool more);

#endif
