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

enum { GROUP = 8, LANE = 16, READ = 24, LONGEST = 23, POINT = '.' ^ '0', MINUS = '-' ^ '0' };
/* The first and last bit of each lane. */
#define FIRSTS 0x0001000100010001u
#define LASTS 0x8000800080008000u

/* Eight cells: of every other the first 16 bytes, digits as what they count. */
typedef struct eight {
	__m512i even, odd, length;
	__mmask8 minus;
} eight;

static inline int64_t span_bits(const span *cell) {
	int64_t bits;
	memcpy(&bits, cell, sizeof bits);
	return bits;
}

/* Of eight rows, `at` in the lower halves, `len` without flags in the upper ones. */
WIDE __m512i load_spans(const span *c, size_t w) {
	const span *d = c + 4 * w;
	__m512i v = _mm512_set_epi64(span_bits(d + 3 * w), span_bits(d + 2 * w), span_bits(d + w), span_bits(d),
				     span_bits(c + 3 * w), span_bits(c + 2 * w), span_bits(c + w), span_bits(c));
	return _mm512_and_si512(v, _mm512_set1_epi64((int64_t)CELL_LENGTH << 32 | 0xffffffff));
}

WIDE __m256i load_lanes(const char *a, const char *b) {
	return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)a)),
				       _mm_loadu_si128((const __m128i *)(const void *)b), 1);
}

WIDE __m512i load_four(const char *base, const span *c, size_t w) {
	const span *d = c + 4 * w;
	__m256i low = load_lanes(base + c[0].at, base + c[2 * w].at);
	__m256i high = load_lanes(base + d[0].at, base + d[2 * w].at);
	return _mm512_xor_si512(_mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1), _mm512_set1_epi8('0'));
}

WIDE eight load_eight(const char *base, const span *cell, size_t w, __m512i spans) {
	eight e = {load_four(base, cell, w), load_four(base, cell + w, w), _mm512_srli_epi64(spans, 32), 0};
	__m512i first = _mm512_and_si512(_mm512_unpacklo_epi64(e.even, e.odd), _mm512_set1_epi64(0xff));
	e.minus = _mm512_cmpeq_epi64_mask(first, _mm512_set1_epi64(MINUS));
	return e;
}

/* The lowest byte of each length in all bytes of its lane; the first lane is that of row `row`. */
WIDE __m512i lane_lengths(__m512i spans, int row) {
	const __m512i from =
	    _mm512_set_epi64(EIGHT(52), EIGHT(52), EIGHT(36), EIGHT(36), EIGHT(20), EIGHT(20), EIGHT(4), EIGHT(4));
	return _mm512_permutexvar_epi8(_mm512_add_epi8(from, _mm512_set1_epi8((char)(row * 8))), spans);
}

/* The place of each byte in its lane. */
WIDE __m512i places(void) {
	return _mm512_set4_epi64(0x0f0e0d0c0b0a0908, 0x0706050403020100, 0x0f0e0d0c0b0a0908, 0x0706050403020100);
}

WIDE uint64_t minus_signs(__m512i v) {
	return _mm512_mask_cmpeq_epi8_mask(FIRSTS, v, _mm512_set1_epi8(MINUS));
}

WIDE bool are_digits(__m512i a, __m512i b) {
	return !_mm512_cmpgt_epu8_mask(_mm512_max_epu8(a, b), _mm512_set1_epi8(9));
}

/* Cells of up to 16 bytes with their digits at the right. */
WIDE __m512i digits_right(__m512i v, __m512i lengths) {
	__m512i from = _mm512_add_epi8(lengths, _mm512_sub_epi8(places(), _mm512_set1_epi8(LANE)));
	return _mm512_shuffle_epi8(_mm512_mask_mov_epi8(v, minus_signs(v), _mm512_setzero_si512()), from);
}

/* Cells with their digits at the left, from the second byte of the lane on; *upto: the bits up to the point and with
 * it, which is the last bit where there is none. */
WIDE __m512i digits_left(__m512i v, __m512i lengths, uint64_t *upto) {
	uint64_t out = _mm512_cmpge_epu8_mask(places(), lengths);
	uint64_t stops = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(POINT)) | out | LASTS;
	*upto = stops ^ (stops - FIRSTS); /* no lane of `stops` is 0, so none borrows from the next */
	v = _mm512_maskz_mov_epi8(~(out ^ minus_signs(v)), v);
	return _mm512_mask_mov_epi8(v, *upto, _mm512_bslli_epi128(v, 1));
}

/* The numbers of a's lanes and b's, in turn. */
WIDE __m512i values_of(__m512i a, __m512i b) {
	const __m512i tens = _mm512_set1_epi16(1 << 8 | 10), hundreds = _mm512_set1_epi32(1 << 16 | 100);
	a = _mm512_madd_epi16(_mm512_maddubs_epi16(a, tens), hundreds);
	b = _mm512_madd_epi16(_mm512_maddubs_epi16(b, tens), hundreds);
	__m512i v = _mm512_madd_epi16(_mm512_packus_epi32(a, b), _mm512_set1_epi32(1 << 16 | 10000));
	return _mm512_add_epi64(_mm512_mul_epu32(v, _mm512_set1_epi64(100000000)), _mm512_srli_epi64(v, 32));
}

/* How many bytes of each row stand up to the point and with it, 1 to 16. */
WIDE __m512i points_of(uint64_t even, uint64_t odd) {
	__m128i bits = _mm_unpacklo_epi16(_mm_cvtsi64_si128((int64_t)even), _mm_cvtsi64_si128((int64_t)odd));
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

/* As float_divide, for 10^1 to 10^27; *unsure: the rows where it cannot tell. */
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

/* Rows with a sign and nothing else, with nothing behind the point, or whose first 15 digits `v` begin with a zero
 * though there are others before the point. */
WIDE __mmask8 wrong_fractions(const eight *e, __m512i v, __m512i points) {
	const __m512i one = _mm512_set1_epi64(1), lane = _mm512_set1_epi64(LANE);
	const __m512i plus_least = _mm512_set1_epi64(100000000000000), plus_whole = _mm512_set1_epi64(3);
	__m512i least = _mm512_mask_mov_epi64(plus_least, e->minus, _mm512_set1_epi64(10000000000000));
	__m512i whole = _mm512_mask_mov_epi64(plus_whole, e->minus, _mm512_set1_epi64(4));
	__mmask8 zeros = _mm512_mask_cmplt_epu64_mask(_mm512_cmpge_epu64_mask(points, whole), v, least);
	__mmask8 ends = _mm512_cmpeq_epu64_mask(points, _mm512_min_epu64(e->length, lane));
	return (__mmask8)(zeros | ends | _mm512_mask_cmpeq_epu64_mask(e->minus, e->length, one));
}

WIDE bool eight_floats(const char *base, const span *cell, size_t w, __m512i spans, void *out) {
	eight e = load_eight(base, cell, w, spans);
	uint64_t upto_even, upto_odd;
	__m512i even = digits_left(e.even, lane_lengths(spans, 0), &upto_even);
	__m512i odd = digits_left(e.odd, lane_lengths(spans, 1), &upto_odd);
	__m512i v = values_of(even, odd), points = points_of(upto_even, upto_odd);
	if (!are_digits(even, odd) || wrong_fractions(&e, v, points)) return false;
	__m512d d = divide_exactly(v, points);
	if (_mm512_cmpgt_epu64_mask(e.length, _mm512_set1_epi64(LANE))) {
		__mmask8 bad;
		d = with_rest(v, d, points, e.length, load_rest(base, cell, w), &bad);
		if (bad) return false;
	}
	_mm512_storeu_pd(out, _mm512_mask_xor_pd(d, e.minus, d, _mm512_set1_pd(-0.0)));
	return true;
}

/* The least number of so many digits without a zero in front, 1 to 16; none is as 16. */
WIDE __m512i least_of(__m512i digits) {
	const __m512i low = _mm512_set_epi64(1000000, 100000, 10000, 1000, 100, 10, 0, 1000000000000000);
	const __m512i high = _mm512_set_epi64(100000000000000, 10000000000000, 1000000000000, 100000000000, 10000000000,
					      1000000000, 100000000, 10000000);
	return _mm512_permutex2var_epi64(low, digits, high);
}

WIDE bool eight_ints(const char *base, const span *cell, size_t w, __m512i spans, void *out) {
	eight e = load_eight(base, cell, w, spans);
	__m512i even = digits_right(e.even, lane_lengths(spans, 0));
	__m512i odd = digits_right(e.odd, lane_lengths(spans, 1));
	__m512i v = values_of(even, odd), n = _mm512_mask_sub_epi64(e.length, e.minus, e.length, _mm512_set1_epi64(1));
	if (!are_digits(even, odd) || _mm512_cmplt_epu64_mask(v, least_of(n))) return false;
	_mm512_storeu_si512(out, _mm512_mask_sub_epi64(v, e.minus, _mm512_setzero_si512(), v));
	return true;
}

/* The first row of the first group from row i on that is not of plain numbers, or has no READ bytes. */
WIDE size_t groups_of(bool floats, const batch *from, size_t k, size_t i, char *out) {
	const char *base = from->text.p + from->base;
	size_t w = from->width, left = from->text.n - from->base;
	if (left < READ) return i;
	const uint64_t last = left - READ < UINT32_MAX ? left - READ : UINT32_MAX, longest = floats ? LONGEST : LANE;
	const __m512i most = _mm512_set1_epi64((int64_t)((longest - 1) << 32 | last));
	const span *cell = from->cells + i * w + k;
	for (; from->rows - i >= GROUP; i += GROUP, cell += GROUP * w, out += GROUP * 8) {
		__m512i spans = load_spans(cell, w), less = _mm512_sub_epi64(spans, _mm512_set1_epi64(1ll << 32));
		if (_mm512_cmpgt_epu32_mask(less, most)) break;
		if (!(floats ? eight_floats : eight_ints)(base, cell, w, spans, out)) break;
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
