/* How the dialect is found
 * ------------------------
 * Every candidate (delimiter, quote, escape) that the characters of the sample
 * allow reads the sample, and is scored by three things that a right reading
 * has and a wrong one lacks:
 *
 *   score = shape x sense x prior
 *
 * shape: the share of the records that have the most frequent width, times a
 *   factor that grows with that width (a table of one column is always
 *   consistent, so it proves nothing).
 * sense: the share of the cells that are something whole: numbers, times,
 *   words, empty. Half a date, a lone quote, a cell with another delimiter in
 *   it are not. (van den Burg, Nazabal, Sutton 2019, "Wrangling messy CSV
 *   files by detecting row and type patterns", measure the product of such two;
 *   their shape score halves at the first ragged row, this one does not.)
 * prior: how often the delimiter is met in files at large; it decides only
 *   where the first two do not.
 *
 * Comments at the top say nothing of the cells below them and are not read, and
 * lines of one cell there are likely titles and weigh half. A reading that does
 * not cut the first line, which should be the header, gives way to one that
 * cuts all lines alike.
 *
 * The sample is the first SAMPLE_SMALL bytes; when the best two scores are
 * close it is read again with SAMPLE_LARGE. */
#include "data/dialect.h"

#include "data/candidates.h"
#include "data/moment.h"
#include "data/quick.h"

#include <ctype.h>

enum {
	SAMPLE_SMALL = 32 << 10,
	SAMPLE_LARGE = 1 << 20,
	WIDTHS = 512,
	CELLS_WEIGHED = 64,
	LINES_IN_CELL = 200,
	LOST_MANY = 50
};

/* What one candidate's reading of the sample shows. */
typedef struct reading {
	uint64_t by_width[WIDTHS];
	uint64_t records, odd_records, lost;
	uint64_t lead, tail;            /* records of one cell above the first wider one and below the last */
	uint64_t listed;                /* those of two words with a space between: Smith, Ann */
	uint64_t bare[QUICK_ODD + 1];   /* weighed cells that their kind tells all of */
	double marked;                  /* what the others are worth */
	uint64_t weighed, poor;         /* poor: those of the others that make little sense */
	uint64_t several;               /* cells of lines, or between spaces or bars, that are likely more than one */
	uint64_t halves;                /* records that may be a number with a comma: 1,5 */
	bool first_several;             /* the first line is likely more than one cell */
	uint64_t times;                 /* records of one column that are a date or a time */
	uint64_t filled[CELLS_WEIGHED]; /* cells with text, by column */
} reading;

/* What a cell of each kind is worth, where nothing else is known of it. */
static const double WORTH[] = {[QUICK_EMPTY] = 0.9, [QUICK_MISSING] = 0.9, [QUICK_NUMBER] = 1,
			       [QUICK_TIME] = 1,    [QUICK_WORD] = 0.85,   [QUICK_ODD] = 0.2};

/* Of a cell that is quoted, or has a space or a mark at an end. */
static double marked_worth(slice raw, enum quick kind, uint32_t flags, const syntax *s) {
	double worth = WORTH[kind];
	if (flags & CELL_QUOTED) return 1;
	unsigned char first = (unsigned char)raw.p[0], last = (unsigned char)raw.p[raw.n - 1];
	if ((first == ' ' || last == ' ') && s->ndelimiter) worth *= 0.8;
	if (first == '"' || last == '"') worth *= 0.3;
	return worth;
}

static bool is_time(slice cell) {
	moment m;
	return is_clock(cell) || moment_parse(cell, ORDER_DMY, false, &m) || moment_parse(cell, ORDER_MDY, false, &m);
}

/* A line that is likely more than one cell: words with a delimiter and no space between, or spaces as columns need. */
static bool is_several(slice s) {
	size_t gaps = 0;
	for (size_t i = 1; i + 1 < s.n; i++) {
		char a = s.p[i - 1], b = s.p[i], c = s.p[i + 1];
		bool number = b == ',' && isdigit((unsigned char)a) && isdigit((unsigned char)c);
		if ((b == ',' || b == ';' || b == '\t' || b == '|') && a != ' ' && c != ' ' && !number) return true;
		gaps += a == ' ' && b == ' ';
	}
	return gaps > 1;
}

static inline bool is_bare(slice raw, uint32_t flags) {
	bool marks = raw.n && ((unsigned char)raw.p[0] <= '"' || (unsigned char)raw.p[raw.n - 1] <= '"');
	return !marks && !(flags & CELL_QUOTED);
}

/* Of a cell whose kind does not tell all of it. `line`: it is one, or between spaces or bars, which lists within
 * cells have as well. */
static __attribute__((noinline)) void weigh_marked(slice raw, enum quick kind, uint32_t flags, bool line,
						   const syntax *s, reading *into) {
	if (line && !(flags & CELL_QUOTED) && is_several(raw)) {
		into->marked += kind == QUICK_ODD || s->delimiter[0] == '|' ? WORTH[QUICK_ODD] : 0.45, into->several++;
	} else if (is_bare(raw, flags)) {
		into->bare[kind]++;
	} else {
		double worth = marked_worth(raw, kind, flags, s);
		into->marked += worth, into->poor += worth < 0.85;
	}
}

static void weigh_cells(const syntax *s, slice text, const row_view *r, reading *into) {
	const size_t n = r->n < CELLS_WEIGHED ? r->n : CELLS_WEIGHED;
	const bool lines = !s->ndelimiter || s->delimiter[0] == ' ' || s->delimiter[0] == '|';
	into->weighed += n;
	for (size_t i = 0; i < n; i++) {
		slice raw = view_cell(r, text, i);
		into->filled[i] += raw.n > 0;
		if (!lines && is_bare(raw, r->cells[i].len))
			into->bare[r->kinds[i]]++;
		else
			weigh_marked(raw, r->kinds[i], r->cells[i].len, lines, s, into);
	}
}

static bool is_listed(const syntax *s, slice text, const row_view *r) {
	if (r->n != 2 || r->kinds[0] != QUICK_WORD || r->kinds[1] != QUICK_WORD || !s->ndelimiter) return false;
	return s->delimiter[s->ndelimiter - 1] == ' ' || view_cell(r, text, 1).p[0] == ' ';
}

static bool all_digits(slice s) {
	size_t i = 0;
	while (i < s.n && isdigit((unsigned char)s.p[i])) i++;
	return s.n && i == s.n;
}

/* Cut at a comma into digits alone. */
static bool is_half(const syntax *s, slice text, const row_view *r) {
	return r->n == 2 && s->ndelimiter == 1 && s->delimiter[0] == ',' && all_digits(view_cell(r, text, 0)) &&
	       all_digits(view_cell(r, text, 1));
}

/* `odd`: its quotes are. */
static void weigh_row(const syntax *s, slice text, const outline *rows, size_t i, bool odd, reading *into) {
	row_view r = outline_view(rows, i);
	if (rows->rows[i].blank) return;
	into->lead += r.n == 1 && into->lead == into->records;
	into->tail = r.n == 1 ? into->tail + 1 : 0;
	into->records++;
	into->by_width[r.n < WIDTHS ? r.n : WIDTHS - 1]++;
	into->odd_records += odd;
	into->listed += is_listed(s, text, &r);
	into->halves += is_half(s, text, &r);
	if (!s->ndelimiter && is_time(view_cell(&r, text, 0))) into->times++;
	weigh_cells(s, text, &r, into);
	if (into->records == 1) into->first_several = into->several > 0;
}

/* Adds the record to the rows and weighs it; without `keep` the rows before it go. */
static bool take_record(const syntax *s, slice sample, const record *r, bool keep, outline *rows, reading *into) {
	if (!keep) outline_clear(rows);
	if (!outline_add(rows, sample, r, false)) return false;
	bool unlikely = r->breaks && s->quote != '"'; /* two marks far apart that quote nothing */
	weigh_row(s, sample, rows, rows->n - 1, r->odd || r->stray || unlikely, into);
	return true;
}

/* Small text without quotes, in fewer steps than record by record. */
static bool take_at_once(const syntax *s, slice text, outline *rows, reading *into) {
	scan_index x;
	if (!text.n || !scan_can(s) || !scan_init(&x, text.n)) return false;
	const scanner *with = scan_choose(SCAN_BEST);
	with->index(s, text.p, text.n, false, &x);
	bool taken = !x.quotes && outline_take_index(rows, text, with, &x);
	scan_free(&x);
	for (size_t i = 0; taken && i < rows->n; i++) weigh_row(s, text, rows, i, false, into);
	return taken;
}

/* `whole`: the sample is all of the text. */
static bool read_sample(const syntax *s, slice sample, bool whole, bool keep, outline *rows, reading *out, err *e) {
	cleanup_record record r = {0}; /* spans count from the sample's start */
	*out = (reading){0};
	if (keep && take_at_once(s, sample, rows, out)) return true;
	outline_clear(rows);
	for (size_t at = 0; at < sample.n; at = r.next) {
		bool plain = out->lost >
			     LOST_MANY; /* quotes mean nothing here: do not look far for their ends again and again */
		if (plain ? !record_read_line(s, sample, at, 0, &r) : !record_read(s, sample, at, &r)) break;
		bool lost = r.open || r.too_long || (r.odd && r.breaks) || r.breaks > LINES_IN_CELL;
		if (lost && ++out->lost && !record_read_line(s, sample, at, 0, &r)) break;
		if (!whole && r.next >= sample.n && out->records) break; /* cut by the sample's end */
		r.failed |= !take_record(s, sample, &r, keep, rows, out);
		if (r.failed) break;
	}
	return !r.failed || err_set(e, ERR_MEMORY, "out of memory while looking for the delimiter");
}

/* Of the records, those of width w; around a table of three columns or more that is as wide throughout and set with a
 * likely delimiter, titles and notes count half. */
static double share_of(const reading *g, size_t w, double prior) {
	uint64_t around = g->lead + g->tail;
	bool alone = w > 2 && prior > 0.8 && g->by_width[w] + around == g->records;
	return (double)g->by_width[w] / ((double)g->records - (alone ? (double)around / 2 : 0));
}

/* A table of one column proves nothing by its shape, unless it is dates and times, which any mark in them would cut;
 * less where its header is cut. Below a header that is not, numbers with a comma are one column. */
static double width_worth(const reading *g, size_t w, double filled) {
	if (w == 1 && g->first_several) return 0.25;
	if (w == 2 && g->lead && g->halves == g->by_width[w]) return 0.35;
	if (w > 1) return 1 - 0.62 / (filled > 2 ? filled : 2);
	return g->times * 4 >= g->weighed * 3 && g->times > 1 ? 0.65 : 0.42;
}

/* The share of columns, among the weighed, that hold no text at all. */
static double hollow(const reading *g, size_t width) {
	size_t n = width < CELLS_WEIGHED ? width : CELLS_WEIGHED, empty = 0;
	for (size_t i = 0; i < n; i++) empty += g->filled[i] == 0;
	return n ? (double)empty / (double)n : 0;
}

static double sense_of(const reading *g) {
	double sum = g->marked;
	for (size_t kind = 0; kind <= QUICK_ODD; kind++) sum += WORTH[kind] * (double)g->bare[kind];
	return sum / (double)g->weighed;
}

/* Two of these speak for text: a first line that is not cut, a rare delimiter, two words a record. */
static double score_reading(const reading *g, double prior) {
	if (!g->records || !g->weighed) return 0;
	double best = 0;
	for (size_t w = 1; w < WIDTHS; w++) {
		if (!g->by_width[w]) continue;
		double empty = hollow(g, w), shape = share_of(g, w, prior) * (1 - 0.6 * empty);
		shape *= width_worth(g, w, (double)w * (1 - empty));
		bool rare = prior < 0.8, listed = g->listed == g->by_width[w];
		if (w > 1 && (g->lead > 0) + rare + listed > 1) shape *= 0.75;
		if (shape > best) best = shape;
	}
	double oddness = (double)g->odd_records / (double)g->records;
	return best * sense_of(g) * (1 - 0.5 * oddness) * prior;
}

/* Every record of one width, nothing odd in any cell: nothing can be better, and the rest need not be tried. */
static bool is_perfect(const reading *g, const syntax *s) {
	if (!s->ndelimiter || !strchr(",;\t|", s->delimiter[0]) || s->quote != '"' || s->escape || s->ndelimiter > 1)
		return false;
	size_t width = 2;
	while (width < WIDTHS && g->by_width[width] != g->records) width++;
	return g->records > 1 && width < WIDTHS && !g->poor && !g->several && !g->bare[QUICK_ODD] && !g->odd_records &&
	       !(hollow(g, width) > 0);
}

static void take_score(sniffed *out, double score, const syntax *s) {
	if (score > out->score) {
		out->runner_up = out->score;
		out->score = score, out->syntax = *s;
	} else if (score > out->runner_up) {
		out->runner_up = score;
	}
}

/* Whether all records, two at least, are cut alike, into cells that are no more than one. */
static bool cuts_all(const reading *g) {
	if (g->several) return false;
	for (size_t w = 2; w < WIDTHS; w++)
		if (g->by_width[w]) return g->by_width[w] == g->records && g->records > 1;
	return false;
}

static bool score_all(slice sample, bool whole, const candidate *list, size_t n, sniffed *out, outline *rows, err *e) {
	enum { NEAR = 2 }; /* a reading that makes half as much sense is none */
	reading g;
	sniffed all = {0};
	bool cut = true; /* the best cuts the first line; more lines than one that it does not cut are titles */
	out->score = out->runner_up = 0;
	for (size_t i = 0; i < n; i++) {
		if (!read_sample(&list[i].syntax, sample, whole, false, rows, &g, e)) return false;
		double score = score_reading(&g, list[i].prior);
		if (score > out->score) cut = !list[i].syntax.ndelimiter || g.lead != 1;
		take_score(out, score, &list[i].syntax);
		if (cuts_all(&g)) take_score(&all, score, &list[i].syntax);
	}
	if (!cut && all.score * NEAR > out->score) out->syntax = all.syntax;
	return true;
}

/* Most files are perfect with a common delimiter, and need no list of candidates. `keep`: its rows are of use. */
static bool is_common(slice sample, bool whole, bool keep, sniffed *out, outline *rows, err *e) {
	static const char COMMON[] = ",;\t|";
	size_t end;
	(void)line_next(sample, 0, &end);
	reading g;
	for (const char *d = COMMON; *d; d++) {
		syntax s = {.delimiter = {*d}, .ndelimiter = 1, .quote = '"'};
		if (slice_find(slice_sub(sample, 0, end), *d) == end) continue;
		if (!read_sample(&s, sample, whole, whole, rows, &g, e)) return false;
		if (!is_perfect(&g, &s)) continue;
		if (!whole || !keep || g.lost) outline_clear(rows);
		out->score = 1, out->runner_up = 0, out->syntax = s;
		return true;
	}
	return false;
}

/* Excel's first line: sep=; and nothing else. */
static bool sep_line(slice text, sniffed *out) {
	size_t end, next = line_next(text, 0, &end);
	slice line = slice_sub(text, 0, end);
	if (line.n >= 2 && line.p[0] == '"' && line.p[line.n - 1] == '"') line = slice_sub(line, 1, line.n - 2);
	if (line.n < 5 || line.n > 6 || !slice_eq_nocase(slice_sub(line, 0, 4), SLICE("sep="))) return false;
	out->told = true, out->skip = next;
	memcpy(out->syntax.delimiter, line.p + 4, line.n - 4);
	out->syntax.ndelimiter = (uint8_t)(line.n - 4);
	return true;
}

/* Whether quoted cells hold the escape before other characters: then it is not itself escaped (C:\new, http://). */
static bool escape_alone(slice sample, const syntax *s) {
	cleanup_record record r = {0};
	bool alone = false;
	for (size_t at = 0; at < sample.n && !alone; at = r.next) {
		r.base = at;
		if (!record_read(s, sample, at, &r)) break;
		for (size_t i = 0; i < r.n; i++) {
			slice raw = record_cell(&r, sample, i);
			if (!(r.cells[i].len & CELL_QUOTED)) continue;
			for (size_t k = 0; k + 1 < raw.n; k++) {
				if (raw.p[k] != s->escape) continue;
				alone |= raw.p[k + 1] != s->quote && raw.p[k + 1] != s->escape;
				k++;
			}
		}
	}
	return alone;
}

/* Bytes of the comments that the text begins with; of a text that is all comments, none. */
static size_t remarks(slice text) {
	size_t at = 0, last = 0, end;
	if (text.n && isalnum((unsigned char)text.p[0])) return 0; /* as nearly all do */
	for (size_t next; at < text.n; at = next) {
		next = line_next(text, at, &end);
		slice line = slice_sub(text, at, end - at);
		if (is_remark(line))
			last = next;
		else if (!is_space(line))
			return last;
	}
	return 0;
}

bool dialect_sniff(slice text, sniffed *out, outline *rows, err *e) {
	*out = (sniffed){.syntax = {.delimiter = ",", .ndelimiter = 1, .quote = '"'}};
	bool told = sep_line(text, out);
	syntax said = out->syntax;
	slice body = slice_sub(text, out->skip, text.n);
	size_t above = remarks(slice_sub(body, 0, SAMPLE_SMALL));
	body = slice_sub(body, above, body.n);
	for (size_t size = SAMPLE_SMALL;; size = SAMPLE_LARGE) {
		slice sample = slice_sub(body, 0, size);
		candidate list[CANDIDATES_MAX];
		if (!told && is_common(sample, sample.n == body.n, !above, out, rows, e)) return true;
		if (e->code != ERR_NONE) return false;
		size_t n = candidates_of(sample, told ? &said : NULL, list);
		if (!score_all(sample, sample.n == body.n, list, n, out, rows, e)) return false;
		outline_clear(rows);
		bool sure = out->score > 1.15 * out->runner_up;
		if (!sure && sample.n < body.n && size < SAMPLE_LARGE) continue;
		out->syntax.escape_alone = out->syntax.escape && escape_alone(sample, &out->syntax);
		return true;
	}
}
