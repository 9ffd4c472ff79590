/* Invariant: a new queue is made beside its name and renamed when it is complete. */
#include "queue/sqlite/create.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "queue/sqlite/config.h"
#include "queue/sqlite/db-open.h"
#include "queue/sqlite/sqlite.h"
#include "sys/owner-only.h"

static int
make_files(int dir_fd)
{
	if (owner_mkfifo(dir_fd, "in") == -1 || owner_mkdir(dir_fd, "results") == -1)
		return -1;
	return claims_create(dir_fd) == -1 || notify_create(dir_fd) == -1 || fsync(dir_fd) == -1 ? -1 : 0;
}

static void
remove_new(const char *path)
{
	static const char *const names[] = { DB_FILE, DB_FILE "-wal", DB_FILE "-shm", DB_FILE "-journal", "lock",
		"claims", "tasks", "room", "in", "ballast" };
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1)
		return;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unlinkat(fd, names[i], 0);
	unlinkat(fd, "results", AT_REMOVEDIR);
	unlinkat(fd, "waiters", AT_REMOVEDIR);
	close(fd);
	rmdir(path);
}

/* Makes the database and the files. -1 with the problem of s. */
static int
fill(struct sqlite_queue *s, const char *path, const struct queue_config *config)
{
	if (db_open(&s->db, &s->queue, path, true) == -1 || sqlite_write_config(s, config) == -1)
		return -1;
	if (make_files(s->db.dir_fd) == 0)
		return 0;
	queue_error(&s->queue, "%s", strerror(errno));
	return -1;
}

/* Makes a complete queue at a path that no other process knows. */
static int
make_at(const char *path, const struct queue_config *config, char *problem, size_t size)
{
	struct sqlite_queue *s;
	int result;

	if (owner_mkdir(AT_FDCWD, path) == -1) {
		snprintf(problem, size, "%s", strerror(errno));
		return -1;
	}
	s = mem_alloc(sizeof *s);
	s->queue.patience.deadline_mono_ns = QUEUE_DEFAULT_WAIT;
	result = fill(s, path, config);
	snprintf(problem, size, "%s", s->queue.problem);
	db_close(&s->db);
	free(s);
	return result;
}

/* Whether the name is a queue with this config. */
static bool
is_same(const char *name, const struct queue_config *config)
{
	char problem[512];
	struct queue_patience usual = { .deadline_mono_ns = QUEUE_DEFAULT_WAIT };
	struct queue *q = queue_sqlite_open(name, &usual, problem, sizeof problem);
	bool same = q != NULL && sqlite_config_equal(&SELF(q)->config, config);

	if (q != NULL)
		queue_discard(q);
	return same;
}

/* The name must survive a power cut, as the tasks do. */
static void
sync_parent(const char *path)
{
	char *copy = mem_strdup(path), *slash = strrchr(copy, '/');
	int fd;

	if (slash != NULL)
		slash[slash == copy ? 1 : 0] = '\0';
	fd = open(slash != NULL ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1) {
		fsync(fd);
		close(fd);
	}
	free(copy);
}

/* The path of the new queue before it is renamed. -1 with errno. */
static int
new_path(char path[PATH_MAX], const char *name)
{
	size_t len = strlen(name);
	int size;

	while (len > 1 && name[len - 1] == '/')
		len--;
	size = snprintf(path, PATH_MAX, "%.*s.new-%ld", (int)len, name, (long)getpid());
	errno = len == 0 ? ENOENT : ENAMETOOLONG;
	return len == 0 || size >= PATH_MAX ? -1 : 0;
}

static enum queue_answer
create(const char *name, const struct queue_config *config, bool again, char *problem, size_t size)
{
	char path[PATH_MAX];
	struct stat st;
	bool exists;

	if (lstat(name, &st) == 0) {
		snprintf(problem, size,
		    again ? "exists and is not a queue with these options; choose another name"
			: S_ISDIR(st.st_mode)
			? "exists; choose another name, or use -f to accept a queue with the same options"
			: "exists and is not a queue directory; choose another name");
		return again && is_same(name, config) ? QUEUE_YES : QUEUE_NO;
	}
	if (new_path(path, name) == -1) {
		snprintf(problem, size, "%s", strerror(errno));
		return QUEUE_ERROR;
	}
	remove_new(path); /* of a killed process with this id */
	if (make_at(path, config, problem, size) == -1) {
		remove_new(path);
		return QUEUE_ERROR;
	}
	if (rename(path, name) == -1) {
		exists = errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR;
		snprintf(problem, size, "%s", exists ? "exists; choose another name" : strerror(errno));
		remove_new(path);
		return exists && again && is_same(name, config) ? QUEUE_YES : exists ? QUEUE_NO : QUEUE_ERROR;
	}
	sync_parent(name);
	return QUEUE_YES;
}

enum queue_answer
queue_sqlite_create(const char *name, const struct queue_config *config, bool again, char *problem, size_t size)
{
	enum queue_answer answer;
	sigset_t all, before;

	/* A signal would leave the queue under its temporary name. It is delivered when the queue is complete. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	answer = create(name, config, again, problem, size);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return answer;
}
