/*
 * Invariants: the file is replaced by one rename(2), after everything was written and the fd was closed without an
 * error. Its directory is opened once, so that the name means the same file from the first look to the rename, even if
 * a link that leads there is changed meanwhile. Where the system can create a file without a name (O_TMPFILE), the file
 * has a temporary name only between its last byte and that rename, so that nothing is left behind if the process is
 * killed before.
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

enum {
	MOST_LINKS = 40,
	MOST_NAMES = 100,
	MOST_TRIES = 10, /* if a link is changed while it is followed */
};

/* A directory that may be searched need not be readable. */
#ifdef O_PATH
enum { OPEN_DIRECTORY = O_PATH | O_DIRECTORY | O_CLOEXEC };
#else
enum { OPEN_DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC };
#endif

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

/* Opens the directory of `path`. -1 with errno. */
static int
open_directory(const char *path)
{
	struct buf b = { 0 };
	int fd;

	buf_add(&b, path, directory_length(path));
	buf_addc(&b, '.');
	fd = open(text(&b), OPEN_DIRECTORY);
	buf_free(&b);
	return fd;
}

static void
close_place(struct atomic_file *w)
{
	if (w->name == NULL)
		return;
	free(w->name);
	w->name = NULL;
	close(w->dir_fd);
}

/*
 * Sets the place of `path` and looks at what is there: *st, with st_mode 0 if nothing is. Returns 0, or -1 with errno.
 * If it is a symbolic link, *next is the path of its target, which the caller frees; else NULL.
 */
static int
look(struct atomic_file *w, const char *path, struct stat *st, char **next)
{
	char to[PATH_MAX];
	struct buf b = { 0 };
	ssize_t n;

	*next = NULL;
	w->dir_fd = open_directory(path);
	if (w->dir_fd == -1)
		return -1;
	w->name = mem_strdup(path + directory_length(path));
	if (fstatat(w->dir_fd, w->name, st, AT_SYMLINK_NOFOLLOW) == -1) {
		st->st_mode = 0;
		return errno == ENOENT ? 0 : -1;
	}
	if (!S_ISLNK(st->st_mode))
		return 0;
	n = readlinkat(w->dir_fd, w->name, to, sizeof to);
	if (n <= 0 || (size_t)n == sizeof to) {
		errno = n == -1 ? errno : ENAMETOOLONG;
		return -1;
	}
	if (to[0] != '/')
		buf_add(&b, path, directory_length(path));
	buf_add(&b, to, (size_t)n);
	*next = text(&b);
	return 0;
}

/* Sets the place that `path` leads to by symbolic links, as `look`. */
static int
find_place(struct atomic_file *w, const char *path, struct stat *st)
{
	char *at = mem_strdup(path), *next;
	int result = -1, error;

	errno = ELOOP;
	for (int i = 0; i < MOST_LINKS; i++) {
		result = look(w, at, st, &next);
		if (result == -1 || next == NULL)
			break;
		free(at);
		at = next;
		close_place(w);
		result = -1;
		errno = ELOOP;
	}
	error = errno;
	free(at);
	if (result == -1)
		close_place(w);
	errno = error;
	return result;
}

/*
 * Creates a file without a name in the directory. -1 if that is not supported, or if it could not be given a name
 * later.
 */
static int
make_unnamed(const struct atomic_file *w)
{
#ifdef O_TMPFILE
	if (access("/proc/self/fd", X_OK) == -1)
		return -1;
	return openat(w->dir_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
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
	return openat(w->dir_fd, w->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

static int
link_unnamed(const struct atomic_file *w, int fd)
{
	char from[32];

	snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, from, w->dir_fd, w->temporary, AT_SYMLINK_FOLLOW);
}

/* Opens a new file for the place; it gets the mode of `old`, NULL: the umask applies. */
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

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Opens what `old` describes by its path. -1 with errno; EAGAIN: the path leads elsewhere by now. */
static int
open_directly(const char *path, const struct stat *old)
{
	struct stat st;
	int fd;

	/* If standard output is a file, opening it by this name would start to write at its beginning again. */
	if (strcmp(path, "/dev/stdout") == 0)
		return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && !is_same(&st, old))
		errno = EAGAIN;
	else if (!S_ISREG(old->st_mode) || ftruncate(fd, 0) == 0)
		return fd;
	close(fd);
	return -1;
}

/*
 * Returns the fd to write to, or -1 with errno; EAGAIN: a link was changed meanwhile. `last`: if two looks
 * differ, this is not the reason, but the path is a link in /proc to a file without a name.
 */
static int
open_any(struct atomic_file *w, const char *path, bool last)
{
	struct stat old = { 0 }, here = { 0 };
	bool exists = stat(path, &old) == 0;

	if (!exists && (errno != ENOENT || *path == '\0'))
		return -1;
	if (exists && S_ISDIR(old.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if (exists && (!S_ISREG(old.st_mode) || strcmp(path, "/dev/stdout") == 0))
		return open_directly(path, &old);
	if (find_place(w, path, &here) == -1)
		return -1;
	if (!exists && here.st_mode == 0)
		return open_beside(w, NULL);
	if (exists && here.st_mode != 0 && is_same(&here, &old))
		return faccessat(w->dir_fd, w->name, W_OK, AT_EACCESS) == -1 ? -1 : open_beside(w, &old);
	close_place(w);
	if (exists && last)
		return open_directly(path, &old);
	errno = EAGAIN;
	return -1;
}

/* Releases everything, and removes a file that has only its temporary name. Keeps errno. */
static void
forget(struct atomic_file *w)
{
	int error = errno;

	if (w->named)
		unlinkat(w->dir_fd, w->temporary, 0);
	close_place(w);
	free(w->temporary);
	*w = (struct atomic_file){ .stream = NULL };
	errno = error;
}

int
atomic_file_open(struct atomic_file *w, const char *path)
{
	int fd = -1;

	*w = (struct atomic_file){ .stream = NULL };
	errno = EAGAIN;
	for (int i = 1; fd == -1 && errno == EAGAIN && i <= MOST_TRIES; i++)
		fd = open_any(w, path, i == MOST_TRIES);
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
	if (w->name == NULL || w->named)
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
	if (result == 0 && w->name != NULL) {
		result = renameat(w->dir_fd, w->temporary, w->dir_fd, w->name);
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
