/*
 * template: inserts the lists of options and verbs into the completion script of a shell.
 *
 * In a template, @NAME@ is replaced by a text, and a line @@NAME by lines. The lines between @@strict and @@both are
 * for programs whose first word is a verb; the lines between @@mixed and @@both are for programs whose verb may be left
 * out.
 */
#ifndef QPOOL_COMPLETIONS_TEMPLATE_H
#define QPOOL_COMPLETIONS_TEMPLATE_H

#include "base/buf.h"
#include "completions/subject.h"

struct template_marker {
	const char *name; /* NULL ends a table */
	void (*add)(struct buf *b, const struct subject *s);
};

/*
 * Appends the filled template to *b. Returns NULL, or the name of a marker that no table contains; the caller frees the
 * name with free(3).
 */
char *template_fill(
    struct buf *b, const char *text, size_t len, const struct template_marker *markers, const struct subject *s);

#endif
