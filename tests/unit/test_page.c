#include "page/page.h"

#include "base/fd.h"
#include "page/assets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Assets with a library of a few bytes. */
static page_assets *assets_of(slice library, err *e) {
	char path[64];
	cleanup_close int fd = memfd_new("library", e);
	assert_true(fd >= 0 && write_all(fd, library, e));
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return page_assets_open(path, e);
}

#define ONE_FIGURE SLICE("[{\"name\":null,\"figure\":{\"data\":[],\"layout\":{}}}]")

/* The page of `in` as one string; the caller frees it. */
static char *rendered(page_input in) {
	err e = ERR_INIT;
	cleanup_page page p = PAGE_INIT(1 << 20);
	buf whole = BUF_INIT(4 << 20);
	page_assets *a = assets_of(SLICE("var Plotly = {};\n"), &e);
	assert_non_null(a);
	assert_true(page_render(a, &in, &p, &e));
	buf_add(&whole, buf_slice(&p.head));
	buf_add(&whole, p.library);
	buf_add(&whole, buf_slice(&p.tail));
	page_assets_free(a);
	return buf_steal(&whole);
}

static size_t count(const char *text, const char *part) {
	size_t n = 0;
	for (const char *at = text; (at = strstr(at, part)); at += strlen(part)) n++;
	return n;
}

static void test_the_hash_is_sha256_in_base64(void **state) {
	(void)state;
	/* FIPS 180-4's example: "abc". */
	assert_string_equal(csp_hash_of(SLICE("abc")).text, "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

static void test_the_policy_names_both_scripts_and_nothing_else(void **state) {
	(void)state;
	cleanup_free char *html = rendered((page_input){.title = SLICE("x"), .figures = ONE_FIGURE});
	cleanup_buf buf expected = BUF_INIT(1000);
	buf_printf(&expected, "script-src '%s' '", csp_hash_of(SLICE("var Plotly = {};\n")).text);
	assert_non_null(strstr(html, buf_cstr(&expected)));
	assert_non_null(strstr(html, "default-src 'none'"));
	assert_null(strstr(html, "unsafe-eval"));
	assert_int_equal(count(html, "sha256-"), 2);
	assert_int_equal(count(html, "<script>"), 2);
}

static void test_the_title_is_text_in_heading_and_tab(void **state) {
	(void)state;
	cleanup_free char *html =
	    rendered((page_input){.title = SLICE(" <script>alert(1)</script> & \"you\" "), .figures = ONE_FIGURE});
	assert_int_equal(count(html, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;you&quot;"), 2);
	assert_null(strstr(html, "<script>alert"));
}

static void test_a_page_without_a_title_has_a_heading(void **state) {
	(void)state;
	cleanup_free char *html = rendered((page_input){.title = SLICE("  "), .figures = ONE_FIGURE});
	assert_non_null(strstr(html, "<h1 dir=\"auto\">Chart</h1>"));
}

static void test_a_very_long_title_is_cut_between_characters(void **state) {
	(void)state;
	cleanup_buf buf title = BUF_INIT(10000);
	while (title.n < 8000) buf_adds(&title, "\xe2\x82\xac");
	cleanup_free char *html = rendered((page_input){.title = buf_slice(&title), .figures = ONE_FIGURE});
	assert_true(slice_is_utf8(slice_of(html)));
	assert_non_null(strstr(html, "\xe2\x82\xac…</h1>"));
	assert_non_null(strstr(html, "class=\"long\""));
}

static void test_no_text_of_a_figure_can_end_its_script_element(void **state) {
	(void)state;
	slice figures = SLICE("[{\"name\":\"</script><!--\",\"figure\":{\"data\":[{\"x\":[\"</SCRIPT><b>&\xe2\x80\xa8"
			      "\xe2\x80\xa9\xe2\x80\xaa\"]}]}}]");
	cleanup_free char *html = rendered((page_input){.title = SLICE("x"), .figures = figures});
	assert_non_null(strstr(html, "\\u003c/SCRIPT\\u003e\\u003cb\\u003e\\u0026\\u2028\\u2029\xe2\x80\xaa\""));
	assert_null(strstr(html, "<!--"));
	assert_int_equal(count(html, "</script>"), 3);
}

static void test_the_theme_is_one_of_three(void **state) {
	(void)state;
	static const struct {
		const char *theme, *expected;
	} cases[] = {{"dark", "data-theme=\"dark\" data-scheme=\"dark\""},
		     {"light", "data-theme=\"light\" data-scheme=\"light\""},
		     {"auto", "data-theme=\"auto\" data-panels"},
		     {"\"><script>", "data-theme=\"auto\" data-panels"},
		     {NULL, "data-theme=\"auto\" data-panels"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cleanup_free char *html =
		    rendered((page_input){.title = SLICE("x"), .figures = ONE_FIGURE, .theme = cases[i].theme});
		assert_non_null(strstr(html, cases[i].expected));
	}
}

static void test_notices_stand_in_order_as_text(void **state) {
	(void)state;
	cleanup_notices notices list = {0};
	notice(&list, "First <b>");
	notice(&list, "Second");
	cleanup_free char *html = rendered((page_input){.title = SLICE("x"), .figures = ONE_FIGURE, .notices = &list});
	assert_non_null(strstr(html, "<li>First &lt;b&gt;</li>\n<li>Second</li>"));
	assert_null(strstr(html, "aria-labelledby=\"notes\" hidden"));
}

static void test_without_notices_their_list_is_hidden(void **state) {
	(void)state;
	cleanup_free char *html = rendered((page_input){.title = SLICE("x"), .figures = ONE_FIGURE});
	assert_non_null(strstr(html, "aria-labelledby=\"notes\" hidden"));
}

static void test_the_foot_tells_who_wrote_the_chart(void **state) {
	(void)state;
	cleanup_free char *rules =
	    rendered((page_input){.title = SLICE("x"), .figures = ONE_FIGURE, .engine = SLICE("rules")});
	assert_non_null(strstr(rules, "built-in rules</span>"));
	cleanup_free char *code =
	    rendered((page_input){.title = SLICE("x"), .figures = ONE_FIGURE, .engine = SLICE("code")});
	assert_non_null(strstr(code, "your own code</span>"));
	cleanup_free char *model =
	    rendered((page_input){.title = SLICE("x"), .figures = ONE_FIGURE, .engine = SLICE("gemini/<m>")});
	assert_non_null(strstr(model, "Chart written by gemini/&lt;m&gt;</span>"));
}

static void test_only_maps_bring_the_world(void **state) {
	(void)state;
	slice map = SLICE("[{\"figure\":{\"data\":[{\"type\":\"choropleth\"}]}}]");
	cleanup_free char *with = rendered((page_input){.title = SLICE("x"), .figures = map});
	cleanup_free char *without = rendered((page_input){.title = SLICE("x"), .figures = ONE_FIGURE});
	assert_non_null(strstr(with, "id=\"world\">{"));
	assert_null(strstr(without, "id=\"world\">{"));
}

static void test_the_library_comes_as_it_is_and_escaped_for_json(void **state) {
	(void)state;
	err e = ERR_INIT;
	cleanup_page page p = PAGE_INIT(1 << 20);
	page_assets *a = assets_of(SLICE("a=\"\\n\"\n"), &e);
	page_input in = {.title = SLICE("x"), .figures = ONE_FIGURE};
	assert_true(page_render(a, &in, &p, &e));
	assert_true(slice_is(p.library, "a=\"\\n\"\n"));
	assert_true(slice_is(p.library_json, "a=\\\"\\\\n\\\"\\n"));
	assert_true(slice_ends(buf_slice(&p.head), SLICE("<script>")));
	assert_true(slice_starts(buf_slice(&p.tail), SLICE("</script>")));
	page_assets_free(a);
}

static void test_a_library_that_would_end_its_element_is_refused(void **state) {
	(void)state;
	static const slice bad[] = {{"", 0},        {"x='</ScRiPt'", 12}, {"/*<!--*/", 8},
				    {"<script", 7}, {"a\r\n", 3},         {"\xff", 1}};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		err e = ERR_INIT;
		assert_null(assets_of(bad[i], &e));
		assert_int_equal(e.code, ERR_SETUP);
	}
}

static void test_a_missing_library_names_its_path(void **state) {
	(void)state;
	err e = ERR_INIT;
	assert_null(page_assets_open("/nowhere/plotly.min.js", &e));
	assert_int_equal(e.code, ERR_SETUP);
	assert_non_null(strstr(e.message, "/nowhere/plotly.min.js"));
}

static void test_what_is_no_array_of_figures_is_refused(void **state) {
	(void)state;
	static const char *const bad[] = {"[]", "{}", "null", "[1]", "[{\"name\":null}]", "[{\"figure\":[]}]", ""};
	err e = ERR_INIT;
	page_assets *a = assets_of(SLICE("x"), &e);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cleanup_page page p = PAGE_INIT(1 << 20);
		page_input in = {.title = SLICE("x"), .figures = slice_of(bad[i])};
		e = ERR_INIT;
		assert_false(page_render(a, &in, &p, &e));
		assert_int_equal(e.code, ERR_RESULT_INVALID);
	}
	page_assets_free(a);
}

static void test_a_page_over_its_bound_is_an_error(void **state) {
	(void)state;
	err e = ERR_INIT;
	cleanup_page page p = PAGE_INIT(1000);
	page_assets *a = assets_of(SLICE("x"), &e);
	page_input in = {.title = SLICE("x"), .figures = ONE_FIGURE};
	assert_false(page_render(a, &in, &p, &e));
	assert_int_equal(e.code, ERR_CODE_OUTPUT);
	page_assets_free(a);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_hash_is_sha256_in_base64),
	    cmocka_unit_test(test_the_policy_names_both_scripts_and_nothing_else),
	    cmocka_unit_test(test_the_title_is_text_in_heading_and_tab),
	    cmocka_unit_test(test_a_page_without_a_title_has_a_heading),
	    cmocka_unit_test(test_a_very_long_title_is_cut_between_characters),
	    cmocka_unit_test(test_no_text_of_a_figure_can_end_its_script_element),
	    cmocka_unit_test(test_the_theme_is_one_of_three),
	    cmocka_unit_test(test_notices_stand_in_order_as_text),
	    cmocka_unit_test(test_without_notices_their_list_is_hidden),
	    cmocka_unit_test(test_the_foot_tells_who_wrote_the_chart),
	    cmocka_unit_test(test_only_maps_bring_the_world),
	    cmocka_unit_test(test_the_library_comes_as_it_is_and_escaped_for_json),
	    cmocka_unit_test(test_a_library_that_would_end_its_element_is_refused),
	    cmocka_unit_test(test_a_missing_library_names_its_path),
	    cmocka_unit_test(test_what_is_no_array_of_figures_is_refused),
	    cmocka_unit_test(test_a_page_over_its_bound_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
