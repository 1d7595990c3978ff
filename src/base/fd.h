/* Descriptors and sealed memory files. Descriptors start at -1 and close
 * themselves at the end of their scope where declared cleanup_close. */
#ifndef PLOTD_BASE_FD_H
#define PLOTD_BASE_FD_H

#include "base/buf.h"
#include "base/err.h"

#include <stdlib.h>
#include <unistd.h>

static inline void close_fd(int *fd) {
	if (*fd >= 0) (void)close(*fd);
	*fd = -1;
}
static inline void free_ptr(void *p) {
	free(*(void **)p);
}
#define cleanup_close __attribute__((cleanup(close_fd)))
#define cleanup_free __attribute__((cleanup(free_ptr)))

/* Hands the descriptor to the caller and leaves -1 behind. */
static inline int steal_fd(int *fd) {
	int taken = *fd;
	*fd = -1;
	return taken;
}

/* A new close-on-exec memory file that may be sealed; -1 with *e set. */
int memfd_new(const char *name, err *e);
/* Seals against shrinking, growing, writing and further seals. */
bool memfd_seal(int fd, err *e);
/* Writes all of it, whatever write(2) takes at a time. */
bool write_all(int fd, slice s, err *e);

/* The bytes of a whole regular file, to be read only; p is aligned to 64 bytes. An
 * empty file gives n 0. They outlive the descriptor. */
typedef struct mapping {
	void *p;
	size_t n;   /* bytes */
	void *copy; /* a small file: the memory that it is in, which costs a third of a mapping; or NULL */
} mapping;
#define cleanup_mapping __attribute__((cleanup(mapping_free)))
bool mapping_of(int fd, mapping *m, err *e);
void mapping_free(mapping *m);
static inline slice mapping_slice(const mapping *m) {
	return (slice){m->p, m->n};
}

/* A whole regular file read into the buffer; ERR_FILE names path and reason. */
bool read_file(const char *path, buf *into, err *e);

#endif
