/* multipart/form-data (RFC 7578, RFC 2046) in any number of pieces, strictly:
 * what is not well-formed is refused with a sentence and the byte where it
 * stands. The parser holds at most one part's head (MULTIPART_MAX_HEAD bytes);
 * content goes straight to the sink. Allocates nothing else. */
#ifndef PLOTD_HTTP_MULTIPART_H
#define PLOTD_HTTP_MULTIPART_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

enum {
	MULTIPART_MAX_BOUNDARY = 70, /* RFC 2046, 5.1.1 */
	MULTIPART_MAX_HEAD = 8192,   /* bytes of one part's header fields */
	MULTIPART_MAX_AROUND = 4096, /* bytes of preamble, and of epilogue */
	MULTIPART_MAX_PADDING = 64,  /* white space after a boundary */
};

typedef struct multipart_part {
	slice name;        /* decoded, UTF-8 */
	slice filename;    /* decoded, UTF-8, as sent: may be a path, may be empty */
	bool has_filename; /* a file, not a text field */
} multipart_part;

/* Where the parts go. Each returns false with *e set to stop the parse; slices
 * are borrowed for the call. `data` is called any number of times a part. */
typedef struct multipart_sink {
	bool (*begin)(void *context, const multipart_part *part, err *e);
	bool (*data)(void *context, slice bytes, err *e);
	bool (*end)(void *context, err *e);
	void *context;
} multipart_sink;

enum multipart_state { MULTIPART_PREAMBLE, MULTIPART_LINE, MULTIPART_HEAD, MULTIPART_BODY, MULTIPART_EPILOGUE };

typedef struct multipart {
	char delimiter[MULTIPART_MAX_BOUNDARY + 4]; /* CR LF - - boundary */
	size_t ndelimiter;
	size_t matched; /* bytes of it seen at the end of the last piece */
	size_t assumed; /* of those, the ones that were not there: a CR LF before the start */
	enum multipart_state state;
	char line;            /* MULTIPART_LINE: the last byte after the boundary */
	size_t around, parts; /* bytes of preamble, padding or epilogue; parts begun */
	size_t parts_max;
	uint64_t at; /* bytes fed and understood */
	buf head;
	multipart_sink sink;
} multipart;

/* `content_type` is the request's: its boundary is taken. ERR_MULTIPART when it
 * is no multipart/form-data with a lawful boundary. */
bool multipart_init(multipart *m, slice content_type, size_t parts_max, const multipart_sink *sink, err *e);
void multipart_free(multipart *m);
/* ERR_MULTIPART, ERR_TOO_LARGE, or what the sink says. After a failure feed no more. */
bool multipart_feed(multipart *m, slice bytes, err *e);
/* At the end of the body: ERR_MULTIPART when the closing boundary never came. */
bool multipart_finish(multipart *m, err *e);

#endif
