/* A growing byte buffer with its maximum fixed at init. Failure is sticky: once
 * the maximum is passed or memory is out, further adds do nothing, and the
 * user asks once, at the end, with buf_ok. Zero-initialised is not valid: use
 * BUF_INIT(max) or buf_init. Owns its bytes; buf_free or take with buf_steal. */
#ifndef PLOTD_BASE_BUF_H
#define PLOTD_BASE_BUF_H

#include "base/err.h"
#include "base/slice.h"

typedef struct buf {
	char *p;
	size_t n, cap, max; /* bytes */
	bool failed;        /* over max, or out of memory */
} buf;

#define BUF_INIT(maximum) ((buf){.max = (maximum)})
#define cleanup_buf __attribute__((cleanup(buf_free)))

void buf_free(buf *b); /* leaves an empty buffer with the same maximum */
void buf_add(buf *b, slice s);
void buf_addc(buf *b, char c);
void buf_adds(buf *b, const char *text);
void buf_printf(buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(buf *b, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
/* The text as a JSON string with its quotes. Bytes that are not UTF-8 become
 * U+FFFD. `html_safe` also escapes < > & and U+2028/9, so that the result may
 * stand in a script element (HTML Living Standard, 4.12.1.3). */
void buf_json(buf *b, slice text, bool html_safe);
/* The text with & < > " ' as character references. */
void buf_html(buf *b, slice text);
/* A literal that Python reads back as the same text: 'it\'s'. */
void buf_python(buf *b, slice text);
/* Room for `n` more bytes to write at the returned place, then buf_grow(n); NULL on failure. */
char *buf_reserve(buf *b, size_t n);
void buf_grow(buf *b, size_t n); /* n at most what was reserved */

static inline bool buf_ok(const buf *b) {
	return !b->failed;
}
static inline slice buf_slice(const buf *b) {
	return (slice){b->p, b->n};
}
static inline void buf_clear(buf *b) {
	b->n = 0, b->failed = false;
}
/* A NUL-terminated string, valid until the next add; "" after failure. */
const char *buf_cstr(buf *b);
/* The bytes, NUL-terminated, now the caller's to free; NULL after failure. */
char *buf_steal(buf *b);

#endif
