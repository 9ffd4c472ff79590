#include "qpool/option-table.h"

#include "pool/settings.h"

const struct cli_option qpool_options[OPT_COUNT + 1] = {
#define GROUP(title)
#define FLAG(field, letters, name, help) CLI_FLAG(letters, name, struct options, field, help),
#define OPTION(id, letters, name, argument, completion, help)                                                          \
	{ letters, name, argument, completion, help, CLI_KIND_TEXT, 0, 0, 0 },
#include "qpool/options.def"
	CLI_END
};
