/* One pass over a column: missing values, order, distinct values, extremes.
 * Internal to the profile. */
#ifndef PLOTD_DATA_PROFILE_SCAN_H
#define PLOTD_DATA_PROFILE_SCAN_H

#include "data/profile_internal.h"

#include <stdlib.h>

/* The distinct values of a column: a hash table while they are at most
 * PROFILE_EXACT, then 2^12 registers. A value is known by 64 bits of hash:
 * among 4,096 values two share one with a chance of 5e-13. */
typedef struct tally_slot {
	uint64_t hash, row, count; /* row: of its first appearance; count 0: free */
} tally_slot;

enum { HLL_BITS = 12, HLL_REGISTERS = 1 << HLL_BITS };

typedef struct tally {
	tally_slot *slots;
	size_t nslots, used;
	bool over; /* registers hold it now */
	uint8_t registers[HLL_REGISTERS];
} tally;

void tally_free(tally *t);
bool tally_reset(tally *t); /* false: out of memory */
/* `n` hashes of the rows at `rows`. */
bool tally_add(tally *t, const uint64_t *hashes, const uint64_t *rows, size_t n);
uint64_t tally_distinct(const tally *t);

/* What a thread needs for any column. */
typedef struct scratch {
	tally tally;
	double *sample; /* PROFILE_SAMPLE */
} scratch;

/* Fills everything of the profile but meaning, top texts and unit_text; the
 * tally is left for top values. */
bool scan_column(const frame *f, column *col, scratch *s, const cancel *c, deadline d, err *e);
/* Quartiles of s->sample[0..n), which it reorders. */
void scan_quartiles(double *sample, size_t n, column_profile *p);
/* The coarsest unit that loses nothing of a time column. */
enum time_unit scan_time_unit(const frame *f, const column *col);
/* Codes: numbers that name things. More different ones than this are quantities. */
enum { FEW_CODES = 30 };
void profile_meaning(const frame *f, column *col);

#endif
