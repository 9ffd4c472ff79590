/* Invariant: either all functions are loaded, or none is used. */
#include "queue/sqlite/load.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

/* The first version with RETURNING: sqlite.org/releaselog/3_35_0.html. */
enum { LEAST_VERSION = 3035000 };
#define TOO_OLD "the installed SQLite is too old; version 3.35 or later is required"

struct sqlite sqlite;

static const char *const names[] = { "libsqlite3.so.0", "libsqlite3.so", "libsqlite3.dylib" };

static const struct {
	const char *name;
	size_t at;
} functions[] = {
#define F(name) { "sqlite3_" #name, offsetof(struct sqlite, name) },
	SQLITE_FUNCTIONS(F)
#undef F
};

static bool
open_library(void)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (dlopen(names[i], RTLD_NOW | RTLD_GLOBAL) != NULL)
			return true;
	return false;
}

const char *
sqlite_load(void)
{
	static bool loaded;
	void *function;

	if (loaded)
		return NULL;
	if (!open_library())
		return "cannot load SQLite: not found; install it (libsqlite3-0)";
	for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
		/* RTLD_DEFAULT, so that a preloaded function comes first, as with a linked library. */
		function = dlsym(RTLD_DEFAULT, functions[i].name);
		if (function == NULL)
			return TOO_OLD;
		/* POSIX, dlsym(3): a pointer to a function, copied through a pointer to an object. */
		memcpy((char *)&sqlite + functions[i].at, &function, sizeof function);
	}
	if (sqlite.libversion_number() < LEAST_VERSION)
		return TOO_OLD;
	/*
	 * We have one thread, and do not need statistics of its memory. If it is already initialized, as in a test that
	 * is linked with it, these calls have no effect.
	 */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	loaded = true;
	return NULL;
}
