/* A byte of UTF-8 above 127, taken for Windows-1252, becomes one character; a run of such
 * characters stands for well-formed UTF-8 only where that is what happened: "Ã©" is no spelling of
 * any language. All runs must be so: a text that is right in one place is left alone; and one at
 * least must begin as the commonest do (Ã, Â, â), since a capital before a quote or a dash, "MENÜ–",
 * is a run as well. */
#include "data/twice.h"

#include <stdint.h>

/* What Windows-1252 has at 0x80 to 0x9f; 0: nothing, and Latin-1's control character stands there. */
static const uint16_t CP1252[32] = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
				    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
				    0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
				    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

/* The character at the start, of at most three bytes, and its length; 0 for longer ones. */
static uint32_t character(slice s, size_t *n) {
	const unsigned char *p = (const unsigned char *)s.p;
	*n = p[0] < 0xe0 ? 2 : 3;
	if (p[0] >= 0xf0 || s.n < *n) return 0;
	if (*n == 2) return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
	return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
}

/* The byte that the character was made of, or 0. */
static unsigned char byte_of(uint32_t c) {
	if (c >= 0x80 && c <= 0xff) return (unsigned char)c;
	for (size_t i = 0; i < 32; i++)
		if (CP1252[i] == c && c) return (unsigned char)(0x80 + i);
	return 0;
}

/* A run of characters beyond ASCII at the start: its bytes as they were. Its length in the text, or 0. */
static size_t mend_run(slice s, buf *out) {
	size_t at = 0, start = out->n;
	while (at < s.n && (unsigned char)s.p[at] > 127) {
		size_t n;
		unsigned char byte = byte_of(character(slice_sub(s, at, s.n), &n));
		if (!byte) return 0;
		buf_addc(out, (char)byte);
		at += n;
	}
	return slice_is_utf8(slice_sub(buf_slice(out), start, out->n)) ? at : 0;
}

static size_t ascii_run(slice s) {
	size_t n = 0;
	while (n < s.n && (unsigned char)s.p[n] <= 127) n++;
	return n;
}

/* A block at a time, without a way out of it, so that the compiler makes vectors of it. */
bool twice_suspect(slice text) {
	enum { BLOCK = 256 };
	const char *p = text.p;
	size_t i = 0;
	unsigned found = 0;
	for (; i + BLOCK < text.n && !found; i += BLOCK) {
		unsigned char any = 0;
		for (size_t k = i; k < i + BLOCK; k++)
			any |= (unsigned char)((p[k] == '\xc3') &
					       ((p[k + 1] == '\x83') | (p[k + 1] == '\x82') | (p[k + 1] == '\xa2')));
		found = any;
	}
	for (; i + 1 < text.n && !found; i++) found = p[i] == '\xc3' && memchr("\x83\x82\xa2", p[i + 1], 3);
	return found;
}

bool twice_mend(slice text, buf *out) {
	bool mended = twice_suspect(text);
	for (size_t at = 0, n; at < text.n && mended; at += n) {
		slice rest = slice_sub(text, at, text.n);
		n = ascii_run(rest);
		if (n)
			buf_add(out, slice_sub(rest, 0, n));
		else
			mended = (n = mend_run(rest, out)) > 0;
	}
	mended &= buf_ok(out);
	if (!mended) buf_clear(out);
	return mended;
}
