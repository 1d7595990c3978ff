/* A slice is a borrowed view of bytes: pointer and length, never
 * NUL-terminated by contract. It owns nothing; the bytes outlive it. */
#ifndef PLOTD_BASE_SLICE_H
#define PLOTD_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct slice {
	const char *p; /* may be NULL when n is 0 */
	size_t n;      /* bytes */
} slice;

#define SLICE(literal) ((slice){(literal), sizeof(literal) - 1})
/* The two arguments of printf's "%.*s". The text is cut at INT_MAX bytes. */
#define SLICE_ARG(s) (int)((s).n > 0x7fffffff ? 0x7fffffff : (s).n), ((s).p ? (s).p : "")

static inline slice slice_of(const char *text) { /* NULL gives the empty slice */
	return (slice){text, text ? strlen(text) : 0};
}

static inline bool slice_eq(slice a, slice b) {
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool slice_is(slice a, const char *text) {
	return slice_eq(a, slice_of(text));
}

/* The part from byte `from` on, `n` bytes at most; both are clipped. */
static inline slice slice_sub(slice s, size_t from, size_t n) {
	if (from > s.n) from = s.n;
	if (n > s.n - from) n = s.n - from;
	return (slice){s.p ? s.p + from : NULL, n};
}

bool slice_starts(slice s, slice prefix);
bool slice_ends(slice s, slice suffix);
bool slice_eq_nocase(slice a, slice b); /* ASCII letters only */
bool slice_eq_folded(slice a, slice b); /* those of Latin-1, Latin Extended-A and Russian, too, in UTF-8 */
static inline bool is_white(char c) {
	return c == ' ' || (c >= '\t' && c <= '\r');
}
/* Without ASCII white space at both ends. */
static inline slice slice_trim(slice s) {
	while (s.n && is_white(s.p[0])) s.p++, s.n--;
	while (s.n && is_white(s.p[s.n - 1])) s.n--;
	return s;
}
/* Index of the first `c`, or s.n when there is none. */
size_t slice_find(slice s, char c);
/* A NUL-terminated heap copy, owned by the caller; NULL when memory is out. */
char *slice_dup(slice s);
/* True when the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlongs). */
bool slice_is_utf8(slice s);
/* Bytes before the first that is above 127. */
size_t slice_ascii_prefix(slice s);
/* Bytes of the longest well-formed UTF-8 prefix. */
size_t slice_utf8_prefix(slice s);
/* The longest prefix of at most `max` bytes that does not cut a UTF-8 sequence. */
slice slice_utf8_cut(slice s, size_t max);
/* Spaces in place of control characters, those of C1 (U+0080 to U+009F) too: a terminal obeys them. */
void bytes_calm(char *p, size_t n);
/* A whole decimal number, nothing around it; false when it is not one or does not fit. */
bool slice_to_u64(slice s, unsigned long long *out);

#endif
