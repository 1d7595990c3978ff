/* The same bytes fed whole and a byte at a time give the same events. */
#include "llm/sse.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool hear(void *context, slice type, slice data) {
	buf *heard = context;
	buf_printf(heard, "%zu ", type.n);
	buf_add(heard, data);
	buf_addc(heard, '|');
	return true;
}

static void feed(slice bytes, size_t step, buf *heard) {
	sse s = SSE_INIT;
	for (size_t at = 0; at < bytes.n; at += step) {
		if (sse_feed(&s, slice_sub(bytes, at, step), hear, heard) != SSE_MORE) abort();
	}
	if (sse_end(&s, hear, heard) != SSE_MORE) abort();
	sse_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	slice bytes = {(const char *)data, size};
	buf whole = BUF_INIT((size_t)8 << 20), single = BUF_INIT((size_t)8 << 20);
	feed(bytes, size ? size : 1, &whole);
	feed(bytes, 1, &single);
	if (!slice_eq(buf_slice(&whole), buf_slice(&single))) abort();
	buf_free(&whole);
	buf_free(&single);
	return 0;
}
