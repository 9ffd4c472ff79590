/* jobserver-auth: MAKEFLAGS as makes and users write it, and malformed. */
#include "jobserver/auth.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static const struct {
	const char *makeflags;
	enum auth_kind kind;
	int read_fd, write_fd;
	const char *path;
	int jobs;
	const char *letters; /* of n, q, t: those that are set */
} cases[] = {
	/* As seen from makes. */
	{ " -j3 --jobserver-auth=3,4", AUTH_FDS, 3, 4, NULL, 3, "" },
	{ " -j3 --jobserver-auth=fifo:/tmp/GMfifo12", AUTH_FIFO, -1, -1, "/tmp/GMfifo12", 3, "" },
	{ " -j --jobserver-fds=3,4", AUTH_FDS, 3, 4, NULL, 0, "" },
	{ " -j4 --jobserver-auth=0,1", AUTH_INVALID, 0, 0, NULL, 4, "" }, /* data of a pipeline, never tokens */
	{ " -j4 --jobserver-auth=3,2", AUTH_INVALID, 0, 0, NULL, 4, "" },
	{ " -j4 --jobserver-auth=2,3", AUTH_INVALID, 0, 0, NULL, 4, "" },
	{ " -j3 --jobserver-auth=3,4 --jobserver-auth=-2,-2", AUTH_CLOSED, 2, 2, NULL, 3, "" },
	{ " -j1", AUTH_NONE, -1, -1, NULL, 1, "" },
	{ " -j", AUTH_NONE, -1, -1, NULL, 0, "" },
	{ "", AUTH_NONE, -1, -1, NULL, -1, "" },
	{ "n", AUTH_NONE, -1, -1, NULL, -1, "n" },
	{ "kqt -j8 --jobserver-auth=5,6", AUTH_FDS, 5, 6, NULL, 8, "qt" },
	{ " -j4 --jobserver-auth=3,4 -- A=x\\ --jobserver-auth=9,9", AUTH_FDS, 3, 4, NULL, 4, "" },
	{ " -- A=x\\ --jobserver-auth=9,9", AUTH_NONE, -1, -1, NULL, -1, "" },
	{ " -j --jobserver-fds=3,4 --jobserver-auth=fifo:/tmp/q --jobserver-a=3,4", AUTH_FIFO, -1, -1, "/tmp/q", 0,
	    "" },
	/* As users set it in their environment. */
	{ "-j4", AUTH_NONE, -1, -1, NULL, 4, "" },
	{ "-j 4", AUTH_NONE, -1, -1, NULL, 4, "" },
	{ "--jobs=4", AUTH_NONE, -1, -1, NULL, 4, "" },
	{ "-knj7", AUTH_NONE, -1, -1, NULL, 7, "n" },
	{ "--dry-run", AUTH_NONE, -1, -1, NULL, -1, "n" },
	{ "A=n", AUTH_NONE, -1, -1, NULL, -1, "" },
	{ "-C n", AUTH_NONE, -1, -1, NULL, -1, "" },
	{ "-fn", AUTH_NONE, -1, -1, NULL, -1, "" },
	{ " n", AUTH_NONE, -1, -1, NULL, -1, "" },
	/* The last one counts. */
	{ "--jobserver-fds=3,4 --jobserver-auth=fifo:/p", AUTH_FIFO, -1, -1, "/p", -1, "" },
	{ "--jobserver-auth=fifo:/p --jobserver-fds=7,8", AUTH_FDS, 7, 8, NULL, -1, "" },
	{ "--jobserver-auth=fifo:/a\\ b", AUTH_FIFO, -1, -1, "/a b", -1, "" },
	/* Malformed. */
	{ "--jobserver-auth", AUTH_INVALID, -1, -1, NULL, -1, "" },
	{ "--jobserver-auth=", AUTH_INVALID, -1, -1, NULL, -1, "" },
	{ "--jobserver-auth=fifo:", AUTH_INVALID, -1, -1, NULL, -1, "" },
	{ "--jobserver-auth=FIFO:/p", AUTH_INVALID, -1, -1, NULL, -1, "" },
	{ "--jobserver-auth=3", AUTH_INVALID, 3, -1, NULL, -1, "" },
	{ "--jobserver-auth=3,", AUTH_INVALID, 3, -1, NULL, -1, "" },
	{ "--jobserver-auth=,4", AUTH_INVALID, -1, -1, NULL, -1, "" },
	{ "--jobserver-auth=3;4", AUTH_INVALID, 3, -1, NULL, -1, "" },
	{ "--jobserver-auth=3,4,5", AUTH_INVALID, 3, 4, NULL, -1, "" },
	{ "--jobserver-auth=3,4x", AUTH_INVALID, 3, 4, NULL, -1, "" },
	{ "--jobserver-auth=0x3,4", AUTH_INVALID, 0, -1, NULL, -1, "" },
	{ "--jobserver-auth=+3,4", AUTH_INVALID, -1, -1, NULL, -1, "" },
	{ "--jobserver-auth=--3,4", AUTH_INVALID, -1, -1, NULL, -1, "" },
	{ "--jobserver-auth=3,-4", AUTH_CLOSED, 3, 4, NULL, -1, "" },
	{ "--jobserver-auth=-1,-1", AUTH_CLOSED, 1, 1, NULL, -1, "" },
	{ "--jobserver-auth=99999999999,4", AUTH_INVALID, -1, -1, NULL, -1, "" },
	{ "--jobserver-auth=2147483647,2147483647", AUTH_FDS, 2147483647, 2147483647, NULL, -1, "" },
	{ "--jobserver-auth=2147483648,4", AUTH_INVALID, -1, -1, NULL, -1, "" },
	{ "--jobserver-authx=3,4", AUTH_NONE, -1, -1, NULL, -1, "" },
	{ "--jobserver-auth:3,4", AUTH_NONE, -1, -1, NULL, -1, "" },
	{ "x--jobserver-auth=3,4", AUTH_NONE, -1, -1, NULL, -1, "" },
	{ "--jobserver-auth=3,4\\", AUTH_INVALID, 3, 4, NULL, -1, "" },
	{ "--jobserver-auth=3,\\ 4", AUTH_INVALID, 3, -1, NULL, -1, "" },
	{ "-j99999999999", AUTH_NONE, -1, -1, NULL, -1, "" },
	{ "-jx", AUTH_NONE, -1, -1, NULL, -1, "" },
	{ "-j-1", AUTH_NONE, -1, -1, NULL, -1, "" },
	{ "\\", AUTH_NONE, -1, -1, NULL, -1, "" },
	{ "--", AUTH_NONE, -1, -1, NULL, -1, "" },
	{ "-", AUTH_NONE, -1, -1, NULL, -1, "" },
	{ "\t\n ", AUTH_NONE, -1, -1, NULL, -1, "" },
	{ "\\--jobserver-auth=3,4", AUTH_FDS, 3, 4, NULL, -1, "" }, /* a needless escape */
	{ "\377\376 --jobserver-auth=3,4", AUTH_FDS, 3, 4, NULL, -1, "" },
	{ NULL, AUTH_NONE, -1, -1, NULL, -1, "" },
};

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
test_parse(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct jobserver_auth a;

		jobserver_auth_parse(&a, cases[i].makeflags);
		tap_ok(a.kind == cases[i].kind && same_text(a.path, cases[i].path) && a.jobs == cases[i].jobs &&
			(a.kind != AUTH_FDS || (a.read_fd == cases[i].read_fd && a.write_fd == cases[i].write_fd)) &&
			a.dry_run == (strchr(cases[i].letters, 'n') != NULL) &&
			a.question == (strchr(cases[i].letters, 'q') != NULL) &&
			a.touch == (strchr(cases[i].letters, 't') != NULL),
		    "jobserver-auth: '%s' has kind %d and -j %d", cases[i].makeflags ? cases[i].makeflags : "(none)",
		    (int)a.kind, a.jobs);
		jobserver_auth_free(&a);
	}
}

static void
test_load(void)
{
	static const struct {
		const char *makeflags;
		double load;
	} rows[] = {
		{ "", -1 },
		{ " -j2 -l3.5 --jobserver-auth=3,4", 3.5 },
		{ "ks -l4", 4 },
		{ "kl4", 4 },
		{ "-kl 0.25 -s", 0.25 },
		{ "--load-average=2", 2 },
		{ "--max-load=.5", -1 },
		{ "-l2 -l", -1 },
		{ "-l -s", -1 },
		{ " -lx", -1 },
		{ " -- -l3", -1 },
		{ " -I l3", -1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct jobserver_auth a;

		jobserver_auth_parse(&a, rows[i].makeflags);
		tap_ok(a.load >= rows[i].load && a.load <= rows[i].load, "jobserver-auth: '%s' has -l %g",
		    rows[i].makeflags, rows[i].load);
		jobserver_auth_free(&a);
	}
}

static void
test_replace(void)
{
	static const char *const pairs[][2] = {
		{ "", " OURS" },
		{ " -j3 --jobserver-auth=3,4", " OURS" },
		{ "kn -j3 --jobserver-auth=3,4 -- A=b\\ c", "kn OURS -- A=b\\ c" },
		{ " -j3 --no-print-directory --jobserver-fds=3,4 --jobserver-auth=fifo:/x --jobserver-a=3,4",
		    " --no-print-directory OURS" },
		{ "-kj 4 -s", " -k -s OURS" },
		{ "-j 4", " OURS" },
		{ "--jobs 4 -k", " -k OURS" },
		{ " -- A=-j4", " OURS -- A=-j4" },
		{ "A=1 -j4", " A=1 OURS" },
		{ " -I j4", " -I j4 OURS" },
		{ "k -j3 -l2.5", "k -l2.5 OURS" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct buf b = { 0 };

		jobserver_auth_replace(&b, pairs[i][0], "OURS");
		buf_addc(&b, '\0');
		tap_ok(strcmp(b.data, pairs[i][1]) == 0, "jobserver-auth: replacing in '%s' gives '%s'", pairs[i][0],
		    b.data);
		buf_free(&b);
	}
}

int
main(void)
{
	test_parse();
	test_load();
	test_replace();
	return tap_done();
}
