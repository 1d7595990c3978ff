/* The plain cells of a column, many at a time. Internal to src/data. */
#ifndef PLOTD_DATA_KERNELS_H
#define PLOTD_DATA_KERNELS_H

#include "data/builder.h"

/* Adds the column's cells from row `i` of the batch on, as long as they are written in the plainest form of the
 * column's kind; gives the first row that is not. b->values has room for all rows of the batch. */
typedef size_t kernel(builder *b, const batch *from, size_t k, size_t i);
extern kernel *const KERNELS[]; /* by enum kind */

/* A cell of 1 to 7 bytes with its length, never 0. */
static inline uint64_t bool_key(const char *p, size_t n) {
	uint64_t key = 0;
	memcpy(&key, p, n);
	return key | (uint64_t)n << 56;
}

/* For integers or doubles the fastest that this machine has, up to level `best`, which is for tests: 2 is AVX-512
 * (kernel_wide.c), 1 AVX2, 0 plain C. */
kernel *kernel_choose(bool floats, int best);
/* For text, as codes: by the same levels. */
kernel *kernel_choose_text(int best);

/* The next `n` rows hold values. */
void builder_mark_run(builder *b, size_t n);

#endif
