/* operands: task ids, leases and option values that more than one verb of qctl reads. A wrong one ends the program. */
#ifndef QPOOL_QCTL_OPERANDS_H
#define QPOOL_QCTL_OPERANDS_H

#include "qctl/qctl.h"

/* A task id, at least 1. */
uint64_t qctl_id(struct qctl *c, const char *text);
/* The ids in all operands after the queue; free(3) them. */
uint64_t *qctl_ids(struct qctl *c);
/*
 * Calls change() for each operand ID:LEASE, after all of them were checked, and prints a line for each lost lease.
 * Returns the exit status.
 */
int qctl_each_lease(struct qctl *c, enum queue_answer (*change)(struct qctl *c, uint64_t id, uint64_t lease_id));
/* The byte that ends each line: that of -0 or -d, otherwise a newline. */
char qctl_delimiter(struct qctl *c);
/* The enum queue_state of --state; -1: not given. */
int qctl_state_option(struct qctl *c);

#endif
