/* one: a single command as the only job: on our own stdin, output and terminal, in our process group. Nothing is read, captured or recorded. */
#ifndef QPOOL_ONE_H
#define QPOOL_ONE_H

#include <stdbool.h>
#include <stdint.h>

#include "jobserver/client.h"
#include "pool/settings.h"

/* All stay the caller's. */
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
	int status;              /* the command's own exit status */
	int signal;              /* that it died of, or that came before it was started; 0 */
	int held;                /* as of served_close */
	int64_t user_us, sys_us; /* of the command and all it waited for */
	int token_errno;         /* why its token could not be given back; 0 */
};

/* Runs it when there is a token for it. -1 with errno: it was not run; then status is 126 or 127 where exec(2) is the reason, else 0. */
int one_run(const struct one_parts *parts, struct one_result *result);

#endif
