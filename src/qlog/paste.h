/*
 * paste: writes a recorded command in a form that a person can paste into a shell, and that a shell can read from a
 * file or a pipe.
 */
#ifndef QPOOL_PASTE_H
#define QPOOL_PASTE_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Appends a command, which is a list of quoted words or a shell line, without a newline at the end. A shell (XCU 2)
 * that reads the result runs the command with standard input from /dev/null, as qpool does, and continues with the next
 * line: the command cannot read that line, end the shell, or change the shell's variables, directory, options, traps or
 * functions. Words that run a program stay unchanged; any other command becomes `sh -c '...'`. With `printable`, a
 * command with control characters other than TAB and newline, or with bytes that are not text, is written in printable
 * ASCII.
 */
void paste_command(struct buf *b, const char *command, bool printable);

#endif
