/*
 * scheduler-signals: the part of the scheduler for signals that do not end the run: they are passed on to the workers,
 * or change the number of slots.
 */
#ifndef QPOOL_SCHEDULER_SIGNALS_H
#define QPOOL_SCHEDULER_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct scheduler;

/* Sends the signal to all workers. */
void scheduler_signal_all(struct scheduler *s, int sig);
/* All jobs were stopped for that time: moves their deadlines. */
void scheduler_shift(struct scheduler *s, int64_t by_ns);
/* The worker with this pid was stopped by that signal. */
void scheduler_stopped(struct scheduler *s, pid_t pid, int sig);
/* Adds a slot, or removes one. */
void scheduler_resize(struct scheduler *s, bool more);

#endif
