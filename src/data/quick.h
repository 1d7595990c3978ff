/* A glance at a cell: good enough to weigh dialects and to find headers, never
 * used for values (those are parsed by number.h and moment.h). */
#ifndef PLOTD_DATA_QUICK_H
#define PLOTD_DATA_QUICK_H

#include "data/rows.h"

enum quick {
	QUICK_EMPTY,   /* nothing, or white space */
	QUICK_MISSING, /* a word or sign for a missing value */
	QUICK_NUMBER,  /* digits with what belongs to a number */
	QUICK_TIME,    /* a date or a time of day */
	QUICK_WORD,    /* text as names and sentences are */
	QUICK_ODD,     /* text with characters at odd places: half a cell, or two */
};

enum quick quick_class(slice cell);
/* The class of each of n cells, whose spans count from `base`. */
void quick_classes(const span *cells, size_t n, size_t base, slice text, uint8_t *kinds);
/* True for the words and signs of a missing value: NA, N/A, null, -, ., #N/A … (not the empty cell). */
bool is_missing_word(slice cell);

#endif
