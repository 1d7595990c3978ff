/* judge.h and reply.h: what comes back is judged and told in one form. */
#include "plot/judge.h"
#include "plot/reply.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static err judged(const char *question, const char *facts) {
	err e = ERR_INIT;
	sandbox_result r = {.facts = slice_of(facts)};
	bool ok = judge_figures(slice_of(question), &r, &e);
	assert_int_equal(ok, e.code == ERR_NONE);
	return e;
}

static void a_bar_for_a_bar_chart_is_fit(void **state) {
	(void)state;
	assert_int_equal(judged("Bar chart of sales", "{\"kinds\":[[\"bar\"]]}").code, ERR_NONE);
}

static void a_line_for_a_pie_chart_is_unfit(void **state) {
	(void)state;
	err e = judged("a pie chart of sales", "{\"kinds\":[[\"scatter:lines\"]]}");
	assert_int_equal(e.code, ERR_CODE_UNFIT);
	assert_string_equal(e.rule, "other_chart");
}

static void lines_with_markers_are_a_line_chart(void **state) {
	(void)state;
	assert_int_equal(judged("LINE CHART please", "{\"kinds\":[[\"scatter:lines+markers\"]]}").code, ERR_NONE);
}

static void one_panel_of_several_is_enough(void **state) {
	(void)state;
	assert_int_equal(judged("a pie chart and more", "{\"kinds\":[[\"bar\"],[\"pie\"]]}").code, ERR_NONE);
}

static void no_chart_named_fits_any(void **state) {
	(void)state;
	assert_int_equal(judged("sales by region", "{\"kinds\":[[\"treemap\"]]}").code, ERR_NONE);
}

static void a_word_inside_another_names_no_chart(void **state) {
	(void)state;
	assert_int_equal(judged("the magpie charts", "{\"kinds\":[[\"bar\"]]}").code, ERR_NONE);
}

static void random_and_typed_in_numbers_are_unfit(void **state) {
	(void)state;
	assert_string_equal(judged("x", "{\"random\":true}").rule, "random_data");
	assert_string_equal(judged("x", "{\"literal_data\":true}").rule, "typed_in_data");
	assert_string_equal(judged("x", "{\"sample_data\":true}").rule, "sample_data");
	assert_int_equal(judged("x", "{\"random\":false,\"literal_data\":false}").code, ERR_NONE);
}

static void a_legend_of_hundreds_is_unfit(void **state) {
	(void)state;
	assert_string_equal(judged("x", "{\"legend\":500}").rule, "crowded_legend");
	assert_int_equal(judged("x", "{\"legend\":12}").code, ERR_NONE);
}

static void include_takes_its_three_words_and_no_other(void **state) {
	(void)state;
	err e = ERR_INIT;
	reply_include in = {0};
	assert_true(reply_include_parse(SLICE("figure, code,"), &in, &e));
	assert_true(in.figure && in.code && !in.profile);
	assert_false(reply_include_parse(SLICE("figure,html"), &in, &e));
	assert_int_equal(e.code, ERR_FIELD_INVALID);
	assert_string_equal(e.field, "include");
}

static void the_first_panel_is_figure_and_all_are_figures(void **state) {
	(void)state;
	plot_reply r = {.result.figures =
			    SLICE("[{\"name\":\"a\",\"figure\":{\"data\":[1]}},{\"name\":null,\"figure\":{}}]")};
	cleanup_buf buf out = BUF_INIT(65536);
	reply_members(&r, (reply_include){.figure = true}, "id1", &out);
	const char *text = buf_cstr(&out);
	assert_non_null(strstr(text, "\"figure\":{\"data\":[1]},\"figures\":[{\"name\":\"a\""));
	assert_non_null(strstr(text, "\"request_id\":\"id1\""));
}

static void an_error_tells_place_and_remedy(void **state) {
	(void)state;
	err e = ERR_INIT;
	cleanup_buf buf out = BUF_INIT(65536);
	err_set(&e, ERR_CSV_QUOTE, "a quote is open");
	e.line = 7;
	error_member(&e, &out);
	assert_non_null(strstr(buf_cstr(&out), "\"code\":\"csv_open_quote\",\"message\":\"a quote is open\""));
	assert_non_null(strstr(buf_cstr(&out), "\"hint\":\"Close the quote"));
	assert_non_null(strstr(buf_cstr(&out), "\"line\":7"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bar_for_a_bar_chart_is_fit),
	    cmocka_unit_test(a_line_for_a_pie_chart_is_unfit),
	    cmocka_unit_test(lines_with_markers_are_a_line_chart),
	    cmocka_unit_test(one_panel_of_several_is_enough),
	    cmocka_unit_test(no_chart_named_fits_any),
	    cmocka_unit_test(a_word_inside_another_names_no_chart),
	    cmocka_unit_test(random_and_typed_in_numbers_are_unfit),
	    cmocka_unit_test(a_legend_of_hundreds_is_unfit),
	    cmocka_unit_test(include_takes_its_three_words_and_no_other),
	    cmocka_unit_test(the_first_panel_is_figure_and_all_are_figures),
	    cmocka_unit_test(an_error_tells_place_and_remedy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
