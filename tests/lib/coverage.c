/*
 * gcov saves its counters at exit(3), so a process that ends by _exit(2) or by a signal to itself would lose them. With
 * --enable-coverage the linker replaces these calls by the functions below, which save the counters first.
 *
 * Invariant: counters are zero after they have been saved, so that nothing is counted twice, not even in a child that
 * shares our memory.
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
save_counters(void)
{
	__gcov_dump();
	__gcov_reset();
}

_Noreturn void
__wrap__exit(int status)
{
	save_counters();
	__real__exit(status);
}

int
__wrap_kill(pid_t pid, int sig)
{
	if (pid == getpid() && sig != 0)
		save_counters();
	return __real_kill(pid, sig);
}

int
__wrap_raise(int sig)
{
	save_counters();
	return __real_raise(sig);
}
