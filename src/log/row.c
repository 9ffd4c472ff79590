/* Invariant: no text of a row is NULL. */
#include "log/row.h"

#include <string.h>

void
log_row_clear(struct log_row *row)
{
	row->job = log_job_unknown;
	for (int i = 0; i < LOG_TEXTS; i++)
		row->text[i] = (struct log_field){ "", 0 };
}

bool
log_row_set_text(struct log_row *row, int text, const char *bytes, size_t len)
{
	if (len == 0)
		return true;
	row->text[text] = (struct log_field){ bytes, len };
	return memchr(bytes, '\0', len) == NULL;
}
