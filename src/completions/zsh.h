/* zsh: the lists in the completion scripts of zsh. */
#ifndef QPOOL_COMPLETIONS_ZSH_H
#define QPOOL_COMPLETIONS_ZSH_H

#include "completions/template.h"

/* The markers of the templates command.zsh and verbs.zsh. */
extern const struct template_marker zsh_command_markers[], zsh_verbs_markers[];

#endif
