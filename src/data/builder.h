/* One column while it is read: cells in, typed values out. Internal to src/data. */
#ifndef PLOTD_DATA_BUILDER_H
#define PLOTD_DATA_BUILDER_H

#include "data/batch.h"
#include "data/dictionary.h"
#include "data/frame.h"
#include "data/infer.h"
#include "data/vec.h"

enum { SIGHT_KEPT = 48 };

/* Cells of one kind: how many, and the first with its line, cut. */
typedef struct sight {
	uint64_t n, line;
	char text[SIGHT_KEPT];
} sight;

typedef struct builder {
	guess guess;
	bool sure;  /* `guess` needs no sample */
	bool fixed; /* by the request's schema: text only when most cells do not fit */
	enum column_type wanted;
	char wanted_text[40];
	const syntax *syntax;
	uint64_t rows, nulls, expected;
	size_t ahead; /* rows of the next batch that it has already: builder_try */
	vec values;   /* 8 bytes a row; text: offsets into `bytes`, one more than texts */
	vec bytes;    /* text */
	vec codes;    /* text: 2 bytes a row, the number of its text, while there are few; 0 is missing (text.c) */
	vec bits;     /* validity, from the first missing value on; with codes, from text_finish on */
	dictionary few;
	uint64_t words[2]; /* yes or no: the cells last read as either, for the kernel (bool_key) */
	bool plain;        /* text: a text a row */
	bool brief;        /* numbers: the kernel's last run was of few rows (kernel_wide.c) */
	buf scratch;       /* a decoded cell */
	slice name;

	/* What was seen */
	uint64_t slow; /* numbers that are not plain */
	uint64_t open, shown, clocks, zones, parts, short_years, units;
	sight bad, zeros, too_long, noted; /* noted: numbers with a footnote's mark */
	bool bad_differ, bad_digits;       /* there are other bad ones than the first; some hold digits */
	bool contrary;                     /* a bad one is a date in the other order */
	bool other_way;                    /* a bad one is a number if `guess.open` is the other mark */
	char unit[UNIT_BYTES];             /* the first */
	bool units_differ;
	bool not_available; /* text: NA was there, and is missing */
	bool again;         /* read the column again with `guess`, which has changed */
	bool given_up;      /* it will be text: cells are not looked at until then */
	bool failed;        /* out of memory */
} builder;

void builder_init(builder *b, const syntax *s, slice name, guess g);
void builder_free(builder *b);
/* Empties it for another pass with its guess. */
void builder_restart(builder *b);
/* Makes room for so many rows, a guess; more may come. */
void builder_expect(builder *b, uint64_t rows);
/* Whether the batch's first `least` rows at least are written in the plainest form of its kind: they are in it then,
 * and builder_add goes on behind them. */
bool builder_try(builder *b, const batch *from, size_t k, size_t least);
/* Adds the column's cells of all rows of the batch. */
void builder_add(builder *b, const batch *from, size_t k);
/* After the last row: whether what was seen bears the guess out; where not, b->again is set and the guess changed. */
void builder_judge(builder *b);
/* Room in one of its buffers, or b->failed. */
char *builder_room(builder *b, vec *v, size_t n);
/* The next row has a value or not. */
void builder_mark(builder *b, bool valid);
/* The cell with quotes and escapes undone, valid until the next. */
slice builder_decoded(builder *b, slice raw, uint32_t flags);
/* Takes `open`, whichever of thousands and decimals it was taken for, for the other. */
void turn_mark(guess *g);
/* The column's type as it stands. */
enum column_type builder_type(const builder *b);
/* What was assumed and dropped, as sentences. */
void builder_tell(const builder *b, const char *file, notices *n);

#endif
