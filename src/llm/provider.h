/* A provider is one const table row: what is said to it, what it says back and
 * what its errors mean. Everything else (waiting, retrying, circuits, cache,
 * taking code out of a reply) is the same for all and stands elsewhere.
 *
 * Wire formats as observed with the vendors' own SDKs (google-genai 3.4,
 * openai 3.54, anthropic 2.12; tests/llm/contract holds plotd against them). */
#ifndef PLOTD_LLM_PROVIDER_H
#define PLOTD_LLM_PROVIDER_H

#include "llm/llm.h"
#include "llm/prompt.h"

#include <curl/curl.h>

#include <jansson.h>

enum finish {
	FINISH_NONE,   /* the provider told none (yet) */
	FINISH_STOP,   /* it said all it had to say */
	FINISH_LENGTH, /* cut off by the answer's token limit */
	FINISH_REFUSED /* its safety filter, or the model itself, declined */
};

/* What a stream has said so far. Owns `text`. */
typedef struct stream {
	buf text; /* the reply without thinking parts */
	enum finish finish;
	char word[48]; /* the provider's own word for it: "MAX_TOKENS" */
	bool ended;    /* the provider's end mark came ([DONE], message_stop, a finishReason) */
	uint64_t tokens_in, tokens_out;
	size_t thought; /* bytes of thinking parts, not kept */
} stream;
enum { REPLY_MAX_BYTES = 1 << 20 }; /* text of one reply; code itself is bounded at 64 KiB */
#define STREAM_INIT ((stream){.text = BUF_INIT(REPLY_MAX_BYTES)})

/* What a provider said when it failed. */
typedef struct failure {
	int status;        /* HTTP, or the code inside an error event; 0 unknown */
	char kind[64];     /* "RESOURCE_EXHAUSTED", "overloaded_error", … */
	char message[400]; /* its own words, cut */
	uint64_t retry_ms; /* what it asked to wait, 0 none */
} failure;

/* Parts of a request that not every server takes; left out after it says so. */
enum without { WITHOUT_LIMIT = 1, WITHOUT_TEMPERATURE = 2, WITHOUT_SCHEMA = 4, WITHOUT_USAGE = 8 };

/* What a vendor's API is: functions over its JSON. */
typedef struct provider_ops {
	/* Adds the headers that carry key and version. False only when memory is out. */
	bool (*headers)(const config *c, slice key, struct curl_slist **list);
	/* The request's body without what `without` names; NULL only when memory is out. */
	json_t *(*body)(const prompt *p, const char *model, bool own_url, unsigned without);
	/* One event of a stream, or a whole reply of a server that does not stream.
	 * False when `data` tells a failure: *f says which. */
	bool (*event)(const json_t *data, stream *s, failure *f);
} provider_ops;

typedef struct provider {
	const char *name;  /* "gemini": configuration, requests, engine */
	const char *label; /* "Gemini": sentences */
	const char *key_env, *url_env;
	const char *url, *model;         /* defaults */
	size_t key_at, url_at, model_at; /* of the const char * in struct config */
	const char *version;             /* path that the base URL may hold already, "/v1"; "" none */
	const char *path;                /* after base and version; one %s is the model, escaped */
	bool keyless;                    /* a base URL of one's own suffices */
	const provider_ops *ops;         /* NULL: rules, plotd itself */
} provider;

/* Rows in order of preference; the last is `rules`: plotd itself. */
extern const provider PROVIDERS[];
enum { PROVIDER_GEMINI, PROVIDER_OPENAI, PROVIDER_ANTHROPIC, PROVIDER_RULES, PROVIDER_COUNT };

static inline bool provider_remote(const provider *p) {
	return p->ops != NULL;
}
static inline size_t provider_index(const provider *p) {
	return (size_t)(p - PROVIDERS);
}
const provider *provider_named(const char *name);               /* NULL: no such row */
const char *provider_key(const provider *p, const config *c);   /* "" when none is set */
const char *provider_url(const provider *p, const config *c);   /* without a slash at its end only if set so */
const char *provider_model(const provider *p, const config *c); /* the operator's, else the default */
/* Helpers for the rows. */
bool header_add(struct curl_slist **list, const char *name, slice value);
/* True where `data` is or holds an error object of any of the shapes servers use. */
bool failure_read(const json_t *data, failure *f);
/* Text at a path of object keys, or "". */
const char *member_text(const json_t *object, const char *key);
/* The row of `words` for what the provider said; unknown words end the reply all the same. */
typedef struct finish_word {
	const char *word;
	enum finish finish;
} finish_word;
void stream_finish(stream *s, const char *word, const finish_word *words);
void stream_add(stream *s, const json_t *text);
void stream_usage(uint64_t *to, const json_t *count);

/* True when it can be asked: a key, or for keyless servers a base URL, is set. */
bool provider_ready(const provider *p, const config *c);

#endif
