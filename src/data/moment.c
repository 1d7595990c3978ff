#include "data/moment.h"

#include "data/months.h"

enum { US = 1000000 };
static const int64_t DAY_US = 86400ll * US;

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
	return ((c | 32) >= 'a' && (c | 32) <= 'z') || (unsigned char)c >= 0x80;
}

int64_t days_of(int64_t y, unsigned m, unsigned d) {
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * ((int64_t)m + (m > 2 ? -3 : 9)) + 2) / 5 + (int64_t)d - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

void date_of(int64_t days, int64_t *year, unsigned *month, unsigned *day) {
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*year = yoe + era * 400 + (*month <= 2);
}

static unsigned month_length(int64_t y, unsigned m) {
	static const unsigned char DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	return m == 2 && leap ? 29 : DAYS[m - 1];
}

static bool make_date(int64_t y, unsigned m, unsigned d, moment *out) {
	if (y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 || d > month_length(y, m)) return false;
	out->us = days_of(y, m, d) * DAY_US;
	return true;
}

/* A place in the cell while it is read. */
typedef struct cursor {
	const char *p, *end;
} cursor;

static bool take(cursor *c, char what) {
	if (c->p >= c->end || *c->p != what) return false;
	return c->p++, true;
}

static void spaces(cursor *c) {
	while (take(c, ' ')) {}
}

/* One to `most` digits; how many there were, 0 for none. */
static unsigned take_number(cursor *c, unsigned most, uint64_t *out) {
	unsigned n = 0;
	for (*out = 0; n < most && c->p < c->end && is_digit(*c->p); n++) *out = *out * 10 + (uint64_t)(*c->p++ - '0');
	return n;
}

static bool take_fraction(cursor *c, int64_t *us) {
	if (c->p + 1 >= c->end || (*c->p != '.' && *c->p != ',') || !is_digit(c->p[1])) return true;
	c->p++;
	int64_t unit = US / 10;
	for (; c->p < c->end && is_digit(*c->p); c->p++, unit /= 10) *us += (*c->p - '0') * unit;
	return true;
}

static bool take_word(cursor *c, const char *word) {
	slice left = {c->p, (size_t)(c->end - c->p)}, w = slice_of(word);
	if (!slice_eq_nocase(slice_sub(left, 0, w.n), w)) return false;
	c->p += w.n;
	return true;
}

/* YYYYMM, YYYYMMDD, and with HHMM or HHMMSS behind it, are so long. */
enum { MONTH_DIGITS = 6, DATE_DIGITS = 8, MINUTE_DIGITS = 12, SECOND_DIGITS = 14 };

static unsigned digits_ahead(const cursor *c) {
	unsigned n = 0;
	while (c->p + n < c->end && is_digit(c->p[n])) n++;
	return n;
}

/* am and pm in their spellings: 1, 2, or 0 for none. */
static int take_half(cursor *c) {
	cursor at = *c;
	spaces(&at);
	int half = take_word(&at, "a.m.") || take_word(&at, "am") || take_word(&at, "a. m.")   ? 1
		   : take_word(&at, "p.m.") || take_word(&at, "pm") || take_word(&at, "p. m.") ? 2
											       : 0;
	if (half) *c = at;
	return half;
}

/* HH:MM[:SS[.f]] with colons, with points, with an h, or without any (ISO 8601), or, with am or pm, HH. */
static bool take_clock(cursor *c, int64_t *us) {
	uint64_t h, m = 0, s = 0;
	int64_t sub = 0;
	unsigned together = digits_ahead(c);
	bool bare = together == MINUTE_DIGITS - DATE_DIGITS || together == SECOND_DIGITS - DATE_DIGITS;
	if (!take_number(c, 2, &h)) return false;
	char mark = c->p < c->end ? *c->p : '\0';
	bool parted = mark && strchr(":.h", mark) && take(c, mark);
	bool minutes = (bare || parted) && take_number(c, 2, &m) == 2;
	bool seconds = minutes && (bare ? together == SECOND_DIGITS - DATE_DIGITS : take(c, mark));
	if (seconds && (take_number(c, 2, &s) != 2 || !take_fraction(c, &sub))) return false;
	int half = take_half(c);
	if (!minutes && !half) return false;
	if (half && (h < 1 || h > 12)) return false;
	if (half) h = h % 12 + (half == 2 ? 12 : 0);
	if (h > 24 || m > 59 || s > 60 || (h == 24 && (m || s))) return false;
	*us = (int64_t)(h * 3600 + m * 60 + s) * US + sub;
	return true;
}

static bool take_offset(cursor *c, int64_t *us) {
	bool west = *c->p == '-';
	c->p++;
	uint64_t h, m = 0;
	if (take_number(c, 2, &h) != 2) return false;
	bool colon = take(c, ':');
	if (take_number(c, 2, &m) != 2 && colon) return false;
	if (h > 15 || m > 59) return false;
	int64_t off = (int64_t)(h * 60 + m) * 60 * US;
	*us -= west ? -off : off;
	return true;
}

/* Names of zones that mean one thing (RFC 5322, 4.3, and the civil zones of Europe and Japan). */
static bool take_zone_name(cursor *c, int64_t *us) {
	static const struct {
		const char *name;
		int hours;
	} ZONES[] = {{"EST", -5},  {"EDT", -4},  {"CST", -6},  {"CDT", -5}, {"MST", -7}, {"MDT", -6},
		     {"PST", -8},  {"PDT", -7},  {"CEST", 2},  {"CET", 1},  {"EEST", 3}, {"EET", 2},
		     {"MSK", 3},   {"JST", 9},   {"BST", 1},   {"WEST", 1}, {"WET", 0},  {"AEST", 10},
		     {"AEDT", 11}, {"NZST", 12}, {"NZDT", 13}, {"KST", 9},  {"HKT", 8}};
	for (size_t i = 0; i < sizeof ZONES / sizeof *ZONES; i++) {
		if (!take_word(c, ZONES[i].name)) continue;
		*us -= ZONES[i].hours * 3600ll * US;
		return true;
	}
	return false;
}

/* The end, but for a zone's name that is there again: [Europe/Berlin], (CET). */
static bool at_end(const cursor *c) {
	cursor at = *c;
	spaces(&at);
	if (at.p == at.end) return true;
	return (*at.p == '[' && at.end[-1] == ']') || (*at.p == '(' && at.end[-1] == ')');
}

static bool take_zone(cursor *c, moment *out) {
	spaces(c);
	if (take_word(c, "Uhr")) spaces(c);
	if (c->p == c->end) return true;
	out->zone = true;
	if (take_zone_name(c, &out->us)) return at_end(c);
	if (take_word(c, "UTC") || take_word(c, "GMT") || take_word(c, "Z")) {
		if (at_end(c)) return true;
		if (*c->p != '+' && *c->p != '-') return false;
	}
	return (*c->p == '+' || *c->p == '-') && take_offset(c, &out->us) && at_end(c);
}

static bool take_time_of_day(cursor *c, moment *out) {
	int64_t us;
	while (c->p < c->end && (*c->p == ' ' || *c->p == ',' || *c->p == '@')) c->p++;
	if (c->p == c->end) return true;
	if (*c->p == 'Z' || *c->p == '+') return take_zone(c, out);
	if (!take_clock(c, &us)) return false;
	out->clock = true, out->us += us;
	return take_zone(c, out);
}

/* YYYY-MM-, eight bytes at once: what is left of a digit is at most 9, of a mark 0. */
static bool starts_iso(const char *p) {
	uint64_t v, form, most, high = 0x8080808080808080u;
	memcpy(&v, p, 8);
	memcpy(&form, "0000-00-", 8);
	memcpy(&most, "\x76\x76\x76\x76\x7f\x76\x76\x7f", 8); /* 127 less that */
	v ^= form;
	return !((v | (v + most)) & high);
}

bool moment_iso(const char *p, size_t n, moment *out) {
	*out = (moment){.mark = '-'};
	if (n < 10 || !starts_iso(p) || !is_digit(p[8]) || !is_digit(p[9])) return false;
	unsigned y = (unsigned)((p[0] - '0') * 1000 + (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0'));
	unsigned m = (unsigned)((p[5] - '0') * 10 + (p[6] - '0')), d = (unsigned)((p[8] - '0') * 10 + (p[9] - '0'));
	if (!make_date(y, m, d, out)) return false;
	if (n == 10) return true;
	if (p[10] != 'T' && p[10] != ' ' && p[10] != 't') return false;
	cursor c = {p + 11, p + n};
	return c.p < c.end && is_digit(*c.p) && take_time_of_day(&c, out);
}

typedef struct part {
	uint64_t value;
	unsigned digits; /* 0: a month's name */
} part;

static void skip_ordinal(cursor *c) {
	cursor at = *c;
	if (at.p == at.end || !is_letter(*at.p)) return;
	if (take_word(&at, "st") || take_word(&at, "nd") || take_word(&at, "rd") || take_word(&at, "th") ||
	    take_word(&at, "er") || take_word(&at, "º"))
		if (at.p == at.end || !is_letter(*at.p)) *c = at;
}

/* What may stand between the parts of a date; the first byte, or 0 when there is nothing. */
static char take_mark(cursor *c) {
	static const char *const CJK[] = {"年", "月", "日", "년", "월", "일"}; /* year, month, day */
	bool ascii = c->p < c->end && (unsigned char)*c->p < 0x80;
	for (size_t i = 0; !ascii && i < sizeof CJK / sizeof *CJK; i++)
		if (take_word(c, CJK[i])) return spaces(c), 'y';
	char mark = '\0';
	while (c->p < c->end && *c->p && strchr("-/., ", *c->p)) {
		if (!mark || mark == ' ') mark = *c->p;
		c->p++;
	}
	if (mark == ' ' && (take_word(c, "de ") || take_word(c, "of "))) spaces(c);
	return mark;
}

static bool take_part(cursor *c, part *out) {
	if (c->p < c->end && is_digit(*c->p)) {
		cursor at = *c;
		out->digits = take_number(&at, 8, &out->value);
		bool clock = at.p < at.end && *at.p == ':' && out->digits <= 2;
		if (clock || (at.p < at.end && is_digit(*at.p))) return false; /* the time of day */
		*c = at;
		skip_ordinal(c);
		return true;
	}
	size_t n = 0;
	unsigned month = month_named((slice){c->p, (size_t)(c->end - c->p)}, &n);
	if (!month) return false;
	*out = (part){month, 0};
	c->p += n;
	return true;
}

static int64_t full_year(const part *p, moment *out) {
	if (p->digits > 2) return (int64_t)p->value;
	out->short_year = true;
	return (int64_t)(p->value < 69 ? 2000 + p->value : 1900 + p->value);
}

static bool with_name(const part *p, moment *out) {
	size_t name = p[0].digits == 0 ? 0 : p[1].digits == 0 ? 1 : 2;
	const part *a = name == 0 ? &p[1] : &p[0], *b = name == 2 ? &p[1] : &p[2];
	bool year_first = a->digits > 2 || a->value > 31;
	const part *day = year_first ? b : a, *year = year_first ? a : b;
	if (day->digits > 2 || (year->digits != 2 && year->digits < 4)) return false;
	return make_date(full_year(year, out), (unsigned)p[name].value, (unsigned)day->value, out);
}

static bool in_order(const part *p, enum moment_order order, moment *out) {
	if (p[2].digits == 3 || p[2].digits > 4 || p[0].digits > 2 || p[1].digits > 2) return false;
	if ((order == ORDER_YMD ? p[0].digits : p[2].digits) == 1) return false; /* 1.2.3 is a version */
	if (order == ORDER_YMD && p[2].digits <= 2)
		return make_date(full_year(&p[0], out), (unsigned)p[1].value, (unsigned)p[2].value, out);
	uint64_t a = p[0].value, b = p[1].value;
	out->day_first = a > 12 && b <= 12;
	out->month_first = b > 12 && a <= 12;
	out->open = !out->day_first && !out->month_first && a != b;
	bool day = order == ORDER_DMY;
	return make_date(full_year(&p[2], out), (unsigned)(day ? b : a), (unsigned)(day ? a : b), out);
}

static bool three_parts(const part *p, enum moment_order order, moment *out) {
	if (!p[0].digits || !p[1].digits || !p[2].digits) return with_name(p, out);
	if (p[0].digits == 4)
		return p[1].digits <= 2 && p[2].digits <= 2 &&
		       make_date((int64_t)p[0].value, (unsigned)p[1].value, (unsigned)p[2].value, out);
	return in_order(p, order, out);
}

/* A month of a year: 2024-05, 05/2024, May 2024, May-24. */
static bool two_parts(const part *p, moment *out) {
	const part *year = p[0].digits == 4 ? &p[0] : &p[1], *month = year == p ? &p[1] : &p[0];
	out->part = true;
	if (month->digits > 2 || (year->digits != 4 && (month->digits || year->digits != 2))) return false;
	if (month->digits && year->digits == 4 && out->mark == '.') return false; /* 12.2024 is a number */
	if (month->digits && year == p && month->digits != 2 && out->mark != 'y') return false;
	if (year->digits == 4 && (year->value < 1000 || year->value > 2999)) return false;
	return make_date(full_year(year, out), (unsigned)month->value, 1, out);
}

static bool whole_number(const part *p, moment *out) {
	out->part = p->digits == MONTH_DIGITS;
	if (out->part) return make_date((int64_t)(p->value / 100), (unsigned)(p->value % 100), 1, out);
	return p->digits == DATE_DIGITS && make_date((int64_t)(p->value / 10000), (unsigned)(p->value / 100 % 100),
						     (unsigned)(p->value % 100), out);
}

/* 2024Q1, 2024-Q1, Q1 2024, 2024-W05, 2024-W05-1. */
static bool quarter_or_week(cursor c, moment *out) {
	uint64_t year = 0, number = 0, day = 1;
	char kind;
	unsigned n = take_number(&c, 4, &year);
	if (n && n != 4) return false;
	if (n && !take(&c, '-')) spaces(&c);
	if (c.p >= c.end || !strchr("QqWw", kind = *c.p)) return false;
	c.p++;
	kind = (char)(kind & ~32);
	if (!take_number(&c, 2, &number)) return false;
	if (!n) {
		if (!take(&c, '-') && !take(&c, '/')) spaces(&c);
		if (kind != 'Q' || take_number(&c, 4, &year) != 4) return false;
	}
	bool with_day = kind == 'W' && take(&c, '-');
	if (with_day && (take_number(&c, 1, &day) != 1 || day < 1 || day > 7)) return false;
	if (c.p != c.end || !number || number > (kind == 'Q' ? 4 : 53)) return false;
	out->part = !with_day;
	if (kind == 'Q') return make_date((int64_t)year, (unsigned)(number * 3 - 2), 1, out);
	int64_t fourth = days_of((int64_t)year, 1, 4); /* in week 1 (ISO 8601) */
	out->us = (fourth - (fourth + 3) % 7 + ((int64_t)number - 1) * 7 + (int64_t)day - 1) * DAY_US;
	return year >= 1;
}

/* Jan 31 10:00:00 [CET ]2024, as ctime(3) and date(1) write it: the year goes before the clock. */
static slice year_before_clock(slice s, char room[MOMENT_LONGEST]) {
	enum { YEAR = 5 }; /* with the space before it */
	size_t clock = slice_find(s, ':'), n = s.n;
	if (n < YEAR || clock + YEAR >= n || s.p[n - YEAR] != ' ') return s;
	cursor year = {s.p + n - YEAR + 1, s.p + n};
	while (clock && s.p[clock - 1] != ' ') clock--;
	if (!clock || digits_ahead(&year) != YEAR - 1) return s;
	memcpy(room, s.p, clock);
	memcpy(room + clock, year.p, YEAR - 1);
	room[clock + YEAR - 1] = ' ';
	memcpy(room + clock + YEAR, s.p + clock, n - YEAR - clock);
	return (slice){room, n};
}

/* YYYYMMDDHHMM or YYYYMMDDHHMMSS. */
static bool digits_alone(slice s, moment *out) {
	cursor date = {s.p, s.p + DATE_DIGITS}, clock = {s.p + DATE_DIGITS, s.p + s.n};
	part p;
	int64_t us;
	if (!take_part(&date, &p) || !whole_number(&p, out) || !take_clock(&clock, &us)) return false;
	return out->clock = true, out->us += us, true;
}

bool moment_parse(slice cell, enum moment_order order, bool compact, moment *out) {
	char room[MOMENT_LONGEST];
	slice s = slice_trim(cell);
	if (moment_iso(s.p, s.n, out)) return true;
	*out = (moment){0};
	if (s.n < 4 || s.n > MOMENT_LONGEST) return false;
	if (s.p[0] == '[' && s.p[s.n - 1] == ']') s = slice_sub(s, 1, s.n - 2); /* a web server's log */
	cursor c = {s.p, s.p + s.n};
	if (quarter_or_week(c, out)) return true;
	*out = (moment){0};
	unsigned digits = digits_ahead(&c);
	if (digits == s.n && (digits == MINUTE_DIGITS || digits == SECOND_DIGITS))
		return compact && digits_alone(s, out);
	size_t month;
	if (!digits) s = year_before_clock(s, room), c = (cursor){s.p, s.p + s.n};
	if (!digits && !month_named(s, &month)) c.p += weekday_at(s);
	while (c.p < c.end && (*c.p == ',' || *c.p == ' ' || *c.p == '.')) c.p++;
	part parts[3];
	size_t n = 0;
	cursor before = c;
	while (n < 3 && take_part(&c, &parts[n])) {
		before = c;
		char mark = take_mark(&c);
		if (!n++) out->mark = mark;
		if (!mark && (c.p == c.end || is_digit(c.p[-1]) == is_digit(*c.p))) break; /* 31JAN2024 needs none */
	}
	if (n < 3 && c.p < c.end) c = before;
	bool date = n == 3   ? three_parts(parts, order, out)
		    : n == 2 ? two_parts(parts, out)
			     : n == 1 && (compact || (c.p < c.end && parts[0].digits == DATE_DIGITS)) &&
				   whole_number(parts, out);
	if (!date) return false;
	if (c.p < c.end && (*c.p == 'T' || *c.p == 't' || *c.p == ':')) c.p++;
	return take_time_of_day(&c, out);
}

bool is_clock(slice cell) {
	slice s = slice_trim(cell);
	cursor c = {s.p, s.p + s.n};
	int64_t us;
	return s.n >= 4 && take_clock(&c, &us) && c.p == c.end;
}

/* [-][D days ]H:MM[:SS[.f]] with any number of hours, or M:SS.f. */
static bool colons(slice s, int64_t *us) {
	cursor c = {s.p, s.p + s.n};
	bool minus = take(&c, '-');
	uint64_t a, m, sec = 0, days = 0;
	int64_t sub = 0;
	if (!take_number(&c, 6, &a)) return false;
	cursor at = c;
	spaces(&at);
	if (take_word(&at, "days") || take_word(&at, "day") || take_word(&at, "d")) {
		days = a;
		while (at.p < at.end && (*at.p == ',' || *at.p == ' ')) at.p++;
		if (at.p == at.end) return *us = (int64_t)days * DAY_US * (minus ? -1 : 1), true;
		if (!take_number(&at, 6, &a)) return false;
		c = at;
	}
	if (!take(&c, ':') || take_number(&c, 2, &m) != 2 || m > 59) return false;
	bool whole = take(&c, ':');
	if (whole && (take_number(&c, 2, &sec) != 2 || sec > 59)) return false;
	const char *point = c.p;
	if (!take_fraction(&c, &sub) || c.p != c.end) return false;
	if (!whole && c.p > point)
		sec = m, m = a, a = 0; /* a fraction is one of seconds: 1:57.26 is below two minutes */
	*us = ((int64_t)((days * 24 + a) * 3600 + m * 60 + sec) * US + sub) * (minus ? -1 : 1);
	return true;
}

/* A number and a unit, once or more: 1h 30m, 90 min, PT1H30M, 2 days 3 hours. */
static bool units(slice s, int64_t *us) {
	static const struct {
		const char *name;
		int64_t us;
	} UNITS[] = {{"microseconds", 1},
		     {"milliseconds", 1000},
		     {"seconds", US},
		     {"second", US},
		     {"secs", US},
		     {"sec", US},
		     {"minutes", 60ll * US},
		     {"minute", 60ll * US},
		     {"mins", 60ll * US},
		     {"min", 60ll * US},
		     {"hours", 3600ll * US},
		     {"hour", 3600ll * US},
		     {"hrs", 3600ll * US},
		     {"hr", 3600ll * US},
		     {"days", 86400ll * US},
		     {"day", 86400ll * US},
		     {"weeks", 7 * 86400ll * US},
		     {"week", 7 * 86400ll * US},
		     {"ms", 1000},
		     {"us", 1},
		     {"s", US},
		     {"m", 60ll * US},
		     {"h", 3600ll * US},
		     {"d", 86400ll * US},
		     {"w", 7 * 86400ll * US}};
	cursor c = {s.p, s.p + s.n};
	bool iso = take(&c, 'P'), any = false;
	for (*us = 0; c.p < c.end; any = true) {
		if (iso) take(&c, 'T');
		uint64_t v;
		int64_t sub = 0;
		if (!take_number(&c, 9, &v) || !take_fraction(&c, &sub)) return false;
		spaces(&c);
		size_t k = 0;
		while (k < sizeof UNITS / sizeof *UNITS && !take_word(&c, UNITS[k].name)) k++;
		if (k == sizeof UNITS / sizeof *UNITS || (c.p < c.end && is_letter(*c.p) && !iso)) return false;
		int64_t whole;
		if (__builtin_mul_overflow((int64_t)v, UNITS[k].us, &whole)) return false;
		int64_t rest = (int64_t)((double)sub / US * (double)UNITS[k].us + 0.5);
		if (__builtin_add_overflow(*us, whole, us) || __builtin_add_overflow(*us, rest, us)) return false;
		while (c.p < c.end && (*c.p == ' ' || *c.p == ',')) c.p++;
	}
	return any;
}

bool duration_parse(slice cell, int64_t *us) {
	slice s = slice_trim(cell);
	return s.n && s.n < 48 && (colons(s, us) || units(s, us));
}
