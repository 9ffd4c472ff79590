/*
 * os: the functions that differ between operating systems. configure chooses the files: os-linux*.c, or os-posix.c,
 * which returns "unknown" where POSIX has no suitable interface. os-group.c and os-standard.c are for all systems.
 *
 * Unless a comment says otherwise, a function of type int returns 0, or -1 with errno. No function keeps state or takes
 * ownership.
 */
#ifndef QPOOL_OS_H
#define QPOOL_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Files and pipes ---------------------------------------------------------------------------------------------------*/

/* Makes a pipe whose ends are close-on-exec. The caller closes both. */
int os_pipe(int fd[2]);
/*
 * Opens the pipe, FIFO or terminal of `fd` again. The result is a separate open file description, non-blocking and
 * close-on-exec, so that O_NONBLOCK is not set for other processes that share `fd`. `flags` is O_WRONLY or O_RDONLY.
 * Returns the new fd, which the caller closes, or -1 with errno.
 */
int os_reopen(int fd, int flags);
/*
 * Opens /dev/null as each standard fd that is closed, so that no file opened later gets its number. Using the fd still
 * fails: standard input is not readable, standard output and standard error are not writable.
 */
int os_guard_standard(void);
/* Stores the size of the terminal `fd`, or 24 rows of 80 columns if the system does not know it. */
void os_window(int fd, size_t *rows, size_t *columns);
/*
 * Is this process in the foreground of the terminal `fd`? Also returns true if the answer is unknown, because `fd` is
 * not a terminal or not the controlling terminal, for example below su -c.
 */
bool os_is_foreground(int fd);
/*
 * Does a program read single keys from the terminal `fd`, as less(1) and vi(1) do, or, with `passwords`, lines that are
 * not echoed? The settings of termios(3) decide. Also returns false if the answer is unknown.
 */
bool os_has_reader_of_keys(int fd, bool passwords);
/*
 * Reads one byte from the pipe `fd` without ever blocking, whether or not O_NONBLOCK is set. Returns 1 for a byte, 0 at
 * the end of file, or -1 with errno; EAGAIN: the pipe is empty.
 */
int os_read_byte(int fd, unsigned char *byte);
/*
 * Moves one byte from a pipe to another pipe by one system call, splice(2), so that at every moment the byte is in
 * exactly one of the two. Never blocks. Returns 1 for a byte, 0 at the end of file of the first pipe, or -1 with errno.
 * EAGAIN: the first pipe is empty or the second is full; ENOSYS or EINVAL: not supported here.
 */
int os_move_byte(int from_fd, int to_fd);
/*
 * Returns the number of bytes that os_move_byte can move into the pipe `fd` before it is full. If that is less than
 * `want`, first tries to enlarge the pipe. Returns 0 if the number is unknown.
 */
unsigned os_pipe_buffers(int fd, unsigned want);
/* Frees the disk space of a part of a file, where the system supports this. */
void os_punch(int fd, off_t offset, off_t len);
/*
 * Returns one word, in static memory, for the kind of network file system that contains `fd`, or NULL if the file
 * system is local or unknown.
 */
const char *os_network_file_system(int fd);

/*
 * Returns the pid of the process that has the exclusive flock(2) on the file `fd`, or 0 if no process has it or the pid
 * is unknown.
 */
pid_t os_flock_owner(int fd);

/* The machine -------------------------------------------------------------------------------------------------------*/

/*
 * Returns the number of CPUs that this process may use, at least 1: the CPU affinity, bounded by the quota of the
 * cgroup (cpu.max in version 2, cfs_quota in version 1), rounded up.
 */
unsigned os_cpu_count(void);
/* Stores the system's load average of the last minute. */
int os_load(double *load);
/*
 * Stores the bytes of memory that this process and its workers can still allocate without swapping: of the system or,
 * if that is less, of its memory cgroup.
 */
int os_memory_free(uint64_t *bytes);
/* Returns the nanoseconds since the system booted; they include suspend where the system has CLOCK_BOOTTIME. */
int64_t os_boot_ns(void);
/*
 * Stores a NUL-terminated string that identifies this boot of the system, or an empty string if the system has no such
 * id. Times of os_boot_ns can be compared only if the ids are the same.
 */
void os_boot_id(char id[64]);
/*
 * Returns the limit of one argument in bytes, NUL included: on Linux MAX_ARG_STRLEN, 32 pages (execve(2)), else
 * ARG_MAX.
 */
size_t os_longest_argument(void);

/* This process ------------------------------------------------------------------------------------------------------*/

/* Returns the resolved path of the program that this process runs; the caller frees it. NULL with errno. */
char *os_own_path(void);
/* Sets the name that ps(1) shows for this process. */
void os_set_name(const char *name);
/* Disables core dumps of this process, whatever signal kills it. */
void os_no_core(void);
/*
 * Asks the kernel to kill this process when its parent dies, where the system supports this. The setting survives
 * exec(2), and a child of fork(2) does not inherit it.
 */
void os_die_with_parent(void);

/* Other processes ---------------------------------------------------------------------------------------------------*/

/*
 * Returns a close-on-exec fd that becomes readable when process `pid` ends; the caller closes the fd. Returns -1 with
 * errno on failure; ENOSYS: not supported here.
 */
int os_pidfd(pid_t pid);
/* Is any process of this group still running? Zombies do not count, unlike with kill(2) and signal 0. */
bool os_group_alive(pid_t pgid);
/*
 * Answers the question of os_group_alive without /proc, by checking every pid from the leader's on. This is slow if the
 * system has started many processes since the leader. Without os_pidfd, zombies count as running unless they are our
 * children. Also returns true if the answer is unknown.
 */
bool os_group_scan(pid_t pgid);
/* Does the process have two children or more, zombies included? Also returns false if the answer is unknown. */
bool os_has_two_children(pid_t pid);
/*
 * Calls fn with the command line of process `pid` and of each process below it, until fn returns true; looks at no more
 * than 1000 processes. In a command line each word ends in a NUL. Returns whether fn returned true; also returns false
 * if the processes are unknown.
 */
bool os_find_descendant(pid_t pid, bool (*fn)(void *arg, const char *args, size_t len), void *arg);
/*
 * Calls fn(arg, pid) for each child of this process, zombies included. Returns 0, or -1 with errno; ENOSYS: not
 * supported here.
 */
int os_each_child(void (*fn)(void *arg, pid_t pid), void *arg);
/* Has the process reaped a child yet? Also returns false if the answer is unknown. */
bool os_has_reaped(pid_t pid);
/* Does the name of the process show that it is a make? Returns 1 or 0, or -1 if the name is unknown. */
int os_is_make(pid_t pid);
/*
 * Returns the pid of the make whose recipe started us, found by MAKELEVEL and the name of the process; 0 if no make
 * did, or if it is unknown.
 */
pid_t os_make_ancestor(void);
/*
 * Opens a file that all processes of one recipe, or of one job of ninja, cargo or qpool, share, and that no other
 * process opens; so they can take turns with flock(2). `which` selects one of two such files: 0 or 1. The file belongs
 * to the process above us that the make, or a similar program, started directly. Returns the fd, which the caller
 * closes, or -1 with errno if no such file was found.
 */
int os_recipe_fd(int which);
/*
 * Opens the pipe ends that os_make_ancestor has open as `read_fd` and `write_fd`, each as os_reopen does, into own[0]
 * and own[1]; the caller closes both. Returns 0, or -1 with errno. ESRCH: no make was found; ENOENT: these fds of the
 * make are not a pipe of this user.
 */
int os_make_pipe(int read_fd, int write_fd, int own[2]);
/* Does the process have an end of this pipe open? Returns 1 or 0, or -1 if the answer is unknown. */
int os_has_pipe(pid_t pid, dev_t dev, ino_t ino);

#endif
