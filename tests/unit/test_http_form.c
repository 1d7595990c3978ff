/* The form of POST /generate-plot: where its parts go, its limits to the byte,
 * and what is told when fields are missing or wrong. */
#include "http/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const char TYPE[] = "multipart/form-data; boundary=B";

#define FILE_PART(name, content)                                                                                       \
	"--B\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" name "\"\r\n\r\n" content "\r\n"
#define TEXT_PART(name, content) "--B\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" content "\r\n"
#define LAST "--B--\r\n"
#define GOOD FILE_PART("a.csv", "x\r\n1\r\n") TEXT_PART("user_question", "why?")

static config small(void) {
	config c;
	err e = ERR_INIT;
	assert_true(config_load(&c, &e));
	c.files_max = 2, c.upload_max = 10, c.schema_max = 20, c.question_max = 8;
	return c;
}

/* Feeds all of it; the form is the caller's to free. */
static enum err_code fill(form *f, const config *c, const char *type, const char *body, err *e) {
	*e = ERR_INIT;
	if (form_init(f, c, slice_of(type), e) && form_feed(f, slice_of(body), e)) (void)form_finish(f, e);
	return e->code;
}

static void files_and_fields_reach_the_request(void **state) {
	(void)state;
	config c = small();
	form f;
	err e;
	assert_int_equal(
	    fill(&f, &c, TYPE, GOOD TEXT_PART("theme", "dark") TEXT_PART("include", "code, profile") LAST, &e),
	    ERR_NONE);
	plot_request q = form_request(&f);
	assert_int_equal(q.nfiles, 1);
	assert_true(slice_is(q.files[0].name, "a.csv"));
	assert_true(slice_is(q.files[0].text, "x\r\n1\r\n"));
	assert_true(slice_is(q.question, "why?"));
	assert_string_equal(q.theme, "dark");
	assert_null(q.provider);
	assert_true(q.want_profile && f.include.code && !f.include.figure);
	form_free(&f);
}

static void a_file_may_be_empty(void **state) {
	(void)state;
	config c = small();
	form f;
	err e;
	assert_int_equal(fill(&f, &c, TYPE, FILE_PART("a.csv", "") TEXT_PART("user_question", "?") LAST, &e), ERR_NONE);
	assert_int_equal(form_request(&f).files[0].text.n, 0);
	form_free(&f);
}

static void file_names_lose_path_and_control_characters(void **state) {
	(void)state;
	const char *const cases[][2] = {
	    {FILE_PART("C:\\data\\a b.csv", "1"), "a b.csv"},
	    {FILE_PART("../../etc/passwd", "1"), "passwd"},
	    {FILE_PART("a%0D%0Ab.csv", "1"), "a__b.csv"},
	    {FILE_PART("/", "1"), "file_1.csv"},
	};
	config c = small();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char body[512];
		form f;
		err e;
		(void)snprintf(body, sizeof body, "%s%s", cases[i][0], TEXT_PART("user_question", "?") LAST);
		assert_int_equal(fill(&f, &c, TYPE, body, &e), ERR_NONE);
		plot_request q = form_request(&f);
		assert_true(slice_is(q.files[0].name, cases[i][1]));
		form_free(&f);
	}
}

static void what_a_browser_sends_for_no_file_is_no_file(void **state) {
	(void)state;
	config c = small();
	form f;
	err e;
	assert_int_equal(fill(&f, &c, TYPE, FILE_PART("", "") TEXT_PART("user_question", "?") LAST, &e),
			 ERR_FIELD_MISSING);
	assert_string_equal(f.problems[0].field, "files");
	form_free(&f);
}

static void check_limit(const char *body, enum err_code expected, const char *field, const char *hint) {
	config c = small();
	form f;
	err e;
	enum err_code code = fill(&f, &c, TYPE, body, &e);
	if (code != expected) fail_msg("%s instead of %s: %s", err_name(code), err_name(expected), e.message);
	if (code) {
		assert_string_equal(e.field, field);
		assert_non_null(strstr(err_remedy(&e), hint));
	}
	form_free(&f);
}

static void limits_hold_to_the_byte(void **state) {
	(void)state;
	check_limit(FILE_PART("a", "12345") FILE_PART("b", "12345") TEXT_PART("user_question", "12345678") LAST,
		    ERR_NONE, "", "");
	check_limit(FILE_PART("a", "12345") FILE_PART("b", "123456") LAST, ERR_TOO_LARGE, "files", "PLOTD_MAX_UPLOAD");
	check_limit(FILE_PART("a", "1") FILE_PART("b", "1") FILE_PART("c", "1") LAST, ERR_TOO_LARGE, "files",
		    "PLOTD_MAX_FILES");
	check_limit(TEXT_PART("user_question", "123456789") LAST, ERR_TOO_LARGE, "user_question", "PLOTD_MAX_QUESTION");
	check_limit(TEXT_PART("schema", "{\"a\":\"1234567890123\"}") LAST, ERR_TOO_LARGE, "schema", "PLOTD_MAX_SCHEMA");
	check_limit(TEXT_PART("theme", "123456789012345678901234567890123") LAST, ERR_TOO_LARGE, "theme", "");
}

static void all_that_is_wrong_is_told_at_once(void **state) {
	(void)state;
	config c = small();
	form f;
	err e;
	assert_int_equal(fill(&f, &c, TYPE,
			      TEXT_PART("schema", "{") TEXT_PART("theme", "red") TEXT_PART("include", "all")
				  TEXT_PART("user_question", " ") LAST,
			      &e),
			 ERR_FIELD_MISSING);
	const char *const fields[] = {"files", "user_question", "schema", "theme", "include"};
	const char *const types[] = {"missing", "missing", "json_invalid", "literal_error", "literal_error"};
	assert_int_equal(f.nproblems, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(f.problems[i].field, fields[i]);
		assert_string_equal(f.problems[i].type, types[i]);
	}
	form_free(&f);
}

static void check_problem(const char *body, const char *field, const char *type) {
	config c = small();
	form f;
	err e;
	assert_int_equal(fill(&f, &c, TYPE, body, &e), ERR_FIELD_INVALID);
	assert_string_equal(f.problems[0].field, field);
	assert_string_equal(f.problems[0].type, type);
	form_free(&f);
}

static void wrong_fields_are_named(void **state) {
	(void)state;
	check_problem(GOOD TEXT_PART("schema", "[1]") LAST, "schema", "dict_type");
	check_problem(GOOD TEXT_PART("user_question", "again") LAST, "user_question", "value_error");
	check_problem(GOOD TEXT_PART("files", "text") LAST, "files", "value_error");
	check_problem(FILE_PART("a", "1") TEXT_PART("user_question", "\xff") LAST, "user_question", "string_unicode");
}

static void a_null_or_empty_schema_is_none(void **state) {
	(void)state;
	const char *const bodies[] = {GOOD TEXT_PART("schema", "null") LAST, GOOD TEXT_PART("schema", " ") LAST};
	config c = small();
	for (size_t i = 0; i < 2; i++) {
		form f;
		err e;
		assert_int_equal(fill(&f, &c, TYPE, bodies[i], &e), ERR_NONE);
		assert_int_equal(form_request(&f).schema.n, 0);
		form_free(&f);
	}
}

static void an_unknown_field_becomes_a_notice(void **state) {
	(void)state;
	config c = small();
	form f;
	err e;
	assert_int_equal(fill(&f, &c, TYPE, GOOD TEXT_PART("colour", "red") LAST, &e), ERR_NONE);
	assert_int_equal(f.notices.n, 1);
	assert_non_null(strstr(f.notices.text[0], "colour"));
	form_free(&f);
}

static void a_form_without_files_is_told_so(void **state) {
	(void)state;
	config c = small();
	form f;
	err e;
	assert_int_equal(fill(&f, &c, "application/x-www-form-urlencoded", "user_question=why%3F+x&schema=%7B%7D", &e),
			 ERR_FIELD_MISSING);
	assert_true(slice_is(buf_slice(&f.text[FIELD_QUESTION]), "why? x"));
	assert_int_equal(f.nproblems, 1);
	form_free(&f);
	assert_int_equal(fill(&f, &c, "", "", &e), ERR_FIELD_MISSING);
	assert_int_equal(f.nproblems, 2);
	form_free(&f);
}

static void other_types_are_refused(void **state) {
	(void)state;
	config c = small();
	form f;
	err e;
	assert_int_equal(fill(&f, &c, "application/json", "{}", &e), ERR_MEDIA);
	form_free(&f);
	assert_int_equal(fill(&f, &c, "", "{}", &e), ERR_MEDIA);
	form_free(&f);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(files_and_fields_reach_the_request),
	    cmocka_unit_test(a_file_may_be_empty),
	    cmocka_unit_test(file_names_lose_path_and_control_characters),
	    cmocka_unit_test(what_a_browser_sends_for_no_file_is_no_file),
	    cmocka_unit_test(limits_hold_to_the_byte),
	    cmocka_unit_test(all_that_is_wrong_is_told_at_once),
	    cmocka_unit_test(wrong_fields_are_named),
	    cmocka_unit_test(a_null_or_empty_schema_is_none),
	    cmocka_unit_test(an_unknown_field_becomes_a_notice),
	    cmocka_unit_test(a_form_without_files_is_told_so),
	    cmocka_unit_test(other_types_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
