/*
 * main() of a fuzz harness in a build without libFuzzer. It runs the harness once for each file on the command line,
 * and for each file in each directory on the command line. Each input is an allocation of exactly its size, so that a
 * sanitizer finds a read beyond the end.
 */
#ifndef QPOOL_FUZZ_STANDALONE_H
#define QPOOL_FUZZ_STANDALONE_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifndef QPOOL_LIBFUZZER
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void
run_bytes(const char *bytes, size_t size)
{
	uint8_t *copy = malloc(size);

	if (copy == NULL && size > 0)
		err(1, "malloc");
	for (size_t i = 0; i < size; i++)
		copy[i] = (uint8_t)bytes[i];
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void
run_file(const char *path)
{
	char *bytes = NULL, part[4096];
	size_t size = 0, n;
	FILE *f = fopen(path, "r"), *whole = open_memstream(&bytes, &size);

	if (f == NULL || whole == NULL)
		err(1, "%s", path);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		fwrite(part, 1, n, whole);
	if (ferror(f) || fclose(whole) == EOF)
		err(1, "%s", path);
	fclose(f);
	run_bytes(bytes, size);
	free(bytes);
}

static void
run_directory(DIR *d, const char *directory)
{
	struct dirent *entry;

	while ((entry = readdir(d)) != NULL) {
		char *path;

		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&path, "%s/%s", directory, entry->d_name) == -1)
			err(1, "%s", directory);
		run_file(path);
		free(path);
	}
	closedir(d);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);

		if (d == NULL && errno != ENOTDIR)
			err(1, "%s", argv[i]);
		if (d == NULL)
			run_file(argv[i]);
		else
			run_directory(d, argv[i]);
	}
	return 0;
}
#endif

#endif
