/*
 * sqlite/lock: the lock of the process that writes to a queue directory: flock(2) of the file "lock", with bounded
 * waits. A process that has it cannot be stopped by job control, since that would stop every other process too.
 */
#ifndef QPOOL_SQLITE_LOCK_H
#define QPOOL_SQLITE_LOCK_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "queue/task.h"

struct db_lock {
	int fd;                                /* owned; -1: not open */
	const struct queue_patience *patience; /* borrowed: how long to wait */
	int64_t since_mono_ns;                 /* since when others have had it, whenever it was tried; 0: not so */
	bool taken;
	sigset_t before; /* while taken: the signal mask to restore */
};

/* Waits for the lock, and delays SIGTSTP, SIGTTIN and SIGTTOU. -1 with errno; EWOULDBLOCK: it took too long. */
int lock_take(struct db_lock *l);
/* Releases it, if it was taken. */
void lock_drop(struct db_lock *l);
/* Until when a wait that begins, or goes on, now may last; 0: not at all. */
int64_t lock_until(const struct db_lock *l);
/* The process that has it: 0: unknown, or not worth the look, since it has not had it for long. */
pid_t lock_owner(const struct db_lock *l);

#endif
