/* oneshell: changes a recipe under .ONESHELL as GNU make does for shells of the Bourne family. */
#ifndef QPOOL_ONESHELL_H
#define QPOOL_ONESHELL_H

#include <stdbool.h>

/*
 * Does make treat this program as a shell of the Bourne family? The last component of the path decides
 * (is_bourne_compatible_shell in GNU make's job.c).
 */
bool oneshell_knows(const char *shell);
/*
 * Removes blanks and the prefixes @, - and + from the beginning of each line of the recipe, in place, as make does for
 * such a shell. A line after a backslash-newline continues the previous line, and keeps its blanks and prefixes.
 */
void oneshell_strip(char *recipe);

#endif
