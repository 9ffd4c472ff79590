/* outcome: one row for each way in which a job can end. */
#include "job/outcome.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "tap.h"

#define EXITED(status) ((status) << 8)

static const struct {
	enum job_end end;
	int wstatus;
	unsigned tries_left;
	const char *name;
	bool ok, final, killed;
	int status, signal, exit;
} rows[] = {
	{ JOB_RAN, EXITED(0), 0, "ok", true, true, false, 0, 0, 0 },
	{ JOB_RAN, EXITED(0), 2, "ok", true, true, false, 0, 0, 0 },
	{ JOB_RAN, EXITED(1), 0, "fail", false, true, false, 1, 0, 123 },
	{ JOB_RAN, EXITED(1), 1, "fail", false, false, false, 1, 0, 123 },
	{ JOB_RAN, EXITED(254), 0, "fail", false, true, false, 254, 0, 123 },
	{ JOB_RAN, EXITED(255), 0, "fail", false, true, false, 255, 0, 124 },
	/*
	 * A shell that could not run a command exits with 126 or 127. For us that is a failed job: only our own
	 * exec(2) makes it notrun.
	 */
	{ JOB_RAN, EXITED(126), 0, "fail", false, true, false, 126, 0, 123 },
	{ JOB_RAN, EXITED(127), 0, "fail", false, true, false, 127, 0, 123 },
	{ JOB_RAN, SIGKILL, 0, "signal", false, true, true, 0, SIGKILL, 125 },
	{ JOB_RAN, SIGSEGV | 0x80, 0, "signal", false, true, true, 0, SIGSEGV, 125 },
	{ JOB_RAN, SIGTERM, 1, "signal", false, false, true, 0, SIGTERM, 125 },
	{ JOB_TIMED_OUT, SIGTERM, 0, "timeout", false, true, true, 0, SIGTERM, 125 },
	{ JOB_TIMED_OUT, SIGKILL, 3, "timeout", false, false, true, 0, SIGKILL, 125 },
	{ JOB_TIMED_OUT, EXITED(0), 0, "timeout", false, true, true, 0, 0, 123 },
	{ JOB_TIMED_OUT, EXITED(255), 0, "timeout", false, true, true, 255, 0, 123 },
	{ JOB_INTERRUPTED, SIGTERM, 0, "interrupted", false, false, true, 0, SIGTERM, 0 },
	{ JOB_INTERRUPTED, EXITED(0), 0, "interrupted", false, false, true, 0, 0, 0 },
	{ JOB_HALTED, SIGKILL, 0, "halted", false, false, true, 0, SIGKILL, 0 },
	{ JOB_HALTED, EXITED(0), 0, "halted", false, false, true, 0, 0, 0 },
	{ JOB_NOT_RUN, EXITED(126), 0, "notrun", false, true, false, 126, 0, 126 },
	{ JOB_NOT_RUN, EXITED(127), 0, "notrun", false, true, false, 127, 0, 127 },
	{ JOB_NOT_RUN, EXITED(127), 1, "notrun", false, false, false, 127, 0, 127 },
	{ JOB_INVALID, EXITED(1), 0, "invalid", false, true, false, 1, 0, 123 },
};

static void
test_row(size_t i)
{
	const struct job j = { .end = rows[i].end, .wstatus = rows[i].wstatus, .tries_left = rows[i].tries_left };
	const char *name = rows[i].name;

	enum outcome o = job_outcome(&j), parsed = OUTCOME_COUNT;

	tap_ok(strcmp(outcome_name(o), name) == 0, "outcome: row %zu: the name is %s", i, name);
	tap_ok(outcome_parse(name, strlen(name), &parsed) && parsed == o, "outcome: row %zu: %s: the name is parsed", i,
	    name);
	tap_ok(outcome_killed(o) == rows[i].killed, "outcome: row %zu: %s: killed by a signal or not", i, name);
	tap_ok(outcome_ok(&j) == rows[i].ok, "outcome: row %zu: %s: succeeded or not", i, name);
	tap_ok(outcome_final(o, j.tries_left) == rows[i].final, "outcome: row %zu: %s: finished or not", i, name);
	tap_ok(outcome_status(&j) == rows[i].status, "outcome: row %zu: %s: exit code %d", i, name, outcome_status(&j));
	tap_ok(outcome_signal(&j) == rows[i].signal, "outcome: row %zu: %s: signal %d", i, name, outcome_signal(&j));
	tap_ok(
	    outcome_exit(&j) == rows[i].exit, "outcome: row %zu: %s: gives exit status %d", i, name, outcome_exit(&j));
}

static void
test_names(void)
{
	static const char *const not_names[] = { "", "o", "okay", "OK", "ok ", "failed" };
	enum outcome o = OUTCOME_COUNT;

	for (size_t i = 0; i < sizeof(not_names) / sizeof(not_names[0]); i++)
		tap_ok(!outcome_parse(not_names[i], strlen(not_names[i]), &o) && o == OUTCOME_COUNT,
		    "outcome: names: \"%s\" is rejected", not_names[i]);
	tap_ok(!outcome_parse("ok\0x", 4, &o), "outcome: names: a name with a NUL behind it is rejected");
	tap_ok(outcome_parse("failure", 4, &o) && o == OUTCOME_FAIL,
	    "outcome: names: no more than the given bytes are read");
}

static void
test_exec_status(void)
{
	static const int cannot[] = { E2BIG, EACCES, EAGAIN, EFAULT, EINVAL, EIO, EISDIR, ELIBBAD, ELOOP, EMFILE,
		ENAMETOOLONG, ENFILE, ENOEXEC, ENOMEM, ENOTDIR, EPERM, ETXTBSY };

	tap_ok(outcome_exec_status(ENOENT) == 127, "outcome: exec: ENOENT is 127");
	for (size_t i = 0; i < sizeof(cannot) / sizeof(cannot[0]); i++)
		tap_ok(outcome_exec_status(cannot[i]) == 126, "outcome: exec: errno number %zu is 126", i);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		test_row(i);
	test_names();
	test_exec_status();
	return tap_done();
}
