#include "data/infer.h"

#include "data/quick.h"
#include "data/words.h"

enum { INFER_CELLS = 512 };

#define WORD(text)                                                                                                     \
	{ text, sizeof(text) - 1 }
static const struct {
	slice yes, no;
} PAIRS[] = {{WORD("true"), WORD("false")},
	     {WORD("yes"), WORD("no")},
	     {WORD("y"), WORD("n")},
	     {WORD("t"), WORD("f")},
	     {WORD("on"), WORD("off")},
	     {WORD("ja"), WORD("nein")},
	     {WORD("oui"), WORD("non")},
	     {WORD("vrai"), WORD("faux")},
	     {WORD("wahr"), WORD("falsch")},
	     {WORD("s\xc3\xad"), WORD("no")},
	     {WORD("si"), WORD("no")},
	     {WORD("sim"), WORD("n\xc3\xa3o")},
	     {WORD("ja"), WORD("nee")},
	     {WORD(".true."), WORD(".false.")},
	     {WORD("ja"), WORD("nej")},
	     {WORD("j"), WORD("n")},
	     {WORD("tak"), WORD("nie")},
	     {WORD("да"), WORD("нет")},
	     {WORD("evet"), WORD("hayır")},
	     {WORD("ano"), WORD("ne")},
	     {WORD("vero"), WORD("falso")},
	     {WORD("verdadero"), WORD("falso")},
	     {WORD("verdadeiro"), WORD("falso")},
	     {WORD("kyllä"), WORD("ei")},
	     {WORD("igen"), WORD("nem")},
	     {WORD("是"), WORD("否")},
	     {WORD("はい"), WORD("いいえ")},
	     {WORD("✓"), WORD("✗")},
	     {WORD("✔"), WORD("✘")}};
#undef WORD
enum { NPAIRS = sizeof PAIRS / sizeof *PAIRS };

int bool_word(slice s, size_t *pair) {
	enum { LONGEST = 10 };
	if (!s.n || s.n > LONGEST || (s.p[0] >= '0' && s.p[0] <= '9')) return -1;
	for (size_t i = 0; i < NPAIRS; i++) {
		*pair = i;
		if (s.n == PAIRS[i].yes.n && slice_eq_folded(s, PAIRS[i].yes)) return 1;
		if (s.n == PAIRS[i].no.n && slice_eq_folded(s, PAIRS[i].no)) return 0;
	}
	return -1;
}

static bool absent(slice s) {
	return !s.n || is_missing_word(s);
}

/* Counts of what the cells can be read as. */
typedef struct tally_of {
	size_t filled, ints, floats, names, dates;
} tally_of;

/* Digits that are a name: 007, or more of them than a number has. */
static bool is_name(slice s) {
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9') return false;
	return s.n > 18 || (s.n > 1 && s.p[0] == '0');
}

/* Every number starts so, and every date that is year first. */
static bool starts_number(char c) {
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.';
}

static tally_of count_plain(const slice *cells, size_t n) {
	tally_of t = {0};
	for (size_t i = 0; i < n; i++) {
		slice s = slice_trim(cells[i]);
		int64_t v;
		double f;
		if (absent(s)) continue;
		t.filled++;
		if (!starts_number(s.p[0])) continue;
		moment m;
		if (s.n >= 10 && s.p[4] == '-' && moment_iso(s.p, s.n, &m))
			t.dates++;
		else if (number_int(s.p, s.n, &v))
			t.ints++;
		else if (is_name(s))
			t.names++;
		else if (s.p[0] != '+' && number_float(s.p, s.n, &f))
			t.floats++;
	}
	return t;
}

/* 202405, 20240501, 202405011300, 20240501130000: other cells show whether they are dates. */
static bool is_compact_length(size_t n) {
	return n == 6 || n == 8 || n == 12 || n == 14;
}

guess infer_first(slice cell) {
	guess g = {.kind = KIND_TEXT, .numbers = {'.', 0}};
	slice s = slice_trim(cell);
	if (!s.n || !starts_number(s.p[0]) || is_compact_length(s.n)) return g;
	tally_of t = count_plain(&s, 1);
	if (t.dates) g.kind = KIND_TIME, g.order = ORDER_YMD;
	if (t.ints) g.kind = KIND_INT;
	if (t.floats) g.kind = KIND_FLOAT;
	return g;
}

static const number_format FORMATS[] = {{'.', 0},   {'.', ','},  {',', '.'},  {',', 0},  {',', ' '},
					{'.', ' '}, {'.', '\''}, {',', '\''}, {'.', '_'}};
enum { NFORMATS = sizeof FORMATS / sizeof *FORMATS };

typedef struct rich_tally {
	size_t right, pointed, zeros, too_long, behind; /* behind: with a currency at the end */
	slice unit, other_unit;
} rich_tally;

static rich_tally count_rich(const slice *cells, size_t n, const number_format *f) {
	rich_tally t = {0};
	for (size_t i = 0; i < n; i++) {
		number v;
		slice s = slice_trim(cells[i]);
		if (absent(s)) continue;
		if (!number_rich(s, f, &v) && !number_rich(number_without_note(s, false), f, &v)) continue;
		t.right++;
		t.behind += v.currency_behind, t.pointed += v.point, t.zeros += v.zeros, t.too_long += v.too_long;
		if (!t.unit.n)
			t.unit = v.unit;
		else if (v.unit.n && !t.other_unit.n && !slice_eq(v.unit, t.unit))
			t.other_unit = v.unit;
	}
	return t;
}

/* Where all points of 1.234 € may be of thousands, as who writes the currency behind means them. */
static void judge_rich_points(const slice *cells, size_t n, const rich_tally *points, guess *g) {
	const number_format thousands = {',', '.'};
	if (g->numbers.decimal != '.' || g->numbers.group || !points->pointed) return;
	rich_tally t = count_rich(cells, n, &thousands);
	if (t.right < points->right || t.pointed) return;
	g->open = '.';
	if (t.behind) g->numbers = thousands;
}

/* The format that reads most cells; the first of equals, but for 1,234 where commas are known to be decimal marks. */
static rich_tally best_format(const slice *cells, size_t n, bool comma_decimal, guess *g) {
	rich_tally best = {0};
	for (size_t i = 0; i < NFORMATS; i++) {
		rich_tally t = count_rich(cells, n, &FORMATS[i]);
		if (t.right > best.right) best = t, g->numbers = FORMATS[i];
	}
	judge_rich_points(cells, n, &best, g);
	if (g->open && g->numbers.group) return count_rich(cells, n, &g->numbers);
	if (g->numbers.decimal != '.' || g->numbers.group != ',' || best.pointed) return best;
	number_format comma = {',', 0};
	rich_tally other = count_rich(cells, n, &comma);
	if (other.right < best.right) return best;
	g->open = ',';
	if (!comma_decimal) return best;
	g->numbers = comma;
	return other;
}

bool infer_other_format(slice cell, bool comma_decimal, guess *g) {
	const number_format now = g->numbers, comma = {',', 0};
	number v;
	for (size_t i = 0; i < NFORMATS; i++) {
		number_format f = FORMATS[i];
		bool as_before =
		    (!now.group || f.group == now.group) && (g->kind == KIND_INT || f.decimal == now.decimal);
		if (!as_before || !number_rich(cell, &f, &v)) continue;
		bool open = g->kind == KIND_INT && f.group == ',' && number_rich(cell, &comma, &v);
		if (open) g->open = ',';
		g->numbers = open && comma_decimal ? comma : f;
		return true;
	}
	return false;
}

enum openness openness_of(slice s, char mark) {
	s = slice_sub(s, s.n && (s.p[0] == '-' || s.p[0] == '+'), s.n);
	bool marked = s.n >= 5 && s.n <= 7 && s.p[s.n - 4] == mark;
	if (!s.n || (!marked && s.n > 3) || (s.p[0] == '0' && s.n > 1)) return OPEN_NOT;
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] < '0' || s.p[i] > '9') && !(marked && i == s.n - 4)) return OPEN_NOT;
	return marked ? OPEN_MARK : s.p[0] == '0' ? OPEN_ZERO : OPEN_WHOLE;
}

/* Where no cell shows what the points are, whole numbers among them make them marks of thousands. */
static void judge_points(const slice *cells, size_t n, guess *g) {
	size_t seen[OPEN_MARK + 1] = {0};
	for (size_t i = 0; i < n; i++) {
		slice s = slice_trim(cells[i]);
		if (!absent(s)) seen[openness_of(s, '.')]++;
		if (seen[OPEN_NOT]) return;
	}
	if (!seen[OPEN_MARK]) return;
	g->open = '.';
	if (seen[OPEN_WHOLE]) g->kind = KIND_INT, g->numbers = (number_format){',', '.'};
}

/* One letter may as well be a part of a name: seats 12A and 12B. */
static bool is_clear_unit(slice unit) {
	return unit.n > 1 || (unit.n && !((unit.p[0] | 32) >= 'a' && (unit.p[0] | 32) <= 'z'));
}

void tell_units(guess *g, slice a, slice b) {
	if (!is_clear_unit(a) && !is_clear_unit(b)) return;
	err_copy_text(g->units[0], UNIT_BYTES, a);
	err_copy_text(g->units[1], UNIT_BYTES, b);
}

static bool all_bool(const slice *cells, size_t n, size_t filled) {
	size_t first = NPAIRS, seen[2] = {0}, longest = 0;
	for (size_t i = 0; i < n; i++) {
		slice s = slice_trim(cells[i]);
		size_t pair;
		int v = absent(s) ? -2 : bool_word(s, &pair);
		if (v == -2) continue;
		if (v < 0) return false;
		if (first == NPAIRS && v == 1) first = pair;
		if (v == 1 && pair != first) return false;
		seen[v]++;
		if (s.n > longest) longest = s.n;
	}
	if (!filled || (seen[0] + seen[1]) != filled) return false;
	return longest > 2 || (seen[0] && seen[1]);
}

typedef struct time_tally {
	size_t right, days_first, months_first, open, part;
	char mark;
} time_tally;

static time_tally count_times(const slice *cells, size_t n, enum moment_order order, bool compact) {
	time_tally t = {0};
	for (size_t i = 0; i < n; i++) {
		moment m;
		slice s = slice_trim(cells[i]);
		if (absent(s) || !moment_parse(s, order, compact, &m)) continue;
		t.right++;
		t.days_first += m.day_first, t.months_first += m.month_first, t.open += m.open, t.part += m.part;
		if (!t.mark) t.mark = m.mark;
	}
	return t;
}

static size_t guess_order(const slice *cells, size_t n, guess *g) {
	time_tally dmy = count_times(cells, n, ORDER_DMY, g->compact),
		   mdy = count_times(cells, n, ORDER_MDY, g->compact),
		   ymd = count_times(cells, n, ORDER_YMD, g->compact);
	size_t best = dmy.right > mdy.right ? dmy.right : mdy.right;
	if (ymd.right > best) return g->order = ORDER_YMD, g->order_shown = true, ymd.right;
	g->order_shown = dmy.right != mdy.right || !dmy.open;
	if (dmy.right != mdy.right)
		g->order = dmy.right > mdy.right ? ORDER_DMY : ORDER_MDY;
	else
		g->order = dmy.mark == '/' ? ORDER_MDY : ORDER_DMY;
	return best;
}

static bool name_has_part(slice name, const char *const *parts, size_t n) {
	for (size_t w = 0; w < n; w++)
		for (size_t i = 0; i + strlen(parts[w]) <= name.n; i++)
			if (slice_eq_nocase((slice){name.p + i, strlen(parts[w])}, slice_of(parts[w]))) return true;
	return false;
}

static bool name_is_month(slice name) {
	static const char *const PARTS[] = {"month", "period", "yyyymm", "monat", "mois", "mes", "maand", "date"};
	return name_has_part(name, PARTS, sizeof PARTS / sizeof *PARTS);
}

/* Cells of so many digits that are all dates of this age; a month alone is one under a name for it. */
static bool all_compact_dates(const slice *cells, size_t n, slice name, size_t filled) {
	bool months = name_is_month(name);
	for (size_t i = 0; i < n; i++) {
		moment m;
		slice s = slice_trim(cells[i]);
		if (absent(s)) continue;
		if (!is_compact_length(s.n) || (s.n == 6 && !months) || !moment_parse(s, ORDER_YMD, true, &m))
			return false;
		if (memcmp(s.p, "19", 2) != 0 && memcmp(s.p, "20", 2) != 0) return false;
	}
	return filled >= 2;
}

static bool name_is_span(slice name) {
	static const char *const PARTS[] = {"duration", "elapsed", "length", "runtime", "run_time",
					    "lap",      "delay",   "dauer",  "pace",    "uptime"};
	return name_has_part(name, PARTS, sizeof PARTS / sizeof *PARTS);
}

bool name_is_version(slice name) {
	name_words words;
	if (name.n < strlen("version")) return false;
	name_split(name, &words);
	return name_has(&words, "version versions");
}

/* Durations, unless they are times of a day. */
static size_t count_durations(const slice *cells, size_t n, slice name) {
	size_t right = 0, clocks = 0;
	for (size_t i = 0; i < n; i++) {
		int64_t us;
		slice s = slice_trim(cells[i]);
		if (absent(s) || !duration_parse(s, &us)) continue;
		right++;
		clocks += is_clock(s);
	}
	return clocks == right && !name_is_span(name) ? 0 : right;
}

static inline bool is_code(slice s) {
	return s.n == 2 && s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] >= 'A' && s.p[1] <= 'Z' && !slice_is(s, "NA");
}

static bool is_capitals(slice s) {
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 'A' || s.p[i] > 'Z') return false;
	return s.n > 1 && !slice_is(s, "NA");
}

static bool is_sign(slice s) {
	return s.n == 1 && strchr("+-=<>~.", s.p[0]);
}

/* What a text column's cells are like, by most of them; signs, by all. */
typedef struct looks {
	size_t filled, codes, capitals, signs;
} looks;

static inline void look(looks *l, slice s) {
	l->filled += s.n > 0;
	if (s.n == 1) l->signs += is_sign(s);
	if (s.n < 2 || s.p[1] < 'A' || s.p[1] > 'Z') return;
	l->codes += is_code(s), l->capitals += is_capitals(s);
}

static void conclude(const looks *l, guess *g) {
	g->codes = l->codes * 2 > l->filled;
	g->capitals = l->capitals * 2 > l->filled;
	g->signs = l->filled && l->signs == l->filled;
}

/* Whether the byte in question of eight is a digit: the highest bit of each. */
static uint64_t digits_of(const char *p) {
	const uint64_t each = 0x0101010101010101u;
	uint64_t v;
	memcpy(&v, p, 8);
	v ^= each * '0';
	return ~(v | ((v & each * 0x7f) + each * (0x80 - 10))) & each * 0x80;
}

static bool has_digit(slice s) {
	if (s.n < 8) {
		bool any = false;
		for (size_t i = 0; i < s.n; i++) any |= s.p[i] >= '0' && s.p[i] <= '9';
		return any;
	}
	uint64_t any = digits_of(s.p + s.n - 8);
	for (size_t i = 0; i + 8 < s.n; i += 8) any |= digits_of(s.p + i);
	return any != 0;
}

/* The bits of the first n of eight bytes. */
static inline uint64_t first_bytes(size_t n) {
	return n < 8 ? (1ull << 8 * n) - 1 : ~0ull;
}

/* has_digit where bytes up to `end` can be read: without a branch on the length, which is as good as random. */
static inline bool has_digit_before(slice s, const char *end) {
	if (s.n > 16 || end - s.p < 16) return has_digit(s);
	return (digits_of(s.p) & first_bytes(s.n)) | (digits_of(s.p + 8) & first_bytes(s.n > 8 ? s.n - 8 : 0));
}

bool infer_words(const batch *b, size_t k, size_t rows, guess *g) {
	uint32_t flags;
	size_t pair;
	looks seen = {0};
	slice first = slice_trim(batch_cell(b, 0, k, &flags));
	if (absent(first) || starts_number(first.p[0]) || bool_word(first, &pair) >= 0) return false;
	for (size_t i = 0; i < rows; i++) {
		slice s = batch_cell(b, i, k, &flags);
		if (flags & CELL_CODED || has_digit_before(s, b->text.p + b->text.n)) return false;
		look(&seen, s);
	}
	*g = (guess){.kind = KIND_TEXT, .numbers = {'.', 0}};
	conclude(&seen, g);
	return true;
}

/* Keeps the cells that hold a digit and are not missing: only they can be numbers or times. */
static size_t with_digits(const slice *cells, size_t n, slice *to) {
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		slice s = slice_trim(cells[i]);
		if (s.n <= MOMENT_LONGEST && has_digit(s) && !is_missing_word(s)) to[k++] = s;
	}
	return k;
}

/* 2008-09, 2009-10 … are two years each, where no cell shows a month. */
static bool all_seasons(const slice *cells, size_t n) {
	bool differ = false;
	for (size_t i = 0; i < n; i++) {
		slice s = cells[i];
		if (s.n != 7 || s.p[4] != '-') return false;
		int first = (s.p[2] - '0') * 10 + s.p[3] - '0', second = (s.p[5] - '0') * 10 + s.p[6] - '0';
		if ((first + 1) % 100 != second) return false;
		differ |= !slice_eq(s, cells[0]);
	}
	return differ;
}

guess infer_column(const slice *cells, size_t n, slice name, bool comma_decimal) {
	guess g = {.kind = KIND_TEXT, .numbers = {'.', 0}};
	tally_of t = count_plain(cells, n);
	if (!t.filled) return g.kind = KIND_EMPTY, g;
	size_t half = t.filled - t.filled / 2;
	if (all_bool(cells, n, t.filled)) return g.kind = KIND_BOOL, g;
	if (t.dates == t.filled) return g.kind = KIND_TIME, g.order = ORDER_YMD, g;
	if (t.ints == t.filled && all_compact_dates(cells, n, name, t.filled))
		return g.kind = KIND_TIME, g.compact = true, g.order = ORDER_YMD, g.order_shown = true, g;
	if (t.ints == t.filled) return g.kind = KIND_INT, g;
	if (t.ints + t.floats == t.filled && t.floats) {
		if (name_is_version(name)) return g;
		g.kind = KIND_FLOAT;
		return judge_points(cells, n, &g), g;
	}
	looks seen = {0};
	for (size_t i = 0; i < n; i++) look(&seen, cells[i]);
	conclude(&seen, &g);
	slice some[INFER_CELLS];
	size_t digits = with_digits(cells, n < INFER_CELLS ? n : INFER_CELLS, some);
	if (digits * 2 < (t.filled < INFER_CELLS ? t.filled : INFER_CELLS) && n <= INFER_CELLS) return g;
	rich_tally rich = best_format(some, digits, comma_decimal, &g);
	size_t times = guess_order(some, digits, &g), spans = count_durations(some, digits, name);
	bool mixed = rich.other_unit.n > 0;
	bool numbers = rich.right >= half && !mixed && !rich.zeros && !rich.too_long;
	if (all_seasons(some, digits)) return g;
	if (times >= half && times >= rich.right) return g.kind = KIND_TIME, g;
	if (spans >= half && (spans > rich.right || mixed)) return g.kind = KIND_DURATION, g;
	if (numbers && !rich.pointed) return g.kind = KIND_INT, g;
	if (numbers) return g.kind = t.ints + t.floats < rich.right ? KIND_RICH : KIND_FLOAT, g;
	if (mixed && rich.right >= half) tell_units(&g, rich.unit, rich.other_unit);
	return g;
}
