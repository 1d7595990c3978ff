/* Bytes that grow and may be large: a column's buffer. Internal to src/data. */
#ifndef PLOTD_DATA_VEC_H
#define PLOTD_DATA_VEC_H

#include <stddef.h>

typedef struct vec {
	char *p;       /* owned */
	size_t n, cap; /* bytes */
} vec;

/* Room for n more bytes at the returned place, where v->n then grows; NULL when memory is out. */
char *vec_room(vec *v, size_t n);
void vec_free(vec *v);

#endif
