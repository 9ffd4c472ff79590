/* bash: the lists in the completion scripts of bash. */
#ifndef QPOOL_COMPLETIONS_BASH_H
#define QPOOL_COMPLETIONS_BASH_H

#include "completions/template.h"

/* The markers of the templates command.bash and verbs.bash. */
extern const struct template_marker bash_command_markers[], bash_verbs_markers[];

#endif
