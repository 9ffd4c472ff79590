/*
 * slots: which of the numbers 1, 2, ... are in use by jobs. The lowest free number is given first, so that numbers stay
 * small.
 */
#ifndef QPOOL_SLOTS_H
#define QPOOL_SLOTS_H

/* Initialize with slots_init. */
struct slots {
	unsigned char *used; /* owned: [1..capacity] */
	unsigned capacity;
	unsigned lowest; /* every number below is in use */
};

void slots_init(struct slots *s);
void slots_free(struct slots *s);
/* The lowest free number, now in use. */
unsigned slots_acquire(struct slots *s);
void slots_release(struct slots *s, unsigned slot);

#endif
