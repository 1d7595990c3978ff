/* sse.h: events out of a stream cut into pieces of any size. */
#include "llm/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct heard {
	buf text; /* "type=data|" for each event */
	size_t stop_at, n;
} heard;

static bool hear(void *context, slice type, slice data) {
	heard *h = context;
	buf_printf(&h->text, "%.*s=%.*s|", SLICE_ARG(type), SLICE_ARG(data));
	return ++h->n != h->stop_at;
}

/* What is heard of the bytes fed in pieces of `step`, the end included. */
static void expect(slice bytes, const char *wanted) {
	for (size_t step = 1; step <= bytes.n; step++) {
		sse s = SSE_INIT;
		heard h = {.text = BUF_INIT(65536)};
		for (size_t at = 0; at < bytes.n; at += step)
			assert_int_equal(sse_feed(&s, slice_sub(bytes, at, step), hear, &h), SSE_MORE);
		assert_int_equal(sse_end(&s, hear, &h), SSE_MORE);
		assert_string_equal(buf_cstr(&h.text), wanted);
		buf_free(&h.text);
		sse_free(&s);
	}
}

static void a_data_line_and_a_blank_one_make_an_event(void **state) {
	(void)state;
	expect(SLICE("data: hi\n\n"), "message=hi|");
}

static void one_blank_after_the_colon_is_not_data(void **state) {
	(void)state;
	expect(SLICE("data:hi\n\ndata:  hi\n\n"), "message=hi|message= hi|");
}

static void an_event_line_names_the_type_once(void **state) {
	(void)state;
	expect(SLICE("event: ping\ndata: {}\n\ndata: 2\n\n"), "ping={}|message=2|");
}

static void several_data_lines_join_with_a_line_feed(void **state) {
	(void)state;
	expect(SLICE("data: a\ndata: b\n\n"), "message=a\nb|");
}

static void line_ends_may_be_cr_lf_or_both(void **state) {
	(void)state;
	expect(SLICE("data: a\r\n\r\ndata: b\r\rdata: c\n\n"), "message=a|message=b|message=c|");
}

static void comments_and_unknown_fields_say_nothing(void **state) {
	(void)state;
	expect(SLICE(": alive\nid: 7\nretry: 10\nnonsense\ndata: x\n\n: alive\n\n"), "message=x|");
}

static void a_byte_order_mark_is_skipped(void **state) {
	(void)state;
	expect(SLICE("\xEF\xBB\xBF"
		     "data: x\n\n"),
	       "message=x|");
}

static void an_event_without_data_is_none(void **state) {
	(void)state;
	expect(SLICE("event: ping\n\ndata\n\n"), "message=|");
}

static void the_last_event_needs_no_blank_line(void **state) {
	(void)state;
	expect(SLICE("data: a\n\ndata: b"), "message=a|message=b|");
}

static void the_hook_may_stop_the_parse(void **state) {
	(void)state;
	sse s = SSE_INIT;
	heard h = {.text = BUF_INIT(64), .stop_at = 1};
	assert_int_equal(sse_feed(&s, SLICE("data: a\n\ndata: b\n\n"), hear, &h), SSE_STOPPED);
	assert_string_equal(buf_cstr(&h.text), "message=a|");
	buf_free(&h.text);
	sse_free(&s);
}

static void an_endless_line_is_refused_not_kept(void **state) {
	(void)state;
	static const char piece[65536] = {'x'};
	sse s = SSE_INIT;
	heard h = {.text = BUF_INIT(64)};
	enum sse_state last = SSE_MORE;
	size_t fed = 0;
	while (last == SSE_MORE && fed < (size_t)4 * SSE_MAX_BYTES) {
		last = sse_feed(&s, (slice){piece, sizeof piece}, hear, &h);
		fed += sizeof piece;
	}
	assert_int_equal(last, SSE_TOO_LONG);
	assert_true(s.line.n <= SSE_MAX_BYTES);
	sse_free(&s);
}

static void endless_data_lines_are_refused_too(void **state) {
	(void)state;
	char line[4096];
	memset(line, 'x', sizeof line);
	memcpy(line, "data:", 5);
	line[sizeof line - 1] = '\n';
	sse s = SSE_INIT;
	heard h = {.text = BUF_INIT(64)};
	enum sse_state last = SSE_MORE;
	for (size_t i = 0; last == SSE_MORE && i < (size_t)2 * SSE_MAX_BYTES / sizeof line; i++)
		last = sse_feed(&s, (slice){line, sizeof line}, hear, &h);
	assert_int_equal(last, SSE_TOO_LONG);
	sse_free(&s);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_data_line_and_a_blank_one_make_an_event),
	    cmocka_unit_test(one_blank_after_the_colon_is_not_data),
	    cmocka_unit_test(an_event_line_names_the_type_once),
	    cmocka_unit_test(several_data_lines_join_with_a_line_feed),
	    cmocka_unit_test(line_ends_may_be_cr_lf_or_both),
	    cmocka_unit_test(comments_and_unknown_fields_say_nothing),
	    cmocka_unit_test(a_byte_order_mark_is_skipped),
	    cmocka_unit_test(an_event_without_data_is_none),
	    cmocka_unit_test(the_last_event_needs_no_blank_line),
	    cmocka_unit_test(the_hook_may_stop_the_parse),
	    cmocka_unit_test(an_endless_line_is_refused_not_kept),
	    cmocka_unit_test(endless_data_lines_are_refused_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
