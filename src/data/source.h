/* From bytes as sent to UTF-8 text: what it is if it is no CSV, compression, encoding. Internal to src/data. */
#ifndef PLOTD_DATA_SOURCE_H
#define PLOTD_DATA_SOURCE_H

#include "base/notice.h"
#include "base/wait.h"

enum { EXPANDED_MAX = 1 << 30 }; /* bytes that a compressed or re-encoded file may come to */

typedef struct source {
	slice text; /* UTF-8; in `owned` or the caller's bytes */
	buf owned, unpacked;
	const char *encoding; /* IANA name of what it was, static */
} source;

/* `raw` is borrowed as long as the source lives. Fails with ERR_CSV_BINARY (naming what it is), ERR_CSV_ENCODING,
 * ERR_CSV_LIMIT, ERR_MEMORY, and as still_wanted. */
bool source_open(slice raw, const char *name, source *out, notices *n, const cancel *c, deadline d, err *e);
void source_free(source *s);
#define cleanup_source __attribute__((cleanup(source_free)))

#endif
