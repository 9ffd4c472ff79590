/* qctl stats: prints all counts of a queue. */
#include "qctl/qctl.h"

#include <inttypes.h>
#include <stdio.h>

#include "qctl/answer.h"

static void
print(struct qctl *c, const char *name, const char *value)
{
	static bool begun;

	if (c->args.json)
		printf("%s\"%s\":%s", begun ? "," : "{", name, value);
	else
		printf("%s\t%s\n", name, value);
	begun = true;
}

static void
print_number(struct qctl *c, const char *name, uint64_t n)
{
	char text[32];

	snprintf(text, sizeof text, "%" PRIu64, n);
	print(c, name, text);
}

static int
run(struct qctl *c)
{
	struct queue_counts n = qctl_counts(c);

	for (int state = 0; state < QUEUE_STATES; state++)
		print_number(c, queue_state_name((enum queue_state)state), n.of[state]);
	print_number(c, "max", n.most_ready);
	print_number(c, "put", n.put);
	print_number(c, "over", n.finished);
	print_number(c, "terminated", n.terminated);
	print_number(c, "consumers", n.consumers);
	print_number(c, "slots", n.slots);
	print(c, "closed", c->args.json ? (n.closed ? "true" : "false") : (n.closed ? "yes" : "no"));
	if (c->args.json)
		puts("}");
	qctl_flush(c);
	return QCTL_YES;
}

static const struct cli_option options[] = {
	CLI_FLAG(
	    "", "json", struct qctl_args, json, "print one JSON object instead of a name, a tab and a value per line"),
	CLI_END,
};

const struct qctl_verb qctl_verb_stats = {
	.cli = {
	    .name = "stats",
	    .arguments = "queue",
	    .help = "print the number of tasks in each state, and other counters",
	    .options = options,
	    .least_operands = 1,
	    .most_operands = 1,
	},
	.only_reads = true,
	.run = run,
};
