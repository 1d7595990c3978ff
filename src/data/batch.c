/* Rows by the index where they are regular, by rows.c where they are not.
 *
 * The index (scan.c) of a piece of text lists delimiters and line ends. A row
 * of the table's width is `width` entries of which only the last is a line end;
 * any other row, and any row with a wrong quote, goes to reader_next, which
 * sees exactly the bytes that it would have seen alone. So both ways give the
 * same rows; tests/unit/test_batch.c holds them against each other. */
#include "data/batch.h"

#include <stdlib.h>

bool batch_init(batch *b, const table *t, int best, err *e) {
	size_t width = t->width, rows = BATCH_CELLS / (width ? width : 1), bytes = t->end - t->body;
	rows = rows < 16 ? 16 : rows > BATCH_ROWS ? BATCH_ROWS : rows;
	if (width && bytes / width + 1 < rows) rows = bytes / width + 1; /* a small file takes small memory */
	*b = (batch){.width = width, .rows_max = rows, .patience = 4};
	b->cells = malloc(rows * width * sizeof *b->cells + 1);
	b->lines = malloc(rows * sizeof *b->lines);
	bool ok = b->cells && b->lines;
	if (ok && best >= 0 && scan_can(&t->syntax)) {
		b->scan = scan_choose(best);
		ok = scan_init(&b->index, bytes < SCAN_PIECE ? bytes : SCAN_PIECE);
	}
	if (ok) return true;
	batch_free(b);
	return err_set(e, ERR_MEMORY, "out of memory while reading rows");
}

void batch_free(batch *b) {
	free(b->cells);
	free(b->lines);
	scan_free(&b->index);
	*b = (batch){0};
}

/* The outline's rows from *first on that are the table's; 0 where they are not all sound and of its width. */
static size_t sound_rows(const outline *o, const table *t, size_t *first) {
	size_t i = 0;
	while (i < o->n && o->rows[i].at < t->body) i++;
	*first = i;
	for (; i < o->n && o->rows[i].at < t->end; i++)
		if (!o->rows[i].sound || o->rows[i].blank || o->rows[i].width != t->width) return 0;
	return i - *first;
}

bool batch_take_outline(batch *b, reader *r, outline *o) {
	size_t first, width = r->table->width, rows = r->table->whole ? sound_rows(o, r->table, &first) : 0;
	if (!rows || rows > BATCH_ROWS || rows * width > BATCH_CELLS) return false;
	*b = (batch){.text = r->text, .base = r->at, .width = width, .rows = rows, .rows_max = rows};
	b->lines = malloc(rows * sizeof *b->lines);
	if (!b->lines) return false;
	const outline_row *row = o->rows + first;
	span *to = b->cells = o->cells; /* to the front, where the header's were */
	for (size_t i = 0; i < rows; i++, row++) {
		const span *from = b->cells + row->first;
		uint32_t shift = (uint32_t)(row->at - b->base);
		for (size_t k = 0; k < width; k++) *to++ = (span){from[k].at + shift, from[k].len};
		b->lines[i] = row->line;
	}
	o->cells = NULL;
	r->at = r->text.n;
	return true;
}

void batch_take_over(batch *b, batch *from) {
	scan_index index = b->index;
	b->index = from->index, from->index = index;
	b->piece_at = from->piece_at, b->next = from->next, b->indexed = from->indexed;
	b->slow_rows = from->slow_rows, b->patience = from->patience;
}

static void take_row(batch *b, const reader *r) {
	span *to = b->cells + b->rows * b->width;
	uint32_t shift = (uint32_t)(r->row.base - b->base);
	size_t n = r->row.n < b->width ? r->row.n : b->width;
	for (size_t i = 0; i < n; i++) to[i] = (span){r->row.cells[i].at + shift, r->row.cells[i].len};
	for (size_t i = n; i < b->width; i++) to[i] = (span){0, 0};
	b->lines[b->rows++] = r->row_line;
}

static void index_piece(batch *b, const reader *r) {
	size_t left = r->text.n - r->at, n = left < SCAN_PIECE ? left : SCAN_PIECE;
	b->scan(&r->table->syntax, r->text.p + r->at, n, n < left, &b->index);
	b->piece_at = r->at, b->next = 0, b->indexed = true;
}

/* The quotes around a cell come off; what is doubled inside is marked. */
static inline span bare_span(const batch *b, const char *p, size_t at, size_t len, char quote) {
	if (!len || p[0] != quote) return (span){(uint32_t)at, (uint32_t)len};
	uint32_t flags = CELL_QUOTED;
	if (b->index.doubled && len > 3 && memchr(p + 1, quote, len - 2)) flags |= CELL_CODED;
	return (span){(uint32_t)(at + 1), (uint32_t)(len - 2) | flags};
}

static uint64_t breaks_in(const char *p, size_t n) {
	uint64_t k = 0;
	for (size_t i = 0; i < n; i++) k += p[i] == '\n' || (p[i] == '\r' && (i + 1 == n || p[i + 1] != '\n'));
	return k;
}

/* A row of the index that is regular, into the batch; false otherwise. */
static inline bool indexed_row(batch *b, reader *r) {
	const uint32_t *at = b->index.at + b->next;
	size_t width = b->width, from = r->at;
	if (b->next + width > b->index.n || !(at[width - 1] & SCAN_BREAK)) return false;
	span *to = b->cells + b->rows * width;
	const char *text = r->text.p;
	char quote = r->table->syntax.quote;
	size_t shift = b->base;
	uint32_t early = 0;
	for (size_t i = 0; i + 1 < width; i++) {
		size_t end = b->piece_at + at[i];
		early |= at[i];
		if (at[i] & SCAN_BREAK) return false;
		to[i] = bare_span(b, text + from, from - shift, end - from, quote);
		from = end + 1;
	}
	size_t end = b->piece_at + (at[width - 1] & ~SCAN_BREAK), stop = end;
	if (stop > from && text[stop] == '\n' && text[stop - 1] == '\r') stop--;
	if (early & SCAN_BREAK || end >= b->piece_at + b->index.good) return false;
	if (width == 1 && (stop == from || (unsigned char)text[from] <= ' ')) return false;
	if (width > 1 && (unsigned char)text[r->at] <= ' ' && stop - r->at < 2 * width)
		return false; /* perhaps blank */
	if (end - r->at > CELL_MAX_BYTES) return false;
	to[width - 1] = bare_span(b, text + from, from - shift, stop - from, quote);
	b->lines[b->rows++] = r->line;
	r->row.seen++; /* as rows.c would have counted it */
	r->line += 1 + (b->index.breaks ? breaks_in(text + r->at, stop - r->at) : 0);
	b->next += width;
	r->at = end + 1;
	return true;
}

/* One row by rows.c; the index behind it stays good when the row holds no quote. */
static bool careful_row(batch *b, reader *r, err *e) {
	size_t from = r->at;
	if (!reader_next(r, e)) return false;
	take_row(b, r);
	bool quoted = r->table->syntax.quote && memchr(r->text.p + from, r->table->syntax.quote, r->at - from);
	size_t done = r->at - b->piece_at;
	if (!b->indexed) return true;
	if (quoted || done >= b->index.good) {
		b->indexed = false;
		b->slow_rows = b->patience;
		if (b->patience < 4096) b->patience *= 2;
		return true;
	}
	while (b->next < b->index.n && (b->index.at[b->next] & ~SCAN_BREAK) < done) b->next++;
	return true;
}

static bool whole_piece_used(const batch *b, const reader *r) {
	return b->next + b->width > b->index.n && b->piece_at + b->index.good < r->text.n;
}

static bool fast_rows(batch *b, reader *r, err *e) {
	while (b->rows < b->rows_max && r->at < r->text.n) {
		if (b->slow_rows) {
			b->slow_rows--;
			if (!careful_row(b, r, e)) break;
			continue;
		}
		if (!b->indexed) index_piece(b, r);
		size_t before = b->rows;
		while (b->rows < b->rows_max && indexed_row(b, r)) {}
		if (b->rows - before > 64) b->patience = 4;
		if (b->rows == b->rows_max) break;
		if (whole_piece_used(b, r) && r->at > b->piece_at && b->index.good >= SCAN_PIECE) {
			b->indexed = false; /* a row over the piece's end: the next piece starts with it */
			continue;
		}
		if (!careful_row(b, r, e)) break;
	}
	return e->code == ERR_NONE;
}

bool batch_read(batch *b, reader *r, err *e) {
	enum { FAR = 1 << 30 }; /* spans are 32 bits */
	b->text = r->text, b->base = r->at, b->rows = 0;
	if (b->scan) return fast_rows(b, r, e);
	while (b->rows < b->rows_max && r->at - b->base < FAR && reader_next(r, e)) take_row(b, r);
	return e->code == ERR_NONE;
}
