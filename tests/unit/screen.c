/* Obeys CR, LF, CSI A, CSI J, CSI K and CSI m as xterm does; anything else sets screen.unknown. */
#include "screen.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct screen screen;
int screen_terminal;
char screen_raw[65536];

static int master;

void
screen_resize(int rows, int columns)
{
	const struct winsize w = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };

	if (ioctl(screen_terminal, TIOCSWINSZ, &w) == -1)
		screen.unknown = true;
}

static void
clear_cells(int row, int column)
{
	for (; row < screen.rows; row++, column = 0)
		for (int c = column; c < MOST_COLUMNS; c++)
			screen.cells[row][c] = L' ';
}

void
screen_new(int rows, int columns)
{
	memset(&screen, 0, sizeof(screen));
	screen.rows = rows;
	screen.columns = columns;
	clear_cells(0, 0);
	screen_resize(rows, columns);
}

int
screen_open(void)
{
	struct termios t;

	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master == -1 || grantpt(master) == -1 || unlockpt(master) == -1)
		return -1;
	screen_terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (screen_terminal == -1 || tcgetattr(screen_terminal, &t) == -1)
		return -1;
	/* Bytes arrive as they were written, and no program reads keys. */
	cfmakeraw(&t);
	t.c_lflag |= ICANON | ECHO;
	tcsetattr(screen_terminal, TCSANOW, &t);
	return fcntl(master, F_SETFL, O_NONBLOCK);
}

int
screen_set_mode(bool lines, bool echo)
{
	struct termios t;

	if (tcgetattr(screen_terminal, &t) == -1)
		return -1;
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	t.c_lflag |= (lines ? ICANON : 0u) | (echo ? ECHO : 0u);
	return tcsetattr(screen_terminal, TCSANOW, &t);
}

static void
line_feed(void)
{
	if (screen.row + 1 < screen.rows) {
		screen.row++;
		return;
	}
	screen.scrolled++;
	memmove(screen.cells[0], screen.cells[1], sizeof(screen.cells[0]) * (size_t)(screen.rows - 1));
	clear_cells(screen.rows - 1, 0);
}

/* Obeys the sequence that follows ESC; returns its length. */
static size_t
obey(const char *at)
{
	int n = 0;
	size_t len = 1;

	if (at[0] != '[')
		screen.unknown = true;
	for (; at[len] >= '0' && at[len] <= '9'; len++)
		n = n * 10 + at[len] - '0';
	if (at[len] == 'A')
		screen.row = screen.row > n ? screen.row - n : 0;
	else if (at[len] == 'J' && n == 0)
		clear_cells(screen.row, screen.column);
	else if (at[len] == 'K' && n == 0)
		wmemset(&screen.cells[screen.row][screen.column], L' ', (size_t)(MOST_COLUMNS - screen.column));
	else if (at[len] == 'm')
		screen.coloured++;
	else
		screen.unknown = true;
	return len + 1;
}

/* Puts one character on the screen; returns its length. */
static size_t
put(const char *at)
{
	wchar_t wide = L'?';
	int len = mbtowc(&wide, at, 6), width = len > 0 ? wcwidth(wide) : -1;

	if (width < 0) {
		screen.unknown = true;
		return 1;
	}
	if (screen.column + width > screen.columns) {
		screen.column = 0;
		line_feed();
	}
	if (width > 0)
		screen.cells[screen.row][screen.column] = wide;
	screen.column += width;
	if (screen.column == screen.columns)
		screen.in_last_column = true;
	return (size_t)len;
}

size_t
screen_look(void)
{
	ssize_t n, len = 0;

	while ((n = read(master, screen_raw + len, sizeof(screen_raw) - 1 - (size_t)len)) > 0)
		len += n;
	screen_raw[len] = '\0';
	for (ssize_t i = 0; i < len;) {
		if (screen_raw[i] == '\r')
			screen.column = 0, i++;
		else if (screen_raw[i] == '\n')
			line_feed(), i++;
		else if (screen_raw[i] == '\033')
			i += 1 + (ssize_t)obey(screen_raw + i + 1);
		else
			i += (ssize_t)put(screen_raw + i);
	}
	return (size_t)len;
}

const char *
screen_row(int row)
{
	static char text[MOST_COLUMNS * 4 + 1];
	wchar_t cells[MOST_COLUMNS + 1];
	int end = MOST_COLUMNS;

	while (end > 0 && screen.cells[row][end - 1] == L' ')
		end--;
	wmemcpy(cells, screen.cells[row], (size_t)end);
	cells[end] = L'\0';
	wcstombs(text, cells, sizeof(text));
	return text;
}

int
screen_rows_used(void)
{
	int used = 0;

	for (int row = 0; row < screen.rows; row++)
		used += *screen_row(row) != '\0';
	return used;
}
