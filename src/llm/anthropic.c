#include "llm/vendors.h"

static bool headers(const config *c, slice key, struct curl_slist **list) {
	bool bearer = c->anthropic_auth && strcmp(c->anthropic_auth, "bearer") == 0;
	if (!header_add(list, "anthropic-version", bearer ? SLICE("2026-10-21") : SLICE("2023-06-01"))) return false;
	if (!key.n) return true;
	if (!bearer) return header_add(list, "x-api-key", key);
	cleanup_buf buf value = BUF_INIT(8192);
	buf_printf(&value, "Bearer %.*s", SLICE_ARG(key));
	bool ok = buf_ok(&value) && header_add(list, "authorization", buf_slice(&value));
	if (value.p) explicit_bzero(value.p, value.n);
	return ok;
}

static json_t *messages(const prompt *p) {
	json_t *list = json_array();
	for (size_t i = 0; i < p->nturns; i++) {
		slice text = prompt_turn(p, i);
		const char *role = p->turn[i].model ? "assistant" : "user";
		if (json_array_append_new(list, json_pack("{s:s,s:s%}", "role", role, "content", text.p, text.n)))
			return json_decref(list), NULL;
	}
	return list;
}

/* max_tokens is required. Temperature is gone from the current SDK: never sent. */
static json_t *body(const prompt *p, const char *model, bool own_url, unsigned without) {
	(void)own_url, (void)without;
	return json_pack("{s:s,s:i,s:s,s:o,s:b}", "model", model, "max_tokens", 8192, "system", p->system, "messages",
			 messages(p), "stream", 1);
}

static const finish_word words[] = {
    {"end_turn", FINISH_STOP},     {"stop_sequence", FINISH_STOP},
    {"max_tokens", FINISH_LENGTH}, {"model_context_window_exceeded", FINISH_LENGTH},
    {"refusal", FINISH_REFUSED},   {NULL, FINISH_STOP},
};

static void read_usage(const json_t *usage, stream *s) {
	uint64_t fresh = 0, written = 0, cached = 0;
	stream_usage(&fresh, json_object_get(usage, "input_tokens"));
	stream_usage(&written, json_object_get(usage, "cache_creation_input_tokens"));
	stream_usage(&cached, json_object_get(usage, "cache_read_input_tokens"));
	if (fresh + written + cached) s->tokens_in = fresh + written + cached;
	stream_usage(&s->tokens_out, json_object_get(usage, "output_tokens"));
}

/* One content block of a whole message. */
static void read_block(const json_t *block, stream *s) {
	if (strcmp(member_text(block, "type"), "text") == 0) stream_add(s, json_object_get(block, "text"));
	s->thought += json_string_length(json_object_get(block, "thinking"));
}

static void read_message(const json_t *message, stream *s) {
	size_t i;
	const json_t *block;
	json_array_foreach(json_object_get(message, "content"), i, block) read_block(block, s);
	stream_finish(s, member_text(message, "stop_reason"), words);
	read_usage(json_object_get(message, "usage"), s);
}

static bool event(const json_t *data, stream *s, failure *f) {
	if (failure_read(data, f)) return false;
	const json_t *delta = json_object_get(data, "delta");
	const char *type = member_text(data, "type");
	if (strcmp(type, "message") == 0) read_message(data, s); /* a server that does not stream */
	if (strcmp(type, "message_start") == 0) read_message(json_object_get(data, "message"), s);
	if (strcmp(type, "content_block_start") == 0) read_block(json_object_get(data, "content_block"), s);
	if (strcmp(type, "content_block_delta") == 0) {
		stream_add(s, json_object_get(delta, "text"));
		s->thought += json_string_length(json_object_get(delta, "thinking"));
	}
	if (strcmp(type, "message_delta") == 0) {
		stream_finish(s, member_text(delta, "stop_reason"), words);
		read_usage(json_object_get(data, "usage"), s);
	}
	if (strcmp(type, "message_stop") == 0) s->ended = true;
	return true;
}

const provider_ops ANTHROPIC = {headers, body, event};
