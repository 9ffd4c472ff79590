/* page: a table of records as one HTML page that needs nothing else. */
#ifndef QPOOL_PAGE_H
#define QPOOL_PAGE_H

#include <stdio.h>

#include "log/table.h"

/*
 * Writes the page; `title` is shown at its head (UTF-8, any bytes). 0, or -1 with errno of the first write that
 * failed. The stream stays the caller's, flushed.
 */
int page_write(FILE *f, const struct log_table *t, const char *title);

#endif
