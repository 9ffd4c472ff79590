/*
 * sqlite/claims: records which process has which task, in locks that the kernel drops however the process dies.
 *
 * All claims are locks on one file: the lock on byte ID is the claim on task ID. The locks are open file description
 * locks (fcntl(2), F_OFD_SETLK), which last as long as any process has the description open. (A classic lock ends when
 * its process closes any file descriptor of the file.) So a keeper that has a copy of the fd keeps the claims while
 * workers live.
 */
#ifndef QPOOL_SQLITE_CLAIMS_H
#define QPOOL_SQLITE_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Bytes that do not belong to tasks: CLAIM_FEEDER is the lock of the process that reads the feed pipe; CLAIM_POOL plus
 * the id of a pool is the lock of the pool; CLAIM_PROCESS plus a pid is the lock of a process that has claims. The
 * keeper of a pool shares all these locks except the lock of the process, which shows that the process itself lives.
 */
#define CLAIM_FEEDER 0
#define CLAIM_PROCESS (UINT64_C(1) << 60)
#define CLAIM_POOL (UINT64_C(1) << 61)

struct claims {
	int fd;         /* owned: the description that has our claims */
	int test_fd;    /* owned: a description for tests, with which our claims conflict too; not for the keeper */
	bool announced; /* claims_announce was called, and has succeeded */
};

/* Creates the file of a new queue. Returns 0, or -1 with errno. */
int claims_create(int dir_fd);
/* Opens the file. With read_only, nothing can be claimed. Returns 0, or -1 with errno. */
int claims_open(struct claims *c, int dir_fd, bool read_only);
void claims_close(struct claims *c);
/*
 * Claims `count` bytes from `id` on. Returns false, and claims nothing, if another process has a claim on any of them.
 */
bool claims_take(struct claims *c, uint64_t id, uint64_t count);
void claims_drop(struct claims *c, uint64_t id, uint64_t count);
/*
 * Does any process, including this one, have the claim? Also returns true if the answer is unknown, so that no task is
 * taken from another process.
 */
bool claims_taken(const struct claims *c, uint64_t id);
/* Shows other processes that this process lives. This ends when the process calls claims_close or dies in any way. */
void claims_announce(struct claims *c);
/*
 * Has the process with that pid called claims_announce, and does it live? Also returns true if the answer is unknown.
 */
bool claims_process_lives(const struct claims *c, pid_t pid);
/*
 * Stores in the file whether the job of the claimed task has begun. The note survives the death of this process, but
 * not a power cut.
 */
void claims_note(struct claims *c, uint64_t id, bool begun);
bool claims_begun(const struct claims *c, uint64_t id);

#endif
