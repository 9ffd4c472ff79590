/*
 * spill: the one unlinked file under TMPDIR that takes what memory should not hold: output that waits for its turn, and the index of it.
 *
 * The file holds extents, chained forward from the first of a task's output to its last, and index segments (order.h) that say where the chain of a
 * turn begins.
 */
#ifndef QPOOL_SPILL_H
#define QPOOL_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct spill;

/* A file without a name in TMPDIR, else /var/tmp; the caller's to close. -1 with errno. */
int spill_file(void);
/* Makes no file yet. `max_bytes` bounds what the file holds of living extents. */
struct spill *spill_new(uint64_t max_bytes);
void spill_free(struct spill *s);

/*
 * Appends an extent of `len` bytes (1..UINT32_MAX) behind the extent at `before` (0: it is a chain's first). Returns its place (never 0); 0 with
 * errno when the file system or max_bytes has no room, or no file can be made; nothing has changed then.
 */
uint64_t spill_append(struct spill *s, const void *bytes, size_t len, uint64_t before);
/* Reads the extent at `place` into b (replacing what it held) and says where the next one is (0: the last). -1 with errno. */
int spill_read(struct spill *s, uint64_t place, struct buf *b, uint64_t *next);
/* Gives an extent's room back. `len` as appended. */
void spill_release(struct spill *s, uint64_t place, size_t len);

/* Notes where the chain of `turn` begins. `oldest`: no smaller turn will be noted while anything is in the file. -1 with errno. */
int spill_index_put(struct spill *s, uint64_t turn, uint64_t oldest, uint64_t place);
/*
 * Where the chain of `turn` begins, 0 if it is not in the file. Gives its entry's room back: not to be asked again for a turn that was there. -1 (as
 * UINT64_MAX) with errno on a read error.
 */
uint64_t spill_index_take(struct spill *s, uint64_t turn);
/* Bytes in the file that still wait. */
uint64_t spill_used(const struct spill *s);

#endif
