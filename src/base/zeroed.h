/* calloc for small things: glibc's passes by the thread's store of freed blocks (until 2.41), and costs ten times as
 * much there as malloc. */
#ifndef PLOTD_BASE_ZEROED_H
#define PLOTD_BASE_ZEROED_H

#include <stdlib.h>
#include <string.h>

static inline void *zeroed(size_t n, size_t size) {
	enum { SMALL = 4096 };
	if (!n || size > SMALL / n) return calloc(n, size);
	void *p = malloc(n * size);
	if (p) explicit_bzero(p, n * size); /* with memset compilers make calloc of the two */
	return p;
}

#endif
