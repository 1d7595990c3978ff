/* /openapi.json says what the code does: its error codes and statuses are those of ERR_CODES. */
#include "base/err.h"
#include "http/http.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static int load(void **state) {
	slice text = http_openapi();
	*state = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	return *state ? 0 : -1;
}

static int unload(void **state) {
	json_decref(*state);
	return 0;
}

static json_t *at(json_t *from, const char *const path[]) {
	for (; from && *path; path++) from = json_object_get(from, *path);
	assert_non_null(from);
	return from;
}

static bool has_text(json_t *list, const char *text) {
	size_t i;
	json_t *value;
	json_array_foreach(list, i, value) if (strcmp(json_string_value(value), text) == 0) return true;
	return false;
}

static void every_error_code_is_told(void **state) {
	static const char *const path[] = {"components", "schemas", "Error", "properties", "error",
					   "properties", "code",    "enum",  NULL};
	json_t *codes = at(*state, path);
	for (int code = 1; code < ERR_CODE_COUNT; code++)
		if (!has_text(codes, err_name((enum err_code)code)))
			fail_msg("%s is not told", err_name((enum err_code)code));
	assert_int_equal(json_array_size(codes), ERR_CODE_COUNT - 1);
}

static void every_status_of_an_error_is_told(void **state) {
	static const char *const path[] = {"paths", "/generate-plot", "post", "responses", NULL};
	json_t *responses = at(*state, path);
	for (int code = 1; code < ERR_CODE_COUNT; code++) {
		char status[8];
		int number = err_status((enum err_code)code);
		if (number == 499 || number == 404 || number == 405) continue; /* nobody reads it; not of this path */
		(void)snprintf(status, sizeof status, "%d", number);
		if (!json_object_get(responses, status)) fail_msg("%s is not told", status);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_error_code_is_told),
	    cmocka_unit_test(every_status_of_an_error_is_told),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
