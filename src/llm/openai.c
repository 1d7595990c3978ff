/* OpenAI's chat completions, as OpenAI, Azure, OpenRouter, vLLM, llama.cpp,
 * Ollama and many others speak it. */
#include "llm/vendors.h"

static bool headers(const config *c, slice key, struct curl_slist **list) {
	cleanup_buf buf bearer = BUF_INIT(8192);
	if (!key.n) return true;
	buf_printf(&bearer, "Bearer %.*s", SLICE_ARG(key));
	bool ok = buf_ok(&bearer) && header_add(list, "authorization", buf_slice(&bearer));
	if (bearer.p) explicit_bzero(bearer.p, bearer.n);
	/* Azure's deployments take the key under a name of their own. */
	if (ok && c->openai_url && strstr(c->openai_url, ".azure.com/")) ok = header_add(list, "api-key", key);
	return ok;
}

static json_t *message(const char *role, slice text) {
	return json_pack("{s:s,s:s%}", "role", role, "content", text.p, text.n);
}

static json_t *messages(const prompt *p) {
	json_t *list = json_array();
	if (json_array_append_new(list, message("system", slice_of(p->system)))) return json_decref(list), NULL;
	for (size_t i = 0; i < p->nturns; i++)
		if (json_array_append_new(list, message(p->turn[i].model ? "assistant" : "user", prompt_turn(p, i))))
			return json_decref(list), NULL;
	return list;
}

static json_t *response_format(const buf *schema) {
	return json_pack("{s:s,s:{s:s,s:b,s:o}}", "type", "json_schema", "json_schema", "name", "chart", "strict", 1,
			 "schema", json_loadb(schema->p, schema->n, 0, NULL));
}

/* Small models write better code a little colder, and correct a draft best without any chance; on
 * a repair they must not say the same again. */
static double temperature(const prompt *p) {
	static const double warmer[] = {0.2, 0.6, 1.0};
	if (p->schema.n && !p->repairs) return 0;
	return warmer[p->repairs < 2 ? p->repairs : 2];
}

static json_t *body(const prompt *p, const char *model, bool own_url, unsigned without) {
	json_t *root = json_pack("{s:s,s:o,s:b}", "model", model, "messages", messages(p), "stream", 1);
	if (!(without & WITHOUT_USAGE))
		json_object_set_new(root, "stream_options", json_pack("{s:b}", "include_usage", 1));
	/* OpenAI's reasoning models refuse `max_tokens` and `temperature`; home servers know no
	 * other name for the first. */
	if (!(without & WITHOUT_LIMIT))
		json_object_set_new(root, own_url ? "max_tokens" : "max_completion_tokens",
				    json_integer(own_url ? 4096 : 16384));
	if (own_url && !(without & WITHOUT_TEMPERATURE))
		json_object_set_new(root, "temperature", json_real(temperature(p)));
	if (p->schema.n && !(without & WITHOUT_SCHEMA))
		json_object_set_new(root, "response_format", response_format(&p->schema));
	return root;
}

static const finish_word words[] = {
    {"stop", FINISH_STOP},
    {"length", FINISH_LENGTH},
    {"content_filter", FINISH_REFUSED},
    {NULL, FINISH_STOP},
};

static bool event(const json_t *data, stream *s, failure *f) {
	if (failure_read(data, f)) return false;
	const json_t *choice = json_array_get(json_object_get(data, "choices"), 0);
	const json_t *delta = json_object_get(choice, "delta");
	if (!delta) delta = json_object_get(choice, "message"); /* a server that does not stream */
	stream_add(s, json_object_get(delta, "content"));
	/* vLLM and DeepSeek name it reasoning_content, OpenRouter reasoning. */
	s->thought += json_string_length(json_object_get(delta, "reasoning_content"));
	s->thought += json_string_length(json_object_get(delta, "reasoning"));
	stream_finish(s, member_text(choice, "finish_reason"), words);
	if (json_string_length(json_object_get(delta, "refusal"))) {
		stream_finish(s, "refusal", words);
		s->finish = FINISH_REFUSED;
	}
	const json_t *usage = json_object_get(data, "usage");
	stream_usage(&s->tokens_in, json_object_get(usage, "prompt_tokens"));
	stream_usage(&s->tokens_out, json_object_get(usage, "completion_tokens"));
	return true;
}

const provider_ops OPENAI = {headers, body, event};
