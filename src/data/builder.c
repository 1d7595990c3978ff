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

enum { GIVE_UP_ROWS = 2000 };

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

static void put_bad(builder *b, slice cell, uint64_t line) {
	slice kept = slice_utf8_cut(cell, BAD_KEPT - 1);
	if (!b->bad++) {
		b->bad_line = line;
		memcpy(b->bad_text, kept.p, kept.n);
		b->bad_text[kept.n] = '\0';
	} else if (!slice_is(kept, b->bad_text)) {
		b->bad_differ = true;
	}
	for (size_t i = 0; i < cell.n; i++) b->bad_digits |= cell.p[i] >= '0' && cell.p[i] <= '9';
	put_missing(b);
	bool many = b->rows > GIVE_UP_ROWS && b->bad * 5 > b->rows - b->nulls + b->bad;
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
	b->guess.kind = KIND_FLOAT;
}

static void see_unit(builder *b, const number *v) {
	slice unit = v->percent ? SLICE("%") : v->unit;
	if (!unit.n) return;
	if (!b->units++)
		err_copy_text(b->unit, sizeof b->unit, unit);
	else if (!slice_is(slice_utf8_cut(unit, sizeof b->unit - 1), b->unit))
		b->units_differ = true;
}

/* A number that the plain readers did not take. */
static bool put_rich(builder *b, slice s) {
	number v;
	if (!number_rich(s, &b->guess.numbers, &v)) return false;
	b->zeros += v.zeros, b->too_long += v.too_long;
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
	if (present(b, &s) && !put_rich(b, s)) put_bad(b, s, line);
}

static void add_float(builder *b, slice raw, uint32_t flags, uint64_t line) {
	double v;
	bool name = raw.n > 18 ||
		    (raw.n > 1 && raw.p[0] == '0' && raw.p[1] != '.'); /* 007 and long digits: number_rich looks */
	if (b->guess.numbers.decimal == '.' && !name && number_float(raw.p, raw.n, &v)) {
		put_float(b, v);
		return;
	}
	slice s = builder_decoded(b, raw, flags);
	if (present(b, &s) && !put_rich(b, s)) put_bad(b, s, line);
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

static void add_time(builder *b, slice raw, uint32_t flags, uint64_t line) {
	moment m;
	if (moment_iso(raw.p, raw.n, &m)) {
		b->clocks += m.clock, b->zones += m.zone;
		put_int(b, m.us);
		return;
	}
	slice s = builder_decoded(b, raw, flags);
	if (!present(b, &s)) return;
	if (!moment_parse(s, b->guess.order, b->guess.compact, &m)) {
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
		i = KERNELS[b->guess.kind](b, from, k, i);
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
	uint64_t there = b->rows - b->nulls + b->bad;
	if (!b->bad) return true;
	if (b->fixed) return b->bad * 2 <= there;
	if (there == b->bad) return false;
	if (b->bad == 1 && there >= 5) return true;
	if (b->bad * 50 <= there) return true;
	return !b->bad_differ && !b->bad_digits && b->bad * 10 <= there;
}

void builder_judge(builder *b) {
	enum kind k = b->guess.kind;
	bool numeric = k == KIND_INT || k == KIND_FLOAT || k == KIND_RICH;
	b->again = false;
	if (k == KIND_TEXT && b->given_up) b->again = true;
	if (k == KIND_TEXT || k == KIND_EMPTY) return;
	if (k == KIND_TIME && b->bad && b->open && !b->shown && !b->guess.order_shown && b->guess.order != ORDER_YMD) {
		b->guess.order = b->guess.order == ORDER_DMY ? ORDER_MDY : ORDER_DMY; /* a late cell shows the order */
		b->guess.order_shown = b->again = true;
		return;
	}
	if (b->given_up || !bearable(b)) fall_back(b);
	uint64_t there = b->rows - b->nulls;
	if (numeric && !b->fixed && ((b->zeros + b->too_long) * 1000 >= there && b->zeros + b->too_long)) fall_back(b);
	if (numeric && !b->fixed && b->units_differ) fall_back(b);
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

static const char *kind_words(enum kind k) {
	switch (k) {
	case KIND_BOOL: return "yes or no";
	case KIND_TIME: return "dates";
	case KIND_DURATION: return "durations";
	default: return "numbers";
	}
}

static const char *type_words(enum column_type t) {
	static const char *const WORDS[] = {
	    [COL_TEXT] = "text",         [COL_INT] = "whole numbers", [COL_FLOAT] = "numbers with fractions",
	    [COL_BOOL] = "yes or no",    [COL_DATE] = "dates",        [COL_DATETIME] = "dates with times",
	    [COL_DURATION] = "durations"};
	return WORDS[t];
}

void builder_tell(const builder *b, const char *file, notices *n) {
	slice name = slice_utf8_cut(b->name, 60);
#define NAME SLICE_ARG(name)
	if (b->bad == 1)
		notice(n, "%s: 1 cell of `%.*s` is not %s and counts as missing (line %llu, `%s`).", file, NAME,
		       kind_words(b->guess.kind), (unsigned long long)b->bad_line, b->bad_text);
	if (b->bad > 1)
		notice(n, "%s: %llu cells of `%.*s` are not %s and count as missing (first: line %llu, `%s`).", file,
		       (unsigned long long)b->bad, NAME, kind_words(b->guess.kind), (unsigned long long)b->bad_line,
		       b->bad_text);
	if (b->guess.kind == KIND_TIME && b->open && !b->shown && !b->guess.order_shown)
		notice(n, "%s: the dates of `%.*s` could be read day first or month first; %s first is assumed.", file,
		       NAME, b->guess.order == ORDER_DMY ? "day" : "month");
	if (b->guess.kind == KIND_TIME && b->zones && b->zones != b->rows - b->nulls)
		notice(n, "%s: some times of `%.*s` have a zone and some have none; those without count as UTC.", file,
		       NAME);
	if (b->guess.kind == KIND_TIME && b->short_years)
		notice(n, "%s: `%.*s` has years of two digits; 69 to 99 are taken as 1969 to 1999.", file, NAME);
	if (b->guess.comma_open && b->guess.kind != KIND_TEXT)
		notice(n, "%s: the comma in `%.*s` is taken as a thousands separator.", file, NAME);
	if (b->fixed && builder_type(b) != b->wanted)
		notice(n, "%s: the schema says `%s` for `%.*s`, but its values are %s.", file, b->wanted_text, NAME,
		       type_words(builder_type(b)));
#undef NAME
}
