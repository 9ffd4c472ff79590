/* row: one row of a log, as a reader returns it. */
#ifndef QPOOL_LOG_ROW_H
#define QPOOL_LOG_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "log/schema.h"

struct log_row {
	/*
	 * Values that the format lacks are unknown. The offsets of the texts are not set, because `text` has the texts
	 * themselves.
	 */
	struct log_job job;
	/*
	 * The texts, indexed by LOG_TEXT_*: the command as command_text wrote it, and the target of make or ninja. A
	 * text contains no NUL byte; an unknown text is "" with length 0.
	 */
	struct log_field text[LOG_TEXTS];
};

/* Sets every value of the row to unknown. */
void log_row_clear(struct log_row *row);
/* Sets a text of the row to `len` bytes, which are borrowed. Returns false if one of the bytes is NUL. */
bool log_row_set_text(struct log_row *row, int text, const char *bytes, size_t len);

#endif
