/* temp-dir: what is made, and what is removed when another user has interfered. */
#include "sys/temp-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/owner-only.h"
#include "tap.h"

static char scratch[] = "/tmp/test-temp-dir-XXXXXX";

static bool
is_ours(const char *name, mode_t mode)
{
	return S_ISREG(mode) && strcmp(name, "ours") == 0;
}

static void
make(struct temp_dir *d)
{
	int fd;

	tap_ok(temp_dir_make(d, scratch, is_ours) == 0, "temp_dir: a directory is made");
	fd = owner_open(d->fd, "ours", O_WRONLY | O_EXCL);
	tap_ok(fd != -1 && close(fd) == 0, "temp_dir: a file is made in it");
}

static bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void
test_removed(void)
{
	struct temp_dir d;
	struct stat st;

	umask(0777);
	make(&d);
	umask(022);
	tap_ok(
	    stat(d.path, &st) == 0 && st.st_mode == (S_IFDIR | 0700), "temp_dir: its mode is 0700 whatever the umask");
	temp_dir_remove(&d);
	tap_ok(!exists(d.path), "temp_dir: it is removed with the file");
	temp_dir_free(&d);
	tap_ok(d.path == NULL, "temp_dir: it can be freed");
	temp_dir_remove(&d);
	temp_dir_free(&d);
	tap_ok(temp_dir_make(&d, "/nonexistent", is_ours) == -1 && errno == ENOENT && d.path == NULL,
	    "temp_dir: without a parent it fails with ENOENT");
}

static void
test_foreign_file(void)
{
	struct temp_dir d;
	int fd;

	make(&d);
	fd = owner_open(d.fd, "theirs", O_WRONLY);
	tap_ok(fd != -1 && close(fd) == 0, "temp_dir: another file is put into it");
	temp_dir_remove(&d);
	tap_ok(faccessat(d.fd, "ours", F_OK, 0) == -1 && faccessat(d.fd, "theirs", F_OK, 0) == 0 && exists(d.path),
	    "temp_dir: a file that is not ours stays");
	unlinkat(d.fd, "theirs", 0);
	temp_dir_remove(&d);
	tap_ok(!exists(d.path), "temp_dir: it can be removed later");
	temp_dir_free(&d);
}

/* Puts a link to a directory with a file of the same name in its place, or with `link` false that directory itself. */
static void
test_replaced(bool link)
{
	struct temp_dir d;
	char aside[64], target[64], file[80];
	const char *what = link ? "link" : "directory";
	int fd;

	snprintf(aside, sizeof aside, "%s/aside", scratch);
	snprintf(target, sizeof target, "%s/target", scratch);
	make(&d);
	tap_ok(mkdir(target, 0700) == 0 && rename(d.path, aside) == 0 &&
		(link ? symlink(target, d.path) : rename(target, d.path)) == 0,
	    "temp_dir: a %s is put in its place", what);
	snprintf(file, sizeof file, "%s/ours", d.path);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	tap_ok(fd != -1 && close(fd) == 0, "temp_dir: with a file of the same name");
	temp_dir_remove(&d);
	tap_ok(exists(file), "temp_dir: that file stays");
	tap_ok(faccessat(d.fd, "ours", F_OK, 0) == -1, "temp_dir: our file is removed");
	unlink(file);
	temp_dir_remove(&d);
	tap_ok(exists(d.path), "temp_dir: the %s stays", what);
	tap_ok((link ? unlink(d.path) : rmdir(d.path)) == 0 && (!link || rmdir(target) == 0) && rmdir(aside) == 0,
	    "temp_dir: nothing else is left");
	temp_dir_free(&d);
}

static void
test_safe(void)
{
	tap_ok(chmod(scratch, 0777) == 0 && !temp_dir_is_safe(scratch), "temp_dir: mode 0777 is not safe");
	tap_ok(chmod(scratch, 01777) == 0 && temp_dir_is_safe(scratch), "temp_dir: mode 01777 is safe");
	tap_ok(chmod(scratch, 0755) == 0 && temp_dir_is_safe(scratch), "temp_dir: mode 0755 is safe");
	tap_ok(!temp_dir_is_safe("/nonexistent"), "temp_dir: a directory that does not exist is not safe");
}

int
main(void)
{
	if (mkdtemp(scratch) == NULL)
		return 1;
	test_removed();
	test_foreign_file();
	test_replaced(true);
	test_replaced(false);
	test_safe();
	tap_ok(rmdir(scratch) == 0, "temp_dir: the parent is empty again");
	return tap_done();
}
