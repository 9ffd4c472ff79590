/*
 * Provokes what sqlite.org/wal.html calls the WAL-reset bug. A VFS, that of the system except for two calls, pauses
 * where a checkpoint has read how long the log is and not yet how much of it was copied (sqlite3_io_methods.xUnfetch),
 * and where it has just started (its lock is taken).
 *
 * As a program, `queue-reset FILE`: two connections to a new database write without a lock of their own; the second
 * writes while the first pauses. It prints the result of PRAGMA integrity_check.
 *
 * As a library to preload into qctl (compiled with -DPRELOADED): each database is opened through that VFS, and a
 * checkpoint is due after 20 pages. QUEUE_NO_LOCK=1 makes the lock of qctl around its writes ineffective, to show that
 * it is needed. QUEUE_PAUSES=FILE: each pause adds a byte to FILE.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* A file of our VFS, with that of the system. */
struct file {
	sqlite3_file base;
	sqlite3_file *real;
};

static sqlite3_vfs *system_vfs;
static sqlite3_vfs vfs;

/* Called before a checkpoint, and while it pauses. */
static void before(void);
static void meanwhile(void);

#define REAL(f) (((struct file *)(f))->real)
#define CALL(f, method) REAL(f)->pMethods->method

static int
f_close(sqlite3_file *f)
{
	return CALL(f, xClose)(REAL(f));
}
static int
f_read(sqlite3_file *f, void *b, int n, sqlite3_int64 at)
{
	return CALL(f, xRead)(REAL(f), b, n, at);
}
static int
f_write(sqlite3_file *f, const void *b, int n, sqlite3_int64 at)
{
	return CALL(f, xWrite)(REAL(f), b, n, at);
}
static int
f_truncate(sqlite3_file *f, sqlite3_int64 len)
{
	return CALL(f, xTruncate)(REAL(f), len);
}
static int
f_sync(sqlite3_file *f, int flags)
{
	return CALL(f, xSync)(REAL(f), flags);
}
static int
f_size(sqlite3_file *f, sqlite3_int64 *len)
{
	return CALL(f, xFileSize)(REAL(f), len);
}
static int
f_lock(sqlite3_file *f, int how)
{
	return CALL(f, xLock)(REAL(f), how);
}
static int
f_unlock(sqlite3_file *f, int how)
{
	return CALL(f, xUnlock)(REAL(f), how);
}
static int
f_reserved(sqlite3_file *f, int *is)
{
	return CALL(f, xCheckReservedLock)(REAL(f), is);
}
static int
f_control(sqlite3_file *f, int what, void *arg)
{
	return CALL(f, xFileControl)(REAL(f), what, arg);
}
static int
f_sector(sqlite3_file *f)
{
	return CALL(f, xSectorSize)(REAL(f));
}
static int
f_device(sqlite3_file *f)
{
	return CALL(f, xDeviceCharacteristics)(REAL(f));
}
static int
f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **at)
{
	return CALL(f, xShmMap)(REAL(f), page, size, extend, at);
}
static void
f_shm_barrier(sqlite3_file *f)
{
	CALL(f, xShmBarrier)(REAL(f));
}
static int
f_shm_unmap(sqlite3_file *f, int remove_it)
{
	return CALL(f, xShmUnmap)(REAL(f), remove_it);
}
static int
f_fetch(sqlite3_file *f, sqlite3_int64 at, int n, void **p)
{
	return CALL(f, xFetch)(REAL(f), at, n, p);
}

/* Lock number 1 is for checkpoints: after a pause before it, another process may have done the work. */
static int
f_shm_lock(sqlite3_file *f, int first, int count, int flags)
{
	if (first == 1 && count == 1 && flags == (SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE))
		before();
	return CALL(f, xShmLock)(REAL(f), first, count, flags);
}

/* For the whole file: a checkpoint has found that the log is longer than it knew. */
static int
f_unfetch(sqlite3_file *f, sqlite3_int64 at, void *p)
{
	if (at == 0 && p == NULL)
		meanwhile();
	return CALL(f, xUnfetch)(REAL(f), at, p);
}

static const sqlite3_io_methods methods = { 3, f_close, f_read, f_write, f_truncate, f_sync, f_size, f_lock, f_unlock,
	f_reserved, f_control, f_sector, f_device, f_shm_map, f_shm_lock, f_shm_barrier, f_shm_unmap, f_fetch,
	f_unfetch };

static int
open_file(sqlite3_vfs *v, const char *name, sqlite3_file *base, int flags, int *flags_out)
{
	struct file *f = (struct file *)base;
	int result;

	(void)v;
	f->real = (sqlite3_file *)(f + 1);
	f->real->pMethods = NULL;
	result = system_vfs->xOpen(system_vfs, name, f->real, flags, flags_out);
	base->pMethods = f->real->pMethods == NULL ? NULL : &methods;
	return result;
}

static void
make_default(void)
{
	system_vfs = sqlite3_vfs_find(NULL);
	vfs = *system_vfs;
	vfs.zName = "pausing";
	vfs.szOsFile = (int)sizeof(struct file) + system_vfs->szOsFile;
	vfs.xOpen = open_file;
	sqlite3_vfs_register(&vfs, 1);
}

#ifdef PRELOADED

#include <dlfcn.h>

static void
pause_up_to(unsigned most_ms)
{
	const char *name = getenv("QUEUE_PAUSES");
	int fd = name == NULL ? -1 : open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd != -1 && write(fd, ".", 1) != 1)
		abort();
	if (fd != -1)
		close(fd);
	usleep(1000 * arc4random_uniform(most_ms));
}

static void
before(void)
{
	pause_up_to(30);
}

static void
meanwhile(void)
{
	pause_up_to(60);
}

static int
checkpoint_often(void *arg, sqlite3 *sql, const char *name, int log_pages)
{
	(void)arg;
	return log_pages < 20 ? SQLITE_OK : (sqlite3_wal_checkpoint(sql, name), SQLITE_OK);
}

/* Replaces qctl's own hook. SQLite calls this function too. */
void *
sqlite3_wal_hook(sqlite3 *sql, int (*hook)(void *, sqlite3 *, const char *, int), void *arg)
{
	__typeof__(sqlite3_wal_hook) *real = (__typeof__(sqlite3_wal_hook) *)dlsym(RTLD_NEXT, "sqlite3_wal_hook");

	return real(sql, system_vfs != NULL ? checkpoint_often : hook, arg);
}

int
flock(int fd, int what)
{
	__typeof__(flock) *real = (__typeof__(flock) *)dlsym(RTLD_NEXT, "flock");

	return getenv("QUEUE_NO_LOCK") != NULL ? 0 : real(fd, what);
}

static void __attribute__((constructor)) begin(void)
{
	extern char *program_invocation_short_name;

	if (strcmp(program_invocation_short_name, "qctl") != 0)
		return;
	sqlite3_initialize();
	make_default();
}

#else

static sqlite3 *first, *second;
static bool armed;

static void
run(sqlite3 *sql, const char *text)
{
	if (sqlite3_exec(sql, text, NULL, NULL, NULL) == SQLITE_OK)
		return;
	fprintf(stderr, "%s: %s\n", text, sqlite3_errmsg(sql));
	exit(2);
}

static void
before(void)
{
}

/* Restarts the log, since all of it was copied. */
static void
meanwhile(void)
{
	if (!armed)
		return;
	armed = false;
	run(second, "UPDATE t SET b = randomblob(600) WHERE a < 5");
}

static int
print_value(void *arg, int count, char **values, char **names)
{
	(void)arg;
	(void)count;
	(void)names;
	puts(values[0]);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	make_default();
	if (sqlite3_open(argv[1], &first) != SQLITE_OK || sqlite3_open(argv[1], &second) != SQLITE_OK)
		return 2;
	run(first,
	    "PRAGMA journal_mode = WAL; CREATE TABLE t (a INTEGER PRIMARY KEY, b); CREATE INDEX i ON t (b);"
	    "WITH s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 20)"
	    " INSERT INTO t SELECT NULL, randomblob(600) FROM s; PRAGMA wal_checkpoint");
	run(second, "UPDATE t SET b = randomblob(600); PRAGMA wal_checkpoint");
	/* Nothing is left to copy, so the next write restarts the log; it happens while this checkpoint pauses. */
	armed = true;
	run(first, "PRAGMA wal_checkpoint");
	if (armed)
		return 2;
	run(second, "UPDATE t SET b = randomblob(600)");
	run(first, "PRAGMA wal_checkpoint");
	sqlite3_close(first);
	sqlite3_close(second);
	if (sqlite3_open(argv[1], &first) != SQLITE_OK)
		return 2;
	sqlite3_exec(first, "PRAGMA integrity_check", print_value, NULL, NULL);
	sqlite3_close(first);
	return 0;
}

#endif
