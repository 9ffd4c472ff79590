/* own-jobs: command lines that ignore the jobserver of -J, and those that do not. */
#include "job/own-jobs.h"

#include "tap.h"

#define ROW(text, want)                                                                                                \
	{                                                                                                              \
		text, sizeof(text), want                                                                               \
	}

int
main(void)
{
	static const struct {
		const char *args;
		size_t len;
		bool want;
	} rows[] = {
		ROW("make", false),
		ROW("make\0-j12", true),
		ROW("/usr/bin/make\0-k\0-j\0"
		    "4\0all",
		    true),
		ROW("make\0-j\0all", true),
		ROW("make\0-j", true),
		ROW("make\0-j1", false),
		ROW("make\0-j\0"
		    "1",
		    false),
		ROW("gmake\0--jobs=8", true),
		ROW("make\0--jobs", true),
		ROW("make\0--jobserver-auth=3,4", false),
		ROW("make\0-jobs", false),
		ROW("make\0--\0-j4", false),
		ROW("ninja\0-C\0build\0-j8", true),
		ROW("cc\0-j4", false),
		ROW("", false),
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		tap_ok(
		    own_jobs(rows[i].args, rows[i].len) == rows[i].want, "own-jobs: row %zu: %s ...", i, rows[i].args);
	tap_ok(!own_jobs("make\0-j4", 7) && !own_jobs(NULL, 0), "own-jobs: a word that is cut off does not count");
	return tap_done();
}
