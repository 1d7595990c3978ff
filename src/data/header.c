/* How many rows of the table are its header: a vote of the columns. A column
 * whose body is numbers or times votes for a header when the cell above is
 * text, and against when it is one of its own kind. A column of text votes
 * against when the cell comes again below, and by the common shape of its
 * cells (codes like AB-1234). Where nobody votes, words mean a header. */
#include "data/quick.h"
#include "data/table.h"

#include "base/zeroed.h"

#include <stdlib.h>

enum { BODY_ROWS = 100, HEADER_MOST = 5, CELL_KEPT = 40 };

typedef struct glance {
	uint32_t kinds[QUICK_ODD + 1];
	enum quick main; /* main_kind */
	uint64_t shape;  /* common shape of the cells, or 0 where they differ */
	bool shapes_differ;
	bool again; /* mark_repeats */
} glance;

typedef struct body {
	glance *cols;
	size_t width, rows, first; /* first: its first row in the outline */
} body;

/* Letters and digits, each as one of its kind; other bytes stand for themselves. */
static const char KIND[256] = {['0' ... '9'] = '0', ['a' ... 'z'] = 'a', ['A' ... 'Z'] = 'A'};

/* The order of letters, digits and other characters, hashed eight at a time: AB-12 is the shape of CD-34. */
static uint64_t shape_of(slice s) {
	uint64_t h = s.n, eight = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i], kind = KIND[(unsigned char)c];
		eight = eight << 8 | (unsigned char)(kind ? kind : c);
		if (i % 8 != 7 && i + 1 < s.n) continue;
		h = (h << 23 ^ h >> 41 ^ eight) * 0x9e3779b97f4a7c15u; /* 2^64 by the golden ratio */
		eight = 0;
	}
	return h | 1;
}

static bool skip_row(const outline_row *r) {
	return r->blank || r->comment;
}

static size_t step(const outline *o, size_t i) {
	for (i++; i < o->n && skip_row(&o->rows[i]); i++) {}
	return i;
}

/* What a row is read with that the outline cannot give. */
typedef struct again {
	record row, other;
	outline read;
} again;

static void again_free(again *a) {
	record_free(&a->row);
	record_free(&a->other);
	outline_free(&a->read);
}
#define cleanup_again __attribute__((cleanup(again_free)))

static __attribute__((noinline)) bool read_again(slice text, size_t at, size_t width, const syntax *s, again *a) {
	enum repair repaired;
	a->row.base = at;
	outline_clear(&a->read);
	return record_read_width(s, text, at, width, &a->row, &a->other, &repaired) &&
	       outline_add(&a->read, text, &a->row, false);
}

/* Row i as a row of so many cells, borrowed until the next. False when memory is out. */
static inline bool read_at(slice text, const outline *o, size_t i, size_t width, const syntax *s, again *a,
			   row_view *out) {
	bool held = o->rows[i].sound && o->rows[i].width >= width;
	if (!held && !read_again(text, o->rows[i].at, width, s, a)) return false;
	*out = held ? outline_view(o, i) : outline_view(&a->read, 0);
	return true;
}

/* The kind that nine in ten of the filled cells are, or QUICK_WORD. */
static enum quick main_kind(const glance *g) {
	uint32_t filled = 0;
	for (size_t k = QUICK_NUMBER; k <= QUICK_ODD; k++) filled += g->kinds[k];
	if (!filled) return QUICK_EMPTY;
	if (g->kinds[QUICK_NUMBER] * 10 >= filled * 8) return QUICK_NUMBER;
	if (g->kinds[QUICK_TIME] * 10 >= filled * 8) return QUICK_TIME;
	if ((g->kinds[QUICK_TIME] + g->kinds[QUICK_NUMBER]) * 10 >= filled * 9) return QUICK_NUMBER;
	return QUICK_WORD;
}

/* Row i as one of the body, or not. */
static bool body_row(slice text, const outline *o, size_t i, const syntax *s, const body *b, again *a, row_view *r) {
	return o->rows[i].width == b->width && read_at(text, o, i, b->width, s, a, r);
}

static void read_body(slice text, const outline *o, size_t from, size_t last, const syntax *s, body *b) {
	cleanup_again again a = {0};
	row_view r;
	b->first = from;
	for (size_t i = from; i <= last && i < o->n && b->rows < BODY_ROWS; i = step(o, i)) {
		if (!body_row(text, o, i, s, b, &a, &r)) continue;
		for (size_t k = 0; k < b->width && k < r.n; k++) b->cols[k].kinds[r.kinds[k]]++;
		b->rows++;
	}
	for (size_t k = 0; k < b->width; k++) b->cols[k].main = main_kind(&b->cols[k]);
}

static bool is_typed(enum quick kind) {
	return kind == QUICK_NUMBER || kind == QUICK_TIME;
}

/* Whether the column's shape is still open after the cell. */
static bool take_shape(glance *g, slice cell, enum quick kind) {
	if (g->shapes_differ || is_typed(g->main)) return false;
	if (kind == QUICK_EMPTY || kind == QUICK_MISSING) return true;
	uint64_t shape = shape_of(cell);
	g->shapes_differ = g->shape && g->shape != shape;
	g->shape = shape;
	return !g->shapes_differ;
}

/* The shapes of columns that are not typed, until none is left of which all cells may have one. */
static void read_shapes(slice text, const outline *o, const syntax *s, const body *b) {
	cleanup_again again a = {0};
	row_view r;
	bool open = b->rows > 0;
	for (size_t i = b->first, n = 0; open && i < o->n && n < b->rows; i = step(o, i)) {
		if (!body_row(text, o, i, s, b, &a, &r)) continue;
		open = false, n++;
		for (size_t k = 0; k < b->width; k++) {
			bool there = k < r.n;
			open |= take_shape(&b->cols[k], there ? view_cell(&r, text, k) : (slice){0},
					   there ? r.kinds[k] : QUICK_EMPTY);
		}
	}
}

static bool is_year(slice s, int *year) {
	unsigned long long v;
	s = slice_trim(s);
	if (s.n != 4 || !slice_to_u64(s, &v) || v < 1800 || v > 2200) return false;
	*year = (int)v;
	return true;
}

/* Whether no column holds a year both in the row and in the body's first. */
static __attribute__((noinline)) bool years_alone(slice text, const outline *o, const body *b, const row_view *r,
						  const syntax *s) {
	cleanup_again again a = {0};
	row_view below;
	int year;
	if (b->first >= o->n || !read_at(text, o, b->first, b->width, s, &a, &below)) return false;
	for (size_t k = 0; k < r->n && k < below.n; k++)
		if (is_year(view_cell(r, text, k), &year) && is_year(view_cell(&below, text, k), &year)) return false;
	return true;
}

/* Years in a row (2019, 2020, 2021) over columns of numbers are names of columns; of two, where no year is below. */
static bool years_ascend(slice text, const outline *o, const body *b, const row_view *r, const syntax *s) {
	int before = 0, year, steps = 0;
	for (size_t i = 0; i < r->n; i++) {
		if (!is_year(view_cell(r, text, i), &year)) continue;
		if (before && year - before != 1 && before - year != 1) return false;
		steps += before != 0;
		before = year;
	}
	return steps > 1 || (steps == 1 && years_alone(text, o, b, r, s));
}

/* Marks the columns in which the row's cell comes again in the body. */
static void mark_repeats(slice text, const outline *o, const body *b, const row_view *row, const syntax *s) {
	cleanup_again again a = {0};
	row_view r;
	for (size_t i = b->first, n = 0; i < o->n && n < BODY_ROWS; i = step(o, i), n++) {
		if (!read_at(text, o, i, b->width, s, &a, &r)) return;
		for (size_t k = 0; k < r.n && k < row->n && k < b->width; k++)
			if (slice_eq(view_cell(&r, text, k), view_cell(row, text, k))) b->cols[k].again = true;
	}
}

typedef struct votes {
	unsigned header, data, typed;
} votes;

static void vote(votes *v, slice text, const body *b, const row_view *r, size_t k, bool years) {
	slice cell = view_cell(r, text, k);
	enum quick kind = r->kinds[k], main = b->cols[k].main;
	if (kind == QUICK_EMPTY || kind == QUICK_MISSING || main == QUICK_EMPTY) return;
	bool typed = is_typed(main);
	v->typed += typed;
	if (typed && years && kind == QUICK_NUMBER)
		v->header += 2;
	else if (typed && (kind == QUICK_WORD || kind == QUICK_ODD))
		v->header += 2;
	else if (typed && (kind == main || main == QUICK_NUMBER || kind == QUICK_NUMBER))
		v->data += 2;
	else if (!typed && b->cols[k].again)
		v->data += 2;
	else if (!typed && b->rows >= 4 && b->cols[k].shape && !b->cols[k].shapes_differ) {
		if (shape_of(cell) == b->cols[k].shape)
			v->data++;
		else
			v->header++;
	}
}

static votes cast_votes(slice text, const body *b, const row_view *r, bool years) {
	votes v = {0};
	for (size_t k = 0; k < r->n && k < b->width; k++) vote(&v, text, b, r, k, years);
	return v;
}

/* `against`: votes for data are enough, be they more or fewer. */
static votes take_votes(slice text, const outline *o, const body *b, const row_view *r, const syntax *s, bool against) {
	for (size_t k = 0; k < b->width; k++) b->cols[k].again = false;
	bool years = years_ascend(text, o, b, r, s);
	votes v = cast_votes(text, b, r, years);
	if (v.data ? against : v.header >= 4)
		return v; /* clear without a second look, which takes no vote for data away */
	mark_repeats(text, o, b, r, s);
	return cast_votes(text, b, r, years);
}

/* No column voted: names are words, each once. */
static bool words_alone(const row_view *r, slice text) {
	size_t filled = 0;
	for (size_t i = 0; i < r->n; i++) {
		slice a = slice_trim(view_cell(r, text, i));
		enum quick kind = r->kinds[i];
		if (is_typed(kind)) return false;
		filled += a.n > 0;
		for (size_t j = 0; a.n && j < i && j < 256; j++)
			if (slice_eq(a, slice_trim(view_cell(r, text, j)))) return false;
	}
	return filled > 0;
}

static bool is_first_header(slice text, const outline *o, const body *b, const row_view *r, const syntax *s) {
	if (!b->rows) return words_alone(r, text);
	votes v = take_votes(text, o, b, r, s, false);
	if (v.header != v.data) return v.header > v.data;
	return v.header ? true : words_alone(r, text);
}

static bool in_brackets(slice s) {
	return s.n > 2 && ((s.p[0] == '(' && s.p[s.n - 1] == ')') || (s.p[0] == '[' && s.p[s.n - 1] == ']'));
}

/* A row below the first of a header: names, or units, some of them over numbers, and nothing of what is below. */
static bool is_further_header(slice text, const outline *o, const body *b, const row_view *r, const syntax *s) {
	size_t filled = 0, units = 0; /* units: in brackets */
	for (size_t i = 0; i < r->n; i++) {
		slice cell = slice_trim(view_cell(r, text, i));
		filled += cell.n > 0, units += in_brackets(cell);
	}
	if (!b->rows || !filled) return false;
	votes v = take_votes(text, o, b, r, s, true);
	if (v.data) return false;
	if (units == filled && (units > 1 || v.header)) return true;
	bool all = filled > 1 && v.header == 2 * filled; /* words over nothing but numbers */
	return all || v.header >= (b->rows < 3 ? 8u : 4u) || (v.header > 1 && filled * 2 <= b->width);
}

/* Whether row i, which does not look like it, is the upper of two header rows: years over names over numbers. */
static bool is_upper_header(slice text, const outline *o, size_t i, const body *b, const syntax *s) {
	size_t next = step(o, i);
	cleanup_again again a = {0};
	row_view r;
	if (next >= o->n || o->rows[next].typed || o->rows[i].typed == b->width) return false;
	if (!read_at(text, o, next, b->width, s, &a, &r)) return false;
	votes v = take_votes(text, o, b, &r, s, true);
	return !v.data && v.header >= 4;
}

static size_t row_after(const outline *o, size_t i, size_t n) {
	while (n-- && i < o->n) i = step(o, i);
	return i;
}

static size_t count_rows(const outline *o, size_t first, size_t last) {
	size_t n = 0;
	if (o->even) return last - first + 1;
	for (size_t i = first; i <= last && i < o->n; i = step(o, i)) n++;
	return n;
}

uint32_t header_count(slice text, const outline *o, size_t first, size_t last, size_t width, const syntax *s) {
	size_t rows = count_rows(o, first, last);
	cleanup_again again a = {0};
	row_view r;
	uint32_t n = 0;
	body b = {.width = width, .cols = zeroed(width + 1, sizeof *b.cols)};
	if (!b.cols) return 1;
	/* The body starts after the rows that may be header, where there are enough rows to say so. */
	size_t skip = rows > 2 * HEADER_MOST ? HEADER_MOST : rows > 2 ? rows / 2 : 1;
	read_body(text, o, row_after(o, first, skip), last, s, &b);
	read_shapes(text, o, s, &b);
	if (skip > 1 && is_upper_header(text, o, first, &b, s)) n = 1;
	for (size_t i = row_after(o, first, n); n < skip && i <= last && i < o->n; i = step(o, i)) {
		if (!read_at(text, o, i, width, s, &a, &r)) break;
		if (n ? !is_further_header(text, o, &b, &r, s) : !is_first_header(text, o, &b, &r, s)) break;
		n++;
		if (rows <= 2) break;
	}
	free(b.cols);
	return n;
}

void header_cut(record *r, slice text, size_t width) {
	for (size_t i = r->n; i-- > 0 && r->n > width;)
		if (!slice_trim(record_cell(r, text, i)).n)
			memmove(r->cells + i, r->cells + i + 1, (--r->n - i) * sizeof *r->cells);
}
