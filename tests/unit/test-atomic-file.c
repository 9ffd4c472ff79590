/* atomic-file: a file is replaced whole or not at all, links are followed, and nothing is left behind. */
#include "sys/atomic-file.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

static void
make_file(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(name, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF || chmod(name, mode) == -1)
		err(1, "%s", name);
}

static bool
holds(const char *name, const char *text)
{
	char got[64] = "";
	FILE *f = fopen(name, "r");

	if (f == NULL)
		return false;
	got[fread(got, 1, sizeof got - 1, f)] = '\0';
	fclose(f);
	return strcmp(got, text) == 0;
}

static mode_t
mode_of(const char *name)
{
	struct stat st;

	return lstat(name, &st) == -1 ? 0 : st.st_mode;
}

/* How many names are in the folder. */
static int
names_in(const char *folder)
{
	DIR *d = opendir(folder);
	int n = 0;

	if (d == NULL)
		err(1, "%s", folder);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

/* 0, or the errno of what failed. */
static int
write_whole(const char *name, const char *text)
{
	struct atomic_file w;

	if (atomic_file_open(&w, name) == -1)
		return errno;
	fputs(text, w.stream);
	return atomic_file_commit(&w) == -1 ? errno : 0;
}

static void
test_new(void)
{
	struct atomic_file w;

	tap_ok(atomic_file_open(&w, "new") == 0 && fputs("half", w.stream) != EOF && fflush(w.stream) == 0,
	    "a new file is begun");
	tap_ok(mode_of("new") == 0, "nothing is there before its end");
	atomic_file_cancel(&w);
	tap_ok(names_in(".") == 0, "given up, nothing is there");
	umask(027);
	tap_ok(write_whole("new", "whole") == 0 && holds("new", "whole"), "ended, it is there");
	tap_ok(mode_of("new") == (S_IFREG | 0640), "with the mode that the umask leaves");
	umask(022);
	tap_ok(names_in(".") == 1, "and nothing else is");
}

static void
test_old(void)
{
	struct atomic_file w;

	make_file("new", "before", 0604);
	tap_ok(atomic_file_open(&w, "new") == 0 && fputs("after", w.stream) != EOF && fflush(w.stream) == 0 &&
		holds("new", "before"),
	    "what was there stays");
	atomic_file_cancel(&w);
	tap_ok(holds("new", "before") && names_in(".") == 1, "to be there when the new one is given up");
	tap_ok(write_whole("./new", "after") == 0 && holds("new", "after") && mode_of("new") == (S_IFREG | 0604),
	    "the new one has its mode");
	tap_ok(names_in(".") == 1, "nothing is left beside it");
}

static void
test_links(void)
{
	if (mkdir("folder", 0777) == -1 || symlink("folder/first", "link") == -1 ||
	    symlink("second", "folder/first") == -1 || symlink("loop", "loop") == -1)
		err(1, "symlink");
	tap_ok(write_whole("link", "one") == 0 && holds("folder/second", "one") && S_ISLNK(mode_of("link")) &&
		S_ISLNK(mode_of("folder/first")),
	    "a link to a link to nothing: that is made, and the links stay");
	tap_ok(write_whole("link", "two") == 0 && holds("folder/second", "two") && S_ISLNK(mode_of("link")),
	    "the file behind links is replaced");
	tap_ok(names_in("folder") == 2, "beside it, and nothing is left there");
	tap_ok(write_whole("loop", "x") == ELOOP, "a link to itself");
}

static void
test_direct(void)
{
	char got[8] = "", name[64];
	int fd;

	if (mkfifo("pipe", 0666) == -1 || (fd = open("pipe", O_RDWR | O_NONBLOCK | O_CLOEXEC)) == -1)
		err(1, "pipe");
	tap_ok(write_whole("pipe", "bytes") == 0 && read(fd, got, sizeof got) == 5 && S_ISFIFO(mode_of("pipe")),
	    "a named pipe is written to");
	close(fd);
	tap_ok(write_whole("/dev/null", "bytes") == 0 && S_ISCHR(mode_of("/dev/null")), "a device too");
	tap_ok(write_whole("/dev/full", "bytes") == ENOSPC, "one that is full says so");
	fd = open("gone", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	unlink("gone");
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	if (access(name, F_OK) == 0)
		tap_ok(write_whole(name, "bytes") == 0 && pread(fd, got, sizeof got, 0) == 5 && names_in(".") == 5,
		    "a file that has no name any more is written to");
	close(fd);
}

/* What a shell's > would have done: behind what is there already. */
static void
test_stdout(void)
{
	int saved, fd, error;

	make_file("out", "begun ", 0666);
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	fd = open("out", O_WRONLY | O_CLOEXEC);
	lseek(fd, 0, SEEK_END);
	dup2(fd, STDOUT_FILENO);
	error = write_whole("/dev/stdout", "ended");
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(fd);
	tap_ok(error == 0 && holds("out", "begun ended"), "/dev/stdout is standard output");
}

static void
test_refused(void)
{
	tap_ok(write_whole("folder", "x") == EISDIR, "a directory is none");
	tap_ok(write_whole("none/such", "x") == ENOENT && write_whole("none/", "x") == ENOENT &&
		write_whole("", "x") == ENOENT,
	    "a folder that is not there");
	tap_ok(write_whole("new/such", "x") == ENOTDIR, "a file in a folder's place");
	make_file("kept", "before", 0444);
	if (geteuid() == 0)
		return;
	tap_ok(write_whole("kept", "x") == EACCES && holds("kept", "before"), "a file that may not be written");
	chmod("folder", 0555);
	tap_ok(write_whole("folder/new", "x") == EACCES && write_whole("folder/second", "x") == EACCES &&
		holds("folder/second", "two"),
	    "a folder that may not be");
	chmod("folder", 0755);
}

/* As with a full disk: the first bytes go, the others do not. */
static void
test_full(void)
{
	struct rlimit old, least = { 0, 0 };
	struct atomic_file w;
	bool opened, written;

	make_file("new", "before", 0644);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	least = (struct rlimit){ 10000, old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &least);
	opened = atomic_file_open(&w, "new") == 0;
	for (int i = 0; opened && i < 20000; i++)
		putc('x', w.stream);
	written = opened && atomic_file_commit(&w) == 0;
	setrlimit(RLIMIT_FSIZE, &old);
	tap_ok(opened && !written, "no room for all of it");
	tap_ok(holds("new", "before"), "what was there is still there");
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR");
	char folder[4096];
	int names;

	snprintf(folder, sizeof folder, "%s/test-atomic-file-XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
	if (mkdtemp(folder) == NULL || chdir(folder) == -1)
		err(1, "%s", folder);
	test_new();
	test_old();
	test_links();
	test_direct();
	test_stdout();
	names = names_in(".");
	test_full();
	tap_ok(names_in(".") == names, "nothing is left beside it");
	test_refused();
	tap_ok(names_in(".") == names + 1, "nothing is left of what was refused");
	if (chdir("/") == -1 || nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) == -1)
		err(1, "%s", folder);
	return tap_done();
}
