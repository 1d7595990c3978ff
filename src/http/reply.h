/* The documents that answer a request. A page is 5 MB, most of it plotly.js,
 * the same for every page: an answer is a list of pieces, sent from where they lie. */
#ifndef PLOTD_HTTP_REPLY_H
#define PLOTD_HTTP_REPLY_H

#include "http/accept.h"
#include "http/form.h"
#include "plot/plot.h"

enum { BODY_PIECES = 12 };

typedef struct body {
	slice piece[BODY_PIECES]; /* borrowed from the buffers below, the reply, the page's assets */
	size_t n;
	uint64_t bytes;
	buf front, middle, figures, back;
} body;

void body_init(body *b);
void body_free(body *b);

/* The answer to a request that went well, as JSON, page or `result` event; the
 * body borrows from `r`. ERR_CODE_OUTPUT when it would be larger than memory. */
bool reply_success(body *b, enum media m, const plot_reply *r, const form *f, const char *request_id, err *e);

/* The answer to one that failed. `f` and `r` may be NULL. */
void reply_failure(buf *out, const err *e, const form *f, const plot_reply *r, const char *request_id);
/* The same for a person's eyes: a page. */
void reply_failure_page(buf *out, const err *e, const form *f, const char *request_id);

#endif
