/* Where delimiters and line ends stand, 64 bytes at a time. Internal to src/data. */
#ifndef PLOTD_DATA_SCAN_H
#define PLOTD_DATA_SCAN_H

#include "data/rows.h"

/* The index of a piece of text: delimiters and line ends outside of quotes, in order. */
typedef struct scan_index {
	uint32_t *at; /* byte of the piece; SCAN_BREAK set for a line end (the LF of CRLF, or a lone CR); owned */
	size_t n, cap;
	size_t good;  /* bytes up to which quotes stand where they should; what is beyond needs rows.c */
	bool doubled; /* quotes inside of quotes are doubled somewhere */
	bool breaks;  /* line ends inside of quotes somewhere */
} scan_index;
#define SCAN_BREAK 0x80000000u
enum { SCAN_PIECE = 96 << 10 };

typedef void scan_piece(const syntax *s, const char *p, size_t n, bool more, scan_index *out);

/* The fastest scan that this machine has: AVX2, SSE2 or plain C. `best`: 2, 1, 0 at most, for tests and benchmarks. */
scan_piece *scan_choose(int best);
/* Whether the syntax is one that the scan knows: one delimiter byte, quotes doubled. */
bool scan_can(const syntax *s);
/* Room for a piece of so many bytes; false when memory is out. */
bool scan_init(scan_index *x, size_t bytes);
void scan_free(scan_index *x);

#endif
