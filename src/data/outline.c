#include "data/outline.h"

#include "data/quick.h"

#include <stdlib.h>

enum { WIDTHS = 4096 };

void outline_free(outline *o) {
	free(o->rows);
	*o = (outline){0};
}

static outline_row *push(outline *o) {
	if (o->n == o->cap) {
		size_t cap = o->cap ? o->cap * 2 : 64;
		outline_row *rows = realloc(o->rows, cap * sizeof *rows);
		if (!rows) return NULL;
		o->rows = rows, o->cap = cap;
	}
	o->rows[o->n] = (outline_row){0};
	return &o->rows[o->n++];
}

static uint64_t hash_of(slice s) { /* FNV-1a, 64 bits */
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < s.n; i++) h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	return h;
}

static void count_cells(outline_row *row, const record *r, slice text) {
	for (size_t i = 0; i < r->n; i++) {
		enum quick kind = quick_class(record_cell(r, text, i));
		if (kind == QUICK_EMPTY) continue;
		row->filled++;
		row->reach = (uint32_t)i + 1;
		if (kind == QUICK_NUMBER || kind == QUICK_TIME) {
			row->typed++;
			row->typed_at |= i < 64 ? 1ull << i : 0;
		}
		if (kind == QUICK_WORD || kind == QUICK_ODD) row->words++;
	}
}

static bool read_rows(slice text, size_t at, uint64_t line, const syntax *s, outline *o, bool *doubt) {
	cleanup_record record r = {0}, other = {0};
	for (; at < text.n; at = r.next) {
		enum repair repaired;
		r.base = at;
		if (!record_read_width(s, text, at, o->width, &r, &other, &repaired)) return false;
		outline_row *row = push(o);
		if (!row) return false;
		*row =
		    (outline_row){.at = at, .next = r.next, .line = line, .width = (uint32_t)r.n, .repaired = repaired};
		row->blank = record_blank(&r, text);
		row->comment = is_remark(slice_sub(text, at, r.end - at));
		row->hash = hash_of(slice_sub(text, at, r.end - at));
		count_cells(row, &r, text);
		if (r.open) o->open = true;
		*doubt |= r.open || r.odd || r.breaks || r.too_long;
		line += r.breaks + 1u;
	}
	return true;
}

/* The width with the most cells, among those of at least two. */
static size_t main_width(const outline *o) {
	uint64_t few[64] = {0}, many[WIDTHS], *cells = few;
	size_t best = 1, widest = 1;
	for (size_t i = 0; i < o->n; i++)
		if (o->rows[i].width > widest && o->rows[i].width < WIDTHS) widest = o->rows[i].width;
	if (widest >= 64) cells = memset(many, 0, sizeof many);
	for (size_t i = 0; i < o->n; i++) {
		const outline_row *row = &o->rows[i];
		if (!row->blank && row->width <= widest) cells[row->width] += row->width;
	}
	for (size_t w = 2; w <= widest; w++)
		if (cells[w] > cells[best] || (best == 1 && cells[w])) best = w;
	if (cells[best]) return best;
	return o->n ? o->rows[0].width : 1;
}

/* Rows that are set with another delimiter than the rest (reader.c takes them too). */
static void respell(slice text, const syntax *s, outline *o) {
	cleanup_record record r = {0};
	for (size_t i = 0; i < o->n; i++) {
		outline_row *row = &o->rows[i];
		if (row->blank || row->width >= o->width) continue;
		r.base = row->at;
		if (!record_read_other(s, text, row->at, o->width, false, &r)) continue;
		row->next = r.next;
		row->width = (uint32_t)r.n, row->filled = row->reach = row->typed = row->words = 0, row->typed_at = 0;
		count_cells(row, &r, text);
	}
}

/* Where rows of the table's width start with a comment's mark again and again, it belongs to the data: #1, #ff0000. */
static void unmark(outline *o) {
	size_t rows = 0, marked = 0;
	for (size_t i = 0; i < o->n; i++) {
		bool own = o->rows[i].width == o->width && !o->rows[i].blank;
		rows += own, marked += own && o->rows[i].comment;
	}
	for (size_t i = 0; i < o->n && marked * 5 > rows; i++) o->rows[i].comment &= o->rows[i].width != o->width;
}

bool outline_read(slice text, size_t at, uint64_t line, const syntax *s, outline *o, err *e) {
	*o = (outline){0};
	for (int pass = 0; pass < 3; pass++) { /* a lost quote hides rows: the width found shows them, and so on */
		bool doubt = false;
		o->n = 0, o->open = false;
		if (!read_rows(text, at, line, s, o, &doubt)) {
			outline_free(o);
			return err_set(e, ERR_MEMORY, "out of memory while looking for the table");
		}
		size_t width = main_width(o);
		bool settled = !doubt || width == o->width;
		o->width = width;
		if (settled) break;
	}
	respell(text, s, o);
	unmark(o);
	return true;
}
