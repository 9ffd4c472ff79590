/* option-table: the options of qpool, made from options.def. */
#ifndef QPOOL_OPTION_TABLE_H
#define QPOOL_OPTION_TABLE_H

#include "cli/option.h"

/* The index of each option in the table. */
enum option_id {
#define GROUP(title)
#define FLAG(field, letters, name, help) OPT_##field,
#define OPTION(id, letters, name, argument, completion, help) OPT_##id,
#include "qpool/options.def"
	OPT_COUNT
};

/* The table, which ends with CLI_END. A FLAG sets its field of struct options; options.c implements each OPTION. */
extern const struct cli_option qpool_options[OPT_COUNT + 1];

#endif
