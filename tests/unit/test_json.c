#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static bool accepts(const char *text) {
	err e = ERR_INIT;
	bool ok = json_check(slice_of(text), &e);
	assert_true(ok ? e.code == ERR_NONE : e.code == ERR_RESULT_INVALID);
	return ok;
}

static uint64_t fails_at(const char *text) {
	err e = ERR_INIT;
	assert_false(json_check(slice_of(text), &e));
	return e.column;
}

/* `n` times the text. */
static const char *repeated(buf *b, const char *text, size_t n) {
	buf_clear(b);
	while (n--) buf_adds(b, text);
	return buf_cstr(b);
}

static void test_accepts_every_kind_of_value(void **state) {
	(void)state;
	static const char *const good[] = {"null",
					   "true",
					   "false",
					   "0",
					   "-0",
					   "10",
					   "-1.5",
					   "1e5",
					   "1E+5",
					   "0.25e-3",
					   "\"\"",
					   "\"a\"",
					   "[]",
					   "{}",
					   " [ 1 , 2 ] ",
					   "{\"a\":1}",
					   "\t{ \"a\" : [ { } , [ ] ] }\r\n",
					   "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
					   "\"\\ud83d\\ude00\"",
					   "\"Gr\xc3\xbc\xc3\x9f: \xf0\x9f\x98\x80\"",
					   "{\"a\":1,\"a\":2}",
					   "\"\x7f\""};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!accepts(good[i])) fail_msg("refused: %s", good[i]);
}

static void test_refuses_what_rfc_8259_does_not_know(void **state) {
	(void)state;
	static const char *const bad[] = {"",           " ",         "nul",        "True",
					  "NaN",        "Infinity",  "-Infinity",  "-",
					  "+1",         "01",        "-01",        "1.",
					  ".5",         "1e",        "1e+",        "0x1",
					  "[1,]",       "[,1]",      "[1 2]",      "[",
					  "]",          "[1}",       "{",          "{]",
					  "{\"a\"}",    "{\"a\":}",  "{\"a\":1,}", "{a:1}",
					  "{1:1}",      "{,}",       "'a'",        "\"",
					  "\"\\",       "\"\\u",     "\"\\x41\"",  "\"\\u12g4\"",
					  "\"a\nb\"",   "\"a\tb\"",  "1 2",        "[] []",
					  "{\"a\":1}}", "// c\n1",   "[1,/**/2]",  "\xef\xbb\xbf[]",
					  "nullx",      "[null,nul]"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (accepts(bad[i])) fail_msg("accepted: %s", bad[i]);
}

static void test_refuses_broken_unicode(void **state) {
	(void)state;
	static const char *const bad[] = {
	    "\"\xff\"",     "\"\xc0\xaf\"",       "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
	    "\"\xe2\x82\"", "\"\xc3\"",           "\"\x80\"",         "\"\\ud800\"",
	    "\"\\udc00\"",  "\"\\ud800\\u0041\"", "\"\\ud800x\"",     "\"\\ud83d\\ud83d\""};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (accepts(bad[i])) fail_msg("accepted number %zu", i);
}

static void test_refuses_nul_raw_and_escaped(void **state) {
	(void)state;
	err e = ERR_INIT;
	assert_false(json_check(SLICE("\"a\0b\""), &e));
	assert_false(json_check(SLICE("[1]\0"), &e));
	assert_false(accepts("\"\\u0000\""));
	assert_true(accepts("\"\\u0001\""));
}

/* A special byte at every place of a string long enough for the wide scan. */
static void test_finds_a_control_character_anywhere_in_a_long_string(void **state) {
	(void)state;
	enum { LONG = 100 };
	for (size_t i = 1; i <= LONG; i++) {
		char text[LONG + 2];
		memset(text, 'x', sizeof text);
		text[0] = text[LONG + 1] = '"';
		err e = ERR_INIT;
		assert_true(json_check((slice){text, sizeof text}, &e));
		text[i] = '\x1f';
		assert_false(json_check((slice){text, sizeof text}, &e));
		assert_int_equal(e.column, i + 1);
		text[i] = '\xff';
		assert_false(json_check((slice){text, sizeof text}, &e));
		assert_int_equal(e.column, i + 1);
	}
}

static void test_depth_is_bounded(void **state) {
	(void)state;
	cleanup_buf buf open = BUF_INIT(1 << 20), shut = BUF_INIT(1 << 20);
	repeated(&open, "[", JSON_MAX_DEPTH);
	repeated(&shut, "]", JSON_MAX_DEPTH);
	buf_add(&open, buf_slice(&shut));
	assert_true(accepts(buf_cstr(&open)));
	assert_false(accepts(repeated(&open, "[", JSON_MAX_DEPTH + 1)));
	assert_int_equal(fails_at(repeated(&open, "[", 100000)), JSON_MAX_DEPTH + 1);
	assert_int_equal(fails_at(repeated(&open, "{\"a\":", 100000)), JSON_MAX_DEPTH * 5 + 1);
}

static void test_numbers_are_bounded(void **state) {
	(void)state;
	cleanup_buf buf b = BUF_INIT(1 << 20);
	assert_true(accepts(repeated(&b, "7", JSON_MAX_NUMBER)));
	assert_false(accepts(repeated(&b, "7", JSON_MAX_NUMBER + 1)));
}

static void test_keys_are_bounded_and_values_are_not(void **state) {
	(void)state;
	for (size_t n = JSON_MAX_KEY; n <= JSON_MAX_KEY + 1; n++) {
		cleanup_buf buf name = BUF_INIT(1 << 20), text = BUF_INIT(1 << 20);
		repeated(&name, "k", n);
		buf_printf(&text, "{\"%s\":\"%s\"}", buf_cstr(&name), buf_cstr(&name));
		assert_int_equal(accepts(buf_cstr(&text)), n == JSON_MAX_KEY);
	}
}

static void test_tells_the_byte_and_the_reason(void **state) {
	(void)state;
	err e = ERR_INIT;
	assert_false(json_check(SLICE("[1, NaN]"), &e));
	assert_int_equal(e.column, 5);
	assert_string_equal(e.message, "not valid JSON at byte 5: not a JSON value");
	assert_int_equal(fails_at("[1,2"), 5);
	assert_int_equal(fails_at("[1] x"), 5);
}

static void test_walks_members_in_order_with_duplicates(void **state) {
	(void)state;
	json_iter it;
	slice key, value;
	cleanup_buf buf seen = BUF_INIT(1000);
	assert_true(json_open(SLICE(" { \"a\" : 1 ,\"b\":[1,{\"x\":\"]}\"}], \"a\":\"q\\\"\" , \"c\":{}} "), &it));
	while (json_next(&it, &key, &value)) buf_printf(&seen, "%.*s=%.*s;", SLICE_ARG(key), SLICE_ARG(value));
	assert_string_equal(buf_cstr(&seen), "a=1;b=[1,{\"x\":\"]}\"}];a=\"q\\\"\";c={};");
}

static void test_walks_elements(void **state) {
	(void)state;
	json_iter it;
	slice key, value;
	size_t n = 0;
	assert_true(json_open(SLICE("[1, \"a,b\" ,[2,3],null , {\"k\":4}]"), &it));
	while (json_next(&it, &key, &value)) assert_int_equal(key.n, 0), n++;
	assert_int_equal(n, 5);
	assert_true(json_open(SLICE("[ ]"), &it));
	assert_false(json_next(&it, &key, &value));
}

static void test_open_refuses_scalars(void **state) {
	(void)state;
	json_iter it;
	assert_false(json_open(SLICE("1"), &it));
	assert_false(json_open(SLICE("\"[]\""), &it));
	assert_false(json_open((slice){0}, &it));
}

static void test_get_finds_the_first_of_its_own_level(void **state) {
	(void)state;
	slice text = SLICE("{\"x\":{\"name\":1},\"name\":2,\"name\":3}");
	assert_true(slice_is(json_get(text, "name"), "2"));
	assert_int_equal(json_get(text, "none").n, 0);
	assert_int_equal(json_get(SLICE("[\"name\",2]"), "name").n, 0);
}

static void test_string_unescapes(void **state) {
	(void)state;
	cleanup_buf buf out = BUF_INIT(1000);
	assert_true(json_text(SLICE("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\\uD83D\\uDE00z\""), &out));
	assert_string_equal(buf_cstr(&out), "a\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
	assert_false(json_text(SLICE("12"), &out));
}

static void test_number_reads_numbers_only(void **state) {
	(void)state;
	double v = 0;
	assert_true(json_double(SLICE(" -1.5e2 "), &v));
	assert_true(v == -150.0);
	assert_false(json_double(SLICE("\"1\""), &v));
	assert_false(json_double(SLICE("null"), &v));
	assert_false(json_double((slice){0}, &v));
}

static void test_null_is_null_or_nothing(void **state) {
	(void)state;
	assert_true(json_absent(SLICE("null")));
	assert_true(json_absent((slice){0}));
	assert_false(json_absent(SLICE("0")));
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accepts_every_kind_of_value),
	    cmocka_unit_test(test_refuses_what_rfc_8259_does_not_know),
	    cmocka_unit_test(test_refuses_broken_unicode),
	    cmocka_unit_test(test_refuses_nul_raw_and_escaped),
	    cmocka_unit_test(test_finds_a_control_character_anywhere_in_a_long_string),
	    cmocka_unit_test(test_depth_is_bounded),
	    cmocka_unit_test(test_numbers_are_bounded),
	    cmocka_unit_test(test_keys_are_bounded_and_values_are_not),
	    cmocka_unit_test(test_tells_the_byte_and_the_reason),
	    cmocka_unit_test(test_walks_members_in_order_with_duplicates),
	    cmocka_unit_test(test_walks_elements),
	    cmocka_unit_test(test_open_refuses_scalars),
	    cmocka_unit_test(test_get_finds_the_first_of_its_own_level),
	    cmocka_unit_test(test_string_unescapes),
	    cmocka_unit_test(test_number_reads_numbers_only),
	    cmocka_unit_test(test_null_is_null_or_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
