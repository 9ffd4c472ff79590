/*
 * Invariant: a note is written only by the process that has the claim, or that has found, under the database's lock,
 * that no process has it. Tasks whose ids differ by a multiple of 2^20 share a note: at worst, one attempt more or less
 * is counted for a task whose claimer died.
 */
#include "queue/sqlite/claims.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sys/owner-only.h"

#define NAME "claims"
#define NOTES (UINT64_C(1) << 20)

int
claims_create(int dir_fd)
{
	int fd = owner_open(dir_fd, NAME, O_RDWR);

	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

int
claims_open(struct claims *c, int dir_fd, bool read_only)
{
	int flags = (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW, saved;

	c->fd = openat(dir_fd, NAME, flags);
	c->test_fd = c->fd == -1 ? -1 : openat(dir_fd, NAME, flags);
	if (c->test_fd != -1)
		return 0;
	saved = errno;
	claims_close(c);
	errno = saved;
	return -1;
}

void
claims_close(struct claims *c)
{
	if (c->fd != -1)
		close(c->fd);
	if (c->test_fd != -1)
		close(c->test_fd);
	*c = (struct claims){ .fd = -1, .test_fd = -1 };
}

bool
claims_take(struct claims *c, uint64_t id, uint64_t count)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)id, .l_len = (off_t)count };

	return fcntl(c->fd, F_OFD_SETLK, &lock) == 0;
}

void
claims_drop(struct claims *c, uint64_t id, uint64_t count)
{
	struct flock lock = { .l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = (off_t)id, .l_len = (off_t)count };

	fcntl(c->fd, F_OFD_SETLK, &lock);
}

bool
claims_taken(const struct claims *c, uint64_t id)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)id, .l_len = 1 };

	return fcntl(c->test_fd, F_OFD_GETLK, &lock) == -1 || lock.l_type != F_UNLCK;
}

void
claims_announce(struct claims *c)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };

	if (c->announced)
		return;
	/* If this fails, others take this process for dead: --until-empty then waits for its tasks. */
	lock.l_start = (off_t)(CLAIM_PROCESS + (uint64_t)getpid());
	c->announced = fcntl(c->test_fd, F_OFD_SETLK, &lock) == 0;
}

bool
claims_process_lives(const struct claims *c, pid_t pid)
{
	/* Our own lock belongs to the description that tests. */
	return pid == getpid() || claims_taken(c, CLAIM_PROCESS + (uint64_t)pid);
}

void
claims_note(struct claims *c, uint64_t id, bool begun)
{
	char note = begun ? 1 : 0;

	while (pwrite(c->fd, &note, 1, (off_t)(id % NOTES)) == -1 && errno == EINTR)
		continue;
}

bool
claims_begun(const struct claims *c, uint64_t id)
{
	char note = 0;

	return pread(c->test_fd, &note, 1, (off_t)(id % NOTES)) == 1 && note != 0;
}
