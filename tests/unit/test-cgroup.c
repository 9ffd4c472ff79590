/* cgroup: limits of CPU and memory from made-up copies of /proc and /sys/fs/cgroup. */
#include "sys/os-linux-cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

#define ROOT "test-cgroup.root"

static const char v2_mount[] = "30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

/* Writes a file below ROOT, and makes the directories above it. */
static void
put(const char *path, const char *text)
{
	char full[512];
	FILE *f;

	snprintf(full, sizeof full, "%s%s", ROOT, path);
	for (char *slash = strchr(full, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(full, 0700);
		*slash = '/';
	}
	f = fopen(full, "w");
	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF)
		abort();
}

static void
start(const char *cgroup, const char *mountinfo)
{
	if (system("rm -rf " ROOT) != 0)
		abort();
	put("/proc/self/cgroup", cgroup);
	put("/proc/self/mountinfo", mountinfo);
}

static void
expect_cpus(unsigned expected, const char *what)
{
	unsigned got = os_linux_cgroup_cpus(ROOT);

	tap_ok(got == expected, "cpus: %s: %u, expected %u", what, got, expected);
}

static void
expect_memory(uint64_t expected, const char *what)
{
	uint64_t got = os_linux_cgroup_memory(ROOT);

	tap_ok(got == expected, "memory: %s: %llu, expected %llu", what, (unsigned long long)got,
	    (unsigned long long)expected);
}

static void
test_none(void)
{
	start("", "");
	expect_cpus(0, "without cgroups");
	expect_memory(UINT64_MAX, "without cgroups");
	start("0::/\n", v2_mount);
	expect_cpus(0, "without files");
	expect_memory(UINT64_MAX, "without files");
	put("/sys/fs/cgroup/cpu.max", "max 100000\n");
	put("/sys/fs/cgroup/memory.max", "max\n");
	put("/sys/fs/cgroup/memory.current", "1000\n");
	expect_cpus(0, "without a quota");
	expect_memory(UINT64_MAX, "without a limit");
}

/* Each controller has a hierarchy of its own, and the names of other controllers begin with "cpu". */
static void
test_v1_separate(void)
{
	start("6:cpuset:/\n5:cpuacct:/a\n4:cpu:/b\n3:memory:/m\n0::/\n",
	    "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
	    "32 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
	    "33 31 0:30 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpuacct\n"
	    "34 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
	    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
	put("/sys/fs/cgroup/cpu/b/cpu.cfs_quota_us", "250000\n");
	put("/sys/fs/cgroup/cpu/b/cpu.cfs_period_us", "100000\n");
	put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
	put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
	expect_cpus(3, "version 1, cpuset and cpuacct mounted elsewhere");
	put("/sys/fs/cgroup/memory/m/memory.limit_in_bytes", "5000000\n");
	put("/sys/fs/cgroup/memory/m/memory.usage_in_bytes", "3000000\n");
	put("/sys/fs/cgroup/memory/m/memory.stat",
	    "cache 7\ninactive_file 9\nactive_file 9\ntotal_inactive_file 200000\ntotal_active_file 100000\n");
	put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "90000000\n");
	expect_memory(2300000, "version 1: what the limit leaves, with page cache");
}

static void
test_v1_together(void)
{
	start("4:cpu,cpuacct:/b\n", "34 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpuacct,cpu\n");
	put("/sys/fs/cgroup/cpu,cpuacct/b/cpu.cfs_quota_us", "50000\n");
	put("/sys/fs/cgroup/cpu,cpuacct/b/cpu.cfs_period_us", "100000\n");
	expect_cpus(1, "version 1, mounted together with cpuacct");
}

/* A container that has a part of the hierarchy, mounted with that part as its top. */
static void
test_container(void)
{
	start("4:cpu:/docker/abc/in\n", "34 31 0:29 /docker/abc /my\\040groups ro - cgroup cgroup rw,cpu\n");
	put("/my groups/in/cpu.cfs_quota_us", "400000\n");
	put("/my groups/in/cpu.cfs_period_us", "100000\n");
	put("/my groups/cpu.cfs_quota_us", "200000\n");
	put("/my groups/cpu.cfs_period_us", "100000\n");
	put("/cpu.cfs_quota_us", "100000\n");
	put("/cpu.cfs_period_us", "100000\n");
	expect_cpus(2, "a part of the hierarchy: up to the mount, and no further");
	start("0::/../other\n", v2_mount);
	put("/sys/fs/cgroup/cpu.max", "300000 100000\n");
	expect_cpus(3, "a name outside of the mount: the mount's own cgroup");
}

static void
test_v2(void)
{
	start("0::/a/b\n", v2_mount);
	put("/sys/fs/cgroup/a/cpu.max", "150000 100000\n");
	put("/sys/fs/cgroup/a/b/cpu.max", "400000 100000\n");
	expect_cpus(2, "version 2: the least of all levels");
	put("/sys/fs/cgroup/a/memory.max", "8000\n");
	put("/sys/fs/cgroup/a/memory.current", "5000\n");
	put("/sys/fs/cgroup/a/b/memory.max", "4000\n");
	put("/sys/fs/cgroup/a/b/memory.current", "2000\n");
	put("/sys/fs/cgroup/a/b/memory.stat", "anon 1000\ninactive_file 100\nactive_file 200\nslab_reclaimable 50\n");
	expect_memory(2350, "version 2: the least of all levels");
	put("/sys/fs/cgroup/a/memory.high", "5500\n");
	expect_memory(500, "version 2: memory.high");
	put("/sys/fs/cgroup/a/memory.current", "9000\n");
	expect_memory(0, "version 2: more used than allowed");
}

/* systemd's hybrid mode: the controllers are in version 1, and version 2 has none. */
static void
test_hybrid(void)
{
	start("4:cpu:/x\n0::/x\n",
	    "40 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
	    "34 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n");
	put("/sys/fs/cgroup/unified/x/cgroup.procs", "1\n");
	put("/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "100000\n");
	put("/sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n");
	expect_cpus(1, "hybrid");
}

int
main(void)
{
	test_none();
	test_v1_separate();
	test_v1_together();
	test_container();
	test_v2();
	test_hybrid();
	if (system("rm -rf " ROOT) != 0)
		return 1;
	return tap_done();
}
