/* Any reply gives code or an error, never both, and no more code than reply.
 * The first byte tells whether the provider cut it off. */
#include "llm/reply.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (!size) return 0;
	slice reply = {(const char *)data + 1, size - 1};
	buf code = BUF_INIT(1 << 20), title = BUF_INIT(1024);
	notices n = {0};
	err e = ERR_INIT;
	bool ok = reply_code(reply, data[0] & 1, &code, &title, &n, &e);
	if (ok != (e.code == ERR_NONE)) abort();
	/* Taking off may put in "pass" for "x.show()", and ends the last line. */
	if (ok && (!slice_trim(buf_slice(&code)).n || code.n > reply.n + 1)) abort();
	buf_free(&code);
	buf_free(&title);
	notices_free(&n);
	return 0;
}
