#include "llm/sse.h"

void sse_free(sse *s) {
	buf_free(&s->line);
	buf_free(&s->data);
}

/* A blank line: the event is complete. */
static bool dispatch(sse *s, sse_hook *hook, void *context) {
	bool go_on = true;
	if (s->any_data) go_on = hook(context, s->type[0] ? slice_of(s->type) : SLICE("message"), buf_slice(&s->data));
	buf_clear(&s->data);
	s->type[0] = '\0';
	s->any_data = false;
	return go_on;
}

static void field(sse *s, slice name, slice value) {
	if (slice_is(name, "event")) err_copy(s->type, value);
	if (!slice_is(name, "data")) return; /* id and retry are for clients that reconnect */
	if (s->any_data) buf_addc(&s->data, '\n');
	buf_add(&s->data, value);
	s->any_data = true;
}

static bool take_line(sse *s, sse_hook *hook, void *context) {
	slice line = buf_slice(&s->line);
	if (!s->begun && slice_starts(line, SLICE("\xEF\xBB\xBF"))) line = slice_sub(line, 3, line.n);
	s->begun = true;
	bool go_on = true;
	if (line.n == 0) {
		go_on = dispatch(s, hook, context);
	} else if (line.p[0] != ':') { /* a comment, often a sign of life */
		size_t colon = slice_find(line, ':');
		slice value = slice_sub(line, colon + 1, line.n);
		if (value.n && value.p[0] == ' ') value = slice_sub(value, 1, value.n);
		field(s, slice_sub(line, 0, colon), value);
	}
	buf_clear(&s->line);
	return go_on;
}

/* Up to the next line end, or all; returns the bytes it took. */
static size_t to_line_end(slice bytes) {
	size_t i = 0;
	while (i < bytes.n && bytes.p[i] != '\n' && bytes.p[i] != '\r') i++;
	return i;
}

enum sse_state sse_feed(sse *s, slice bytes, sse_hook *hook, void *context) {
	while (bytes.n) {
		if (s->after_cr && bytes.p[0] == '\n') {
			s->after_cr = false;
			bytes = slice_sub(bytes, 1, bytes.n);
			continue;
		}
		s->after_cr = false;
		size_t n = to_line_end(bytes);
		buf_add(&s->line, slice_sub(bytes, 0, n));
		if (!buf_ok(&s->line)) return SSE_TOO_LONG;
		if (n == bytes.n) return SSE_MORE;
		s->after_cr = bytes.p[n] == '\r';
		bytes = slice_sub(bytes, n + 1, bytes.n);
		if (!take_line(s, hook, context)) return SSE_STOPPED;
		if (!buf_ok(&s->data)) return SSE_TOO_LONG;
	}
	return SSE_MORE;
}

enum sse_state sse_end(sse *s, sse_hook *hook, void *context) {
	if (s->line.n && !take_line(s, hook, context)) return SSE_STOPPED;
	if (!buf_ok(&s->data)) return SSE_TOO_LONG;
	return dispatch(s, hook, context) ? SSE_MORE : SSE_STOPPED;
}
