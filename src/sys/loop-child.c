/* Children whose end SIGCHLD reports. Invariant: no child is reaped here; WNOWAIT leaves that to its owner. */
#include "sys/loop-private.h"

#include <sys/wait.h>

void
children_add(struct child **list, struct child *c)
{
	c->next = *list;
	*list = c;
}

void
children_remove(struct child **list, const struct child *c)
{
	for (struct child **at = list; *at != NULL; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			return;
		}
}

static struct child *
ended_child(struct child *list)
{
	for (struct child *c = list; c != NULL; c = c->next) {
		siginfo_t info = { 0 };

		if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == c->pid)
			return c;
	}
	return NULL;
}

void
children_run_ended(struct child *const *list)
{
	struct child *c;

	/* From the start each time, because fn changes the list. */
	while ((c = ended_child(*list)) != NULL)
		c->fn(c->arg);
}

void
children_run_stopped(void (*fn)(void *arg, pid_t pid, int sig), void *arg)
{
	siginfo_t info = { 0 };

	while (fn != NULL && waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG) == 0 && info.si_pid != 0) {
		fn(arg, info.si_pid, info.si_status);
		info.si_pid = 0;
	}
}
