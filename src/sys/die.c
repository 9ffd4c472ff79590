/*
 * Invariant: never returns, not even as process 1, which the signal does not kill: then the exit status is 128 + sig,
 * as in a shell.
 */
#include "sys/die.h"

#include <signal.h>
#include <unistd.h>

#include "sys/os.h"

void
die_of(int sig)
{
	sigset_t one;

	os_no_core();
	signal(sig, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, sig);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	raise(sig);
	_exit(128 + sig);
}
