/* The memory file of a frame: what the reader writes and plotd-runner maps.
 * Little endian, this machine only; every offset is from the start of the file
 * and a multiple of LAYOUT_ALIGN (64, as Arrow's columnar format recommends).
 *
 *   layout_header | layout_column[ncols] | names | buffers
 *
 * A missing value of type COL_FLOAT is NaN, besides its bit in the bitmap.
 *
 * The runner trusts nothing: it checks magic, counts, and that each buffer
 * lies within the file, before it builds an ArrowArray over them. */
#ifndef PLOTD_DATA_LAYOUT_H
#define PLOTD_DATA_LAYOUT_H

#include <stdint.h>

#define LAYOUT_MAGIC 0x31444c50u /* "PLD1" */
enum { LAYOUT_ALIGN = 64, LAYOUT_MAX_COLUMNS = 10000 };

typedef struct layout_header {
	uint32_t magic, ncols;
	uint64_t rows, size; /* size: bytes of the whole file */
	uint64_t name_at;    /* stem, then file name: each given by its length */
	uint32_t stem_len, file_len;
	uint64_t reserved[3];
} layout_header; /* 64 bytes */

typedef struct layout_column {
	uint32_t type;  /* enum column_type */
	uint32_t flags; /* 1: utc */
	uint64_t nulls;
	uint64_t name_at;
	uint64_t name_len;
	uint64_t valid_at;              /* 0: no bitmap */
	uint64_t values_at, values_len; /* bytes; text: the int64 offsets */
	uint64_t bytes_at, bytes_len;   /* text only */
} layout_column;                        /* 72 bytes */

_Static_assert(sizeof(layout_header) == 64, "layout");
_Static_assert(sizeof(layout_column) == 72, "layout");

#endif
