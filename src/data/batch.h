/* A few thousand cells of consecutive rows, all of the table's width. Internal to src/data. */
#ifndef PLOTD_DATA_BATCH_H
#define PLOTD_DATA_BATCH_H

#include "data/reader.h"
#include "data/scan.h"

enum { BATCH_CELLS = 16384, BATCH_ROWS = 4096 };

typedef struct batch {
	slice text;      /* the table's text */
	size_t base;     /* spans count from here */
	span *cells;     /* rows x width, row after row; owned */
	uint64_t *lines; /* of each row; owned */
	size_t width, rows, rows_max;
	/* The fast way, which is the reading's: batch_take_over changes it while others look at what is above. An
	 * index of text[piece_at …], used up to `next` of its entries and `next_end` of its line ends */
	const scanner *scan; /* NULL: rows.c reads everything */
	scan_index index;
	size_t piece_at, next, next_end;
	bool indexed;
	size_t slow_rows; /* rows to read without the index: doubled each time it fails at once */
	size_t patience;
} batch;

/* `best`: see scan_choose. */
bool batch_init(batch *b, const table *t, int best, err *e);
void batch_free(batch *b);
#define cleanup_batch __attribute__((cleanup(batch_free)))
/* All rows of a small table as the outline holds them, whose cells it takes over, with the reader at their end. False
 * where it holds not all of them, or rows.c might read one otherwise. */
bool batch_take_outline(batch *b, reader *r, outline *o);
/* Goes on where the other has stopped, with its index; the other keeps its rows. */
void batch_take_over(batch *b, batch *from);
/* The next rows; a row's missing cells are empty, its surplus is left out. b->rows is 0 at the end. */
bool batch_read(batch *b, reader *r, err *e);

static inline slice batch_cell(const batch *b, size_t row, size_t k, uint32_t *flags) {
	span c = b->cells[row * b->width + k];
	*flags = c.len & ~CELL_LENGTH;
	return (slice){b->text.p + b->base + c.at, cell_length(c)};
}

#endif
