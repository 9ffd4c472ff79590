/*
 * What can harm the shell that reads a command cannot be listed: expansions, assignments, redirections, open quotes
 * and each shell's own syntax. So only words whose bytes have no meaning to any shell pass unchanged, and everything
 * else is one quoted argument of `sh -c`. A word can still name something that is built into the shell; those names
 * can be listed.
 */
#include "qlog/paste.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

/*
 * The builtins of dash, bash, ksh and zsh that act on the shell itself, or read its standard input. Sorted. Those left
 * out only print or compare: ":", "[", "echo", "false", "pwd", "test", "true".
 */
static const char *const builtins[] = { "-", ".", "..", "alias", "autoload", "bg", "bind", "bindkey", "break",
	"builtin", "bye", "caller", "cd", "chdir", "command", "compadd", "compctl", "compgen", "complete", "compopt",
	"continue", "declare", "dirs", "disable", "disown", "echotc", "echoti", "emulate", "enable", "eval", "exec",
	"exit", "export", "fc", "fg", "float", "functions", "getln", "getopts", "hash", "hist", "history", "integer",
	"jobs", "kill", "let", "limit", "local", "log", "logout", "mapfile", "newgrp", "noglob", "popd", "print",
	"printf", "private", "pushd", "pushln", "r", "read", "readarray", "readonly", "rehash", "return", "sched",
	"set", "setopt", "shift", "shopt", "source", "suspend", "times", "trap", "ttyctl", "type", "typeset", "ulimit",
	"umask", "unalias", "unfunction", "unhash", "unlimit", "unset", "unsetopt", "vared", "wait", "whence", "where",
	"which", "zcompile", "zformat", "zle", "zmodload", "zparseopts", "zregexparse", "zstyle" };
/* Words that have a meaning only if no byte of them is quoted. Sorted. */
static const char *const reserved[] = { "!", "case", "coproc", "do", "done", "elif", "else", "end", "esac", "fi", "for",
	"foreach", "function", "if", "in", "namespace", "nocorrect", "repeat", "select", "then", "time", "until",
	"while" };

static int
compare_names(const void *key, const void *entry)
{
	return strcmp(key, *(const char *const *)entry);
}

static bool
is_in(const char *name, const char *const *names, size_t count)
{
	return bsearch(name, names, count, sizeof(*names), compare_names) != NULL;
}

/* Does this word, where a command begins, run a program and nothing else? `quoted`: is part of it quoted? */
static bool
is_program(const char *name, bool quoted)
{
	size_t len = strlen(name);

	/* %1 is a job, A=1 an assignment; some shells change to a directory that is named instead of a command. */
	if (name[0] == '%' || strchr(name, '=') != NULL || (len > 0 && name[len - 1] == '/'))
		return false;
	return !is_in(name, builtins, sizeof(builtins) / sizeof(builtins[0])) &&
	    (quoted || !is_in(name, reserved, sizeof(reserved) / sizeof(reserved[0])));
}

/*
 * Reads the part of a word that begins at `at`: a quoted string, an escaped character or one safe byte. Appends what
 * it means to `b`, and returns its length, or 0 if it may mean something else to a shell.
 */
static size_t
read_part(struct buf *b, const char *at)
{
	const char *end;

	switch (at[0]) {
	case '\'': end = strchr(at + 1, '\''); break;
	case '"': end = at + 1 + strcspn(at + 1, "\"$`\\!"); break;
	case '\\':
		if (at[1] < ' ' || at[1] > '~')
			return 0;
		buf_addc(b, at[1]);
		return 2;
	default: buf_addc(b, at[0]); return escape_is_safe(at[0]) ? 1 : 0;
	}
	if (end == NULL || *end != at[0])
		return 0;
	buf_add(b, at + 1, (size_t)(end - at) - 1);
	return (size_t)(end - at) + 1;
}

/* Is the command a program and its arguments, with nothing in it that a shell would expand or obey? */
static bool
is_plain(const char *at)
{
	struct buf word = { 0 };
	bool plain = true, first = true;

	for (at += strspn(at, " "); plain && *at != '\0'; at += strspn(at, " ")) {
		const char *start = at;

		word.len = 0;
		plain = *at != '='; /* zsh replaces =word by the path of a command */
		while (plain && *at != '\0' && *at != ' ') {
			size_t n = read_part(&word, at);

			plain = n > 0;
			at += n;
		}
		buf_addc(&word, '\0');
		/* Quotes and backslashes make a word longer than what it means. */
		plain = plain && (!first || is_program(word.data, (size_t)(at - start) != word.len - 1));
		first = false;
	}
	buf_free(&word);
	return plain && !first;
}

/* Is there a control character other than newline and TAB, or a byte that is not text? */
static bool
has_control(const char *text)
{
	struct buf kept = { 0 }, shown = { 0 };
	bool has;

	for (; *text != '\0'; text++)
		buf_addc(&kept, *text == '\n' || *text == '\t' ? ' ' : *text);
	escape_visible(&shown, kept.data, kept.len);
	has = shown.len != kept.len || (kept.len > 0 && memcmp(shown.data, kept.data, kept.len) != 0);
	buf_free(&kept);
	buf_free(&shown);
	return has;
}

/* Appends a double-quoted word for the command, in printable ASCII and newlines. A substitution drops newlines at its
 * end, so those follow it. */
static void
add_printable(struct buf *b, const char *command)
{
	size_t len = strlen(command), text = len;

	while (text > 0 && command[text - 1] == '\n')
		text--;
	buf_adds(b, "$(printf '");
	for (size_t i = 0; i < text; i++) {
		char c = command[i];

		/* printf takes a first "-" for an option. */
		if (c < ' ' || c > '~' || strchr("'\\%\"$`!", c) != NULL || (c == '-' && i == 0))
			buf_addf(b, "\\%03o", (unsigned char)c);
		else
			buf_addc(b, c);
	}
	buf_adds(b, "')");
	buf_add(b, command + text, len - text);
}

void
paste_command(struct buf *b, const char *command, bool printable)
{
	/* sh takes an operand of -c that begins so for further options. */
	const char *blank = command[0] == '-' || command[0] == '+' ? " " : "";
	struct buf line = { 0 };

	if (printable && has_control(command)) {
		buf_addf(b, "sh -c \"%s", blank);
		add_printable(b, command);
		buf_addc(b, '"');
	} else if (is_plain(command)) {
		buf_adds(b, command);
	} else {
		buf_addf(&line, "%s%s", blank, command);
		buf_addc(&line, '\0');
		buf_adds(b, "sh -c ");
		escape_shell(b, line.data);
	}
	buf_adds(b, " </dev/null");
	buf_free(&line);
}
