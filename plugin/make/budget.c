/*
 * Invariant: nothing is kept from call to call. A make that has remade a makefile starts again and reads the makefiles
 * again, and the jobserver appears only once the makefiles are read.
 *
 * In recipes, make's MAKEFLAGS variable is right. While makefiles are read, GNU make 4.3 has neither -j nor the
 * jobserver in it (4.4 has both): then make's own arguments count, before its environment.
 */
#include "budget.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gnumake.h>

#include "text.h"

/* Does this value of MAKEFLAGS contain a jobserver or -j? */
static bool
parse(struct jobserver_auth *a, const char *makeflags)
{
	jobserver_auth_free(a);
	jobserver_auth_parse(a, makeflags);
	return a->kind != AUTH_NONE || a->jobs != JOBS_ABSENT;
}

static bool
parse_makeflags(struct jobserver_auth *a)
{
	char *makeflags = gmk_expand("$(MAKEFLAGS)");
	bool found = parse(a, makeflags);

	if (makeflags != NULL)
		gmk_free(makeflags);
	return found;
}

static void
read_all(int fd, struct buf *b)
{
	ssize_t n;

	do {
		buf_reserve(b, 4096);
		n = read(fd, b->data + b->len, b->capacity - b->len);
		b->len += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n == -1 && errno == EINTR));
}

static bool
parse_arguments(struct jobserver_auth *a)
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	struct buf args = { 0 }, flags = { 0 };
	bool found;

	if (fd == -1)
		return false;
	read_all(fd, &args);
	close(fd);
	if (args.len > 0)
		text_add_flags(&flags, args.data, args.len);
	buf_addc(&flags, '\0');
	found = parse(a, flags.data);
	buf_free(&args);
	buf_free(&flags);
	return found;
}

static bool
is_pipe_end(int fd, int mode)
{
	struct stat st;
	int flags = fcntl(fd, F_GETFL);

	return flags != -1 && ((flags & O_ACCMODE) == mode || (flags & O_ACCMODE) == O_RDWR) && fstat(fd, &st) == 0 &&
	    S_ISFIFO(st.st_mode);
}

/*
 * The MAKEFLAGS of a make that a recipe starts without `+` names a jobserver whose descriptors are closed. Such a make
 * runs one job at a time, and prints a warning about it.
 */
static bool
is_there(const struct jobserver_auth *a)
{
	return a->kind == AUTH_FIFO ||
	    (a->kind == AUTH_FDS && is_pipe_end(a->read_fd, O_RDONLY) && is_pipe_end(a->write_fd, O_WRONLY));
}

void
budget_read(struct budget *b)
{
	struct jobserver_auth *a = &b->auth;

	*b = (struct budget){ .auth = { .kind = AUTH_NONE } };
	if (!parse_makeflags(a) && !parse_arguments(a) && !parse(a, getenv("MAKEFLAGS")) &&
	    !parse(a, getenv("GNUMAKEFLAGS")))
		a->jobs = 1;
	if (a->kind != AUTH_NONE && !is_there(a)) {
		a->kind = AUTH_NONE;
		a->jobs = 1;
	}
}

void
budget_free(struct budget *b)
{
	jobserver_auth_free(&b->auth);
}

/* Like qpool's own count, except that a CPU limit of the cgroup is ignored. */
static int
cpus(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
#ifdef CPU_COUNT
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		return CPU_COUNT(&set);
#endif
	return online > 0 ? (int)online : 1;
}

int
budget_slots(const struct budget *b)
{
	return b->auth.jobs > 0 ? b->auth.jobs : cpus();
}
