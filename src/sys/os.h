/*
 * os: what differs between operating systems. configure chooses the files: os-linux*.c, or os-posix.c, which answers
 * "unknown" where POSIX offers nothing. os-group.c and os-standard.c are for all systems.
 *
 * Unless a comment says otherwise a function returns 0 or -1 with errno, keeps no state and takes no ownership.
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
 * Opens the pipe, FIFO or terminal behind `fd` again. The result is a separate open file description, non-blocking and
 * close-on-exec, so that O_NONBLOCK is not set for other processes that share `fd`. `flags` is O_WRONLY or O_RDONLY.
 * Returns the new fd, which the caller closes, or -1 with errno.
 */
int os_reopen(int fd, int flags);
/*
 * Opens /dev/null for each standard fd that is closed, so that no file opened later is mistaken for it. Like the
 * closed fd, it fails when used: standard input is not readable, the other two are not writable.
 */
int os_guard_standard(void);
/* Stores the size of the terminal `fd`, or 24 rows of 80 columns if the system does not know it. */
void os_window(int fd, size_t *rows, size_t *columns);
/*
 * Is this process in the foreground of the terminal `fd`? true also if that is unknown: not a terminal, or not ours, as
 * below su -c.
 */
bool os_is_foreground(int fd);
/*
 * Does a program read single keys from the terminal `fd`, as less(1) and vi(1) do, or, with `passwords`, lines that are
 * not shown? By termios(3); false also if that is unknown.
 */
bool os_has_reader_of_keys(int fd, bool passwords);
/*
 * Reads one byte from the pipe behind `fd` without ever blocking, whether or not O_NONBLOCK is set. Returns 1, 0 at the
 * end of file, or -1 with errno; EAGAIN: the pipe is empty.
 */
int os_read_byte(int fd, unsigned char *byte);
/*
 * Moves one byte from a pipe to another pipe by one system call, splice(2), so that at no moment it is in both or in
 * neither. Never blocks. Returns 1, 0 at the end of file of the first pipe, or -1 with errno; EAGAIN: the first pipe is
 * empty or the second is full; ENOSYS or EINVAL: not supported here.
 */
int os_move_byte(int from_fd, int to_fd);
/*
 * Returns how many bytes that were moved by os_move_byte fit into the pipe behind `fd`, after trying to enlarge the
 * pipe to `want` if that is more. Returns 0 if the number is unknown.
 */
unsigned os_pipe_buffers(int fd, unsigned want);
/* Returns the blocks of a part of a file to the file system, where that is supported. */
void os_punch(int fd, off_t offset, off_t len);
/*
 * Returns the kind of network file system that `fd` is on in one word, in static memory, or NULL if the file system is
 * local or unknown.
 */
const char *os_network_file_system(int fd);

/*
 * Returns the process that has taken the exclusive flock(2) of the file behind `fd`, or 0 if nobody has, or if it is
 * unknown.
 */
pid_t os_flock_owner(int fd);

/* The machine -------------------------------------------------------------------------------------------------------*/

/*
 * Returns the number of CPUs that this process may use, at least 1: the CPU affinity, bounded by the quota of the
 * cgroup (cpu.max in version 2, cfs_quota in version 1), rounded up.
 */
unsigned os_cpu_count(void);
/* Stores the load average of the last minute. */
int os_load(double *load);
/*
 * Stores the bytes of memory that this process and its workers can still allocate without swapping: of the system or,
 * if that is less, of its memory cgroup.
 */
int os_memory_free(uint64_t *bytes);
/* Returns nanoseconds since the system booted, suspend included where the system has such a clock (CLOCK_BOOTTIME). */
int64_t os_boot_ns(void);
/*
 * Stores a NUL-terminated name of this boot of the system: times of os_boot_ns can be compared only if it is the same.
 * An empty string if the system has none.
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
 * Asks that this process be killed when its parent dies, where that is supported. exec(2) keeps it, fork(2) does not.
 */
void os_die_with_parent(void);

/* Other processes ---------------------------------------------------------------------------------------------------*/

/*
 * Returns an fd that becomes readable when process `pid` ends; close-on-exec, and the caller closes it. -1 with errno;
 * ENOSYS: not supported here.
 */
int os_pidfd(pid_t pid);
/* Is any process of this group still running? Zombies do not count, unlike with kill(2) and signal 0. */
bool os_group_alive(pid_t pgid);
/*
 * The same without /proc, by looking at every pid since the leader's: slow on a system that has started many processes
 * since. Without os_pidfd zombies count as running, except for our children. true also if unknown.
 */
bool os_group_scan(pid_t pgid);
/* Does the process have two children or more, zombies included? false also if unknown. */
bool os_has_two_children(pid_t pid);
/* Calls fn(arg, pid) for each child of this process, zombies included. -1 with errno; ENOSYS: not supported here. */
int os_each_child(void (*fn)(void *arg, pid_t pid), void *arg);
/* Has the process reaped a child yet? false also if unknown. */
bool os_has_reaped(pid_t pid);
/* Is the process a make, by its name? 1 or 0, or -1 if unknown. */
int os_is_make(pid_t pid);
/* Returns the make whose recipe started us, found by MAKELEVEL and its name; 0: none, or unknown. */
pid_t os_make_ancestor(void);
/*
 * Opens a file that is the same one for all processes of one recipe, or of one job of ninja, cargo or qpool, and for no
 * other process, so that they can take turns with flock(2). `which` selects one of two such files: 0 or 1. They belong
 * to the process that the make, or a program like it, started above us. Returns the fd, which the caller closes, or -1
 * with errno if none was found.
 */
int os_recipe_fd(int which);
/*
 * Opens the pipe ends that os_make_ancestor has open as `read_fd` and `write_fd`, each as os_reopen does, into own[0]
 * and own[1]; the caller closes them. -1 with errno; ESRCH: no such make; ENOENT: it has no pipe of this user there.
 */
int os_make_pipe(int read_fd, int write_fd, int own[2]);
/* Has the process an end of this pipe open? 1 or 0, or -1 if unknown. */
int os_has_pipe(pid_t pid, dev_t dev, ino_t ino);

#endif
