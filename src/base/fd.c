#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* linux/memfd.h, since 6.3 */
#endif

int memfd_new(const char *name, err *e) {
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL) fd = memfd_create(name, flags); /* a kernel before 6.3 */
	if (fd < 0) err_errno(e, ERR_MEMORY, errno, "cannot make a memory file");
	return fd;
}

bool memfd_seal(int fd, err *e) {
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0) return true;
	return err_errno(e, ERR_INTERNAL, errno, "cannot seal a memory file");
}

/* A reader that has gone wants no more: that is as good as cancelled. */
static enum err_code code_of_write(int why) {
	if (why == EPIPE) return ERR_CANCELLED;
	return why == ENOSPC || why == ENOMEM ? ERR_MEMORY : ERR_FILE;
}

bool write_all(int fd, slice s, err *e) {
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) return err_errno(e, code_of_write(errno), errno, "cannot write");
		s = slice_sub(s, (size_t)n, s.n);
	}
	return true;
}

enum { COPIED_MOST = 16 << 10, MAPPING_ALIGN = 64 };

static bool copy_of(slice bytes, mapping *m, err *e) {
	if (!bytes.n) return true;
	char *copy = malloc(bytes.n + MAPPING_ALIGN); /* aligned_alloc takes as long as all of the copying */
	if (!copy) return err_set(e, ERR_MEMORY, "out of memory while reading a file");
	size_t skip = MAPPING_ALIGN - (uintptr_t)copy % MAPPING_ALIGN;
	*m = (mapping){.p = memcpy(copy + skip, bytes.p, bytes.n), .n = bytes.n, .copy = copy};
	return true;
}

bool mapping_of(int fd, mapping *m, err *e) {
	struct stat st;
	char start[COPIED_MOST];
	*m = (mapping){0};
	ssize_t n = pread(fd, start, sizeof start, 0);
	if (n >= 0 && (size_t)n < sizeof start) return copy_of((slice){start, (size_t)n}, m, e);
	if (fstat(fd, &st) < 0) return err_errno(e, ERR_FILE, errno, "cannot size a file");
	if (st.st_size == 0) return true;
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED) return err_errno(e, ERR_FILE, errno, "cannot map a file");
	*m = (mapping){.p = p, .n = (size_t)st.st_size};
	return true;
}

void mapping_free(mapping *m) {
	if (m->copy)
		free(m->copy);
	else if (m->p)
		(void)munmap(m->p, m->n);
	*m = (mapping){0};
}

/* A full buffer may hold the whole file: one byte more shows that it does not. */
static ssize_t read_some(int fd, buf *into) {
	enum { STEP = 65536 };
	char extra;
	size_t room = into->max - into->n < STEP ? into->max - into->n : STEP;
	char *to = room ? buf_reserve(into, room) : &extra;
	if (!to) {
		errno = ENOMEM;
		return -1;
	}
	ssize_t n = read(fd, to, room ? room : 1);
	if (n > 0 && !room) {
		errno = EFBIG;
		return -1;
	}
	if (n > 0) buf_grow(into, (size_t)n);
	return n;
}

bool read_file(const char *path, buf *into, err *e) {
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return err_errno(e, ERR_FILE, errno, "cannot open %s", path);
	for (;;) {
		ssize_t n = read_some(fd, into);
		if (n == 0) return true;
		if (n > 0 || errno == EINTR) continue;
		if (errno == EFBIG) return err_set(e, ERR_TOO_LARGE, "%s is larger than %zu bytes", path, into->max);
		return err_errno(e, errno == ENOMEM ? ERR_MEMORY : ERR_FILE, errno, "cannot read %s", path);
	}
}
