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
 * The block's words come from AVX2 or SSE2 compares where the machine has them,
 * from a plain loop elsewhere: three copies of one inlined function. */
#include "data/scan.h"

#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

bool scan_can(const syntax *s) {
	return s->ndelimiter <= 1 && !s->escape && !s->runs && s->delimiter[0] != '\n' && s->delimiter[0] != '\r';
}

bool scan_init(scan_index *x, size_t bytes) {
	*x = (scan_index){.at = malloc((bytes + 64) * sizeof *x->at), .ends = malloc((bytes + 64) * sizeof *x->ends)};
	if (!x->at || !x->ends) scan_free(x);
	return x->at != NULL;
}

void scan_free(scan_index *x) {
	free(x->at);
	free(x->ends);
	*x = (scan_index){0};
}

typedef struct words {
	uint64_t quote, delimiter, lf, cr;
} words;

typedef words read_block(const char *p, char quote, char delimiter);

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
static inline uint64_t match_sse2(const __m128i *v, char c) {
	__m128i x = _mm_set1_epi8(c);
	uint64_t bits = 0;
	for (unsigned i = 0; i < 4; i++)
		bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v[i], x)) << (16 * i);
	return bits;
}

static inline words sse2_block(const char *p, char quote, char delimiter) {
	__m128i v[4];
	for (unsigned i = 0; i < 4; i++) v[i] = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
	return (words){match_sse2(v, quote), match_sse2(v, delimiter), match_sse2(v, '\n'), match_sse2(v, '\r')};
}

__attribute__((target("avx2"))) static inline uint64_t match_avx2(__m256i a, __m256i b, char c) {
	__m256i x = _mm256_set1_epi8(c);
	uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, x));
	uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, x));
	return (uint64_t)high << 32 | low;
}

__attribute__((target("avx2"))) static inline words avx2_block(const char *p, char quote, char delimiter) {
	__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)p);
	__m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
	return (words){match_avx2(a, b, quote), match_avx2(a, b, delimiter), match_avx2(a, b, '\n'),
		       match_avx2(a, b, '\r')};
}
#endif

static inline uint64_t prefix_xor(uint64_t x) {
	x ^= x << 1, x ^= x << 2, x ^= x << 4, x ^= x << 8, x ^= x << 16;
	return x ^ x << 32;
}

/* What goes over from block to block, as bit 0 of the next. */
typedef struct carry {
	uint64_t inside; /* all ones inside of quotes */
	uint64_t separator, closed;
} carry;

/* Entries eight at a time, as many of them as there are bits or not: how many cells end in a block is as good as
 * random, and a wrong guess of it costs more than eight entries (Lemire 2018). What is too much the next block
 * overwrites. */
static inline void write_bits(uint64_t bits, uint64_t breaks, uint32_t base, scan_index *out) {
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

/* One block; false when a quote stands where none should, with out->good set. */
static inline bool take_block(words w, bool lf_follows, uint32_t base, uint64_t valid, carry *c, scan_index *out) {
	uint64_t lone_cr = w.cr & ~(w.lf >> 1 | (uint64_t)lf_follows << 63);
	uint64_t breaks = (w.lf | lone_cr) & valid, separators = (w.delimiter | w.lf | w.cr) & valid;
	w.quote &= valid;
	if (!w.quote && !c->closed) { /* most blocks of most files */
		if (c->inside) out->breaks |= breaks != 0;
		uint64_t open = ~c->inside;
		write_bits((w.delimiter | breaks) & valid & open, breaks, base, out);
		c->separator = separators >> 63 & open;
		return true;
	}
	out->quotes = true;
	uint64_t inside = prefix_xor(w.quote) ^ c->inside;
	uint64_t opens = w.quote & inside, closes = w.quote & ~inside;
	uint64_t after_close = closes << 1 | c->closed, after_separator = (separators & ~inside) << 1 | c->separator;
	uint64_t wrong = (opens & ~(after_separator | after_close)) | (after_close & ~(separators | opens) & valid);
	out->doubled |= (opens & after_close) != 0;
	out->breaks |= (breaks & inside) != 0;
	if (wrong) {
		unsigned first = (unsigned)__builtin_ctzll(wrong);
		out->good = base + first;
		uint64_t before = (1ull << first) - 1;
		write_bits((w.delimiter | breaks) & valid & ~inside & before, breaks, base, out);
		return false;
	}
	write_bits((w.delimiter | breaks) & valid & ~inside, breaks, base, out);
	c->inside = (uint64_t)((int64_t)inside >> 63);
	c->separator = (separators & ~inside) >> 63;
	c->closed = closes >> 63;
	return true;
}

/* The bytes of the piece start a row. `more`: text follows it. */
static inline __attribute__((always_inline)) void scan_with(read_block *block, const syntax *s, const char *p, size_t n,
							    bool more, scan_index *out) {
	carry c = {.separator = 1};
	char quote = s->quote ? s->quote : '\n', delimiter = s->ndelimiter ? s->delimiter[0] : '\n';
	out->n = out->nends = 0, out->good = n, out->quotes = out->doubled = out->breaks = false;
	size_t i = 0;
	for (; i + 64 < n; i += 64) {
		words w = block(p + i, quote, delimiter);
		if (!s->quote) w.quote = 0;
		if (!s->ndelimiter) w.delimiter = 0;
		if (!take_block(w, p[i + 64] == '\n', (uint32_t)i, ~0ull, &c, out)) return;
	}
	char last[64] = {0};
	size_t left = n - i;
	memcpy(last, p + i, left);
	words w = block(last, quote, delimiter);
	if (!s->quote) w.quote = 0;
	if (!s->ndelimiter) w.delimiter = 0;
	uint64_t valid = left == 64 ? ~0ull : (1ull << left) - 1;
	(void)take_block(w, more && p[n] == '\n', (uint32_t)i, valid, &c, out);
}

static void scan_plain(const syntax *s, const char *p, size_t n, bool more, scan_index *out) {
	scan_with(plain_block, s, p, n, more, out);
}

#if defined(__x86_64__)
static void scan_sse2(const syntax *s, const char *p, size_t n, bool more, scan_index *out) {
	scan_with(sse2_block, s, p, n, more, out);
}

__attribute__((target("avx2,bmi"))) static void scan_avx2(const syntax *s, const char *p, size_t n, bool more,
							  scan_index *out) {
	scan_with(avx2_block, s, p, n, more, out);
}
#endif

scan_piece *scan_choose(int best) {
#if defined(__x86_64__)
	if (best >= 2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) return scan_avx2;
	if (best >= 1) return scan_sse2;
#endif
	(void)best;
	return scan_plain;
}
