/*
 * Invariants: the directory is removed when the call ends, and also when a signal or the death of make ends it early.
 * Its path needs no quoting anywhere. The script closes make's pipe at once: make reads the pipe to its end before it
 * reaps its jobs, and the script may wait for the tokens of those jobs.
 */
#include "directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gnumake.h>

static const char *const files[] = { "run", "in", "out", "err", "log", "status" };

static void
name_file(char path[DIRECTORY_PATH + 16], const struct directory *d, const char *name)
{
	snprintf(path, DIRECTORY_PATH + 16, "%s/%s", d->path, name);
}

int
directory_make(struct directory *d)
{
	const char *top = getenv("TMPDIR");

	if (top != NULL && text_is_harmless(top) && strlen(top) < DIRECTORY_PATH - 32) {
		snprintf(d->path, sizeof d->path, "%s/qpool-XXXXXX", top);
		if (mkdtemp(d->path) != NULL)
			return 0;
	}
	snprintf(d->path, sizeof d->path, "/tmp/qpool-XXXXXX");
	return mkdtemp(d->path) == NULL ? -1 : 0;
}

void
directory_remove(const struct directory *d)
{
	char path[DIRECTORY_PATH + 16];
	int why = errno;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		name_file(path, d, files[i]);
		unlink(path);
	}
	rmdir(d->path);
	errno = why;
}

int
directory_write(const struct directory *d, const char *name, const char *bytes, size_t len)
{
	char path[DIRECTORY_PATH + 16];
	size_t done = 0;
	ssize_t n = 0;
	int fd;

	name_file(path, d, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return -1;
	while (done < len && ((n = write(fd, bytes + done, len - done)) >= 0 || errno == EINTR))
		done += n > 0 ? (size_t)n : 0;
	if (close(fd) == -1 || done < len)
		return -1;
	return 0;
}

int
directory_read(const struct directory *d, const char *name, struct buf *b)
{
	char path[DIRECTORY_PATH + 16];
	ssize_t n;
	int fd;

	name_file(path, d, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return -1;
	do {
		buf_reserve(b, 64 << 10);
		n = read(fd, b->data + b->len, b->capacity - b->len);
		b->len += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n == -1 && errno == EINTR));
	close(fd);
	return n == 0 ? 0 : -1;
}

/* Can this shell read the script? If not, /bin/sh replaces SHELL during the call. */
static bool
is_bourne(const char *shell)
{
	static const char *const names[] = { "sh", "bash", "dash", "ash", "ksh", "mksh", "zsh" };
	const char *slash = strrchr(shell, '/'), *name = slash != NULL ? slash + 1 : shell;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static int
write_script(const struct directory *d, const char *program, const char *arguments)
{
	struct buf b = { 0 };
	int done;

	buf_addf(&b, "trap 'rm -rf %s; exit 130' HUP INT TERM\nexec >%s/out\ncommand -v ", d->path, d->path);
	text_add_quoted(&b, program);
	buf_adds(&b, " >/dev/null || exit 127\n");
	text_add_quoted(&b, program);
	buf_addf(&b, " %s\necho $? >%s/status\n", arguments, d->path);
	/*
	 * If make has died, only the script is left to remove the directory. kill -0 succeeds for a zombie too, so the
	 * parent in /proc decides where there is one.
	 */
	buf_addf(&b,
	    "if [ -r /proc/$$/stat ]; then read -r a b c p d </proc/$$/stat; [ \"$p\" = $PPID ]; "
	    "else kill -0 $PPID; fi 2>/dev/null || rm -rf %s\n",
	    d->path);
	done = directory_write(d, "run", b.data, b.len);
	buf_free(&b);
	return done;
}

int
directory_run(const struct directory *d, const char *program, const char *arguments)
{
	struct buf b = { 0 };
	char *shell = gmk_expand("$(SHELL)"), *out;
	bool reads = shell != NULL && is_bourne(shell);

	gmk_free(shell);
	if (write_script(d, program, arguments) == -1)
		return -1;
	buf_addf(&b, "$(foreach .SHELLFLAGS,-c,%s$(shell . %s/run)%s", reads ? "" : "$(foreach SHELL,/bin/sh,", d->path,
	    reads ? ")" : "))");
	buf_addc(&b, '\0');
	out = gmk_expand(b.data);
	if (out != NULL)
		gmk_free(out);
	buf_free(&b);
	return 0;
}
