/* A text's records in outline: what is needed to tell tables, titles and
 * footnotes apart, without the cells. Internal to src/data. */
#ifndef PLOTD_DATA_OUTLINE_H
#define PLOTD_DATA_OUTLINE_H

#include "data/rows.h"

typedef struct outline_row {
	size_t at, next;
	uint64_t line;          /* in the text, from 1 */
	uint64_t hash;          /* of its bytes */
	uint32_t width, filled; /* cells; those with text */
	uint32_t reach;         /* cells up to the last one with text */
	uint32_t typed, words;  /* numbers and times; text */
	uint64_t typed_at;      /* which of the first 64 cells are typed, a bit each */
	bool blank, comment, repaired;
} outline_row;

typedef struct outline {
	outline_row *rows; /* owned */
	size_t n, cap;
	size_t width; /* the width that most cells are in */
	bool open;    /* a quote is open at the end whatever one does */
} outline;

/* Reads text[at..] with the syntax; `line` is the number of its first line. ERR_MEMORY only. */
bool outline_read(slice text, size_t at, uint64_t line, const syntax *s, outline *out, err *e);
void outline_free(outline *o);
#define cleanup_outline __attribute__((cleanup(outline_free)))

#endif
