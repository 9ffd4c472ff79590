/* screen: opens a pseudo-terminal, and computes the text that a terminal would show for the bytes written to it. */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

enum { MOST_ROWS = 60, MOST_COLUMNS = 200 };

struct screen {
	int rows, columns, row, column; /* size, and position of the cursor */
	wchar_t cells[MOST_ROWS][MOST_COLUMNS + 1];
	bool in_last_column; /* text has been in the last column */
	bool unknown;        /* an escape sequence that the display must not use, or another failure */
	int scrolled;        /* number of lines that were scrolled off */
	int coloured;        /* number of changes of colour */
};
extern struct screen screen;
extern int screen_terminal;    /* the fd to write to */
extern char screen_raw[65536]; /* the bytes of the last screen_look, with a NUL */

/* Opens the pseudo-terminal, which leaves all bytes unchanged. Returns 0, or -1 with errno. */
int screen_open(void);
/*
 * Sets the mode of the terminal: input in whole lines or single keys, with or without echo. Returns 0, or -1 with
 * errno.
 */
int screen_set_mode(bool lines, bool echo);
/* Clears the screen, and sets the size of the terminal. */
void screen_new(int rows, int columns);
/* Changes the size of the terminal without clearing the screen. */
void screen_resize(int rows, int columns);
/*
 * Updates the screen with everything that was written to the terminal since the last call. Returns the number of bytes.
 */
size_t screen_look(void);
/* Returns the text of a row without trailing blanks, valid until the next call. */
const char *screen_row(int row);
/* Returns the number of rows that are not empty. */
int screen_rows_used(void);

#endif
