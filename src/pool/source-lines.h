/* source-lines: the source that makes tasks from lines of input. */
#ifndef QPOOL_SOURCE_LINES_H
#define QPOOL_SOURCE_LINES_H

#include "pool/input.h"
#include "pool/settings.h"
#include "pool/source.h"

struct resume;
struct task_template;

/*
 * Makes a source. All arguments are borrowed. `resume` may be NULL. With `reads_ahead`, the source reads ahead, so that
 * a display can show how many tasks will follow. The caller frees the source with source_free.
 */
struct source *source_lines_new(
    struct input *in, const struct options *o, const struct task_template *t, struct resume *resume, bool reads_ahead);

#endif
