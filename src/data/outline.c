#include "data/outline.h"

#include "data/quick.h"

#include <stdlib.h>

enum { WIDTHS = 4096, CELLS_KEPT = 32 << 10 };

void outline_free(outline *o) {
	free(o->rows);
	free(o->cells);
	free(o->kinds);
	*o = (outline){0};
}

void outline_clear(outline *o) {
	o->n = o->ncells = o->even = 0, o->line = 0;
	o->open = o->doubt = false;
}

static bool rows_room(outline *o, size_t n) {
	if (o->cap - o->n >= n) return true;
	size_t cap = o->cap * 2 + n + 63;
	outline_row *rows = realloc(o->rows, cap * sizeof *rows);
	if (rows) o->rows = rows, o->cap = cap;
	return rows != NULL;
}

static bool cells_room(outline *o, size_t n) {
	if (o->cells_cap - o->ncells >= n) return true;
	size_t cap = o->cells_cap * 2 + n + 256;
	span *cells = realloc(o->cells, cap * sizeof *cells);
	if (cells) o->cells = cells;
	uint8_t *kinds = realloc(o->kinds, cap + 8); /* whole words of it are read */
	if (kinds) o->kinds = kinds;
	if (cells && kinds) o->cells_cap = cap;
	return cells && kinds;
}

/* Eight kinds in a word, a byte each: what bits of them mean. */
_Static_assert(QUICK_EMPTY == 0 && (QUICK_NUMBER & QUICK_TIME & 6) == 2 && (QUICK_MISSING & 6) == 0 &&
		   (QUICK_WORD & QUICK_ODD & 6) == 4,
	       "bit 1: a number or a time; bit 2: text");
#define ONES 0x0101010101010101u

static inline unsigned count_ones(uint64_t v) {
	return (unsigned)(v * ONES >> 56);
}

/* The row's cells have kinds, behind which seven bytes more can be read. */
static inline void count_cells(outline_row *row, const uint8_t *kinds) {
	uint32_t width = row->width, all = 0, numbers = 0, texts = 0, reach = 0;
	uint64_t typed_at = 0;
	for (uint32_t from = 0; from < width; from += 8) {
		uint64_t k;
		memcpy(&k, kinds + from, 8);
		if (width - from < 8) k &= (1ull << 8 * (width - from)) - 1;
		uint64_t typed = k >> 1 & ONES, words = k >> 2 & ONES, filled = (k & ONES) | typed | words;
		all += count_ones(filled), numbers += count_ones(typed), texts += count_ones(words);
		if (filled) reach = from + 8 - (uint32_t)__builtin_clzll(filled) / 8;
		if (from < 64) typed_at |= (typed * 0x0102040810204080u >> 56) << from;
	}
	row->filled = all, row->typed = numbers, row->words = texts, row->reach = reach, row->typed_at = typed_at;
}

/* The record's cells become those of the row, for good where it is sound: until the next row otherwise. */
static inline __attribute__((always_inline)) bool take_cells(outline *o, outline_row *row, slice text,
							     const record *r) {
	if (!cells_room(o, r->n)) return false;
	uint8_t *kinds = o->kinds + o->ncells;
	if (r->n) memcpy(o->cells + o->ncells, r->cells, r->n * sizeof *r->cells);
	quick_classes(r->cells, r->n, r->base, text, kinds);
	row->first = o->ncells, row->width = (uint32_t)r->n;
	row->sound &= o->ncells + r->n <= CELLS_KEPT;
	if (row->sound) o->ncells += r->n;
	count_cells(row, kinds);
	return true;
}

/* A row without its cells. Written where it stays: a copy of what was just written in small pieces waits for them. */
static inline void new_row(const outline *o, slice text, size_t at, size_t end, size_t next, outline_row *row) {
	slice line = slice_sub(text, at, end - at);
	row->at = at, row->end = end, row->next = next, row->line = o->line + 1;
	row->blank = is_space(line), row->comment = is_remark(line), row->sound = true;
}

static void see_width(outline *o, const outline_row *row) {
	bool usual = row->sound && !row->blank && !row->comment && (o->n == 1 || row->width == o->even);
	o->even = usual ? row->width : 0;
}

bool outline_add(outline *o, slice text, const record *r, bool repaired) {
	if (!rows_room(o, 1)) return false;
	if (!o->n) o->base = r->base;
	outline_row *row = &o->rows[o->n++];
	new_row(o, text, r->at, r->end, r->next, row);
	bool wrong = r->open | r->odd | r->too_long;
	row->sound = !(repaired | wrong | r->stray);
	o->open |= r->open;
	o->doubt |= wrong | (r->breaks > 0);
	o->line += r->breaks + 1u;
	if (!take_cells(o, row, text, r)) return false;
	see_width(o, row);
	return true;
}

/* The row at `at` of the cells from `first` to the one before the entry `last`, which is a line end or the text's end.
 */
static void add_indexed(outline *o, slice text, const scan_index *x, size_t at, size_t first, size_t last) {
	outline_row *row = &o->rows[o->n++];
	const span *cell = o->cells + last;
	new_row(o, text, at, cell->at + cell->len, slice_sub(text, 0, x->at[last] + 1).n, row);
	o->line++;
	row->first = first, row->width = (uint32_t)(last + 1 - first);
	count_cells(row, o->kinds + first);
	see_width(o, row);
}

bool outline_take_index(outline *o, slice text, const scanner *with, scan_index *x) {
	outline_clear(o);
	o->base = 0;
	bool open = !x->nends || x->at[x->ends[x->nends - 1]] + 1 < text.n; /* the last line has no end */
	if (open) x->ends[x->nends++] = (uint32_t)x->n, x->at[x->n++] = (uint32_t)text.n;
	if (x->n > CELLS_KEPT || !rows_room(o, x->nends) || !cells_room(o, x->n)) return false;
	with->spans(x->at, x->n, 0, 0, o->cells);
	for (size_t i = 0; x->returns && i < x->nends; i++) scan_cut_return(o->cells + x->ends[i], text.p);
	quick_classes(o->cells, x->n, 0, text, o->kinds);
	o->ncells = x->n;
	for (size_t i = 0, first = 0; i < x->nends; first = x->ends[i++] + 1)
		add_indexed(o, text, x, first ? x->at[first - 1] + 1 : 0, first, x->ends[i]);
	return true;
}

static bool read_rows(slice text, size_t at, uint64_t line, const syntax *s, outline *o) {
	cleanup_record record r = {0}, other = {0};
	outline_clear(o);
	o->line = line - 1;
	for (size_t base = at; at < text.n; at = r.next) {
		enum repair repaired;
		r.base = base;
		if (!record_read_width(s, text, at, o->width, &r, &other, &repaired)) return false;
		if (!outline_add(o, text, &r, repaired != REPAIR_NONE)) return false;
	}
	return true;
}

/* The width with the most cells, among those of at least two. */
static size_t main_width(const outline *o) {
	uint64_t cells[WIDTHS];
	size_t best = 1, widest = 1;
	if (o->even) return o->even;
	for (size_t i = 0; i < o->n; i++)
		if (o->rows[i].width > widest && o->rows[i].width < WIDTHS) widest = o->rows[i].width;
	memset(cells, 0, (widest + 1) * sizeof *cells);
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
static bool respell(slice text, const syntax *s, outline *o) {
	cleanup_record record r = {0};
	for (size_t i = 0; i < o->n; i++) {
		outline_row *row = &o->rows[i];
		if (row->blank || row->width >= o->width) continue;
		r.base = o->base;
		if (!record_read_other(s, text, row->at, o->width, false, &r)) continue;
		row->next = r.next, row->sound = false;
		if (!take_cells(o, row, text, &r)) return false;
	}
	return true;
}

bool outline_sentence(const outline *o, slice text, size_t i) {
	const outline_row *row = &o->rows[i];
	size_t commas = 0, spaces = 0;
	for (size_t k = row->at + 1; k < row->end; k++) {
		if (text.p[k] == '"' || (text.p[k - 1] == ',' && text.p[k] != ' ')) return false;
		commas += text.p[k - 1] == ',';
		spaces += text.p[k] == ' ' && text.p[k - 1] != ',';
	}
	return commas && commas + 1 == row->width && spaces > 1;
}

/* Whether behind a comment's marks there is more than a word. */
static bool says_words(slice text, const outline_row *row) {
	size_t at = row->at;
	while (at < row->end && strchr("#%/ \t", text.p[at])) at++;
	slice words = slice_trim(slice_sub(text, at, row->end - at));
	return slice_find(words, ' ') < words.n;
}

/* Whether the comment, as wide as the table, stands right above a row and may be its header. */
static bool may_head(const outline *o, slice text, size_t i) {
	if (i + 1 >= o->n || (o->width == 1 && says_words(text, &o->rows[i]))) return false;
	const outline_row *below = &o->rows[i + 1], *next = below + 1;
	if (below->blank || below->comment || below->width != o->width) return false;
	bool header = !below->typed && i + 2 < o->n && next->typed && next->width == o->width;
	return !header && !outline_sentence(o, text, i);
}

/* Where rows of the table's width start with a comment's mark again and again, it belongs to the data: #1, #ff0000. Of
 * those at the top only the last may be more than a comment. */
static void unmark(slice text, outline *o) {
	size_t rows = 0, marked = 0, bare = 0;
	for (size_t i = 0; i < o->n; i++) {
		outline_row *row = &o->rows[i];
		if (row->blank || row->width != o->width) continue;
		bool drawn = row->comment && !strchr("#/%", text.p[row->at]);
		bool top = row->comment && !bare && !row->typed;
		rows++, bare += !row->comment;
		if (top && !drawn && may_head(o, text, i)) row->comment = false;
		marked += row->comment && !top && !drawn;
	}
	for (size_t i = 0; i < o->n && (marked * 5 > rows || !bare); i++)
		o->rows[i].comment &= o->rows[i].width != o->width;
}

/* A lost quote hides rows: the width found shows them, and so on. */
static bool read_settled(slice text, size_t at, uint64_t line, const syntax *s, outline *o) {
	for (int pass = 0; pass < 3; pass++) {
		bool given = !pass && o->n;
		if (!given && !read_rows(text, at, line, s, o)) return false;
		size_t width = main_width(o);
		bool settled = !o->doubt || width == o->width;
		o->width = width;
		if (settled) break;
	}
	return true;
}

bool outline_read(slice text, size_t at, uint64_t line, const syntax *s, outline *o, err *e) {
	bool read = read_settled(text, at, line, s, o);
	if (read && o->even) return true; /* nothing to respell or to unmark */
	if (!read || !respell(text, s, o)) {
		outline_free(o);
		return err_set(e, ERR_MEMORY, "out of memory while looking for the table");
	}
	unmark(text, o);
	return true;
}
