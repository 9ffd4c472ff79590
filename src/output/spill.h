/*
 * spill: one temporary file for waiting output that exceeds the memory, and for an index of this output.
 *
 * The file contains extents, which are parts of outputs, and the segments of the index. The extents of a task's output
 * form a chain from the first part to the last; for each turn (order.h), the index has the first extent. The file is
 * created in TMPDIR when it is first needed. It has no name, so it disappears with the process.
 */
#ifndef QPOOL_SPILL_H
#define QPOOL_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct spill;

/*
 * Creates an unnamed file in TMPDIR, or in /var/tmp if TMPDIR is unset or empty. Returns an fd, close-on-exec, which
 * the caller closes, or -1 with errno.
 */
int spill_file(void);
/*
 * Makes a spill; its file is created later. `max_bytes` limits the size of extents and index together. The caller
 * releases the spill with spill_free.
 */
struct spill *spill_new(uint64_t max_bytes);
void spill_free(struct spill *s);

/*
 * Appends an extent of `len` bytes (1 to UINT32_MAX) to the chain whose last extent is at `before`; 0 begins a new
 * chain. Returns the place of the extent, which is never 0. Returns 0 with errno if the file could not be created or
 * written, or would exceed max_bytes (ENOSPC); the contents are then unchanged.
 */
uint64_t spill_append(struct spill *s, const void *bytes, size_t len, uint64_t before);
/*
 * Reads the extent at `place` into `b`, replacing the contents of `b`, and stores the place of the next extent in
 * *next; 0 after the last extent. Returns 0, or -1 with errno.
 */
int spill_read(struct spill *s, uint64_t place, struct buf *b, uint64_t *next);
/* Frees the space of an extent of `len` bytes. */
void spill_release(struct spill *s, uint64_t place, size_t len);

/*
 * Stores in the index that the chain of `turn` begins at `place`. While the file has contents, the caller must not
 * store a turn below `oldest`. Returns 0, or -1 with errno.
 */
int spill_index_put(struct spill *s, uint64_t turn, uint64_t oldest, uint64_t place);
/*
 * Returns the place that is stored for `turn`, 0 if no place is stored, or UINT64_MAX with errno on a read error. Frees
 * the space of the entry, so the caller must not look up the same turn again.
 */
uint64_t spill_index_take(struct spill *s, uint64_t turn);
/* Returns the size in bytes of all extents and index entries in the file. */
uint64_t spill_used(const struct spill *s);

#endif
