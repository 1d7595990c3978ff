/* Which characters set the cells apart. Internal to src/data. */
#ifndef PLOTD_DATA_DIALECT_H
#define PLOTD_DATA_DIALECT_H

#include "data/outline.h"

/* How sure a choice is, and what it won against. */
typedef struct sniffed {
	syntax syntax;
	double score, runner_up; /* 0 to 1 */
	bool told;               /* by a first line `sep=;`, which ends at `skip` */
	size_t skip;
} sniffed;

/* Finds the syntax of UTF-8 text. Never fails but for memory: text without any delimiter is a table of one column.
 * Where the reading that won is one of all the text, its rows are in `rows`, which is empty otherwise. */
bool dialect_sniff(slice text, sniffed *out, outline *rows, err *e);

#endif
