/* How the scan works
 * ------------------
 * A block of 64 bytes becomes four words of 64 bits: a bit for each quote,
 * delimiter, LF and CR (Langdale and Lemire 2019, "Parsing gigabytes of JSON per
 * second"). The running exclusive-or of the quote bits says which bytes lie
 * inside of quotes; delimiters and line ends there are masked out. The rest is
 * written to the index bit by bit.
 *
 * That is right only when every quote that opens follows a delimiter, a line end
 * or a closing quote (a doubled one), and every quote that closes is followed
 * by one. Both are tested on whole words; at the first quote where it fails the
 * index is declared good up to there, and rows.c, which knows what people do to
 * quotes, reads the row in question.
 *
 * The block's words come from AVX-512, AVX2 or SSE2 compares where the machine has
 * them, from a plain loop elsewhere: copies of one inlined function. With AVX-512
 * VBMI2 the entries are packed by one instruction instead of bit by bit (Lemire
 * and Clausecker 2022, "Transcoding Unicode with AVX-512"), with AVX2 a byte's come
 * from a table; with either a product without carries makes the running
 * exclusive-or. */
#include "data/scan.h"

#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define WITH_AVX2 __attribute__((target("avx2,bmi,popcnt,pclmul")))
#define WITH_512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi,bmi2,popcnt,pclmul")))
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))

bool scan_can(const syntax *s) {
	return s->ndelimiter <= 1 && !s->escape && !s->runs && s->delimiter[0] != '\n' && s->delimiter[0] != '\r';
}

bool scan_init(scan_index *x, size_t bytes) {
	size_t most = bytes + 64;
	*x = (scan_index){.at = malloc(2 * most * sizeof *x->at)};
	x->ends = x->at + (x->at ? most : 0);
	return x->at != NULL;
}

void scan_free(scan_index *x) {
	free(x->at);
	*x = (scan_index){0};
}

typedef struct words {
	uint64_t quote, delimiter, lf, cr;
	uint64_t valid;
} words;

typedef words read_block(const char *p, char quote, char delimiter);
typedef uint64_t prefix_sum(uint64_t bits);
/* Adds an entry for each bit, of which those in `breaks` are line ends. */
typedef void add_entries(uint64_t bits, uint64_t breaks, uint32_t base, scan_index *out);

/* What a kind of machine does in its own way. */
typedef struct level {
	read_block *block;
	prefix_sum *prefix_xor;
	add_entries *add;
} level;

static inline words plain_block(const char *p, char quote, char delimiter) {
	words w = {0};
	for (unsigned i = 0; i < 64; i++) {
		uint64_t bit = 1ull << i;
		w.quote |= p[i] == quote ? bit : 0;
		w.delimiter |= p[i] == delimiter ? bit : 0;
		w.lf |= p[i] == '\n' ? bit : 0;
		w.cr |= p[i] == '\r' ? bit : 0;
	}
	return w;
}

#if defined(__x86_64__)
/* The bytes' upper bits. */
static inline uint64_t upper_sse2(__m128i a, __m128i b, __m128i c, __m128i d) {
	uint64_t low = (uint32_t)_mm_movemask_epi8(a) | (uint32_t)_mm_movemask_epi8(b) << 16;
	uint64_t high = (uint32_t)_mm_movemask_epi8(c) | (uint32_t)_mm_movemask_epi8(d) << 16;
	return high << 32 | low;
}

static inline uint64_t match_sse2(const __m128i *v, char c) {
	__m128i x = _mm_set1_epi8(c);
	return upper_sse2(_mm_cmpeq_epi8(v[0], x), _mm_cmpeq_epi8(v[1], x), _mm_cmpeq_epi8(v[2], x),
			  _mm_cmpeq_epi8(v[3], x));
}

static inline words sse2_block(const char *p, char quote, char delimiter) {
	__m128i v[4];
	for (unsigned i = 0; i < 4; i++) v[i] = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
	return (words){.quote = match_sse2(v, quote),
		       .delimiter = match_sse2(v, delimiter),
		       .lf = match_sse2(v, '\n'),
		       .cr = match_sse2(v, '\r')};
}

WITH_AVX2 static inline uint64_t upper_avx2(__m256i a, __m256i b) {
	return (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32 | (uint32_t)_mm256_movemask_epi8(a);
}

WITH_AVX2 static inline uint64_t match_avx2(__m256i a, __m256i b, char c) {
	__m256i x = _mm256_set1_epi8(c);
	return upper_avx2(_mm256_cmpeq_epi8(a, x), _mm256_cmpeq_epi8(b, x));
}

WITH_AVX2 static inline words avx2_block(const char *p, char quote, char delimiter) {
	__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)p);
	__m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
	return (words){.quote = match_avx2(a, b, quote),
		       .delimiter = match_avx2(a, b, delimiter),
		       .lf = match_avx2(a, b, '\n'),
		       .cr = match_avx2(a, b, '\r')};
}

WITH_512 static inline uint64_t match_512(__m512i v, char c) {
	return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(c));
}

WITH_512 static inline words block_512(const char *p, char quote, char delimiter) {
	__m512i v = _mm512_loadu_si512(p);
	return (words){.quote = match_512(v, quote),
		       .delimiter = match_512(v, delimiter),
		       .lf = match_512(v, '\n'),
		       .cr = match_512(v, '\r')};
}
#endif

static inline uint64_t xor_by_shifts(uint64_t x) {
	x ^= x << 1, x ^= x << 2, x ^= x << 4, x ^= x << 8, x ^= x << 16;
	return x ^ x << 32;
}

#if defined(__x86_64__)
WITH_AVX2 static inline uint64_t xor_by_product(uint64_t x) {
	__m128i v = _mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)x), _mm_set1_epi8(-1), 0);
	return (uint64_t)_mm_cvtsi128_si64(v);
}
#endif

/* What goes over from block to block, as bit 0 of the next, and what was seen: no bits, nothing. */
typedef struct carry {
	uint64_t inside; /* all ones inside of quotes */
	uint64_t separator, closed;
	uint64_t quotes, doubled, breaks, returns;
} carry;

/* Entries eight at a time, as many of them as there are bits or not: how many cells end in a block is as good as
 * random, and a wrong guess of it costs more than eight entries (Lemire 2018). What is too much the next block
 * overwrites. */
static inline void add_by_eight(uint64_t bits, uint64_t breaks, uint32_t base, scan_index *out) {
	for (breaks &= bits; breaks; breaks &= breaks - 1)
		out->ends[out->nends++] =
		    (uint32_t)out->n + (uint32_t)__builtin_popcountll(bits & (breaks - 1) & ~breaks);
	uint32_t *to = out->at + out->n;
	out->n += (size_t)__builtin_popcountll(bits);
	do {
		for (unsigned k = 0; k < 8; k++, bits &= bits - 1)
			*to++ = base + (uint32_t)__builtin_ctzll(bits | 1ull << 63);
	} while (bits);
}

#if defined(__x86_64__)
/* Of a byte's bits where they are, from the lowest on; what is too much is 0. */
static const uint8_t PLACES[256][8] = {
#include "places.inc"
};

/* Line ends two at a time, as many of them as there are or not. */
WITH_AVX2 static inline void add_ends(uint64_t bits, uint64_t breaks, scan_index *out) {
	uint32_t *to = out->ends + out->nends;
	out->nends += (size_t)_mm_popcnt_u64(breaks);
	do {
		for (unsigned k = 0; k < 2; k++, breaks &= breaks - 1)
			*to++ = (uint32_t)out->n + (uint32_t)_mm_popcnt_u64(bits & (breaks - 1) & ~breaks);
	} while (breaks);
}

/* Entries by bytes of the bits, eight for each: no loop whose turns a processor would have to guess. */
WITH_AVX2 static inline void add_by_table(uint64_t bits, uint64_t breaks, uint32_t base, scan_index *out) {
	const __m256i eight = _mm256_set1_epi32(8);
	__m256i from = _mm256_set1_epi32((int)base);
	uint32_t *to = out->at + out->n;
	add_ends(bits, breaks & bits, out);
	out->n += (size_t)_mm_popcnt_u64(bits);
	for (unsigned k = 0; k < 8; k++, bits >>= 8) {
		__m128i places = _mm_loadl_epi64((const void *)PLACES[bits & 0xff]);
		_mm256_storeu_si256((void *)to, _mm256_add_epi32(from, _mm256_cvtepu8_epi32(places)));
		to += _mm_popcnt_u64(bits & 0xff);
		from = _mm256_add_epi32(from, eight);
		__asm__("" : "+x"(from), "+r"(bits)); /* compilers would make eight constants of `from`, each anew */
	}
}

static const uint8_t FIRST_64[64] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
				     16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
				     32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
				     48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};

/* Where the bits are, counted from `base`: sixteen at a time, as many as there are or not. */
WITH_512 static inline void put_packed(uint64_t bits, size_t n, uint32_t base, uint32_t *to) {
	__m512i at = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(FIRST_64)),
		from = _mm512_set1_epi32((int)base);
	_mm512_storeu_si512(to, _mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(at))));
	for (size_t i = 16; __builtin_expect(i < n, 0); i += 16) {
		at = _mm512_alignr_epi64(at, at, 2);
		_mm512_storeu_si512(to + i, _mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(at))));
	}
}

WITH_512 static inline void add_packed(uint64_t bits, uint64_t breaks, uint32_t base, scan_index *out) {
	size_t n = (size_t)_mm_popcnt_u64(bits), ends = (size_t)_mm_popcnt_u64(breaks & bits);
	put_packed(bits, n, base, out->at + out->n);
	put_packed(_pext_u64(breaks, bits), ends, (uint32_t)out->n, out->ends + out->nends);
	out->n += n, out->nends += ends;
}
#endif

/* Line ends of the block; `next` is the byte behind it. */
ALWAYS_INLINE uint64_t breaks_of(const words *w, char next) {
	if (!w->cr) return w->lf;
	uint64_t followed = w->lf >> 1 | (uint64_t)(next == '\n') << 63;
	return w->lf | (w->cr & ~followed);
}

/* One block; false when a quote stands where none should, with out->good set. */
ALWAYS_INLINE bool take_block(level l, const words *w, char next, uint32_t base, carry *c, scan_index *out) {
	uint64_t breaks = breaks_of(w, next), separators = w->delimiter | w->lf | w->cr;
	c->returns |= w->cr;
	if (!w->quote && !c->closed) { /* most blocks of most files */
		c->breaks |= breaks & c->inside;
		l.add((w->delimiter | breaks) & ~c->inside, breaks, base, out);
		c->separator = separators >> 63 & ~c->inside;
		return true;
	}
	uint64_t inside = l.prefix_xor(w->quote) ^ c->inside;
	uint64_t opens = w->quote & inside, closes = w->quote & ~inside;
	uint64_t after_close = closes << 1 | c->closed, after_separator = (separators & ~inside) << 1 | c->separator;
	uint64_t wrong = (opens & ~(after_separator | after_close)) | (after_close & ~(separators | opens) & w->valid);
	uint64_t before = wrong ? (wrong & -wrong) - 1 : ~0ull; /* of the first */
	c->quotes |= w->quote, c->doubled |= opens & after_close, c->breaks |= breaks & inside;
	l.add((w->delimiter | breaks) & ~inside & before, breaks, base, out);
	if (wrong) out->good = base + (size_t)__builtin_ctzll(wrong);
	c->inside = (uint64_t)((int64_t)inside >> 63);
	c->separator = (separators & ~inside) >> 63;
	c->closed = closes >> 63;
	return !wrong;
}

/* The words of 64 bytes of which `valid` are text. */
ALWAYS_INLINE words words_of(level l, const syntax *s, const char *p, uint64_t valid) {
	words w = l.block(p, s->quote, s->delimiter[0]);
	uint64_t quotes = s->quote ? valid : 0, delimiters = s->ndelimiter ? valid : 0;
	return (words){w.quote & quotes, w.delimiter & delimiters, w.lf & valid, w.cr & valid, valid};
}

/* Bytes to ask for before they are looked at: two or three thousand were the fastest, as long as memory takes. */
enum { AHEAD = 3072 };

/* The bytes of the piece start a row. `more`: text follows it. */
ALWAYS_INLINE void scan_with(level l, const syntax *with, const char *p, size_t n, bool more, scan_index *out) {
	const syntax s = *with;
	carry c = {.separator = 1};
	scan_index x = {.at = out->at, .ends = out->ends, .good = n}; /* in registers */
	char last[64] = {0};
	size_t i = 0;
	bool ok = true;
	for (; ok && i + 64 < n; i += 64) {
		__builtin_prefetch(p + i + AHEAD);
		words w = words_of(l, &s, p + i, ~0ull);
		ok = take_block(l, &w, p[i + 64], (uint32_t)i, &c, &x);
	}
	if (ok) {
		memcpy(last, p + i, n - i);
		words w = words_of(l, &s, last, ~0ull >> (64 - (n - i)));
		(void)take_block(l, &w, more ? p[n] : '\0', (uint32_t)i, &c, &x);
	}
	x.quotes = c.quotes, x.doubled = c.doubled, x.breaks = c.breaks, x.returns = c.returns;
	*out = x;
}

ALWAYS_INLINE void spans_with(const uint32_t *at, size_t n, uint32_t first, uint32_t shift, span *to) {
	to[0] = (span){first, at[0] + shift - first};
	for (size_t i = 1; i < n; i++) to[i] = (span){at[i - 1] + 1 + shift, at[i] - at[i - 1] - 1};
}

static void spans_plain(const uint32_t *at, size_t n, uint32_t first, uint32_t shift, span *to) {
	spans_with(at, n, first, shift, to);
}

static void index_plain(const syntax *s, const char *p, size_t n, bool more, scan_index *out) {
	scan_with((level){plain_block, xor_by_shifts, add_by_eight}, s, p, n, more, out);
}

static const scanner PLAIN = {index_plain, spans_plain};

#if defined(__x86_64__)
static void index_sse2(const syntax *s, const char *p, size_t n, bool more, scan_index *out) {
	scan_with((level){sse2_block, xor_by_shifts, add_by_eight}, s, p, n, more, out);
}

WITH_AVX2 static void index_avx2(const syntax *s, const char *p, size_t n, bool more, scan_index *out) {
	scan_with((level){avx2_block, xor_by_product, add_by_table}, s, p, n, more, out);
}

WITH_512 static void index_512(const syntax *s, const char *p, size_t n, bool more, scan_index *out) {
	scan_with((level){block_512, xor_by_product, add_packed}, s, p, n, more, out);
}

WITH_512 static void spans_512(const uint32_t *at, size_t n, uint32_t first, uint32_t shift, span *to) {
	spans_with(at, n, first, shift, to);
}

WITH_AVX2 static void spans_avx2(const uint32_t *at, size_t n, uint32_t first, uint32_t shift, span *to) {
	spans_with(at, n, first, shift, to);
}

static const scanner SSE2 = {index_sse2, spans_plain}, AVX2 = {index_avx2, spans_avx2}, AVX512 = {index_512, spans_512};

static bool has_avx2(void) {
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt") &&
	       __builtin_cpu_supports("pclmul");
}

static bool has_512(void) {
	return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2") &&
	       __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("pclmul");
}
#endif

const scanner *scan_choose(int best) {
#if defined(__x86_64__)
	if (best >= 3 && has_512()) return &AVX512;
	if (best >= 2 && has_avx2()) return &AVX2;
	if (best >= 1) return &SSE2;
#endif
	(void)best;
	return &PLAIN;
}
