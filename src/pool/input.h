/* input: where tasks come from: a file or a stream of lines. */
#ifndef QPOOL_INPUT_H
#define QPOOL_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lines.h"

struct input;

/*
 * Reads from fd, which it owns from now on; `name` (borrowed) is for messages. A pipe is reopened non-blocking where that can be
 * had, since another reader may take what poll promised.
 */
struct input *input_new(int fd, const char *name, char delimiter, bool skip_empty, size_t longest_line);
void input_free(struct input *in);
/* A line that is the byte EOT alone ends it, as the end of the file would. */
void input_ends_at_eot(struct input *in);
/* The fd to wait for. */
int input_fd(const struct input *in);
const char *input_name(const struct input *in);
/* One read(2) of at most 64 KiB: 1 got some or the end, 0 nothing there now, -1 with errno (the input then counts as ended). */
int input_fill(struct input *in);
/* May more be put aside? Not of a file, which nobody waits to write, nor behind the end. */
bool input_can_spill(const struct input *in);
/*
 * The same, but what it gets is put aside in a temporary file of at most max_bytes, so that the writer can go on while no task is wanted; input_next
 * takes it from there when its turn comes. -1 with errno: that file has no room; nothing is lost, and no more is read.
 */
int input_spill(struct input *in, uint64_t max_bytes);
/* The next line of what was read; reads nothing but what was put aside. */
enum lines_result input_next(struct input *in, struct line *line);
/* Was the end of input seen, and is nothing put aside any more? Lines may still be held. */
bool input_ended(const struct input *in);
/* The errno by which putting aside failed for good, told once; 0: it did not. The input then counts as ended. */
int input_failed(struct input *in);
/* Bytes read and not given out, but for what is put aside. */
size_t input_buffered_bytes(const struct input *in);
/* Lines read and not given out, counted in what is held. */
size_t input_buffered_lines(const struct input *in);

#endif
