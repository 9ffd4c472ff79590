/* paste: writes a recorded command so that it can be pasted into a shell, or read by one from a file or a pipe. */
#ifndef QPOOL_PASTE_H
#define QPOOL_PASTE_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Appends a command, a list of quoted words or a shell line, without a newline at its end. A shell (XCU 2) that reads
 * the result runs the command with standard input from /dev/null, as qpool does, and goes on with the next line: the
 * command cannot take in that line, end the shell, or change its variables, directory, options, traps or functions.
 * Words that run a program stay as they are; everything else becomes `sh -c '...'`. With `printable`, a command that
 * holds control characters other than TAB and newline, or bytes that are not text, is written in printable ASCII.
 */
void paste_command(struct buf *b, const char *command, bool printable);

#endif
