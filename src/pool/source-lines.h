/* source-lines: tasks from lines of input. */
#ifndef QPOOL_SOURCE_LINES_H
#define QPOOL_SOURCE_LINES_H

#include "pool/input.h"
#include "pool/settings.h"
#include "pool/source.h"

struct resume;
struct task_template;

/*
 * All borrowed. `resume` NULL: none. `reads_ahead`: for a display, which shows how many tasks will follow. Free with
 * source_free.
 */
struct source *source_lines_new(
    struct input *in, const struct options *o, const struct task_template *t, struct resume *resume, bool reads_ahead);

#endif
