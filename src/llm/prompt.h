/* What a model is told: a constant system part (so that vendors cache it),
 * then the data, fenced and marked as data, then the question and the rules' own
 * reading of it, then on a repair the earlier code and what became of it, as further turns. */
#ifndef PLOTD_LLM_PROMPT_H
#define PLOTD_LLM_PROMPT_H

#include "llm/llm.h"

/* Raise it whenever the words change: cached code is kept by it. */
enum { PROMPT_VERSION = 4 };
enum { PROMPT_TURNS = 9, PROMPT_MAX_BYTES = 4 << 20 };

typedef struct turn {
	bool model;     /* the model's own words; else the user's */
	size_t from, n; /* in prompt.text */
} turn;

typedef struct prompt {     /* prompt_free */
	const char *system; /* constant, static */
	buf text;           /* all turns, one after the other */
	turn turn[PROMPT_TURNS];
	size_t nturns;
	size_t repairs; /* attempts before this one, shown or not */
	buf schema;     /* JSON Schema of the answer in spec mode; empty otherwise */
} prompt;
#define PROMPT_INIT ((prompt){.text = BUF_INIT(PROMPT_MAX_BYTES), .schema = BUF_INIT(PROMPT_MAX_BYTES)})
#define cleanup_prompt __attribute__((cleanup(prompt_free)))
void prompt_free(prompt *p);

/* Builds it for this ask. Errors: ERR_MEMORY. */
bool prompt_build(const config *c, const llm_ask *q, prompt *out, err *e);
/* Text from outside: broken UTF-8 becomes U+FFFD, control characters blanks. */
void prompt_add_clean(buf *out, slice text);
slice prompt_turn(const prompt *p, size_t i);
/* As people read it: each turn under a heading. */
void prompt_print(const prompt *p, buf *out);
/* About how many tokens, counted as byte-pair encoders split text: a word of up to ten letters
 * is one, every digit one, two marks one. Within 15 % of Qwen2.5's tokeniser on plotd's
 * prompts (tests/llm/real measures it); other vendors' differ by as much among themselves. */
uint64_t tokens_about(slice text);

#endif
