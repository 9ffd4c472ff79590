/*
 * Members of a process group, found with POSIX calls only: on systems without /proc, or where it is not mounted.
 *
 * kill(2) with signal 0 does not suffice: it counts zombies, and the leader is one until its parent has reaped it.
 */
#include "sys/os.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The highest pid that can exist: PID_MAX_LIMIT of Linux. Other systems have at most 99999 (FreeBSD, macOS, OpenBSD),
 * and may choose pids at random.
 */
#ifdef __linux__
enum { HIGHEST_PID = 4194304 };
#else
enum { HIGHEST_PID = 99999 };
#endif

/*
 * Returns the last pid of a search that begins behind `pgid`; -1 with errno. Linux gives out pids in sequence, so that
 * the other members are between their leader and a process that is started now.
 */
static pid_t
last_pid(pid_t pgid)
{
#ifdef __linux__
	sigset_t all, before;
	pid_t pid;

	(void)pgid;

	/* No handler of this process can run in the child, which would count a signal to the group twice. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = vfork();
	if (pid == 0)
		_exit(0);
	sigprocmask(SIG_SETMASK, &before, NULL);
	while (pid != -1 && waitpid(pid, NULL, 0) == -1)
		if (errno != EINTR)
			return -1;
	return pid;
#else
	return pgid - 1;
#endif
}

/* Does this process run, which is in the group? A zombie that is not our child is recognized only with a pidfd. */
static bool
runs(pid_t pid)
{
	struct pollfd ended = { .fd = os_pidfd(pid), .events = POLLIN };
	siginfo_t info = { 0 };
	bool running;

	if (ended.fd == -1)
		return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == -1 || info.si_pid != pid;
	running = poll(&ended, 1, 0) != 1;
	close(ended.fd);
	return running;
}

bool
os_group_scan(pid_t pgid)
{
	pid_t last, pid;

	if (kill(-pgid, 0) == -1 && errno == ESRCH)
		return false;
	last = last_pid(pgid);
	if (last == -1)
		return true;
	for (pid = pgid; getpgid(pid) != pgid || !runs(pid); pid = pid == HIGHEST_PID ? 1 : pid + 1)
		if (pid == last)
			return false;
	return true;
}
