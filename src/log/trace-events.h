/*
 * trace-events: writes a table of records as Chrome trace events (the JSON array of "Trace Event Format"), which
 * Perfetto and speedscope can open.
 */
#ifndef QPOOL_TRACE_EVENTS_H
#define QPOOL_TRACE_EVENTS_H

#include <stdio.h>

#include "log/table.h"

/*
 * The first line of a trace that qlog or qpool wrote contains this mark and then the version. By these two,
 * reader-trace recognizes a trace that it can read.
 */
#define TRACE_EVENTS_MARK "\"qpool_records\":"
enum { TRACE_EVENTS_VERSION = 1 };

/*
 * Writes the trace of a table after log_table_ready. Each line has one event, so that reader-trace can read the trace
 * again. Each record becomes a complete event, whose `args` are the same as the record in a jsonl log. `title`, which
 * may contain any bytes, is the name of the process. Flushes the stream, which stays the caller's. Returns 0, or -1
 * with the errno of the first write that failed.
 */
int trace_events_write(FILE *f, const struct log_table *t, const char *title);

#endif
