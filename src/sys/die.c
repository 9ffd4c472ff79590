/* Invariant: no return, even where the signal does not end us (process 1): then the exit status is a shell's for it. */
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
