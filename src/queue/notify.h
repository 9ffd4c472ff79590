/*
 * queue/notify: lets the processes that use a queue directory wake each other, without polling and without a daemon.
 *
 * A notification that only one process needs goes through a shared named pipe; there is one for tasks and one for free
 * space. A waiting process has the shared pipe open and reads one byte before each try. A process writes a byte after
 * it has added tasks or freed space. A process that uses only some of the tasks or of the space writes a byte too, so
 * that another process can use the rest. If no process has the shared pipe open, no byte is needed, because each waiter
 * opens the pipe before it looks at the queue. A notification for all processes goes through one pipe for each waiter,
 * in the directory "waiters" (like fifodir in s6). A pipe that no process reads belongs to a dead waiter and is
 * removed.
 */
#ifndef QPOOL_QUEUE_NOTIFY_H
#define QPOOL_QUEUE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* The pipes that all waiters share. */
enum notify_pipe { NOTIFY_TASKS, NOTIFY_SPACE, NOTIFY_PIPES };

/* The pipes on which one process listens. */
struct notify {
	int dir_fd;                  /* borrowed: the queue directory */
	int shared_fd[NOTIFY_PIPES]; /* owned; -1: not listening */
	int own_fd;                  /* owned: our pipe in "waiters"; -1: not listening */
	char own_name[96];
	unsigned kinds;   /* QUEUE_NOTIFY_... kinds that our pipe receives */
	uint64_t task_id; /* the task to whose job this process belongs; 0: none */
};

/* Creates the pipes of a new queue. Returns 0, or -1 with errno. */
int notify_create(int dir_fd);
void notify_init(struct notify *n, int dir_fd);
void notify_free(struct notify *n);
/* Starts listening on a shared pipe. Returns 0, or -1 with errno. */
int notify_listen_shared(struct notify *n, enum notify_pipe which);
/*
 * Starts listening for these kinds of notifications. `task_id` is the task to whose job this process belongs; 0: none.
 * Returns 0, or -1 with errno.
 */
int notify_listen(struct notify *n, unsigned kinds, uint64_t task_id);
/* Reads one byte from each shared pipe, and all bytes from our own pipe. */
void notify_take(struct notify *n);
/* Wakes one process that listens on the shared pipe, if there is such a process. */
void notify_one(int dir_fd, enum notify_pipe which);
/* Wakes all processes that listen for one of these kinds, and removes the pipes of dead processes. */
void notify_all(int dir_fd, unsigned kinds);
/* Returns the number of tasks whose job has a process that waits on this queue. */
unsigned notify_jobs_waiting(int dir_fd);

#endif
