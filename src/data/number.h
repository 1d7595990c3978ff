/* Numbers as people and programs write them. Internal to src/data. */
#ifndef PLOTD_DATA_NUMBER_H
#define PLOTD_DATA_NUMBER_H

#include "base/slice.h"

#include <stdint.h>

enum number_kind { NUMBER_NONE, NUMBER_INT, NUMBER_FLOAT };

/* How the numbers of a column are written. */
typedef struct number_format {
	char decimal; /* '.' or ',' */
	char group;   /* thousands: ',' '.' '\'' ' ' (any space, also U+00A0, U+202F, U+2009), '_' or 0 for none */
} number_format;

typedef struct number {
	enum number_kind kind;
	int64_t i;           /* NUMBER_INT */
	double f;            /* both kinds */
	bool zeros;          /* an integer that starts with 0 and goes on: 007 */
	bool too_long;       /* an integer of more than 18 digits: a name, not an amount */
	bool grouped, point; /* a thousands separator, a decimal mark was there */
	unsigned decimals;   /* digits behind the mark */
	bool percent, currency_behind;
	slice unit; /* currency sign, %, km: what was cut off, or "" */
} number;

/* The whole cell as -?[0-9]{1,18}; false for anything else, and for 007. */
bool number_int(const char *p, size_t n, int64_t *out);
/* The whole cell as a decimal number of C's grammar without hexadecimal, infinity and names; correctly rounded. */
bool number_float(const char *p, size_t n, double *out);
/* The whole cell in the format, with signs, parentheses, currency, percent and units. False when it is no number. */
bool number_rich(slice cell, const number_format *f, number *out);

/* The cell without a footnote's mark at its end: *, †, [1], (a); and, with `letters`, one or two small letters behind
 * a space, as Eurostat flags numbers. */
slice number_without_note(slice cell, bool letters);

#endif
