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

#include "sys/owner-only.h"

static bool
is_ours(const char *name, mode_t mode)
{
	static const char *const files[] = { "run", "in", "out", "err", "log", "status" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (S_ISREG(mode) && strcmp(name, files[i]) == 0)
			return true;
	/* The mark. */
	return S_ISREG(mode) && strncmp(name, "qpool-", 6) == 0;
}

int
directory_make(struct directory *d)
{
	const char *top = getenv("TMPDIR");

	/* The shell reads the script by its path, so that no other user may replace the directory. */
	if (top != NULL && text_is_harmless(top) && strlen(top) < DIRECTORY_PATH - 32 && temp_dir_is_safe(top) &&
	    temp_dir_make(&d->temp, top, is_ours) == 0)
		return 0;
	return temp_dir_make(&d->temp, "/tmp", is_ours);
}

void
directory_remove(struct directory *d)
{
	temp_dir_remove(&d->temp);
	temp_dir_free(&d->temp);
}

int
directory_write(const struct directory *d, const char *name, const char *bytes, size_t len)
{
	size_t done = 0;
	ssize_t n = 0;
	int fd = owner_open(d->temp.fd, name, O_WRONLY | O_EXCL);

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
	ssize_t n;
	int fd = openat(d->temp.fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

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

/* Can this shell read the script? */
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

/*
 * Appends commands that remove the directory, without its name being followed to another one: the mark in it has the
 * directory's own name, which nobody else can put into a directory that he may not write to.
 */
static void
add_removal(struct buf *b, const char *path)
{
	buf_addf(b, "{ (cd %s && [ -f .%s ] && rm -f run in out err log status .%s); rmdir %s; } 2>/dev/null", path,
	    strrchr(path, '/'), strrchr(path, '/'), path);
}

static int
write_script(const struct directory *d, const char *program, const char *arguments)
{
	const char *path = d->temp.path;
	struct buf b = { 0 };
	int done;

	buf_adds(&b, "trap '");
	add_removal(&b, path);
	buf_addf(&b, "; exit 130' HUP INT TERM\nexec >%s/out\ncommand -v ", path);
	text_add_quoted(&b, program);
	buf_adds(&b, " >/dev/null || exit 127\n");
	text_add_quoted(&b, program);
	buf_addf(&b, " %s\necho $? >%s/status\n", arguments, path);
	/*
	 * If make has died, only the script is left to remove the directory. kill -0 succeeds for a zombie too, so the
	 * parent in /proc decides where there is one.
	 */
	buf_adds(&b,
	    "if [ -r /proc/$$/stat ]; then read -r a b c p d </proc/$$/stat; [ \"$p\" = $PPID ]; "
	    "else kill -0 $PPID; fi 2>/dev/null || ");
	add_removal(&b, path);
	buf_addc(&b, '\n');
	done = directory_write(d, strrchr(path, '/') + 1, "", 0);
	if (done == 0)
		done = directory_write(d, "run", b.data, b.len);
	buf_free(&b);
	return done;
}

/*
 * The shell that replaces SHELL during the call; NULL: SHELL itself reads the script. The script passes the environment
 * on to the commands, so if SHELL is qpool-sh, the shell that it runs reads the script too: /bin/sh may be dash, which
 * drops exported functions.
 */
static const char *
other_shell(void)
{
	char *shell = gmk_expand("$(notdir $(SHELL))");
	const char *real = getenv("QPOOL_REAL_SHELL"), *other = "/bin/sh";

	if (shell != NULL && is_bourne(shell))
		other = NULL;
	else if (shell != NULL && strcmp(shell, "qpool-sh") == 0 && real != NULL && is_bourne(real) &&
	    text_is_harmless(real))
		other = real;
	gmk_free(shell);
	return other;
}

int
directory_run(const struct directory *d, const char *program, const char *arguments)
{
	const char *other = other_shell();
	struct buf b = { 0 };
	char *out;

	if (write_script(d, program, arguments) == -1)
		return -1;
	buf_adds(&b, "$(foreach .SHELLFLAGS,-c,");
	if (other != NULL)
		buf_addf(&b, "$(foreach SHELL,%s,$(shell . %s/run)))", other, d->temp.path);
	else
		buf_addf(&b, "$(shell . %s/run))", d->temp.path);
	buf_addc(&b, '\0');
	out = gmk_expand(b.data);
	if (out != NULL)
		gmk_free(out);
	buf_free(&b);
	return 0;
}
