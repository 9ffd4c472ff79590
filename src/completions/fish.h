/* fish: the lists in the completion scripts of fish. */
#ifndef QPOOL_COMPLETIONS_FISH_H
#define QPOOL_COMPLETIONS_FISH_H

#include "completions/template.h"

/* The markers of the templates command.fish and verbs.fish. */
extern const struct template_marker fish_command_markers[], fish_verbs_markers[];

#endif
