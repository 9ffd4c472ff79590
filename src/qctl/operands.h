/* operands: parses task ids, leases and option values for the verbs of qctl. An invalid value ends the program. */
#ifndef QPOOL_QCTL_OPERANDS_H
#define QPOOL_QCTL_OPERANDS_H

#include "qctl/qctl.h"

/* Parses and returns a task id, which is at least 1. */
uint64_t qctl_id(struct qctl *c, const char *text);
/* Returns the ids in all operands after the queue; the caller frees the array with free(3). */
uint64_t *qctl_ids(struct qctl *c);
/*
 * Checks all operands ID:LEASE, then calls change() for each, and prints a line for each lost lease. Returns the exit
 * status.
 */
int qctl_each_lease(struct qctl *c, enum queue_answer (*change)(struct qctl *c, uint64_t id, uint64_t lease_id));
/* Returns the byte that ends each line: the byte given by -0 or -d, otherwise a newline. */
char qctl_delimiter(struct qctl *c);
/* Returns the enum queue_state of --state, or -1 if the option was not given. */
int qctl_state_option(struct qctl *c);

#endif
