/* How the kernels work
 * --------------------
 * Eight characters are a word of 64 bits. The last eight bytes of a cell are
 * loaded at once; exclusive-or with '0' makes digits 0 to 9 of them, shifts make
 * zeros of what stands before the cell. One sum tests that all are digits, three
 * multiplications make a number of them (Lemire 2018, "Quickly parsing eight
 * digits"; Mula). A decimal mark is found in the word with the zero-byte trick
 * (Mycroft 1987), cut out by shifting what is left of it, and the digits divided
 * by a power of ten: both are exact doubles, so the quotient is correctly
 * rounded (Clinger 1990).
 *
 * Sixteen characters are done with two words. Signs and leading zeros are as
 * good as random, and a branch on them is guessed wrong as often: there is none.
 *
 * Lengths are as random. With AVX2 any cell of up to 16 characters is one load of
 * the 16 bytes that end with it, the digits before the point move up by a byte
 * instead of being shifted out, and nothing branches on the length. Four cells
 * below each other are two vectors, of which one word of checks is tested; when
 * one of the four is odd, the next are read one at a time, which is cheaper where
 * odd ones are many.
 *
 * Whatever else a cell may hold goes back to builder.c. */
#include "data/kernels.h"

#include "data/float.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { US = 1000000 };

static inline uint64_t load(const char *p) {
	uint64_t v;
	memcpy(&v, p, 8);
	return v;
}

enum { POINT = '.' ^ '0' };
#define EIGHT(byte) ((byte)*0x0101010101010101u)

/* Eight characters, digits as what they count. */
static inline uint64_t load_digits(const char *p) {
	return load(p) ^ EIGHT('0');
}

/* The last n bytes before `end` (1 to 8) so, zeros before them. */
static inline uint64_t tail_digits(const char *end, size_t n) {
	unsigned shift = (unsigned)(8 - n) * 8;
	return load_digits(end - 8) >> shift << shift;
}

/* All bytes are at most 9. */
static inline bool all_digits(uint64_t v) {
	return !((v | (v + EIGHT(0x80 - 10))) & EIGHT(0x80));
}

static inline uint64_t value_of(uint64_t v) {
	v = v * 2561 >> 8;
	v = (v & 0x00ff00ff00ff00ffu) * 6553601 >> 16;
	return (v & 0x0000ffff0000ffffu) * 42949672960001u >> 32;
}

/* A bit at the first point, and maybe some behind it. */
static inline uint64_t find_point(uint64_t v) {
	v ^= EIGHT((uint64_t)POINT);
	return (v - EIGHT(1)) & ~v & EIGHT(0x80);
}

static void mark_slowly(builder *b, size_t n) {
	size_t need = (b->rows + n + 7) / 8, more = need > b->bits.n ? need - b->bits.n : 0;
	char *to = builder_room(b, &b->bits, more);
	if (!to) return;
	memset(to, 0, more);
	b->bits.n += more;
	for (size_t i = 0; i < n; i++) {
		uint64_t row = b->rows + i;
		if (row % 8 == 0 && n - i >= 8) {
			size_t bytes = (n - i) / 8;
			memset(b->bits.p + row / 8, 0xff, bytes);
			i += bytes * 8 - 1;
		} else {
			b->bits.p[row / 8] = (char)(b->bits.p[row / 8] | 1 << (row & 7));
		}
	}
}

void builder_mark_run(builder *b, size_t n) {
	if (b->nulls && n) mark_slowly(b, n);
	b->rows += n;
}

static void done(builder *b, size_t n) {
	b->values.n += n * 8;
	builder_mark_run(b, n);
}

/* -?[1-9][0-9]{0,15} or 0, with eight readable bytes before it. */
static inline bool fast_int(const char *p, size_t n, void *out) {
	bool minus = (*p == '-') & (n > 1);
	p += minus, n -= minus;
	if ((n > 16) | ((*p == '0') & (n > 1))) return false;
	uint64_t low = tail_digits(p + n, n < 8 ? n : 8), high = n > 8 ? tail_digits(p + n - 8, n - 8) : 0;
	if (!all_digits(low) || !all_digits(high)) return false;
	uint64_t v = value_of(low);
	if (n > 8) v += value_of(high) * 100000000;
	*(int64_t *)out = (int64_t)((v ^ (0 - (uint64_t)minus)) + minus);
	return true;
}

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define FOR_CELLS                                                                                                      \
	const char *base = from->text.p + from->base;                                                                  \
	const size_t start = i, rows = from->rows, width = from->width, safe = from->base >= 16 ? 0 : 16;              \
	const span *cell = from->cells + i * width + k;                                                                \
	for (; i < rows; i++, cell += width) {                                                                         \
		span c = *cell;                                                                                        \
		size_t n = cell_length(c);                                                                             \
		const char *p = base + c.at;

static const double TENS[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/* 1 to 8 characters: digits with at most one point. */
static inline bool float_8(const char *p, size_t n, double *out) {
	uint64_t v = tail_digits(p + n, n), point = find_point(v);
	unsigned after = 0;
	if (point) {
		unsigned at = (unsigned)__builtin_ctzll(point) & ~7u;
		uint64_t left = v & ((1ull << at) - 1);
		v = (v >> at >> 8 << at | left) << 8;
		after = 7 - at / 8;
	}
	if (!all_digits(v)) return false;
	*out = (double)value_of(v) / TENS[after];
	return true;
}

/* 9 to 16 characters, of which one may be a point; at most 15 digits then, which are exact. */
static inline bool float_16(const char *p, size_t n, double *out) {
	uint64_t first = tail_digits(p + n - 8, n - 8), last = load_digits(p + n - 8);
	uint64_t in_first = find_point(first), point = in_first ? in_first : find_point(last);
	unsigned __int128 v = (unsigned __int128)last << 64 | first;
	unsigned after = 0;
	if (point) {
		unsigned at = ((unsigned)__builtin_ctzll(point) & ~7u) + (in_first ? 0 : 64);
		unsigned __int128 left = v & (((unsigned __int128)1 << at) - 1);
		v = (v >> at >> 8 << at | left) << 8;
		after = 15 - at / 8;
	} else if (n > 15) {
		return false;
	}
	first = (uint64_t)v, last = (uint64_t)(v >> 64);
	if (!all_digits(first) || !all_digits(last)) return false;
	*out = (double)(value_of(first) * 100000000 + value_of(last)) / TENS[after];
	return true;
}

/* 17 to 20 characters, of which one of the first eight is a point: at most 19 digits, which 64 bits hold. */
static inline bool float_20(const char *p, size_t n, double *out) {
	static const uint64_t POWERS[] = {[9] = 1000000000,   10000000000,        100000000000,     1000000000000,
					  10000000000000,     100000000000000,    1000000000000000, 10000000000000000,
					  100000000000000000, 1000000000000000000};
	uint64_t point = find_point(load_digits(p));
	if (!point) return false;
	size_t whole = (size_t)__builtin_ctzll(point) / 8, after = n - whole - 1;
	if (!whole) return false;
	uint64_t left = tail_digits(p + whole, whole), low = load_digits(p + n - 8);
	uint64_t middle = tail_digits(p + n - 8, after < 16 ? after - 8 : 8);
	uint64_t high = after > 16 ? tail_digits(p + n - 16, after - 16) : 0;
	if (!all_digits(left) || !all_digits(high) || !all_digits(middle) || !all_digits(low)) return false;
	uint64_t part = (value_of(high) * 100000000 + value_of(middle)) * 100000000 + value_of(low);
	return float_scale(value_of(left) * POWERS[after] + part, -(int64_t)after, out);
}

static inline double with_sign(double v, bool minus) {
	uint64_t bits;
	memcpy(&bits, &v, sizeof bits);
	bits ^= (uint64_t)minus << 63;
	memcpy(&v, &bits, sizeof bits);
	return v;
}

static bool long_float(const char *p, size_t n, double *out) {
	return memchr(p, '.', n) && number_float(p, n, out);
}

static inline bool fast_float(const char *cell, size_t length, void *out) {
	bool minus = (*cell == '-') & (length > 1);
	const char *p = cell + minus;
	size_t n = length - minus;
	double v;
	if (((*p == '0') & (n > 1) & (p[n > 1] != '.')) || (n == 1 && *p == '.')) return false;
	if (n > 16 && (n > 20 || !float_20(p, n, &v))) return long_float(cell, length, out);
	if (n <= 16 && !(n <= 8 ? float_8(p, n, &v) : float_16(p, n, &v))) return false;
	*(double *)out = with_sign(v, minus);
	return true;
}

#if defined(__x86_64__)
#define WITH_VECTORS __attribute__((target("avx2,bmi")))
#define VECTOR WITH_VECTORS static inline

VECTOR __m128i load_16(const void *p) {
	return _mm_loadu_si128(p);
}

/* All ones from byte 16 - n on, n up to 16. */
static const int8_t ONES[32] = {[16] = -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
VECTOR __m128i last_bytes(size_t n) {
	return load_16(ONES + n);
}

VECTOR __m128i vector_load(const char *p) {
	return _mm_xor_si128(load_16(p), _mm_set1_epi8('0'));
}

VECTOR bool vector_digits(__m128i v) {
	v = _mm_subs_epu8(v, _mm_set1_epi8(9));
	return _mm_testz_si128(v, v);
}

/* Sums of two, four and eight digits, then all. */
VECTOR uint64_t vector_value(__m128i v) {
	v = _mm_maddubs_epi16(v, _mm_set1_epi16(1 << 8 | 10));
	v = _mm_madd_epi16(v, _mm_set1_epi32(1 << 16 | 100));
	v = _mm_madd_epi16(_mm_packus_epi32(v, v), _mm_set1_epi32(1 << 16 | 10000));
	uint64_t both = (uint64_t)_mm_cvtsi128_si64(v);
	return (both & 0xffffffff) * 100000000 + (both >> 32);
}

/* Counted from 1; 0 where there is none. */
static inline unsigned last_bit(unsigned bits) {
	return 31u - (unsigned)__builtin_clz(bits << 1 | 1);
}

/* Takes the last point out; what stands before it moves up. How many bytes that were with the point, or 0. */
VECTOR unsigned vector_cut(__m128i *v) {
	unsigned points = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(*v, _mm_set1_epi8(POINT)));
	unsigned n = last_bit(points);
	*v = _mm_blendv_epi8(_mm_slli_si128(*v, 1), *v, last_bytes(16 - n));
	return n;
}

VECTOR bool vector_int(const char *p, size_t n, void *out) {
	bool minus = (*p == '-') & (n > 1);
	p += minus, n -= minus;
	if ((n > 16) | ((*p == '0') & (n > 1))) return false;
	__m128i v = _mm_and_si128(vector_load(p + n - 16), last_bytes(n));
	if (!vector_digits(v)) return false;
	*(int64_t *)out = (int64_t)((vector_value(v) ^ (0 - (uint64_t)minus)) + minus);
	return true;
}

/* By what to divide the digits of 16 bytes after vector_cut. */
static const double DIVIDE[] = {1e0, 1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9, 1e8,
				1e7, 1e6,  1e5,  1e4,  1e3,  1e2,  1e1,  1e0};

VECTOR bool vector_short(const char *p, size_t n, double *out) {
	__m128i v = _mm_and_si128(vector_load(p + n - 16), last_bytes(n));
	unsigned before = vector_cut(&v);
	size_t whole = before ? n + before - 17 : n;
	if ((n == (before > 0)) | ((*p == '0') & (whole > 1)) || !vector_digits(v)) return false;
	*out = (double)(int64_t)vector_value(v) / DIVIDE[before];
	return true;
}

/* Two cells in the halves of a vector. */
typedef struct pair {
	__m256i digits, minus, bad; /* bytes that are not 0 in `minus`: a sign; in `bad`: not for vectors */
	double divide[2];
} pair;

VECTOR __m256i load_two(const void *a, const void *b) {
	return _mm256_inserti128_si256(_mm256_castsi128_si256(load_16(a)), load_16(b), 1);
}

/* As vector_cut. */
VECTOR void pair_cut(pair *two, __m256i points) {
	unsigned bits = (unsigned)_mm256_movemask_epi8(points);
	unsigned a = last_bit(bits & 0xffff), b = last_bit(bits >> 16);
	__m256i after = load_two(ONES + 16 - a, ONES + 16 - b);
	two->digits = _mm256_blendv_epi8(_mm256_slli_si256(two->digits, 1), two->digits, after);
	two->divide[0] = DIVIDE[a], two->divide[1] = DIVIDE[b];
}

/* Cells of na and nb bytes, up to 15, that end there: with a digit, and with no zero before another digit. */
ALWAYS_INLINE WITH_VECTORS pair pair_load(const char *a, size_t na, const char *b, size_t nb, bool floats) {
	const __m256i last = _mm256_set_epi64x(INT64_MIN, 0, INT64_MIN, 0);
	__m256i in = load_two(ONES + na, ONES + nb);
	__m256i v = _mm256_and_si256(_mm256_xor_si256(load_two(a - 16, b - 16), _mm256_set1_epi8('0')), in);
	__m256i first = _mm256_andnot_si256(_mm256_slli_si256(in, 1), in);
	pair two = {.minus = _mm256_and_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('-' ^ '0')), first)};
	in = _mm256_andnot_si256(two.minus, in);
	two.digits = _mm256_and_si256(v, in);
	first = _mm256_andnot_si256(_mm256_slli_si256(in, 1), in);
	__m256i zero = _mm256_and_si256(_mm256_cmpeq_epi8(v, _mm256_setzero_si256()), first);
	__m256i wrong = _mm256_slli_si256(zero, 1);
	if (floats) {
		__m256i points = _mm256_cmpeq_epi8(v, _mm256_set1_epi8(POINT));
		wrong = _mm256_andnot_si256(points, wrong);
		in = _mm256_andnot_si256(points, in);
		pair_cut(&two, points);
	}
	wrong = _mm256_or_si256(wrong, _mm256_andnot_si256(in, last));
	two.bad = _mm256_or_si256(wrong, _mm256_subs_epu8(two.digits, _mm256_set1_epi8(9)));
	return two;
}

/* Of the first halves, then the second ones, a's before b's. */
VECTOR __m256i pair_values(__m256i a, __m256i b) {
	const __m256i tens = _mm256_set1_epi16(1 << 8 | 10), hundreds = _mm256_set1_epi32(1 << 16 | 100);
	a = _mm256_madd_epi16(_mm256_maddubs_epi16(a, tens), hundreds);
	b = _mm256_madd_epi16(_mm256_maddubs_epi16(b, tens), hundreds);
	__m256i v = _mm256_madd_epi16(_mm256_packus_epi32(a, b), _mm256_set1_epi32(1 << 16 | 10000));
	return _mm256_add_epi64(_mm256_mul_epu32(v, _mm256_set1_epi64x(100000000)), _mm256_srli_epi64(v, 32));
}

/* 17 to 20 characters, of which one of the first 16 is a point: those, and what is left, in the halves of a vector. */
VECTOR bool vector_long(const char *p, size_t n, double *out) {
	static const uint64_t POWERS[] = {1, 10, 100, 1000, 10000};
	__m256i v = _mm256_xor_si256(load_two(p, p + n - 16), _mm256_set1_epi8('0'));
	unsigned points = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, _mm256_set1_epi8(POINT)));
	unsigned before = last_bit(points & 0xffff);
	v = _mm256_and_si256(v, load_two(ONES + 16, ONES + n - 16));
	v = _mm256_blendv_epi8(_mm256_slli_si256(v, 1), v, load_two(ONES + 16 - before, ONES + 16));
	__m256i bad = _mm256_subs_epu8(v, _mm256_set1_epi8(9));
	if (!before || !_mm256_testz_si256(bad, bad)) return false;
	v = pair_values(v, v);
	uint64_t first = (uint64_t)_mm256_extract_epi64(v, 0), left = (uint64_t)_mm256_extract_epi64(v, 2);
	return float_divide(first * POWERS[n - 16] + left, (unsigned)n - before, out);
}

VECTOR bool vector_float(const char *cell, size_t length, void *out) {
	bool minus = (*cell == '-') & (length > 1);
	const char *p = cell + minus;
	size_t n = length - minus;
	double v;
	if (n > 16) {
		if (*p == '0' && p[1] != '.') return false;
		if (n > 20 || !vector_long(p, n, &v)) return long_float(cell, length, out);
	} else if (!vector_short(p, n, &v)) {
		return false;
	}
	*(double *)out = with_sign(v, minus);
	return true;
}

/* Four cells below each other, of 1 to 15 characters. */
ALWAYS_INLINE WITH_VECTORS bool four_with(const char *base, const span *cell, size_t width, bool floats, void *out) {
	span c0 = cell[0], c1 = cell[width], c2 = cell[2 * width], c3 = cell[3 * width];
	size_t n0 = cell_length(c0), n1 = cell_length(c1), n2 = cell_length(c2), n3 = cell_length(c3);
	if ((n0 | n1 | n2 | n3) > 15) return false;
	pair a = pair_load(base + c0.at + n0, n0, base + c2.at + n2, n2, floats);
	pair b = pair_load(base + c1.at + n1, n1, base + c3.at + n3, n3, floats);
	__m256i bad = _mm256_or_si256(a.bad, b.bad), zero = _mm256_setzero_si256();
	if (!_mm256_testz_si256(bad, bad)) return false;
	__m256i v = pair_values(a.digits, b.digits);
	__m256i plus = _mm256_cmpeq_epi64(_mm256_packs_epi16(a.minus, b.minus), zero);
	if (floats) {
		const __m256d two_52 = _mm256_set1_pd(0x1p52); /* the bits of 2^52 + v are those of 2^52 and v */
		__m256d d = _mm256_sub_pd(_mm256_or_pd(_mm256_castsi256_pd(v), two_52), two_52);
		d = _mm256_div_pd(d, _mm256_set_pd(b.divide[1], a.divide[1], b.divide[0], a.divide[0]));
		_mm256_storeu_pd(out, _mm256_xor_pd(d, _mm256_castsi256_pd(
							   _mm256_andnot_si256(plus, _mm256_set1_epi64x(INT64_MIN)))));
	} else {
		_mm256_storeu_si256(out, _mm256_blendv_epi8(_mm256_sub_epi64(zero, v), v, plus));
	}
	return true;
}

VECTOR bool four_ints(const char *base, const span *cell, size_t width, void *out) {
	return four_with(base, cell, width, false, out);
}

VECTOR bool four_floats(const char *base, const span *cell, size_t width, void *out) {
	return four_with(base, cell, width, true, out);
}
#endif

/* One integer or double, of eight bytes, into `out`. */
typedef bool read_one(const char *p, size_t n, void *out);
typedef bool read_four(const char *base, const span *cell, size_t width, void *out);

/* Four at once as long as that goes well, and where 16 bytes stand before any cell. */
enum { CALM = 16 };

ALWAYS_INLINE size_t numbers_with(read_one *one, read_four *four, builder *b, const batch *from, size_t k, size_t i) {
	char *out = b->values.p + b->values.n;
	size_t next = i ? i + CALM : 0;
	FOR_CELLS
	if (four && i >= next && rows - i >= 4 && n <= 15 && !safe) {
		if (four(base, cell, width, out)) {
			i += 3, cell += 3 * width, out += 4 * 8;
			continue;
		}
		next = i + CALM;
	}
	if (!n || c.at < safe || !one(p, n, out)) break;
	out += 8;
}
done(b, i - start);
return i;
}

static size_t plain_ints(builder *b, const batch *from, size_t k, size_t i) {
	return numbers_with(fast_int, NULL, b, from, k, i);
}

static size_t plain_floats(builder *b, const batch *from, size_t k, size_t i) {
	return numbers_with(fast_float, NULL, b, from, k, i);
}

#if defined(__x86_64__)
WITH_VECTORS static size_t vector_ints(builder *b, const batch *from, size_t k, size_t i) {
	return numbers_with(vector_int, four_ints, b, from, k, i);
}

WITH_VECTORS static size_t vector_floats(builder *b, const batch *from, size_t k, size_t i) {
	return numbers_with(vector_float, four_floats, b, from, k, i);
}
#endif

kernel *kernel_choose(bool floats, int best) {
#if defined(__x86_64__)
	if (best >= 1 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
		return floats ? vector_floats : vector_ints;
#endif
	(void)best;
	return floats ? plain_floats : plain_ints;
}

static size_t kernel_int(builder *b, const batch *from, size_t k, size_t i) {
	return kernel_choose(false, 1)(b, from, k, i);
}

static size_t kernel_float(builder *b, const batch *from, size_t k, size_t i) {
	return b->guess.numbers.decimal == '.' ? kernel_choose(true, 1)(b, from, k, i) : i;
}

/* Each byte with the one behind it as a number of two digits: of 2024 bytes 0 and 2 are 20 and 24. */
static inline uint64_t pairs_of(uint64_t v) {
	return v * 10 + (v >> 8);
}

static inline unsigned byte_at(uint64_t v, unsigned i) {
	return (unsigned)(v >> (8 * i)) & 0xff;
}

/* Days before the year since 1 January of the year 0 (Gregorian), from its century and the year in it. */
static inline unsigned days_before(unsigned century, unsigned year) {
	unsigned begun =
	    century + (year > 0); /* centuries: the first year of each has a leap day only where 4 divide it */
	return century * (36500 + 25) + year * 365 + (year + 3) / 4 - begun + (begun + 3) / 4;
}

/* YYYY-MM-DD as days since 1970. */
static inline bool fast_date(const char *p, int64_t *days) {
	static const uint16_t BEFORE[2][14] = {{0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
					       {0, 0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366}};
	enum { DAYS_TO_1970 = 719528 };
	uint64_t a = load_digits(p), z = load_digits(p + 2); /* YYYY-MM- and YY-MM-DD */
	uint64_t digits = (a & 0x00000000ffffffffu) | (a >> 8 & 0x0000ffff00000000u) | (z & 0xffff000000000000u);
	if ((a & 0xff0000ff00000000u) != 0x1d00001d00000000u || !all_digits(digits)) return false;
	uint64_t v = pairs_of(digits);
	unsigned century = byte_at(v, 0), year = byte_at(v, 2), month = byte_at(v, 4), day = byte_at(v, 6);
	unsigned leap = (year ? year : century) % 4 == 0;
	if (!(uint32_t)digits || month < 1 || month > 12) return false; /* there is no year 0 */
	const uint16_t *start = &BEFORE[leap][month];
	*days = (int64_t)(days_before(century, year) + start[0] + day - 1) - DAYS_TO_1970;
	return day >= 1 && day <= (unsigned)(start[1] - start[0]);
}

static inline bool fast_clock(const char *p, int64_t *us) {
	uint64_t v = load_digits(p); /* HH:MM:SS */
	if ((v & 0x0000ff0000ff0000u) != 0x00000a00000a0000u || !all_digits(v & 0xffff00ffff00ffffu)) return false;
	v = pairs_of(v);
	unsigned h = byte_at(v, 0), m = byte_at(v, 3), s = byte_at(v, 6);
	*us = (int64_t)(h * 3600 + m * 60 + s) * US;
	return h < 24 && m < 60 && s < 60;
}

static size_t kernel_time(builder *b, const batch *from, size_t k, size_t i) {
	int64_t *out = (int64_t *)(void *)(b->values.p + b->values.n);
	FOR_CELLS
	int64_t days, us = 0;
	(void)safe;
	if ((n != 10 && n != 19) || !fast_date(p, &days)) break;
	if (n == 19 && ((p[10] != ' ' && p[10] != 'T') || !fast_clock(p + 11, &us))) break;
	b->clocks += n == 19;
	*out++ = days * 86400 * US + us;
}
done(b, i - start);
return i;
}

/* Cells like one of the two that were last read as yes and as no. */
static size_t kernel_bool(builder *b, const batch *from, size_t k, size_t i) {
	int64_t *out = (int64_t *)(void *)(b->values.p + b->values.n);
	const char *stop = from->text.p + from->text.n;
	const uint64_t no = b->words[0], yes = b->words[1];
	FOR_CELLS(void) safe;
	if (!n || (c.len & ~CELL_QUOTED) > BOOL_LONGEST || stop - p < 8) break;
	uint64_t key = (load(p) & ((1ull << 8 * n) - 1)) | (uint64_t)n << 56;
	if ((key != no) & (key != yes)) break; /* no branch on which: it is as random as the cells are */
	*out++ = key == yes;
}
done(b, i - start);
return i;
}

/* First characters that a word for a missing value may start with (quick.c), and white space. */
static const bool DOUBTFUL[256] = {
    ['N'] = true, ['n'] = true,  ['#'] = true,  ['-'] = true,  ['.'] = true,  ['?'] = true, ['*'] = true,
    ['<'] = true, ['1'] = true,  ['\\'] = true, ['m'] = true,  ['M'] = true,  [':'] = true, [0xe2] = true,
    [' '] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true, ['\v'] = true, ['\f'] = true};

static inline bool may_be_missing(const char *p, size_t n) {
	return DOUBTFUL[(unsigned char)*p] && (n <= 8 || (unsigned char)*p <= ' ');
}

/* A text a row. */
static size_t kernel_plain(builder *b, const batch *from, size_t k, size_t i) {
	if (b->guess.codes) return i;
	int64_t *out = (int64_t *)(void *)(b->values.p + b->values.n);
	const char *stop = from->text.p + from->text.n, mark = b->syntax->escape ? b->syntax->escape : b->syntax->quote;
	char *to = b->bytes.p + b->bytes.n, *bytes = b->bytes.p, *full = b->bytes.p + b->bytes.cap;
	FOR_CELLS(void) safe;
	if (!n || (size_t)(full - to) < n + 32 || may_be_missing(p, n)) break;
	if ((c.len & CELL_CODED) && memchr(p, mark, n)) break;
	if (n <= 32 && stop - p >= 32) {
		memcpy(to, p, 16); /* one load and store; what is too much is overwritten */
		if (n > 16) memcpy(to + 16, p + 16, 16);
	} else {
		memcpy(to, p, n);
	}
	to += n;
	*out++ = to - bytes;
}
b->bytes.n = (size_t)(to - bytes);
done(b, i - start);
return i;
}

/* Cells of KEY_BYTES at most whose text is known. */
static size_t kernel_text(builder *b, const batch *from, size_t k, size_t i) {
	if (b->plain) return kernel_plain(b, from, k, i);
	uint16_t *out = (uint16_t *)(void *)(b->codes.p + b->codes.n);
	const char *stop = from->text.p + from->text.n;
	const dictionary d = b->few;
	FOR_CELLS(void) safe;
	if (n > KEY_BYTES || stop - p < KEY_BYTES) break;
	cell_key key = key_of(p, n, c.len & ~CELL_QUOTED);
	const cell_key *first = &d.keys[d.slots[first_slot(&d, &key)]];
	if (!key_same(first, &key)) break;
	*out++ = first->code;
}
b->codes.n += (i - start) * sizeof *out;
b->rows += i - start;
return i;
}

static size_t kernel_none(builder *b, const batch *from, size_t k, size_t i) {
	(void)b, (void)from, (void)k;
	return i;
}

kernel *const KERNELS[] = {
    [KIND_EMPTY] = kernel_none, [KIND_TEXT] = kernel_text, [KIND_INT] = kernel_int,   [KIND_FLOAT] = kernel_float,
    [KIND_RICH] = kernel_none,  [KIND_BOOL] = kernel_bool, [KIND_TIME] = kernel_time, [KIND_DURATION] = kernel_none};
