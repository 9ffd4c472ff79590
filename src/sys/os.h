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
/* Has that process two children or more, zombies among them? false where it cannot be told. */
bool os_has_two_children(pid_t pid);
/* The make whose recipe we are of, by MAKELEVEL and its name; 0 when there is none or it cannot be told. */
pid_t os_make_ancestor(void);
/*
 * What is one and the same for all processes of one recipe, or of one job of a ninja, cargo or qpool: files on which flock(2) makes them take turns,
 * `which` 0 or 1. They belong to the process that make (or the like) started, above us. -1 with errno where there is none.
 */
int os_recipe_fd(int which);
/*
 * The pipe ends that os_make_ancestor has open as `read_fd` and `write_fd`: descriptions of our own of them, as os_reopen. -1 with errno ESRCH: there
 * is no such make; ENOENT: it has no pipe of ours there.
 */
int os_make_pipe(int read_fd, int write_fd, int own[2]);
/*
 * A standard descriptor that we were started without gets /dev/null, opened so that using it fails as it would have; else the next file opened would be
 * taken for it. -1 with errno.
 */
int os_guard_standard(void);
/* The size of the window that a terminal is; 24 rows of 80 columns where the system or the terminal does not know. */
void os_window(int fd, size_t *rows, size_t *columns);
/* One byte of the pipe behind fd, which never waits, whatever its O_NONBLOCK is: 1, 0 at the end of file, -1 with errno (EAGAIN: none there). */
int os_read_byte(int fd, unsigned char *byte);
/* The same by poll(2), and a read(2) that a timer breaks off if another reader was first. For os_read_byte, where there is nothing better. */
int os_guarded_read(int fd, unsigned char *byte);

/*
 * Moves one byte from a pipe to another one in a single system call, splice(2), so that it is never in both or in neither; never waits. 1; 0: nobody
 * writes to the first any more; -1 with errno (EAGAIN: none there, or no place; ENOSYS or EINVAL: not to be had here).
 */
int os_move_byte(int from_fd, int to_fd);
/* How many bytes that pipe has places for when each was moved there by os_move_byte; made `want` if that is more. 0: it cannot be told. */
unsigned os_pipe_buffers(int fd, unsigned want);

/* Is this process a make, by its name? 1 or 0; -1: it cannot be told. */
int os_is_make(pid_t pid);
/* Has this process reaped a child yet? Where that cannot be told: no. */
bool os_has_reaped(pid_t pid);
/* From now on this process dumps no core, whatever ends it. */
void os_no_core(void);
/* Asks that this process be killed when its parent dies, where that can be had. exec(2) keeps it, fork(2) does not. */
void os_die_with_parent(void);

/* Is any process of this group still running? Zombies do not count (kill(2) with signal 0 counts them). */
bool os_group_alive(pid_t pgid);
/* Gives the blocks of a part of a file back to the file system, where that can be done. */
void os_punch(int fd, off_t offset, off_t len);
/* The kind of network file system that fd is on, in a word: static; NULL: it is local, or cannot be told. */
const char *os_network_file_system(int fd);
/* Since the system's start, sleep included, in nanoseconds: CLOCK_BOOTTIME where there is one. */
int64_t os_boot_ns(void);
/* Names this start of the system, so that times of os_boot_ns of another are known for such. `id` has room for 64 bytes. */
void os_boot_id(char id[64]);
/* Bytes, with its NUL, that one argument may have: MAX_ARG_STRLEN, 32 pages, on Linux (execve(2)); else ARG_MAX. */
size_t os_longest_argument(void);
/* The file that this process runs, resolved; the caller frees. NULL with errno: it cannot be told. */
char *os_own_path(void);
/* Names this process for ps(1). */
void os_set_name(const char *name);

/* Was this process started to ignore it, or does it now? */
bool os_is_ignored(int sig);
/* The signals whose disposition in this process is not the default one. */
void os_changed_signals(sigset_t *set);

enum { OS_PID_TEXT = 24 };

/* What a child is to be. */
struct spawn {
	const char *path; /* no search in PATH */
	char *const *argv;
	char *const *envp;
	int out_fd, err_fd; /* become 1 and 2; -1: inherited */
	struct spawn_fd {
		int fd, to; /* fd becomes `to`; fd -1: none */
	} more[3];
	bool foreground;         /* it stays in our process group, and has our stdin */
	const sigset_t *changed; /* os_changed_signals: made default in the child */
	const sigset_t *mask;    /* its signal mask; NULL: an empty one */
	bool dies_with_us;       /* os_die_with_parent */
	char *
	    pid_text; /* in envp: where the child writes its pid, in decimal, and a NUL: room for OS_PID_TEXT; NULL: nowhere */
	const struct rlimit *nofile; /* RLIMIT_NOFILE to put back; NULL: leave it */
	volatile pid_t *note;        /* shared memory where the child writes its pid before it execs; NULL: none */
};

/*
 * Starts a child by vfork(2), in a process group of its own, with default signal dispositions and an empty mask, unless *s says otherwise. Returns its pid. -1 with errno and
 * *exec_failed false: no child was made. -1 with *exec_failed true: exec(2) failed with errno; the child is already reaped and the note cleared.
 */
pid_t os_spawn(const struct spawn *s, bool *exec_failed);

#endif
