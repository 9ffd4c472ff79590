/*
 * queue-bell: how the processes at one queue directory wake each other, without polling and without one that stays.
 *
 * Two bells, named pipes that all share: who waits has one open, and takes one byte for each try; who has put something there, or left more, rings.
 * What all are to hear goes through a pipe for each waiter, in a folder (s6's fifodir does so): one that nobody reads is a dead waiter's, and is
 * removed. A bell that nobody has open need not be rung, since who waits opens it before it looks.
 */
#ifndef QPOOL_QUEUE_BELL_H
#define QPOOL_QUEUE_BELL_H

#include <stdbool.h>
#include <stdint.h>

enum bell { BELL_TASKS, BELL_ROOM, BELL_COUNT };

struct bells {
	int dir_fd;              /* borrowed: of the queue */
	int bell_fd[BELL_COUNT]; /* owned; -1: not listened to */
	int own_fd;              /* owned: our pipe in the folder; -1 */
	char own_name[96];
	unsigned kinds;  /* of QUEUE_NOTIFY_... that our pipe hears */
	uint64_t inside; /* the task whose worker waits here; 0 */
};

/* Opens the named pipe of that name, non-blocking. -1 with errno; EINVAL: it is something else. */
int bell_open(int dir_fd, const char *name, int flags);
/* Makes them in a new queue. -1 with errno. */
int bell_create(int dir_fd);
void bell_init(struct bells *b, int dir_fd);
void bell_free(struct bells *b);
/* Opens that bell; 0, or -1 with errno. */
int bell_listen(struct bells *b, enum bell bell);
/* Hears what is told of these kinds; `inside` names the task whose worker we are, 0 for none. -1 with errno. */
int bell_hear(struct bells *b, unsigned kinds, uint64_t inside);
/* Takes one byte of each bell, and all of our own pipe. */
void bell_heard(struct bells *b);
/* Wakes one who waits at that bell, if any does. */
void bell_ring(int dir_fd, enum bell bell);
/* Wakes all who hear one of these kinds; removes the dead. */
void bell_tell(int dir_fd, unsigned kinds);
/* How many different tasks have a worker that waits here. */
unsigned bell_inside(int dir_fd);

#endif
