/*
 * Preloaded by tests/pool/exec.bats: execve(2), and execvp(3) of other programs, fail for the command "./job" with the
 * errno whose name is in EXEC_ERRNO.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMED(name)                                                                                                    \
	{                                                                                                              \
#name, name                                                                                            \
	}

static const struct {
	const char *name;
	int error;
} errors[] = { NAMED(E2BIG), NAMED(EACCES), NAMED(EAGAIN), NAMED(EFAULT), NAMED(EINVAL), NAMED(EIO), NAMED(EISDIR),
	NAMED(ELIBBAD), NAMED(ELOOP), NAMED(EMFILE), NAMED(ENAMETOOLONG), NAMED(ENFILE), NAMED(ENOENT), NAMED(ENOMEM),
	NAMED(ENOTDIR), NAMED(EPERM), NAMED(ETXTBSY) };

/* Runs in the child of vfork(2), too. */
static int
fails(const char *file)
{
	const char *name = getenv("EXEC_ERRNO");

	for (size_t i = 0; name != NULL && i < sizeof errors / sizeof errors[0]; i++)
		if (strcmp(file, "./job") == 0 && strcmp(name, errors[i].name) == 0) {
			errno = errors[i].error;
			return 1;
		}
	return 0;
}

int
execve(const char *path, char *const argv[], char *const envp[])
{
	int (*real)(const char *, char *const *, char *const *) =
	    (int (*)(const char *, char *const *, char *const *))dlsym(RTLD_NEXT, "execve");

	return fails(path) ? -1 : real(path, argv, envp);
}

int
execvp(const char *file, char *const argv[])
{
	int (*real)(const char *, char *const *) = (int (*)(const char *, char *const *))dlsym(RTLD_NEXT, "execvp");

	return fails(file) ? -1 : real(file, argv);
}
