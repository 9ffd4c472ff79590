/* answer: how a verb of qctl reports what it found: messages, exit statuses and counts. */
#ifndef QPOOL_QCTL_ANSWER_H
#define QPOOL_QCTL_ANSWER_H

#include <stdio.h>

#include "qctl/qctl.h"

/* Prints "qctl: ..." about wrong usage and exits with QCTL_USAGE, or the verb's own error status. */
void qctl_usage(const struct qctl_verb *v, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));
/* Prints "qctl: QUEUE: ...". */
void qctl_warn(struct qctl *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, and exits with QCTL_ERROR, or the verb's own error status. */
void qctl_fail(struct qctl *c, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));

/* The exit status for an answer of the queue. For QUEUE_ERROR it prints the queue's message and exits. */
int qctl_answer(struct qctl *c, enum queue_answer answer);
/* Prints that the queue is closed if `status` is QCTL_CLOSED. Returns the status. */
int qctl_report_closed(struct qctl *c, int status);

/* The queue's counts; exits on an error. */
struct queue_counts qctl_counts(struct qctl *c);
/* Prints a number and a newline, and flushes. */
void qctl_print_count(struct qctl *c, uint64_t n);
/*
 * Ends the verb because stdout or stderr could not be written, with errno: like a program that SIGPIPE ends if its
 * reader is gone, and SIGPIPE was not ignored when qctl started; otherwise as qctl_fail. Not within a transaction.
 */
void qctl_fail_writing(struct qctl *c, FILE *f) __attribute__((noreturn));
/* Flushes standard output; ends the verb like that if not all of it could be written. */
void qctl_flush(struct qctl *c);

#endif
