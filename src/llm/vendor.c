/* What the provider rows have in common. */
#include "llm/provider.h"

#include <stdio.h>
#include <stdlib.h>

bool header_add(struct curl_slist **list, const char *name, slice value) {
	cleanup_buf buf line = BUF_INIT(16384);
	buf_printf(&line, "%s: %.*s", name, SLICE_ARG(value));
	struct curl_slist *longer = buf_ok(&line) ? curl_slist_append(*list, buf_cstr(&line)) : NULL;
	if (line.p) explicit_bzero(line.p, line.n);
	if (longer) *list = longer;
	return longer != NULL;
}

const char *member_text(const json_t *object, const char *key) {
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

void stream_add(stream *s, const json_t *text) {
	if (!json_is_string(text)) return;
	buf_add(&s->text, (slice){json_string_value(text), json_string_length(text)});
}

void stream_usage(uint64_t *to, const json_t *count) {
	if (json_is_integer(count) && json_integer_value(count) > 0) *to = (uint64_t)json_integer_value(count);
}

void stream_finish(stream *s, const char *word, const finish_word *words) {
	if (!*word) return;
	while (words->word && strcmp(words->word, word) != 0) words++;
	s->finish = words->finish;
	s->ended = true;
	err_copy(s->word, slice_of(word));
}

/* What an error event means in HTTP's terms, for errors that come under status 200. */
static int status_of_kind(const char *kind) {
	static const struct {
		const char *kind;
		int status;
	} rows[] = {
	    {"overloaded_error", 529},
	    {"rate_limit_error", 429},
	    {"rate_limit_exceeded", 429},
	    {"insufficient_quota", 429},
	    {"RESOURCE_EXHAUSTED", 429},
	    {"api_error", 500},
	    {"server_error", 500},
	    {"INTERNAL", 500},
	    {"internal_error", 500},
	    {"UNAVAILABLE", 503},
	    {"timeout_error", 504},
	    {"DEADLINE_EXCEEDED", 504},
	    {"authentication_error", 401},
	    {"invalid_api_key", 401},
	    {"UNAUTHENTICATED", 401},
	    {"permission_error", 403},
	    {"PERMISSION_DENIED", 403},
	    {"not_found_error", 404},
	    {"model_not_found", 404},
	    {"NOT_FOUND", 404},
	    {"request_too_large", 413},
	    {"invalid_request_error", 400},
	    {"INVALID_ARGUMENT", 400},
	    {"FAILED_PRECONDITION", 400},
	    {"context_length_exceeded", 400},
	    {"billing_error", 402},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].kind, kind) == 0) return rows[i].status;
	return 0;
}

/* "34s", "1.5s" (google.protobuf.Duration in JSON) to milliseconds. */
static uint64_t duration_ms(const char *text) {
	char *end;
	double seconds = strtod(text, &end);
	bool good = end != text && end[0] == 's' && end[1] == '\0' && seconds > 0 && seconds < 86400;
	return good ? (uint64_t)(seconds * 1000) : 0;
}

static void read_details(const json_t *details, failure *f) {
	size_t i;
	const json_t *detail;
	json_array_foreach(details, i, detail) {
		uint64_t ms = duration_ms(member_text(detail, "retryDelay"));
		if (ms) f->retry_ms = ms;
		if (strcmp(member_text(detail, "reason"), "API_KEY_INVALID") == 0) f->status = 401;
	}
}

static void read_fields(const json_t *error, failure *f) {
	static const char *const kinds[] = {"status", "type", "code"}, *const messages[] = {"message", "detail", "msg"};
	for (size_t i = 0; i < 3; i++)
		if (!f->message[0]) err_copy(f->message, slice_of(member_text(error, messages[i])));
	/* OpenAI's `code` is narrower than its `type`; Google's is the status as a number. */
	const json_t *code = json_object_get(error, "code");
	for (size_t i = 0; i < 3; i++)
		if (!f->kind[0] || (i == 2 && json_is_string(code) && status_of_kind(json_string_value(code))))
			err_copy(f->kind, slice_of(member_text(error, kinds[i])));
	if (json_is_integer(code) && json_integer_value(code) >= 400 && json_integer_value(code) < 600)
		f->status = (int)json_integer_value(code);
	else
		f->status = status_of_kind(f->kind);
	read_details(json_object_get(error, "details"), f);
}

bool failure_read(const json_t *data, failure *f) {
	if (json_is_array(data)) data = json_array_get(data, 0);
	const json_t *error = json_object_get(data, "error");
	bool typed = strcmp(member_text(data, "type"), "error") == 0;
	if (json_is_null(error) && !typed) error = NULL;
	if (!error && !typed) return false;
	*f = (failure){0};
	if (json_is_string(error))
		err_copy(f->message, slice_of(json_string_value(error)));
	else
		read_fields(error ? error : data, f);
	return true;
}
