/*
 * os: what differs from system to system, behind one face: os-linux.c or os-posix.c, chosen by configure; spawning is in os-spawn.c.
 */
#ifndef QPOOL_OS_H
#define QPOOL_OS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* A pipe whose ends are close-on-exec. -1 with errno. */
int os_pipe(int fd[2]);
/*
 * An open file description of our own of the pipe, FIFO or terminal behind fd, non-blocking, close-on-exec, so that O_NONBLOCK is set for
 * nobody else. `flags` O_WRONLY or O_RDONLY. -1 with errno where that cannot be had.
 */
int os_reopen(int fd, int flags);
/* CPUs this process may use: affinity and the cgroup's cpu.max (v2) or cfs_quota (v1), rounded up; at least 1. */
unsigned os_cpu_count(void);
/* The load average of the last minute. -1 with errno. */
int os_load(double *load);
/* Memory that programs can still get without swapping, in bytes. -1 with errno. */
int os_memory_free(uint64_t *bytes);
/* A file descriptor that becomes readable when process `pid` ends; close-on-exec. -1 with errno (ENOSYS: none here). */
int os_pidfd(pid_t pid);
/* The nearest ancestor process that is a make; 0 when there is none or it cannot be told. */
pid_t os_make_ancestor(void);
/* Is any process of this group still running? Zombies do not count (kill(2) with signal 0 counts them). */
bool os_group_alive(pid_t pgid);
/* Gives the blocks of a part of a file back to the file system, where that can be done. */
void os_punch(int fd, off_t offset, off_t len);
/* Bytes, with its NUL, that one argument may have: MAX_ARG_STRLEN, 32 pages, on Linux (execve(2)); else ARG_MAX. */
size_t os_longest_argument(void);
/* Names this process for ps(1). */
void os_set_name(const char *name);

/* The signals whose disposition in this process is not the default one. */
void os_changed_signals(sigset_t *set);

/* What a child is to be. */
struct spawn {
	const char *path;  /* no search in PATH */
	char *const *argv;
	char *const *envp;
	int out_fd, err_fd; /* become 1 and 2; -1: inherited */
	int extra_fd, extra_to; /* extra_fd becomes extra_to; -1: none */
	const sigset_t *changed; /* os_changed_signals: made default in the child */
	const struct rlimit *nofile; /* RLIMIT_NOFILE to put back; NULL: leave it */
	volatile pid_t *note;    /* shared memory where the child writes its pid before it execs; NULL: none */
};

/*
 * Starts a child by vfork(2), in a process group of its own, with default signal dispositions and an empty mask. Returns its pid. -1 with errno and *exec_failed
 * false: no child was made. -1 with *exec_failed true: exec(2) failed with errno; the child is already reaped and the note cleared.
 */
pid_t os_spawn(const struct spawn *s, bool *exec_failed);

#endif
