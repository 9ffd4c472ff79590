/*
 * sqlite/lock: takes the lock of a queue directory for writing, a flock(2) on the file "lock", with bounded waits. Job
 * control cannot stop a process while it has the lock, because every other process would wait for it.
 */
#ifndef QPOOL_SQLITE_LOCK_H
#define QPOOL_SQLITE_LOCK_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "queue/task.h"

struct db_lock {
	int fd;                                /* owned; -1: not open */
	const struct queue_patience *patience; /* borrowed: limits the wait */
	int64_t since_mono_ns; /* since when every try has found the lock taken; 0: the last try did not */
	bool taken;
	sigset_t before; /* while taken: the signal mask to restore */
};

/*
 * Waits for the lock, and blocks SIGTSTP, SIGTTIN and SIGTTOU while it is taken. Returns 0, or -1 with errno;
 * EWOULDBLOCK: the wait has lasted too long.
 */
int lock_take(struct db_lock *l);
/* Releases the lock if it was taken. */
void lock_drop(struct db_lock *l);
/* Returns the time until which a wait for the lock may last; 0 if it may not wait at all. */
int64_t lock_until(const struct db_lock *l);
/*
 * Returns the pid of the process that has the lock; 0 if it is unknown, or if the wait is still short and the pid was
 * not looked up.
 */
pid_t lock_owner(const struct db_lock *l);

#endif
