/* How numbers are read eight at a time
 * ------------------------------------
 * With AVX-512. The first 16 bytes of each cell are a lane, four lanes a vector; nothing needs to stand before a cell
 * then, but the text must go on for READ bytes behind its start. What a byte is (a digit, the sign, the point, not of
 * the cell) is a bit in a mask of 64, 16 a lane, and the rules of kernel_numbers.c are sums and shifts of such masks.
 *
 * A cell's digits stay at the left of their lane. The point, which without one is the cell's end, is closed by moving
 * up what stands before it. So any cell of up to 16 bytes is one whole number of 15 digits, zeros behind the cell's
 * own, divided by ten as often as there is room behind the point, which is as exact as in kernel_numbers.c.
 *
 * Of 17 to 23 bytes the rest are digits of 64 bits. Those that are not zero make numbers beyond 2^53, which a division
 * does not round correctly: they are multiplied by the first 64 bits of a power of five (Eisel-Lemire, as in
 * float_divide, eight at once).
 *
 * A group with a cell that is anything else goes to kernel_numbers.c. */
#include "data/kernel_cells.h"

#include "data/float.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define WITH_WIDE                                                                                                      \
	__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512cd,avx512vbmi,avx512vpopcntdq,bmi,bmi2")))
#define WIDE ALWAYS_INLINE WITH_WIDE

enum { GROUP = 8, LANE = 16, READ = 24, LONGEST = 23 };
/* The first and last bit of each lane. */
#define FIRSTS 0x0001000100010001u
#define LASTS 0x8000800080008000u

/* Four cells: their digits, and a bit a byte. */
typedef struct four {
	__m512i digits;
	uint64_t minus, point, bad; /* `point`: up to the point and with it; `bad`: not for this kernel */
} four;

static inline uint64_t span_bits(const span *cell) {
	uint64_t bits;
	memcpy(&bits, cell, sizeof bits);
	return bits;
}

/* Of eight rows, `at` in the lower halves, `len` in the upper ones. */
WIDE __m512i load_spans(const span *c, size_t w) {
	return _mm512_set_epi64((int64_t)span_bits(c + 7 * w), (int64_t)span_bits(c + 6 * w),
				(int64_t)span_bits(c + 5 * w), (int64_t)span_bits(c + 4 * w),
				(int64_t)span_bits(c + 3 * w), (int64_t)span_bits(c + 2 * w),
				(int64_t)span_bits(c + w), (int64_t)span_bits(c));
}

WIDE __m256i load_lanes(const char *a, const char *b) {
	return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)a)),
				       _mm_loadu_si128((const __m128i *)(const void *)b), 1);
}

/* The first 16 bytes of every other of eight cells; digits as what they count. */
WIDE __m512i load_four(const char *base, const span *c, size_t w) {
	__m256i low = load_lanes(base + c[0].at, base + c[2 * w].at);
	__m256i high = load_lanes(base + c[4 * w].at, base + c[6 * w].at);
	return _mm512_xor_si512(_mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1), _mm512_set1_epi8('0'));
}

/* The lowest byte of a span's length in each byte of its lane; the first lane is that of row `row`. */
WIDE __m512i lane_lengths(__m512i spans, int row) {
	const __m512i from = _mm512_set_epi64(EIGHT(52), EIGHT(52), EIGHT(36), EIGHT(36), EIGHT(20), EIGHT(20),
					      EIGHT(4), EIGHT(4));
	return _mm512_permutexvar_epi8(_mm512_add_epi8(from, _mm512_set1_epi8((char)(row * 8))), spans);
}

/* The place of each byte in its lane. */
WIDE __m512i places(void) {
	return _mm512_set4_epi64(0x0f0e0d0c0b0a0908, 0x0706050403020100, 0x0f0e0d0c0b0a0908, 0x0706050403020100);
}

/* Bits of wrong bytes: no digit among the digits, or one behind a zero that begins the number. */
WIDE uint64_t wrong_digits(__m512i v, uint64_t minus, uint64_t digits) {
	uint64_t first = FIRSTS + minus, zero = _mm512_mask_cmpeq_epi8_mask(first, v, _mm512_setzero_si512());
	return digits & (_mm512_cmpgt_epu8_mask(v, _mm512_set1_epi8(9)) | zero << 1);
}

WIDE uint64_t minus_signs(__m512i v) {
	return _mm512_mask_cmpeq_epi8_mask(FIRSTS, v, _mm512_set1_epi8('-' ^ '0'));
}

/* Cells of 1 to 16 bytes, with their digits at the right. */
WIDE four whole_numbers(__m512i v, __m512i lengths) {
	uint64_t in = _mm512_cmplt_epu8_mask(places(), lengths), minus = minus_signs(v), digits = in & ~minus;
	uint64_t alone = minus & ~(in >> 1);
	__m512i from = _mm512_add_epi8(_mm512_sub_epi8(lengths, _mm512_set1_epi8(LANE)), places());
	return (four){.digits = _mm512_shuffle_epi8(_mm512_maskz_mov_epi8(digits, v), from),
		      .minus = minus,
		      .bad = wrong_digits(v, minus, digits) | alone};
}

/* Cells with their digits at the left, from the second byte of the lane on. Those of more than 16 bytes have a point
 * in the first 15. */
WIDE four fractions(__m512i v, __m512i lengths) {
	uint64_t in = _mm512_cmplt_epu8_mask(places(), lengths), minus = minus_signs(v);
	uint64_t stops = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('.' ^ '0')) | ~in | LASTS;
	uint64_t upto = stops ^ (stops - FIRSTS); /* no lane is 0 */
	uint64_t digits = in & ~(minus | (stops & upto)), last = in & ~(in >> 1 & ~LASTS);
	__m512i left = _mm512_maskz_mov_epi8(digits, v);
	return (four){.digits = _mm512_mask_mov_epi8(left, upto, _mm512_bslli_epi128(left, 1)),
		      .minus = minus,
		      .point = upto,
		      .bad = wrong_digits(v, minus, digits) | (last & ~digits)};
}

/* The numbers of a's lanes and b's, in turn. */
WIDE __m512i values_of(__m512i a, __m512i b) {
	const __m512i tens = _mm512_set1_epi16(1 << 8 | 10), hundreds = _mm512_set1_epi32(1 << 16 | 100);
	a = _mm512_madd_epi16(_mm512_maddubs_epi16(a, tens), hundreds);
	b = _mm512_madd_epi16(_mm512_maddubs_epi16(b, tens), hundreds);
	__m512i v = _mm512_madd_epi16(_mm512_packus_epi32(a, b), _mm512_set1_epi32(1 << 16 | 10000));
	return _mm512_add_epi64(_mm512_mul_epu32(v, _mm512_set1_epi64(100000000)), _mm512_srli_epi64(v, 32));
}

/* A bit a row. */
WIDE __mmask8 minus_rows(four a, four b) {
	return (__mmask8)_pext_u64(a.minus | b.minus << 1, FIRSTS * 3);
}

/* How many bytes of each row stand up to the point and with it, 1 to 16. */
WIDE __m512i points_of(four a, four b) {
	__m128i bits = _mm_unpacklo_epi16(_mm_cvtsi64_si128((int64_t)a.point), _mm_cvtsi64_si128((int64_t)b.point));
	return _mm512_popcnt_epi64(_mm512_cvtepu16_epi64(bits));
}

/* Of 15 digits. */
WIDE __m512d divide_exactly(__m512i v, __m512i points) {
	const __m512d low = _mm512_set_pd(1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e0);
	const __m512d high = _mm512_set_pd(1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8);
	return _mm512_div_pd(_mm512_cvtepi64_pd(v), _mm512_permutex2var_pd(low, points, high));
}

/* The numbers of eight digits each. */
WIDE __m512i values_of_8(__m512i v) {
	v = _mm512_maddubs_epi16(v, _mm512_set1_epi16(1 << 8 | 10));
	v = _mm512_madd_epi16(v, _mm512_set1_epi32(1 << 16 | 100));
	return _mm512_add_epi64(_mm512_mul_epu32(v, _mm512_set1_epi64(10000)), _mm512_srli_epi64(v, 32));
}

/* The upper 64 bits of the products. */
WIDE __m512i multiply_high(__m512i a, __m512i b) {
	const __m512i half = _mm512_set1_epi64(0xffffffff);
	__m512i ah = _mm512_srli_epi64(a, 32), bh = _mm512_srli_epi64(b, 32);
	__m512i low = _mm512_srli_epi64(_mm512_mul_epu32(a, b), 32);
	__m512i one = _mm512_add_epi64(_mm512_mul_epu32(ah, b), low);
	__m512i other = _mm512_add_epi64(_mm512_mul_epu32(a, bh), _mm512_and_si512(one, half));
	return _mm512_add_epi64(_mm512_mul_epu32(ah, bh),
				_mm512_add_epi64(_mm512_srli_epi64(one, 32), _mm512_srli_epi64(other, 32)));
}

/* As float_divide, for 10^1 to 10^27; *unsure: the rows where that cannot tell. */
WIDE __m512d divide_long(__m512i digits, __m512i tens, __mmask8 *unsure) {
	const __m512i one = _mm512_set1_epi64(1), last = _mm512_set1_epi64(0x1ff);
	__m512i zeros = _mm512_lzcnt_epi64(digits);
	__m512i index = _mm512_sub_epi64(_mm512_setzero_si512(), _mm512_slli_epi64(tens, 1));
	__m512i power = _mm512_i64gather_epi64(index, POW5[-LEAST_POWER], 8);
	__m512i high = multiply_high(_mm512_sllv_epi64(digits, zeros), power);
	*unsure = _mm512_cmpeq_epi64_mask(_mm512_and_si512(high, last), last);
	__m512i upper = _mm512_srli_epi64(high, 63);
	__m512i mantissa = _mm512_srlv_epi64(high, _mm512_add_epi64(upper, _mm512_set1_epi64(9)));
	mantissa = _mm512_srli_epi64(_mm512_add_epi64(mantissa, _mm512_and_si512(mantissa, one)), 1);
	__m512i exponent = _mm512_srai_epi64(_mm512_mul_epi32(tens, _mm512_set1_epi64(-217706)), 16);
	exponent = _mm512_add_epi64(_mm512_sub_epi64(exponent, zeros),
				    _mm512_add_epi64(upper, _mm512_set1_epi64(63 + 1023 - 1)));
	return _mm512_castsi512_pd(_mm512_add_epi64(_mm512_slli_epi64(exponent, 52), mantissa));
}

/* The eight bytes behind the first 16 of each row; digits as what they count. */
WIDE __m512i load_rest(const char *base, const span *c, size_t w) {
	base += LANE;
	__m512i v = _mm512_set_epi64((int64_t)load(base + c[7 * w].at), (int64_t)load(base + c[6 * w].at),
				     (int64_t)load(base + c[5 * w].at), (int64_t)load(base + c[4 * w].at),
				     (int64_t)load(base + c[3 * w].at), (int64_t)load(base + c[2 * w].at),
				     (int64_t)load(base + c[w].at), (int64_t)load(base + c[0].at));
	return _mm512_xor_si512(v, _mm512_set1_epi8('0'));
}

/* 10^k, and what may be multiplied by it within 64 bits and get 10^k more. */
WIDE __m512i power_of(__m512i k) {
	return _mm512_permutexvar_epi64(k, _mm512_set_epi64(10000000, 1000000, 100000, 10000, 1000, 100, 10, 1));
}
WIDE __m512i bound_of(__m512i k) {
	return _mm512_permutexvar_epi64(k, _mm512_set_epi64(1000000000000, 10000000000000, 100000000000000,
							    1000000000000000, 10000000000000000, 100000000000000000,
							    1000000000000000000, INT64_MAX));
}

/* With the rest of cells of up to 23 bytes: `v` are the first 15 digits, `d` what they give alone. */
WIDE __m512d with_rest(__m512i v, __m512d d, __m512i points, __m512i length, __m512i rest, __mmask8 *bad) {
	const __m512i lane = _mm512_set1_epi64(LANE);
	__m512i n = _mm512_sub_epi64(_mm512_max_epu64(length, lane), lane);
	rest = _mm512_sllv_epi64(rest, _mm512_sub_epi64(_mm512_set1_epi64(64), _mm512_slli_epi64(n, 3)));
	__m512i wrong = _mm512_subs_epu8(rest, _mm512_set1_epi8(9)), low = values_of_8(rest);
	__mmask8 unsure, more = _mm512_test_epi64_mask(rest, rest), big = _mm512_cmpge_epu64_mask(v, bound_of(n));
	__m512i digits = _mm512_add_epi64(_mm512_mullo_epi64(v, power_of(n)), low);
	__m512d exact = divide_long(digits, _mm512_add_epi64(_mm512_sub_epi64(lane, points), n), &unsure);
	*bad = (__mmask8)(_mm512_test_epi64_mask(wrong, wrong) | (more & (unsure | big)));
	return _mm512_mask_mov_pd(d, more, exact);
}

WIDE bool eight_floats(const char *base, const span *cell, size_t w, __m512i spans, __m512i length, void *out) {
	four a = fractions(load_four(base, cell, w), lane_lengths(spans, 0));
	four b = fractions(load_four(base, cell + w, w), lane_lengths(spans, 1));
	if (a.bad | b.bad) return false;
	__m512i v = values_of(a.digits, b.digits), points = points_of(a, b);
	__m512d d = divide_exactly(v, points);
	if (_mm512_cmpgt_epu64_mask(length, _mm512_set1_epi64(LANE))) {
		__mmask8 bad;
		d = with_rest(v, d, points, length, load_rest(base, cell, w), &bad);
		if (bad) return false;
	}
	_mm512_storeu_pd(out, _mm512_mask_xor_pd(d, minus_rows(a, b), d, _mm512_set1_pd(-0.0)));
	return true;
}

WIDE bool eight_ints(const char *base, const span *cell, size_t w, __m512i spans, __m512i length, void *out) {
	(void)length;
	four a = whole_numbers(load_four(base, cell, w), lane_lengths(spans, 0));
	four b = whole_numbers(load_four(base, cell + w, w), lane_lengths(spans, 1));
	if (a.bad | b.bad) return false;
	__m512i v = values_of(a.digits, b.digits);
	_mm512_storeu_si512(out, _mm512_mask_sub_epi64(v, minus_rows(a, b), _mm512_setzero_si512(), v));
	return true;
}

/* The first row of the first group from row i on that is not of plain numbers, or has no READ bytes. */
WIDE size_t groups_of(bool floats, const batch *from, size_t k, size_t i, char *out) {
	const char *base = from->text.p + from->base;
	size_t w = from->width, left = from->text.n - from->base;
	const __m512i last = _mm512_set1_epi64((int64_t)(left < READ ? 0 : left - READ)), one = _mm512_set1_epi64(1);
	const __m512i at = _mm512_set1_epi64(0xffffffff), longest = _mm512_set1_epi64(floats ? LONGEST : LANE);
	const span *cell = from->cells + i * w + k;
	for (; from->rows - i >= GROUP && left >= READ; i += GROUP, cell += GROUP * w, out += GROUP * 8) {
		__m512i spans = load_spans(cell, w);
		__m512i length = _mm512_and_si512(_mm512_srli_epi64(spans, 32), _mm512_set1_epi64(CELL_LENGTH));
		__mmask8 bad = _mm512_cmpge_epu64_mask(_mm512_sub_epi64(length, one), longest) |
			       _mm512_cmpgt_epu64_mask(_mm512_and_si512(spans, at), last);
		if (bad) break;
		if (!(floats ? eight_floats : eight_ints)(base, cell, w, spans, length, out)) break;
	}
	return i;
}

/* As the kernel of level 1, for rows up to `end`. */
static size_t rows_until(size_t end, kernel *narrow, builder *b, const batch *from, size_t k, size_t i) {
	batch part = *from;
	part.rows = end < from->rows ? end : from->rows;
	return narrow(b, &part, k, i);
}

/* In groups as long as that goes well. Behind a cell that the caller had to read the next are read singly, which is
 * cheaper where such cells are many. */
enum { CALM = 16 };

WIDE size_t wide_with(bool floats, builder *b, const batch *from, size_t k, size_t i) {
	kernel *narrow = kernel_choose(floats, 1);
	for (size_t end = i ? i + CALM : 0;; end = i + GROUP) {
		if (i < end && (i = rows_until(end, narrow, b, from, k, i)) < end) return i;
		size_t next = groups_of(floats, from, k, i, b->values.p + b->values.n);
		kernel_done(b, next - i);
		i = next;
	}
}

WITH_WIDE size_t wide_ints(builder *b, const batch *from, size_t k, size_t i) {
	return wide_with(false, b, from, k, i);
}

WITH_WIDE size_t wide_floats(builder *b, const batch *from, size_t k, size_t i) {
	return wide_with(true, b, from, k, i);
}
#endif
