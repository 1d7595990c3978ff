/* One HTTP exchange with a model: a request out, a stream back. No retries, no
 * policy: it tells exactly what happened. */
#ifndef PLOTD_LLM_EXCHANGE_H
#define PLOTD_LLM_EXCHANGE_H

#include "llm/provider.h"

enum { ANSWER_MAX_BYTES = 16 << 20 }; /* of one answer after decompression, errors included */

/* Connections that stay open between exchanges, lent to one thread at a time. */
typedef struct line_pool line_pool;
line_pool *line_pool_open(err *e);
void line_pool_close(line_pool *pool); /* NULL is fine */

enum outcome {
	OUTCOME_OK,      /* the stream ended as it should; *s holds the reply */
	OUTCOME_STATUS,  /* the provider told a failure: *f */
	OUTCOME_CONNECT, /* no connection, or it went before the first byte; f->message says why */
	OUTCOME_TLS,     /* no trust in the server: asking again does not help */
	OUTCOME_CUT,     /* the stream broke off in the middle */
	OUTCOME_SILENT,  /* no byte for first_byte_ms */
	OUTCOME_LATE,    /* `limit` passed */
	OUTCOME_GARBAGE, /* it is not what the API promises; f->message says what it is */
	OUTCOME_HUGE,    /* more than ANSWER_MAX_BYTES, or a reply over REPLY_MAX_BYTES */
	OUTCOME_UNWANTED /* the cancel token */
};

typedef struct exchange {
	const provider *provider;
	const config *config;
	const char *model;
	const prompt *prompt;
	unsigned without;     /* enum without */
	const cancel *cancel; /* may be NULL */
	deadline limit;
	llm_hook *hook; /* may be NULL */
	void *context;
} exchange;

/* Blocks until it is over. ERR_* only for what is not the provider's doing: memory, a
 * key or URL that cannot be sent (then *out is not set). */
bool exchange_run(line_pool *pool, const exchange *x, stream *s, failure *f, enum outcome *out, err *e);
/* "https://host/v1beta/models/M:streamGenerateContent?alt=sse"; false when the URL is unusable. */
bool exchange_url(const provider *p, const config *c, const char *model, buf *out, err *e);

#endif
