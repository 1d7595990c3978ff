/* Which encoding bytes are in, and the bytes as UTF-8. Internal to src/data. */
#ifndef PLOTD_DATA_ENCODING_H
#define PLOTD_DATA_ENCODING_H

#include "base/notice.h"
#include "base/wait.h"

/* IANA name of the encoding, static; *bom: bytes of a byte order mark. "binary" when it is no text. */
const char *encoding_detect(slice raw, size_t *bom);
/* Whether the bytes are UTF-8 (RFC 3629), fast where they are ASCII. */
bool encoding_is_utf8(slice s);
/* The bytes in UTF-8 into `out`; what is not valid becomes U+FFFD and is told with its line. "utf-8" itself is
 * copied only when it is not valid: *same says that the bytes may be used as they are. ERR_CSV_ENCODING,
 * ERR_CSV_LIMIT, ERR_MEMORY, and as still_wanted. */
bool encoding_decode(slice raw, const char *encoding, const char *name, buf *out, bool *same, notices *n,
		     const cancel *c, deadline d, err *e);

#endif
