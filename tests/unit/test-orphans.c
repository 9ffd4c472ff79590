/* orphans: which ended children are reaped. */
#include "sys/orphans.h"
#include "sys/os.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

/* Starts a child that ends at once, and waits until it is a zombie. */
static pid_t
start(void)
{
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	return pid;
}

static bool
is_reaped(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == -1 && errno == ECHILD;
}

static void
count(void *arg, pid_t pid)
{
	(void)pid;
	++*(int *)arg;
}

int
main(void)
{
	pid_t first, own, last;
	int children = 0;
	bool can_list = os_each_child(count, &children) == 0, done;

	tap_ok(children == 0, "orphans: without children none are listed");
	tap_ok(orphans_reap(), "orphans: without children there is nothing to do");
	first = start();
	own = start();
	orphans_exclude(own);
	orphans_exclude(own);
	last = start();
	done = orphans_reap();
	tap_ok(is_reaped(first), "orphans: a child that is not registered is reaped");
	tap_ok(done == can_list, "orphans: behind a registered one the search ends, unless children can be listed");
	if (can_list)
		tap_ok(is_reaped(last), "orphans: one behind a registered one is reaped");
	tap_ok(waitpid(own, NULL, WNOHANG) == own, "orphans: a registered child is left alone");
	orphans_include(own);
	orphans_include(own);
	tap_ok(orphans_reap() && is_reaped(last), "orphans: when that is reaped the rest is found");
	own = start();
	tap_ok(orphans_reap() && is_reaped(own), "orphans: registration ends");
	return tap_done();
}
