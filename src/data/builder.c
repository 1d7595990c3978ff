/* How a column is typed
 * ---------------------
 * Where the first rows are all plain numbers or dates, or all words, the first
 * cell gives the guess, and they are read by it at once; elsewhere a sample of
 * them gives it (infer.c). test_csv_kernels.c holds the one against the other.
 * All rows are then parsed as guessed; a cell that fails is, in this order:
 * empty or a word for a missing value, which costs nothing; something wider of
 * the same family (a fraction among integers), which widens the column where it
 * stands; or bad, which is counted with its line and becomes missing. After the
 * last row the counts decide: few bad cells are told in a notice; many mean
 * that the column is text, and it alone is read again. So the type rests on
 * every row, at the price of one pass where the guess was right. */
#include "data/builder.h"

#include "data/kernels.h"
#include "data/quick.h"
#include "data/text.h"
#include "data/words.h"

#include <math.h>

enum { GIVE_UP_ROWS = 2000, RARELY = 64 };

void builder_init(builder *b, const syntax *s, slice name, guess g) {
	*b = (builder){.guess = g, .syntax = s, .name = name, .scratch = BUF_INIT(CELL_MAX_BYTES + 1)};
}

void builder_free(builder *b) {
	vec_free(&b->values);
	vec_free(&b->bytes);
	vec_free(&b->codes);
	vec_free(&b->bits);
	dictionary_free(&b->few);
	buf_free(&b->scratch);
}

void builder_restart(builder *b) {
	builder kept = *b;
	builder_free(b);
	builder_init(b, kept.syntax, kept.name, kept.guess);
	b->fixed = kept.fixed, b->wanted = kept.wanted;
	memcpy(b->wanted_text, kept.wanted_text, sizeof b->wanted_text);
}

char *builder_room(builder *b, vec *v, size_t n) {
	char *to = vec_room(v, n);
	b->failed |= !to;
	return to;
}

void builder_expect(builder *b, uint64_t rows) {
	b->expected = rows;
	rows -= rows < b->rows ? rows : b->rows;
	if (b->guess.kind == KIND_TEXT)
		(void)vec_room(&b->codes, rows * sizeof(uint16_t));
	else
		(void)vec_room(&b->values, (rows + 1) * 8);
}

static void set_bit(builder *b, uint64_t row, bool valid) {
	size_t need = row / 8 + 1;
	if (b->bits.n < need) {
		char *to = builder_room(b, &b->bits, need - b->bits.n);
		if (!to) return;
		memset(to, 0, need - b->bits.n);
		b->bits.n = need;
	}
	if (valid) b->bits.p[row / 8] = (char)(b->bits.p[row / 8] | (1 << (row & 7)));
}

/* Row `b->rows` is there or not; bits are kept only from the first missing one on. */
void builder_mark(builder *b, bool valid) {
	if (!valid && !b->nulls++) {
		char *to = builder_room(b, &b->bits, b->rows / 8 + 1);
		if (!to) return;
		memset(to, 0xff, b->rows / 8);
		to[b->rows / 8] = (char)((1 << (b->rows & 7)) - 1);
		b->bits.n = b->rows / 8 + 1;
	} else if (b->nulls) {
		set_bit(b, b->rows, valid);
	}
	b->rows++;
}

static void put_value(builder *b, const void *value) {
	char *to = builder_room(b, &b->values, 8);
	if (!to) return;
	memcpy(to, value, 8);
	b->values.n += 8;
	builder_mark(b, true);
}

static void put_int(builder *b, int64_t v) {
	put_value(b, &v);
}

static void put_float(builder *b, double v) {
	put_value(b, &v);
}

static void put_missing(builder *b) {
	char *to = builder_room(b, &b->values, 8);
	if (!to) return;
	memset(to, 0, 8);
	b->values.n += 8;
	builder_mark(b, false);
}

static void see(sight *s, slice cell, uint64_t line) {
	if (s->n++) return;
	s->line = line;
	err_copy_text(s->text, sizeof s->text, cell);
}

/* A bad cell that is a number if commas or points are not what they were taken for: 0,5 after 1,234. */
static bool shows_other_way(const builder *b, slice s) {
	const number_format comma = {',', '.'},
			    point = {'.', ','}; /* with the point as the mark of thousands; decimals */
	number v;
	if (!b->guess.open) return false;
	bool is_group = b->guess.numbers.group == b->guess.open;
	return number_rich(s, (b->guess.open == ',') == is_group ? &comma : &point, &v) && v.point + v.grouped > 0;
}

static void put_bad(builder *b, slice cell, uint64_t line) {
	see(&b->bad, cell, line);
	b->bad_differ |= !slice_is(slice_utf8_cut(cell, SIGHT_KEPT - 1), b->bad.text);
	b->other_way |= shows_other_way(b, cell);
	for (size_t i = 0; i < cell.n; i++) b->bad_digits |= cell.p[i] >= '0' && cell.p[i] <= '9';
	put_missing(b);
	bool many = b->rows > GIVE_UP_ROWS && b->bad.n * 5 > b->rows - b->nulls + b->bad.n;
	if (many && !b->fixed) b->given_up = true;
}

/* Integers read so far become floating point. */
static void widen(builder *b) {
	for (size_t i = 0; i + 8 <= b->values.n; i += 8) {
		int64_t v;
		memcpy(&v, b->values.p + i, 8);
		double f = (double)v;
		memcpy(b->values.p + i, &f, 8);
	}
	b->guess.kind = b->guess.numbers.decimal == '.' ? KIND_FLOAT : KIND_RICH;
}

static void see_unit(builder *b, const number *v) {
	slice unit = v->percent ? SLICE("%") : v->unit;
	if (!unit.n) return;
	if (!b->units++) {
		err_copy_text(b->unit, sizeof b->unit, unit);
	} else if (!slice_is(slice_utf8_cut(unit, sizeof b->unit - 1), b->unit)) {
		if (!b->units_differ) tell_units(&b->guess, slice_of(b->unit), unit);
		b->units_differ = true;
	}
}

/* 1.204 after whole numbers that are all below a thousand. */
static bool begins_thousands(const builder *b, slice s) {
	bool plain = b->guess.kind == KIND_INT && !b->guess.numbers.group && b->guess.numbers.decimal == '.';
	if (!plain || openness_of(s, '.') != OPEN_MARK) return false;
	int64_t most = 0;
	for (size_t i = 0; i + 8 <= b->values.n && most < 1000; i += 8) {
		int64_t v;
		memcpy(&v, b->values.p + i, 8);
		v = v < 0 ? -v : v;
		most = v > most ? v : most;
	}
	return most > 0 && most < 1000;
}

static bool read_rich(builder *b, slice s, number *v) {
	bool comma_decimal = b->syntax->delimiter[0] == ';';
	if (begins_thousands(b, s)) b->guess.numbers = (number_format){',', '.'}, b->guess.open = '.';
	return number_rich(s, &b->guess.numbers, v) ||
	       (infer_other_format(s, comma_decimal, &b->guess) && number_rich(s, &b->guess.numbers, v));
}

/* Whether the number, as it is read, leaves no doubt of the mark: 1,000,000 or 1,234.5 or 0,5. */
static bool shows_mark(const number *v) {
	double size = fabs(v->f);
	if (v->grouped) return v->point || size >= 1e6;
	return v->point && (v->decimals != 3 || size < 1 || size >= 1000);
}

/* A number that the plain readers did not take. */
static bool put_rich(builder *b, slice s, uint64_t line) {
	number v;
	b->slow++;
	if (!read_rich(b, s, &v)) {
		slice bare = number_without_note(s, b->guess.kind != KIND_INT);
		if (bare.n == s.n || !number_rich(bare, &b->guess.numbers, &v)) return false;
		see(&b->noted, s, line);
	}
	if (b->guess.open && shows_mark(&v)) b->guess.open = '\0';
	if (v.zeros) see(&b->zeros, s, line);
	if (v.too_long) see(&b->too_long, s, line);
	see_unit(b, &v);
	if (b->guess.kind == KIND_INT && v.kind == NUMBER_FLOAT) widen(b);
	if (b->guess.kind == KIND_INT)
		put_int(b, v.i);
	else
		put_float(b, v.f);
	return true;
}

slice builder_decoded(builder *b, slice raw, uint32_t flags) {
	if (!(flags & CELL_CODED)) return raw;
	buf_clear(&b->scratch);
	cell_decode(b->syntax, raw, flags, &b->scratch);
	b->failed |= !buf_ok(&b->scratch);
	return buf_slice(&b->scratch);
}

/* True when there is a value; missing ones are put. A quote before it opened nothing (mend.c). */
static bool present(builder *b, slice *s) {
	*s = slice_trim(*s);
	while (s->n && s->p[0] == b->syntax->quote) *s = slice_trim(slice_sub(*s, 1, s->n));
	if (s->n && !is_missing_word(*s)) return true;
	put_missing(b);
	return false;
}

static void add_int(builder *b, slice raw, uint32_t flags, uint64_t line) {
	int64_t v;
	if (number_int(raw.p, raw.n, &v)) {
		put_int(b, v);
		return;
	}
	slice s = builder_decoded(b, raw, flags);
	if (present(b, &s) && !put_rich(b, s, line)) put_bad(b, s, line);
}

static void add_float(builder *b, slice raw, uint32_t flags, uint64_t line) {
	double v;
	/* 007, +49 and long digits: number_rich looks */
	bool name = raw.n > 18 || (raw.n > 1 && raw.p[0] == '0' && raw.p[1] != '.') || raw.p[0] == '+';
	if (b->guess.numbers.decimal == '.' && !name && number_float(raw.p, raw.n, &v)) {
		put_float(b, v);
		return;
	}
	slice s = builder_decoded(b, raw, flags);
	if (present(b, &s) && !put_rich(b, s, line)) put_bad(b, s, line);
}

static void add_bool(builder *b, slice raw, uint32_t flags, uint64_t line) {
	slice s = builder_decoded(b, raw, flags);
	size_t pair;
	if (!present(b, &s)) return;
	int v = b->fixed && s.n == 1 && (s.p[0] | 1) == '1' ? s.p[0] - '0' : bool_word(s, &pair);
	if (v < 0) {
		put_bad(b, s, line);
		return;
	}
	if (raw.n && raw.n <= BOOL_LONGEST && !(flags & CELL_CODED)) b->words[v] = bool_key(raw.p, raw.n);
	put_int(b, v);
}

static void see_moment(builder *b, const moment *m) {
	b->clocks += m->clock, b->zones += m->zone, b->open += m->open, b->parts += m->part;
	b->short_years += m->short_year;
	b->shown += b->guess.order == ORDER_DMY ? m->day_first : m->month_first;
}

/* In a column of ISO dates the first one with another order gives it, as far as it does. */
static bool read_moment(builder *b, slice s, moment *m) {
	guess *g = &b->guess;
	if (g->order != ORDER_YMD || g->order_shown) return moment_parse(s, g->order, g->compact, m);
	if (!moment_parse(s, ORDER_DMY, g->compact, m) && !moment_parse(s, ORDER_MDY, g->compact, m)) return false;
	bool month_first = m->month_first || (m->open && m->mark == '/');
	if (month_first || m->day_first || m->open) g->order = month_first ? ORDER_MDY : ORDER_DMY;
	return moment_parse(s, g->order, g->compact, m);
}

static bool is_contrary(const builder *b, slice s) {
	moment m;
	enum moment_order other = b->guess.order == ORDER_DMY ? ORDER_MDY : ORDER_DMY;
	return moment_parse(s, other, b->guess.compact, &m) && (m.day_first || m.month_first);
}

/* 0000-00-00 00:00:00, as MySQL writes no date. */
static bool is_zero_date(slice s) {
	if (s.n < 10 || s.p[1] != '0') return false;
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("0-:. /", s.p[i])) return false;
	return s.p[0] == '0';
}

static void add_time(builder *b, slice raw, uint32_t flags, uint64_t line) {
	moment m;
	if (moment_iso(raw.p, raw.n, &m)) {
		b->clocks += m.clock, b->zones += m.zone;
		put_int(b, m.us);
		return;
	}
	slice s = builder_decoded(b, raw, flags);
	if (!present(b, &s)) return;
	if (is_zero_date(s)) {
		put_missing(b);
		return;
	}
	if (!read_moment(b, s, &m)) {
		b->contrary |= is_contrary(b, s);
		put_bad(b, s, line);
		return;
	}
	see_moment(b, &m);
	put_int(b, m.us);
}

static void add_duration(builder *b, slice raw, uint32_t flags, uint64_t line) {
	slice s = builder_decoded(b, raw, flags);
	int64_t us;
	if (!present(b, &s)) return;
	if (duration_parse(s, &us))
		put_int(b, us);
	else
		put_bad(b, s, line);
}

static void add_text(builder *b, slice raw, uint32_t flags, uint64_t line) {
	(void)line;
	text_add(b, raw, flags);
}

static void add_empty(builder *b, slice raw, uint32_t flags, uint64_t line);

typedef void add_cell(builder *b, slice raw, uint32_t flags, uint64_t line);
static add_cell *const ADD[] = {
    [KIND_EMPTY] = add_empty, [KIND_TEXT] = add_text, [KIND_INT] = add_int,   [KIND_FLOAT] = add_float,
    [KIND_RICH] = add_float,  [KIND_BOOL] = add_bool, [KIND_TIME] = add_time, [KIND_DURATION] = add_duration};

/* The sample had no value: the first one decides; text needs a new start. */
static void add_empty(builder *b, slice raw, uint32_t flags, uint64_t line) {
	slice s = builder_decoded(b, raw, flags);
	if (!present(b, &s)) return;
	b->guess = infer_column(&s, 1, b->name, b->guess.numbers.decimal == ',');
	if (b->guess.kind == KIND_TEXT || b->guess.kind == KIND_EMPTY) {
		b->guess.kind = KIND_TEXT;
		b->given_up = true;
		return;
	}
	if (b->guess.kind == KIND_RICH) b->guess.kind = KIND_INT;
	ADD[b->guess.kind](b, raw, flags, line);
}

bool builder_try(builder *b, const batch *from, size_t k, size_t least) {
	if (!builder_room(b, &b->values, from->rows * 8)) return false;
	b->ahead = KERNELS[b->guess.kind](b, from, k, 0);
	return b->ahead >= least;
}

void builder_add(builder *b, const batch *from, size_t k) {
	size_t start = b->ahead, more = from->rows - start;
	if (b->given_up) return;
	if (b->guess.kind == KIND_TEXT ? !text_room(b, more) : !builder_room(b, &b->values, more * 8)) return;
	b->ahead = 0;
	for (size_t i = start; i < from->rows && !b->given_up && !b->failed; i++) {
		bool rarely = b->slow * 2 > b->rows + RARELY; /* written plainly: the kernel would look in vain */
		if (!rarely) i = KERNELS[b->guess.kind](b, from, k, i);
		if (i == from->rows) break;
		uint32_t flags;
		slice raw = batch_cell(from, i, k, &flags);
		if (!raw.n && b->guess.kind != KIND_TEXT)
			put_missing(b);
		else
			ADD[b->guess.kind](b, raw, flags, from->lines[i]);
	}
}

static void fall_back(builder *b) {
	b->guess.kind = KIND_TEXT;
	b->again = true;
}

/* Bad cells that a typed column bears: one in fifty, or one in ten of one word without digits; always one. */
static bool bearable(const builder *b) {
	uint64_t there = b->rows - b->nulls + b->bad.n;
	if (!b->bad.n) return true;
	if (b->fixed) return b->bad.n * 2 <= there;
	if (there == b->bad.n) return false;
	if (b->bad.n == 1 && there >= 5) return true;
	if (b->bad.n * 50 <= there) return true;
	return !b->bad_differ && !b->bad_digits && b->bad.n * 10 <= there;
}

void turn_mark(guess *g) {
	bool is_group = g->numbers.group == g->open;
	char other = g->open == ',' ? '.' : ',';
	g->numbers = is_group ? (number_format){g->open, other} : (number_format){other, g->open};
	g->kind = !is_group ? KIND_INT : g->open == '.' ? KIND_FLOAT : KIND_RICH;
	g->open = '\0';
}

void builder_judge(builder *b) {
	enum kind k = b->guess.kind;
	bool numeric = k == KIND_INT || k == KIND_FLOAT || k == KIND_RICH;
	b->again = false;
	if (k == KIND_TEXT && b->given_up) b->again = true;
	if (k == KIND_TEXT || k == KIND_EMPTY) return;
	if (numeric && b->other_way) {
		turn_mark(&b->guess);
		b->again = true;
		return;
	}
	if (k == KIND_TIME && b->bad.n && b->open && !b->shown && !b->guess.order_shown &&
	    b->guess.order != ORDER_YMD) {
		b->guess.order = b->guess.order == ORDER_DMY ? ORDER_MDY : ORDER_DMY; /* a late cell shows the order */
		b->guess.order_shown = b->again = true;
		return;
	}
	if (b->given_up || !bearable(b)) {
		b->guess.contrary = b->contrary && b->shown;
		fall_back(b);
	}
	uint64_t there = b->rows - b->nulls;
	uint64_t names = b->zeros.n + b->too_long.n;
	if (numeric && !b->fixed && names && names * 1000 >= there) fall_back(b);
	bool marked = b->noted.n * 2 > there; /* 1(a), 1(b), 2(a) */
	if (numeric && !b->fixed && (b->units_differ || marked)) fall_back(b);
}

enum column_type builder_type(const builder *b) {
	switch (b->guess.kind) {
	case KIND_INT: return COL_INT;
	case KIND_FLOAT:
	case KIND_RICH: return COL_FLOAT;
	case KIND_BOOL: return COL_BOOL;
	case KIND_TIME: return b->clocks || (b->fixed && b->wanted == COL_DATETIME) ? COL_DATETIME : COL_DATE;
	case KIND_DURATION: return COL_DURATION;
	case KIND_EMPTY:
	case KIND_TEXT: break;
	}
	return COL_TEXT;
}

static const char *type_words(enum column_type t) {
	static const char *const WORDS[] = {
	    [COL_TEXT] = "text",         [COL_INT] = "whole numbers", [COL_FLOAT] = "numbers with fractions",
	    [COL_BOOL] = "yes or no",    [COL_DATE] = "dates",        [COL_DATETIME] = "dates with times",
	    [COL_DURATION] = "durations"};
	return WORDS[t];
}

/* "1 cell of `x` …": one or more, the words for each, and the first of them. */
static void tell_cells(const builder *b, const char *file, const sight *s, const char *one, const char *more,
		       notices *n) {
	slice name = slice_utf8_cut(b->name, 60);
	unsigned long long line = s->line;
	if (s->n == 1)
		notice(n, "%s: 1 cell of `%.*s` %s (line %llu, `%s`).", file, SLICE_ARG(name), one, line, s->text);
	if (s->n > 1)
		notice(n, "%s: %llu cells of `%.*s` %s (first: line %llu, `%s`).", file, (unsigned long long)s->n,
		       SLICE_ARG(name), more, line, s->text);
}

static void tell_bad(const builder *b, const char *file, notices *n) {
	switch (b->guess.kind) {
	case KIND_BOOL:
		tell_cells(b, file, &b->bad, "is neither yes nor no and counts as missing",
			   "are neither yes nor no and count as missing", n);
		break;
	case KIND_TIME:
		tell_cells(b, file, &b->bad, "is not a date and counts as missing",
			   "are not dates and count as missing", n);
		break;
	case KIND_DURATION:
		tell_cells(b, file, &b->bad, "is not a duration and counts as missing",
			   "are not durations and count as missing", n);
		break;
	default:
		tell_cells(b, file, &b->bad, "is not a number and counts as missing",
			   "are not numbers and count as missing", n);
	}
}

/* Whether no number shows that its point is a decimal mark. The plain ones, which nobody looked at, have a value. */
static bool all_open(const builder *b) {
	if (b->guess.kind != KIND_FLOAT || b->guess.open != '.') return true;
	for (size_t i = 0; i + 8 <= b->values.n; i += 8) {
		double v;
		memcpy(&v, b->values.p + i, 8);
		bool open = fabs(v) >= 1 && fabs(v) < 1000 && fabs(v * 1000 - round(v * 1000)) < 1e-6;
		if (v != 0 && !open) return false;
	}
	return true;
}

/* Of a column named for times, seconds or milliseconds since 1970 from 1990 to 2050 in all cells; or NULL. */
static const char *epoch_of(const builder *b) {
	const int64_t least = 631152000, most = 2524608000;
	int64_t unit = 0;
	for (size_t i = 0; b->guess.kind == KIND_INT && i + 8 <= b->values.n; i += 8) {
		int64_t v;
		memcpy(&v, b->values.p + i, 8);
		if (v && !unit) unit = v > most ? 1000 : 1;
		if (v && (v < least * unit || v > most * unit)) return NULL;
	}
	name_words words;
	if (!unit) return NULL;
	name_split(b->name, &words);
	if (!name_has(&words, "time timestamp date datetime ts epoch unix created updated at")) return NULL;
	return unit == 1 ? "seconds" : "milliseconds";
}

static void tell_numbers(const builder *b, const char *file, notices *n) {
	slice name = slice_utf8_cut(b->name, 60);
	uint64_t there = b->rows - b->nulls;
	char open = all_open(b) ? b->guess.open : '\0';
	tell_cells(b, file, &b->noted, "has a mark behind its number, which is left out",
		   "have a mark behind their number, which is left out", n);
	tell_cells(b, file, &b->zeros, "begins with a 0 that a number does not keep",
		   "begin with a 0 that a number does not keep", n);
	tell_cells(b, file, &b->too_long, "has more digits than a number keeps", "have more digits than a number keeps",
		   n);
	if (b->units && b->units < there)
		notice(n, "%s: %llu of the %llu numbers of `%.*s` have the unit `%s`, the others have none.", file,
		       (unsigned long long)b->units, (unsigned long long)there, SLICE_ARG(name), b->unit);
	const char *epoch = epoch_of(b);
	if (epoch)
		notice(n, "%s: the numbers of `%.*s` may be %s since 1970; they are kept as numbers.", file,
		       SLICE_ARG(name), epoch);
	if (open)
		notice(n, "%s: the %s in `%.*s` is taken as a %s.", file, open == ',' ? "comma" : "point",
		       SLICE_ARG(name), b->guess.numbers.group == open ? "thousands separator" : "decimal mark");
}

static void tell_times(const builder *b, const char *file, notices *n) {
	slice name = slice_utf8_cut(b->name, 60);
	if (b->open && !b->shown && !b->guess.order_shown)
		notice(n, "%s: the dates of `%.*s` could be read day first or month first; %s first is assumed.", file,
		       SLICE_ARG(name), b->guess.order == ORDER_DMY ? "day" : "month");
	if (b->zones && b->zones != b->rows - b->nulls)
		notice(n, "%s: some times of `%.*s` have a zone and some have none; those without count as UTC.", file,
		       SLICE_ARG(name));
	if (b->short_years)
		notice(n, "%s: `%.*s` has years of two digits; 69 to 99 are taken as 1969 to 1999.", file,
		       SLICE_ARG(name));
}

static void tell_text(const builder *b, const char *file, notices *n) {
	slice name = slice_utf8_cut(b->name, 60);
	if (b->guess.capitals && b->not_available)
		notice(n, "%s: `NA` counts as missing in `%.*s`, whose values are in capitals, too.", file,
		       SLICE_ARG(name));
	if (b->guess.contrary)
		notice(n, "%s: some dates of `%.*s` have the day first, some the month; it is kept as text.", file,
		       SLICE_ARG(name));
	if (b->guess.units[0][0])
		notice(n, "%s: `%.*s` has numbers of several units (`%s`, `%s`) and is kept as text.", file,
		       SLICE_ARG(name), b->guess.units[0], b->guess.units[1]);
}

void builder_tell(const builder *b, const char *file, notices *n) {
	enum kind k = b->guess.kind;
	slice name = slice_utf8_cut(b->name, 60);
	if (b->bad.n) tell_bad(b, file, n);
	if (k == KIND_INT || k == KIND_FLOAT || k == KIND_RICH) tell_numbers(b, file, n);
	if (k == KIND_TIME) tell_times(b, file, n);
	if (k == KIND_TEXT && !b->fixed) tell_text(b, file, n);
	if (b->fixed && builder_type(b) != b->wanted)
		notice(n, "%s: the schema says `%s` for `%.*s`, but its values are %s.", file, b->wanted_text,
		       SLICE_ARG(name), type_words(builder_type(b)));
}
