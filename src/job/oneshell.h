/* oneshell: what GNU make does to a recipe under .ONESHELL, for the shells that it knows. */
#ifndef QPOOL_ONESHELL_H
#define QPOOL_ONESHELL_H

#include <stdbool.h>

/* Would make take this program, by its name, for a shell of Bourne's family (is_bourne_compatible_shell in its job.c)? */
bool oneshell_knows(const char *shell);
/*
 * Takes the blanks and the prefixes @, - and + away from the beginning of each line of the recipe, in place, as make does for such a shell (a line that
 * begins behind a backslash is none of its own).
 */
void oneshell_strip(char *recipe);

#endif
