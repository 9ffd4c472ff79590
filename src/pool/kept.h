/*
 * kept: what a job printed on one of its streams, kept with the task's result: in memory, beyond 64 KiB in a temporary
 * file.
 */
#ifndef QPOOL_KEPT_H
#define QPOOL_KEPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Zero-initialize it. */
struct kept {
	struct buf bytes; /* the newest part, or all of it */
	int fd;           /* owned: the file with what came before; 0: none */
	bool lost;        /* it could not be kept, and stays empty: a part must not pass for the whole */
};

/* Appends. -1 with errno: it is lost; reported once, since what follows is dropped with 0. */
int kept_add(struct kept *k, const char *bytes, size_t len);
/* Writes the last part to the file, if there is one, so that kept_take cannot fail. -1 with errno: it is lost. */
int kept_seal(struct kept *k);
/* Moves it to the caller: to *bytes, or to a file *fd (else -1). k is empty then. -1 with errno: it is lost. */
int kept_take(struct kept *k, struct buf *bytes, int *fd);
/* Frees it; k is then empty. */
void kept_free(struct kept *k);

#endif
