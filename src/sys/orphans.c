/* Invariant: a child that is registered is never reaped here. */
#include "sys/orphans.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/tree.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "sys/os.h"

struct own {
	RB_ENTRY(own) entry;
	pid_t pid;
};

static RB_HEAD(own_tree, own) all = RB_INITIALIZER(&all);

static int
own_compare(struct own *a, struct own *b)
{
	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

/* As in loop-timer.c: RB_GENERATE_STATIC of some libbsd versions requires a macro that only BSD has. */
RB_GENERATE_INTERNAL(own_tree, own, entry, own_compare, __attribute__((unused)) static)

static struct own *
find(pid_t pid)
{
	struct own key = { .pid = pid };

	return RB_FIND(own_tree, &all, &key);
}

void
orphans_exclude(pid_t pid)
{
	struct own *o;

	if (find(pid) != NULL)
		return;
	o = mem_alloc(sizeof *o);
	o->pid = pid;
	RB_INSERT(own_tree, &all, o);
}

void
orphans_include(pid_t pid)
{
	struct own *o = find(pid);

	if (o == NULL)
		return;
	RB_REMOVE(own_tree, &all, o);
	free(o);
}

/* Reaps this child if it has ended and is not ours. */
static void
reap(void *arg, pid_t pid)
{
	(void)arg;
	if (find(pid) == NULL)
		while (waitpid(pid, NULL, WNOHANG) == -1 && errno == EINTR)
			continue;
}

bool
orphans_reap(void)
{
	siginfo_t info = { 0 };

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
		/* waitid(2) always finds the oldest child that has ended. Behind it there may be more. */
		if (find(info.si_pid) != NULL)
			return os_each_child(reap, NULL) == 0;
		reap(NULL, info.si_pid);
		info.si_pid = 0;
	}
	return true;
}
