/* answer: the functions with which a verb of qctl reports its result: messages, exit statuses and counts. */
#ifndef QPOOL_QCTL_ANSWER_H
#define QPOOL_QCTL_ANSWER_H

#include <stdio.h>

#include "qctl/qctl.h"

/*
 * Prints "qctl: ..." about wrong usage, and exits with the verb's own error status if it has one, otherwise with
 * QCTL_USAGE.
 */
void qctl_usage(const struct qctl_verb *v, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));
/* Prints "qctl: QUEUE: ...". */
void qctl_warn(struct qctl *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints "qctl: QUEUE: ...", and exits with the verb's own error status if it has one, otherwise with QCTL_ERROR. */
void qctl_fail(struct qctl *c, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));

/* Returns the exit status for an answer of the queue. For QUEUE_ERROR, prints the queue's message and exits. */
int qctl_answer(struct qctl *c, enum queue_answer answer);
/* If `status` is QCTL_CLOSED, prints that the queue is closed. Returns `status`. */
int qctl_report_closed(struct qctl *c, int status);

/* Returns the queue's counts. Exits on an error. */
struct queue_counts qctl_counts(struct qctl *c);
/* Prints a number and a newline, and flushes standard output. */
void qctl_print_count(struct qctl *c, uint64_t n);
/*
 * Ends the verb because the stream `f`, standard output or standard error, could not be written; errno is the reason.
 * If the reader is gone and SIGPIPE was not ignored when qctl started, ends like a program that SIGPIPE kills;
 * otherwise like qctl_fail. Must not be called within a transaction.
 */
void qctl_fail_writing(struct qctl *c, FILE *f) __attribute__((noreturn));
/* Flushes standard output. Calls qctl_fail_writing if not all of it could be written. */
void qctl_flush(struct qctl *c);

#endif
