/*
 * template: the command's words, parsed once, expanded for each job.
 *
 * {} the line, {.} without its extension, {/} its last component, {//} its folder, {/.} last
 * component without extension, {#} seq, {%} slot: GNU parallel's meanings (parallel(1), 20221122).
 */
#ifndef QPOOL_TEMPLATE_H
#define QPOOL_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job/job.h"

struct task_template;

/* One or more lines that one job gets. Not owned. */
struct arguments {
	const char *const *text; /* NUL-terminated strings */
	size_t count;
};

/*
 * Parses `count` words. `replace` NULL: all replacement strings; else that string alone means
 * the line (-I); `literal`: none at all (--no-template). {#} and {%} right after $ are left alone.
 * count 0: each line is a shell line (argv /bin/sh -c LINE), never expanded; a LINE that begins with - or + gets a blank
 * before it, or sh would take it for an option. An empty `replace` is no placeholder.
 * The words are copied. Never fails; free with template_free.
 */
struct task_template *template_parse(char *const words[], size_t count, const char *replace, bool literal);
void template_free(struct task_template *t);

/* Does word 0 hold no placeholder (then it can be looked up before anything is read)? */
bool template_program_is_fixed(const struct task_template *t);
/* Word 0 as given, only when it is fixed; /bin/sh for shell lines. */
const char *template_program(const struct task_template *t);
/* May one job get several lines: not with a shell line, nor with a line's placeholder inside a longer word. */
bool template_takes_many(const struct task_template *t);
/* Does {%} stand anywhere (the command then differs with the slot)? */
bool template_uses_slot(const struct task_template *t);
/*
 * Makes the command. Without a placeholder for the line anywhere the lines are appended; a word that is
 * exactly one such placeholder becomes one word a line. (Several lines where template_takes_many said no: inside a word they are
 * joined by blanks; a shell line takes the first.)
 */
void template_expand(
    const struct task_template *t, struct arguments args, uint64_t seq, unsigned slot, struct command *out);
/* Bytes that the kernel will count for this command's argv (strings, NULs, pointers, the NULL behind them) with these
 * arguments, without building it; execve(2), "Limits on size of arguments and environment". {#} and {%} are counted at
 * their longest. Where many lines are taken, what each adds does not depend on the others. */
size_t template_size(const struct task_template *t, struct arguments args);
/* Frees what expand made. */
void command_free(struct command *c);

#endif
