#include "data/vec.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Large buffers in pages of 2 MiB, where the machine has them: a tenth of the time goes into page faults otherwise. Not
 * their last eleventh, which is room to spare (read.c) and would take a whole page where a little of it is used. */
static void advise_huge(vec *v) {
	uintptr_t page = 2 << 20, from = ((uintptr_t)v->p + page - 1) & ~(page - 1),
		  to = ((uintptr_t)v->p + v->cap / 11 * 10) & ~(page - 1);
	if (to > from) (void)madvise((void *)from, to - from, MADV_HUGEPAGE); /* NOLINT: an address, not a number */
}

char *vec_room(vec *v, size_t n) {
	if (v->cap - v->n < n) {
		size_t cap = v->cap + v->cap / 2 + n + 64;
		char *p = realloc(v->p, cap);
		if (!p) return NULL;
		v->p = p, v->cap = cap;
		if (cap > 2 << 20) advise_huge(v);
	}
	return v->p + v->n;
}

void vec_free(vec *v) {
	free(v->p);
	*v = (vec){0};
}
