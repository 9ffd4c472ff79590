/*
 * Invariants: a word is a list of pieces, in which no text piece follows another; an empty word has no pieces. The
 * texts of pieces point into `copies`. The size of an expansion is computed by the same code that writes it, so that
 * the two cannot differ.
 *
 * The parts of a name are those of parallel, which uses perl: {.} is s:\.[^/.]*$::, {/} is s:.*\/::, {//} is dirname.
 * One difference: here a newline is a byte like any other. In perl "." does not match it, so parallel's {/} of a path
 * with a newline in a directory name is not the name of any file.
 */
#include "job/template.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum piece_kind {
	PIECE_TEXT,
	PIECE_LINE,
	PIECE_NO_EXTENSION,
	PIECE_BASE,
	PIECE_DIRECTORY,
	PIECE_BASE_NO_EXTENSION,
	PIECE_SEQ,
	PIECE_SLOT
};

struct piece {
	enum piece_kind kind;
	const char *text; /* as written, in copies */
	size_t len;
};

struct word {
	size_t first, count; /* of pieces */
	bool spread;         /* it consists of one replacement string for the line: one word for each line */
};

struct task_template {
	char **copies;        /* owned, and each of them */
	struct word *words;   /* owned */
	size_t count;         /* of copies and words; 0: a shell line */
	struct piece *pieces; /* owned */
	size_t piece_count, piece_capacity;
	bool has_line; /* a replacement string for the line occurs */
	bool mixed;    /* one occurs in a word with something else */
	bool uses_slot;
};

static const struct {
	const char *text;
	enum piece_kind kind;
} placeholders[] = { { "{}", PIECE_LINE }, { "{.}", PIECE_NO_EXTENSION }, { "{/}", PIECE_BASE },
	{ "{//}", PIECE_DIRECTORY }, { "{/.}", PIECE_BASE_NO_EXTENSION }, { "{#}", PIECE_SEQ }, { "{%}", PIECE_SLOT } };

/* What to look for in the words. */
struct syntax {
	const char *replace; /* NULL: all placeholders */
	bool literal;
};

static bool
is_line(enum piece_kind kind)
{
	return kind != PIECE_TEXT && kind != PIECE_SEQ && kind != PIECE_SLOT;
}

/* Returns the length of the replacement string at `at` in the word, 0 if there is not one, and its kind. */
static size_t
match(const struct syntax *s, const char *word, const char *at, enum piece_kind *kind)
{
	bool after_dollar = at > word && at[-1] == '$';
	size_t len;

	*kind = PIECE_LINE;
	if (s->literal)
		return 0;
	if (s->replace != NULL)
		return strncmp(at, s->replace, strlen(s->replace)) == 0 ? strlen(s->replace) : 0;
	if (*at != '{')
		return 0;
	for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++) {
		len = strlen(placeholders[i].text);
		*kind = placeholders[i].kind;
		if (strncmp(at, placeholders[i].text, len) == 0)
			return after_dollar && !is_line(*kind) ? 0 : len;
	}
	return 0;
}

static void
add_piece(struct task_template *t, enum piece_kind kind, const char *text, size_t len)
{
	if (t->piece_count == t->piece_capacity) {
		t->piece_capacity *= 2;
		t->pieces = mem_resize(t->pieces, t->piece_capacity, sizeof(*t->pieces));
	}
	t->pieces[t->piece_count++] = (struct piece){ kind, text, len };
	t->has_line = t->has_line || is_line(kind);
	t->uses_slot = t->uses_slot || kind == PIECE_SLOT;
}

static void
parse_word(struct task_template *t, struct word *w, const struct syntax *s, const char *text)
{
	const char *from = text, *at = text;
	enum piece_kind kind;
	size_t len;

	w->first = t->piece_count;
	while (*at != '\0') {
		len = match(s, text, at, &kind);
		if (len == 0) {
			at++;
			continue;
		}
		if (at > from)
			add_piece(t, PIECE_TEXT, from, (size_t)(at - from));
		add_piece(t, kind, at, len);
		from = at += len;
	}
	if (at > from)
		add_piece(t, PIECE_TEXT, from, (size_t)(at - from));
	w->count = t->piece_count - w->first;
}

static void
classify(struct task_template *t, struct word *w)
{
	w->spread = w->count == 1 && is_line(t->pieces[w->first].kind);
	for (size_t i = 0; i < w->count; i++)
		if (!w->spread && is_line(t->pieces[w->first + i].kind))
			t->mixed = true;
}

struct task_template *
template_parse(char *const words[], size_t count, const char *replace, bool literal)
{
	struct task_template *t = mem_alloc(sizeof(*t));
	struct syntax syntax = { replace, literal };

	t->count = count;
	t->copies = mem_resize(NULL, count, sizeof(*t->copies));
	t->words = mem_resize(NULL, count, sizeof(*t->words));
	/* Allocated even if all words are empty. */
	t->piece_capacity = 8;
	t->pieces = mem_resize(NULL, t->piece_capacity, sizeof(*t->pieces));
	for (size_t i = 0; i < count; i++) {
		t->copies[i] = mem_strdup(words[i]);
		parse_word(t, &t->words[i], &syntax, t->copies[i]);
		classify(t, &t->words[i]);
	}
	return t;
}

void
template_free(struct task_template *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->count; i++)
		free(t->copies[i]);
	free(t->copies);
	free(t->words);
	free(t->pieces);
	free(t);
}

bool
template_program_is_fixed(const struct task_template *t)
{
	const struct word *w = t->words;

	return t->count == 0 || w->count == 0 || (w->count == 1 && t->pieces[w->first].kind == PIECE_TEXT);
}

const char *
template_program(const struct task_template *t)
{
	return t->count == 0 ? "/bin/sh" : t->copies[0];
}

bool
template_takes_many(const struct task_template *t)
{
	return t->count > 0 && !t->mixed;
}

bool
template_uses_slot(const struct task_template *t)
{
	return t->uses_slot;
}

/* Part of a borrowed string. */
struct part {
	const char *text;
	size_t len;
};

static struct part
base_of(struct part name)
{
	const char *slash = memrchr(name.text, '/', name.len);
	size_t skip = slash == NULL ? 0 : (size_t)(slash - name.text) + 1;

	return (struct part){ name.text + skip, name.len - skip };
}

static struct part
without_extension(struct part name)
{
	struct part base = base_of(name);
	const char *dot = memrchr(base.text, '.', base.len);

	return dot == NULL ? name : (struct part){ name.text, (size_t)(dot - name.text) };
}

/* Returns what precedes the last slash, without trailing slashes; the root directory stays. */
static struct part
before_slash(struct part name)
{
	size_t len = name.len - base_of(name).len;

	if (len == 0)
		return (struct part){ ".", 1 };
	while (len > 1 && name.text[len - 1] == '/')
		len--;
	return (struct part){ name.text, len };
}

/* As dirname(1): trailing slashes do not make a component. */
static struct part
directory_of(struct part name)
{
	struct part directory = before_slash(name);

	return base_of(name).len == 0 ? before_slash(directory) : directory;
}

static struct part
part_of(enum piece_kind kind, const char *line)
{
	struct part whole = { line, strlen(line) };

	switch (kind) {
	case PIECE_NO_EXTENSION: return without_extension(whole);
	case PIECE_BASE: return base_of(whole);
	case PIECE_DIRECTORY: return directory_of(whole);
	case PIECE_BASE_NO_EXTENSION: return without_extension(base_of(whole));
	default: return whole;
	}
}

/* Writes words one behind the other, or only counts them. */
struct writer {
	char **argv; /* NULL: only count */
	char *bytes; /* where the words go */
	size_t argc, len;
};

static void
put(struct writer *w, const char *text, size_t len)
{
	if (w->argv != NULL)
		memcpy(w->bytes + w->len, text, len);
	w->len += len;
}

static void
put_number(struct writer *w, uint64_t n)
{
	char digits[24];

	put(w, digits, (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n));
}

static void
begin_word(struct writer *w)
{
	if (w->argv != NULL)
		w->argv[w->argc] = w->bytes + w->len;
	w->argc++;
}

static void
put_word(struct writer *w, struct part word)
{
	begin_word(w);
	put(w, word.text, word.len);
	put(w, "", 1);
}

static void
put_words(struct writer *w, enum piece_kind kind, struct arguments args)
{
	for (size_t i = 0; i < args.count; i++)
		put_word(w, part_of(kind, args.text[i]));
}

/* The values of the replacement strings for one job. */
struct values {
	struct arguments args;
	uint64_t seq;
	unsigned slot;
};

static void
put_piece(struct writer *w, const struct piece *p, const struct values *v)
{
	if (p->kind == PIECE_TEXT)
		put(w, p->text, p->len);
	else if (p->kind == PIECE_SEQ)
		put_number(w, v->seq);
	else if (p->kind == PIECE_SLOT)
		put_number(w, v->slot);
	/* Several lines inside a word are separated by blanks; only possible if template_takes_many is false. */
	for (size_t i = 0; is_line(p->kind) && i < v->args.count; i++) {
		struct part part = part_of(p->kind, v->args.text[i]);

		put(w, " ", i > 0);
		put(w, part.text, part.len);
	}
}

static void
put_shell_line(struct writer *w, struct arguments args)
{
	const char *line = args.count > 0 ? args.text[0] : "";

	put_word(w, (struct part){ "/bin/sh", 7 });
	put_word(w, (struct part){ "-c", 2 });
	begin_word(w);
	/* sh would take the word for an option. With a leading blank the command is the same. */
	put(w, " ", *line == '-' || *line == '+');
	put(w, line, strlen(line) + 1);
}

static void
put_command(struct writer *w, const struct task_template *t, const struct values *v)
{
	if (t->count == 0)
		put_shell_line(w, v->args);
	for (size_t i = 0; i < t->count; i++) {
		const struct word *word = &t->words[i];
		const struct piece *p = t->pieces + word->first;

		if (word->spread) {
			put_words(w, p->kind, v->args);
			continue;
		}
		begin_word(w);
		for (size_t k = 0; k < word->count; k++)
			put_piece(w, p + k, v);
		put(w, "", 1);
	}
	if (t->count > 0 && !t->has_line)
		put_words(w, PIECE_LINE, v->args);
}

static size_t
size_of(const struct writer *w)
{
	return (w->argc + 1) * sizeof(*w->argv) + w->len;
}

void
template_expand(const struct task_template *t, struct arguments args, uint64_t seq, unsigned slot, struct command *out)
{
	struct values values = { args, seq, slot };
	struct writer counted = { 0 }, w = { 0 };

	put_command(&counted, t, &values);
	w.argv = mem_resize(NULL, size_of(&counted), 1);
	w.bytes = (char *)(w.argv + counted.argc + 1);
	put_command(&w, t, &values);
	w.argv[w.argc] = NULL;
	*out = (struct command){ .argv = w.argv, .argc = w.argc, .shell = t->count == 0 };
}

size_t
template_size(const struct task_template *t, struct arguments args)
{
	/* The longest numbers, so that a batch cannot exceed the limit because of its sequence number. */
	struct values values = { args, UINT64_MAX, UINT_MAX };
	struct writer counted = { 0 };

	put_command(&counted, t, &values);
	return size_of(&counted);
}

void
command_free(struct command *c)
{
	free(c->argv);
	*c = (struct command){ 0 };
}
