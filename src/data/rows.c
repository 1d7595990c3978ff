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
 * knows how many cells a row has, then looks whether the row is set with another
 * delimiter, and else takes the reading with the fewest slips (mend.c). */
#include "data/rows.h"

#include "data/quick.h"

#include <stdlib.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static bool more_room(record *r) {
	size_t cap = r->cap ? r->cap * 2 : 16;
	span *cells = realloc(r->cells, cap * sizeof *cells);
	if (!cells) return r->failed = true, false;
	r->cells = cells, r->cap = cap;
	return true;
}

static inline bool add_span(record *r, size_t from, size_t to, uint32_t flags) {
	if (r->n == r->cap && !more_room(r)) return false;
	size_t len = to - from;
	if (len > CELL_MAX_BYTES) {
		r->too_long = true;
		len = CELL_MAX_BYTES;
	}
	r->cells[r->n++] = (span){(uint32_t)(from - r->base), (uint32_t)len | flags};
	return true;
}

bool record_add(record *r, size_t from, size_t to, uint32_t flags) {
	return add_span(r, from, to, flags);
}

static inline bool is_break(char c) {
	return c == '\n' || c == '\r';
}

size_t line_end_length(slice text, size_t i) {
	if (i >= text.n) return 0;
	return text.p[i] == '\r' && i + 1 < text.n && text.p[i + 1] == '\n' ? 2 : 1;
}

size_t line_next(slice text, size_t at, size_t *end) {
	size_t i = at;
	while (i < text.n && !is_break(text.p[i])) i++;
	*end = i;
	return i + line_end_length(text, i);
}

bool quote_closes(const syntax *s, slice text, size_t j, size_t *after) {
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

/* Reads the quoted cell whose quote is at `at`; gives where its delimiter or break stands. */
static size_t read_quoted(const syntax *s, slice text, size_t at, record *r) {
	uint32_t flags = CELL_QUOTED;
	size_t i = at + 1, first_odd = 0, after = text.n;
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
		} else if (quote_closes(s, text, j, &after)) {
			record_add(r, at + 1, j, flags);
		} else {
			r->odd = true;
			i = j + 1;
			if (!first_odd) first_odd = j;
			if (j - first_odd < ODD_REACH) continue;
			r->open = true, r->open_at = at;
			record_add(r, at + 1, j, flags);
			return text.n;
		}
		r->breaks += count_breaks(text, at, j);
		return after;
	}
}

/* The first byte from i on that is one of three or ends a line, or the text's end: sixteen at a time where SSE2 is. */
static inline size_t next_stop(slice text, size_t i, char a, char b, char c) {
	const char *p = text.p;
#if defined(__SSE2__)
	const __m128i va = _mm_set1_epi8(a), vb = _mm_set1_epi8(b), vc = _mm_set1_epi8(c), lf = _mm_set1_epi8('\n'),
		      cr = _mm_set1_epi8('\r');
	for (; i + 16 <= text.n; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		__m128i any = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, va), _mm_cmpeq_epi8(v, vb)),
					   _mm_or_si128(_mm_cmpeq_epi8(v, lf), _mm_cmpeq_epi8(v, cr)));
		int found = _mm_movemask_epi8(_mm_or_si128(any, _mm_cmpeq_epi8(v, vc)));
		if (found) return i + (size_t)__builtin_ctz((unsigned)found);
	}
#endif
	while (i < text.n && p[i] != a && p[i] != b && p[i] != c && !is_break(p[i])) i++;
	return i;
}

/* Reads the bare cell at `at`; gives where its delimiter or break stands. */
static size_t read_bare(const syntax *s, slice text, size_t at, record *r) {
	char delimiter = s->ndelimiter ? s->delimiter[0] : '\n', quote = s->quote ? s->quote : '\n',
	     escape = s->escape ? s->escape : '\n';
	const char *p = text.p;
	uint32_t flags = 0;
	size_t i = at;
	for (;; i++) {
		i = next_stop(text, i, delimiter, quote, escape);
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

#if defined(__SSE2__)
/* Which of the sixteen bytes at p are c, a bit each. */
static inline unsigned match(__m128i bytes, char c) {
	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
}

/* Bare cells from *at on, sixteen bytes at a time. True at the record's end; false, with *at where a cell starts, for
 * one with a quote in it and for those in the text's last bytes. */
static bool read_bare_cells(const syntax *s, slice text, size_t *at, record *r) {
	for (size_t i = *at; i + 16 <= text.n; i += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(text.p + i));
		unsigned breaks = match(bytes, '\n') | match(bytes, '\r'), quotes = match(bytes, s->quote);
		unsigned stops = match(bytes, s->delimiter[0]) | breaks | quotes;
		for (; stops; stops &= stops - 1) {
			unsigned k = (unsigned)__builtin_ctz(stops), bit = 1u << k;
			if (quotes & bit || !add_span(r, *at, i + k, 0)) return false;
			*at = i + k;
			if (breaks & bit) return true;
			++*at;
		}
	}
	return false;
}

/* One delimiter, a quote, and no character that takes another's meaning. */
static bool is_usual(const syntax *s) {
	return s->ndelimiter == 1 && s->quote && !s->runs && !s->escape && !is_break(s->delimiter[0]);
}
#endif

static void record_start(record *r, size_t at) {
	r->n = 0, r->breaks = 0, r->at = at;
	r->open = r->odd = r->stray = r->too_long = false;
}

static bool record_end(slice text, size_t at, record *r) {
	r->end = at;
	bool lf = at < text.n && text.p[at] == '\n';
	r->next = at + (lf ? 1 : line_end_length(text, at));
	return !r->failed;
}

static size_t skip_run(const syntax *s, slice text, size_t at) {
	while (at < text.n && text.p[at] == s->delimiter[0]) at++;
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
#if defined(__SSE2__)
	if (is_usual(s) && read_bare_cells(s, text, &at, r)) return record_end(text, at, r);
#endif
	do {
		bool quoted = s->quote && at < text.n && text.p[at] == s->quote;
		at = quoted ? read_quoted(s, text, at, r) : read_bare(s, text, at, r);
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

bool record_read_line(const syntax *s, slice text, size_t at, size_t width, record *r) {
	if (at >= text.n) return false;
	size_t end, next = line_next(text, at, &end);
	slice line = {text.p, end};
	record_start(r, at);
	if (s->runs) at = skip_run(s, line, at);
	do {
		size_t n = r->n;
		bool quoted = s->quote && at < line.n && line.p[at] == s->quote;
		size_t after = quoted ? read_quoted(s, line, at, r) : read_bare(s, line, at, r);
		if (quoted && r->open) {
			r->n = n, r->open = false, r->odd = true;
			after = read_unclosed(s, line, at, width, r);
		}
		at = after;
	} while (!r->failed && next_cell(s, line, &at));
	r->end = end, r->next = next;
	return !r->failed;
}

/* What was read, but not the counts. */
static void swap(record *a, record *b) {
	record c = *a;
	*a = *b, *b = c;
	b->seen = a->seen, b->repairs = a->repairs;
	a->seen = c.seen, a->repairs = c.repairs;
}

/* Quotes that cannot be right: the record goes over lines or has the wrong width, maybe for their sake. */
static bool is_wrong(const record *r, size_t width) {
	return r->open || r->too_long || (r->odd && (r->breaks || r->n != width)) || (r->stray && r->n > width);
}

static bool take_other(record *r, record *other, enum repair how, enum repair *repaired) {
	swap(r, other);
	*repaired = how;
	return true;
}

static bool read_width(const syntax *s, slice text, size_t at, size_t width, record *r, record *other,
		       enum repair *repaired) {
	*repaired = REPAIR_NONE;
	if (!record_read(s, text, at, r)) return false;
	bool wrong = is_wrong(r, width);
	if (!width && (r->open || r->too_long || (r->odd && r->breaks))) {
		other->base = r->base;
		if (!record_read_line(s, text, at, 0, other)) return r->failed = true, false;
		return take_other(r, other, REPAIR_QUOTES, repaired);
	}
	if (!width || (!wrong && r->n >= width)) return true;
	other->base = r->base;
	if (record_read_other(s, text, at, width, false, other))
		return take_other(r, other, REPAIR_DELIMITER, repaired);
	if (!wrong) return true;
	if (!record_mend(s, text, at, width, other) && !record_read_line(s, text, at, width, other))
		return r->failed = true, false;
	if (other->n != width && !r->open && !r->too_long && r->n == width) return true;
	if (other->n != width) other->open = r->open, other->open_at = r->open_at;
	return take_other(r, other, REPAIR_QUOTES, repaired);
}

/* Most rows have wrong quotes: lines are all that can be believed, and looking for the ends of quotes costs. */
static bool is_hopeless(const record *r) {
	return r->repairs > 200 && r->repairs * 2 > r->seen;
}

bool record_read_width(const syntax *s, slice text, size_t at, size_t width, record *r, record *other,
		       enum repair *repaired) {
	r->seen++;
	if (is_hopeless(r) && at < text.n) {
		if (!record_read_line(s, text, at, width, r)) return false;
		*repaired = r->odd ? REPAIR_QUOTES : REPAIR_NONE;
		r->repairs += r->odd;
		if (!width || r->n == width) return true;
	}
	if (!read_width(s, text, at, width, r, other, repaired)) return false;
	r->repairs += *repaired == REPAIR_QUOTES;
	return true;
}

/* Whether words between spaces can be a row of a table that is set with `s`. They are taken for a sentence, unless some
 * are quoted, or numbers and times, or `sentences` allows for it. */
static bool spaces_may_delimit(const syntax *s, const record *r, slice text, bool sentences) {
	enum { CELLS_LEAST = 4 };
	size_t signs = 0;
	for (size_t i = 0; i < r->n; i++) {
		slice cell = record_cell(r, text, i);
		bool quoted = r->cells[i].len & CELL_QUOTED;
		if (!quoted && slice_find(cell, s->delimiter[0]) < cell.n) return false;
		enum quick kind = quick_class(cell);
		signs += quoted || kind == QUICK_NUMBER || kind == QUICK_TIME;
	}
	return r->n >= CELLS_LEAST && (sentences || signs * 5 >= r->n * 2);
}

bool record_read_other(const syntax *s, slice text, size_t at, size_t width, bool sentences, record *r) {
	static const char OTHERS[] = ",;\t|^~ ";
	for (const char *o = OTHERS; *o && width > 1 && !s->runs; o++) {
		syntax other = {.delimiter = {*o}, .ndelimiter = 1, .quote = s->quote, .escape = s->escape};
		if (memchr(s->delimiter, *o, s->ndelimiter) || !record_read(&other, text, at, r)) continue;
		if (r->n != width || is_wrong(r, width)) continue;
		if (*o != ' ' || spaces_may_delimit(s, r, text, sentences)) return true;
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

/* With cells set apart as the table's are (sqlcmd), the strokes are longer than a sign for a missing value. */
static bool is_drawn(slice line) {
	size_t strokes = 0, run = 0, longest = 0, least = 1;
	for (size_t i = 0; i < line.n; i++) {
		if (!line.p[i] || !strchr("-=+|: \t,;", line.p[i])) return false;
		bool stroke = line.p[i] == '-' || line.p[i] == '=';
		if (line.p[i] == ',' || line.p[i] == ';') least = 3;
		if (line.p[i] == '|' && least < 2) least = 2;
		run = stroke ? run + 1 : 0;
		strokes += stroke, longest = run > longest ? run : longest;
	}
	return strokes > 2 && longest >= least;
}

bool is_marked(slice line) {
	return slice_starts(line, SLICE("#")) || slice_starts(line, SLICE("//")) || slice_starts(line, SLICE("% ")) ||
	       is_drawn(line);
}
