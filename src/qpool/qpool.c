/*
 * qpool: the program. main() is its phases: read the command line and the environment, join the jobserver, run, leave.
 */
#include <signal.h>
#include <unistd.h>

#include "job/outcome.h"
#include "qpool/options.h"
#include "qpool/run-one.h"
#include "qpool/run-pool.h"
#include "qpool/surroundings.h"
#include "sys/die.h"
#include "sys/os.h"

int
main(int argc, char **argv)
{
	struct options o;
	struct surroundings around;
	int status, sig = 0;

	if (os_guard_standard() == -1)
		_exit(EXIT_SELF);
	/*
	 * write(2) then reports a file-size limit as an error, instead of ending this process in the middle of a job.
	 */
	signal(SIGXFSZ, SIG_IGN);
	options_parse(argc, argv, &o);
	surroundings_read(&around);
	/* make -q and -t also run recipe lines that begin with +, and these must not change anything. */
	if (!o.always && (around.auth.question || around.auth.touch))
		return around.auth.question ? EXIT_SELF : EXIT_OK;
	o.dry_run = around.auth.dry_run && !o.always;
	o.make_load = surroundings_load(&around);
	surroundings_join(&around, &o);
	status = (o.one ? run_one : run_pool)(&o, &around, &sig);
	surroundings_leave(&around);
	if (sig != 0)
		die_of(sig);
	return status;
}
