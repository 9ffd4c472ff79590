/* Invariant: a file that is missing or not understood sets no bound. */
#include "sys/os-linux-cgroup.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/os-linux-private.h"

enum { STAT_SIZE = 16384 }; /* memory.stat has some 2000 bytes */

/* A cgroup of this process, first the nearest one and then those above it. */
struct cgroup {
	const char *controller; /* "" in version 2 */
	char path[PATH_MAX];    /* the directory with its files */
	size_t mount_len;       /* bytes of the mount point in `path` */
};

/* Reads a file of the cgroup as text. */
static bool
read_text(const struct cgroup *c, const char *name, char *text, size_t size)
{
	char path[PATH_MAX + 64];

	return (size_t)snprintf(path, sizeof path, "%s/%s", c->path, name) < sizeof path &&
	    os_linux_read(path, text, size);
}

/* Reads a file that has one number. -1: none, or "max". */
static long long
read_number(const struct cgroup *c, const char *name)
{
	char text[64];
	long long n;

	return read_text(c, name, text, sizeof text) && sscanf(text, "%lld", &n) == 1 ? n : -1;
}

/* Is the word in this list with commas? */
static bool
lists(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (; list != NULL; list = strchr(list, ',')) {
		list += *list == ',';
		if (strncmp(list, word, len) == 0 && (list[len] == '\0' || list[len] == ','))
			return true;
	}
	return false;
}

/* Stores the name of the cgroup from /proc/self/cgroup, whose lines are ID:CONTROLLERS:NAME. */
static bool
find_name(const char *root, const char *controller, char name[PATH_MAX])
{
	char path[PATH_MAX], *line = NULL;
	size_t capacity = 0;
	bool found = false;
	FILE *f;

	snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
	f = fopen(path, "re");
	while (f != NULL && !found && getline(&line, &capacity, f) != -1) {
		char *names = strchr(line, ':'), *rest = names != NULL ? strchr(names + 1, ':') : NULL;

		if (rest == NULL)
			continue;
		*rest++ = '\0';
		rest[strcspn(rest, "\n")] = '\0';
		found = (*controller == '\0' ? names[1] == '\0' : lists(names + 1, controller)) &&
		    (size_t)snprintf(name, PATH_MAX, "%s", rest) < PATH_MAX;
	}
	free(line);
	if (f != NULL)
		fclose(f);
	return found;
}

/* Replaces \NNN, with which mountinfo writes blanks, by the byte. */
static void
unescape(char *text)
{
	char *to = text;
	unsigned byte;

	for (; *text != '\0'; text++)
		if (*text == '\\' && sscanf(text + 1, "%3o", &byte) == 1) {
			*to++ = (char)byte;
			text += 3;
		} else {
			*to++ = *text;
		}
	*to = '\0';
}

/* A line of /proc/self/mountinfo; the texts are parts of it. */
struct mount {
	char *top, *point, *type, *options;
};

/* proc(5): ID PARENT DEVICE TOP POINT OPTIONS [TAG ...] - TYPE SOURCE SUPER-OPTIONS */
static bool
split_mount(char *line, struct mount *m)
{
	char *tail = strstr(line, " - "), *end;

	if (tail == NULL)
		return false;
	*tail = '\0';
	for (int i = 0; i < 3; i++)
		if (strsep(&line, " ") == NULL)
			return false;
	m->top = strsep(&line, " ");
	m->point = strsep(&line, " ");
	tail += 3;
	m->type = strsep(&tail, " ");
	if (m->point == NULL || strsep(&tail, " ") == NULL || tail == NULL)
		return false;
	m->options = tail;
	end = m->options + strcspn(m->options, "\n");
	*end = '\0';
	unescape(m->top);
	unescape(m->point);
	return true;
}

/*
 * Stores the directory of cgroup `name` if this is the mount of its hierarchy. A container may see only a part of the
 * hierarchy, mounted with that part as its top, or a name outside of its mount, which begins with "/..".
 */
static bool
locate(struct cgroup *c, const char *root, const struct mount *m, const char *name)
{
	size_t top_len = strcmp(m->top, "/") == 0 ? 0 : strlen(m->top);
	bool is_version_2 = *c->controller == '\0';

	if (strcmp(m->type, is_version_2 ? "cgroup2" : "cgroup") != 0 ||
	    (!is_version_2 && !lists(m->options, c->controller)))
		return false;
	if (strncmp(name, m->top, top_len) != 0 || (name[top_len] != '/' && name[top_len] != '\0'))
		name = "";
	else
		name += top_len;
	if (strcmp(name, "/") == 0 || strncmp(name, "/..", 3) == 0)
		name = "";
	c->mount_len = strlen(root) + strlen(m->point);
	return (size_t)snprintf(c->path, sizeof c->path, "%s%s%s", root, m->point, name) < sizeof c->path;
}

/* Finds the cgroup of this process in the hierarchy of `controller`. */
static bool
find(struct cgroup *c, const char *root, const char *controller)
{
	char path[PATH_MAX], name[PATH_MAX], *line = NULL;
	struct mount m;
	size_t capacity = 0;
	bool found = false;
	FILE *f;

	c->controller = controller;
	if (!find_name(root, controller, name))
		return false;
	snprintf(path, sizeof path, "%s/proc/self/mountinfo", root);
	f = fopen(path, "re");
	while (f != NULL && !found && getline(&line, &capacity, f) != -1)
		found = split_mount(line, &m) && locate(c, root, &m, name);
	free(line);
	if (f != NULL)
		fclose(f);
	return found;
}

/* Goes on to the cgroup above, whose limits count too. */
static bool
ascend(struct cgroup *c)
{
	char *slash = strrchr(c->path, '/');

	if (strlen(c->path) <= c->mount_len || slash == NULL)
		return false;
	*slash = '\0';
	return true;
}

/* Returns the CPUs that quota / period allow; 0: without a bound. */
static unsigned
cpus(const struct cgroup *c)
{
	long long quota = -1, period = -1;
	char text[128];

	if (*c->controller != '\0') {
		quota = read_number(c, "cpu.cfs_quota_us");
		period = read_number(c, "cpu.cfs_period_us");
	} else if (!read_text(c, "cpu.max", text, sizeof text) || sscanf(text, "%lld %lld", &quota, &period) != 2) {
		return 0;
	}
	return quota > 0 && period > 0 ? (unsigned)((quota + period - 1) / period) : 0;
}

static unsigned
least_cpus(const char *root, const char *controller)
{
	struct cgroup c;
	unsigned least = 0, here;

	if (!find(&c, root, controller))
		return 0;
	do {
		here = cpus(&c);
		if (here != 0 && (least == 0 || here < least))
			least = here;
	} while (ascend(&c));
	return least;
}

unsigned
os_linux_cgroup_cpus(const char *root)
{
	unsigned one = least_cpus(root, "cpu"), two = least_cpus(root, "");

	return one == 0 || (two != 0 && two < one) ? two : one;
}

/* Returns a number of memory.stat; 0: none. */
static unsigned long long
statistic(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (; text != NULL; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, name, len) == 0 && text[len] == ' ')
			return strtoull(text + len, NULL, 10);
	}
	return 0;
}

/* Page cache and caches that the kernel drops before it would end a process for memory. */
static unsigned long long
reclaimable(const struct cgroup *c)
{
	static const char *const names[2][3] = { { "inactive_file", "active_file", "slab_reclaimable" },
		{ "total_inactive_file", "total_active_file", "total_slab_reclaimable" } };
	char text[STAT_SIZE];
	unsigned long long sum = 0;

	if (!read_text(c, "memory.stat", text, sizeof text))
		return 0;
	for (size_t i = 0; i < 3; i++)
		sum += statistic(text, names[*c->controller != '\0'][i]);
	return sum;
}

/* Returns the bytes below the limit of this one cgroup. */
static uint64_t
memory(const struct cgroup *c)
{
	bool is_version_2 = *c->controller == '\0';
	long long limit = read_number(c, is_version_2 ? "memory.max" : "memory.limit_in_bytes");
	long long high = is_version_2 ? read_number(c, "memory.high") : -1;
	long long used = read_number(c, is_version_2 ? "memory.current" : "memory.usage_in_bytes");
	unsigned long long cache;

	/* Above memory.high processes are slowed down until memory is free again. */
	if (high >= 0 && (limit < 0 || high < limit))
		limit = high;
	if (limit < 0 || used < 0)
		return UINT64_MAX;
	cache = reclaimable(c);
	used = cache < (unsigned long long)used ? used - (long long)cache : 0;
	return used < limit ? (uint64_t)(limit - used) : 0;
}

static uint64_t
least_memory(const char *root, const char *controller)
{
	struct cgroup c;
	uint64_t least = UINT64_MAX, here;

	if (!find(&c, root, controller))
		return UINT64_MAX;
	do {
		here = memory(&c);
		if (here < least)
			least = here;
	} while (ascend(&c));
	return least;
}

uint64_t
os_linux_cgroup_memory(const char *root)
{
	uint64_t one = least_memory(root, "memory"), two = least_memory(root, "");

	return one < two ? one : two;
}
