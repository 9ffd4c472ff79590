/* os-linux-private: a function that only the files os-linux*.c share. */
#ifndef QPOOL_OS_LINUX_PRIVATE_H
#define QPOOL_OS_LINUX_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads the first size - 1 bytes of a file of /proc or /sys and adds a NUL. Returns false if it cannot be read or is
 * empty, for example because the process has ended.
 */
bool os_linux_read(const char *path, char *text, size_t size);

#endif
