/* die: a process that ends itself by a signal, whatever it does with that signal. */
#include "sys/die.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

/* Dies of `sig` in a child that ignores and blocks it. Returns the wait status. */
static int
dies(int sig)
{
	sigset_t blocked;
	int wstatus = 0;
	pid_t pid = fork();

	if (pid == 0) {
		signal(sig, SIG_IGN);
		sigemptyset(&blocked);
		sigaddset(&blocked, sig);
		sigprocmask(SIG_BLOCK, &blocked, NULL);
		die_of(sig);
	}
	return waitpid(pid, &wstatus, 0) == pid ? wstatus : -1;
}

int
main(void)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGKILL };

	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		int wstatus = dies(sigs[i]);

		tap_ok(WIFSIGNALED(wstatus) && WTERMSIG(wstatus) == sigs[i], "die: the parent sees signal %d", sigs[i]);
		tap_ok(!WCOREDUMP(wstatus), "die: signal %d leaves no core dump", sigs[i]);
	}
	/* Not a signal that ends a process: the exit status of a shell. */
	tap_ok(WEXITSTATUS(dies(SIGCHLD)) == 128 + SIGCHLD,
	    "die: a signal that does not kill gives exit status 128 + signal");
	return tap_done();
}
