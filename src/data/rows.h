/* Records and cells of delimited text, one record at a time: the exact reading
 * that every faster path must agree with. Internal to src/data. */
#ifndef PLOTD_DATA_ROWS_H
#define PLOTD_DATA_ROWS_H

#include "base/buf.h"

#include <stdint.h>
#include <stdlib.h>

/* How cells are set apart. Records end at LF, CRLF or CR outside of quotes. */
typedef struct syntax {
	char delimiter[3];
	uint8_t ndelimiter; /* bytes of it: 1 to 3; 0: a record is one cell */
	bool runs;         /* delimiters in a row are one, and none count at the ends (columns set by spaces or tabs) */
	char quote;        /* 0: none */
	char escape;       /* 0: a quote inside quotes is doubled */
	bool escape_alone; /* it escapes quotes and delimiters, but stands for itself before itself */
} syntax;

/* A cell: its bytes without the quotes around it, from the record's `base` on. */
typedef struct span {
	uint32_t at, len; /* len carries the flags below */
} span;
#define CELL_QUOTED 0x80000000u /* stood in quotes */
#define CELL_CODED 0x40000000u  /* may hold doubled or escaped characters: cell_decode */
#define CELL_LENGTH 0x3fffffffu
enum { CELL_MAX_BYTES = 16 << 20 }; /* a cell beyond this is taken for a lost quote or no CSV */

static inline uint32_t cell_length(span c) {
	return c.len & CELL_LENGTH;
}

typedef struct record {
	span *cells; /* owned */
	size_t n, cap;
	size_t at, end, next;   /* in the text: first byte, end without terminator, first byte of the next */
	size_t base;            /* spans count from here */
	size_t open_at;         /* where the quote is that `open` is about */
	uint32_t breaks;        /* line breaks inside of quotes */
	bool open;              /* a quote is not closed before the text ends */
	bool odd;               /* a quote inside quotes that is neither doubled nor escaped */
	bool stray;             /* a quote inside a cell that does not start with one */
	bool too_long;          /* a cell beyond CELL_MAX_BYTES */
	bool failed;            /* out of memory, sticky */
	uint64_t seen, repairs; /* rows that record_read_width gave, and those that it repaired; never reset */
} record;

/* Reads the record at text[at]; `r->base` is set by the caller, at most 4 GiB
 * before the record's end. False when `at` is the end, or memory is out. */
bool record_read(const syntax *s, slice text, size_t at, record *r);
/* As record_read, but no cell goes beyond the line: a quote that the line does not close is let go, and its
 * cell takes in as many delimiters as give `width` cells, if that can be. */
bool record_read_line(const syntax *s, slice text, size_t at, size_t width, record *r);

enum repair { REPAIR_NONE, REPAIR_QUOTES, REPAIR_DELIMITER };
/* The record of a table of `width` cells (0: not known): as record_read, unless a quote of it is wrong or it is set
 * with another delimiter; *repaired tells. `other` is scratch. r->open stays set when a quote is never closed and no
 * reading fits. */
bool record_read_width(const syntax *s, slice text, size_t at, size_t width, record *r, record *other,
		       enum repair *repaired);
/* The reading with the fewest wrong quotes, of `width` cells if that can be (mend.c). False when there is none within
 * reach, or memory is out. */
bool record_mend(const syntax *s, slice text, size_t at, size_t width, record *r);
/* The record with another of the usual delimiters, when that gives `width` cells. `sentences`: also where it may be a
 * sentence of as many words. */
bool record_read_other(const syntax *s, slice text, size_t at, size_t width, bool sentences, record *r);
bool record_add(record *r, size_t from, size_t to, uint32_t flags);
static inline void record_free(record *r) {
	if (r->cells) free(r->cells);
	r->cells = NULL, r->n = r->cap = 0;
}
#define cleanup_record __attribute__((cleanup(record_free)))

static inline slice record_cell(const record *r, slice text, size_t i) {
	return (slice){text.p + r->base + r->cells[i].at, cell_length(r->cells[i])};
}
/* The cell's text with quotes and escapes undone, added to `out`. */
void cell_decode(const syntax *s, slice raw, uint32_t flags, buf *out);
/* Whether the quote at j closes its cell: *after is then where the delimiter or line end stands behind it. */
bool quote_closes(const syntax *s, slice text, size_t j, size_t *after);
/* Bytes of the line end at i: 0 to 2. */
size_t line_end_length(slice text, size_t i);
/* First byte after the line at `at`, and the end of its text. */
size_t line_next(slice text, size_t at, size_t *end);
/* is_remark, where a look at the first byte is not enough. */
bool is_marked(slice line);
/* Whether the line is a comment, or a line drawn with characters as below a header: ---+---. */
static inline bool is_remark(slice line) {
	bool letter =
	    line.n && (((line.p[0] | 32) >= 'a' && (line.p[0] | 32) <= 'z') || (line.p[0] >= '0' && line.p[0] <= '9'));
	return line.n && !letter && is_marked(line);
}
static inline bool is_space(slice line) {
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != ' ' && line.p[i] != '\t' && line.p[i] != '\v' && line.p[i] != '\f') return false;
	return true;
}
/* True when no byte of the record is anything but white space. */
static inline bool record_blank(const record *r, slice text) {
	return is_space(slice_sub(text, r->at, r->end - r->at));
}

static inline bool at_delimiter(const syntax *s, slice text, size_t i) {
	if (!s->ndelimiter || text.p[i] != s->delimiter[0]) return false;
	if (s->ndelimiter == 1) return true;
	return text.n - i >= s->ndelimiter && memcmp(text.p + i, s->delimiter, s->ndelimiter) == 0;
}

#endif
