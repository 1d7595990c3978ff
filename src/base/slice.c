#include "base/slice.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

bool slice_starts(slice s, slice prefix) {
	return s.n >= prefix.n && slice_eq(slice_sub(s, 0, prefix.n), prefix);
}

bool slice_ends(slice s, slice suffix) {
	return s.n >= suffix.n && slice_eq(slice_sub(s, s.n - suffix.n, suffix.n), suffix);
}

static char lower(char c) {
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool slice_eq_nocase(slice a, slice b) {
	if (a.n != b.n) return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i])) return false;
	return true;
}

/* The small letter of two bytes, as a number. */
static unsigned folded(unsigned char a, unsigned char b) {
	unsigned rune = (a & 0x1fu) << 6 | (b & 0x3fu);
	if (rune >= 0xc0 && rune <= 0xde && rune != 0xd7) return rune + 0x20;
	if (rune >= 0x410 && rune <= 0x42f) return rune + 0x20;
	bool odd_capitals = (rune >= 0x139 && rune <= 0x148) || (rune >= 0x179 && rune <= 0x17e);
	if (rune >= 0x100 && rune <= 0x17f) return odd_capitals ? rune + (rune & 1) : rune | 1;
	return rune;
}

bool slice_eq_folded(slice a, slice b) {
	if (a.n != b.n) return false;
	for (size_t i = 0; i < a.n; i++) {
		unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];
		bool two = x >= 0xc2 && x < 0xe0 && y >= 0xc2 && y < 0xe0 && i + 1 < a.n;
		bool same = two ? folded(x, (unsigned char)a.p[i + 1]) == folded(y, (unsigned char)b.p[i + 1])
				: lower(a.p[i]) == lower(b.p[i]);
		if (!same) return false;
		i += two;
	}
	return true;
}

size_t slice_find(slice s, char c) {
	const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
	return hit ? (size_t)(hit - s.p) : s.n;
}

char *slice_dup(slice s) {
	char *copy = s.n == SIZE_MAX ? NULL : malloc(s.n + 1);
	if (!copy) return NULL;
	if (s.n) memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return copy;
}

/* Length of the well-formed sequence at p (table 3-7 of the Unicode
 * Standard), or 0. */
static size_t utf8_sequence(const unsigned char *p, size_t n) {
	unsigned char c = p[0];
	if (c < 0x80) return 1;
	if (c < 0xC2 || c > 0xF4) return 0;
	size_t len = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	if (n < len) return 0;
	unsigned char low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
	unsigned char high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
	if (p[1] < low || p[1] > high) return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xC0) != 0x80) return 0;
	return len;
}

/* A block at a time: as fast as memory is. */
size_t slice_ascii_prefix(slice s) {
	enum { BLOCK = 256 };
	size_t i = 0;
	for (uint64_t v; i + BLOCK <= s.n; i += BLOCK) {
		uint64_t any = 0;
		for (size_t k = 0; k < BLOCK; k += 8) memcpy(&v, s.p + i + k, 8), any |= v;
		if (any & 0x8080808080808080u) return i;
	}
	while (i < s.n && (unsigned char)s.p[i] < 0x80) i++;
	return i;
}

size_t slice_utf8_prefix(slice s) {
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;
	while (i < s.n) {
		unsigned long long eight;
		if (s.n - i >= sizeof eight) { /* eight ASCII bytes at a time */
			memcpy(&eight, p + i, sizeof eight);
			if (!(eight & 0x8080808080808080ULL)) {
				i += sizeof eight;
				continue;
			}
		}
		size_t len = utf8_sequence(p + i, s.n - i);
		if (!len) break;
		i += len;
	}
	return i;
}

bool slice_is_utf8(slice s) {
	return slice_utf8_prefix(s) == s.n;
}

slice slice_utf8_cut(slice s, size_t max) {
	if (s.n <= max) return s;
	while (max && ((unsigned char)s.p[max] & 0xC0) == 0x80) max--;
	return slice_sub(s, 0, max);
}

void bytes_calm(char *p, size_t n) {
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		bool c1 = i && c < 0xA0 && p[i - 1] == '\xC2';
		if (c1) p[i - 1] = ' ';
		if (c1 || c < 0x20 || c == 0x7F) p[i] = ' ';
	}
}

bool slice_to_u64(slice s, unsigned long long *out) {
	unsigned long long v = 0;
	if (!s.n) return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9') return false;
		unsigned digit = (unsigned)(s.p[i] - '0');
		if (v > (ULLONG_MAX - digit) / 10) return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}
