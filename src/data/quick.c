#include "data/quick.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* What pandas, R, Excel, SAS, SQL tools and people write for "no value". */
#define WORD(text)                                                                                                     \
	{ text, sizeof(text) - 1 }
static const slice MISSING[] = {WORD("NA"),
				WORD("N/A"),
				WORD("n/a"),
				WORD("na"),
				WORD("NaN"),
				WORD("nan"),
				WORD("NAN"),
				WORD("null"),
				WORD("NULL"),
				WORD("Null"),
				WORD("None"),
				WORD("none"),
				WORD("NONE"),
				WORD("N/a"),
				WORD("NaT"),
				WORD("(null)"),
				WORD("(NULL)"),
				WORD("<null>"),
				WORD("<NULL>"),
				WORD("(blank)"),
				WORD("n/d"),
				WORD("N/D"),
				WORD("n.d."),
				WORD("k.A."),
				WORD("k. A."),
				WORD("\xc2\xa0"),
				WORD("#N/A"),
				WORD("-"),
				WORD("."),
				WORD("--"),
				WORD("?"),
				WORD(".."),
				WORD("..."),
				WORD("*"),
				WORD("#NA"),
				WORD("<NA>"),
				WORD("#NULL!"),
				WORD("nil"),
				WORD("NIL"),
				WORD("1.#IND"),
				WORD("-NaN"),
				WORD("-nan"),
				WORD("\\N"),
				WORD("\xe2\x80\x94"),
				WORD("\xe2\x80\x93"),
				WORD("#VALUE!"),
				WORD("#DIV/0!"),
				WORD("#REF!"),
				WORD("#NAME?"),
				WORD("#NUM!"),
				WORD("N.A."),
				WORD("n.a."),
				WORD("missing"),
				WORD("Missing"),
				WORD("MISSING"),
				WORD("1.#QNAN"),
				WORD("-1.#IND"),
				WORD("\xe2\x80\xa6"),
				WORD(":")};
#undef WORD

/* How long the words are that start with a character, a bit for each length: few cells are looked for in the list. */
#define LONG(n) (1u << (n))
static const uint16_t LENGTHS[256] = {
    ['N'] = LONG(2) | LONG(3) | LONG(4),
    ['n'] = LONG(2) | LONG(3) | LONG(4),
    ['#'] = LONG(3) | LONG(4) | LONG(5) | LONG(6) | LONG(7),
    ['-'] = LONG(1) | LONG(2) | LONG(4) | LONG(7),
    ['.'] = LONG(1) | LONG(2) | LONG(3),
    ['1'] = LONG(6) | LONG(7),
    ['?'] = LONG(1),
    ['*'] = LONG(1),
    [':'] = LONG(1),
    ['<'] = LONG(4) | LONG(6),
    ['('] = LONG(6) | LONG(7),
    ['k'] = LONG(4) | LONG(5),
    [0xc2] = LONG(2),
    ['\\'] = LONG(2),
    ['m'] = LONG(7),
    ['M'] = LONG(7),
    [0xe2] = LONG(3),
};
#undef LONG

enum { MISSING_LONGEST = 7 };

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

static __attribute__((noinline)) bool is_listed(slice cell) {
	if (cell.n > 1 && (cell.p[0] == '-' || cell.p[0] == '.' || cell.p[0] == '1') && is_digit(cell.p[cell.n - 1]))
		return false;
	for (size_t i = 0; i < sizeof MISSING / sizeof *MISSING; i++)
		if (cell.n == MISSING[i].n && memcmp(cell.p, MISSING[i].p, cell.n) == 0) return true;
	return false;
}

static inline bool is_missing(slice s) {
	bool may_be = s.n && s.n <= MISSING_LONGEST && LENGTHS[(unsigned char)s.p[0]] >> s.n & 1;
	return may_be && is_listed(s);
}

bool is_missing_word(slice cell) {
	return is_missing(cell);
}

static bool is_letter(char c) {
	return ((c | 32) >= 'a' && (c | 32) <= 'z') || (unsigned char)c >= 0x80;
}

/* What a byte is in a cell, as one of a sum of counts, COUNT_BITS each; bytes above 127 are letters. A cell of at most
 * 64 bytes does not overflow them. */
enum sign { OTHER, DIGIT, LETTER, POINT, SIGN, COLON, SLASH, SPACE, BAD };
enum { COUNT_BITS = 7, CELL_MOST = 64 };
#define ONE(sign) (1ull << (COUNT_BITS * (sign)))
#define ALL(sign) (ONE(sign) * ((1u << COUNT_BITS) - 1))

static const uint64_t SIGN_OF[256] = {
    [0 ... 31] = ONE(BAD),
    [' '] = ONE(SPACE),
    ['!'] = ONE(OTHER),
    ['"'] = ONE(BAD),
    ['#' ... '*'] = ONE(OTHER),
    ['+'] = ONE(SIGN),
    [','] = ONE(POINT),
    ['-'] = ONE(SIGN),
    ['.'] = ONE(POINT),
    ['/'] = ONE(SLASH),
    ['0' ... '9'] = ONE(DIGIT),
    [':'] = ONE(COLON),
    [';'] = ONE(BAD),
    ['<' ... '@'] = ONE(OTHER),
    ['A' ... 'Z'] = ONE(LETTER),
    ['[' ... ']'] = ONE(OTHER),
    ['^'] = ONE(BAD),
    ['_' ... '`'] = ONE(OTHER),
    ['a' ... 'z'] = ONE(LETTER),
    ['{'] = ONE(OTHER),
    ['|'] = ONE(BAD),
    ['}'] = ONE(OTHER),
    ['~'] = ONE(BAD),
    [127] = ONE(OTHER),
    [128 ... 255] = ONE(LETTER),
};

typedef struct census {
	unsigned digits, letters, points, signs, colons, slashes, others, bad;
} census;

static inline __attribute__((always_inline)) uint64_t sum_of(slice s) {
	const unsigned char *p = (const unsigned char *)s.p;
	uint64_t sum = 0;
	size_t i = 0;
	for (; i + 4 <= s.n; i += 4) sum += SIGN_OF[p[i]] + SIGN_OF[p[i + 1]] + SIGN_OF[p[i + 2]] + SIGN_OF[p[i + 3]];
	for (; i < s.n; i++) sum += SIGN_OF[p[i]];
	return sum;
}

static census census_of(uint64_t sum) {
#define COUNT(sign) ((unsigned)(sum >> (COUNT_BITS * (sign))) & ((1u << COUNT_BITS) - 1))
	return (census){COUNT(DIGIT), COUNT(LETTER), COUNT(POINT), COUNT(SIGN),
			COUNT(COLON), COUNT(SLASH),  COUNT(OTHER), COUNT(BAD)};
#undef COUNT
}

static bool few_letters_of_number(slice s) {
	/* 1e5, 5 km, 12%, $5, €3, 1,5 Mio: letters only at one end and few */
	size_t letters = 0;
	for (size_t i = 0; i < s.n; i++) letters += is_letter(s.p[i]);
	return letters <= 3;
}

static bool date_words(slice s) {
	static const char MONTHS[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	for (size_t i = 0; i + 2 < s.n; i++) {
		if (!is_letter(s.p[i]) || (i && is_letter(s.p[i - 1]))) continue;
		for (size_t m = 0; m < 36; m += 3)
			if (slice_eq_nocase((slice){s.p + i, 3}, (slice){MONTHS + m, 3})) return true;
	}
	return false;
}

/* 1972~1976: a span, where ~ parts no cells. */
static bool is_span(slice s) {
	size_t at = slice_find(s, '~');
	return at > 0 && at + 1 < s.n && is_digit(s.p[at - 1]) && is_digit(s.p[at + 1]);
}

/* Of a cell with other bytes than letters or digits alone. */
static __attribute__((noinline)) enum quick class_mixed(slice s, uint64_t sum) {
	census n = census_of(sum);
	if (n.bad) return n.bad == 1 && is_span(s) ? QUICK_WORD : QUICK_ODD;
	char first = s.p[0], last = s.p[s.n - 1];
	bool rest = first == '/' && s.n > 1 && s.p[1] == '/'; /* of an address */
	bool path = s.n > 1 && (s.p[1] == ':' || first == '\\');
	bool escape = last == '\\' && !path; /* of what follows */
	if (rest || escape || first == ',' || last == ',' || (first == last && s.n > 1 && strchr("'`~^|$%#@!", first)))
		return QUICK_ODD;
	if (n.digits && !n.others) {
		bool parts = n.colons || n.slashes == 2 || (n.signs >= 2 && is_digit(s.p[0])) ||
			     (n.points == 2 && !n.letters && n.digits >= 4);
		if (parts && n.digits >= 3 && n.letters <= 3) return QUICK_TIME;
		if (n.letters >= 3 && n.digits <= 14 && n.letters <= 14 && date_words(s)) return QUICK_TIME;
	}
	if (n.digits && (n.letters == 0 || (n.digits >= n.letters && few_letters_of_number(s) && is_digit(s.p[0]))) &&
	    n.others <= 3 && n.colons == 0 && n.slashes == 0)
		return QUICK_NUMBER;
	return n.letters || n.digits ? QUICK_WORD : QUICK_ODD;
}

enum { SHORT = 16 };

#if defined(__SSE2__)
static inline __m128i between(__m128i v, char low, char high) {
	return _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8((char)(low - 1))),
			     _mm_cmplt_epi8(v, _mm_set1_epi8((char)(high + 1))));
}

static inline unsigned bits(__m128i v) {
	return (unsigned)_mm_movemask_epi8(v);
}

/* Bytes that are neither letters nor spaces, a bit each. */
static inline unsigned not_of_words(__m128i v) {
	__m128i letters = between(_mm_or_si128(v, _mm_set1_epi8(' ')), 'a', 'z');
	__m128i high = _mm_cmplt_epi8(v, _mm_setzero_si128());
	return ~bits(_mm_or_si128(_mm_or_si128(letters, high), _mm_cmpeq_epi8(v, _mm_set1_epi8(' ')))) & 0xffff;
}

/* The commonest of at most SHORT bytes, of which as many can be read: words, digits, 2024-05-01. EMPTY: something else.
 */
static inline enum quick class_short(const char *p, size_t n) {
	enum { DATE = 10 };
	const unsigned marks = 1u << 4 | 1u << 7, all = (1u << n) - 1;
	const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	if (!(not_of_words(v) & all)) return QUICK_WORD;
	unsigned digits = bits(between(v, '0', '9')) & all;
	if (digits == all) return QUICK_NUMBER;
	bool date = n == DATE && digits == (all & ~marks) && p[4] == '-' && p[7] == '-';
	return date ? QUICK_TIME : QUICK_EMPTY;
}

/* Of SHORT to 2 * SHORT bytes. */
static inline bool is_words(const char *p, size_t n) {
	const __m128i first = _mm_loadu_si128((const __m128i *)(const void *)p);
	const __m128i last = _mm_loadu_si128((const __m128i *)(const void *)(p + n - SHORT));
	return !(not_of_words(first) | not_of_words(last));
}

/* As class_of, or EMPTY: for a closer look. */
static inline enum quick class_fast(slice s, const char *end) {
	if (s.n > 2 * SHORT || !s.n || end - s.p < SHORT) return QUICK_EMPTY;
	enum quick kind = s.n <= SHORT ? class_short(s.p, s.n) : is_words(s.p, s.n) ? QUICK_WORD : QUICK_EMPTY;
	if (kind != QUICK_WORD) return kind;
	if (s.p[0] == ' ' || s.p[s.n - 1] == ' ') return QUICK_EMPTY;
	return is_missing(s) ? QUICK_MISSING : QUICK_WORD;
}
#else
static inline enum quick class_fast(slice s, const char *end) {
	return (void)s, (void)end, QUICK_EMPTY;
}
#endif

/* `end`: up to where bytes can be read. */
static inline enum quick class_of(slice cell, const char *end) {
	enum quick kind = class_fast(cell, end);
	if (kind != QUICK_EMPTY) return kind;
	slice s = slice_trim(cell);
	if (!s.n) return QUICK_EMPTY;
	if (is_missing(s)) return QUICK_MISSING;
	if (s.n > CELL_MOST) return QUICK_WORD;
	uint64_t sum = sum_of(s);
	if (!(sum & ~(ALL(LETTER) | ALL(SPACE)))) return QUICK_WORD;
	return sum & ~ALL(DIGIT) ? class_mixed(s, sum) : QUICK_NUMBER;
}

enum quick quick_class(slice cell) {
	return class_of(cell, cell.p + cell.n);
}

void quick_classes(const span *cells, size_t n, size_t base, slice text, uint8_t *kinds) {
	for (size_t i = 0; i < n; i++) {
		slice cell = {text.p + base + cells[i].at, cell_length(cells[i])};
		kinds[i] = (uint8_t)class_of(cell, text.p + text.n);
	}
}
