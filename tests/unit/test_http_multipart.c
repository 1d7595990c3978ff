/* The multipart parser: what it takes, what it refuses, and that no cut of the
 * body into pieces changes either. */
#include "http/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const char TYPE[] = "multipart/form-data; boundary=B";

/* Everything that came, as "[name|filename]content" a part. */
typedef struct seen {
	buf text;
	const char *stop_at; /* a part's name at which the sink says no */
} seen;

static bool on_begin(void *context, const multipart_part *part, err *e) {
	seen *s = context;
	buf_printf(&s->text, "[%.*s|%.*s%s]", SLICE_ARG(part->name), SLICE_ARG(part->filename),
		   part->has_filename ? "" : "-");
	if (s->stop_at && slice_is(part->name, s->stop_at)) return err_set(e, ERR_TOO_LARGE, "enough");
	return true;
}

static bool on_data(void *context, slice bytes, err *e) {
	(void)e;
	buf_add(&((seen *)context)->text, bytes);
	return true;
}

static bool on_end(void *context, err *e) {
	(void)e;
	buf_addc(&((seen *)context)->text, ';');
	return true;
}

/* Parses in pieces of `step` bytes; returns the error's code, and what came in *s. */
static enum err_code parse(const char *type, slice body, size_t step, size_t parts, seen *s, err *e) {
	multipart m;
	multipart_sink sink = {on_begin, on_data, on_end, s};
	*e = ERR_INIT;
	if (!multipart_init(&m, slice_of(type), parts, &sink, e)) return e->code;
	bool ok = true;
	for (size_t at = 0; ok && at < body.n; at += step) ok = multipart_feed(&m, slice_sub(body, at, step), e);
	if (ok) ok = multipart_finish(&m, e);
	multipart_free(&m);
	assert_true(ok == (e->code == ERR_NONE));
	return e->code;
}

/* With every size of piece: the same parts, or the same refusal. */
static void gives(const char *body, const char *parts) {
	slice all = slice_of(body);
	for (size_t step = 1; step <= all.n; step++) {
		seen s = {.text = BUF_INIT(1 << 20)};
		err e;
		assert_int_equal(parse(TYPE, all, step, 8, &s, &e), ERR_NONE);
		assert_string_equal(buf_cstr(&s.text), parts);
		buf_free(&s.text);
	}
}

static void refuses(const char *body, const char *why) {
	slice all = slice_of(body);
	for (size_t step = 1; step <= all.n; step++) {
		seen s = {.text = BUF_INIT(1 << 20)};
		err e;
		assert_int_equal(parse(TYPE, all, step, 8, &s, &e), ERR_MULTIPART);
		if (!strstr(e.message, why)) fail_msg("%s: not because %s", e.message, why);
		assert_true(e.column > 0);
		buf_free(&s.text);
	}
}

#define PART(head, content) "--B\r\nContent-Disposition: form-data; " head "\r\n\r\n" content "\r\n"
#define LAST "--B--\r\n"

static void files_and_fields_come_in_order(void **state) {
	(void)state;
	gives(PART("name=\"files\"; filename=\"a.csv\"", "x,y\r\n1,2\r\n") PART("name=user_question", "why?") LAST,
	      "[files|a.csv]x,y\r\n1,2\r\n;[user_question|-]why?;");
}

static void what_looks_like_a_boundary_is_content(void **state) {
	(void)state;
	gives(PART("name=f", "\r\n--\r\n--A\r\n-\r\r\n--") LAST, "[f|-]\r\n--\r\n--A\r\n-\r\r\n--;");
}

static void an_empty_part_is_a_part(void **state) {
	(void)state;
	gives(PART("name=f", "") LAST, "[f|-];");
	gives("--B\r\nContent-Disposition: form-data; name=f\r\n\r\n--B--", "[f|-];");
}

static void content_that_starts_like_a_boundary_keeps_its_start(void **state) {
	(void)state;
	gives(PART("name=f", "--A") PART("name=g", "--") LAST, "[f|-]--A;[g|-]--;");
}

static void preamble_epilogue_and_padding_are_dropped(void **state) {
	(void)state;
	gives("hello\r\n--B \t\r\nContent-Disposition: form-data; name=f\r\n\r\n1\r\n--B--\r\nbye", "[f|-]1;");
}

static void nul_bytes_are_content(void **state) {
	(void)state;
	static const char body[] = "--B\r\nContent-Disposition: form-data; name=f\r\n\r\na\0b\r\n--B--";
	seen s = {.text = BUF_INIT(100)};
	err e;
	assert_int_equal(parse(TYPE, SLICE(body), 3, 8, &s, &e), ERR_NONE);
	assert_true(slice_eq(buf_slice(&s.text), SLICE("[f|-]a\0b;")));
	buf_free(&s.text);
}

static void names_are_decoded_as_clients_write_them(void **state) {
	(void)state;
	gives(PART("name=\"a%22b%0D%0Ac\"", "") LAST, "[a\"b\r\nc|-];");
	gives(PART("name=\"a\\\"b\\\\c\"", "") LAST, "[a\"b\\c|-];");
	gives(PART("name=f; filename=\"C:\\data\\100%25.csv\"", "") LAST, "[f|C:\\data\\100%25.csv];");
	gives(PART("name=f; filename=\"na\xc3\xafve;x=1.csv\"", "") LAST, "[f|na\xc3\xafve;x=1.csv];");
	gives(PART("name=f; filename=\"\xff.csv\"", "") LAST, "[f|\xEF\xBF\xBD.csv];");
	gives(PART("name=f; filename=\"\"", "") LAST, "[f|];");
}

static void extended_file_names_win(void **state) {
	(void)state;
	gives(PART("name=f; filename=\"x.csv\"; filename*=UTF-8''na%C3%AFve.csv", "") LAST, "[f|na\xc3\xafve.csv];");
	gives(PART("name=f; filename*=iso-8859-1'fr'na%EFve.csv; filename=x", "") LAST, "[f|na\xc3\xafve.csv];");
	refuses(PART("name=f; filename*=utf-7''x", "") LAST, "encoding cannot be read");
	refuses(PART("name=f; filename*=UTF-8''%4", "") LAST, "encoding cannot be read");
}

static void other_fields_of_a_part_are_ignored(void **state) {
	(void)state;
	gives("--B\r\nX-Whatever: 1\r\ncontent-disposition:form-data;name=f\r\nContent-Transfer-Encoding: "
	      "binary\r\n\r\n1\r\n" LAST,
	      "[f|-]1;");
}

static void broken_heads_are_refused(void **state) {
	(void)state;
	refuses("--B\r\n\r\n1\r\n" LAST, "a part has no name");
	refuses(PART("nam=\"f\"", "") LAST, "a part has no name");
	refuses(PART("name=f; name=g", "") LAST, "two names");
	refuses(PART("name=f; filename=a; filename=b", "") LAST, "two file names");
	refuses(PART("name=\"f", "") LAST, "cannot be read");
	refuses(PART("name=f g", "") LAST, "cannot be read");
	refuses(PART("name=f g=h", "") LAST, "cannot be read");
	refuses("--B\r\nContent-Disposition: attachment; name=f\r\n\r\n" LAST, "not form-data");
	refuses("--B\r\nA B: 1\r\n\r\n" LAST, "no header field");
	refuses("--B\r\nno field\r\n\r\n" LAST, "no header field");
	refuses("--B\r\nA: 1\r\n folded\r\n\r\n" LAST, "no header field");
	refuses("--B\r\nA: \x01\r\n\r\n" LAST, "control character");
	refuses("--B\r\nContent-Disposition: form-data; name=f\n\n1\r\n" LAST, "CR LF");
	refuses(PART("name=f\r\nContent-Transfer-Encoding: base64", "") LAST, "Content-Transfer-Encoding");
}

static void broken_boundaries_are_refused(void **state) {
	(void)state;
	refuses("--B\rX", "CR LF");
	refuses("--BB\r\n", "followed by something else");
	refuses("--B-x", "followed by something else");
	refuses(PART("name=f", "1"), "ends before its last boundary");
	refuses("--B\r\nContent-Disp", "ends before its last boundary");
	refuses("nothing of the kind", "ends before its last boundary");
}

static void an_empty_body_is_refused(void **state) {
	(void)state;
	seen s = {.text = BUF_INIT(10)};
	err e;
	assert_int_equal(parse(TYPE, (slice){0}, 1, 8, &s, &e), ERR_MULTIPART);
	assert_non_null(strstr(e.message, "empty"));
}

static void the_error_says_at_which_byte(void **state) {
	(void)state;
	seen s = {.text = BUF_INIT(100)};
	err e;
	(void)parse(TYPE, SLICE("--B\r\nA: 1\r\nno field\r\n\r\n"), 100, 8, &s, &e);
	assert_int_equal(e.column, sizeof "--B\r\nA: 1\r\nno field\r\n"); /* where the empty line stands */
	buf_free(&s.text);
}

static buf repeated(const char *before, char c, size_t n, const char *after) {
	buf b = BUF_INIT(1 << 20);
	buf_adds(&b, before);
	for (size_t i = 0; i < n; i++) buf_addc(&b, c);
	buf_adds(&b, after);
	return b;
}

static void check_limit(buf body, enum err_code expected, const char *why) {
	seen s = {.text = BUF_INIT(1 << 20)};
	err e;
	assert_int_equal(parse(TYPE, buf_slice(&body), 1000, 8, &s, &e), expected);
	if (expected) assert_non_null(strstr(e.message, why));
	buf_free(&s.text);
	buf_free(&body);
}

static void lengths_are_bounded_to_the_byte(void **state) {
	(void)state;
	static const char head[] = "--B\r\nContent-Disposition: form-data; name=f\r\nX: ",
			  tail[] = "\r\n\r\n1\r\n--B--";
	size_t fixed = sizeof head - 1 - 5 + 4; /* without the boundary's line, with the empty one */
	check_limit(repeated(head, 'x', MULTIPART_MAX_HEAD - fixed, tail), ERR_NONE, "");
	check_limit(repeated(head, 'x', MULTIPART_MAX_HEAD - fixed + 1, tail), ERR_MULTIPART, "longer than 8192");
	static const char all[] = "--B\r\nContent-Disposition: form-data; name=f\r\n\r\n1\r\n--B--";
	check_limit(repeated(all, 'x', MULTIPART_MAX_AROUND, ""), ERR_NONE, "");
	check_limit(repeated(all, 'x', MULTIPART_MAX_AROUND + 1, ""), ERR_MULTIPART, "too much follows");
	check_limit(repeated("", 'x', MULTIPART_MAX_AROUND + 1, "\r\n--B--"), ERR_MULTIPART,
		    "no boundary at its start");
	check_limit(repeated("--B", ' ', MULTIPART_MAX_PADDING + 1, "\r\n"), ERR_MULTIPART, "white space");
}

static void parts_are_counted(void **state) {
	(void)state;
	static const char body[] = PART("name=a", "") PART("name=b", "") PART("name=c", "") LAST;
	seen s = {.text = BUF_INIT(100)};
	err e;
	assert_int_equal(parse(TYPE, SLICE(body), 7, 3, &s, &e), ERR_NONE);
	assert_int_equal(parse(TYPE, SLICE(body), 7, 2, &s, &e), ERR_TOO_LARGE);
	buf_free(&s.text);
}

static void what_the_sink_says_stops_the_parse(void **state) {
	(void)state;
	seen s = {.text = BUF_INIT(100), .stop_at = "b"};
	err e;
	assert_int_equal(parse(TYPE, SLICE(PART("name=a", "1") PART("name=b", "2") LAST), 1, 8, &s, &e), ERR_TOO_LARGE);
	assert_string_equal(buf_cstr(&s.text), "[a|-]1;[b|-]");
	buf_free(&s.text);
}

static void content_types_are_read_strictly(void **state) {
	(void)state;
	const struct {
		const char *type;
		enum err_code code;
	} cases[] = {
	    {"multipart/form-data; boundary=B", ERR_NONE},
	    {"Multipart/Form-Data; charset=utf-8; Boundary=\"B\"", ERR_NONE},
	    {"multipart/form-data", ERR_MULTIPART},
	    {"multipart/form-data; boundary=", ERR_MULTIPART},
	    {"multipart/form-data; boundary=\"\"", ERR_MULTIPART},
	    {"multipart/form-data; boundary=B; boundary=B", ERR_MULTIPART},
	    {"multipart/form-data; boundary=\"B \"", ERR_MULTIPART},
	    {"multipart/form-data; boundary=\"B\r\n\"", ERR_MULTIPART},
	    {"multipart/mixed; boundary=B", ERR_MULTIPART},
	    {"multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234567890123456789x",
	     ERR_MULTIPART},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		static const multipart_sink sink = {on_begin, on_data, on_end, NULL};
		multipart m;
		err e = ERR_INIT;
		(void)multipart_init(&m, slice_of(cases[i].type), 8, &sink, &e);
		if (e.code != cases[i].code) fail_msg("%s: %s", cases[i].type, err_name(e.code));
		multipart_free(&m);
	}
}

static void the_longest_boundary_works(void **state) {
	(void)state;
	static const char b[] = "012345678901234567890123456789012345678901234567890123456789012345678\t";
	char type[200], body[200];
	(void)snprintf(type, sizeof type, "multipart/form-data; boundary=\"%.69sx\"", b);
	(void)snprintf(body, sizeof body, "--%.69sx--", b);
	seen s = {.text = BUF_INIT(100)};
	err e;
	assert_int_equal(parse(type, slice_of(body), 1, 8, &s, &e), ERR_NONE);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(files_and_fields_come_in_order),
	    cmocka_unit_test(what_looks_like_a_boundary_is_content),
	    cmocka_unit_test(an_empty_part_is_a_part),
	    cmocka_unit_test(content_that_starts_like_a_boundary_keeps_its_start),
	    cmocka_unit_test(preamble_epilogue_and_padding_are_dropped),
	    cmocka_unit_test(nul_bytes_are_content),
	    cmocka_unit_test(names_are_decoded_as_clients_write_them),
	    cmocka_unit_test(extended_file_names_win),
	    cmocka_unit_test(other_fields_of_a_part_are_ignored),
	    cmocka_unit_test(broken_heads_are_refused),
	    cmocka_unit_test(broken_boundaries_are_refused),
	    cmocka_unit_test(an_empty_body_is_refused),
	    cmocka_unit_test(the_error_says_at_which_byte),
	    cmocka_unit_test(lengths_are_bounded_to_the_byte),
	    cmocka_unit_test(parts_are_counted),
	    cmocka_unit_test(what_the_sink_says_stops_the_parse),
	    cmocka_unit_test(content_types_are_read_strictly),
	    cmocka_unit_test(the_longest_boundary_works),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
