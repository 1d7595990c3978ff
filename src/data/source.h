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
	size_t seen;          /* bytes of `text` that are known to be well-formed; the others are taken for ASCII */
} source;

/* `raw` is borrowed as long as the source lives. `all`: every byte is looked at first; otherwise, who reads large text
 * asks source_stands on the way, when the bytes are in the caches, and begins again with `all` where it does not. Fails
 * with ERR_CSV_BINARY (naming what it is), ERR_CSV_ENCODING, ERR_CSV_LIMIT, ERR_MEMORY, and as still_wanted. */
bool source_open(slice raw, bool all, const char *name, source *out, notices *n, const cancel *c, deadline d, err *e);
/* Whether the text is what it was taken for up to `to` at least. */
bool source_stands(source *s, size_t to);
void source_free(source *s);
#define cleanup_source __attribute__((cleanup(source_free)))

#endif
