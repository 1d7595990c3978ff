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
 * the loop that takes one at a time. With AVX2 it is four cells in the same way,
 * where a line of KEY_LINE bytes can be read from any of them. */
#include "data/kernel_cells.h"

#include "data/text.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* First characters that a word for a missing value may start with (quick.c), and white space. */
static const bool DOUBTFUL[256] = {
    ['N'] = true,  ['n'] = true,  ['#'] = true,  ['-'] = true,  ['.'] = true,  ['?'] = true,
    ['*'] = true,  ['<'] = true,  ['1'] = true,  ['\\'] = true, ['m'] = true,  ['M'] = true,
    [':'] = true,  [0xe2] = true, ['('] = true,  ['k'] = true,  [0xc2] = true, [' '] = true,
    ['\t'] = true, ['\n'] = true, ['\r'] = true, ['\v'] = true, ['\f'] = true};

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

static inline const cell_key *plain_one(const builder *b, const dictionary *d, const batch *from, span c) {
	const char *p = from->text.p + from->base + c.at;
	size_t n = cell_length(c);
	if (from->text.p + from->text.n - p < KEY_BYTES) return NULL;
	return n <= SHORT_WORDS * 8 ? plain_find_short(d, b, p, n, c.len) : plain_find(b, p, n, c.len);
}

static size_t plain_codes(builder *b, const batch *from, size_t k, size_t i) {
	uint16_t *out = (uint16_t *)(void *)(b->codes.p + b->codes.n);
	const dictionary d = b->few;
	FOR_CELLS(void) safe, (void)n, (void)p;
	const cell_key *known = plain_one(b, &d, from, c);
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

VECTOR const cell_key *vector_find(const builder *b, const dictionary *d, const batch *from, span c) {
	const char *base = from->text.p + from->base;
	size_t n = cell_length(c);
	if (n > KEY_BYTES) return text_find_long(b, (slice){base + c.at, n}, c.len);
	__m512i key = vector_key(base, &c);
	for (size_t i = vector_hash(key) >> d->shift; d->slots[i]; i = next_slot(d, i)) {
		const cell_key *known = &d->keys[d->slots[i]];
		__m512i other = _mm512_xor_si512(key, _mm512_load_si512(known));
		if (!_mm512_mask_test_epi32_mask((__mmask16)~CODE_LANE, other, other)) return known;
	}
	return NULL;
}

/* With AVX2 the same of four cells. A key is two vectors; while all known ones have up to SHORT bytes it is one, whose
 * last lane is the length: a longer cell has that of none. */
#define WITH_AVX2 __attribute__((target("avx2")))
#define NARROW ALWAYS_INLINE WITH_AVX2
enum { SHORT = SHORT_WORDS * 8 - 4, LAST_LANE = 1 << 7, LENGTH_LANE_OF_UPPER = 1 << 6 };

NARROW __m256i load_32(const void *p) {
	return _mm256_loadu_si256(p);
}

/* The cell's bytes from `first` on, zeros behind them. What is longer than KEY_BYTES may be cut anywhere. */
NARROW __m256i cell_bytes(const char *base, const span *cell, size_t first) {
	const __m256i places =
	    _mm256_set_epi64x(0x1f1e1d1c1b1a1918, 0x1716151413121110, 0x0f0e0d0c0b0a0908, 0x0706050403020100);
	__m256i from = _mm256_add_epi8(places, _mm256_set1_epi8((char)first));
	__m256i in = _mm256_cmpgt_epi8(_mm256_set1_epi8(*(const char *)&cell->len), from);
	return _mm256_and_si256(in, load_32(base + cell->at + first));
}

/* Modulo 2^64. */
NARROW __m256i word_products(__m256i a, __m256i b) {
	__m256i cross = _mm256_mullo_epi32(a, _mm256_shuffle_epi32(b, 0xb1));
	__m256i low = _mm256_add_epi64(_mm256_mul_epu32(a, b), _mm256_slli_epi64(cross, 32));
	return _mm256_add_epi32(low, _mm256_blend_epi32(cross, _mm256_setzero_si256(), 0x55));
}

/* The sums of each one's words. */
NARROW __m256i word_sums(__m256i a, __m256i b, __m256i c, __m256i d) {
	a = _mm256_add_epi64(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
	c = _mm256_add_epi64(_mm256_unpacklo_epi64(c, d), _mm256_unpackhi_epi64(c, d));
	return _mm256_add_epi64(_mm256_permute2x128_si256(a, c, 0x20), _mm256_permute2x128_si256(a, c, 0x31));
}

/* Four cells below each other, and their first slots. */
typedef struct four {
	__m256i lower[4], upper[4], slots;
} four;

/* The sums of products of a key's words. */
NARROW __m256i four_key(four *f, size_t i, const char *base, const span *cell, bool longer) {
	__m256i length = _mm256_set1_epi32((int)cell->len);
	f->lower[i] = cell_bytes(base, cell, 0);
	if (!longer) f->lower[i] = _mm256_blend_epi32(f->lower[i], length, LAST_LANE);
	__m256i lower = word_products(f->lower[i], load_32(KEY_FACTORS));
	if (!longer) return lower;
	f->upper[i] = _mm256_blend_epi32(cell_bytes(base, cell, 32), length, LENGTH_LANE_OF_UPPER);
	return _mm256_add_epi64(lower, word_products(f->upper[i], load_32(KEY_FACTORS + 4)));
}

NARROW void four_load(four *f, const dictionary *d, const char *base, const span *c, size_t w, bool longer) {
	__m256i p[4];
#pragma GCC unroll 4
	for (size_t i = 0; i < 4; i++) p[i] = four_key(f, i, base, c + i * w, longer);
	f->slots = _mm256_srl_epi64(word_sums(p[0], p[1], p[2], p[3]), _mm_cvtsi32_si128((int)d->shift));
}

/* As group_find. */
NARROW bool four_find(const four *f, const dictionary *d, uint16_t *out, bool longer) {
	__m256i lower = _mm256_setzero_si256(), upper = lower;
	uint64_t slot[4];
	_mm256_storeu_si256((__m256i *)(void *)slot, f->slots);
#pragma GCC unroll 4
	for (size_t i = 0; i < 4; i++) {
		const cell_key *known = &d->keys[d->slots[slot[i]]];
		__m256i key = load_32(known), last = load_32((const char *)&known->len - SHORT);
		if (longer) upper = _mm256_or_si256(upper, _mm256_xor_si256(f->upper[i], load_32(known->word + 4)));
		if (!longer) key = _mm256_blend_epi32(key, last, LAST_LANE);
		lower = _mm256_or_si256(lower, _mm256_xor_si256(f->lower[i], key));
		out[i] = known->code;
	}
	upper = _mm256_blend_epi32(upper, _mm256_setzero_si256(), LAST_LANE); /* where the code is */
	lower = _mm256_or_si256(lower, upper);
	return _mm256_testz_si256(lower, lower);
}

NARROW size_t fours_with(const dictionary *d, const char *base, const span *cell, size_t width, size_t rows,
			 uint16_t *out, bool longer) {
	size_t done = 0;
	four now, next;
	four_load(&now, d, base, cell, width, longer);
	for (; rows - done >= 8; done += 4) {
		cell += 4 * width;
		four_load(&next, d, base, cell, width, longer);
		if (!four_find(&now, d, out + done, longer)) return done;
		now = next;
	}
	return four_find(&now, d, out + done, longer) ? done + 4 : done;
}

WITH_AVX2 static size_t fours_find(const dictionary *d, const char *base, const span *cell, size_t width, size_t rows,
				   uint16_t *out) {
	return d->longest > SHORT ? fours_with(d, base, cell, width, rows, out, true)
				  : fours_with(d, base, cell, width, rows, out, false);
}

typedef size_t find_groups(const dictionary *d, const char *base, const span *cell, size_t width, size_t rows,
			   uint16_t *out);
typedef const cell_key *find_one(const builder *b, const dictionary *d, const batch *from, span c);

/* Groups up to row `inside`. */
ALWAYS_INLINE size_t codes_with(find_groups *groups, find_one *one, builder *b, const batch *from, size_t k, size_t i,
				size_t inside) {
	uint16_t *out = (uint16_t *)(void *)(b->codes.p + b->codes.n);
	const char *base = from->text.p + from->base;
	const dictionary d = b->few;
	const size_t start = i, rows = from->rows, width = from->width;
	const span *cells = from->cells + k;
	for (size_t calm = i ? i + CALM : 0; i < rows; i++) {
		if (i >= calm && i + GROUP <= inside) {
			i += groups(&d, base, cells + i * width, width, inside - i, out + (i - start));
			calm = i + CALM;
			if (i == rows) break;
		}
		const cell_key *known = one(b, &d, from, cells[i * width]);
		if (!known) break;
		out[i - start] = known->code;
	}
	codes_done(b, i - start);
	return i;
}

WITH_VECTORS static size_t vector_codes(builder *b, const batch *from, size_t k, size_t i) {
	return codes_with(groups_find, vector_find, b, from, k, i, from->rows);
}

/* Those rows before which a row begins from whose first cell a key's line can be read: from any of theirs then, too. */
static size_t rows_inside(const batch *from) {
	size_t left = from->text.n - from->base, row = from->rows;
	while (row && from->cells[(row - 1) * from->width].at + KEY_LINE > left) row--;
	return row ? row - 1 : 0;
}

WITH_AVX2 static size_t narrow_codes(builder *b, const batch *from, size_t k, size_t i) {
	return codes_with(fours_find, plain_one, b, from, k, i, rows_inside(from));
}
#endif

kernel *kernel_choose_text(int best) {
#if defined(__x86_64__)
	if (best >= 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512dq"))
		return vector_codes;
	if (best >= 1 && __builtin_cpu_supports("avx2")) return narrow_codes;
#endif
	(void)best;
	return plain_codes;
}

size_t kernel_text(builder *b, const batch *from, size_t k, size_t i) {
	kernel *read = b->plain ? kernel_plain : kernel_choose_text(2);
	return read(b, from, k, i);
}
