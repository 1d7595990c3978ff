/* The reader without a process a file: on standard input files, each after its
 * length (8 bytes, little endian); on standard output their clean CSV in the
 * same form. */
#include "data/frame.h"

#include "base/fd.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static bool collect(void *context, slice part, err *e) {
	(void)e;
	buf_add(context, part);
	return true;
}

static bool read_all(buf *into) {
	char part[65536];
	ssize_t n;
	while ((n = read(STDIN_FILENO, part, sizeof part)) > 0) buf_add(into, (slice){part, (size_t)n});
	return n == 0 && buf_ok(into);
}

int main(void) {
	cleanup_buf buf all = BUF_INIT((size_t)4 << 30), out = BUF_INIT((size_t)1 << 30);
	if (!read_all(&all)) return 1;
	slice rest = buf_slice(&all);
	while (rest.n >= 8) {
		uint64_t size;
		memcpy(&size, rest.p, 8);
		slice file = slice_sub(rest, 8, size);
		rest = slice_sub(rest, 8 + size, rest.n);
		cleanup_notices notices told = {0};
		err e = ERR_INIT;
		read_options o = {.name = "random.csv"};
		buf_clear(&out);
		if (!csv_clean(file, &o, CLEAN_CSV, collect, &out, &told, NULL, DEADLINE_NEVER, &e))
			buf_printf(&out, "error: %s", e.message);
		uint64_t n = out.n;
		(void)fwrite(&n, 8, 1, stdout);
		(void)fwrite(out.p, 1, out.n, stdout);
	}
	return 0;
}
