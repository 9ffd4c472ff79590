/*
 * one: runs a single command as the only job: with our own standard input, output and terminal, in our process group.
 * Nothing is read, captured or recorded.
 */
#ifndef QPOOL_ONE_H
#define QPOOL_ONE_H

#include <stdbool.h>
#include <stdint.h>

#include "jobserver/client.h"
#include "pool/settings.h"

/* All borrowed. */
struct one_parts {
	const struct options *options; /* its words are the command */
	const char *program;           /* its path */
	struct jobserver *jobserver;   /* of mode JOBSERVER_ABSENT: none */
	int progress_to;               /* of worker_reserve_fd */
	const char *worker_makeflags;  /* MAKEFLAGS for the command; NULL: ours, or that of its own jobserver */
	unsigned slots;                /* with `serves`: for the command and its children */
	bool serves;
};

struct one_result {
	int status;              /* the command's exit status */
	int signal;              /* the signal that ended it, or that came before it was started; 0 */
	int missing_tokens;      /* as payer_close_served returns */
	int64_t user_us, sys_us; /* of the command and all processes that it waited for */
	char escaped[256];       /* a program that did not share the slots, as escapes_find describes it; "": none */
	int token_errno;         /* why its token could not be returned; 0 */
};

/*
 * Waits until something pays for the command, and runs it. -1 with errno: it was not run; then status is 126 or 127 if
 * exec(2) is the reason, else 0.
 */
int one_run(const struct one_parts *parts, struct one_result *result);

#endif
