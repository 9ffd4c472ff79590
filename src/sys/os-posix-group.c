/* Process groups on systems without a usable /proc. A file of its own, so that os-group.c may call os-posix.c. */
#include "sys/os.h"

bool
os_group_alive(pid_t pgid)
{
	return os_group_scan(pgid);
}
