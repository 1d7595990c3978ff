/* Which encoding bytes are in, and the bytes as UTF-8. Internal to src/data. */
#ifndef PLOTD_DATA_ENCODING_H
#define PLOTD_DATA_ENCODING_H

#include "base/notice.h"
#include "base/wait.h"

typedef struct encoding {
	const char *name; /* IANA's, static; "binary" when it is no text */
	size_t bom;       /* bytes of a byte order mark */
	bool utf8;        /* what follows the mark is UTF-8 (RFC 3629) as it stands */
	bool ascii;       /* and no byte is above 127 */
	bool zeros;       /* not said: it is text of one byte or more a character with bytes of zero in it */
	size_t seen;      /* bytes that were looked at: all, or as many at the start, which are ASCII */
} encoding;

/* `all`: looks at every byte. Otherwise what begins with ENCODING_GLANCE bytes of ASCII is taken for it. */
encoding encoding_detect(slice raw, bool all);
enum { ENCODING_GLANCE = 1 << 20 };
/* The bytes, without the mark, in UTF-8 into `out`; what is not valid becomes U+FFFD and is told with its line.
 * ERR_CSV_ENCODING, ERR_CSV_LIMIT, ERR_MEMORY, and as still_wanted. */
bool encoding_decode(slice raw, const encoding *from, const char *name, buf *out, notices *n, const cancel *c,
		     deadline d, err *e);

#endif
