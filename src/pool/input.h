/* input: lines from a file or a stream. */
#ifndef QPOOL_INPUT_H
#define QPOOL_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lines.h"

struct input;

/*
 * Reads from fd, which it owns from now on; `name` (borrowed) is for messages. A pipe is reopened non-blocking if
 * possible, because another reader may take what poll(2) reported.
 */
struct input *input_new(int fd, const char *name, char delimiter, bool skip_empty, size_t longest_line);
void input_free(struct input *in);
/* A line with only the byte EOT ends the input, as the end of the file does. */
void input_ends_at_eot(struct input *in);
/* The fd to wait for. */
int input_fd(const struct input *in);
const char *input_name(const struct input *in);
/*
 * Calls read(2) once, for at most 64 KiB. Returns 1 for data or the end of file, 0 if nothing is available now, or -1
 * with errno; then the input has ended.
 */
int input_fill(struct input *in);
/* Can input be spilled? Not that of a file, since no process waits to write it, and not beyond the end. */
bool input_can_spill(const struct input *in);
/*
 * As input_fill, but spills what it reads to a temporary file of at most max_bytes, so that the writer can continue
 * while no task is wanted; input_next gets it from there in its turn. -1 with errno: the file has no space; nothing is
 * lost, and no more is read.
 */
int input_spill(struct input *in, uint64_t max_bytes);
/* Gives the next line of what was read or spilled; reads nothing else. */
enum lines_result input_next(struct input *in, struct line *line);
/* Was the end of the input reached, with nothing left in the spill? Lines may still be buffered. */
bool input_ended(const struct input *in);
/* The errno with which spilling failed for good, once; 0: it did not. The input has ended then. */
int input_failed(struct input *in);
/* Bytes that were read and not given out, except spilled ones. */
size_t input_buffered_bytes(const struct input *in);
/* Lines in these bytes. */
size_t input_buffered_lines(const struct input *in);

#endif
