/* Invariant: the keeper runs before the first worker, and until the last one is reaped. */
#include "pool/attempt-shared.h"

#include "jobserver/payer.h"
#include "pool/source.h"
#include "worker/keeper.h"

int
attempt_ensure_keeper(struct attempt_shared *shared)
{
	struct keeper_charge charge;

	if (shared->keeper != NULL)
		return 0;
	charge = payer_charge(shared->payer);
	charge.claim_fd = source_keeper_fd(shared->source);
	shared->keeper = keeper_start(shared->options->grace_ns, &charge);
	return shared->keeper == NULL ? -1 : 0;
}

void
attempt_shared_free(struct attempt_shared *shared)
{
	if (shared->keeper != NULL)
		keeper_stop(shared->keeper);
	worker_kit_free(&shared->kit);
}
