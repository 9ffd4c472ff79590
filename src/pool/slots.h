/*
 * slots: tracks which of the slots 1, 2, ... jobs are using. The lowest free slot is assigned first, so that the
 * numbers stay small.
 */
#ifndef QPOOL_SLOTS_H
#define QPOOL_SLOTS_H

/* slots_init initializes it, and slots_free releases it. */
struct slots {
	unsigned char *used; /* owned: [1..capacity] */
	unsigned capacity;
	unsigned lowest; /* every slot below this one is in use */
};

void slots_init(struct slots *s);
void slots_free(struct slots *s);
/* Marks the lowest free slot as in use, and returns it. */
unsigned slots_acquire(struct slots *s);
void slots_release(struct slots *s, unsigned slot);

#endif
