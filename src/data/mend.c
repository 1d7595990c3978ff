/* How a wrong record is mended
 * ----------------------------
 * A quote too many or too few leaves a record that reads as something else: a
 * cell that swallows its neighbours, or the lines below. What was meant is the
 * reading that explains the bytes with the fewest slips and has as many cells as
 * the table has columns. It is found as a shortest path: the nodes are the
 * places where a cell may start (the record's first byte, and behind every
 * delimiter) with the number of cells before; an edge is one way to read the
 * cell that starts there, and its cost says how much must have gone wrong for
 * it. Edges only go forward, so one pass over the places in order finds the
 * cheapest path (Bellman 1958), or as good as always: each place keeps its BEAM
 * cheapest numbers of cells.
 *
 * A quote that sets nothing apart is text. So a lone quote in a cell stands in it
 * at the end; only one that must have opened a cell, since the cells would be too
 * many otherwise, is let go. */
#include "data/rows.h"

#include <stdlib.h>

/* What a slip costs. Lines taken in by a quoted cell cost little, but enough to decide between equals. */
enum cost {
	COST_QUOTE = 4,    /* a quote that is text */
	COST_SPACES = 2,   /* spaces before the opening quote */
	COST_UNCLOSED = 6, /* a quote that opens and never closes */
	COST_STRETCH = 8,  /* text before or after the quoted part of a cell */
	COST_BREAK = 1,    /* a line end in a quoted cell, counted up to three times */
	COST_ROW = 6,      /* what was taken in is a row by itself */
	COST_MISFIT = 3,   /* the line after the record is no row */
	COST_WIDTH = 4,    /* too many or too few cells, and for each of them: */
	COST_CELL = 4,
	COST_NEVER = 1 << 30,
};

/* How far it is looked: a mended record is short, or costs more than it is worth. */
enum { REACH = 8 << 10, REACH_CELL = 32, LINES = 32, STARTS = 4096, BEAM = 8, SLIPS_MOST = 8 * COST_QUOTE };

typedef struct place {
	uint32_t at, line; /* from the record's first byte; index of the line */
} place;

/* The cheapest way to a place with so many cells before it: the last of them, and the step before. */
typedef struct step {
	uint32_t cost, cells, start, slot; /* start, slot: of the step before */
	uint32_t from, to, flags;
} step;

/* A place's cheapest steps, each with another number of cells: more of them are never on the way to anything good. */
typedef struct beam {
	step steps[BEAM];
	size_t n;
} beam;

typedef struct mending {
	const syntax *s;
	slice text; /* from the record's first byte as far as it is looked */
	bool all;   /* the text ends there */
	size_t width;
	place *starts;
	size_t nstarts;
	beam *beams; /* of each start */
	uint32_t lines[LINES + 1];
	enum { FITS_UNKNOWN, FITS_NOT, FITS } fits[LINES]; /* whether a row of the right width starts with the line */
	record scratch;
	size_t nlines;
	step last; /* the best end: its last cell */
	size_t end;
} mending;

static bool is_break(char c) {
	return c == '\n' || c == '\r';
}

static bool row_starts(mending *m, size_t line) {
	if (line >= m->nlines) return false;
	if (m->fits[line] == FITS_UNKNOWN) {
		record *r = &m->scratch;
		r->base = m->lines[line];
		bool row = record_read(m->s, m->text, r->base, r) && r->n == m->width && !r->odd && !r->open;
		m->fits[line] = row ? FITS : FITS_NOT;
	}
	return m->fits[line] == FITS;
}

/* Whether the record may end where the line starts. */
static bool follows_well(mending *m, size_t line) {
	return line >= m->nlines || is_break(m->text.p[m->lines[line]]) || row_starts(m, line);
}

/* The lines and the places where cells may start; ends the text where it is enough. */
static bool survey(mending *m) {
	size_t line_end;
	m->starts = malloc(STARTS * sizeof *m->starts);
	if (!m->starts) return false;
	m->starts[m->nstarts++] = (place){0, 0};
	for (size_t at = 0; at < m->text.n && m->nlines < LINES; at = line_next(m->text, at, &line_end))
		m->lines[m->nlines++] = (uint32_t)at;
	m->lines[m->nlines] = (uint32_t)m->text.n;
	if (m->nlines == LINES) {
		size_t end = line_next(m->text, m->lines[LINES - 1], &line_end);
		m->all &= end == m->text.n;
		m->text.n = end;
	}
	for (size_t i = 0, line = 0; i < m->text.n && m->nstarts < STARTS; i++) {
		while (line + 1 < m->nlines && i >= m->lines[line + 1]) line++;
		if (!at_delimiter(m->s, m->text, i)) continue;
		i += m->s->ndelimiter - 1u;
		m->starts[m->nstarts++] = (place){(uint32_t)i + 1, (uint32_t)line};
	}
	return true;
}

static size_t start_at(const mending *m, size_t at) {
	size_t low = 0, high = m->nstarts;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (m->starts[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint32_t width_cost(const mending *m, size_t cells) {
	size_t off = cells > m->width ? cells - m->width : m->width - cells;
	return off ? COST_WIDTH + (uint32_t)off * COST_CELL : 0;
}

/* One way to read a cell: its text, and where the delimiter, line end or text's end stands that ends it. */
typedef struct reading {
	size_t from, to, end, line; /* line: index of the one that it ends in */
	uint32_t flags;
} reading;

static void keep(beam *b, step s) {
	size_t worst = 0;
	for (size_t i = 0; i < b->n; i++) {
		if (b->steps[i].cells == s.cells) {
			if (s.cost < b->steps[i].cost) b->steps[i] = s;
			return;
		}
		if (b->steps[i].cost > b->steps[worst].cost) worst = i;
	}
	if (b->n < BEAM)
		b->steps[b->n++] = s;
	else if (s.cost < b->steps[worst].cost)
		b->steps[worst] = s;
}

/* The cell that starts at place `b`, read so, at that cost: the way on from every number of cells before it. */
static void offer(mending *m, size_t b, reading r, uint32_t cost) {
	bool last = r.end >= m->text.n || is_break(m->text.p[r.end]);
	if (r.end >= m->text.n && !m->all) return;
	size_t next = last ? 0 : start_at(m, r.end + m->s->ndelimiter);
	if (!last && (next >= m->nstarts || m->starts[next].at != r.end + m->s->ndelimiter)) return;
	if (last && !follows_well(m, r.line + 1)) cost += COST_MISFIT;
	const beam *from = &m->beams[b];
	for (size_t i = 0; i < from->n; i++) {
		step s = {from->steps[i].cost + cost, from->steps[i].cells + 1, (uint32_t)b, (uint32_t)i,
			  (uint32_t)r.from,           (uint32_t)r.to,           r.flags};
		if (!last) {
			keep(&m->beams[next], s);
			continue;
		}
		s.cost += width_cost(m, s.cells);
		if (s.cost < m->last.cost) m->last = s, m->end = r.end;
	}
}

/* The cell as it stands, quotes and all. */
static size_t offer_bare(mending *m, size_t b) {
	size_t at = m->starts[b].at, i = at, quotes = 0;
	uint32_t flags = 0;
	const syntax *s = m->s;
	for (; i < m->text.n && !is_break(m->text.p[i]) && !at_delimiter(s, m->text, i); i++) {
		quotes += m->text.p[i] == s->quote;
		if (!s->escape || m->text.p[i] != s->escape || i + 1 >= m->text.n) continue;
		if (m->text.p[i + 1] != s->quote && !at_delimiter(s, m->text, i + 1)) continue;
		flags = CELL_CODED;
		i++;
	}
	offer(m, b, (reading){at, i, i, m->starts[b].line, flags}, (uint32_t)quotes * COST_QUOTE);
	return i;
}

/* The cell as it stands, its delimiters inside of a pair of quotes: a "b, c" d. */
static void offer_stretch(mending *m, size_t b, size_t bare_end) {
	size_t at = m->starts[b].at, i = at;
	bool inside = false;
	for (; i < m->text.n && !is_break(m->text.p[i]); i++) {
		if (m->text.p[i] == m->s->quote) inside = !inside;
		if (!inside && at_delimiter(m->s, m->text, i)) break;
	}
	if (!inside && i > bare_end) offer(m, b, (reading){at, i, i, m->starts[b].line, 0}, COST_STRETCH);
}

/* A quoted cell on its way: what it costs so far. */
typedef struct walk {
	size_t line;
	uint32_t quotes, breaks, rows;
} walk;

static uint32_t walk_cost(const walk *w) {
	return w->quotes * COST_QUOTE + (w->breaks < 3 ? w->breaks : 3) * COST_BREAK + w->rows * COST_ROW;
}

/* A run of quotes: closes the cell where a delimiter or line end follows, and is text otherwise, two being one. */
static size_t take_quotes(mending *m, size_t b, size_t from, size_t i, uint32_t cost, walk *w) {
	size_t n = 1, after;
	while (!m->s->escape && i + n < m->text.n && m->text.p[i + n] == m->s->quote) n++;
	if (quote_closes(m->s, m->text, i + n - 1, &after)) {
		uint32_t odd = (uint32_t)((n - 1) % 2) * COST_QUOTE;
		offer(m, b, (reading){from, i + n - 1, after, w->line, CELL_QUOTED | CELL_CODED},
		      cost + walk_cost(w) + odd);
	}
	w->quotes += m->s->escape ? 1 : (uint32_t)(n % 2);
	return i + n;
}

static size_t take_break(mending *m, size_t i, walk *w) {
	w->line++, w->breaks++;
	w->rows += row_starts(m, w->line);
	return i + 1 < m->text.n && m->text.p[i] == '\r' && m->text.p[i + 1] == '\n' ? i + 2 : i + 1;
}

/* The cell whose quote never closes ends here, on the quote's line. */
static void offer_unclosed(mending *m, size_t b, size_t from, size_t end, uint32_t cost, const walk *w) {
	if (w->breaks) return;
	offer(m, b, (reading){from, end, end, w->line, CELL_QUOTED | CELL_CODED}, cost + COST_UNCLOSED + walk_cost(w));
}

static bool is_escaped(const mending *m, size_t i) {
	const syntax *s = m->s;
	if (!s->escape || m->text.p[i] != s->escape || i + 1 >= m->text.n) return false;
	return m->text.p[i + 1] == s->quote || (m->text.p[i + 1] == s->escape && !s->escape_alone);
}

/* The cell whose quote is at `open`: every place where it may end. */
static void offer_quoted(mending *m, size_t b, size_t open, uint32_t cost) {
	walk w = {.line = m->starts[b].line};
	size_t i = open + 1;
	while (i < m->text.n && walk_cost(&w) < SLIPS_MOST) {
		char c = m->text.p[i];
		if (is_escaped(m, i)) {
			i += 2;
		} else if (c == m->s->quote) {
			i = take_quotes(m, b, open + 1, i, cost, &w);
		} else if (is_break(c) || at_delimiter(m->s, m->text, i)) {
			offer_unclosed(m, b, open + 1, i, cost, &w);
			i = is_break(c) ? take_break(m, i, &w) : i + 1;
		} else {
			i++;
		}
	}
	if (i >= m->text.n) offer_unclosed(m, b, open + 1, m->text.n, cost, &w);
}

static void offer_all(mending *m, size_t b) {
	size_t at = m->starts[b].at, quote = at, bare_end = offer_bare(m, b);
	while (quote < bare_end && m->text.p[quote] == ' ') quote++;
	if (quote < bare_end && m->text.p[quote] == m->s->quote)
		offer_quoted(m, b, quote, quote > at ? COST_SPACES : 0);
	if (memchr(m->text.p + at, m->s->quote, bare_end - at)) offer_stretch(m, b, bare_end);
}

/* The path's cells into `r`, first to last. */
static bool write_cells(const mending *m, record *r) {
	r->n = 0;
	for (size_t i = 0; i < m->last.cells; i++)
		if (!record_add(r, r->at, r->at, 0)) return false;
	const step *s = &m->last;
	for (size_t i = m->last.cells; i-- > 0; s = &m->beams[s->start].steps[s->slot]) {
		uint32_t shift = (uint32_t)(r->at - r->base);
		r->cells[i] = (span){s->from + shift, (s->to - s->from) | s->flags};
	}
	return true;
}

static uint32_t breaks_until(const mending *m, size_t end) {
	uint32_t n = 0;
	while (n + 1 < m->nlines && m->lines[n + 1] <= end) n++;
	return n;
}

static bool solve(mending *m) {
	m->beams = malloc(m->nstarts * sizeof *m->beams);
	if (!m->beams) return false;
	for (size_t b = 0; b < m->nstarts; b++) m->beams[b].n = 0;
	m->beams[0].n = 1, m->beams[0].steps[0] = (step){0};
	for (size_t b = 0; b < m->nstarts && m->starts[b].at <= m->text.n; b++)
		if (m->beams[b].n) offer_all(m, b);
	return m->last.cost < COST_NEVER;
}

bool record_mend(const syntax *s, slice text, size_t at, size_t width, record *r) {
	size_t reach = width * REACH_CELL > REACH ? width * REACH_CELL : REACH;
	mending m = {.s = s, .text = slice_sub(text, at, reach), .width = width};
	m.all = at + m.text.n == text.n, m.last.cost = COST_NEVER;
	r->at = at;
	bool ok = s->quote && s->ndelimiter && !s->runs && survey(&m) && solve(&m) && write_cells(&m, r);
	if (ok) {
		r->end = at + m.end;
		r->next = m.end < m.text.n ? at + m.end + line_end_length(text, at + m.end) : text.n;
		r->breaks = breaks_until(&m, m.end);
		r->open = r->stray = r->too_long = false, r->odd = true;
	}
	free(m.starts), free(m.beams);
	record_free(&m.scratch);
	return ok;
}
