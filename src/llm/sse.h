/* Server-sent events (HTML Living Standard, 9.2.6), fed in pieces of any size.
 * Bounded: a line or an event over SSE_MAX_BYTES is an error, not memory. */
#ifndef PLOTD_LLM_SSE_H
#define PLOTD_LLM_SSE_H

#include "base/buf.h"

enum { SSE_MAX_BYTES = 4 << 20 };

/* One event: its type ("message" where it has none) and its data lines joined
 * by LF. Both are gone after the call. False ends the parse at once. */
typedef bool sse_hook(void *context, slice type, slice data);

typedef struct sse { /* sse_free */
	buf line, data;
	char type[48];
	bool any_data; /* the event has a data field, empty or not */
	bool after_cr; /* an LF now belongs to the CR before it */
	bool begun;    /* past the place where a byte order mark may stand */
} sse;
#define SSE_INIT ((sse){.line = BUF_INIT(SSE_MAX_BYTES), .data = BUF_INIT(SSE_MAX_BYTES)})
void sse_free(sse *s);

enum sse_state { SSE_MORE, SSE_STOPPED, SSE_TOO_LONG };
enum sse_state sse_feed(sse *s, slice bytes, sse_hook *hook, void *context);
/* At the end of the stream. The standard drops an event that no blank line
 * closed; servers exist that leave the last one so, hence it is given. */
enum sse_state sse_end(sse *s, sse_hook *hook, void *context);

#endif
