/* server: slots that jobs share with their processes, which are played by this test. */
#include "jobserver/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "tap.h"
#include "turn.h"

static int64_t now = 1000 * NS_PER_S;

/* The FIFO that MAKEFLAGS of a job names. */
static int
open_fifo(const struct served *v)
{
	const char *path = strstr(v->makeflags.data, "fifo:");
	char copy[512];

	if (path == NULL)
		return -1;
	snprintf(copy, sizeof copy, "%.*s", (int)strcspn(path + 5, " "), path + 5);
	return open(copy, O_RDWR | O_NONBLOCK);
}

/* How many tokens a client can take. */
static unsigned
take_all(int fd)
{
	char bytes[64];
	ssize_t n = read(fd, bytes, sizeof bytes);

	return n > 0 ? (unsigned)n : 0;
}

/* Has it exactly that number of free slots? They are acquired. */
static bool
has_slots(struct server *s, unsigned count)
{
	unsigned got = 0;

	while (server_acquire(s))
		got++;
	return got == count;
}

static void
begin(struct server *s, struct loop *l, enum jobserver_style style, unsigned budget)
{
	if (!tap_ok(server_begin(s, l, style, budget) == 0, "server: it begins with %u slots", budget))
		exit(tap_done());
}

static void
test_slots(struct loop *l)
{
	struct server s;
	struct stat st;
	char directory[512];

	begin(&s, l, STYLE_FIFO, 2);
	snprintf(directory, sizeof directory, "%s", s.directory.path);
	tap_ok(stat(directory, &st) == 0 && (st.st_mode & 0777) == 0700, "server: its directory is private");
	tap_ok(has_slots(&s, 2), "server: it gives as many slots as it has");
	server_set_budget(&s, 3);
	tap_ok(has_slots(&s, 1), "server: one more when the budget grows by one");
	server_release(&s);
	server_set_budget(&s, 1);
	server_release(&s);
	tap_ok(!server_acquire(&s), "server: after the budget shrank, running jobs count against it");
	server_release(&s);
	tap_ok(server_acquire(&s), "server: a released slot is available again");
	server_release(&s);
	server_end(&s);
	tap_ok(stat(directory, &st) == -1 && errno == ENOENT, "server: its directory is removed");
}

static void
test_one_job(struct loop *l)
{
	struct server s;
	struct served v;
	int fd;

	begin(&s, l, STYLE_FIFO, 3);
	tap_ok(server_acquire(&s) && served_open(&s, &v) == 0, "server: a job is served");
	server_share(&s, false, now);
	fd = open_fifo(&v);
	tap_ok(fd != -1 && served_in_use(&v) == 0, "server: it finds a named pipe in MAKEFLAGS");
	tap_ok(take_all(fd) == 2 && served_in_use(&v) == 2, "server: it can take all slots that nobody uses");
	tap_ok(!server_acquire(&s), "server: slots that its processes use are not available");
	tap_ok(write(fd, "+", 1) == 1 && served_in_use(&v) == 1 && server_acquire(&s),
	    "server: a token that it returns is a slot for another job");
	tap_ok(take_all(fd) == 0, "server: and cannot be taken a second time");
	server_release(&s);
	tap_ok(served_close(&s, &v) == 1, "server: a token that a job did not return is reported");
	server_release(&s);
	tap_ok(has_slots(&s, 3), "server: afterwards the whole budget is available");
	close(fd);
	server_end(&s);
}

static void
test_surplus(struct loop *l)
{
	struct server s;
	struct served v;
	char text[128];
	int fd;

	begin(&s, l, STYLE_FIFO, 2);
	tap_ok(server_acquire(&s) && served_open(&s, &v) == 0, "server: another job is served");
	server_share(&s, false, now);
	fd = open_fifo(&v);
	tap_ok(write(fd, "++", 2) == 2 && served_close(&s, &v) == -2, "server: tokens out of nothing are reported");
	served_problem(text, sizeof text, -2);
	tap_ok(strcmp(text, "its processes returned 2 tokens more than they took; the budget was restored") == 0,
	    "server: the message about them: %s", text);
	served_problem(text, sizeof text, 1);
	tap_ok(strcmp(text, "its processes did not return 1 token; the budget was restored") == 0,
	    "server: the message about a missing token: %s", text);
	server_release(&s);
	tap_ok(has_slots(&s, 2), "server: they do not increase the budget");
	close(fd);
	server_end(&s);
}

static void
test_two_jobs(struct loop *l)
{
	struct server s;
	struct served a, b;
	unsigned taken_a, taken_b;
	int fd_a, fd_b;

	begin(&s, l, STYLE_FIFO, 6);
	tap_ok(server_acquire(&s) && served_open(&s, &a) == 0 && server_acquire(&s) && served_open(&s, &b) == 0,
	    "server: two jobs are served");
	server_share(&s, false, now);
	fd_a = open_fifo(&a);
	fd_b = open_fifo(&b);
	taken_a = take_all(fd_a);
	taken_b = take_all(fd_b);
	tap_ok(taken_a == 2 && taken_b == 2, "server: idle slots are offered to both evenly");
	tap_ok(write(fd_a, "++", 2) == 2, "server: one job returns its tokens");
	now += NS_PER_S;
	server_share(&s, false, now);
	now += NS_PER_S;
	server_share(&s, false, now);
	tap_ok(take_all(fd_b) >= 1, "server: tokens that one job leaves are offered to the other");
	tap_ok(served_close(&s, &a) == 0 && served_close(&s, &b) >= 3, "server: both jobs end");
	close(fd_a);
	close(fd_b);
	server_end(&s);
}

/* The ends that a job inherits are those of two pipes, so that what it returns comes here first. */
static void
test_ends(struct loop *l)
{
	struct server s;
	struct served v = { 0 };
	struct worker_place place = { .out = -1 };
	int write_fd;

	begin(&s, l, STYLE_PIPE, 2);
	tap_ok(server_acquire(&s) && served_open(&s, &v) == 0, "server: a job is served by two fds");
	served_place(&s, &v, &place);
	tap_ok(place.jobserver[0].fd == v.read_fd && place.jobserver[0].to == s.read_to &&
		strstr(place.environment[0], "--jobserver-auth=") != NULL,
	    "server: its worker inherits them, and finds them in MAKEFLAGS");
	server_share(&s, false, now);
	tap_ok(take_all(v.read_fd) == 1, "server: it takes a token from one");
	write_fd = dup(v.write_fd);
	served_started(&v);
	tap_ok(served_is_open(&v), "server: a process that can still return a token is seen");
	tap_ok(write(write_fd, "+", 1) == 1 && served_in_use(&v) == 0, "server: it returns the token to the other");
	turn(l);
	tap_ok(v.given == 0, "server: what is returned is taken in by the loop");
	close(write_fd);
	tap_ok(!served_is_open(&v), "server: without such a process that is seen too");
	tap_ok(served_close(&s, &v) == 0, "server: nothing is missing");
	server_end(&s);
}

int
main(void)
{
	struct loop *l = loop_new();

	setenv("MAKEFLAGS", "k", 1);
	if (!tap_ok(l != NULL, "server: a loop can be created"))
		return tap_done();
	test_slots(l);
	test_one_job(l);
	test_surplus(l);
	test_two_jobs(l);
	test_ends(l);
	loop_free(l);
	return tap_done();
}
