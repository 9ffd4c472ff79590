/*
 * trace-events: a table of records as Chrome trace events (the JSON array of "Trace Event Format"), which Perfetto and
 * speedscope open.
 */
#ifndef QPOOL_TRACE_EVENTS_H
#define QPOOL_TRACE_EVENTS_H

#include <stdio.h>

#include "log/table.h"

/*
 * Found only in the first line of a trace of ours; the version follows. reader-trace recognizes a trace it can read by
 * them.
 */
#define TRACE_EVENTS_MARK "\"qpool_records\":"
enum { TRACE_EVENTS_VERSION = 1 };

/*
 * Writes the trace of a table that is ready, one event a line, so that reader-trace can read it again: each record is a
 * complete event whose `args` are the record as in a jsonl log. `title` (UTF-8, any bytes) names the process. 0, or -1
 * with errno of the first write that failed. The stream stays the caller's and is flushed.
 */
int trace_events_write(FILE *f, const struct log_table *t, const char *title);

#endif
