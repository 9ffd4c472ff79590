/* page: writes a table of records as one HTML page that needs no other file. */
#ifndef QPOOL_PAGE_H
#define QPOOL_PAGE_H

#include <stdio.h>

#include "log/table.h"

/*
 * Writes the page and flushes the stream, which stays the caller's. `title` is shown at the top; it may contain any
 * bytes, and bytes that are not UTF-8 are shown as \xHH. Returns 0, or -1 with the errno of the first write that
 * failed.
 */
int page_write(FILE *f, const struct log_table *t, const char *title);

#endif
