#include "completions/template.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

static const char name_characters[] = "abcdefghijklmnopqrstuvwxyz-";

/* -- Markers that every shell has ---------------------------------------------------------------------------------- */

static void
add_program(struct buf *b, const struct subject *s)
{
	buf_adds(b, s->program);
}

static void
add_verbs_between(struct buf *b, const struct subject *s, const char *between)
{
	for (size_t i = 0; i < s->verbs->verb_count; i++)
		buf_addf(b, "%s%s", i > 0 ? between : "", s->verbs->verbs[i]->name);
}

static void
add_verbs(struct buf *b, const struct subject *s)
{
	add_verbs_between(b, s, " ");
}

static void
add_verbs_or(struct buf *b, const struct subject *s)
{
	add_verbs_between(b, s, " | ");
}

static void
add_default_verb(struct buf *b, const struct subject *s)
{
	buf_adds(b, s->verbs->verbs[0]->name);
}

static const struct template_marker common[] = {
	{ "program", add_program },
	{ "verbs", add_verbs },
	{ "verbs-or", add_verbs_or },
	{ "default-verb", add_default_verb },
	{ NULL, NULL },
};

/* -- Filling ------------------------------------------------------------------------------------------------------- */

static bool
add_from(struct buf *b, const char *name, size_t len, const struct template_marker *markers, const struct subject *s)
{
	for (; markers->name != NULL; markers++)
		if (strlen(markers->name) == len && memcmp(markers->name, name, len) == 0) {
			markers->add(b, s);
			return true;
		}
	return false;
}

/* The marker at `text`, "@NAME@": the length of its name; 0: an @ of the script itself. */
static size_t
marker_length(const char *text, const char *end)
{
	size_t n = 0;

	while (text + 1 + n < end && text[1 + n] != '\0' && strchr(name_characters, text[1 + n]) != NULL)
		n++;
	return text + 1 + n < end && text[1 + n] == '@' ? n : 0;
}

static char *
fill_line(
    struct buf *b, const char *line, const char *end, const struct template_marker *markers, const struct subject *s)
{
	size_t len;

	for (; line < end; line++) {
		len = *line == '@' ? marker_length(line, end) : 0;
		if (len == 0) {
			buf_addc(b, *line);
			continue;
		}
		if (!add_from(b, line + 1, len, common, s) && !add_from(b, line + 1, len, markers, s))
			return mem_dup(line + 1, len);
		line += 1 + len;
	}
	return NULL;
}

/* A line "@@NAME": a list, or which programs the next lines are for. */
static char *
fill_list(struct buf *b, const char *name, size_t len, bool *skips, const struct template_marker *markers,
    const struct subject *s)
{
	if (len == 4 && memcmp(name, "both", len) == 0)
		*skips = false;
	else if (len == 6 && memcmp(name, "strict", len) == 0)
		*skips = subject_is_mixed(s);
	else if (len == 5 && memcmp(name, "mixed", len) == 0)
		*skips = !subject_is_mixed(s);
	else if (!*skips && !add_from(b, name, len, markers, s))
		return mem_dup(name, len);
	return NULL;
}

char *
template_fill(
    struct buf *b, const char *text, size_t len, const struct template_marker *markers, const struct subject *s)
{
	const char *end = text + len, *next;
	char *unknown = NULL;
	bool skips = false;

	for (; text < end && unknown == NULL; text = next) {
		next = memchr(text, '\n', (size_t)(end - text));
		next = next == NULL ? end : next + 1;
		if (next - text > 2 && memcmp(text, "@@", 2) == 0)
			unknown = fill_list(b, text + 2, (size_t)(next - text) - 3, &skips, markers, s);
		else if (!skips)
			unknown = fill_line(b, text, next, markers, s);
	}
	return unknown;
}
