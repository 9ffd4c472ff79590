#include "pool/results.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "job/outcome.h"
#include "log/record.h"
#include "pool/kept.h"

enum { FIRST_CAPACITY = 64 };

static struct queue_result *
add(struct results *r)
{
	if (r->count == r->capacity) {
		r->capacity = r->capacity != 0 ? 2 * r->capacity : FIRST_CAPACITY;
		r->all = mem_resize(r->all, r->capacity, sizeof *r->all);
	}
	if (r->count == 0)
		r->since_mono_ns = clock_mono_ns();
	return &r->all[r->count++];
}

int
results_add(struct results *r, const struct job *j, struct kept *out, struct kept *err)
{
	struct queue_result *x = add(r);
	int result;

	*x = (struct queue_result){ .id = j->task_id, .wstatus = j->wstatus, .outcome = job_outcome(j) };
	record_tsv.line(&x->record, j);
	result = kept_take(out, &x->out, &x->out_fd);
	return kept_take(err, &x->err, &x->err_fd) == -1 ? -1 : result;
}

void
results_clear(struct results *r)
{
	for (size_t i = 0; i < r->count; i++)
		queue_result_free(&r->all[i]);
	r->count = 0;
}

void
results_free(struct results *r)
{
	results_clear(r);
	free(r->all);
	*r = (struct results){ 0 };
}
