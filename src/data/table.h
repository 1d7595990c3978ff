/* Which part of a text is the table, and what its header is. Internal to src/data. */
#ifndef PLOTD_DATA_TABLE_H
#define PLOTD_DATA_TABLE_H

#include "data/outline.h"

#include "base/notice.h"
#include "base/wait.h"

typedef struct table {
	syntax syntax;
	size_t width;
	size_t at, body, end; /* bytes of the text: header (or body where there is none), first row, after the last */
	uint64_t line;        /* number of the line at `body`, from 1 */
	uint32_t header_rows; /* 0: none */
	bool header_shifted;  /* the header lacks the first column's name (R writes row names so) */
	uint64_t typed;       /* which of the first 64 columns are numbers or times in every row, a bit each */
	uint64_t preamble_lines, footnote_lines;
	uint64_t tables; /* in the text, with this one */
	bool open;       /* the last quote is never closed */
	bool whole;      /* the outline covered all of the text */
} table;

/* Finds syntax, extent and header of the table in UTF-8 text. `name` is for
 * messages. `rows`, empty at first, is the outline that it is found by, the caller's to free. Large text is outlined in
 * its head and tail only, unless `whole`. Fails with ERR_CSV_EMPTY when there is no record at all, ERR_MEMORY, and as
 * still_wanted. */
bool table_find(slice text, const char *name, bool whole, table *out, outline *rows, notices *n, const cancel *c,
		deadline d, err *e);

/* What was taken for header and left out above and below, as sentences. */
void table_tell(const table *t, const char *name, notices *n);

/* Header rows among the rows [first, last] of the outline (header.c). */
uint32_t header_count(slice text, const outline *o, size_t first, size_t last, size_t width, const syntax *s);

/* A header of more cells than the table has columns: empty ones are let go, the last first. */
void header_cut(record *r, slice text, size_t width);

#endif
