#include "llm/vendors.h"

static bool headers(const config *c, slice key, struct curl_slist **list) {
	(void)c;
	return !key.n || header_add(list, "x-goog-api-key", key);
}

static json_t *parts(slice text) {
	return json_pack("[{s:s%}]", "text", text.p, text.n);
}

static json_t *turns(const prompt *p) {
	json_t *list = json_array();
	for (size_t i = 0; i < p->nturns; i++) {
		const char *role = p->turn[i].model ? "model" : "user";
		if (json_array_append_new(list,
					  json_pack("{s:o,s:s}", "parts", parts(prompt_turn(p, i)), "role", role)))
			return json_decref(list), NULL;
	}
	return list;
}

static json_t *generation(const prompt *p, unsigned without) {
	json_t *wanted = json_object();
	/* Thinking counts towards the limit, so it is wider than code alone needs. Temperature
	 * is left alone: the 3.x models are tuned for their default. */
	if (!(without & WITHOUT_LIMIT)) json_object_set_new(wanted, "maxOutputTokens", json_integer(16384));
	if (p->schema.n && !(without & WITHOUT_SCHEMA)) {
		json_object_set_new(wanted, "responseMimeType", json_string("application/json"));
		json_object_set_new(wanted, "responseJsonSchema", json_loadb(p->schema.p, p->schema.n, 0, NULL));
	}
	return wanted;
}

static json_t *body(const prompt *p, const char *model, bool own_url, unsigned without) {
	(void)model, (void)own_url;
	return json_pack("{s:o,s:{s:o,s:s},s:o}", "contents", turns(p), "systemInstruction", "parts",
			 parts(slice_of(p->system)), "role", "user", "generationConfig", generation(p, without));
}

static const finish_word words[] = {
    {"STOP", FINISH_STOP},
    {"MAX_TOKENS", FINISH_LENGTH},
    {"SAFETY", FINISH_REFUSED},
    {"BLOCKLIST", FINISH_REFUSED},
    {"PROHIBITED_CONTENT", FINISH_REFUSED},
    {"SPII", FINISH_REFUSED},
    {"RECITATION", FINISH_REFUSED},
    {"LANGUAGE", FINISH_REFUSED},
    {"MODEL_ARMOR", FINISH_REFUSED},
    {NULL, FINISH_STOP},
};

static void read_parts(const json_t *content, stream *s) {
	size_t i;
	const json_t *part;
	json_array_foreach(json_object_get(content, "parts"), i, part) {
		const json_t *text = json_object_get(part, "text");
		if (json_is_true(json_object_get(part, "thought")))
			s->thought += json_string_length(text);
		else
			stream_add(s, text);
	}
}

static bool event(const json_t *data, stream *s, failure *f) {
	if (failure_read(data, f)) return false;
	const json_t *candidate = json_array_get(json_object_get(data, "candidates"), 0);
	const json_t *usage = json_object_get(data, "usageMetadata");
	read_parts(json_object_get(candidate, "content"), s);
	stream_finish(s, member_text(candidate, "finishReason"), words);
	const char *block = member_text(json_object_get(data, "promptFeedback"), "blockReason");
	if (*block) {
		stream_finish(s, block, words);
		s->finish = FINISH_REFUSED;
	}
	stream_usage(&s->tokens_in, json_object_get(usage, "promptTokenCount"));
	uint64_t thoughts = 0, said = 0;
	stream_usage(&thoughts, json_object_get(usage, "thoughtsTokenCount"));
	stream_usage(&said, json_object_get(usage, "candidatesTokenCount"));
	if (said + thoughts) s->tokens_out = said + thoughts; /* both are billed */
	return true;
}

const provider_ops GEMINI = {headers, body, event};
