/* The rows of a table, one after the other, with the slips of single rows set
 * right and counted. Internal to src/data. */
#ifndef PLOTD_DATA_READER_H
#define PLOTD_DATA_READER_H

#include "data/table.h"

/* How often something happened, and where first. */
typedef struct slip {
	uint64_t n, line; /* line from 1 */
	size_t width;     /* cells of the row there */
} slip;

typedef struct reader {
	slice text; /* up to the table's end */
	const table *table;
	bool strict; /* a quote that is never closed is an error */
	size_t at;
	uint64_t line;     /* of `at` */
	uint64_t row_line; /* of the row just given */
	record row, other;
	slip shorter, longer, quotes, delimiters, comments, blanks;
} reader;

void reader_open(reader *r, slice text, const table *t);
/* The next row in r->row, which may have fewer or more cells than the table; empty cells beyond its width are
 * cut. False at the end, or with *e set (ask e->code): ERR_CSV_LIMIT for a cell too long, ERR_CSV_QUOTE where strict,
 * ERR_MEMORY. */
bool reader_next(reader *r, err *e);
void reader_close(reader *r);
#define cleanup_reader __attribute__((cleanup(reader_close)))
/* What the slips were, as sentences. */
void reader_tell(const reader *r, const char *name, notices *n);

#endif
