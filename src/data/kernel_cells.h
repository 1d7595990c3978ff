/* What the kernels share. Internal to kernel*.c. */
#ifndef PLOTD_DATA_KERNEL_CELLS_H
#define PLOTD_DATA_KERNEL_CELLS_H

#include "data/kernels.h"

kernel kernel_int, kernel_float, kernel_text;
kernel wide_ints, wide_floats; /* level 2 of kernel_choose */
/* Level 1, for rows up to `end`. */
typedef size_t kernel_until(builder *b, const batch *from, size_t k, size_t i, size_t end);
kernel_until ints_until, floats_until;

#define ALWAYS_INLINE static inline __attribute__((always_inline))
/* The column's cells from row i on: of each its span c, its bytes p and how many, n. The user ends the loop's block. */
#define FOR_CELLS                                                                                                      \
	const char *base = from->text.p + from->base;                                                                  \
	const size_t start = i, rows = from->rows, width = from->width, safe = from->base >= 16 ? 0 : 16;              \
	const span *cell = from->cells + i * width + k;                                                                \
	for (; i < rows; i++, cell += width) {                                                                         \
		span c = *cell;                                                                                        \
		size_t n = cell_length(c);                                                                             \
		const char *p = base + c.at;

static inline uint64_t load(const char *p) {
	uint64_t v;
	memcpy(&v, p, 8);
	return v;
}

#define EIGHT(byte) ((byte)*0x0101010101010101u)

/* Eight characters, digits as what they count. */
static inline uint64_t load_digits(const char *p) {
	return load(p) ^ EIGHT('0');
}

/* All bytes are at most 9. */
static inline bool all_digits(uint64_t v) {
	return !((v | (v + EIGHT(0x80 - 10))) & EIGHT(0x80));
}

/* n more rows of eight bytes each. */
static inline void kernel_done(builder *b, size_t n) {
	b->values.n += n * 8;
	builder_mark_run(b, n);
}

#endif
