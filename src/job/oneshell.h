/* oneshell: what GNU make does to a recipe under .ONESHELL, for the shells that it knows. */
#ifndef QPOOL_ONESHELL_H
#define QPOOL_ONESHELL_H

#include <stdbool.h>

/*
 * Would make take this program, by the last component of its path, for a shell of the Bourne family
 * (is_bourne_compatible_shell in GNU make's job.c)?
 */
bool oneshell_knows(const char *shell);
/*
 * Removes blanks and the prefixes @, - and + from the beginning of each line of the recipe, in place, as make does for
 * such a shell. A line that follows a backslash-newline continues the previous one, and keeps them.
 */
void oneshell_strip(char *recipe);

#endif
