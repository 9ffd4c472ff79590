/*
 * queue-claims: who has which task, as locks that the kernel frees however their holder dies.
 *
 * One file; the lock of byte number ID of it is the claim on task ID: an open file description lock (fcntl(2), F_OFD_SETLK), which lives as long as
 * any process has the description open, and not, as a classic lock, only until its process closes some descriptor of the file. So a keeper that has a
 * copy holds on for the workers.
 */
#ifndef QPOOL_QUEUE_CLAIMS_H
#define QPOOL_QUEUE_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that are no task's: of what only one process is to do, and of consumers (their id behind it). */
#define CLAIM_FEEDER 0
#define CLAIM_CONSUMER (UINT64_C(1) << 61)

struct claims {
	int fd;      /* owned: holds what we claim */
	int test_fd; /* owned: another description, to which our own claims are another's */
};

/* Makes the file of a new queue. -1 with errno. */
int claims_create(int dir_fd);
/* -1 with errno. */
int claims_open(struct claims *c, int dir_fd);
void claims_close(struct claims *c);
/* Claims `count` bytes from `id` on: all or, false, none, since somebody has one of them. */
bool claims_take(struct claims *c, uint64_t id, uint64_t count);
void claims_drop(struct claims *c, uint64_t id, uint64_t count);
/* Does anybody have it, we ourselves included? */
bool claims_taken(const struct claims *c, uint64_t id);
/* Notes in the file whether the claimed task is being run. It survives its process, not a power cut. */
void claims_note(struct claims *c, uint64_t id, bool begun);
bool claims_begun(const struct claims *c, uint64_t id);

#endif
