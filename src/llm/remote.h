/* A model's reply, whatever it takes: exchanges, retries with back-off, the
 * circuit, and errors in words a person can act on. */
#ifndef PLOTD_LLM_REMOTE_H
#define PLOTD_LLM_REMOTE_H

#include "llm/circuit.h"
#include "llm/exchange.h"

/* Fills *s with a reply that has text, or fails with ERR_MODEL_*, ERR_CANCELLED,
 * ERR_STOPPING, ERR_DEADLINE. x->limit is the request's own deadline; the
 * configuration's llm_ms bounds it further. */
bool remote_reply(line_pool *pool, circuit *gate, exchange *x, stream *s, err *e);

#endif
