/*
 * sqlite/claims: which process has which task, as locks that the kernel drops however the process dies.
 *
 * There is one file; the lock of its byte ID is the claim on task ID. It is an open file description lock (fcntl(2),
 * F_OFD_SETLK), which lasts as long as any process has the description open. (A classic lock ends when its process
 * closes any file descriptor of the file.) So a keeper that has a copy of the fd keeps the claims for the workers.
 */
#ifndef QPOOL_SQLITE_CLAIMS_H
#define QPOOL_SQLITE_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Bytes that are not of tasks: the lock of the process that reads the feed pipe, the locks of pools (their id is
 * added), and those of processes that have claims (their pid is added). The keeper of a pool shares all of these
 * except the last, which says that the process itself lives.
 */
#define CLAIM_FEEDER 0
#define CLAIM_PROCESS (UINT64_C(1) << 60)
#define CLAIM_POOL (UINT64_C(1) << 61)

struct claims {
	int fd;      /* owned: has our claims */
	int test_fd; /* owned: another description, which conflicts with our own claims too; not for the keeper */
	bool announced;
};

/* Creates the file of a new queue. -1 with errno. */
int claims_create(int dir_fd);
/* read_only: nothing can be claimed. -1 with errno. */
int claims_open(struct claims *c, int dir_fd, bool read_only);
void claims_close(struct claims *c);
/* Claims `count` bytes from `id` on. false: another process has one of them, and none was claimed. */
bool claims_take(struct claims *c, uint64_t id, uint64_t count);
void claims_drop(struct claims *c, uint64_t id, uint64_t count);
/*
 * Whether any process has the claim, including this one. If that cannot be found out, true, so that nothing is taken
 * from another process.
 */
bool claims_taken(const struct claims *c, uint64_t id);
/* Lets other processes see that this one lives, until it closes the claims or dies, however that happens. */
void claims_announce(struct claims *c);
/* Whether the process with that pid has announced itself and lives. If that cannot be found out, true. */
bool claims_process_lives(const struct claims *c, pid_t pid);
/* Notes in the file whether the job of the claimed task has begun. The note survives its process, not a power cut. */
void claims_note(struct claims *c, uint64_t id, bool begun);
bool claims_begun(const struct claims *c, uint64_t id);

#endif
