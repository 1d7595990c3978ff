/* Text in its plainest form: cells that are known, or that need no look. */
#include "data/kernel_cells.h"

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

/* Cells of KEY_BYTES at most whose text is known. */
size_t kernel_text(builder *b, const batch *from, size_t k, size_t i) {
	if (b->plain) return kernel_plain(b, from, k, i);
	uint16_t *out = (uint16_t *)(void *)(b->codes.p + b->codes.n);
	const char *stop = from->text.p + from->text.n;
	const dictionary d = b->few;
	FOR_CELLS(void) safe;
	if (n > KEY_BYTES || stop - p < KEY_BYTES) break;
	cell_key key = key_of(p, n, c.len & ~CELL_QUOTED);
	const cell_key *first = &d.keys[d.slots[first_slot(&d, &key)]];
	if (!key_same(first, &key)) break;
	*out++ = first->code;
}
b->codes.n += (i - start) * sizeof *out;
b->rows += i - start;
return i;
}
