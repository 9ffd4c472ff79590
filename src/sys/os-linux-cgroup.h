/*
 * os-linux-cgroup: the CPU quota and the memory limit of this process's cgroups, version 1 or 2. For os-linux*.c.
 *
 * `root` is put in front of all paths: "" for the system, or the directory of a made-up /proc and /sys in a test.
 * cgroups(7); Documentation/admin-guide/cgroup-v1/memory.rst and cgroup-v2.rst of Linux.
 */
#ifndef QPOOL_OS_LINUX_CGROUP_H
#define QPOOL_OS_LINUX_CGROUP_H

#include <stdint.h>

/* Returns the number of CPUs that the quota allows, rounded up; 0: without a bound. */
unsigned os_linux_cgroup_cpus(const char *root);
/*
 * Returns the bytes that can still be allocated below all limits, page cache that the kernel would drop included;
 * UINT64_MAX: without a bound.
 */
uint64_t os_linux_cgroup_memory(const char *root);

#endif
