/* The answer's type by Accept (RFC 9110, 12.5.1). */
#include "http/accept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void check(const char *accept, enum media expected) {
	enum media m = accept_choose(slice_of(accept));
	if (m != expected) fail_msg("\"%s\" gave %s, not %s", accept, media_type(m), media_type(expected));
}

static void json_is_the_default(void **state) {
	(void)state;
	check("", MEDIA_JSON);
	check("  ", MEDIA_JSON);
	check("*/*", MEDIA_JSON);
	check("application/*", MEDIA_JSON);
	check("text/plain, */*;q=0.1", MEDIA_JSON);
}

static void a_type_is_had_by_name_in_any_case(void **state) {
	(void)state;
	check("application/json", MEDIA_JSON);
	check("Text/HTML", MEDIA_HTML);
	check("text/event-stream", MEDIA_EVENTS);
	check("text/html; charset=utf-8", MEDIA_HTML);
}

static void browsers_get_the_page(void **state) {
	(void)state;
	check("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", MEDIA_HTML);
	check("text/*", MEDIA_HTML);
}

static void weights_decide(void **state) {
	(void)state;
	check("text/html;q=0.5, application/json;q=0.9", MEDIA_JSON);
	check("application/json;q=0.001, text/event-stream;q=0.002", MEDIA_EVENTS);
	check("text/html;q=0.9, */*", MEDIA_JSON);
}

static void the_more_specific_range_sets_the_weight(void **state) {
	(void)state;
	check("*/*;q=1, application/json;q=0, text/html;q=0.1", MEDIA_HTML);
	check("text/*;q=0.9, text/html;q=0.1, application/json;q=0.5", MEDIA_JSON);
	check("text/html;q=0.5, text/html;q=0.1, application/json;q=0.3", MEDIA_HTML);
}

static void of_equals_the_more_specific_then_the_first_named_wins(void **state) {
	(void)state;
	check("*/*, text/html", MEDIA_HTML);
	check("text/html, application/json", MEDIA_HTML);
	check("application/json, text/html", MEDIA_JSON);
	check("text/event-stream, application/json", MEDIA_EVENTS);
}

static void events_are_never_chosen_by_a_wildcard(void **state) {
	(void)state;
	check("text/*, text/html;q=0", MEDIA_NONE);
	check("*/*, text/html;q=0, application/json;q=0", MEDIA_NONE);
}

static void none_of_ours_is_none(void **state) {
	(void)state;
	check("image/png", MEDIA_NONE);
	check("application/json;q=0", MEDIA_NONE);
	check("application/json;q=0.000", MEDIA_NONE);
	check("*/*;q=0", MEDIA_NONE);
}

static void unreadable_ranges_count_for_nothing(void **state) {
	(void)state;
	check("application/json;q=2, text/html", MEDIA_HTML);
	check("application/json;q=0.1234, text/html;q=0.1", MEDIA_HTML);
	check("application/json;q=, text/html;q=0.1", MEDIA_HTML);
	check(",,;;,text/html", MEDIA_HTML);
	check(";q=1", MEDIA_NONE);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_is_the_default),
	    cmocka_unit_test(a_type_is_had_by_name_in_any_case),
	    cmocka_unit_test(browsers_get_the_page),
	    cmocka_unit_test(weights_decide),
	    cmocka_unit_test(the_more_specific_range_sets_the_weight),
	    cmocka_unit_test(of_equals_the_more_specific_then_the_first_named_wins),
	    cmocka_unit_test(events_are_never_chosen_by_a_wildcard),
	    cmocka_unit_test(none_of_ours_is_none),
	    cmocka_unit_test(unreadable_ranges_count_for_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
