/* row: one row of a log, as a reader gives it. */
#ifndef QPOOL_LOG_ROW_H
#define QPOOL_LOG_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "log/schema.h"

struct log_row {
	/* What the format does not have is unknown. The places of texts are not set: a row has the texts themselves. */
	struct log_job job;
	/*
	 * By LOG_TEXT_*: the command as command_text wrote it, and the name that make, or ninja, has for it. Without
	 * NUL bytes; "" and 0 if unknown.
	 */
	struct log_field text[LOG_TEXTS];
};

/* Makes it a row of which nothing is known. */
void log_row_clear(struct log_row *row);
/* Points a text of the row to `len` bytes, which are borrowed. false: a byte is NUL. */
bool log_row_set_text(struct log_row *row, int text, const char *bytes, size_t len);

#endif
