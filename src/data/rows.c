/* How a record is read
 * --------------------
 * The rules are RFC 4180's, widened by what is found in the field:
 *
 * - A cell that starts with a quote runs to the quote that is followed by a
 *   delimiter, the end of the line (white space between is let go) or the end
 *   of the text. `""` inside is one quote, or, with an escape character, that
 *   character takes the next quote or escape literally. Any other quote inside
 *   is text, and the record is marked odd.
 * - A cell that starts otherwise runs to the delimiter or the end of the line;
 *   quotes in it are text.
 *
 * A quote that somebody forgot to close, or wrote once too often, swallows what
 * follows. record_read tells (`open`, `odd`, `breaks`); record_read_width, which
 * knows how many cells a row has, then reads the line alone, first with the
 * rules above, then taking a quote that is followed by text for text, and keeps
 * the first reading that has the right number of cells. */
#include "data/rows.h"

#include <stdlib.h>

void record_free(record *r) {
	free(r->cells);
	*r = (record){0};
}

bool record_add(record *r, size_t from, size_t to, uint32_t flags) {
	if (r->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 16;
		span *cells = realloc(r->cells, cap * sizeof *cells);
		if (!cells) return r->failed = true, false;
		r->cells = cells, r->cap = cap;
	}
	size_t len = to - from;
	if (len > CELL_MAX_BYTES) {
		r->too_long = true;
		len = CELL_MAX_BYTES;
	}
	r->cells[r->n++] = (span){(uint32_t)(from - r->base), (uint32_t)len | flags};
	return true;
}

static inline bool is_break(char c) {
	return c == '\n' || c == '\r';
}

static size_t past_break(slice text, size_t i) {
	if (i < text.n) i += text.p[i] == '\r' && i + 1 < text.n && text.p[i + 1] == '\n' ? 2 : 1;
	return i;
}

size_t line_next(slice text, size_t at, size_t *end) {
	size_t i = at;
	while (i < text.n && !is_break(text.p[i])) i++;
	*end = i;
	return past_break(text, i);
}

/* Whether a quote at j closes its cell; *after is then where the delimiter or break stands. */
static bool closes(const syntax *s, slice text, size_t j, size_t *after) {
	size_t k = j + 1;
	while (k < text.n && (text.p[k] == ' ' || text.p[k] == '\t') && !at_delimiter(s, text, k)) k++;
	*after = k;
	return k >= text.n || is_break(text.p[k]) || at_delimiter(s, text, k);
}

static uint32_t count_breaks(slice text, size_t from, size_t to) {
	uint32_t n = 0;
	for (size_t i = from; i < to; i++)
		n += text.p[i] == '\n' || (text.p[i] == '\r' && (i + 1 >= text.n || text.p[i + 1] != '\n'));
	return n;
}

/* The next quote or escape from i on, or the text's end. */
static size_t next_mark(const syntax *s, slice text, size_t i) {
	if (!s->escape || s->escape == s->quote) {
		const char *p = i < text.n ? memchr(text.p + i, s->quote, text.n - i) : NULL;
		return p ? (size_t)(p - text.p) : text.n;
	}
	while (i < text.n && text.p[i] != s->quote && text.p[i] != s->escape) i++;
	return i;
}

/* Bytes after a wrong quote within which the right one is looked for: files of wrong quotes would take the square of
 * their length otherwise. */
enum { ODD_REACH = 2048 };

/* How much a reading believes in quotes. */
enum belief {
	BELIEVE_ALL,   /* a cell may go over lines, quotes inside of quotes are text */
	BELIEVE_LINE,  /* a quote that the line does not close is let go */
	BELIEVE_PAIRS, /* and a pair of quotes with text after it is text */
	BELIEVE_SHORT, /* and a cell ends at the first delimiter that has a quote after it */
};

/* Where the cell ends whose pair of quotes has text after it. */
static size_t end_of_pair(const syntax *s, slice text, size_t i) {
	while (i < text.n && !is_break(text.p[i]) && !at_delimiter(s, text, i)) i++;
	return i;
}

/* The first delimiter from i on, before `end`, that has a quote after it; `end` when there is none. */
static size_t quote_after_delimiter(const syntax *s, slice text, size_t i, size_t end) {
	for (; i + s->ndelimiter < end; i++)
		if (at_delimiter(s, text, i) && text.p[i + s->ndelimiter] == s->quote) return i;
	return end;
}

/* Reads the quoted cell whose quote is at `at`; gives where its delimiter or break stands. */
static size_t read_quoted(const syntax *s, slice text, size_t at, enum belief how, record *r) {
	uint32_t flags = CELL_QUOTED;
	size_t i = at + 1, first_odd = 0,
	       after = how == BELIEVE_SHORT ? quote_after_delimiter(s, text, i, text.n) : text.n;
	if (after < text.n) {
		record_add(r, at + 1, after, flags | CELL_CODED);
		return after;
	}
	for (;;) {
		size_t j = next_mark(s, text, i);
		if (j >= text.n) {
			r->open = true, r->open_at = at;
			record_add(r, at + 1, text.n, flags);
			after = j = text.n;
		} else if (s->escape && text.p[j] == s->escape) {
			bool takes = j + 1 < text.n &&
				     (text.p[j + 1] == s->quote || (text.p[j + 1] == s->escape && !s->escape_alone));
			if (takes) flags |= CELL_CODED;
			i = takes ? j + 2 : j + 1;
			continue;
		} else if (!s->escape && j + 1 < text.n && text.p[j + 1] == s->quote) {
			flags |= CELL_CODED;
			i = j + 2;
			continue;
		} else if (closes(s, text, j, &after)) {
			record_add(r, at + 1, j, flags);
		} else {
			r->odd = true;
			i = j + 1;
			if (!first_odd) first_odd = j;
			if (how < BELIEVE_PAIRS && j - first_odd < ODD_REACH) continue;
			if (how < BELIEVE_PAIRS) {
				r->open = true, r->open_at = at;
				record_add(r, at + 1, j, flags);
				return text.n;
			}
			after = j = end_of_pair(s, text, i);
			record_add(r, at, after, 0);
		}
		r->breaks += count_breaks(text, at, j);
		return after;
	}
}

/* Reads the bare cell at `at`; gives where its delimiter or break stands. */
static size_t read_bare(const syntax *s, slice text, size_t at, record *r) {
	char delimiter = s->ndelimiter ? s->delimiter[0] : '\n', quote = s->quote ? s->quote : '\n',
	     escape = s->escape ? s->escape : '\n';
	const char *p = text.p;
	uint32_t flags = 0;
	size_t i = at;
	for (;; i++) {
		while (i < text.n && p[i] != delimiter && p[i] != '\n' && p[i] != '\r' && p[i] != quote &&
		       p[i] != escape)
			i++;
		if (i >= text.n || is_break(p[i]) || at_delimiter(s, text, i)) break;
		if (s->quote && p[i] == quote) r->stray = true;
		if (s->escape && p[i] == escape && i + 1 < text.n &&
		    (p[i + 1] == s->quote || at_delimiter(s, text, i + 1))) {
			flags |= CELL_CODED;
			i++;
		}
	}
	record_add(r, at, i, flags);
	return i;
}

static void record_start(record *r, size_t at) {
	r->n = 0, r->breaks = 0, r->at = at;
	r->open = r->odd = r->stray = r->too_long = false;
}

static bool record_end(slice text, size_t at, record *r) {
	r->end = at;
	r->next = past_break(text, at);
	return !r->failed;
}

static size_t skip_run(const syntax *s, slice text, size_t at) {
	while (at < text.n && at_delimiter(s, text, at)) at += s->ndelimiter;
	return at;
}

/* From the end of a cell to the start of the next; false where the record ends, with *at at its break. */
static bool next_cell(const syntax *s, slice text, size_t *at) {
	if (*at >= text.n || !at_delimiter(s, text, *at)) return false;
	*at += s->ndelimiter;
	if (!s->runs) return true;
	*at = skip_run(s, text, *at);
	return *at < text.n && !is_break(text.p[*at]);
}

bool record_read(const syntax *s, slice text, size_t at, record *r) {
	if (at >= text.n) return false;
	record_start(r, at);
	if (s->runs) at = skip_run(s, text, at);
	do {
		bool quoted = s->quote && at < text.n && text.p[at] == s->quote;
		at = quoted ? read_quoted(s, text, at, BELIEVE_ALL, r) : read_bare(s, text, at, r);
	} while (!r->failed && next_cell(s, text, &at));
	return record_end(text, at, r);
}

/* Delimiters of the line from i on, as if no quote stood there. */
static size_t count_delimiters(const syntax *s, slice line, size_t i) {
	size_t n = 0;
	for (; i < line.n; i++)
		if (at_delimiter(s, line, i)) n++, i += s->ndelimiter - 1u;
	return n;
}

static size_t skip_delimiters(const syntax *s, slice line, size_t i, size_t n) {
	for (; i < line.n; i++) {
		if (!at_delimiter(s, line, i)) continue;
		if (n-- == 0) return i;
		i += s->ndelimiter - 1u;
	}
	return line.n;
}

/* A cell whose quote the line does not close: the quote is let go, and the cell
 * takes in the delimiters that are too many for `width`. */
static size_t read_unclosed(const syntax *s, slice line, size_t at, size_t width, record *r) {
	size_t left = count_delimiters(s, line, at), had = r->n + 1;
	size_t surplus = had + left > width && width >= had ? had + left - width : 0;
	size_t end = skip_delimiters(s, line, at + 1, surplus);
	record_add(r, at + 1, end, CELL_QUOTED | CELL_CODED);
	return end;
}

static bool read_line(const syntax *s, slice text, size_t at, size_t width, enum belief how, record *r) {
	size_t end, next = line_next(text, at, &end);
	slice line = {text.p, end};
	record_start(r, at);
	if (s->runs) at = skip_run(s, line, at);
	do {
		size_t n = r->n;
		bool quoted = s->quote && at < line.n && line.p[at] == s->quote;
		size_t after = quoted ? read_quoted(s, line, at, how, r) : read_bare(s, line, at, r);
		if (quoted && r->open) {
			r->n = n, r->open = false, r->odd = true;
			after = read_unclosed(s, line, at, width, r);
		}
		at = after;
	} while (!r->failed && next_cell(s, line, &at));
	r->end = end, r->next = next;
	return !r->failed;
}

bool record_read_line(const syntax *s, slice text, size_t at, size_t width, record *r) {
	return at < text.n && read_line(s, text, at, width, BELIEVE_LINE, r);
}

/* What was read, but not the counts. */
static void swap(record *a, record *b) {
	record c = *a;
	*a = *b, *b = c;
	b->seen = a->seen, b->repairs = a->repairs;
	a->seen = c.seen, a->repairs = c.repairs;
}

/* Whether the line after `r` makes a row by itself. */
static bool next_line_fits(const syntax *s, slice text, size_t width, const record *r, record *scratch) {
	scratch->base = r->next;
	return r->next < text.n && read_line(s, text, r->next, width, BELIEVE_LINE, scratch) && scratch->n == width;
}

static bool read_width(const syntax *s, slice text, size_t at, size_t width, record *r, record *other, bool *repaired) {
	*repaired = false;
	if (!record_read(s, text, at, r)) return false;
	if (!width && (r->open || r->too_long || (r->odd && r->breaks))) {
		other->base = r->base;
		if (!read_line(s, text, at, 0, BELIEVE_LINE, other)) return r->failed = true, false;
		swap(r, other);
		return *repaired = true;
	}
	bool right = r->n == width && !r->open && !r->too_long;
	if (!width || (!r->odd && !r->open && !r->too_long && (right || !r->breaks)) || (right && !r->breaks))
		return true;
	other->base = r->base;
	for (enum belief how = BELIEVE_LINE; how <= BELIEVE_SHORT; how++) {
		if (!read_line(s, text, at, width, how, other)) return r->failed = true, false;
		if (other->n != width) continue;
		swap(r, other);
		return *repaired = true;
	}
	if (right) return true;
	if (!r->open && !r->too_long && r->breaks) { /* no reading fits: let the neighbour decide */
		record scratch = {0};
		bool fits = next_line_fits(s, text, width, other, &scratch);
		record_free(&scratch);
		if (!fits) return true;
	}
	if (!r->open && !r->too_long && !r->breaks) return true;
	other->open = r->open, other->open_at = r->open_at;
	swap(r, other);
	return *repaired = true;
}

/* Most rows have wrong quotes: lines are all that can be believed, and looking for the ends of quotes costs. */
static bool is_hopeless(const record *r) {
	return r->repairs > 200 && r->repairs * 2 > r->seen;
}

bool record_read_width(const syntax *s, slice text, size_t at, size_t width, record *r, record *other, bool *repaired) {
	r->seen++;
	if (is_hopeless(r) && at < text.n) {
		if (!read_line(s, text, at, width, BELIEVE_LINE, r)) return false;
		*repaired = r->odd;
		r->repairs += r->odd;
		if (!width || r->n == width) return true;
	}
	if (!read_width(s, text, at, width, r, other, repaired)) return false;
	r->repairs += *repaired;
	return true;
}

bool record_read_other(const syntax *s, slice text, size_t at, size_t width, record *r) {
	static const char OTHERS[] = ",;\t|^~";
	for (const char *o = OTHERS; *o && width > 1; o++) {
		syntax other = {.delimiter = {*o}, .ndelimiter = 1, .quote = s->quote, .escape = s->escape};
		if (s->ndelimiter == 1 && *o == s->delimiter[0]) continue;
		if (record_read_line(&other, text, at, width, r) && r->n == width) return true;
	}
	return false;
}

void cell_decode(const syntax *s, slice raw, uint32_t flags, buf *out) {
	if (!(flags & CELL_CODED)) {
		buf_add(out, raw);
		return;
	}
	char mark = s->escape ? s->escape : s->quote, *to = buf_reserve(out, raw.n), *start = to;
	if (!to) return;
	for (size_t i = 0; i < raw.n;) {
		const char *found = memchr(raw.p + i, mark, raw.n - i);
		size_t n = found ? (size_t)(found - raw.p) - i : raw.n - i;
		memcpy(to, raw.p + i, n);
		to += n, i += n;
		if (!found) break;
		bool itself = flags & CELL_QUOTED && !s->escape_alone && i + 1 < raw.n && raw.p[i + 1] == mark;
		bool takes = itself || (i + 1 < raw.n && (raw.p[i + 1] == s->quote ||
							  (!(flags & CELL_QUOTED) && at_delimiter(s, raw, i + 1))));
		i += takes;
		*to++ = raw.p[i++];
	}
	buf_grow(out, (size_t)(to - start));
}

bool record_blank(const record *r, slice text) {
	for (size_t i = r->at; i < r->end; i++)
		if (text.p[i] != ' ' && text.p[i] != '\t' && text.p[i] != '\v' && text.p[i] != '\f') return false;
	return true;
}
