/*
 * message: the messages of the programs on standard error: "qpool: " and a line of text.
 *
 * The functions do what those of the C library's err.h do, except that nothing in a message can reach the terminal as a
 * control character: the whole text is escaped (escape_visible), since it may contain names of files, commands and
 * arguments. Each message is one write(2), and an error of it is ignored, since nothing else could report it. No other
 * file uses err.h.
 */
#ifndef QPOOL_CLI_MESSAGE_H
#define QPOOL_CLI_MESSAGE_H

/* Prints the message; message_warn adds ": " and the text of errno, message_warnc that of `error`. */
void message_warnx(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_warnc(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, and then exit with this status. */
_Noreturn void message_errx(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void message_err(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void message_errc(int status, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
