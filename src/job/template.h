/*
 * template: the words of the command, parsed once and expanded for each job.
 *
 * Replacement strings mean the same as in GNU parallel (parallel(1), 20221122): {} is the line, {.} the line without
 * its extension, {/} the last component of the line, {//} the directory of the line, {/.} the last component without
 * its extension, {#} the sequence number, and {%} the slot.
 */
#ifndef QPOOL_TEMPLATE_H
#define QPOOL_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/job.h"

struct task_template;

/* The lines that one job gets: at least one, all borrowed. */
struct arguments {
	const char *const *text; /* NUL-terminated strings */
	size_t count;
};

/*
 * Parses and copies `count` words. Never fails. The caller releases the result with template_free.
 *
 * `replace` is the only replacement string for the line (-I); an empty string never matches, and NULL means all of the
 * strings above. With `literal`, nothing is replaced (--no-template). {#} and {%} right after a $ stay unchanged,
 * because there they are shell syntax. If `count` is 0, each line is a shell line, which is run as /bin/sh -c LINE and
 * never expanded. A LINE that begins with - or + gets a blank in front, because sh would read the line as an option.
 */
struct task_template *template_parse(char *const words[], size_t count, const char *replace, bool literal);
void template_free(struct task_template *t);

/* Does word 0 contain no replacement string, so that the program can be looked up before any input is read? */
bool template_program_is_fixed(const struct task_template *t);
/* Returns word 0 if it is fixed, or /bin/sh for shell lines. The string belongs to `t`. */
const char *template_program(const struct task_template *t);
/* Can one job get several lines? False for shell lines, and if a replacement string is only part of a word. */
bool template_takes_many(const struct task_template *t);
/* Does {%} occur, so that the command depends on the slot? */
bool template_uses_slot(const struct task_template *t);
/*
 * Stores the command in *out, which command_free releases. If no word contains a replacement string for the line, the
 * lines are appended. A word that is exactly one replacement string becomes one word for each line. If several lines
 * are passed although template_takes_many is false, a word gets all lines, separated by blanks, and a shell line uses
 * only the first.
 */
void template_expand(
    const struct task_template *t, struct arguments args, uint64_t seq, unsigned slot, struct command *out);
/*
 * Returns the bytes that the kernel counts for the argv of this command: strings, their NULs, and the pointers with the
 * final NULL (execve(2), "Limits on size of arguments and environment"). The command is not built. {#} and {%} count
 * with their longest values. If template_takes_many, each line adds a number of bytes that does not depend on the other
 * lines.
 */
size_t template_size(const struct task_template *t, struct arguments args);
/* Frees the command that template_expand stored. */
void command_free(struct command *c);

#endif
