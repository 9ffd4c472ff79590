/*
 * template: the words of the command, parsed once and expanded for each job.
 *
 * Replacement strings have the meanings of GNU parallel (parallel(1), 20221122): {} the line, {.} the line without
 * extension, {/} its last component, {//} its directory, {/.} the last component without extension, {#} the sequence
 * number, {%} the slot.
 */
#ifndef QPOOL_TEMPLATE_H
#define QPOOL_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/job.h"

struct task_template;

/* The lines that one job gets, at least one. Borrowed. */
struct arguments {
	const char *const *text; /* NUL-terminated strings */
	size_t count;
};

/*
 * Parses `count` words, and copies them. Never fails; template_free releases the result.
 *
 * `replace` is the only replacement string for the line (-I); an empty one never matches. NULL: all of the above.
 * With `literal` nothing is replaced (--no-template). {#} and {%} right after a $ are left alone, because they are
 * shell syntax. If `count` is 0, each line is a shell line, run as /bin/sh -c LINE and never expanded. A LINE that
 * begins with - or + gets a blank in front, because sh would take it for an option.
 */
struct task_template *template_parse(char *const words[], size_t count, const char *replace, bool literal);
void template_free(struct task_template *t);

/* Does word 0 contain no replacement string, so that the program can be looked up before any input is read? */
bool template_program_is_fixed(const struct task_template *t);
/* Returns word 0, if it is fixed; /bin/sh for shell lines. Borrowed from `t`. */
const char *template_program(const struct task_template *t);
/* Can one job get several lines? Not with shell lines, nor if a replacement string is only part of a word. */
bool template_takes_many(const struct task_template *t);
/* Does {%} occur, so that the command depends on the slot? */
bool template_uses_slot(const struct task_template *t);
/*
 * Stores the command in *out; command_free releases it. If no word contains a replacement string for the line, the
 * lines are appended. A word that consists of one such string becomes one word for each line. If several lines are
 * passed although template_takes_many is false, blanks separate them inside a word, and a shell line uses the first.
 */
void template_expand(
    const struct task_template *t, struct arguments args, uint64_t seq, unsigned slot, struct command *out);
/*
 * Returns the bytes that the kernel counts for the argv of this command: strings, their NULs, and the pointers with
 * the final NULL (execve(2), "Limits on size of arguments and environment"). Does not build the command. {#} and {%}
 * count as their longest values. If template_takes_many, each line adds a number of bytes that does not depend on the
 * other lines.
 */
size_t template_size(const struct task_template *t, struct arguments args);
/* Frees what template_expand stored. */
void command_free(struct command *c);

#endif
