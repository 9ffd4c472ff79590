/* input: reads lines from a file or a stream. */
#ifndef QPOOL_INPUT_H
#define QPOOL_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lines.h"

struct input;

/*
 * Makes an input that owns `fd` and reads from it. `name` is borrowed, for messages. A pipe is reopened non-blocking if
 * possible, because another reader may take the bytes that poll(2) reported.
 */
struct input *input_new(int fd, const char *name, char delimiter, bool skip_empty, size_t longest_line);
void input_free(struct input *in);
/* Makes a line that is only the byte EOT end the input, like the end of the file. */
void input_ends_at_eot(struct input *in);
/* Returns the fd to wait for. */
int input_fd(const struct input *in);
const char *input_name(const struct input *in);
/*
 * Calls read(2) once, for at most 64 KiB. Returns 1 for data or the end of file, 0 if nothing is available now, or -1
 * with errno; after -1, the input has ended.
 */
int input_fill(struct input *in);
/*
 * Can input be spilled? False for a regular file, because no process waits to write it, and after the end of the input.
 */
bool input_can_spill(const struct input *in);
/*
 * Reads like input_fill, and spills the bytes to a temporary file of at most max_bytes, so that the writer can continue
 * while no task is wanted. input_next later reads the spilled bytes in order. Returns -1 with errno if the file has no
 * space; nothing is lost then, and the input is not read any further.
 */
int input_spill(struct input *in, uint64_t max_bytes);
/* Stores the next line of the bytes that were read or spilled in *line. Does not read from the fd. */
enum lines_result input_next(struct input *in, struct line *line);
/* Was the end of the input reached, and is the spill empty? Lines may still be buffered. */
bool input_ended(const struct input *in);
/*
 * Returns, once, the errno with which spilling failed permanently; the input has then ended. Returns 0 if spilling has
 * not failed.
 */
int input_failed(struct input *in);
/* Returns the number of bytes that were read and not yet returned by input_next, without spilled bytes. */
size_t input_buffered_bytes(const struct input *in);
/* Returns the number of lines in these bytes. */
size_t input_buffered_lines(const struct input *in);

#endif
