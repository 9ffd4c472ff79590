/* atomic-file: a file is replaced completely or not at all, links are followed, and nothing is left behind. */
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
#include <sys/syscall.h>
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

/* Returns the number of names in the directory. */
static int
names_in(const char *directory)
{
	DIR *d = opendir(directory);
	int n = 0;

	if (d == NULL)
		err(1, "%s", directory);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

/* Returns 0, or the errno of the function that failed. */
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
	    "atomic-file: a new file is started");
	tap_ok(mode_of("new") == 0, "atomic-file: a new file does not exist before the commit");
	atomic_file_cancel(&w);
	tap_ok(names_in(".") == 0, "atomic-file: a cancelled file leaves nothing");
	umask(027);
	tap_ok(write_whole("new", "whole") == 0 && holds("new", "whole"),
	    "atomic-file: a committed file exists with its contents");
	tap_ok(mode_of("new") == (S_IFREG | 0640), "atomic-file: a new file has the mode of the umask");
	umask(022);
	tap_ok(names_in(".") == 1, "atomic-file: nothing else is left in the directory");
}

static void
test_old(void)
{
	struct atomic_file w;

	make_file("new", "before", 0604);
	tap_ok(atomic_file_open(&w, "new") == 0 && fputs("after", w.stream) != EOF && fflush(w.stream) == 0 &&
		holds("new", "before"),
	    "atomic-file: an old file stays until the commit");
	atomic_file_cancel(&w);
	tap_ok(holds("new", "before") && names_in(".") == 1, "atomic-file: an old file stays after a cancel");
	tap_ok(write_whole("./new", "after") == 0 && holds("new", "after") && mode_of("new") == (S_IFREG | 0604),
	    "atomic-file: a replaced file keeps the mode of the old one");
	tap_ok(names_in(".") == 1, "atomic-file: replacing leaves nothing else in the directory");
}

static void
test_links(void)
{
	if (mkdir("directory", 0777) == -1 || symlink("directory/first", "link") == -1 ||
	    symlink("second", "directory/first") == -1 || symlink("loop", "loop") == -1)
		err(1, "symlink");
	tap_ok(write_whole("link", "one") == 0 && holds("directory/second", "one") && S_ISLNK(mode_of("link")) &&
		S_ISLNK(mode_of("directory/first")),
	    "atomic-file: a dangling link to a link: its target is created, and the links stay");
	tap_ok(write_whole("link", "two") == 0 && holds("directory/second", "two") && S_ISLNK(mode_of("link")),
	    "atomic-file: the target of links is replaced");
	tap_ok(names_in("directory") == 2, "atomic-file: nothing else is left beside the target");
	tap_ok(write_whole("loop", "x") == ELOOP, "atomic-file: a link to itself is ELOOP");
}

static const char *change; /* a link to set to `change_to` after the next look at it; NULL: none */
static const char *change_to;

static void
change_link(const char *name)
{
	const char *link = change;

	if (link == NULL || strcmp(name, link) != 0)
		return;
	change = NULL;
	unlink("new link");
	if (symlink(change_to, "new link") == -1 || rename("new link", link) == -1)
		err(1, "%s", link);
}

/* In place of the library's: another process changes the link as soon as it was read. */
ssize_t
readlink(const char *path, char *to, size_t size)
{
	ssize_t n = syscall(SYS_readlinkat, AT_FDCWD, path, to, size);

	change_link(path);
	return n;
}

ssize_t
readlinkat(int directory, const char *path, char *to, size_t size)
{
	ssize_t n = syscall(SYS_readlinkat, directory, path, to, size);

	change_link(path);
	return n;
}

/* Was this file replaced by a new one with other text? Not if a reader that has it open sees its content change. */
static bool
is_replaced(const char *name, const struct stat *before)
{
	struct stat after;

	return holds(name, "new") && stat(name, &after) == 0 && after.st_ino != before->st_ino;
}

static void
test_link_changes(void)
{
	struct stat a, b;

	make_file("a", "a", 0666);
	make_file("b", "b", 0666);
	if (symlink("a", "current") == -1 || stat("a", &a) == -1 || stat("b", &b) == -1)
		err(1, "current");
	change = "current";
	change_to = "b";
	tap_ok(write_whole("current", "new") == 0 && change == NULL && S_ISLNK(mode_of("current")),
	    "atomic-file: a link is changed while it is followed");
	tap_ok((is_replaced("a", &a) && holds("b", "b")) || (is_replaced("b", &b) && holds("a", "a")),
	    "atomic-file: one of the files that it led to is replaced as a whole");
	unlink("a");
	unlink("b");
	unlink("current");
}

/* A link in the middle of the path leads elsewhere before the commit. */
static void
test_directory_changes(void)
{
	struct atomic_file w;

	if (mkdir("one", 0777) == -1 || mkdir("two", 0777) == -1 || symlink("one", "release") == -1)
		err(1, "release");
	tap_ok(atomic_file_open(&w, "release/page") == 0 && fputs("text", w.stream) != EOF && unlink("release") == 0 &&
		symlink("two", "release") == 0 && atomic_file_commit(&w) == 0,
	    "atomic-file: a link to the directory is changed before the commit");
	tap_ok(holds("one/page", "text") && names_in("one") == 1 && names_in("two") == 0,
	    "atomic-file: the file is where it was opened, and nothing else is left");
	unlink("one/page");
	rmdir("one");
	rmdir("two");
	unlink("release");
}

static void
test_direct(void)
{
	char got[8] = "", name[64];
	int fd;

	if (mkfifo("pipe", 0666) == -1 || (fd = open("pipe", O_RDWR | O_NONBLOCK | O_CLOEXEC)) == -1)
		err(1, "pipe");
	tap_ok(write_whole("pipe", "bytes") == 0 && read(fd, got, sizeof got) == 5 && S_ISFIFO(mode_of("pipe")),
	    "atomic-file: a named pipe is written directly");
	close(fd);
	tap_ok(write_whole("/dev/null", "bytes") == 0 && S_ISCHR(mode_of("/dev/null")),
	    "atomic-file: a device is written directly");
	tap_ok(write_whole("/dev/full", "bytes") == ENOSPC, "atomic-file: a full device is ENOSPC");
	fd = open("gone", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	unlink("gone");
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	if (access(name, F_OK) == 0)
		tap_ok(write_whole(name, "bytes") == 0 && pread(fd, got, sizeof got, 0) == 5 && names_in(".") == 5,
		    "atomic-file: a deleted file is written directly");
	close(fd);
}

/* As a redirection of the shell would: behind what was written before. */
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
	tap_ok(error == 0 && holds("out", "begun ended"), "atomic-file: /dev/stdout is standard output");
}

static void
test_refused(void)
{
	tap_ok(write_whole("directory", "x") == EISDIR, "atomic-file: a directory is EISDIR");
	tap_ok(write_whole("none/such", "x") == ENOENT && write_whole("none/", "x") == ENOENT &&
		write_whole("", "x") == ENOENT,
	    "atomic-file: a missing directory is ENOENT");
	tap_ok(write_whole("new/such", "x") == ENOTDIR, "atomic-file: a file in place of a directory is ENOTDIR");
	make_file("kept", "before", 0444);
	if (geteuid() == 0)
		return;
	tap_ok(
	    write_whole("kept", "x") == EACCES && holds("kept", "before"), "atomic-file: a read-only file is EACCES");
	chmod("directory", 0555);
	tap_ok(write_whole("directory/new", "x") == EACCES && write_whole("directory/second", "x") == EACCES &&
		holds("directory/second", "two"),
	    "atomic-file: a read-only directory is EACCES");
	chmod("directory", 0755);
}

/* As on a full disk: the first bytes are written, the others are not. */
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
	tap_ok(opened && !written, "atomic-file: full disk: the commit fails");
	tap_ok(holds("new", "before"), "atomic-file: full disk: the old file stays");
}

/* A directory appears at the name before the commit. */
static void
test_rename_fails(void)
{
	struct atomic_file w;

	tap_ok(atomic_file_open(&w, "late") == 0 && fputs("text", w.stream) != EOF && mkdir("late", 0777) == 0,
	    "atomic-file: a directory takes the name before the commit");
	errno = 0;
	tap_ok(atomic_file_commit(&w) == -1 && errno == EISDIR && S_ISDIR(mode_of("late")),
	    "atomic-file: a commit that cannot rename the file is an error");
	rmdir("late");
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
	char directory[4096];
	int names;

	snprintf(directory, sizeof directory, "%s/test-atomic-file-XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
	if (mkdtemp(directory) == NULL || chdir(directory) == -1)
		err(1, "%s", directory);
	test_new();
	test_old();
	test_links();
	test_direct();
	test_stdout();
	test_link_changes();
	test_directory_changes();
	names = names_in(".");
	test_full();
	tap_ok(names_in(".") == names, "atomic-file: full disk: nothing is left in the directory");
	test_rename_fails();
	tap_ok(names_in(".") == names, "atomic-file: a failed rename leaves no temporary file");
	test_refused();
	tap_ok(names_in(".") == names + 1, "atomic-file: after errors nothing is left in the directory");
	if (chdir("/") == -1 || nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS) == -1)
		err(1, "%s", directory);
	return tap_done();
}
