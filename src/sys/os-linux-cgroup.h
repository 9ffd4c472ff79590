/*
 * os-linux-cgroup: reads the CPU quota and the memory limit of this process's cgroups, version 1 or 2. Only os-linux*.c
 * include it.
 *
 * `root` is prepended to all paths: "" for the real system, or in a test the directory that contains a fake /proc and
 * /sys. Sources: cgroups(7); Documentation/admin-guide/cgroup-v1/memory.rst and cgroup-v2.rst of Linux.
 */
#ifndef QPOOL_OS_LINUX_CGROUP_H
#define QPOOL_OS_LINUX_CGROUP_H

#include <stdint.h>

/* Returns the number of CPUs that the quota allows, rounded up, or 0 without a quota. */
unsigned os_linux_cgroup_cpus(const char *root);
/*
 * Returns the bytes that can still be allocated below all limits, including page cache that the kernel would drop, or
 * UINT64_MAX without a limit.
 */
uint64_t os_linux_cgroup_memory(const char *root);

#endif
