/* How the table is found
 * ----------------------
 * A file may hold a title, the table, a second table, remarks. The outline
 * (outline.c) gives each record's width and how many of its cells are filled,
 * typed, words. It is cut into segments: a segment ends at an empty line that is
 * followed by another width or by a header, and where the width changes for
 * good. The segment with the most cells is the table, the first of equals.
 * Then sparse rows at its top are preamble, sparse or wordy ones at its end are
 * footnotes, a header that lost or gained a cell is taken in again, and
 * header.c counts the header rows.
 *
 * Beyond OUTLINE_WHOLE bytes only the head and the tail are outlined; the
 * reader watches the widths between and asks for the whole where they change. */
#include "data/table.h"

#include "data/dialect.h"
#include "data/quick.h"

#include <ctype.h>

enum { OUTLINE_WHOLE = 1 << 20, OUTLINE_HEAD = 256 << 10, OUTLINE_TAIL = 64 << 10, TITLE_ROWS = 12 };

typedef struct segment {
	size_t first, last, rows; /* records of the outline, and how many are not blank */
	uint64_t always;          /* columns (of the first 64) that were typed in every row below the first */
	size_t width;
} segment;

static bool skipped(const outline_row *r) {
	return r->blank || r->comment;
}

/* Rows from i on that have its width, with nothing between. */
static size_t run_of(const outline *o, size_t i) {
	size_t n = 1;
	while (i + n < o->n && !skipped(&o->rows[i + n]) && o->rows[i + n].width == o->rows[i].width) n++;
	return n;
}

static size_t next_row(const outline *o, size_t i) {
	for (i++; i < o->n && skipped(&o->rows[i]); i++) {}
	return i;
}

/* Words only, above a row of the same width that holds numbers or times. */
static bool heads(const outline *o, size_t i) {
	const outline_row *r = &o->rows[i];
	size_t next = next_row(o, i);
	if (r->width < 2 || r->typed || r->words < 2 || r->filled + 1 < r->width || next >= o->n) return false;
	return o->rows[next].width == r->width && o->rows[next].typed > 0;
}

/* Whether no cell of the segment's first row comes again in the rows below it: so are headers of columns of words. */
static bool first_is_header(slice text, const outline *o, const segment *s, const syntax *syn) {
	cleanup_record record head = {.base = o->rows[s->first].at}, r = {0};
	bool again = s->rows < 4 || !record_read(syn, text, head.base, &head);
	for (size_t i = next_row(o, s->first), n = 0; !again && i <= s->last && n < 200; i = next_row(o, i), n++) {
		r.base = o->rows[i].at;
		if (!record_read(syn, text, r.base, &r)) return false;
		for (size_t k = 0; k < r.n && k < head.n; k++)
			again |=
			    cell_length(r.cells[k]) && slice_eq(record_cell(&r, text, k), record_cell(&head, text, k));
	}
	return !again;
}

static bool same_line(slice text, const outline_row *a, const outline_row *b) {
	return slice_eq(slice_sub(text, a->at, a->end - a->at), slice_sub(text, b->at, b->end - b->at));
}

/* Whether row i, whose width is the segment's, is the header of another table. */
static bool starts_anew(slice text, const outline *o, const segment *s, size_t i, bool after_blank, const syntax *syn) {
	const outline_row *r = &o->rows[i], *first = &o->rows[s->first];
	if (r->width < 2 || r->typed) return false;
	bool typed = s->rows > 1 && o->rows[next_row(o, s->first)].typed > 0;
	if (same_line(text, r, first) && (typed || after_blank || first_is_header(text, o, s, syn))) return true;
	if (!typed || !heads(o, i)) return false;
	return after_blank ||
	       (r->words == r->width && o->rows[i - 1].typed > 1 && s->rows > 3 && __builtin_popcountll(s->always) > 1);
}

/* Whether row i, of another width, is a slip within the segment. */
static bool ragged(const outline *o, const segment *s, size_t i, bool after_blank) {
	size_t run = run_of(o, i), back = i + run;
	bool returns = back < o->n && !skipped(&o->rows[back]) && o->rows[back].width == s->width;
	bool alike = o->rows[i].typed > 0 || (s->width > 2 && o->rows[next_row(o, s->first)].typed == 0);
	if (after_blank) return false;
	if (s->rows < 2) return returns && run <= 3 && s->width > 1 && !o->rows[s->first].typed;
	if (heads(o, i)) return false;
	if (returns && run <= 3 + s->rows / 10) return true;
	size_t v = o->rows[i].width;
	if (v > s->width) return run == 1 && v <= s->width + 2 && alike;
	if (!o->rows[i].typed) return alike && v + 1 == s->width && run == 1;
	return (v > 1 || run == 1) && (v + 2 >= s->width || run < 3);
}

static bool better(const segment *a, const segment *b) {
	if ((a->width > 1) != (b->width > 1)) return a->width > 1;
	return a->rows * a->width > b->rows * b->width;
}

/* A segment that people would call a table. */
static bool is_table(const segment *s) {
	return s->width > 1 && s->rows > 1;
}

typedef struct choice {
	segment best;
	uint64_t tables;
} choice;

static void close_segment(const segment *s, choice *c) {
	if (!s->rows) return;
	if (is_table(s)) c->tables++;
	if (!c->best.rows || better(s, &c->best)) c->best = *s;
}

/* From the first row of several cells to the last: where no two rows in a row are alike, all are the table. */
static segment all_rows(const outline *o) {
	segment s = {.width = o->width};
	for (size_t i = 0; i < o->n; i++) {
		if (skipped(&o->rows[i]) || (!s.rows && o->rows[i].width < 2)) continue;
		if (!s.rows) s.first = i;
		s.last = i, s.rows++;
	}
	return s;
}

static choice choose_segment(slice text, const outline *o, const syntax *syn) {
	choice c = {0};
	segment s = {0};
	bool blank = false;
	for (size_t i = 0; i < o->n; i++) {
		const outline_row *r = &o->rows[i];
		bool head = r->comment && !s.rows && i + 1 < o->n && !skipped(r + 1) && heads(o, i);
		if (skipped(r) && !head) {
			blank |= r->blank;
			continue;
		}
		bool same = s.rows &&
			    (r->width == s.width ? !starts_anew(text, o, &s, i, blank, syn) : ragged(o, &s, i, blank));
		if (!same) {
			close_segment(&s, &c);
			s = (segment){.first = i, .width = r->width};
		}
		s.always = s.rows > 1 ? s.always & r->typed_at : r->typed_at;
		s.last = i, s.rows++;
		blank = false;
	}
	close_segment(&s, &c);
	if (!c.tables) s = all_rows(o);
	if (!c.tables && s.rows) c.best = s;
	return c;
}

/* Keys with their values, and an empty row between them and a full one of words. */
static bool is_apart(const outline *o, size_t i, size_t last, size_t width) {
	const outline_row *r = &o->rows[i];
	bool apart = false;
	if (width < 3 || r->reach != r->filled || r->filled == width) return false;
	for (size_t k = 0, next = i; k < TITLE_ROWS && (next = next_row(o, next)) <= last; k++) {
		const outline_row *below = &o->rows[next];
		apart |= !below->filled || below[-1].blank;
		if (below->filled * 5 >= width * 4) return apart && !below->typed;
		if (below->reach != below->filled) return false;
	}
	return false;
}

/* A title row within the table's width: a sentence above a header; one cell or two filled, above a row that is full. */
static bool is_title(slice text, const outline *o, size_t i, size_t last, size_t width) {
	const outline_row *r = &o->rows[i];
	size_t next = next_row(o, i);
	if (width < 2 || next > last) return false;
	if (outline_sentence(o, text, i) && heads(o, next) && !outline_sentence(o, text, next)) return true;
	if (r->filled == r->width) return false;
	if (is_apart(o, i, last, width)) return true;
	if (r->filled == 1 && r->reach > 1 && r->typed) return false; /* a row of a sparse table */
	if (r->filled > 1 && r->filled * 3 > width) return false;
	if (r->reach > r->filled + 1) return false; /* spread out: the upper row of a header */
	for (size_t k = 0; k < TITLE_ROWS && next <= last; k++, next = next_row(o, next)) {
		const outline_row *below = &o->rows[next];
		if (below->filled * 5 >= width * 4 && below->filled > r->filled) return below->typed == 0 || width > 2;
		if (below->filled * 3 > width && below->filled > 1) return false;
	}
	return false;
}

static bool starts_with_any(slice s, const char *const *list, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (slice_eq_nocase(slice_sub(s, 0, strlen(list[i])), slice_of(list[i]))) return true;
	return false;
}

static bool footnote_words(slice s) {
	static const char *const STARTS[] = {"source",
					     "note",
					     "footnote",
					     "*",
					     "data from",
					     "data source",
					     "last updated",
					     "copyright",
					     "(c)",
					     "\xc2\xa9",
					     "http",
					     "generated",
					     "created",
					     "exported",
					     "end of",
					     "\xe2\x80\xa0",
					     "downloaded",
					     "quelle",
					     "hinweis",
					     "remark",
					     "legend",
					     "disclaimer",
					     "see ",
					     "for more",
					     "retrieved",
					     "updated",
					     "report generated",
					     "prepared by",
					     "accessed",
					     "rows:",
					     "(1)",
					     "1)",
					     "[1]",
					     "a)"};
	while (s.n && (s.p[0] == '"' || s.p[0] == ' ')) s = slice_sub(s, 1, s.n);
	return starts_with_any(s, STARTS, sizeof STARTS / sizeof *STARTS);
}

static slice line_of(slice text, const outline_row *r) {
	return slice_sub(text, r->at, r->end - r->at);
}

static bool in_brackets(slice s) {
	return s.n > 2 && s.p[0] == '(' && s.p[s.n - 1] == ')';
}

/* A sentence below cells of which some are no words. */
static bool is_foreign(slice text, const outline *o, size_t i, const segment *s) {
	size_t middle = s->first + (s->last - s->first) / 2;
	return o->rows[middle].typed_at & ~o->rows[i].typed_at && outline_sentence(o, text, i) &&
	       !outline_sentence(o, text, middle);
}

/* As a footnote starts and the table's rows do not. */
static bool starts_as_note(slice text, const outline *o, const outline_row *r, const segment *s) {
	const outline_row *middle = &o->rows[s->first + (s->last - s->first) / 2];
	return footnote_words(line_of(text, r)) && (r == middle || !footnote_words(line_of(text, middle)));
}

/* A remark below the table. `apart`: an empty line stands before it. */
static bool is_footnote(slice text, const outline *o, size_t i, const segment *s, bool typed, bool apart) {
	const outline_row *r = &o->rows[i];
	if (r->filled == 0) return true;
	if (s->width == 1) return false;
	if (apart && (in_brackets(line_of(text, r)) || (!r->typed && starts_as_note(text, o, r, s)))) return true;
	if (is_foreign(text, o, i, s)) return true;
	if (r->width == s->width && i == next_row(o, s->first)) return false; /* the only row */
	if (r->reach == 1 && r->width == 1) return apart || !r->typed;
	if (r->filled == 1 && r->reach == 1) {
		slice line = slice_trim(line_of(text, r));
		bool words = !r->typed && slice_find(line, ' ') < line.n;
		return (apart && (s->width > 2 || words)) || starts_as_note(text, o, r, s);
	}
	if (r->width < s->width && typed && r->typed == 0) return true;
	return r->filled * 2 < s->width && (r->width < s->width || r->reach < s->width) &&
	       starts_as_note(text, o, r, s);
}

static void trim_bottom(slice text, const outline *o, segment *s) {
	bool typed = s->rows > 2 && o->rows[s->first + (s->last - s->first) / 2].typed > 0;
	while (s->last > s->first) {
		size_t before = s->last - 1;
		bool apart = skipped(&o->rows[before]) || o->rows[before].filled == 0;
		if (!skipped(&o->rows[s->last]) && !is_footnote(text, o, s->last, s, typed, apart)) return;
		s->last = before;
	}
}

/* Whether the segment's rows from i to `last` are numbers or times, but for row i, which may be a header. */
static bool typed_below(const outline *o, size_t i, size_t last) {
	size_t rows = 0;
	for (i = next_row(o, i); i <= last; i = next_row(o, i), rows++)
		if (!o->rows[i].typed) return false;
	return rows > 1;
}

enum { WORDS_APART = 3 };

/* The row below the empty line that ends a few rows of words from i on, or i. */
static size_t below_words(const outline *o, size_t i, size_t last) {
	size_t k = i;
	while (k < last && k < i + WORDS_APART && !o->rows[k].typed && !skipped(&o->rows[k])) k++;
	return k > i && o->rows[k].blank ? next_row(o, k) : i;
}

/* The row above the empty line that stands before a few rows of words up to i, or i. */
static size_t above_words(const outline *o, size_t first, size_t i) {
	size_t k = i;
	while (k > first && k + WORDS_APART > i && !o->rows[k].typed && !skipped(&o->rows[k])) k--;
	if (k == i || !o->rows[k].blank) return i;
	while (k > first && skipped(&o->rows[k])) k--;
	return k;
}

/* A single column of numbers or times loses the titles above it and the notes below. */
static void trim_column(const outline *o, segment *s) {
	size_t first = below_words(o, s->first, s->last), last = above_words(o, first, s->last);
	if (s->width == 1 && typed_below(o, first, last)) s->first = first, s->last = last;
}

/* Columns at the right end that no row, header or not, has anything in: trailing delimiters. */
static size_t used_width(const outline *o, const segment *s) {
	size_t used = 0;
	for (size_t i = s->first; i <= s->last && used < s->width; i++)
		if (!skipped(&o->rows[i]) && o->rows[i].reach > used) used = o->rows[i].reach;
	return used && used < s->width ? used : s->width;
}

/* A header that lost or gained a cell stands right above the first row. */
static bool take_ragged_header(slice text, const outline *o, segment *s, table *t) {
	if (s->first == 0 || s->width < 2) return false;
	const outline_row *above = &o->rows[s->first - 1], *row = &o->rows[s->first];
	bool alike = row->typed > 0 || above->filled == s->width || (above->width > 2 && above->width + 1 == s->width);
	if (skipped(above) || above->typed || above->words < 2 || !alike) return false;
	if (above->width + 2 < s->width || above->width > s->width + 2) return false;
	(void)text;
	s->first--;
	t->header_shifted = above->width + 1 == s->width;
	return true;
}

/* Whether the first column holds words, each once, and all others none: names of rows. */
static bool names_rows(slice text, const outline *o, const segment *s) {
	enum { ROWS = 100 };
	slice seen[ROWS];
	size_t n = 0;
	for (size_t i = next_row(o, s->first); i <= s->last && n < ROWS; i = next_row(o, i)) {
		const outline_row *r = &o->rows[i];
		if (!r->sound || r->width != s->width || r->words != 1 || r->typed + 1 < r->filled || r->typed_at & 1)
			return false;
		row_view v = outline_view(o, i);
		seen[n] = view_cell(&v, text, 0);
		for (size_t k = 0; k < n; k++)
			if (slice_eq(seen[k], seen[n])) return false;
		n++;
	}
	return n > 1;
}

/* R's write.table names no column for the row names, which are 1, 2, … or words; pandas counts from 0. */
static bool row_names(slice text, const outline *o, const segment *s, const syntax *syn) {
	cleanup_record record r = {0};
	unsigned long long before = 0;
	for (size_t i = next_row(o, s->first), k = 1; i <= s->last && k <= 3; i = next_row(o, i), k++) {
		r.base = o->rows[i].at;
		if (!record_read(syn, text, o->rows[i].at, &r) || !r.n) return false;
		unsigned long long number;
		if (!slice_to_u64(record_cell(&r, text, 0), &number) || (k > 1 && number != before + 1))
			return names_rows(text, o, s);
		before = number;
	}
	return before <= 3;
}

static uint64_t lines_between(const outline *o, size_t from, size_t to) {
	return from < to && to <= o->n
		   ? (to < o->n ? o->rows[to].line : o->rows[o->n - 1].line + 1) - o->rows[from].line
		   : 0;
}

static void fill_extent(slice text, const outline *o, const segment *s, table *t) {
	size_t header = s->first;
	for (uint32_t k = 0; k < t->header_rows; k++) header = next_row(o, header);
	t->at = o->rows[s->first].at;
	t->body = header < o->n ? o->rows[header].at : text.n;
	t->line = header < o->n ? o->rows[header].line : o->rows[o->n - 1].line + 1;
	t->end = o->rows[s->last].next;
	if (t->body > t->end) t->body = t->end;
	t->preamble_lines = lines_between(o, 0, s->first);
	t->footnote_lines = 0;
	for (size_t i = s->last + 1; i < o->n; i++) t->footnote_lines += !o->rows[i].blank && o->rows[i].filled > 0;
}

/* A header that is set with spaces, above a table that has none. */
static bool take_spaced_header(slice text, const outline *o, segment *s, const syntax *syn) {
	cleanup_record record r = {0};
	if (s->first == 0 || skipped(&o->rows[s->first - 1])) return false;
	r.base = o->rows[s->first - 1].at;
	if (!record_read_other(syn, text, r.base, s->width, true, &r)) return false;
	for (size_t i = 0; i < r.n; i++)
		if (quick_class(record_cell(&r, text, i)) != QUICK_WORD) return false;
	s->first--;
	return true;
}

/* Bytes of a comment's marks, the word that says what it holds (#Fields:) among them where `said`. */
static size_t marks_of(slice line, bool said) {
	size_t n = 0;
	while (n < line.n && strchr("#%/ \t", line.p[n])) n++;
	size_t colon = n;
	while (colon < line.n && isalpha((unsigned char)line.p[colon])) colon++;
	if (!said) return n;
	return colon + 1 < line.n && line.p[colon] == ':' && line.p[colon + 1] == ' ' ? colon + 2 : line.n;
}

/* The names of the columns, a word each, behind the marks of the comment right above a table that has no header. */
static size_t marked_header(slice text, const outline *o, const segment *s, const syntax *syn) {
	if (!s->first || !o->rows[s->first - 1].comment) return 0;
	const outline_row *above = &o->rows[s->first - 1];
	cleanup_record record r = {0};
	for (int said = 0; said < 2; said++) {
		size_t marks = marks_of(line_of(text, above), said), words = 0;
		r.base = above->at + marks;
		if (r.base >= above->end || !record_read(syn, text, r.base, &r)) continue;
		for (size_t i = 0; i < r.n; i++) words += quick_class(record_cell(&r, text, i)) == QUICK_WORD;
		if (words == s->width && r.n == words) return marks;
	}
	return 0;
}

/* Columns that only the header has. */
static size_t header_width(slice text, const outline *o, const segment *s, const syntax *syn) {
	cleanup_record record r = {.base = o->rows[s->first].at}, other = {0};
	enum repair repaired;
	if (!record_read_width(syn, text, r.base, s->width, &r, &other, &repaired)) return s->width;
	header_cut(&r, text, s->width);
	return r.n > s->width ? r.n : s->width;
}

static bool from_outline(slice text, const outline *o, table *t, err *e) {
	choice c = choose_segment(text, o, &t->syntax);
	segment *s = &c.best;
	if (!s->rows) return err_set(e, ERR_CSV_EMPTY, "it is empty");
	while (s->first < s->last && is_title(text, o, s->first, s->last, s->width)) s->first = next_row(o, s->first);
	bool taken = take_ragged_header(text, o, s, t);
	trim_bottom(text, o, s);
	trim_column(o, s);
	s->width = used_width(o, s);
	t->typed = s->always;
	t->width = s->width, t->tables = c.tables ? c.tables : 1, t->open = o->open;
	t->header_rows = taken ? 1 : header_count(text, o, s->first, s->last, s->width, &t->syntax);
	if (!t->header_rows && take_spaced_header(text, o, s, &t->syntax)) t->header_rows = 1;
	if (t->header_rows == 1) t->width = header_width(text, o, s, &t->syntax);
	if (t->header_shifted) t->header_shifted = row_names(text, o, s, &t->syntax);
	size_t marks = t->header_rows ? 0 : marked_header(text, o, s, &t->syntax);
	if (marks) s->first--, t->header_rows = 1;
	fill_extent(text, o, s, t);
	t->at += marks;
	return true;
}

/* Beyond the head: the table runs to the end, less what the tail shows to be footnotes. */
static bool from_tail(slice text, const outline *head, table *t, err *e) {
	size_t from = text.n - OUTLINE_TAIL, end;
	from = line_next(text, from, &end);
	cleanup_outline outline tail = {0};
	if (!outline_read(text, from, 1, &t->syntax, &tail, e)) return false;
	t->end = text.n;
	if (!tail.n || tail.width != t->width) return true;
	segment s = {.first = 0, .last = tail.n - 1, .rows = tail.n, .width = t->width};
	trim_bottom(text, &tail, &s);
	t->end = tail.rows[s.last].next;
	t->footnote_lines = 0;
	for (size_t i = s.last + 1; i < tail.n; i++)
		t->footnote_lines += !tail.rows[i].blank && tail.rows[i].filled > 0;
	(void)head;
	return true;
}

static size_t head_end(slice text) {
	size_t end = OUTLINE_HEAD;
	while (end > 0 && text.p[end - 1] != '\n' && text.p[end - 1] != '\r') end--;
	return end ? end : OUTLINE_HEAD;
}

bool table_find(slice text, const char *name, bool whole, table *t, outline *o, notices *n, const cancel *c, deadline d,
		err *e) {
	sniffed found;
	*t = (table){0};
	if (!still_wanted(c, d, e) || !dialect_sniff(text, &found, o, e)) return false;
	t->syntax = found.syntax;
	t->whole = whole || text.n <= OUTLINE_WHOLE;
	slice part = t->whole ? text : slice_sub(text, 0, head_end(text));
	if (!outline_read(part, found.skip, found.told ? 2 : 1, &t->syntax, o, e)) return false;
	if (!o->n) return err_set(e, ERR_CSV_EMPTY, "%s is empty", name);
	if (!from_outline(part, o, t, e)) return err_wrap(e, "%s", name);
	if (found.told) t->preamble_lines++;
	if (!t->whole && t->end >= o->rows[o->n - 1].at) return from_tail(text, o, t, e);
	if (t->tables > 1)
		notice(n, "%s: the file holds %llu tables; the largest is read, from line %llu on.", name,
		       (unsigned long long)t->tables, (unsigned long long)(t->line - t->header_rows));
	return still_wanted(c, d, e);
}

static void tell_lines(uint64_t n, const char *where, const char *name, notices *to) {
	if (n)
		notice(to, "%s: %llu line%s %s the table left out.", name, (unsigned long long)n, n == 1 ? "" : "s",
		       where);
}

void table_tell(const table *t, const char *name, notices *n) {
	if (!t->header_rows) notice(n, "%s has no header; its columns are called column_1 and so on.", name);
	if (t->header_shifted)
		notice(n, "%s: the header has a name too few; the first column is taken for the names of the rows.",
		       name);
	if (t->header_rows > 1) notice(n, "%s: the first %u rows are read as one header.", name, t->header_rows);
	tell_lines(t->preamble_lines, "above", name, n);
	tell_lines(t->footnote_lines, "below", name, n);
}
