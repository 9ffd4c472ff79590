/*
 * qlog: the program. main() reads the command line and runs the verb.
 *
 * Invariant: wrong usage ends the program, with one line on standard error, before a log is read.
 */
#include "qlog/qlog.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/message.h"
#include "sys/os.h"

/* A first word that is neither a verb nor a file was probably meant as one of the two. */
static void
check_first(const char *word)
{
	if (*word == '-' || access(word, F_OK) == 0 || errno != ENOENT)
		return;
	message_errx(QLOG_ERROR, "%s: neither a file nor a verb; see qlog --help", word);
}

int
main(int argc, char **argv)
{
	struct qlog q = { 0 };
	struct cli_line line;

	if (os_guard_standard() == -1)
		_exit(QLOG_ERROR);
	/* write(2) then reports a file-size limit as an error, with a message. */
	signal(SIGXFSZ, SIG_IGN);
	setlocale(LC_CTYPE, "");
	cli_read_or_exit(&qlog_program, argc, argv, &q.args, &line);
	if (!line.verb_named)
		check_first(argv[1]);
	q.verb = qlog_verbs[line.verb];
	q.files = line.operands;
	q.file_count = line.operand_count;
	q.verb->run(&q);
	qlog_flush();
	return QLOG_DONE;
}
