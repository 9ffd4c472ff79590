/* Linux: the CPUs that this process may use, by its affinity and its cgroup. */
#include "sys/os.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/os-linux-private.h"

/*
 * Stores the path of this process's directory in a cgroup hierarchy, from the line of /proc/self/cgroup with that
 * controller ("" for version 2). cgroups(7).
 */
static bool
cgroup_path(const char *controller, char *path, size_t size)
{
	char line[PATH_MAX + 256];
	bool found = false;
	FILE *f = fopen("/proc/self/cgroup", "re");

	while (f != NULL && !found && fgets(line, sizeof line, f) != NULL) {
		char *names = strchr(line, ':'), *rest = names ? strchr(names + 1, ':') : NULL;

		if (rest == NULL)
			continue;
		*rest++ = '\0';
		rest[strcspn(rest, "\n")] = '\0';
		names++;
		if (*controller == '\0' ? *names == '\0' : strstr(names, controller) != NULL)
			found = (size_t)snprintf(path, size, "%s", rest) < size;
	}
	if (f != NULL)
		fclose(f);
	return found;
}

/* Returns the CPUs that quota / period allow, rounded up; 0: no bound. */
static unsigned
quota_cpus(long long quota, long long period)
{
	if (quota <= 0 || period <= 0)
		return 0;
	return (unsigned)((quota + period - 1) / period);
}

static unsigned
cpu_max_v2(const char *directory)
{
	char path[PATH_MAX + 64], text[128];
	long long quota, period;

	snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", directory);
	if (!os_linux_read(path, text, sizeof text) || sscanf(text, "%lld %lld", &quota, &period) != 2)
		return 0;
	return quota_cpus(quota, period);
}

static unsigned
cpu_quota_v1(const char *directory)
{
	char path[PATH_MAX + 64], quota[64], period[64];

	snprintf(path, sizeof path, "/sys/fs/cgroup/cpu%s/cpu.cfs_quota_us", directory);
	if (!os_linux_read(path, quota, sizeof quota))
		return 0;
	snprintf(path, sizeof path, "/sys/fs/cgroup/cpu%s/cpu.cfs_period_us", directory);
	if (!os_linux_read(path, period, sizeof period))
		return 0;
	return quota_cpus(strtoll(quota, NULL, 10), strtoll(period, NULL, 10));
}

/*
 * Returns the least bound from the cgroup of this process up to the root, because each level bounds those below it.
 * 0: no bound.
 */
static unsigned
cgroup_cpus(const char *controller, unsigned (*at)(const char *directory))
{
	char directory[PATH_MAX];
	unsigned least = 0;

	if (!cgroup_path(controller, directory, sizeof directory))
		return 0;
	for (;;) {
		unsigned here = at(directory);
		char *slash = strrchr(directory, '/');

		if (here != 0 && (least == 0 || here < least))
			least = here;
		if (slash == NULL)
			return least;
		*slash = '\0';
	}
}

unsigned
os_cpu_count(void)
{
	cpu_set_t set;
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned count = online > 0 ? (unsigned)online : 1, bound;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		count = (unsigned)CPU_COUNT(&set);
	bound = cgroup_cpus("", cpu_max_v2);
	if (bound != 0 && bound < count)
		count = bound;
	bound = cgroup_cpus("cpu", cpu_quota_v1);
	if (bound != 0 && bound < count)
		count = bound;
	return count ? count : 1;
}
