/* client: how a jobserver is joined, and what pays for jobs then. */
#include "jobserver/client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "sys/os.h"
#include "tap.h"

enum { NOW_S = 1000 };

static const int64_t now = NOW_S * NS_PER_S;

/* Joins as if no other process shared the recipe, so that the tests do not depend on the make that runs them. */
static void
join(struct jobserver *s, const struct jobserver_auth *a, enum jobserver_origin origin, char *problem, size_t size)
{
	jobserver_join(s, a, origin, problem, size);
	if (s->lock_fd != -1)
		close(s->lock_fd);
	if (s->wait_fd != -1)
		close(s->wait_fd);
	s->lock_fd = s->wait_fd = -1;
}

/* Does each of `count` calls return that payment? */
static bool
pays(struct jobserver *s, unsigned count, enum payment payment)
{
	while (count > 0 && jobserver_acquire(s, now) == payment)
		count--;
	return count == 0;
}

static bool
releases_two(struct jobserver *s)
{
	int first = jobserver_release(s, PAYMENT_TOKEN, now);

	return first == 0 && jobserver_release(s, PAYMENT_TOKEN, now) == 0;
}

static void
mode_is(const char *what, struct jobserver_auth a, enum jobserver_origin origin, enum jobserver_mode mode,
    const char *problem)
{
	char text[512];
	struct jobserver s;

	join(&s, &a, origin, text, sizeof text);
	tap_ok(s.mode == mode && (*problem == '\0' ? *text == '\0' : strstr(text, problem) != NULL),
	    "client: %s: \"%s\"", what, text);
	jobserver_leave(&s);
}

static void
test_modes(const char *directory)
{
	char file[512], missing[512];

	snprintf(file, sizeof file, "%s/file", directory);
	snprintf(missing, sizeof missing, "%s/missing", directory);
	close(open(file, O_CREAT | O_WRONLY, 0600));
	mode_is("without an auth nothing limits the jobs", (struct jobserver_auth){ .jobs = JOBS_ABSENT }, FROM_MAKE,
	    JOBSERVER_ABSENT, "");
	mode_is(
	    "make -j1 means one job at a time", (struct jobserver_auth){ .jobs = 1 }, FROM_MAKE, JOBSERVER_SINGLE, "");
	mode_is("-j1 in MAKEFLAGS without a make has no effect", (struct jobserver_auth){ .jobs = 1 }, FROM_ENVIRONMENT,
	    JOBSERVER_ABSENT, "");
	mode_is("a recipe without + gets one job", (struct jobserver_auth){ .kind = AUTH_CLOSED }, FROM_MAKE,
	    JOBSERVER_SINGLE, "begin the recipe line with '+'");
	mode_is("an auth that cannot be parsed gives one job", (struct jobserver_auth){ .kind = AUTH_INVALID },
	    FROM_MAKE, JOBSERVER_SINGLE, "invalid --jobserver-auth");
	mode_is("a missing named pipe gives one job", (struct jobserver_auth){ .kind = AUTH_FIFO, .path = missing },
	    FROM_MAKE, JOBSERVER_SINGLE, "No such file");
	mode_is("a file in place of a named pipe gives one job",
	    (struct jobserver_auth){ .kind = AUTH_FIFO, .path = file }, FROM_MAKE, JOBSERVER_SINGLE,
	    "not a named pipe");
	mode_is("closed fds give one job", (struct jobserver_auth){ .kind = AUTH_FDS, .read_fd = 998, .write_fd = 999 },
	    FROM_OPTION, JOBSERVER_SINGLE, "998,999 not found");
	unlink(file);
}

static void
test_absent(void)
{
	struct jobserver_auth a = { .jobs = JOBS_ABSENT };
	struct jobserver s;
	char problem[512];

	join(&s, &a, FROM_MAKE, problem, sizeof problem);
	tap_ok(pays(&s, 5, PAYMENT_UNNEEDED), "client: without a jobserver any number of jobs is allowed");
	tap_ok(jobserver_fd(&s, now) == -1 && jobserver_wait_ns(&s, now) == -1,
	    "client: and nothing has to be waited for");
	jobserver_leave(&s);
}

/* With a jobserver of two tokens, in a named pipe. */
static void
test_tokens(const char *directory)
{
	char path[512], problem[512], left[8] = "";
	struct jobserver_auth a = { .kind = AUTH_FIFO, .path = path, .jobs = 3 };
	struct jobserver s;
	int fd;

	snprintf(path, sizeof path, "%s/fifo", directory);
	fd = mkfifo(path, 0600) == 0 ? open(path, O_RDWR | O_NONBLOCK) : -1;
	tap_ok(fd != -1 && write(fd, "ab", 2) == 2, "client: a jobserver with two tokens exists");
	join(&s, &a, FROM_MAKE, problem, sizeof problem);
	tap_ok(s.mode == JOBSERVER_JOINED && s.budget == 3 && s.inherited, "client: a named pipe is joined");
	tap_ok(jobserver_acquire(&s, now) == PAYMENT_IMPLICIT, "client: the first job uses the implicit slot");
	tap_ok(pays(&s, 2, PAYMENT_TOKEN), "client: the next jobs use tokens");
	tap_ok(jobserver_acquire(&s, now) == PAYMENT_NONE && !s.gone, "client: without tokens no job can start");
	tap_ok(jobserver_fd(&s, now) == s.read_fd, "client: it waits for a token");
	tap_ok(s.in_hand.count == 2 && jobserver_charge(&s).tokens == &s.in_hand,
	    "client: the keeper knows the tokens in hand");
	tap_ok(releases_two(&s) && read(fd, left, sizeof left) == 2 && memcmp(left, "ab", 2) == 0,
	    "client: tokens are returned unchanged");
	tap_ok(jobserver_release(&s, PAYMENT_IMPLICIT, now) == 0 && jobserver_acquire(&s, now) == PAYMENT_IMPLICIT,
	    "client: the implicit slot can be used again");
	jobserver_release(&s, PAYMENT_IMPLICIT, now);
	jobserver_leave(&s);
	close(fd);
	unlink(path);
}

static void
test_gone(void)
{
	struct jobserver_auth a = { .kind = AUTH_FDS, .jobs = 2 };
	struct jobserver s;
	char problem[512];
	int fd[2];

	tap_ok(os_pipe(fd) == 0 && fcntl(fd[0], F_SETFL, O_NONBLOCK) == 0 && write(fd[1], "x", 1) == 1,
	    "client: a jobserver in a pipe exists");
	a.read_fd = fd[0];
	a.write_fd = fd[1];
	join(&s, &a, FROM_ENVIRONMENT, problem, sizeof problem);
	tap_ok(s.mode == JOBSERVER_JOINED, "client: two ends of a pipe are joined");
	tap_ok(pays(&s, 1, PAYMENT_IMPLICIT) && pays(&s, 1, PAYMENT_TOKEN),
	    "client: the implicit slot and a token pay for two jobs");
	close(fd[1]);
	if (s.own[1] != -1)
		close(s.own[1]);
	s.own[1] = -1;
	s.write_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	tap_ok(jobserver_acquire(&s, now) == PAYMENT_NONE && s.gone, "client: at the end of file the server is gone");
	tap_ok(jobserver_fd(&s, now) == -1, "client: it is not waited for any more");
	tap_ok(jobserver_release(&s, PAYMENT_TOKEN, now) == -1, "client: a token that cannot be returned is an error");
	close(s.write_fd);
	jobserver_leave(&s);
	close(fd[0]);
}

/* Two pools of one recipe: a lock decides who has its slot. */
static void
test_lock(const char *directory)
{
	struct jobserver_auth a = { .jobs = 1 };
	struct jobserver one, two;
	char problem[512], path[512];

	snprintf(path, sizeof path, "%s/lock", directory);
	join(&one, &a, FROM_MAKE, problem, sizeof problem);
	join(&two, &a, FROM_MAKE, problem, sizeof problem);
	one.lock_fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	two.lock_fd = open(path, O_RDWR | O_CLOEXEC);
	tap_ok(jobserver_acquire(&one, now) == PAYMENT_IMPLICIT && !one.lock_refused,
	    "client: one pool locks the recipe's slot");
	tap_ok(
	    jobserver_acquire(&two, now) == PAYMENT_NONE && two.lock_refused, "client: another pool does not get it");
	tap_ok(jobserver_wait_ns(&two, now) > 0, "client: that pool asks again after a while");
	jobserver_release(&one, PAYMENT_IMPLICIT, now);
	tap_ok(jobserver_acquire(&two, now) == PAYMENT_IMPLICIT && !two.lock_refused,
	    "client: it gets the slot when it is free");
	jobserver_release(&two, PAYMENT_IMPLICIT, now);
	jobserver_leave(&one);
	jobserver_leave(&two);
	unlink(path);
}

int
main(void)
{
	char directory[] = "/tmp/test-client-XXXXXX";

	signal(SIGPIPE, SIG_IGN);
	if (!tap_ok(mkdtemp(directory) != NULL, "client: a directory can be created"))
		return tap_done();
	test_modes(directory);
	test_absent();
	test_tokens(directory);
	test_gone();
	test_lock(directory);
	rmdir(directory);
	return tap_done();
}
