/* Invariants: any bytes are accepted; nothing is kept from call to call. */
#include "text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Returns the end of the line that begins at p: its newline, or the end of the text. */
static const char *
line_end(const char *p)
{
	for (; *p != '\0' && *p != '\n'; p++)
		if (*p == '\\' && p[1] != '\0')
			p++;
	return p;
}

size_t
text_add_commands(struct buf *b, const char *argument, bool plain)
{
	size_t count = 0, from, len;
	struct buf command = { 0 };

	for (const char *p = argument, *end; *p != '\0'; p = *end == '\0' ? end : end + 1) {
		end = line_end(p);
		from = strspn(p, " \t");
		if (p + from >= end)
			continue;
		len = (size_t)(end - p) - from;
		command.len = 0;
		buf_add(&command, p + from, len);
		buf_addc(&command, '\0');
		if (plain && text_runs_alone(command.data))
			buf_adds(b, "exec ");
		buf_add(b, command.data, command.len);
		count++;
	}
	buf_free(&command);
	return count;
}

/* The commands that make always leaves to the shell: reserved words and builtins (job.c of GNU make). */
static bool
needs_shell(const char *word, size_t len)
{
	static const char *const words[] = { ".", ":", "alias", "bg", "break", "case", "cd", "command", "continue",
		"eval", "exec", "exit", "export", "fc", "fg", "for", "getopts", "hash", "if", "jobs", "login", "logout",
		"read", "readonly", "return", "set", "shift", "test", "times", "trap", "type", "ulimit", "umask",
		"unalias", "unset", "wait", "while" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0)
			return true;
	return false;
}

bool
text_runs_alone(const char *command)
{
	size_t first = strcspn(command, " \t");
	bool quoted = false;

	/* The shell runs a first word with quotes; to look into them is not worth the code. */
	if (needs_shell(command, first) || strcspn(command, "='\\") < first)
		return false;
	for (const char *p = command; *p != '\0'; p++) {
		if (*p == '\'')
			quoted = !quoted;
		else if (!quoted && strchr("#;\"*?[]&|<>(){}$`^~!", *p) != NULL)
			return false;
		else if (!quoted && *p == '\\' && p[1] != '\0')
			p++;
	}
	return !quoted;
}

bool
text_is_plain(const char *shell, const char *flags)
{
	return strcmp(shell, "/bin/sh") == 0 && (strcmp(flags, "-c") == 0 || strcmp(flags, "-ec") == 0);
}

void
text_fold(struct buf *b, const char *out, size_t len)
{
	size_t end = b->len;

	for (size_t i = 0; i < len && out[i] != '\0'; i++) {
		if (out[i] == '\r' && i + 1 < len && out[i + 1] == '\n')
			continue;
		buf_addc(b, out[i] == '\n' ? ' ' : out[i]);
		if (out[i] != '\n')
			end = b->len;
	}
	b->len = end;
}

static void
add_flag(struct buf *b, const char *arg)
{
	buf_addc(b, ' ');
	/* Written as -j, because the number may be the next word. */
	if (strcmp(arg, "--jobs") == 0)
		arg = "-j";
	for (; *arg != '\0'; arg++) {
		if (is_blank(*arg) || *arg == '\n' || *arg == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *arg);
	}
}

void
text_add_flags(struct buf *b, const char *args, size_t len)
{
	const char *end = args + len, *next;

	for (const char *p = args; p < end; p = next) {
		next = memchr(p, '\0', (size_t)(end - p));
		if (next == NULL)
			break;
		next++;
		if (p != args)
			add_flag(b, p);
	}
}

void
text_add_quoted(struct buf *b, const char *word)
{
	buf_addc(b, '\'');
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			buf_adds(b, "'\\''");
		else
			buf_addc(b, *word);
	}
	buf_addc(b, '\'');
}

static const char harmless[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.,:+@%-";

bool
text_is_harmless(const char *path)
{
	return *path != '\0' && path[strspn(path, harmless)] == '\0' && *path != '-';
}

/* Are all quotes balanced, and is everything else ordinary characters for sh? */
static bool
is_words(const char *text)
{
	char quote = '\0';

	for (; *text != '\0'; text++) {
		if (quote != '\0')
			quote = *text == quote ? '\0' : quote;
		else if (*text == '\'' || *text == '"')
			quote = *text;
		if (!is_blank(*text) && *text != '=' && *text != '\'' && *text != '"' &&
		    strchr(harmless, *text) == NULL)
			return false;
	}
	return quote == '\0';
}

void
text_add_words(struct buf *b, const char *words)
{
	if (is_words(words))
		buf_adds(b, words);
	else
		text_add_quoted(b, words);
}

/* Are all parentheses balanced? */
static bool
is_balanced(const char *text, size_t len)
{
	size_t depth = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == ')' && depth-- == 0)
			return false;
		depth += text[i] == '(';
	}
	return depth == 0;
}

/* Would a terminal obey this byte: C0 except TAB, DEL, or, behind `before`, C1 in UTF-8? */
static bool
is_control(char c, char before)
{
	unsigned char u = (unsigned char)c;

	return (u < ' ' && c != '\t') || u == 0x7f || (before == '\xc2' && u >= 0x80 && u < 0xa0);
}

void
text_add_message(struct buf *b, const char *text, size_t len)
{
	bool balanced = is_balanced(text, len);

	while (len > 0 && (text[len - 1] == '\n' || is_blank(text[len - 1])))
		len--;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '$')
			buf_addc(b, '$');
		if (!balanced && (c == '(' || c == ')'))
			c = c == '(' ? '[' : ']';
		if (c == '\n' || c == '\0' || c == '\r')
			c = ' ';
		else if (is_control(c, i > 0 ? text[i - 1] : '\0'))
			c = '?';
		buf_addc(b, c);
	}
}

/* The columns of the log that are needed, found by name. */
enum column { SEQ, END, STATUS, SIGNAL, OUT_BYTES, COLUMN_COUNT };

static const char *const names[COLUMN_COUNT] = { "seq", "end", "status", "signal", "out_bytes" };

/* Text up to a TAB or newline; not NUL-terminated. */
struct field {
	const char *text;
	size_t len;
};

static struct field
next_field(const char **at, const char *end)
{
	struct field f = { .text = *at };

	while (*at < end && **at != '\t' && **at != '\n')
		++*at;
	f.len = (size_t)(*at - f.text);
	*at += *at < end && **at == '\t';
	return f;
}

static bool
is_name(const struct field *f, const char *name)
{
	return strlen(name) == f->len && memcmp(f->text, name, f->len) == 0;
}

static bool
is_number(const struct field *f, uint64_t most, uint64_t *n)
{
	*n = 0;
	if (f->len == 0)
		return false;
	for (size_t i = 0; i < f->len; i++) {
		uint64_t digit = (uint64_t)(f->text[i] - '0');

		if (f->text[i] < '0' || f->text[i] > '9' || digit > most || *n > (most - digit) / 10)
			return false;
		*n = *n * 10 + digit;
	}
	return true;
}

/* Sets the position of each column in a line; false if the header lacks one of them. */
static bool
read_header(int place[COLUMN_COUNT], const char **at, const char *end)
{
	size_t found = 0;

	for (int i = 0; *at < end && **at != '\n'; i++) {
		struct field f = next_field(at, end);

		for (int c = 0; c < COLUMN_COUNT; c++)
			if (is_name(&f, names[c])) {
				place[c] = i;
				found++;
			}
	}
	*at += *at < end;
	return found == COLUMN_COUNT;
}

static bool
fill_job(struct text_job *jobs, size_t count, const struct field f[COLUMN_COUNT])
{
	uint64_t seq, status, signal, out_bytes;
	struct text_job *j;

	if (!is_number(&f[SEQ], count, &seq) || seq == 0 || !is_number(&f[STATUS], 255, &status) ||
	    !is_number(&f[SIGNAL], 127, &signal) || !is_number(&f[OUT_BYTES], SIZE_MAX / 2, &out_bytes))
		return false;
	j = &jobs[seq - 1];
	*j = (struct text_job){
		.known = true, .status = (unsigned)(signal != 0 ? 128 + signal : status), .out_bytes = out_bytes
	};
	j->stopped = is_name(&f[END], "interrupted") || is_name(&f[END], "halted");
	/* A command too long for exec(3). make reports the same as "cannot be started". */
	if (is_name(&f[END], "invalid"))
		j->status = 127;
	return true;
}

bool
text_read_log(struct text_job *jobs, size_t count, const char *log, size_t len)
{
	const char *at = log, *end = log + len;
	int place[COLUMN_COUNT];

	if (!read_header(place, &at, end))
		return false;
	while (at < end) {
		struct field f[COLUMN_COUNT] = { 0 };

		for (int i = 0; at < end && *at != '\n'; i++) {
			struct field next = next_field(&at, end);

			for (int c = 0; c < COLUMN_COUNT; c++)
				if (place[c] == i)
					f[c] = next;
		}
		if (at == end || !fill_job(jobs, count, f))
			return false;
		at++;
	}
	return true;
}
