/* Rows by the index where they are regular, by rows.c where they are not.
 *
 * The index (scan.c) of a piece of text lists delimiters and line ends. A row
 * of the table's width is `width` entries of which only the last is a line end.
 * As many such rows as follow each other become spans at once: one loop for
 * where cells start and end, one for CRLF, one for quotes. Any other row, and
 * any row with a wrong quote, goes to reader_next, which sees exactly the bytes
 * that it would have seen alone. So both ways give the same rows;
 * tests/unit/test_csv_batch.c holds them against each other. */
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
	size_t i = 0, last = o->n;
	while (i < o->n && o->rows[i].at < t->body) i++;
	*first = i;
	while (o->even && last > i && o->rows[last - 1].at >= t->end) last--;
	if (o->even) return o->even == t->width ? last - i : 0;
	for (; i < o->n && o->rows[i].at < t->end; i++)
		if (!o->rows[i].sound || o->rows[i].blank || o->rows[i].width != t->width) return 0;
	return i - *first;
}

bool batch_take_outline(batch *b, reader *r, outline *o) {
	size_t first, width = r->table->width, rows = r->table->whole ? sound_rows(o, r->table, &first) : 0;
	if (!rows || rows > BATCH_ROWS || rows * width > BATCH_CELLS) return false;
	*b = (batch){.text = r->text, .base = o->base, .width = width, .rows = rows, .rows_max = rows};
	b->lines = malloc(rows * sizeof *b->lines);
	if (!b->lines) return false;
	const outline_row *row = o->rows + first;
	for (size_t i = 0; i < rows; i++) b->lines[i] = row[i].line;
	b->cells =
	    memmove(o->cells, o->cells + row->first, rows * width * sizeof *o->cells); /* where the header's were */
	o->cells = NULL;
	r->at = r->text.n;
	return true;
}

void batch_take_over(batch *b, batch *from) {
	scan_index index = b->index;
	b->index = from->index, from->index = index;
	b->scan = from->scan;
	b->piece_at = from->piece_at, b->next = from->next, b->next_end = from->next_end, b->indexed = from->indexed;
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
	b->scan->index(&r->table->syntax, r->text.p + r->at, n, n < left, &b->index);
	b->piece_at = r->at, b->next = b->next_end = 0, b->indexed = true;
}

/* In a row of n bytes, behind which its line end stands. */
static uint64_t breaks_in(const char *p, size_t n) {
	uint64_t k = 0;
	for (size_t i = 0; i < n; i++) k += p[i] == '\n' || (p[i] == '\r' && p[i + 1] != '\n');
	return k;
}

/* Whether a row of n bytes holds nothing, as tabs alone: rows.c counts it. */
static inline bool is_blank(const char *row, size_t n) {
	size_t i = 0;
	while (i < n && is_white(row[i])) i++;
	return i == n;
}

/* How many rows from b->next on are regular. */
static size_t regular_rows(const batch *b, const reader *r) {
	const scan_index *x = &b->index;
	const uint32_t *ends = x->ends + b->next_end, *at = x->at;
	const char *piece = r->text.p + b->piece_at;
	size_t n = 0, width = b->width, end = b->next + width - 1, most = b->rows_max - b->rows;
	uint32_t from = (uint32_t)(r->at - b->piece_at);
	if (most > x->nends - b->next_end) most = x->nends - b->next_end;
	for (; n < most && ends[n] == end; n++, end += width) {
		if (is_blank(piece + from, at[end] - from)) break;
		from = at[end] + 1;
	}
	return n;
}

#define LENGTHS(n) ((uint64_t)(n) << 32)

/* Quotes around a cell come off. Which cells of the piece have doubled ones is left to who reads them. A cell of no
 * bytes stands before a delimiter or line end, which is no quote. A span is taken as one number, its length above. */
static void strip_quotes(span *cells, size_t n, const char *base, char quote, bool doubled) {
	const uint64_t stripped = 1 - LENGTHS(2) + LENGTHS(CELL_QUOTED), coded = doubled ? LENGTHS(CELL_CODED) : 0;
	for (size_t i = 0; i < n; i++) {
		uint64_t c = cells[i].at | LENGTHS(cells[i].len), more = stripped + (c >= LENGTHS(4) ? coded : 0);
		c += base[cells[i].at] == quote ? more : 0;
		cells[i] = (span){(uint32_t)c, (uint32_t)(c >> 32)};
	}
}

/* Line ends inside of quotes count too. */
static void add_breaks(const batch *b, reader *r, size_t rows, uint64_t *lines) {
	const scan_index *x = &b->index;
	uint64_t inside = 0;
	size_t from = r->at;
	for (size_t i = 0; i < rows; i++) {
		size_t end = b->piece_at + x->at[x->ends[b->next_end + i]];
		lines[i] += inside;
		inside += breaks_in(r->text.p + from, end - from);
		from = end + 1;
	}
	r->line += inside;
}

static void number_lines(batch *b, reader *r, size_t rows) {
	uint64_t *lines = b->lines + b->rows, first = r->line;
	for (size_t i = 0; i < rows; i++) lines[i] = first + i;
	r->line += rows;
	if (b->index.breaks) add_breaks(b, r, rows, lines);
}

/* Regular rows into the batch; how many. */
static size_t indexed_rows(batch *b, reader *r) {
	const scan_index *x = &b->index;
	size_t rows = regular_rows(b, r), n = rows * b->width;
	if (!rows) return 0;
	span *to = b->cells + b->rows * b->width;
	const char *base = r->text.p + b->base;
	b->scan->spans(x->at + b->next, n, (uint32_t)(r->at - b->base), (uint32_t)(b->piece_at - b->base), to);
	for (size_t i = 0; x->returns && i < rows; i++) scan_cut_return(to + (i + 1) * b->width - 1, base);
	if (x->quotes) strip_quotes(to, n, base, r->table->syntax.quote, x->doubled);
	number_lines(b, r, rows);
	r->row.seen += rows; /* as rows.c would have counted them */
	b->rows += rows, b->next += n, b->next_end += rows;
	r->at = b->piece_at + x->at[b->next - 1] + 1;
	return rows;
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
	while (b->next < b->index.n && b->index.at[b->next] < done) b->next++;
	while (b->next_end < b->index.nends && b->index.ends[b->next_end] < b->next) b->next_end++;
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
		if (indexed_rows(b, r) > 64) b->patience = 4;
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
