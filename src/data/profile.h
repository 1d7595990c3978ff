/* What a column holds, found in the same pass that reads it. */
#ifndef PLOTD_DATA_PROFILE_H
#define PLOTD_DATA_PROFILE_H

#include "base/buf.h"

struct frame;

enum column_meaning {
	MEAN_NONE,
	MEAN_TIME, /* points in time: dates, date-times */
	MEAN_YEAR, /* integers like 1998 */
	MEAN_QUARTER,
	MEAN_MONTH,
	MEAN_WEEKDAY,
	MEAN_HOUR,     /* parts of time, as words or numbers */
	MEAN_CATEGORY, /* few values, each many times */
	MEAN_ID,       /* names or numbers a row each, no quantity */
	MEAN_QUANTITY, /* numbers that may be added */
	MEAN_MONEY,
	MEAN_SHARE, /* share: percent or 0..1 */
	MEAN_LATITUDE,
	MEAN_LONGITUDE,
	MEAN_COUNTRY,
	MEAN_STATE,
	MEAN_ORDINAL, /* low, medium, high; ratings 1..5 */
	MEAN_FREE_TEXT,
};

/* Granularity of a time column: the coarsest unit that loses nothing. */
enum time_unit {
	UNIT_NONE,
	UNIT_YEAR,
	UNIT_QUARTER,
	UNIT_MONTH,
	UNIT_WEEK,
	UNIT_DAY,
	UNIT_HOUR,
	UNIT_MINUTE,
	UNIT_SECOND,
	UNIT_SUB
};

enum { PROFILE_TOP = 8 };

typedef struct top_value {
	slice text;     /* as people write it */
	uint64_t count; /* 0: an example only, there were too many values to count */
} top_value;

typedef struct column_profile {
	enum column_meaning meaning;
	enum time_unit unit;   /* of times */
	uint64_t distinct;     /* of the values that are there */
	bool distinct_exact;   /* false: HyperLogLog (Flajolet et al. 2007; Heule et al. 2013), about 1.6 % off */
	bool unique, constant; /* among the values that are there; unique needs distinct_exact or a proof by order */
	int sorted;            /* 1 ascending, -1 descending (not strictly), 0 neither */
	bool has_numbers;      /* min…q3 below hold: numbers as they are, times in microseconds, booleans 0/1, text in
				  characters */
	double min, max, mean, sum, q1, median, q3; /* quartiles exact up to 100,000 rows, else of a sample */
	top_value top[PROFILE_TOP]; /* by count, then by first appearance; text, boolean and few-valued columns */
	size_t ntop;
	char unit_text[12]; /* "$", "%", "km": the unit cut off the cells, UTF-8 */
} column_profile;

const char *meaning_name(enum column_meaning m); /* "time", "year", … */

/* The profile as JSON (for --json and include=profile), as a table for people,
 * and in few tokens for a model (at most about `tokens`; columns that `question`
 * names are kept longest; `privacy` is "values", "types" or "names"). */
void profile_json(const struct frame *f, buf *out);
void profile_table(const struct frame *f, buf *out);
void profile_prompt(const struct frame *f, slice question, const char *privacy, size_t tokens, buf *out);
/* Columns that join between frames (same values): ("a", "x", "b", "y") lines for prompt and people. */
void profile_joins(struct frame *const *frames, size_t n, buf *out);

#endif
