/*
 * queue/notify: how the processes that use a queue directory wake each other, without polling and without a daemon.
 *
 * A notification that only one process needs goes through a named pipe that all share, one for tasks and one for free
 * space: a process that waits has it open and takes one byte for each try; a process that has put something there, or
 * has left more, writes a byte. A notification for all goes through a pipe for each waiter, in the directory "waiters"
 * (like fifodir in s6); a pipe that nobody reads belongs to a dead waiter and is removed. A shared pipe that nobody has
 * open needs no byte, since each waiter opens it before it looks at the queue.
 */
#ifndef QPOOL_QUEUE_NOTIFY_H
#define QPOOL_QUEUE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* The pipes that all waiters share. */
enum notify_pipe { NOTIFY_TASKS, NOTIFY_SPACE, NOTIFY_PIPES };

/* What one process listens to. */
struct notify {
	int dir_fd;                  /* borrowed: of the queue */
	int shared_fd[NOTIFY_PIPES]; /* owned; -1: not listening */
	int own_fd;                  /* owned: our pipe in "waiters"; -1: not listening */
	char own_name[96];
	unsigned kinds;   /* QUEUE_NOTIFY_... that our pipe is for */
	uint64_t task_id; /* the task in whose job we wait; 0: none */
};

/* Creates the pipes of a new queue. -1 with errno. */
int notify_create(int dir_fd);
void notify_init(struct notify *n, int dir_fd);
void notify_free(struct notify *n);
/* Starts listening at a shared pipe. -1 with errno. */
int notify_listen_shared(struct notify *n, enum notify_pipe which);
/* Starts listening for these kinds; task_id: the task in whose job this process waits, 0: none. -1 with errno. */
int notify_listen(struct notify *n, unsigned kinds, uint64_t task_id);
/* Takes one byte from each shared pipe, and all from our own. */
void notify_take(struct notify *n);
/* Wakes one process that listens at the shared pipe, if any does. */
void notify_one(int dir_fd, enum notify_pipe which);
/* Wakes all processes that listen for one of these kinds; removes the pipes of dead ones. */
void notify_all(int dir_fd, unsigned kinds);
/* The number of different tasks with a job in which a process waits on this queue. */
unsigned notify_jobs_waiting(int dir_fd);

#endif
