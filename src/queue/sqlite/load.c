/* Invariant: all of the functions are there, or none is used. */
#include "queue/sqlite/load.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

/* The first with RETURNING: sqlite.org/releaselog/3_35_0.html. */
enum { LEAST_VERSION = 3035000 };

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
		return "SQLite cannot be loaded: install it (libsqlite3-0)";
	for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
		/* Not in that library alone: what is preloaded stands before it, as before one that is linked. */
		function = dlsym(RTLD_DEFAULT, functions[i].name);
		if (function == NULL)
			return "the SQLite that is installed is too old: 3.35 or later is needed";
		/* As POSIX has it for dlsym(3): a pointer to a function through one to an object. */
		memcpy((char *)&sqlite + functions[i].at, &function, sizeof function);
	}
	if (sqlite.libversion_number() < LEAST_VERSION)
		return "the SQLite that is installed is too old: 3.35 or later is needed";
	/* We have one thread, and nobody asks how much memory it takes. Where it runs already, as in a test that is linked with it, it stays as it is. */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	loaded = true;
	return NULL;
}
