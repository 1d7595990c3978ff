#include "base/config.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void forget_environment(void) {
	for (size_t i = 0; i < OPTION_COUNT; i++) unsetenv(OPTIONS[i].env);
}

static config loaded(void) {
	config c;
	err e = ERR_INIT;
	if (!config_load(&c, &e)) fail_msg("%s", e.message);
	return c;
}

static const char *value_of(const config *c, const char *flag, buf *into) {
	buf_clear(into);
	config_value(c, config_option(flag), into);
	return buf_cstr(into);
}

static int clean(void **state) {
	(void)state;
	forget_environment();
	return 0;
}

static void the_defaults_are_those_of_the_design(void **state) {
	(void)state;
	config c = loaded();
	assert_string_equal(c.host, "127.0.0.1");
	assert_int_equal(c.port, 8000);
	assert_int_equal(c.job_ms, 120000);
	assert_int_equal(c.job_memory, 512u << 20);
	assert_int_equal(c.figure_max, 50u << 20);
	assert_int_equal(c.llm_first_byte_ms, 60000);
	assert_string_equal(c.gemini_model, "gemini-flash-latest");
}

static void every_default_lies_within_its_own_bounds(void **state) {
	(void)state;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (!OPTIONS[i].flag) continue;
		config c = loaded();
		err e = ERR_INIT;
		if (!config_set(&c, OPTIONS[i].flag, OPTIONS[i].fallback, &e))
			fail_msg("%s: %s", OPTIONS[i].env, e.message);
	}
}

static void every_default_is_written_as_people_read_it_back(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(1024);
	config c = loaded();
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		buf_clear(&text);
		config_value(&c, &OPTIONS[i], &text);
		assert_string_equal(buf_cstr(&text), OPTIONS[i].fallback);
	}
}

static void no_two_options_share_a_variable_a_flag_or_a_place(void **state) {
	(void)state;
	for (size_t i = 0; i < OPTION_COUNT; i++)
		for (size_t k = i + 1; k < OPTION_COUNT; k++) {
			const option *a = &OPTIONS[i], *b = &OPTIONS[k];
			assert_string_not_equal(a->env, b->env);
			if (a->flag && b->flag) assert_string_not_equal(a->flag, b->flag);
			assert_int_not_equal(a->offset, b->offset);
		}
}

static void every_member_of_config_has_its_row(void **state) {
	(void)state;
	assert_int_equal(OPTION_COUNT * sizeof(uint64_t), sizeof(config));
}

static void every_option_but_a_secret_has_a_flag(void **state) {
	(void)state;
	for (size_t i = 0; i < OPTION_COUNT; i++)
		assert_int_equal(OPTIONS[i].flag == NULL, OPTIONS[i].type == OPT_SECRET);
}

static void the_environment_wins_over_the_default(void **state) {
	(void)state;
	setenv("PLOTD_PORT", "9001", 1);
	assert_int_equal(loaded().port, 9001);
}

static void an_empty_variable_counts_as_not_set(void **state) {
	(void)state;
	setenv("PLOTD_PORT", "", 1);
	assert_int_equal(loaded().port, 8000);
}

static void a_flag_wins_over_the_environment(void **state) {
	(void)state;
	setenv("PLOTD_PORT", "9001", 1);
	config c = loaded();
	err e = ERR_INIT;
	assert_true(config_set(&c, "port", "9002", &e));
	assert_int_equal(c.port, 9002);
}

static void numbers_are_read_in_their_units(void **state) {
	(void)state;
	static const struct {
		const char *flag, *text, *written;
	} rows[] = {
	    {"job-memory", "512M", "512M"},   {"job-memory", "1g", "1G"},          {"job-memory", "1048576K", "1G"},
	    {"job-memory", "100MiB", "100M"}, {"max-upload", "1025", "1025"},      {"job-timeout", "90", "90s"},
	    {"job-timeout", "2m", "120s"},    {"job-timeout", "1500ms", "1500ms"}, {"request-timeout", "1h", "3600s"},
	    {"shutdown", "0", "0s"},
	};
	cleanup_buf buf text = BUF_INIT(64);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		config c = loaded();
		err e = ERR_INIT;
		assert_true(config_set(&c, rows[i].flag, rows[i].text, &e));
		assert_string_equal(value_of(&c, rows[i].flag, &text), rows[i].written);
	}
}

static void what_is_no_value_is_refused(void **state) {
	(void)state;
	static const char *const rows[][2] = {
	    {"port", ""},
	    {"port", "65536"},
	    {"port", "-1"},
	    {"port", "80 "},
	    {"port", "0x50"},
	    {"port", "80K"},
	    {"job-memory", "1M"},
	    {"job-memory", "512X"},
	    {"job-memory", "M"},
	    {"job-timeout", "1.5s"},
	    {"executor", "podman"},
	    {"executor", "auto|native"},
	    {"executor", ""},
	    {"max-upload", "99999999999999999999"},
	    {"max-upload", "18014398509481986K"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		config c = loaded(), before = c;
		err e = ERR_INIT;
		if (config_set(&c, rows[i][0], rows[i][1], &e)) fail_msg("--%s %s passed", rows[i][0], rows[i][1]);
		assert_int_equal(e.code, ERR_USAGE);
		assert_memory_equal(&c, &before, sizeof c);
	}
}

static void a_bad_variable_is_named_with_its_bounds(void **state) {
	(void)state;
	config c;
	err e = ERR_INIT;
	setenv("PLOTD_JOB_MEMORY", "63M", 1);
	assert_false(config_load(&c, &e));
	assert_string_equal(e.field, "PLOTD_JOB_MEMORY");
	assert_string_equal(e.message, "PLOTD_JOB_MEMORY is \"63M\"; it must be a size in bytes, or with K, M or G "
				       "behind it, from 64M to 1024G.");
}

static void a_bad_choice_is_answered_with_the_choices(void **state) {
	(void)state;
	config c = loaded();
	err e = ERR_INIT;
	assert_false(config_set(&c, "theme", "blue", &e));
	assert_string_equal(e.message, "--theme is \"blue\"; it must be one of auto|light|dark.");
}

static void an_unknown_flag_is_refused(void **state) {
	(void)state;
	config c = loaded();
	err e = ERR_INIT;
	assert_false(config_set(&c, "colour", "blue", &e));
	assert_string_equal(e.message, "There is no option --colour.");
}

static void a_secret_is_never_written(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(64);
	setenv("GEMINI_API_KEY", "AIza-secret", 1);
	config c = loaded();
	assert_string_equal(c.gemini_key, "AIza-secret");
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (slice_is(slice_of(OPTIONS[i].env), "GEMINI_API_KEY")) config_value(&c, &OPTIONS[i], &text);
	assert_string_equal(buf_cstr(&text), "set");
}

static void a_secret_cannot_be_set_by_flag(void **state) {
	(void)state;
	assert_null(config_option("gemini-key"));
	assert_null(config_option("GEMINI_API_KEY"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(the_defaults_are_those_of_the_design, clean),
	    cmocka_unit_test_setup(every_default_lies_within_its_own_bounds, clean),
	    cmocka_unit_test_setup(every_default_is_written_as_people_read_it_back, clean),
	    cmocka_unit_test_setup(no_two_options_share_a_variable_a_flag_or_a_place, clean),
	    cmocka_unit_test_setup(every_member_of_config_has_its_row, clean),
	    cmocka_unit_test_setup(every_option_but_a_secret_has_a_flag, clean),
	    cmocka_unit_test_setup(the_environment_wins_over_the_default, clean),
	    cmocka_unit_test_setup(an_empty_variable_counts_as_not_set, clean),
	    cmocka_unit_test_setup(a_flag_wins_over_the_environment, clean),
	    cmocka_unit_test_setup(numbers_are_read_in_their_units, clean),
	    cmocka_unit_test_setup(what_is_no_value_is_refused, clean),
	    cmocka_unit_test_setup(a_bad_variable_is_named_with_its_bounds, clean),
	    cmocka_unit_test_setup(a_bad_choice_is_answered_with_the_choices, clean),
	    cmocka_unit_test_setup(an_unknown_flag_is_refused, clean),
	    cmocka_unit_test_setup(a_secret_is_never_written, clean),
	    cmocka_unit_test_setup(a_secret_cannot_be_set_by_flag, clean),
	};
	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
