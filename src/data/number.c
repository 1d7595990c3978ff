#include "data/number.h"

#include "data/float.h"

enum { DIGITS_OF_INT64 = 18 };

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

bool number_int(const char *p, size_t n, int64_t *out) {
	bool minus = n && *p == '-';
	p += minus, n -= minus;
	if (!n || n > DIGITS_OF_INT64 || (n > 1 && *p == '0')) return false;
	uint64_t v = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned digit = (unsigned char)p[i] - '0';
		if (digit > 9) return false;
		v = v * 10 + digit;
	}
	*out = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

/* What is beyond all doubles is no amount, but a name: 98e1234. */
static bool parse(const char *p, size_t n, double *out) {
	return float_parse(p, n, '.', out) && *out - *out == 0;
}

bool number_float(const char *p, size_t n, double *out) {
	return parse(p, n, out);
}

#define WORD(text)                                                                                                     \
	{ text, sizeof(text) - 1 }

/* Currency signs and codes, and the units that are stuck to numbers; longest first where one starts another. */
static const slice SIGNS[] = {WORD("US$"),
			      WORD("A$"),
			      WORD("C$"),
			      WORD("R$"),
			      WORD("CA$"),
			      WORD("AU$"),
			      WORD("NZ$"),
			      WORD("HK$"),
			      WORD("S$"),
			      WORD("$"),
			      WORD("\xe2\x82\xac"),
			      WORD("\xc2\xa3"),
			      WORD("\xc2\xa5"),
			      WORD("\xe2\x82\xb9"),
			      WORD("\xe2\x82\xbd"),
			      WORD("\xe2\x82\xa9"),
			      WORD("\xe2\x82\xba"),
			      WORD("\xe2\x82\xaa"),
			      WORD("\xe2\x82\xab"),
			      WORD("\xe0\xb8\xbf"),
			      WORD("\xe2\x82\xb1"),
			      WORD("\xe2\x82\xa6"),
			      WORD("\xef\xbf\xa5"),
			      WORD("\xc2\xa2"),
			      WORD("Rs."),
			      WORD("Rs"),
			      WORD("kr."),
			      WORD("kr"),
			      WORD("z\xc5\x82"),
			      WORD("K\xc4\x8d"),
			      WORD("Ft")};

/* ISO 4217, without funds, metals and what is no longer paid with. */
static const char CODES[] = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN "
			    "BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD "
			    "FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY "
			    "KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP "
			    "MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR "
			    "RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND "
			    "TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW "
			    "ZWL ";

/* Of the first or last three letters, which are no part of a longer word. */
static size_t currency_code(slice s, bool at_end) {
	enum { CODE = 3 };
	if (s.n <= CODE) return 0;
	const char *p = at_end ? s.p + s.n - CODE : s.p;
	char beside = at_end ? p[-1] : p[CODE];
	if (((beside | 32) >= 'a' && (beside | 32) <= 'z') || p[0] < 'A' || p[0] > 'Z') return 0;
	for (const char *at = CODES; *at; at += CODE + 1)
		if (memcmp(at, p, CODE) == 0) return CODE;
	return 0;
}

/* Bytes of the currency at the start (or end) of s, or 0. */
static size_t currency(slice s, bool at_end) {
	size_t code = currency_code(s, at_end);
	if (code) return code;
	for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++) {
		slice sign = SIGNS[i];
		if (at_end ? slice_ends(s, sign) : slice_starts(s, sign)) return sign.n;
	}
	return 0;
}

/* Space of any width at the start of s: bytes of it, or 0. */
static size_t space_at(slice s) {
	if (!s.n) return 0;
	if ((unsigned char)s.p[0] < 0x80) return s.p[0] == ' ';
	if (slice_starts(s, SLICE("\xc2\xa0"))) return 2;
	static const char *const WIDE[] = {"\xe2\x80\xaf", "\xe2\x80\x89", "\xe2\x80\x8b", "\xef\xbb\xbf"};
	for (size_t i = 0; i < sizeof WIDE / sizeof *WIDE; i++) /* U+202F, U+2009, U+200B, U+FEFF */
		if (slice_starts(s, slice_of(WIDE[i]))) return 3;
	return 0;
}

static size_t space_before(slice s) {
	if (s.n && (unsigned char)s.p[s.n - 1] < 0x80) return s.p[s.n - 1] == ' ';
	for (size_t n = 1; n <= 3 && n <= s.n; n++)
		if (space_at(slice_sub(s, s.n - n, n)) == n) return n;
	return 0;
}

static slice trim_spaces(slice s) {
	size_t n;
	s = slice_trim(s);
	while ((n = space_at(s))) s = slice_sub(s, n, s.n);
	while ((n = space_before(s))) s = slice_sub(s, 0, s.n - n);
	return s;
}

static bool take_minus(slice *s) {
	if (s->n && (s->p[0] == '-' || s->p[0] == '+')) {
		bool minus = s->p[0] == '-';
		*s = trim_spaces(slice_sub(*s, 1, s->n));
		return minus;
	}
	if (slice_starts(*s, SLICE("\xe2\x88\x92")) || slice_starts(*s, SLICE("\xe2\x80\x93"))) { /* U+2212, en dash */
		*s = trim_spaces(slice_sub(*s, 3, s->n));
		return true;
	}
	return false;
}

/* Units that are written right behind a number: SI and its prefixes, the everyday ones, data, time, share. */
static const slice UNITS[] = {WORD("%"),
			      WORD("\xe2\x80\xb0"),
			      WORD("\xc2\xb0"),
			      WORD("\xc2\xb0"
				   "C"),
			      WORD("\xc2\xb0"
				   "F"),
			      WORD("\xc2\xb0"
				   "K"),
			      WORD("K"),
			      WORD("C"),
			      WORD("F"),
			      WORD("kg"),
			      WORD("g"),
			      WORD("mg"),
			      WORD("\xc2\xb5g"),
			      WORD("ug"),
			      WORD("t"),
			      WORD("lb"),
			      WORD("lbs"),
			      WORD("oz"),
			      WORD("st"),
			      WORD("km"),
			      WORD("m"),
			      WORD("cm"),
			      WORD("mm"),
			      WORD("\xc2\xb5m"),
			      WORD("um"),
			      WORD("nm"),
			      WORD("mi"),
			      WORD("ft"),
			      WORD("in"),
			      WORD("yd"),
			      WORD("'"),
			      WORD("\""),
			      WORD("ha"),
			      WORD("ac"),
			      WORD("acres"),
			      WORD("m2"),
			      WORD("m\xc2\xb2"),
			      WORD("km2"),
			      WORD("km\xc2\xb2"),
			      WORD("sqft"),
			      WORD("sqm"),
			      WORD("l"),
			      WORD("L"),
			      WORD("ml"),
			      WORD("mL"),
			      WORD("cl"),
			      WORD("dl"),
			      WORD("hl"),
			      WORD("gal"),
			      WORD("m3"),
			      WORD("m\xc2\xb3"),
			      WORD("s"),
			      WORD("sec"),
			      WORD("ms"),
			      WORD("min"),
			      WORD("mins"),
			      WORD("h"),
			      WORD("hr"),
			      WORD("hrs"),
			      WORD("d"),
			      WORD("days"),
			      WORD("day"),
			      WORD("wk"),
			      WORD("yr"),
			      WORD("yrs"),
			      WORD("years"),
			      WORD("year"),
			      WORD("Hz"),
			      WORD("kHz"),
			      WORD("MHz"),
			      WORD("GHz"),
			      WORD("W"),
			      WORD("kW"),
			      WORD("MW"),
			      WORD("GW"),
			      WORD("TW"),
			      WORD("Wh"),
			      WORD("kWh"),
			      WORD("MWh"),
			      WORD("GWh"),
			      WORD("TWh"),
			      WORD("J"),
			      WORD("kJ"),
			      WORD("MJ"),
			      WORD("GJ"),
			      WORD("kcal"),
			      WORD("cal"),
			      WORD("V"),
			      WORD("kV"),
			      WORD("mV"),
			      WORD("A"),
			      WORD("mA"),
			      WORD("Ah"),
			      WORD("mAh"),
			      WORD("Pa"),
			      WORD("hPa"),
			      WORD("kPa"),
			      WORD("MPa"),
			      WORD("bar"),
			      WORD("mbar"),
			      WORD("psi"),
			      WORD("N"),
			      WORD("kN"),
			      WORD("Nm"),
			      WORD("B"),
			      WORD("kB"),
			      WORD("KB"),
			      WORD("MB"),
			      WORD("GB"),
			      WORD("TB"),
			      WORD("PB"),
			      WORD("KiB"),
			      WORD("MiB"),
			      WORD("GiB"),
			      WORD("TiB"),
			      WORD("bit"),
			      WORD("kbps"),
			      WORD("Mbps"),
			      WORD("Gbps"),
			      WORD("km/h"),
			      WORD("kmh"),
			      WORD("kph"),
			      WORD("mph"),
			      WORD("m/s"),
			      WORD("kn"),
			      WORD("kt"),
			      WORD("kts"),
			      WORD("rpm"),
			      WORD("bpm"),
			      WORD("mpg"),
			      WORD("px"),
			      WORD("pt"),
			      WORD("em"),
			      WORD("dB"),
			      WORD("dBm"),
			      WORD("bps"),
			      WORD("ppm"),
			      WORD("ppb"),
			      WORD("lux"),
			      WORD("lx"),
			      WORD("mol"),
			      WORD("mmol"),
			      WORD("USD"),
			      WORD("EUR"),
			      WORD("GBP"),
			      WORD("pcs"),
			      WORD("pc"),
			      WORD("x"),
			      WORD("k"),
			      WORD("M"),
			      WORD("bn"),
			      WORD("Mio"),
			      WORD("Mio."),
			      WORD("mio"),
			      WORD("Mrd"),
			      WORD("Mrd."),
			      WORD("tons"),
			      WORD("tonnes"),
			      WORD("t/ha"),
			      WORD("kg/m2"),
			      WORD("mg/l"),
			      WORD("mg/L"),
			      WORD("g/l"),
			      WORD("l/min"),
			      WORD("L/min"),
			      WORD("people"),
			      WORD("persons")};

/* Bytes of a unit at the end, with white space before it; 0 when there is none that is known. */
static size_t unit_at_end(slice s) {
	size_t n = 0;
	while (n < s.n && !is_digit(s.p[s.n - 1 - n])) n++;
	if (n && n < s.n && (s.p[s.n - n] == '.' || s.p[s.n - n] == ',')) n--; /* "5. km" */
	slice unit = trim_spaces(slice_sub(s, s.n - n, n));
	if (unit.n == 1 && (unit.p[0] == '2' || unit.p[0] == '3')) return 0;
	for (size_t extra = 0; extra < 2; extra++) { /* m2 ends with a digit */
		for (size_t i = 0; unit.n && i < sizeof UNITS / sizeof *UNITS; i++)
			if (unit.n == UNITS[i].n && memcmp(unit.p, UNITS[i].p, unit.n) == 0) return n;
		if (n || s.n < 3 || (s.p[s.n - 1] != '2' && s.p[s.n - 1] != '3')) return 0;
		for (n = 1; n < s.n && !is_digit(s.p[s.n - 1 - n]); n++) {}
		unit = trim_spaces(slice_sub(s, s.n - n, n));
	}
	return 0;
}

typedef struct digits {
	char text[64]; /* sign, digits, '.', exponent */
	size_t n, whole;
} digits;

static bool put(digits *d, char c) {
	if (d->n >= sizeof d->text) return false;
	d->text[d->n++] = c;
	return true;
}

static size_t group_at(slice s, char group) {
	if (group == ' ') return space_at(s);
	if (group == '\'' && slice_starts(s, SLICE("\xe2\x80\x99"))) return 3;
	return s.n && group && s.p[0] == group ? 1 : 0;
}

/* Groups are of three, but for the first; Indian ones of two before the last. */
static bool groups_right(const size_t *lengths, size_t n) {
	if (n == 1) return true;
	if (lengths[n - 1] != 3 || lengths[0] > 3 || !lengths[0]) return false;
	for (size_t i = 1; i + 1 < n; i++)
		if ((lengths[i] != 3 && lengths[i] != 2) || lengths[i] != lengths[1]) return false;
	return n == 2 || lengths[1] == 3 || lengths[0] <= 2;
}

static bool read_whole(slice *s, const number_format *f, digits *d, number *out) {
	size_t lengths[16] = {0}, groups = 1;
	for (;;) {
		size_t n;
		if (s->n && is_digit(s->p[0])) {
			if (!put(d, s->p[0])) return false;
			lengths[groups - 1]++, d->whole++;
			*s = slice_sub(*s, 1, s->n);
		} else if (d->whole && (n = group_at(*s, f->group)) && n < s->n && is_digit(s->p[n])) {
			if (groups == 16) return false;
			groups++;
			out->grouped = true;
			*s = slice_sub(*s, n, s->n);
		} else {
			return groups_right(lengths, groups);
		}
	}
}

static bool read_fraction(slice *s, const number_format *f, digits *d, number *out) {
	size_t n = 0;
	if (!s->n || s->p[0] != f->decimal) return true;
	out->point = true;
	if (!put(d, '.')) return false;
	for (*s = slice_sub(*s, 1, s->n); s->n && is_digit(s->p[0]); *s = slice_sub(*s, 1, s->n), n++)
		if (!put(d, s->p[0])) return false;
	out->decimals = (unsigned)n;
	return n || d->whole;
}

static bool read_exponent(slice *s, digits *d, number *out) {
	if (s->n < 2 || (s->p[0] | 32) != 'e') return true;
	size_t k = s->p[1] == '-' || s->p[1] == '+' ? 2 : 1, from = k;
	while (k < s->n && is_digit(s->p[k])) k++;
	if (k == from || k - from > 4) return true; /* no exponent: a unit, or nothing */
	for (size_t i = 0; i < k; i++)
		if (!put(d, s->p[i])) return false;
	out->point = true;
	*s = slice_sub(*s, k, s->n);
	return true;
}

/* A whole number of so many digits with a plus is a telephone's (ITU-T E.164). */
static bool is_telephone(const digits *d, const number_format *f, const number *v) {
	return !v->point && d->whole >= 10 && (!v->grouped || f->group == ' ');
}

/* The number proper, all of s. */
static bool read_digits(slice s, const number_format *f, bool minus, bool plus, number *out) {
	digits d = {0};
	if (minus) put(&d, '-');
	bool zero = s.n > 1 && s.p[0] == '0' && is_digit(s.p[1]);
	if (!read_whole(&s, f, &d, out) || !read_fraction(&s, f, &d, out)) return false;
	if (!d.whole && !out->point) return false;
	if (!read_exponent(&s, &d, out) || s.n) return false;
	if (!parse(d.text, d.n, &out->f)) return false;
	out->kind = NUMBER_FLOAT;
	if (out->point) return true;
	out->zeros = zero || (plus && is_telephone(&d, f, out));
	out->too_long = d.whole > DIGITS_OF_INT64;
	if (out->too_long) return true;
	out->i = 0;
	for (size_t i = minus; i < d.n; i++) out->i = out->i * 10 + (d.text[i] - '0');
	if (minus) out->i = -out->i;
	out->kind = NUMBER_INT;
	return true;
}

static slice cut_currency(slice s, slice *unit) {
	if (s.n && is_digit(s.p[0]) && (is_digit(s.p[s.n - 1]) || s.p[s.n - 1] == '.')) return s;
	size_t n = is_digit(s.n ? s.p[0] : '0') ? 0 : currency(s, false);
	if (n) {
		*unit = slice_sub(s, 0, n);
		return trim_spaces(slice_sub(s, n, s.n));
	}
	n = currency(s, true);
	if (!n) return s;
	*unit = slice_sub(s, s.n - n, n);
	return trim_spaces(slice_sub(s, 0, s.n - n));
}

static bool take_parentheses(slice *s) {
	if (s->n < 3 || s->p[0] != '(' || s->p[s->n - 1] != ')') return false;
	*s = trim_spaces(slice_sub(*s, 1, s->n - 2));
	return true;
}

/* Bytes of a footnote's mark at the end of s, or 0. */
static size_t note_at_end(slice s, bool letters) {
	static const char *const MARKS[] = {"*", "\xe2\x80\xa0", "\xe2\x80\xa1", "\xc2\xa7"}; /* not ²: 10² */
	for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++)
		if (slice_ends(s, slice_of(MARKS[i]))) return strlen(MARKS[i]);
	char last = s.n ? s.p[s.n - 1] : '\0';
	size_t n = 0;
	if (last == ']' || last == ')') {
		char open = last == ']' ? '[' : '(';
		for (n = 2; n < s.n && n < 6 && s.p[s.n - n] != open; n++) {}
		return n < s.n && n > 2 && s.p[s.n - n] == open && is_digit(s.p[s.n - n - 1]) ? n : 0;
	}
	while (letters && n < s.n && n < 3 && s.p[s.n - 1 - n] >= 'a' && s.p[s.n - 1 - n] <= 'z') n++;
	return n && n < 3 && n < s.n && s.p[s.n - 1 - n] == ' ' ? n : 0;
}

slice number_without_note(slice s, bool letters) {
	for (size_t n; (n = note_at_end(s, letters)) && n < s.n;) s = slice_trim(slice_sub(s, 0, s.n - n));
	return s;
}

bool number_rich(slice cell, const number_format *f, number *out) {
	*out = (number){0};
	slice s = trim_spaces(cell), unit = {0};
	if (s.n > 60) return false;
	bool negative = take_parentheses(&s), plus = s.n && s.p[0] == '+', minus = take_minus(&s);
	s = cut_currency(s, &unit);
	if (unit.n && slice_is(s, "-")) s = SLICE("0"); /* as Excel's accounting format writes it */
	if (unit.n && !negative) negative = take_parentheses(&s);
	if (unit.n && !minus) minus = take_minus(&s);
	if (s.n > 1 && s.p[s.n - 1] == '-' && is_digit(s.p[s.n - 2])) { /* SAP writes 5.00- */
		minus = !minus;
		s = slice_sub(s, 0, s.n - 1);
	}
	if (!s.n || (!is_digit(s.p[0]) && s.p[0] != f->decimal)) return false;
	size_t n = unit.n ? 0 : unit_at_end(s);
	if (n) {
		unit = trim_spaces(slice_sub(s, s.n - n, n));
		s = trim_spaces(slice_sub(s, 0, s.n - n));
		out->percent = slice_is(unit, "%");
	} else if (s.n && s.p[s.n - 1] == '%') {
		out->percent = true;
		s = slice_trim(slice_sub(s, 0, s.n - 1));
	}
	if (!read_digits(s, f, minus != negative, plus, out)) return false;
	out->unit = unit, out->currency_behind = unit.n && !n && unit.p > s.p;
	return true;
}
