/* What a column's cells are, from a sample; the pass over all rows then confirms it or not. Internal to src/data. */
#ifndef PLOTD_DATA_INFER_H
#define PLOTD_DATA_INFER_H

#include "data/batch.h"
#include "data/moment.h"
#include "data/number.h"

enum { UNIT_BYTES = 12 };
enum kind { KIND_EMPTY, KIND_TEXT, KIND_INT, KIND_FLOAT, KIND_RICH, KIND_BOOL, KIND_TIME, KIND_DURATION };

typedef struct guess {
	enum kind kind;
	number_format numbers; /* KIND_INT, KIND_FLOAT, KIND_RICH */
	enum moment_order order;
	bool compact;     /* KIND_TIME: 20240501 */
	bool order_shown; /* a cell shows the order */
	bool contrary;    /* KIND_TEXT: some cells are dates with the day first, some with the month */
	bool codes;       /* KIND_TEXT: two-letter codes, in which NA is Namibia */
	bool capitals;    /* KIND_TEXT: words in capitals, in which it may be North America */
	bool signs;       /* KIND_TEXT: signs alone: - is one of them */
	char open;        /* the mark of 1,234 or 1.234 everywhere, which is of thousands or of decimals; or 0 */
	char units[2][UNIT_BYTES]; /* numbers of several units: two of them */
} guess;

/* `cells`: the sample's cells, decoded; missing ones among them are ignored. `comma_decimal`: what other columns
 * or the delimiter suggest. */
guess infer_column(const slice *cells, size_t n, slice name, bool comma_decimal);
/* Another format that reads the cell and, as far as g tells, all cells before it: *g has it then. */
bool infer_other_format(slice cell, bool comma_decimal, guess *g);
/* The units go into *g as what makes the column text, but where both may be parts of names. */
void tell_units(guess *g, slice a, slice b);
/* Whether a number's mark may be of thousands or of decimals. */
enum openness {
	OPEN_NOT,   /* 0.5, 1234: it shows */
	OPEN_ZERO,  /* 0: it shows nothing */
	OPEN_WHOLE, /* 999: it needs no mark of thousands; with decimals to three places it would be 999.000 */
	OPEN_MARK   /* 1.234 */
};
enum openness openness_of(slice cell, char mark);
/* The guess that all cells would give if all were written as plainly as the first, which the kernels tell; KIND_TEXT
 * where one cell does not say so. */
guess infer_first(slice cell);
/* Whether its numbers are versions, of which 1.10 is not 1.1. */
bool name_is_version(slice name);
/* Whether the column's first rows (1 at least) are words without a digit, of which a sample would say that they are
 * text; *g then says so. */
bool infer_words(const batch *b, size_t k, size_t rows, guess *g);
enum { BOOL_LONGEST = 7 }; /* bytes of a word for yes or no that the kernel knows again */
/* yes, true, ja …: 1; no, false, nein …: 0; -1 otherwise. *pair tells which pair of words. */
int bool_word(slice s, size_t *pair);

#endif
