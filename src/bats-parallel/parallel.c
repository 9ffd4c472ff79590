/*
 * parallel: takes the place of GNU parallel for `bats --jobs N`, and lets qpool run the files.
 *
 * It accepts the command lines that bats uses, and no others:
 *   bats 1.5 to 1.9   parallel --keep-order --jobs N bats-exec-file FLAGS {} LIST ::: FILE ...
 *   bats 1.10 on      parallel --keep-order --jobs N -- bats-exec-file FLAGS {} LIST, with the files as lines of stdin
 *   bats 1.12 on      the same with {#} before the {}
 *   bats 1.13 on      with --halt now,fail=1 for `bats --abort`
 * FLAGS is one word: options, quoted by bash's printf %q. What looks like a replacement string in a file's name, in
 * FLAGS or in LIST is text. Options that a later bats may add are rejected, because they may change what it reports.
 *
 * This is a program and not a script because a shell would change the environment of the tests: dash drops exported
 * functions, and bash sets variables such as IFS. For each file, qpool runs this program once more, as
 *   parallel --run-file FLAGS LIST NUMBERED COUNT [VARIABLE ...] FILE
 * with the COUNT variables of qpool that the tests have to see. It then becomes bats-exec-file.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/unescape.h"
#include "base/write-all.h"
#include "worker/worker.h"

enum { STATUS_SYSTEM = 1, STATUS_USAGE = 2, STATUS_NOT_RUN = 126, STATUS_NOT_FOUND = 127 };

/* What qpool sets for each job. A qpool above bats may have set them too. */
static const char *const variables[] = { "QPOOL_PROGRESS_FD", "QPOOL_SEQ", "QPOOL_SLOT", "QPOOL_PID" };
enum { VARIABLES = sizeof(variables) / sizeof(variables[0]) };

/* What bats asks for. All strings are borrowed from argv. */
struct request {
	char *jobs, *halt, *flags, *list;
	bool numbered;
	char **files; /* NULL: the lines of standard input */
};

/* Prints a message; names and words in it can have any bytes. */
static void
report(const char *what, const char *word, const char *why)
{
	struct buf b = { 0 };

	buf_adds(&b, "parallel: ");
	escape_visible(&b, what, strlen(what));
	escape_visible(&b, word, strlen(word));
	escape_visible(&b, why, strlen(why));
	buf_addc(&b, '\n');
	/* An error is ignored: nothing else could report it. */
	(void)write_all(STDERR_FILENO, b.data, b.len);
	buf_free(&b);
}

static _Noreturn void
reject(const char *what, const char *word, const char *why)
{
	struct buf b = { 0 };

	buf_addf(&b, "%s; this is qpool's parallel: it serves bats 1.5 and later and nothing else", why);
	buf_addc(&b, '\0');
	report(what, word, b.data);
	exit(STATUS_USAGE);
}

static _Noreturn void
fail(const char *what)
{
	int why = errno;

	report(what, ": ", strerror(why));
	exit(STATUS_SYSTEM);
}

static bool
is(const char *word, const char *expected)
{
	return word != NULL && strcmp(word, expected) == 0;
}

/* Reads --keep-order --jobs N [--halt now,fail=1] [--]. Returns what follows. */
static char **
read_options(struct request *r, char **word, bool *from_input)
{
	if (!is(word[0], "--keep-order") || !is(word[1], "--jobs"))
		reject("not called with --keep-order --jobs N", "", "");
	r->jobs = word[2] == NULL ? "" : word[2];
	if (*r->jobs == '\0' || r->jobs[strspn(r->jobs, "0123456789")] != '\0')
		reject("--jobs '", r->jobs, "' is not a number");
	word += 3;
	r->halt = "never";
	if (is(*word, "--halt")) {
		r->halt = word[1] == NULL ? "" : word[1];
		if (!is(r->halt, "now,fail=1"))
			reject("--halt '", r->halt, "' is not now,fail=1");
		word += 2;
	}
	*from_input = is(*word, "--");
	return word + *from_input;
}

static void
read_request(struct request *r, char **argv)
{
	bool from_input;
	char **word = read_options(r, argv + 1, &from_input);

	if (!is(word[0], "bats-exec-file"))
		reject("'", word[0] == NULL ? "" : word[0], "' is not bats-exec-file");
	if (word[1] == NULL || word[2] == NULL || word[3] == NULL)
		reject("bats-exec-file lacks an argument", "", "");
	r->flags = word[1];
	word += 2;
	r->numbered = is(*word, "{#}");
	word += r->numbered;
	if (!is(word[0], "{}") || word[1] == NULL)
		reject("bats-exec-file is not called with FLAGS {} LIST", "", "");
	r->list = word[1];
	word += 2;
	r->files = from_input ? NULL : word + 1;
	if (from_input ? *word != NULL : !is(*word, ":::"))
		reject("'", *word == NULL ? "" : *word, "' is not expected here");
	if (!from_input && *r->files == NULL)
		reject("':::' without a file", "", "");
}

/*
 * Makes the files' names the lines of standard input. The writer is a grandchild, so that qpool has no child of ours.
 */
static void
feed_files(char **files)
{
	struct buf lines = { 0 };
	int ends[2], wstatus;
	pid_t pid;

	/* A newline in a name cannot come from bats, which separates its files by newlines. */
	for (; *files != NULL; files++)
		buf_addf(&lines, "%s\n", *files);
	if (pipe(ends) == -1)
		fail("pipe");
	pid = fork();
	if (pid == -1)
		fail("fork");
	if (pid == 0) {
		close(ends[0]);
		pid = fork();
		if (pid == 0 && write_all(ends[1], lines.data, lines.len) == -1)
			_exit(STATUS_SYSTEM); /* --halt: nobody reads on */
		_exit(pid == -1 ? STATUS_SYSTEM : 0);
	}
	close(ends[1]);
	while (waitpid(pid, &wstatus, 0) == -1)
		if (errno != EINTR)
			fail("waitpid");
	if (wstatus != 0 || dup2(ends[0], STDIN_FILENO) == -1)
		fail("cannot pass on the names of the files");
	if (ends[0] != STDIN_FILENO)
		close(ends[0]);
	buf_free(&lines);
}

/* The path of this program, NULL if it cannot be found. Freed by the caller. */
static char *
own_path(const char *name)
{
	char path[PATH_MAX], *found;
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len > 0) {
		path[len] = '\0';
		return mem_strdup(path);
	}
	return worker_find(name, &found) == 0 ? found : NULL;
}

/* Becomes the qpool that runs the files. */
static _Noreturn void
run_files(const struct request *r, char *self)
{
	char *words[17 + VARIABLES] = { "qpool", "-q", "-j", r->jobs, "--halt", r->halt, "-d", "\\n", "--no-template",
		"--", self, "--run-file", r->flags, r->list, r->numbered ? "yes" : "no" };
	char count[2] = "0", *path;
	size_t n = 16;

	words[15] = count;
	for (size_t i = 0; i < VARIABLES; i++) {
		const char *value = getenv(variables[i]);
		struct buf b = { 0 };

		if (value == NULL)
			continue;
		buf_addf(&b, "%s=%s", variables[i], value);
		buf_addc(&b, '\0');
		words[n++] = b.data;
		count[0]++;
	}
	if (worker_find("qpool", &path) != 0)
		path = mem_strdup(BINDIR "/qpool");
	execv(path, words);
	fail(path);
}

/* Does MAKEFLAGS limit the jobs of this process? It then has one token, so the tests of the file run one by one. */
static bool
has_one_token(const char *name)
{
	const char *value = getenv(name);
	struct buf b = { 0 };
	bool found;

	if (value == NULL)
		return false;
	buf_addf(&b, " %s ", value);
	buf_addc(&b, '\0');
	found = strstr(b.data, " --jobserver-") != NULL || strstr(b.data, " -j1 ") != NULL;
	buf_free(&b);
	return found;
}

/* Removes the directories that hold this program from PATH, so that `parallel` is again what it was. */
static void
leave_path(const char *self)
{
	const char *path = getenv("PATH"), *end;
	struct buf kept = { 0 }, entry = { 0 };
	struct stat own, other;

	if (path == NULL || stat(self, &own) == -1)
		return;
	for (;; path = end + 1) {
		end = path + strcspn(path, ":");
		entry.len = 0;
		buf_addf(&entry, "%.*s/parallel", (int)(end - path), path);
		buf_addc(&entry, '\0');
		if (stat(entry.data, &other) == -1 || other.st_dev != own.st_dev || other.st_ino != own.st_ino) {
			buf_add(&kept, path, (size_t)(end - path));
			buf_addc(&kept, ':');
		}
		if (*end == '\0')
			break;
	}
	if (kept.len > 0)
		kept.data[kept.len - 1] = '\0';
	if (kept.len > 0 && setenv("PATH", kept.data, 1) == -1)
		fail("setenv");
	buf_free(&kept);
	buf_free(&entry);
}

/* Makes the environment what it was before qpool. Returns a copy of QPOOL_SEQ. */
static char *
restore_environment(char **before, size_t count, const char *self)
{
	const char *seq = getenv("QPOOL_SEQ"), *progress = getenv("QPOOL_PROGRESS_FD");
	char *number = mem_strdup(seq == NULL ? "" : seq);

	if (progress != NULL)
		close(atoi(progress));
	for (size_t i = 0; i < VARIABLES; i++)
		if (unsetenv(variables[i]) == -1)
			fail("unsetenv");
	for (size_t i = 0; i < count; i++)
		if (putenv(before[i]) != 0)
			fail("putenv");
	if ((has_one_token("MAKEFLAGS") || has_one_token("CARGO_MAKEFLAGS")) &&
	    setenv("BATS_NO_PARALLELIZE_WITHIN_FILE", "1", 1) == -1)
		fail("setenv");
	leave_path(self);
	return number;
}

/* Becomes bats-exec-file FLAGS [NUMBER] FILE LIST. `word` is what follows --run-file. */
static _Noreturn void
run_file(char **word, size_t count, const char *self)
{
	struct buf flags = { 0 };
	int options = unescape_shell(&flags, word[0], strlen(word[0]));
	size_t n = 0;
	char **argv, *number;
	int error;
	size_t variables_count = count > 4 ? (size_t)(word[3][0] - '0') : 0;

	if (options == -1 || count != 5 + variables_count)
		reject("not a call of --run-file by qpool: '", word[0], "'");
	argv = mem_resize(NULL, (size_t)options + 5, sizeof(*argv));
	argv[n++] = "bats-exec-file";
	for (char *at = flags.data; options > 0; options--, at += strlen(at) + 1)
		argv[n++] = at;
	number = restore_environment(word + 4, variables_count, self);
	if (is(word[2], "yes"))
		argv[n++] = number;
	argv[n++] = word[4 + variables_count];
	argv[n++] = word[1];
	argv[n] = NULL;
	if (dup2(STDOUT_FILENO, STDERR_FILENO) == -1)
		fail("dup2");
	execvp(argv[0], argv);
	error = errno;
	report(argv[0], ": ", strerror(error));
	exit(error == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN);
}

int
main(int argc, char **argv)
{
	char *self = own_path(argc > 0 ? argv[0] : "parallel");
	struct request r;

	if (self == NULL)
		fail("cannot find this program");
	if (argc > 2 && is(argv[1], "--run-file"))
		run_file(argv + 2, (size_t)argc - 2, self);
	read_request(&r, argv);
	if (r.files != NULL)
		feed_files(r.files);
	run_files(&r, self);
}
