/*
 * Invariants: the file at `path` is replaced by one rename(2), after everything was written and the fd was closed
 * without an error. Where the system can create a file without a name (O_TMPFILE), the file has a temporary name only
 * between its last byte and that rename, so that nothing is left behind if the process is killed before.
 */
#include "sys/atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

enum { MOST_LINKS = 40, MOST_NAMES = 100 };

/* Returns the length of the directory part of `path`, its last slash included. */
static size_t
directory_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

static char *
text(struct buf *b)
{
	buf_addc(b, '\0');
	return b->data;
}

/*
 * Returns the target of the symbolic link `path`, which may be a symbolic link as well; the caller frees it. NULL if
 * `path` is not a symbolic link.
 */
static char *
follow(const char *path)
{
	char to[PATH_MAX];
	struct buf b = { 0 };
	ssize_t n = readlink(path, to, sizeof to);

	if (n <= 0 || (size_t)n == sizeof to)
		return NULL;
	if (to[0] != '/')
		buf_add(&b, path, directory_length(path));
	buf_add(&b, to, (size_t)n);
	return text(&b);
}

/*
 * Returns `path` with symbolic links in its last component resolved; the file need not exist. The caller frees it.
 * NULL with errno.
 */
static char *
resolve(const char *path)
{
	char *at = mem_strdup(path), *next;

	for (int i = 0; i < MOST_LINKS; i++) {
		next = follow(at);
		if (next == NULL)
			return at;
		free(at);
		at = next;
	}
	free(at);
	errno = ELOOP;
	return NULL;
}

/*
 * Creates a file without a name in the directory of w->path. -1 if that is not supported, or if it could not be given
 * a name later.
 */
static int
make_unnamed(const struct atomic_file *w)
{
#ifdef O_TMPFILE
	struct buf directory = { 0 };
	int fd;

	if (access("/proc/self/fd", X_OK) == -1)
		return -1;
	buf_add(&directory, w->path, directory_length(w->path));
	buf_addc(&directory, '.');
	fd = open(text(&directory), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	buf_free(&directory);
	return fd;
#else
	(void)w;
	return -1;
#endif
}

/* Calls `make` with one temporary name after another until one is free. Returns what `make` returned. */
static int
name_it(struct atomic_file *w, int (*make)(const struct atomic_file *w, int fd), int fd)
{
	int made = -1;

	for (int i = 0; made == -1 && i < MOST_NAMES; i++) {
		struct buf name = { 0 };

		buf_add(&name, w->path, directory_length(w->path));
		buf_addf(&name, ".qpool-%ld-%d", (long)getpid(), i);
		free(w->temporary);
		w->temporary = text(&name);
		made = make(w, fd);
		if (made == -1 && errno != EEXIST)
			return -1;
	}
	w->named = made != -1;
	return made;
}

static int
create(const struct atomic_file *w, int fd)
{
	(void)fd;
	return open(w->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

static int
link_unnamed(const struct atomic_file *w, int fd)
{
	char from[32];

	snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, from, AT_FDCWD, w->temporary, AT_SYMLINK_FOLLOW);
}

static int
open_beside(struct atomic_file *w, const struct stat *old)
{
	int fd = make_unnamed(w);

	if (fd == -1)
		fd = name_it(w, create, -1);
	if (fd == -1 || old == NULL || fchmod(fd, old->st_mode & 0777) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
open_directly(const char *path)
{
	/* If standard output is a file, opening it by this name would start to write at its beginning again. */
	if (strcmp(path, "/dev/stdout") == 0)
		return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	return open(path, O_WRONLY | O_TRUNC | O_NOCTTY | O_CLOEXEC);
}

/*
 * Is the existing file one that a rename can replace? A link in /proc to a file that has been deleted is not, because
 * that file has no name.
 */
static bool
is_replaceable(const struct atomic_file *w, const char *path, const struct stat *old)
{
	struct stat st;

	return strcmp(path, "/dev/stdout") != 0 && S_ISREG(old->st_mode) && lstat(w->path, &st) == 0 &&
	    st.st_dev == old->st_dev && st.st_ino == old->st_ino;
}

/* Returns the fd to write to, or -1 with errno. */
static int
open_any(struct atomic_file *w, const char *path)
{
	struct stat old;

	if (stat(path, &old) == -1)
		return errno == ENOENT && *path != '\0' ? open_beside(w, NULL) : -1;
	if (S_ISDIR(old.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if (is_replaceable(w, path, &old))
		return faccessat(AT_FDCWD, w->path, W_OK, AT_EACCESS) == -1 ? -1 : open_beside(w, &old);
	free(w->path);
	w->path = NULL;
	return open_directly(path);
}

/* Releases everything, and removes a file that has only its temporary name. Keeps errno. */
static void
forget(struct atomic_file *w)
{
	int error = errno;

	if (w->named)
		unlink(w->temporary);
	free(w->path);
	free(w->temporary);
	*w = (struct atomic_file){ .stream = NULL };
	errno = error;
}

int
atomic_file_open(struct atomic_file *w, const char *path)
{
	int fd = -1;

	*w = (struct atomic_file){ .path = resolve(path) };
	if (w->path != NULL)
		fd = open_any(w, path);
	if (fd != -1)
		w->stream = fdopen(fd, "w");
	if (w->stream != NULL)
		return 0;
	if (fd != -1)
		close(fd);
	forget(w);
	return -1;
}

/* Writes what is left in the stream, and gives the file its temporary name if it has none yet. */
static int
finish(struct atomic_file *w)
{
	errno = EIO; /* if an earlier write failed, its errno is lost */
	if (ferror(w->stream) || fflush(w->stream) == EOF)
		return -1;
	if (w->path == NULL || w->named)
		return 0;
	return name_it(w, link_unnamed, fileno(w->stream));
}

int
atomic_file_commit(struct atomic_file *w)
{
	int result = finish(w), error = errno;

	if (fclose(w->stream) == EOF && result == 0) {
		result = -1;
		error = errno;
	}
	errno = error;
	if (result == 0 && w->path != NULL) {
		result = rename(w->temporary, w->path);
		w->named = result == -1;
	}
	forget(w);
	return result;
}

void
atomic_file_cancel(struct atomic_file *w)
{
	int error = errno;

	fclose(w->stream);
	errno = error;
	forget(w);
}
