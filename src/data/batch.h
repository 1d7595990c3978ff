/* A few thousand cells of consecutive rows, all of the table's width. Internal to src/data. */
#ifndef PLOTD_DATA_BATCH_H
#define PLOTD_DATA_BATCH_H

#include "data/reader.h"

enum { BATCH_CELLS = 32768, BATCH_ROWS = 4096 };

typedef struct batch {
	slice text;      /* the table's text */
	size_t base;     /* spans count from here */
	span *cells;     /* rows x width, row after row; owned */
	uint64_t *lines; /* of each row; owned */
	size_t width, rows, rows_max;
} batch;

bool batch_init(batch *b, size_t width, err *e);
void batch_free(batch *b);
#define cleanup_batch __attribute__((cleanup(batch_free)))
/* The next rows; a row's missing cells are empty, its surplus is left out. b->rows is 0 at the end. */
bool batch_read(batch *b, reader *r, err *e);

static inline slice batch_cell(const batch *b, size_t row, size_t column, uint32_t *flags) {
	span c = b->cells[row * b->width + column];
	*flags = c.len & ~CELL_LENGTH;
	return (slice){b->text.p + b->base + c.at, cell_length(c)};
}

#endif
