/* How text is read
 * ----------------
 * While a column has few texts, a cell is looked up among those that are known
 * (dictionary.h) and becomes the code of its text; the first cell of a text goes
 * back to text.c.
 *
 * With AVX-512 a cell is a key after one masked load, which reads nothing behind
 * it, and whose mask knows the length without a branch. Eight cells below each
 * other are hashed together, since the sums over their words cost less so, and
 * compared together: the one branch says whether all are known. While they are
 * looked up the next eight are loaded: a processor does not look ahead far
 * enough to do so by itself. One that is not known sends the next few through
 * the loop that takes one at a time. */
#include "data/kernel_cells.h"

#include "data/text.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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
kernel_done(b, i - start);
return i;
}

/* Of a batch's rows at most, which 16 bits count. */
static size_t missing_among(const uint16_t *codes, size_t n) {
	uint16_t missing = 0;
	for (size_t i = 0; i < n; i++) missing = (uint16_t)(missing + !codes[i]);
	return missing;
}

static void codes_done(builder *b, size_t n) {
	b->nulls += missing_among(text_codes(b) + b->rows, n);
	b->codes.n += n * sizeof(uint16_t);
	b->rows += n;
}

/* Those of KEY_BYTES at p that are not the cell's can be read too. */
static __attribute__((noinline)) const cell_key *plain_find(const builder *b, const char *p, size_t n, uint32_t len) {
	if (n > KEY_BYTES) return text_find_long(b, (slice){p, n}, len);
	cell_key key = {.len = len};
	key_load(&key, p, n, KEY_WORDS);
	size_t slot = first_slot(&b->few, &key);
	return dictionary_find(&b->few, &key, &slot);
}

/* The same for a short cell, whose key is in its first slot nearly always. */
static inline const cell_key *plain_find_short(const dictionary *d, const builder *b, const char *p, size_t n,
					       uint32_t len) {
	cell_key key = {.len = len};
	key_load(&key, p, n, SHORT_WORDS);
	const cell_key *first = &d->keys[d->slots[key_hash(&key, SHORT_WORDS) >> d->shift]];
	return key_same(first, &key, SHORT_WORDS) ? first : plain_find(b, p, n, len);
}

static size_t plain_codes(builder *b, const batch *from, size_t k, size_t i) {
	uint16_t *out = (uint16_t *)(void *)(b->codes.p + b->codes.n);
	const char *stop = from->text.p + from->text.n;
	const dictionary d = b->few;
	FOR_CELLS(void) safe;
	if (stop - p < KEY_BYTES) break;
	const cell_key *known =
	    n <= SHORT_WORDS * 8 ? plain_find_short(&d, b, p, n, c.len) : plain_find(b, p, n, c.len);
	if (!known) break;
	*out++ = known->code;
}
codes_done(b, i - start);
return i;
}

#if defined(__x86_64__)
#define WITH_VECTORS __attribute__((target("avx512f,avx512bw,avx512dq")))
#define VECTOR ALWAYS_INLINE WITH_VECTORS

enum { GROUP = 8, CALM = 8 };
enum { LENGTH_LANE = 1 << 14, CODE_LANE = 1 << 15 }; /* of a key as 16 lanes of 32 bits */

/* The number of each byte of a key's words; no cell has those behind them. */
VECTOR __m512i vector_places(void) {
	return _mm512_set_epi64(-1, 0x3736353433323130, 0x2f2e2d2c2b2a2928, 0x2726252423222120, 0x1f1e1d1c1b1a1918,
				0x1716151413121110, 0x0f0e0d0c0b0a0908, 0x0706050403020100);
}

/* The cell as a key, with no code. Its length may be any, of which eight bits make the mask: what is longer than
 * KEY_BYTES is like no key. */
VECTOR __m512i vector_key(const char *base, const span *cell) {
	__m512i empty = _mm512_maskz_set1_epi32(LENGTH_LANE, (int)cell->len);
	__m512i length = _mm512_set1_epi8(*(const char *)&cell->len);
	__mmask64 bytes = _mm512_cmplt_epu8_mask(vector_places(), length);
	return _mm512_mask_loadu_epi8(empty, bytes, base + cell->at);
}

VECTOR __m512i vector_products(__m512i key) {
	return _mm512_mullo_epi64(key, _mm512_loadu_si512(KEY_FACTORS));
}

/* Of a's words and b's, taking turns, each the sum of two. */
VECTOR __m512i pair_sums(__m512i a, __m512i b) {
	return _mm512_add_epi64(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
}

/* Of a's lanes of 128 bits, then b's, each the sum of two. */
VECTOR __m512i lane_sums(__m512i a, __m512i b) {
	return _mm512_add_epi64(_mm512_shuffle_i64x2(a, b, 0x88), _mm512_shuffle_i64x2(a, b, 0xdd));
}

VECTOR uint64_t vector_hash(__m512i key) {
	__m512i sums = vector_products(key);
	sums = pair_sums(sums, sums);
	sums = lane_sums(sums, sums);
	return (uint64_t)_mm_cvtsi128_si64(_mm512_castsi512_si128(lane_sums(sums, sums)));
}

/* Cells below each other. */
typedef struct group {
	__m512i key[GROUP], slots;
} group;

VECTOR void group_load(group *g, const dictionary *d, const char *base, const span *cell, size_t width) {
	__m512i p[GROUP];
#pragma GCC unroll 8
	for (size_t i = 0; i < GROUP; i++) {
		g->key[i] = vector_key(base, cell + i * width);
		p[i] = vector_products(g->key[i]);
	}
	__m512i low = lane_sums(pair_sums(p[0], p[1]), pair_sums(p[2], p[3]));
	__m512i high = lane_sums(pair_sums(p[4], p[5]), pair_sums(p[6], p[7]));
	g->slots = _mm512_srl_epi64(lane_sums(low, high), _mm_cvtsi32_si128((int)d->shift));
}

/* False where a cell is not known or its key not in its first slot; codes are written all the same. */
VECTOR bool group_find(const group *g, const dictionary *d, uint16_t *out) {
	enum { OR_DIFFERENCE = 0xf6 }; /* a | (b ^ c) */
	uint64_t slot[GROUP];
	__m512i other = _mm512_setzero_si512();
	_mm512_storeu_si512(slot, g->slots);
#pragma GCC unroll 8
	for (size_t i = 0; i < GROUP; i++) {
		const cell_key *known = &d->keys[d->slots[slot[i]]];
		other = _mm512_ternarylogic_epi64(other, g->key[i], _mm512_load_si512(known), OR_DIFFERENCE);
		out[i] = known->code;
	}
	return !_mm512_test_epi32_mask(other, _mm512_maskz_set1_epi32((__mmask16)~CODE_LANE, -1));
}

/* Of at least GROUP rows, how many first ones are known, group by group. */
VECTOR size_t groups_find(const dictionary *d, const char *base, const span *cell, size_t width, size_t rows,
			  uint16_t *out) {
	size_t done = 0;
	group now, next;
	group_load(&now, d, base, cell, width);
	for (; rows - done >= 2 * GROUP; done += GROUP) {
		cell += GROUP * width;
		group_load(&next, d, base, cell, width);
		if (!group_find(&now, d, out + done)) return done;
		now = next;
	}
	return group_find(&now, d, out + done) ? done + GROUP : done;
}

VECTOR const cell_key *vector_find(const dictionary *d, const char *base, const span *cell) {
	__m512i key = vector_key(base, cell);
	for (size_t i = vector_hash(key) >> d->shift; d->slots[i]; i = next_slot(d, i)) {
		const cell_key *known = &d->keys[d->slots[i]];
		__m512i other = _mm512_xor_si512(key, _mm512_load_si512(known));
		if (!_mm512_mask_test_epi32_mask((__mmask16)~CODE_LANE, other, other)) return known;
	}
	return NULL;
}

WITH_VECTORS static size_t vector_codes(builder *b, const batch *from, size_t k, size_t i) {
	uint16_t *out = (uint16_t *)(void *)(b->codes.p + b->codes.n);
	const char *base = from->text.p + from->base;
	const dictionary d = b->few;
	const size_t start = i, rows = from->rows, width = from->width;
	const span *cells = from->cells + k;
	for (size_t calm = i ? i + CALM : 0; i < rows; i++) {
		if (i >= calm && rows - i >= GROUP) {
			i += groups_find(&d, base, cells + i * width, width, rows - i, out + (i - start));
			calm = i + CALM;
			if (i == rows) break;
		}
		const span *cell = cells + i * width;
		size_t n = cell_length(*cell);
		const cell_key *known = n <= KEY_BYTES ? vector_find(&d, base, cell)
						       : text_find_long(b, (slice){base + cell->at, n}, cell->len);
		if (!known) break;
		out[i - start] = known->code;
	}
	codes_done(b, i - start);
	return i;
}
#endif

kernel *kernel_choose_text(int best) {
#if defined(__x86_64__)
	if (best >= 1 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512dq"))
		return vector_codes;
#endif
	(void)best;
	return plain_codes;
}

size_t kernel_text(builder *b, const batch *from, size_t k, size_t i) {
	kernel *read = b->plain ? kernel_plain : kernel_choose_text(1);
	return read(b, from, k, i);
}
