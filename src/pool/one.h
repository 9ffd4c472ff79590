/*
 * one: runs a single command as the only job, with our own standard input, output and terminal, in our process group.
 * qpool itself reads no input, and captures and records no output.
 */
#ifndef QPOOL_ONE_H
#define QPOOL_ONE_H

#include <stdbool.h>
#include <stdint.h>

#include "jobserver/client.h"
#include "pool/settings.h"

/* What the command needs. All pointers are borrowed. */
struct one_parts {
	const struct options *options; /* options->words is the command */
	const char *program;           /* path of the program to run */
	struct jobserver *jobserver;   /* JOBSERVER_ABSENT: nothing limits the command */
	int progress_to;               /* fd from worker_reserve_fd */
	/*
	 * MAKEFLAGS for the command. NULL: our own MAKEFLAGS or, with `serves`, one that names the jobserver served to
	 * the command.
	 */
	const char *worker_makeflags;
	unsigned slots; /* with `serves`: slots of the command and its children */
	bool serves;
};

struct one_result {
	int status;              /* the command's exit status */
	int signal;              /* the signal that ended the command, or that arrived before the start; 0: none */
	int missing_tokens;      /* as payer_close_served returns */
	int64_t user_us, sys_us; /* CPU time of the command and of all processes that it waited for */
	char escaped[256];       /* description by escapes_find of a program that did not share the slots; "": none */
	int token_errno;         /* why the command's token could not be returned; 0: it was returned */
};

/*
 * Waits until the command may use a slot (its token, if it needs one), and runs the command. Returns 0, or -1 with
 * errno if the command was not run; result->status is then 126 or 127 if exec(2) failed, and 0 for any other reason.
 */
int one_run(const struct one_parts *parts, struct one_result *result);

#endif
