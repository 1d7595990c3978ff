#ifndef PLOTD_LLM_LINE_H
#define PLOTD_LLM_LINE_H

#include "llm/exchange.h"

typedef struct line {
	CURL *easy;
	CURLM *multi; /* holds the connections */
	struct line *next;
} line;

/* Lent until line_return; NULL with *e set when memory is out. Thread-safe. */
line *line_borrow(line_pool *pool, err *e);
void line_return(line_pool *pool, line *l);

#endif
