/* Linux: the CPUs and the memory that this process may use, and the load. */
#include "sys/os.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/os-linux-cgroup.h"
#include "sys/os-linux-private.h"

unsigned
os_cpu_count(void)
{
	cpu_set_t set;
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned count = online > 0 ? (unsigned)online : 1, bound;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		count = (unsigned)CPU_COUNT(&set);
	bound = os_linux_cgroup_cpus("");
	if (bound != 0 && bound < count)
		count = bound;
	return count ? count : 1;
}

int
os_load(double *load)
{
	return getloadavg(load, 1) == 1 ? 0 : -1;
}

int
os_memory_free(uint64_t *bytes)
{
	char text[512];
	const char *line;
	unsigned long long kib;
	uint64_t cgroup;

	if (!os_linux_read("/proc/meminfo", text, sizeof text))
		return -1;
	line = strstr(text, "MemAvailable:");
	if (line == NULL || sscanf(line, "MemAvailable: %llu", &kib) != 1) {
		errno = ENOSYS;
		return -1;
	}
	*bytes = (uint64_t)kib * 1024;
	cgroup = os_linux_cgroup_memory("");
	if (cgroup < *bytes)
		*bytes = cgroup;
	return 0;
}
