/* Where delimiters and line ends stand, 64 bytes at a time. Internal to src/data. */
#ifndef PLOTD_DATA_SCAN_H
#define PLOTD_DATA_SCAN_H

#include "data/rows.h"

/* The index of a piece of text: delimiters and line ends outside of quotes, in order. */
typedef struct scan_index {
	uint32_t *at;   /* byte of the piece; of a line end its last: the LF of CRLF; owned, with `ends` */
	uint32_t *ends; /* which of them are line ends */
	size_t n, nends;
	size_t good;          /* bytes up to which quotes stand where they should; what is beyond needs rows.c */
	bool quotes, doubled; /* there are some; some are doubled inside of quotes */
	bool breaks;          /* line ends inside of quotes somewhere */
	bool returns;         /* there are CR */
} scan_index;
enum { SCAN_PIECE = 96 << 10 };

/* What this machine can do. */
typedef struct scanner {
	/* Indexes n bytes, at least one, which start a row. `more`: text follows them. */
	void (*index)(const syntax *s, const char *p, size_t n, bool more, scan_index *out);
	/* Cells between n entries, the first from `first` on, each from behind the entry before its own; `shift` is
	 * added to what counts from the piece. */
	void (*spans)(const uint32_t *at, size_t n, uint32_t first, uint32_t shift, span *to);
} scanner;

/* The fastest: AVX-512, AVX2, SSE2 or plain C. `best`: 3, 2, 1, 0 at most, for tests. */
enum { SCAN_BEST = 3 };
const scanner *scan_choose(int best);
/* Whether the syntax is one that the scan knows: one delimiter byte, quotes doubled. */
bool scan_can(const syntax *s);
/* Room for a piece of so many bytes; false when memory is out. */
bool scan_init(scan_index *x, size_t bytes);
void scan_free(scan_index *x);

/* A row's last cell ends before its CRLF. */
static inline void scan_cut_return(span *last, const char *base) {
	last->len -= last->len && base[last->at + last->len - 1] == '\r' && base[last->at + last->len] == '\n';
}

#endif
