/*
 * os-spawn: starts a process by vfork(2), which does not copy the memory of the parent, so that a start costs the same
 * however large the parent is.
 */
#ifndef QPOOL_OS_SPAWN_H
#define QPOOL_OS_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { OS_PID_TEXT = 24 }; /* bytes of a pid in decimal, with its NUL */

/* The program of the new process, and what the process inherits. All pointers are borrowed for the call. */
struct spawn {
	const char *path; /* PATH is not searched */
	char *const *argv;
	char *const *envp;
	int out_fd, err_fd; /* become standard output and standard error; -1: inherited */
	struct spawn_fd {
		int fd, to; /* `fd` is duplicated as `to`; fd -1: unused */
	} more[3];
	bool foreground;             /* stays in our process group; otherwise it leads a group of its own */
	const sigset_t *changed;     /* signals that get their default action (os_changed_signals); NULL: none */
	const sigset_t *mask;        /* signal mask; NULL: an empty one */
	bool dies_with_us;           /* the process calls os_die_with_parent */
	char *pid_text;              /* OS_PID_TEXT bytes within envp, to which the child writes its pid; NULL: none */
	const struct rlimit *nofile; /* RLIMIT_NOFILE of the child; NULL: inherited */
	/*
	 * Shared memory to which the child writes its pid before exec(2), negated if the child stays in our process
	 * group; NULL: none. The child writes, because a parent that is killed right after vfork(2) could not record
	 * the group.
	 */
	volatile pid_t *note;
};

/*
 * Starts the process and returns its pid. A file that the kernel cannot execute (ENOEXEC), such as a script without #!,
 * is run by /bin/sh, as execvp(3) does. The caller reaps the process. Returns -1 with errno on failure: if *exec_failed
 * is false, no process was created; if *exec_failed is true, exec(2) failed, the child is already reaped, and *note is
 * 0.
 */
pid_t os_spawn(const struct spawn *s, bool *exec_failed);
/*
 * Replaces this process by the program at `path`; /bin/sh runs a script without #!, as in os_spawn. Returns only on
 * failure, with errno.
 */
void os_exec(const char *path, char *const *argv, char *const *envp);

/* Does this process ignore the signal, for example because its parent ignored it? */
bool os_is_ignored(int sig);
/* Stores the signals whose action in this process is not the default one. */
void os_changed_signals(sigset_t *set);

#endif
