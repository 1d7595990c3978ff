/* How numbers are read eight at a time
 * ------------------------------------
 * With AVX-512. The first 16 bytes of each cell are a lane, four lanes a vector; nothing needs to stand before a cell
 * then, but the text must go on for READ bytes from its start. What a byte is (the sign, the point, not of the cell)
 * is a bit in a mask of 64, 16 a lane.
 *
 * A fraction's digits stay at the left of their lane. The point, which without one is the cell's end, is closed by
 * moving up what stands before it. So any cell of up to 16 bytes is one whole number of 15 digits, zeros behind the
 * cell's own, divided by ten as often as there is room behind the point, which is as exact as in kernel_numbers.c.
 * Whether it begins with a zero or ends with the point shows in the number and in where the point was.
 *
 * What is left of longer cells is up to seven digits more in 64 bits. Those that are not zero make numbers beyond 2^53,
 * which a division does not round correctly: they are multiplied by the first 64 bits of a power of five (Eisel-Lemire,
 * as in float_divide).
 *
 * All eight are stored; where one is anything else, those before it count and it goes to kernel_numbers.c. */
#include "data/kernel_cells.h"

#include "data/float.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define WITH_WIDE                                                                                                      \
	__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512cd,avx512vbmi,avx512vpopcntdq,bmi,bmi2")))
#define WIDE ALWAYS_INLINE WITH_WIDE

enum { GROUP = 8, LANE = 16, READ = 24, LONGEST_FLOAT = 23, LONGEST_INT = 19, POINT = '.' ^ '0', MINUS = '-' ^ '0' };
/* The first bit of each lane. */
#define FIRSTS 0x0001000100010001u

/* What every group needs. */
typedef struct fixed {
	__m512i one, nine, zeros, signs, points, lane, sign, spans, single, most;
	__m512i least, least_minus, whole;
	uint64_t firsts;
} fixed;

/* Compilers would make a constant anew for each group, in a general register first, which takes as long as the rest. */
WIDE __m512i keep(__m512i v) {
	__asm__("" : "+v"(v));
	return v;
}

WIDE fixed fixed_make(uint64_t last, uint64_t longest) {
	fixed f = {.one = keep(_mm512_set1_epi64(1)),
		   .nine = keep(_mm512_set1_epi8(9)),
		   .zeros = keep(_mm512_set1_epi8('0')),
		   .signs = keep(_mm512_set1_epi8(MINUS)),
		   .points = keep(_mm512_set1_epi8(POINT)),
		   .lane = keep(_mm512_set1_epi64(LANE)),
		   .sign = keep(_mm512_set1_epi64((int64_t)MINUS << 56)),
		   .spans = keep(_mm512_set1_epi64((int64_t)CELL_LENGTH << 32 | 0xffffffff)),
		   .single = keep(_mm512_set1_epi64(1ll << 32)),
		   .most = keep(_mm512_set1_epi64((int64_t)((longest - 1) << 32 | last))),
		   .least = keep(_mm512_set1_epi64(100000000000000)),
		   .least_minus = keep(_mm512_set1_epi64(10000000000000)),
		   .whole = keep(_mm512_set1_epi64(3)),
		   .firsts = FIRSTS};
	__asm__("" : "+k"(f.firsts));
	return f;
}

/* Eight cells: of every other the first 16 bytes, digits as what they count; how many there are, and in the lane. */
typedef struct eight {
	__m512i even, odd, length, first;
	__mmask8 minus;
} eight;

WIDE __m128i load_two(const void *a, const void *b) {
	return _mm_castpd_si128(_mm_loadh_pd(_mm_castsi128_pd(_mm_loadl_epi64(a)), b));
}

WIDE __m512i join(__m128i a, __m128i b, __m128i c, __m128i d) {
	__m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(a), b, 1);
	__m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(c), d, 1);
	return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

/* Of eight rows, `at` in the lower halves, `len` without flags in the upper ones. */
WIDE __m512i load_spans(const fixed *f, const span *c, size_t w) {
	const span *d = c + 4 * w;
	return _mm512_and_si512(f->spans, join(load_two(c, c + w), load_two(c + 2 * w, c + 3 * w), load_two(d, d + w),
					       load_two(d + 2 * w, d + 3 * w)));
}

WIDE __m128i load_lane(const char *p) {
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

WIDE __m512i load_four(const fixed *f, const char *base, const span *c, size_t w) {
	const span *d = c + 4 * w;
	return _mm512_xor_si512(f->zeros, join(load_lane(base + c[0].at), load_lane(base + c[2 * w].at),
					       load_lane(base + d[0].at), load_lane(base + d[2 * w].at)));
}

WIDE eight load_eight(const fixed *f, const char *base, const span *cell, size_t w, __m512i spans) {
	eight e = {.even = load_four(f, base, cell, w), .odd = load_four(f, base, cell + w, w)};
	__m512i begin = _mm512_slli_epi64(_mm512_unpacklo_epi64(e.even, e.odd), 56);
	e.minus = _mm512_cmpeq_epi64_mask(begin, f->sign);
	e.length = _mm512_srli_epi64(spans, 32);
	e.first = _mm512_min_epu64(e.length, f->lane);
	return e;
}

/* The lengths of the rows from `row` on, of every other, in all bytes of their lanes. */
WIDE __m512i lane_lengths(const eight *e, int row) {
	const __m512i from = _mm512_set_epi64(EIGHT(48), EIGHT(48), EIGHT(32), EIGHT(32), EIGHT(16), EIGHT(16), 0, 0);
	return _mm512_permutexvar_epi8(_mm512_add_epi8(from, _mm512_set1_epi8((char)(row * 8))), e->first);
}

/* The place of each byte in its lane. */
WIDE __m512i places(void) {
	return _mm512_set4_epi64(0x0f0e0d0c0b0a0908, 0x0706050403020100, 0x0f0e0d0c0b0a0908, 0x0706050403020100);
}

WIDE uint64_t minus_signs(const fixed *f, __m512i v) {
	return _mm512_mask_cmpeq_epi8_mask(f->firsts, v, f->signs);
}

/* The rows with a byte above 9. */
WIDE __mmask8 not_digits(const fixed *f, __m512i even, __m512i odd) {
	if (!_mm512_cmpgt_epu8_mask(_mm512_max_epu8(even, odd), f->nine)) return 0;
	even = _mm512_subs_epu8(even, f->nine), odd = _mm512_subs_epu8(odd, f->nine);
	__m512i any = _mm512_or_si512(_mm512_unpacklo_epi64(even, odd), _mm512_unpackhi_epi64(even, odd));
	return _mm512_test_epi64_mask(any, any);
}

/* Cells with their digits at the right. */
WIDE __m512i digits_right(const fixed *f, __m512i v, __m512i lengths) {
	__m512i from = _mm512_add_epi8(lengths, _mm512_sub_epi8(places(), _mm512_set1_epi8(LANE)));
	return _mm512_shuffle_epi8(_mm512_mask_mov_epi8(v, minus_signs(f, v), _mm512_setzero_si512()), from);
}

/* Cells with their digits at the left, from the second byte of the lane on; *upto: the bits up to the point and with
 * it, all where a cell has neither a point nor an end in the lane. That cell is no plain one then, and as it borrows
 * from the next lane, neither may be what comes behind it. */
WIDE __m512i digits_left(const fixed *f, __m512i v, __m512i lengths, uint64_t *upto) {
	__mmask64 in = _mm512_cmplt_epu8_mask(places(), lengths);
	uint64_t stops = _mm512_cmpeq_epi8_mask(v, f->points) | ~in;
	*upto = stops ^ (stops - FIRSTS);
	v = _mm512_maskz_mov_epi8(_kandn_mask64(minus_signs(f, v), in), v);
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

/* As float_divide, for 10^1 to 10^27; *unsure: the rows where it cannot tell. The power is cut off, never exact, so
 * that the product is less than the true one, by less than its last bit: what lies on a boundary between two doubles,
 * or in the middle, shows as ones below it. */
WIDE __m512d divide_long(__m512i digits, __m512i tens, __mmask8 *unsure) {
	const __m512i last = _mm512_set1_epi64(0x1ff);
	__m512i zeros = _mm512_lzcnt_epi64(digits);
	__m512i index = _mm512_sub_epi64(_mm512_setzero_si512(), _mm512_slli_epi64(tens, 1));
	__m512i power = _mm512_i64gather_epi64(index, POW5[-LEAST_POWER], 8);
	__m512i high = multiply_high(_mm512_sllv_epi64(digits, zeros), power);
	*unsure = _mm512_cmpeq_epi64_mask(_mm512_and_si512(high, last), last);
	__m512i upper = _mm512_srli_epi64(high, 63);
	__m512i mantissa = _mm512_srlv_epi64(high, _mm512_add_epi64(upper, _mm512_set1_epi64(9)));
	mantissa = _mm512_srli_epi64(_mm512_add_epi64(mantissa, _mm512_set1_epi64(1)), 1);
	__m512i exponent = _mm512_srai_epi64(_mm512_mul_epi32(tens, _mm512_set1_epi64(-217706)), 16);
	exponent = _mm512_add_epi64(_mm512_sub_epi64(exponent, zeros),
				    _mm512_add_epi64(upper, _mm512_set1_epi64(63 + 1023 - 1)));
	return _mm512_castsi512_pd(_mm512_add_epi64(_mm512_slli_epi64(exponent, 52), mantissa));
}

/* What is left of the rows behind the first 16 bytes: up to seven digits, of which the number. */
typedef struct rest {
	__m512i n, value;
	__mmask8 bad;
} rest;

WIDE rest load_rest(const fixed *f, const char *base, const span *c, size_t w, __m512i length) {
	__asm__("" : "+r"(c)); /* reads `at` again rather than keep eight of them for this, which is seldom */
	const span *d = c + 4 * w;
	base += LANE;
	__m512i v = join(load_two(base + c[0].at, base + c[w].at), load_two(base + c[2 * w].at, base + c[3 * w].at),
			 load_two(base + d[0].at, base + d[w].at), load_two(base + d[2 * w].at, base + d[3 * w].at));
	__m512i n = _mm512_sub_epi64(_mm512_max_epu64(length, f->lane), f->lane);
	n = _mm512_min_epu64(n, _mm512_set1_epi64(LONGEST_FLOAT - LANE));
	__m512i others = _mm512_sub_epi64(_mm512_set1_epi64(64), _mm512_slli_epi64(n, 3));
	v = _mm512_sllv_epi64(_mm512_xor_si512(v, f->zeros), others);
	__m512i wrong = _mm512_subs_epu8(v, f->nine);
	return (rest){n, values_of_8(v), _mm512_test_epi64_mask(wrong, wrong)};
}

/* v * 10^n and the rest. */
WIDE __m512i append(__m512i v, rest r) {
	__m512i power =
	    _mm512_permutexvar_epi64(r.n, _mm512_set_epi64(10000000, 1000000, 100000, 10000, 1000, 100, 10, 1));
	return _mm512_add_epi64(_mm512_mullo_epi64(v, power), r.value);
}

/* Rows whose digits with the rest would be 20 or more. */
WIDE __mmask8 beyond_64_bits(__m512i v, rest r) {
	const __m512i bounds = _mm512_set_epi64(1000000000000, 10000000000000, 100000000000000, 1000000000000000,
						10000000000000000, 100000000000000000, 1000000000000000000, INT64_MAX);
	return _mm512_cmpge_epu64_mask(v, _mm512_permutexvar_epi64(r.n, bounds));
}

/* `d` is what the first 15 digits, v, give alone: right where the rest is zero. */
WIDE __m512d with_rest(__m512d d, __m512i v, __m512i points, rest r, __mmask8 *bad) {
	__m512i tens = _mm512_add_epi64(_mm512_sub_epi64(_mm512_set1_epi64(LANE), points), r.n);
	__mmask8 unsure, more = _mm512_test_epi64_mask(r.value, r.value);
	__m512d exact = divide_long(append(v, r), tens, &unsure);
	*bad = (__mmask8)(r.bad | (more & (unsure | beyond_64_bits(v, r))));
	return _mm512_mask_mov_pd(d, more, exact);
}

/* Rows with a sign and nothing else, with nothing behind the point, or whose first 15 digits, v, begin with a zero
 * though there are others before the point. */
WIDE __mmask8 wrong_fractions(const fixed *f, const eight *e, __m512i v, __m512i points) {
	__m512i least = _mm512_mask_mov_epi64(f->least, e->minus, f->least_minus);
	__m512i whole = _mm512_mask_sub_epi64(points, e->minus, points, f->one);
	__mmask8 zeros = _mm512_mask_cmplt_epu64_mask(_mm512_cmpge_epu64_mask(whole, f->whole), v, least);
	__mmask8 ends = _mm512_cmpeq_epu64_mask(points, e->first);
	return (__mmask8)(zeros | ends | _mm512_mask_cmpeq_epu64_mask(e->minus, e->length, f->one));
}

WIDE __mmask8 longer_than_lane(const eight *e) {
	return _mm512_cmpneq_epu64_mask(e->length, e->first);
}

/* Gives the rows that are not right, as eight_ints does. */
WIDE __mmask8 eight_floats(const fixed *f, const char *base, const span *cell, size_t w, __m512i spans, char *out) {
	eight e = load_eight(f, base, cell, w, spans);
	uint64_t upto_even, upto_odd;
	__m512i even = digits_left(f, e.even, lane_lengths(&e, 0), &upto_even);
	__m512i odd = digits_left(f, e.odd, lane_lengths(&e, 1), &upto_odd);
	__m512i v = values_of(even, odd), points = points_of(upto_even, upto_odd);
	__mmask8 bad = wrong_fractions(f, &e, v, points), more = 0;
	__m512d d = divide_exactly(v, points);
	if (longer_than_lane(&e)) d = with_rest(d, v, points, load_rest(f, base, cell, w, e.length), &more);
	_mm512_storeu_pd(out, _mm512_mask_xor_pd(d, e.minus, d, _mm512_set1_pd(-0.0)));
	return (__mmask8)(bad | more | not_digits(f, even, odd));
}

/* The least number of so many digits without a zero in front, 1 to 16; none is as 16. */
WIDE __m512i least_of(__m512i digits) {
	const __m512i low = _mm512_set_epi64(1000000, 100000, 10000, 1000, 100, 10, 0, 1000000000000000);
	const __m512i high = _mm512_set_epi64(100000000000000, 10000000000000, 1000000000000, 100000000000, 10000000000,
					      1000000000, 100000000, 10000000);
	return _mm512_permutex2var_epi64(low, digits, high);
}

/* Puts the rest of rows of up to 18 digits behind the first ones. */
WIDE __m512i long_ints(__m512i v, const eight *e, rest r, __mmask8 *bad) {
	__m512i digits = _mm512_mask_sub_epi64(e->length, e->minus, e->length, _mm512_set1_epi64(1));
	*bad = (__mmask8)(r.bad | _mm512_cmpgt_epu64_mask(digits, _mm512_set1_epi64(18)));
	return append(v, r);
}

WIDE __mmask8 eight_ints(const fixed *f, const char *base, const span *cell, size_t w, __m512i spans, char *out) {
	eight e = load_eight(f, base, cell, w, spans);
	__m512i even = digits_right(f, e.even, lane_lengths(&e, 0)), odd = digits_right(f, e.odd, lane_lengths(&e, 1));
	__m512i v = values_of(even, odd), n = _mm512_mask_sub_epi64(e.first, e.minus, e.first, f->one);
	__mmask8 bad = _mm512_cmplt_epu64_mask(v, least_of(n)), more = 0;
	if (longer_than_lane(&e)) v = long_ints(v, &e, load_rest(f, base, cell, w, e.length), &more);
	_mm512_storeu_si512(out, _mm512_mask_sub_epi64(v, e.minus, _mm512_setzero_si512(), v));
	return (__mmask8)(bad | more | not_digits(f, even, odd));
}

/* As eight_ints. False where there are not READ bytes. */
WIDE bool read_eight(bool floats, const fixed *f, const char *base, const span *cell, size_t w, char *out,
		     unsigned *bad) {
	__m512i spans = load_spans(f, cell, w);
	/* A bit for `at`, then one for `len`; no length is as the longest. */
	unsigned beyond = _mm512_cmpgt_epu32_mask(_mm512_sub_epi64(spans, f->single), f->most);
	if (beyond & 0x5555) return false;
	*bad = _pext_u32(beyond, 0xaaaa) | (floats ? eight_floats : eight_ints)(f, base, cell, w, spans, out);
	return true;
}

/* Rows from i on, in groups, as long as they are plain and there are READ bytes: the first that is not. */
WIDE size_t groups_of(bool floats, const batch *from, size_t k, size_t i, char *out) {
	const char *base = from->text.p + from->base;
	size_t w = from->width, left = from->text.n - from->base;
	if (left < READ) return i;
	const uint64_t last = left - READ < UINT32_MAX ? left - READ : UINT32_MAX;
	const fixed f = fixed_make(last, floats ? LONGEST_FLOAT : LONGEST_INT);
	const span *cell = from->cells + i * w + k;
	for (; from->rows - i >= GROUP; i += GROUP, cell += GROUP * w, out += GROUP * 8) {
		unsigned bad;
		if (!read_eight(floats, &f, base, cell, w, out, &bad)) break;
		if (bad) return i + (size_t)__builtin_ctz(bad);
	}
	return i;
}

typedef size_t read_groups(const batch *from, size_t k, size_t i, char *out);

WITH_WIDE static size_t groups_of_ints(const batch *from, size_t k, size_t i, char *out) {
	return groups_of(false, from, k, i, out);
}

WITH_WIDE static size_t groups_of_floats(const batch *from, size_t k, size_t i, char *out) {
	return groups_of(true, from, k, i, out);
}

/* The row that ends a group is read singly, and eight where it ends before its first. So are more behind a run of few
 * rows, which is cheaper where the odd ones are many. */
enum { CALM = 16 };

static size_t wide_with(read_groups *groups, kernel_until *narrow, builder *b, const batch *from, size_t k, size_t i) {
	const size_t start = i;
	for (size_t singly = b->brief ? CALM : 0;;) {
		size_t end = from->rows - i < singly ? from->rows : i + singly;
		if (i < end && (i = narrow(b, from, k, i, end)) < end) break;
		if (i == from->rows) break;
		size_t next = groups(from, k, i, b->values.p + b->values.n);
		kernel_done(b, next - i);
		singly = next > i ? 1 : GROUP;
		i = next;
	}
	b->brief = i < from->rows && i - start < GROUP;
	return i;
}

size_t wide_ints(builder *b, const batch *from, size_t k, size_t i) {
	return wide_with(groups_of_ints, ints_until, b, from, k, i);
}

size_t wide_floats(builder *b, const batch *from, size_t k, size_t i) {
	return wide_with(groups_of_floats, floats_until, b, from, k, i);
}
#endif
