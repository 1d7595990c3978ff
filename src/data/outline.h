/* A text's records in outline: what is needed to tell tables, titles and
 * footnotes apart, and the cells with what they look like, so that nobody who
 * looks for the table reads or classes them again. Internal to src/data. */
#ifndef PLOTD_DATA_OUTLINE_H
#define PLOTD_DATA_OUTLINE_H

#include "data/scan.h"

typedef struct outline_row {
	size_t at, end, next;   /* as in record */
	size_t first;           /* its first cell, among the outline's */
	uint64_t line;          /* in the text, from 1 */
	uint32_t width, filled; /* cells; those with text */
	uint32_t reach;         /* cells up to the last one with text */
	uint32_t typed, words;  /* numbers and times; text */
	uint64_t typed_at;      /* which of the first 64 cells are typed, a bit each */
	bool blank, comment;
	bool sound; /* its cells are held, and are the same in any table of at most its width: no quote is wrong */
} outline_row;

typedef struct outline {
	outline_row *rows; /* owned */
	size_t n, cap;
	span *cells;    /* owned; of sound rows one after the other, counted from `base` on */
	size_t base;    /* the records' own, the same for all */
	uint8_t *kinds; /* owned; enum quick, a cell each */
	size_t ncells, cells_cap;
	size_t width;  /* the width that most cells are in */
	uint64_t line; /* of the record that comes next, less one */
	size_t even;   /* the width of all rows where they are sound, not blank and no comments, or 0 */
	bool open;     /* a quote is open at the end whatever one does */
	bool doubt;    /* a record may read otherwise where the width is known */
} outline;

/* The cells of a row that is sound, or the last, borrowed until the outline changes. */
typedef struct row_view {
	const span *cells;
	const uint8_t *kinds; /* enum quick */
	size_t n, base;
} row_view;

static inline row_view outline_view(const outline *o, size_t i) {
	const outline_row *row = &o->rows[i];
	return (row_view){o->cells + row->first, o->kinds + row->first, row->width, o->base};
}
static inline slice view_cell(const row_view *v, slice text, size_t k) {
	return (slice){text.p + v->base + v->cells[k].at, cell_length(v->cells[k])};
}

/* Whether the row is a sentence that the delimiter cut: a space behind each of its commas, and more words than cells.
 */
bool outline_sentence(const outline *o, slice text, size_t i);
/* Adds the record, whose base is that of the first; false when memory is out. */
bool outline_add(outline *o, slice text, const record *r, bool repaired);
/* All records of the text, of which the index tells that none has quotes; where the last line has no end, it gets an
 * entry. False, and no use, when they are too many or memory is out. */
bool outline_take_index(outline *o, slice text, const scanner *with, scan_index *x);
/* Reads text[at..] with the syntax; `line` is the number of its first line. Rows that `out` holds already are taken for
 * a reading without a known width, and not read again. ERR_MEMORY only. */
bool outline_read(slice text, size_t at, uint64_t line, const syntax *s, outline *out, err *e);
/* Lets go of the rows, keeps their memory. */
void outline_clear(outline *o);
void outline_free(outline *o);
#define cleanup_outline __attribute__((cleanup(outline_free)))

#endif
