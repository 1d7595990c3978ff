/* Which columns together tell the rows apart. */
#include "rules/match.h"

#include <stdlib.h>

enum { KEY_ROWS = 200000 };

/* FNV-1a (Fowler, Noll, Vo), 64 bits. */
static uint64_t stir(uint64_t h, const void *bytes, size_t n) {
	const unsigned char *p = bytes;
	for (size_t i = 0; i < n; i++) h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

static uint64_t cell_hash(uint64_t h, const column *c, uint64_t row) {
	if (c->type == COL_BOOL) return stir(h, &(unsigned char){cell_bool(c, row)}, 1);
	if (c->type != COL_TEXT) return stir(h, (const char *)c->values + row * 8, 8);
	slice s = cell_text(c, row);
	return stir(stir(h, s.p, s.n), "", 1);
}

static int compare(const void *a, const void *b) {
	uint64_t x, y;
	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x < y ? -1 : x > y;
}

bool is_key(const frame *f, const int *columns, size_t n) {
	if (f->rows > KEY_ROWS || f->rows < 2) return f->rows == 1;
	for (size_t k = 0; k < n; k++)
		if (f->cols[columns[k]].nulls) return false;
	uint64_t *seen = malloc(f->rows * sizeof *seen);
	if (!seen) return false;
	for (uint64_t row = 0; row < f->rows; row++) {
		seen[row] = 0xcbf29ce484222325u;
		for (size_t k = 0; k < n; k++) seen[row] = cell_hash(seen[row], &f->cols[columns[k]], row);
	}
	qsort(seen, f->rows, sizeof *seen, compare);
	bool key = true;
	for (uint64_t row = 1; row < f->rows && key; row++) key = seen[row] != seen[row - 1];
	free(seen);
	return key;
}
