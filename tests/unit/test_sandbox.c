/* The sandbox as plot/ uses it: one sandbox for all tests, real jobs. Needs
 * the venv: PLOTD_PYTHON_HOME, or build/venv above the build folder. */
#include "../hostile/sample.h"
#include "base/json.h"
#include "sandbox/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

typedef struct fixture {
	config config;
	sandbox *sandbox;
	frame *frame;
} fixture;

static int open_sandbox(void **state) {
	static fixture f;
	err e = ERR_INIT;
	const sandbox_options o = {.running = 2};
	bool good = config_load(&f.config, &e) && config_set(&f.config, "job-timeout", "2s", &e) &&
		    config_set(&f.config, "job-memory", "128M", &e) && config_set(&f.config, "max-figure", "1M", &e);
	f.frame = good ? sample_frame("sales", 100, &e) : NULL;
	f.sandbox = f.frame ? sandbox_open(&f.config, &o, NULL, &e) : NULL;
	if (!f.sandbox) print_message("%s %s\n", e.message, err_remedy(&e));
	*state = &f;
	return f.sandbox ? 0 : -1;
}

static int close_sandbox(void **state) {
	fixture *f = *state;
	sandbox_close(f->sandbox);
	sample_free(f->frame);
	return 0;
}

typedef struct outcome {
	sandbox_result result;
	err e;
	bool good;
} outcome;

static outcome run_with(fixture *f, const char *code, const cancel *c, deadline d) {
	outcome o = {.e = ERR_INIT};
	const frame *const frames[] = {f->frame};
	const sandbox_job job = {.code = slice_of(code), .frames = frames, .nframes = 1, .no_policy = true};
	o.good = sandbox_run(f->sandbox, &job, c, d, &o.result, &o.e);
	return o;
}

static outcome run(void **state, const char *code) {
	return run_with(*state, code, NULL, DEADLINE_NEVER);
}

static void expect_code(void **state, const char *code, enum err_code expected) {
	outcome o = run(state, code);
	if (o.e.code != expected) fail_msg("%s instead of %s: %s", err_name(o.e.code), err_name(expected), o.e.message);
	sandbox_result_free(&o.result);
	o = run(state, "fig = px.bar(df, x='region', y='units')"); /* whatever happened, the next job works */
	if (!o.good) fail_msg("the next job: %s", o.e.message);
	sandbox_result_free(&o.result);
}

static void code_sees_its_frame_and_leaves_a_figure(void **state) {
	outcome o = run(state, "print(len(df), list(sales.columns))\nfig = px.bar(sales, x='region', y='units')");
	if (!o.good) fail_msg("%s", o.e.message);
	assert_memory_equal(o.result.figures.p, "[{", 2);
	assert_non_null(strstr(o.result.out.p, "100 ['day', 'region', 'product', 'units', 'amount', 'open']"));
	assert_true(o.result.timings.run > 0);
	sandbox_result_free(&o.result);
}

static void every_column_type_arrives_as_it_was_sent(void **state) {
	outcome o = run(state, "print([str(t) for t in df.dtypes], int(df.amount.isna().sum()), df.day.iloc[1],\n"
			       "      df.region.iloc[2], df.units.iloc[1], bool(df.open.iloc[1]))\n"
			       "fig = px.bar(df, x='region', y='units')");
	if (!o.good) fail_msg("%s", o.e.message);
	assert_non_null(strstr(o.result.out.p, "'datetime64[us]', 'str', 'str', 'int64', 'float64', 'bool'] 10 "
					       "2024-01-02 00:00:00 east 919 True"));
	sandbox_result_free(&o.result);
}

static void an_exception_names_its_class_and_line(void **state) {
	outcome o = run(state, "x = 1\nraise ValueError('no such thing')");
	assert_int_equal(o.e.code, ERR_CODE_RAISED);
	assert_int_equal(o.e.line, 2);
	assert_string_equal(o.e.rule, "ValueError");
	sandbox_result_free(&o.result);
}

static void what_was_printed_survives_a_failure(void **state) {
	outcome o = run(state, "print('so far')\n1/0");
	assert_int_equal(o.e.code, ERR_CODE_RAISED);
	assert_non_null(strstr(o.result.out.p, "so far"));
	sandbox_result_free(&o.result);
}

static void too_long_is_the_time_limit(void **state) {
	expect_code(state, "while True: pass", ERR_CODE_TIME);
}
static void too_much_is_the_memory_limit(void **state) {
	expect_code(state, "x = []\nwhile True: x.append(bytearray(1 << 20))", ERR_CODE_MEMORY);
}
static void a_huge_figure_is_the_output_limit(void **state) {
	expect_code(state, "fig = go.Figure(go.Scatter(y=np.random.rand(300000)))", ERR_CODE_OUTPUT);
}
static void leaving_early_is_a_crash(void **state) {
	expect_code(state, "import os\nos._exit(0)", ERR_CODE_CRASHED);
	expect_code(state, "import os\nos._exit(9)", ERR_CODE_CRASHED);
}
static void a_segfault_is_a_crash(void **state) {
	expect_code(state, "import ctypes\nctypes.string_at(0)", ERR_CODE_CRASHED);
}
static void no_figure_is_told(void **state) {
	expect_code(state, "x = 1", ERR_CODE_NO_FIGURE);
}

/* Finds the result file among its descriptors, writes, and goes. */
#define FORGE(text)                                                                                                    \
	"import os\n"                                                                                                  \
	"for fd in range(5, 64):\n"                                                                                    \
	"    try: os.write(fd, " text ")\n"                                                                            \
	"    except OSError: pass\n"                                                                                   \
	"os._exit(0)"
static void a_forged_result_is_only_data(void **state) {
	expect_code(state, FORGE("b'{\"error\":null,\"figures\":[{\"name\":null,\"figure\":[]}]}'"),
		    ERR_RESULT_INVALID);
	expect_code(state, FORGE("b'{\"error\":{\"code\":\"internal\",\"message\":\"x\"}}'"), ERR_RESULT_INVALID);
	expect_code(state, FORGE("b'{\"figures\":' + b'['*100000"), ERR_RESULT_INVALID);
	expect_code(state, FORGE("b'not json'"), ERR_RESULT_INVALID);
	expect_code(state, FORGE("bytes(1 << 22)"), ERR_RESULT_INVALID);
}

static void a_policy_refusal_names_the_rule(void **state) {
	fixture *f = *state;
	outcome o = {.e = ERR_INIT};
	const frame *const frames[] = {f->frame};
	const sandbox_job job = {.code = SLICE("import os"), .frames = frames, .nframes = 1};
	assert_false(sandbox_run(f->sandbox, &job, NULL, DEADLINE_NEVER, &o.result, &o.e));
	assert_int_equal(o.e.code, ERR_CODE_REFUSED);
	assert_true(*o.e.rule);
	assert_int_equal(o.e.line, 1);
	sandbox_result_free(&o.result);
}

typedef struct timer {
	cancel *token;
	int64_t set_ns;
} timer;

static void *cancel_soon(void *p) {
	timer *t = p;
	struct timespec pause = {0, 200000000};
	(void)nanosleep(&pause, NULL);
	t->set_ns = now_ns();
	cancel_set(t->token, ERR_CANCELLED);
	return NULL;
}

static void cancelling_kills_the_job(void **state) {
	fixture *f = *state;
	err e = ERR_INIT;
	cancel token;
	pthread_t thread;
	assert_true(cancel_init(&token, &e));
	timer t = {&token, 0};
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &t), 0);
	outcome o = run_with(f, "while True: pass", &token, DEADLINE_NEVER);
	assert_int_equal(o.e.code, ERR_CANCELLED);
	assert_int_equal(pthread_join(thread, NULL), 0);
	cancel_free(&token);
}

static void a_deadline_kills_the_job(void **state) {
	outcome o = run_with(*state, "while True: pass", NULL, deadline_in_ms(100));
	assert_int_equal(o.e.code, ERR_DEADLINE);
}

static void *run_one(void *state) {
	outcome o = run(&state, "x = sum(range(10**6))\nfig = px.bar(df, x='region', y='units')");
	bool good = o.good;
	if (!good) print_message("%s\n", o.e.message);
	sandbox_result_free(&o.result);
	return good ? state : NULL;
}

static void a_zygote_killed_under_load_loses_no_job(void **state) {
	fixture *f = *state;
	enum { JOBS = 8 };
	pthread_t threads[JOBS];
	sandbox_status before, after;
	sandbox_get_status(f->sandbox, &before);
	for (int i = 0; i < JOBS; i++) assert_int_equal(pthread_create(&threads[i], NULL, run_one, f), 0);
	do sandbox_get_status(f->sandbox, &after);
	while (after.running == 0);
	assert_int_equal(kill(after.zygote_pid, SIGKILL), 0);
	for (int i = 0; i < JOBS; i++) {
		void *good = NULL;
		assert_int_equal(pthread_join(threads[i], &good), 0);
		assert_non_null(good);
	}
	sandbox_get_status(f->sandbox, &after);
	assert_int_not_equal(after.zygote_pid, before.zygote_pid);
}

static void a_closed_sandbox_leaves_nothing(void **state) {
	(void)state;
	err e = ERR_INIT;
	config c;
	const sandbox_options o = {.running = 1};
	assert_true(config_load(&c, &e));
	sandbox *s = sandbox_open(&c, &o, NULL, &e);
	assert_non_null(s);
	sandbox_status status;
	sandbox_get_status(s, &status);
	assert_int_equal(kill(status.zygote_pid, 0), 0);
	sandbox_close(s);
	assert_int_equal(kill(status.zygote_pid, 0), -1);
}

static void a_broken_venv_is_one_sentence(void **state) {
	(void)state;
	err e = ERR_INIT;
	config c;
	assert_true(config_load(&c, &e) && config_set(&c, "python-home", "/nowhere", &e));
	assert_null(sandbox_open(&c, NULL, NULL, &e));
	assert_int_equal(e.code, ERR_SANDBOX);
	assert_non_null(strstr(e.message, "/nowhere"));
	assert_null(strstr(e.message, "Traceback"));
}

static void a_weaker_level_than_demanded_is_refused(void **state) {
	(void)state;
	err e = ERR_INIT;
	config c;
	const sandbox_options o = {.without = "net", .running = 1};
	assert_true(config_load(&c, &e) && config_set(&c, "min-isolation", "full", &e));
	assert_null(sandbox_open(&c, &o, NULL, &e));
	assert_int_equal(e.code, ERR_SANDBOX_LEVEL);
	assert_non_null(strstr(e.message, "network namespace"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(code_sees_its_frame_and_leaves_a_figure),
	    cmocka_unit_test(every_column_type_arrives_as_it_was_sent),
	    cmocka_unit_test(an_exception_names_its_class_and_line),
	    cmocka_unit_test(what_was_printed_survives_a_failure),
	    cmocka_unit_test(too_long_is_the_time_limit),
	    cmocka_unit_test(too_much_is_the_memory_limit),
	    cmocka_unit_test(a_huge_figure_is_the_output_limit),
	    cmocka_unit_test(leaving_early_is_a_crash),
	    cmocka_unit_test(a_segfault_is_a_crash),
	    cmocka_unit_test(no_figure_is_told),
	    cmocka_unit_test(a_forged_result_is_only_data),
	    cmocka_unit_test(a_policy_refusal_names_the_rule),
	    cmocka_unit_test(cancelling_kills_the_job),
	    cmocka_unit_test(a_deadline_kills_the_job),
	    cmocka_unit_test(a_zygote_killed_under_load_loses_no_job),
	    cmocka_unit_test(a_closed_sandbox_leaves_nothing),
	    cmocka_unit_test(a_broken_venv_is_one_sentence),
	    cmocka_unit_test(a_weaker_level_than_demanded_is_refused),
	};
	return cmocka_run_group_tests(tests, open_sandbox, close_sandbox);
}
