/* How numbers are read
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
 * Eight cells at once, with AVX-512: kernel_wide.c. Whatever else a cell may hold goes back to builder.c. */
#include "data/kernel_cells.h"

#include "data/float.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { POINT = '.' ^ '0' };

/* The last n bytes before `end` (1 to 8) so, zeros before them. */
static inline uint64_t tail_digits(const char *end, size_t n) {
	unsigned shift = (unsigned)(8 - n) * 8;
	return load_digits(end - 8) >> shift << shift;
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

/* Rows up to `end`, or less. */
ALWAYS_INLINE size_t numbers_with(read_one *one, read_four *four, builder *b, const batch *from, size_t k, size_t i,
				  size_t end) {
	char *out = b->values.p + b->values.n;
	size_t next = i ? i + CALM : 0;
	FOR_CELLS
	if (i == end) break;
	if (four && i >= next && end - i >= 4 && n <= 15 && !safe) {
		if (four(base, cell, width, out)) {
			i += 3, cell += 3 * width, out += 4 * 8;
			continue;
		}
		next = i + CALM;
	}
	if (!n || c.at < safe || !one(p, n, out)) break;
	out += 8;
}
kernel_done(b, i - start);
return i;
}

static size_t plain_ints(builder *b, const batch *from, size_t k, size_t i) {
	return numbers_with(fast_int, NULL, b, from, k, i, from->rows);
}

static size_t plain_floats(builder *b, const batch *from, size_t k, size_t i) {
	return numbers_with(fast_float, NULL, b, from, k, i, from->rows);
}

#if defined(__x86_64__)
WITH_VECTORS size_t ints_until(builder *b, const batch *from, size_t k, size_t i, size_t end) {
	return numbers_with(vector_int, four_ints, b, from, k, i, end);
}

WITH_VECTORS size_t floats_until(builder *b, const batch *from, size_t k, size_t i, size_t end) {
	return numbers_with(vector_float, four_floats, b, from, k, i, end);
}

static size_t vector_ints(builder *b, const batch *from, size_t k, size_t i) {
	return ints_until(b, from, k, i, from->rows);
}

static size_t vector_floats(builder *b, const batch *from, size_t k, size_t i) {
	return floats_until(b, from, k, i, from->rows);
}
#endif

#if defined(__x86_64__)
static bool has_wide(void) {
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
	       __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vbmi") &&
	       __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("bmi") &&
	       __builtin_cpu_supports("bmi2");
}
#endif

kernel *kernel_choose(bool floats, int best) {
#if defined(__x86_64__)
	if (best >= 2 && has_wide()) return floats ? wide_floats : wide_ints;
	if (best >= 1 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
		return floats ? vector_floats : vector_ints;
#endif
	(void)best;
	return floats ? plain_floats : plain_ints;
}

size_t kernel_int(builder *b, const batch *from, size_t k, size_t i) {
	return kernel_choose(false, 2)(b, from, k, i);
}

size_t kernel_float(builder *b, const batch *from, size_t k, size_t i) {
	return b->guess.numbers.decimal == '.' ? kernel_choose(true, 2)(b, from, k, i) : i;
}
