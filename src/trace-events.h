/* trace-events: a table of records as Chrome trace events (the JSON array format of "Trace Event Format"), which Perfetto and speedscope open. */
#ifndef QPOOL_TRACE_EVENTS_H
#define QPOOL_TRACE_EVENTS_H

#include <stdio.h>

#include "log-table.h"

/* Writes the trace, one event a line, so that log-reader can read it again. 0, or -1 with errno of the first write that failed. The stream stays the caller's, flushed. */
int trace_events_write(FILE *f, const struct log_table *t, const char *title);

#endif
