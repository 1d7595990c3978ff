/* Models that write code. One const table a provider: gemini, openai,
 * anthropic, and rules, plotd's own. Callers see only this header. */
#ifndef PLOTD_LLM_LLM_H
#define PLOTD_LLM_LLM_H

#include "base/config.h"
#include "base/notice.h"
#include "base/wait.h"
#include "data/frame.h"

typedef struct llm llm;

/* Connections, circuits and cache, shared by all threads. Borrows the configuration. */
llm *llm_open(const config *c, err *e);
void llm_close(llm *l);

/* A panel of a dashboard that failed while others are right (see panels.h). */
typedef struct llm_lost {
	slice title;
	err why;
} llm_lost;

/* An earlier attempt of this request and what became of it. */
typedef struct llm_attempt {
	slice code; /* "" when the reply held none */
	const err *why;
	const llm_lost *lost; /* these panels alone are asked for again; the code that comes back is whole */
	size_t nlost;
	slice columns; /* JSON object: stem -> names, as sandbox_result.columns */
} llm_attempt;

typedef struct llm_ask {
	slice question;
	slice schema; /* JSON text or "" */
	frame *const *frames;
	size_t nframes;
	const char *provider, *model; /* NULL: the configuration's */
	const llm_attempt *attempts;
	size_t nattempts;
} llm_ask;

/* What happens while a model answers; called on the asking thread. LLM_CODE: the next
 * piece of its reply, prose and fences included; LLM_RETRY: a sentence why. */
enum llm_event { LLM_THINKING, LLM_CODE, LLM_RETRY };
typedef void llm_hook(void *context, enum llm_event what, slice text);

typedef struct llm_answer {             /* owned by the caller: llm_answer_free */
	buf code;                       /* Python, taken out of the reply */
	buf title;                      /* for the page, or empty */
	char engine[96];                /* "gemini/gemini-flash-latest", "rules" */
	uint64_t tokens_in, tokens_out; /* 0 where the provider tells none */
	double ms;
	bool cached;
	notices notices;
} llm_answer;
#define LLM_ANSWER_INIT ((llm_answer){.code = BUF_INIT(1 << 20), .title = BUF_INIT(1024)})
void llm_answer_free(llm_answer *a);
#define cleanup_answer __attribute__((cleanup(llm_answer_free)))

/* One answer. Retries and back-off inside; bounded by `d`. Errors: ERR_MODEL_*
 * with provider and upstream status (ERR_MODEL_REPLY with e->rule set, "no_code", "cut_off",
 * "too_long": the model answered, but not with a script; pass it back as an attempt), ERR_FIELD_INVALID for a provider
 * or model the operator does not allow, ERR_CANCELLED, ERR_DEADLINE. */
bool llm_write(llm *l, const llm_ask *q, llm_hook *hook, void *context, const cancel *c, deadline d, llm_answer *a,
	       err *e);

/* The code of an answer to this ask failed: no cache may give it again. To be called for
 * every code that failed; a repair that llm_write gives later takes its place. */
void llm_forget(llm *l, const llm_ask *q);

/* Which provider answers by default, and why: for /health, doctor, notices. */
typedef struct llm_status {
	const char *provider; /* "gemini", …, "rules" */
	const char *model;    /* "" for rules */
	bool key_present;
	char why[160];       /* "GEMINI_API_KEY is set", "no key is set: the built-in rules answer" */
	const char *circuit; /* "closed", "open" */
} llm_status;
void llm_get_status(llm *l, llm_status *out);

/* `plotd prompt`: exactly what would be sent, and about how many tokens. */
bool llm_prompt(llm *l, const llm_ask *q, buf *out, uint64_t *tokens, err *e);

#endif
