/* A body cut in two ways must give the same parts, or the same refusal. The
 * first byte of the input says where to cut, the second how many parts are allowed. */
#include "http/multipart.h"

#include <stdlib.h>

static bool on_begin(void *context, const multipart_part *part, err *e) {
	(void)e;
	if (!slice_is_utf8(part->name) || !slice_is_utf8(part->filename)) abort();
	buf_printf(context, "<%zu:%.*s|%zu:%.*s>", part->name.n, SLICE_ARG(part->name), part->filename.n,
		   SLICE_ARG(part->filename));
	return true;
}

static bool on_data(void *context, slice bytes, err *e) {
	(void)e;
	buf_add(context, bytes);
	return true;
}

static bool on_end(void *context, err *e) {
	(void)e;
	buf_adds(context, "</>");
	return true;
}

static bool parse(slice body, size_t first, size_t step, size_t parts, buf *seen, err *e) {
	multipart m;
	multipart_sink sink = {on_begin, on_data, on_end, seen};
	bool ok = multipart_init(&m, SLICE("multipart/form-data; boundary=B"), parts, &sink, e);
	for (size_t at = 0, n = first; ok && at < body.n; at += n, n = step)
		ok = multipart_feed(&m, slice_sub(body, at, n), e);
	if (ok) ok = multipart_finish(&m, e);
	multipart_free(&m);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size < 2) return 0;
	slice body = {(const char *)data + 2, size - 2};
	buf whole = BUF_INIT((size_t)1 << 24), pieces = BUF_INIT((size_t)1 << 24);
	err one = ERR_INIT, two = ERR_INIT;
	bool ok = parse(body, body.n + 1, 1, data[1], &whole, &one);
	if (parse(body, data[0] % 61u + 1, data[0] % 7u + 1, data[1], &pieces, &two) != ok) abort();
	if (one.code != two.code || strcmp(one.message, two.message) != 0) abort();
	if (!slice_eq(buf_slice(&whole), buf_slice(&pieces))) abort();
	buf_free(&whole);
	buf_free(&pieces);
	return 0;
}
