/* Invariant: a number is taken only from a complete line that fits the buffer. */
#include "output/progress-percent.h"

#include <string.h>

#include "base/value.h"

/* Returns the number of a line such as "42.5" or " 42.5% ". Negative: the line is anything else, or above 100. */
static double
percent_of_line(struct percent_reader *r)
{
	char text[sizeof(r->partial) + 1], *number = text, *end;
	double percent;

	memcpy(text, r->partial, r->len);
	text[r->len] = '\0';
	number += strspn(number, " \t");
	end = number + strcspn(number, "% \t");
	if (end[*end == '%' ? 1 + strspn(end + 1, " \t") : strspn(end, " \t")] != '\0' || strlen(text) != r->len)
		return -1;
	*end = '\0';
	percent = value_decimal(number);
	return percent <= 100 ? percent : -1;
}

bool
percent_feed(struct percent_reader *r, const char *bytes, size_t len, double *percent)
{
	bool changed = false;
	double got;

	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != '\n' && bytes[i] != '\r') {
			r->overflow = r->overflow || r->len == sizeof(r->partial);
			if (!r->overflow)
				r->partial[r->len++] = bytes[i];
			continue;
		}
		got = r->overflow ? -1 : percent_of_line(r);
		if (got >= 0 && (got < *percent || got > *percent)) {
			*percent = got;
			changed = true;
		}
		r->len = 0;
		r->overflow = false;
	}
	return changed;
}
