#include "data/batch.h"

#include <stdlib.h>

bool batch_init(batch *b, size_t width, err *e) {
	size_t rows = BATCH_CELLS / (width ? width : 1);
	rows = rows < 16 ? 16 : rows > BATCH_ROWS ? BATCH_ROWS : rows;
	*b = (batch){.width = width, .rows_max = rows};
	b->cells = malloc(rows * width * sizeof *b->cells + 1);
	b->lines = malloc(rows * sizeof *b->lines);
	if (b->cells && b->lines) return true;
	batch_free(b);
	return err_set(e, ERR_MEMORY, "out of memory while reading rows");
}

void batch_free(batch *b) {
	free(b->cells);
	free(b->lines);
	*b = (batch){0};
}

static void take_row(batch *b, const reader *r) {
	span *to = b->cells + b->rows * b->width;
	uint32_t shift = (uint32_t)(r->row.base - b->base);
	size_t n = r->row.n < b->width ? r->row.n : b->width;
	for (size_t i = 0; i < n; i++) to[i] = (span){r->row.cells[i].at + shift, r->row.cells[i].len};
	for (size_t i = n; i < b->width; i++) to[i] = (span){0, 0};
	b->lines[b->rows++] = r->row_line;
}

bool batch_read(batch *b, reader *r, err *e) {
	enum { FAR = 1 << 30 }; /* spans are 32 bits */
	b->text = r->text, b->base = r->at, b->rows = 0;
	while (b->rows < b->rows_max && r->at - b->base < FAR && reader_next(r, e)) take_row(b, r);
	return e->code == ERR_NONE;
}
