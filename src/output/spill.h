/*
 * spill: one temporary file for output that waits for its turn and exceeds the memory, and for an index of it.
 *
 * The file contains extents, which are chained from the first part of a task's output to its last, and the segments
 * of the index (order.h), which give the first extent of each turn. It is created in TMPDIR when it is first needed,
 * without a name, so that it disappears with the process.
 */
#ifndef QPOOL_SPILL_H
#define QPOOL_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct spill;

/*
 * Creates a file without a name in TMPDIR, or in /var/tmp if TMPDIR is unset or empty. Returns an fd, close-on-exec,
 * which the caller closes, or -1 with errno.
 */
int spill_file(void);
/* Makes a spill, without a file yet. `max_bytes` bounds extents and index together. spill_free releases it. */
struct spill *spill_new(uint64_t max_bytes);
void spill_free(struct spill *s);

/*
 * Appends an extent of `len` bytes (1 to UINT32_MAX) to the chain whose last extent is at `before`; 0: begins a chain.
 * Returns the place of the extent, never 0. Returns 0 with errno if the file could not be created or written, or would
 * exceed max_bytes (ENOSPC); then nothing has changed.
 */
uint64_t spill_append(struct spill *s, const void *bytes, size_t len, uint64_t before);
/*
 * Reads the extent at `place` into `b`, replacing its contents, and the place of the next one, 0 if it is the last.
 * -1 with errno.
 */
int spill_read(struct spill *s, uint64_t place, struct buf *b, uint64_t *next);
/* Frees the space of an extent of `len` bytes. */
void spill_release(struct spill *s, uint64_t place, size_t len);

/*
 * Stores in the index that the chain of `turn` begins at `place`. The caller promises to store no turn below `oldest`
 * while the file has contents. Returns 0, or -1 with errno.
 */
int spill_index_put(struct spill *s, uint64_t turn, uint64_t oldest, uint64_t place);
/*
 * Returns the place that is stored for `turn`, 0 if none is, or UINT64_MAX with errno on a read error. Frees the
 * space of the entry, so a turn that was found must not be looked up again.
 */
uint64_t spill_index_take(struct spill *s, uint64_t turn);
/* Returns the bytes of the extents and index entries in the file. */
uint64_t spill_used(const struct spill *s);

#endif
