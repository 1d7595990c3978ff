/* Any bytes as an archive or an encoding: what comes out is UTF-8 within the bound. */
#include "data/archive.h"
#include "data/encoding.h"
#include "data/source.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition)) abort();                                                                             \
	} while (0)

static void unpack_bounded(slice raw) {
	cleanup_buf buf out = BUF_INIT(1 << 16);
	cleanup_notices notices n = {0};
	err e = ERR_INIT;
	if (archive_is(raw)) (void)archive_unpack(raw, "fuzz.gz", &out, &n, NULL, DEADLINE_NEVER, &e);
	MUST(out.n <= 1 << 16);
}

static void decode_as(slice raw, const char *name) {
	cleanup_buf buf out = BUF_INIT(64 << 20);
	cleanup_notices notices n = {0};
	err e = ERR_INIT;
	encoding from = {.name = name};
	if (encoding_decode(raw, &from, "fuzz.csv", &out, &n, NULL, DEADLINE_NEVER, &e))
		MUST(slice_is_utf8(buf_slice(&out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const char *const NAMES[] = {"utf-8",     "utf-16le", "utf-16be", "utf-32le", "WINDOWS-1252",
					    "SHIFT_JIS", "GB18030",  "BIG5",     "EUC-KR"};
	if (!size) return 0;
	slice raw = {(const char *)data + 1, size - 1};
	unpack_bounded(raw);
	decode_as(raw, NAMES[data[0] % (sizeof NAMES / sizeof *NAMES)]);
	cleanup_source source s = {0};
	cleanup_notices notices n = {0};
	err e = ERR_INIT;
	if (source_open(raw, true, "fuzz.csv", &s, &n, NULL, DEADLINE_NEVER, &e)) MUST(slice_is_utf8(s.text));
	return 0;
}
