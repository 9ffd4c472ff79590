/*
 * gcov writes its counters at exit(3). A process of ours that ends by _exit(2) or by a signal it sends itself would lose
 * them: the linker puts these in the place of the calls (--enable-coverage).
 *
 * Invariant: counters that were written are zero afterwards, so that writing them twice, or in a child that shares our memory, counts
 * nothing twice.
 */
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

void __gcov_dump(void);
void __gcov_reset(void);

_Noreturn void __real__exit(int status);
int __real_kill(pid_t pid, int sig);
int __real_raise(int sig);

_Noreturn void __wrap__exit(int status);
int __wrap_kill(pid_t pid, int sig);
int __wrap_raise(int sig);

static void
write_counters(void)
{
	__gcov_dump();
	__gcov_reset();
}

_Noreturn void
__wrap__exit(int status)
{
	write_counters();
	__real__exit(status);
}

int
__wrap_kill(pid_t pid, int sig)
{
	if (pid == getpid() && sig != 0)
		write_counters();
	return __real_kill(pid, sig);
}

int
__wrap_raise(int sig)
{
	write_counters();
	return __real_raise(sig);
}
