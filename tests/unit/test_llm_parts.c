/* The parts of src/llm that need no network: who answers, circuit, cache,
 * flights, names, tokens, bodies. */
#include "base/fd.h"
#include "llm/cache.h"
#include "llm/circuit.h"
#include "llm/exchange.h"
#include "llm/flight.h"
#include "llm/inside.h"
#include "llm/panels.h"
#include "llm/repair.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* A configuration with no key. */
static config plain(void) {
	return (config){.llm = "auto",
			.llm_mode = "code",
			.fallback = "rules",
			.privacy = "values",
			.providers = "",
			.gemini_url = PROVIDERS[PROVIDER_GEMINI].url,
			.openai_url = PROVIDERS[PROVIDER_OPENAI].url,
			.anthropic_url = PROVIDERS[PROVIDER_ANTHROPIC].url,
			.gemini_model = "g1",
			.openai_model = "o1",
			.anthropic_model = "a1"};
}

static const char *chosen(const config *c) {
	char why[160];
	return choose_default(c, why)->name;
}

/* ---- who answers */

static void without_a_key_the_rules_answer(void **state) {
	(void)state;
	config c = plain();
	assert_string_equal(chosen(&c), "rules");
}

static void keys_count_in_order(void **state) {
	(void)state;
	config c = plain();
	c.anthropic_key = "k";
	assert_string_equal(chosen(&c), "anthropic");
	c.openai_key = "k";
	assert_string_equal(chosen(&c), "openai");
	c.gemini_key = "k";
	assert_string_equal(chosen(&c), "gemini");
}

static void the_setting_counts_more_than_keys(void **state) {
	(void)state;
	config c = plain();
	c.gemini_key = "k";
	c.llm = "rules";
	assert_string_equal(chosen(&c), "rules");
}

static void an_own_openai_server_needs_no_key(void **state) {
	(void)state;
	config c = plain();
	c.openai_url = "http://127.0.0.1:8080/v1";
	assert_string_equal(chosen(&c), "openai");
}

/* What `choose` says for this request: "provider/model", or the refused field. */
static const char *choice_of(const config *c, const char *named, const char *model) {
	static char text[160];
	llm_ask q = {.provider = named, .model = model};
	choice who;
	err e = ERR_INIT;
	if (choose(c, &q, &who, &e))
		snprintf(text, sizeof text, "%s/%s", who.provider->name, who.model);
	else
		snprintf(text, sizeof text, "refused: %s", e.field);
	return text;
}

static void a_request_gets_the_configured_one(void **state) {
	(void)state;
	config c = plain();
	c.gemini_key = "k";
	assert_string_equal(choice_of(&c, NULL, NULL), "gemini/g1");
	assert_string_equal(choice_of(&c, "gemini", NULL), "gemini/g1");
	assert_string_equal(choice_of(&c, "gemini", "g1"), "gemini/g1");
	assert_string_equal(choice_of(&c, "rules", NULL), "rules/");
}

static void a_request_gets_no_other_unless_listed(void **state) {
	(void)state;
	config c = plain();
	c.gemini_key = c.openai_key = "k";
	assert_string_equal(choice_of(&c, "openai", NULL), "refused: provider");
	assert_string_equal(choice_of(&c, NULL, "g2"), "refused: model");
	assert_string_equal(choice_of(&c, "gemini", "g2"), "refused: model");
	assert_string_equal(choice_of(&c, "nobody", NULL), "refused: provider");
}

static void the_list_allows_what_it_names(void **state) {
	(void)state;
	config c = plain();
	c.gemini_key = c.openai_key = "k";
	c.providers = "openai, gemini:g2,anthropic/*";
	assert_string_equal(choice_of(&c, "openai", NULL), "openai/o1");
	assert_string_equal(choice_of(&c, "openai", "o2"), "refused: model");
	assert_string_equal(choice_of(&c, NULL, "g2"), "gemini/g2");
	assert_string_equal(choice_of(&c, "gemini", "g3"), "refused: model");
	assert_string_equal(choice_of(&c, "anthropic", "any"), "anthropic/any");
}

static void a_listed_model_may_hold_colons_and_slashes(void **state) {
	(void)state;
	config c = plain();
	c.providers = "openai/qwen/qwen2.5:7b";
	assert_string_equal(choice_of(&c, "openai", "qwen/qwen2.5:7b"), "openai/qwen/qwen2.5:7b");
}

/* ---- where it is asked */

static const char *url_of(size_t row, const char *base) {
	static char text[1024];
	config c = plain();
	err e = ERR_INIT;
	c.gemini_url = c.openai_url = c.anthropic_url = base;
	cleanup_buf buf out = BUF_INIT(256);
	bool ok = exchange_url(&PROVIDERS[row], &c, "m/1", &out, &e);
	snprintf(text, sizeof text, "%s", ok ? buf_cstr(&out) : e.message);
	return text;
}

static void urls_take_base_version_and_query(void **state) {
	(void)state;
	assert_string_equal(url_of(PROVIDER_GEMINI, "https://h"),
			    "https://h/v1beta/models/m%2F1:streamGenerateContent?alt=sse");
	assert_string_equal(url_of(PROVIDER_GEMINI, "https://h/v1/"),
			    "https://h/v1/models/m%2F1:streamGenerateContent?alt=sse");
	assert_string_equal(url_of(PROVIDER_OPENAI, "http://h:1/v1"), "http://h:1/v1/chat/completions");
	assert_string_equal(url_of(PROVIDER_OPENAI, "https://h/d?api-version=1"),
			    "https://h/d/chat/completions?api-version=1");
	assert_string_equal(url_of(PROVIDER_ANTHROPIC, "https://h"), "https://h/v1/messages");
	assert_string_equal(url_of(PROVIDER_ANTHROPIC, "https://h/v1"), "https://h/v1/messages");
	assert_string_equal(url_of(PROVIDER_OPENAI, "file:///etc/passwd"),
			    "OPENAI_BASE_URL does not begin with http:// or https://");
}

static void openai_itself_gets_the_limit_by_its_new_name_and_no_temperature(void **state) {
	(void)state;
	prompt p = {.system = "s", .text = BUF_INIT(64)};
	json_t *theirs = PROVIDERS[PROVIDER_OPENAI].ops->body(&p, "m", false, 0);
	json_t *own = PROVIDERS[PROVIDER_OPENAI].ops->body(&p, "m", true, 0);
	assert_non_null(json_object_get(theirs, "max_completion_tokens"));
	assert_null(json_object_get(theirs, "max_tokens"));
	assert_null(json_object_get(theirs, "temperature"));
	assert_non_null(json_object_get(own, "max_tokens"));
	json_decref(theirs);
	json_decref(own);
}

/* ---- the circuit */

static void strikes_in_a_row_open_it(void **state) {
	(void)state;
	circuit c;
	int64_t wait = 0;
	circuit_init(&c);
	for (int i = 0; i < CIRCUIT_STRIKES; i++) {
		assert_true(circuit_enter(&c, &wait));
		circuit_failure(&c);
	}
	assert_false(circuit_enter(&c, &wait));
	assert_true(wait > 0 && wait <= CIRCUIT_OPEN_MS);
	circuit_free(&c);
}

static void a_success_between_keeps_it_closed(void **state) {
	(void)state;
	circuit c;
	int64_t wait = 0;
	circuit_init(&c);
	for (int i = 0; i < 3 * CIRCUIT_STRIKES; i++) {
		assert_true(circuit_enter(&c, &wait));
		(i % (CIRCUIT_STRIKES - 1) ? circuit_failure : circuit_success)(&c);
	}
	assert_false(circuit_is_open(&c));
	circuit_free(&c);
}

static circuit opened(void) {
	circuit c;
	circuit_init(&c);
	for (int i = 0; i < CIRCUIT_STRIKES; i++) circuit_failure(&c);
	c.until = now_ns() - 1; /* its time is over */
	return c;
}

static void one_probe_goes_through_and_closes_it(void **state) {
	(void)state;
	circuit c = opened();
	int64_t wait = 0;
	assert_true(circuit_enter(&c, &wait));
	assert_false(circuit_enter(&c, &wait));
	circuit_success(&c);
	assert_true(circuit_enter(&c, &wait));
	assert_true(circuit_enter(&c, &wait));
	circuit_free(&c);
}

static void a_failed_probe_opens_it_for_twice_as_long(void **state) {
	(void)state;
	circuit c = opened();
	int64_t wait = 0;
	assert_true(circuit_enter(&c, &wait));
	circuit_failure(&c);
	assert_false(circuit_enter(&c, &wait));
	assert_true(wait > CIRCUIT_OPEN_MS && wait <= 2 * CIRCUIT_OPEN_MS);
	circuit_free(&c);
}

static void a_cancelled_probe_lets_the_next_one_through(void **state) {
	(void)state;
	circuit c = opened();
	int64_t wait = 0;
	assert_true(circuit_enter(&c, &wait));
	circuit_abandon(&c);
	assert_true(circuit_enter(&c, &wait));
	circuit_free(&c);
}

/* ---- the cache */

static char *new_folder(void) {
	static char path[64];
	strncpy(path, "/tmp/plotd-test-XXXXXX", sizeof path - 1);
	assert_non_null(mkdtemp(path));
	return path;
}

static void drop_folder(const char *path) {
	static const char *const names[] = {"code.sqlite", "code.sqlite-wal", "code.sqlite-shm"};
	char file[128];
	for (size_t i = 0; i < 3; i++) {
		snprintf(file, sizeof file, "%s/%s", path, names[i]);
		(void)unlink(file);
	}
	(void)rmdir(path);
}

static void key_of(unsigned n, uint8_t key[SHA256_BYTES]) {
	sha256 h;
	sha256_init(&h);
	sha256_add(&h, (slice){(const char *)&n, sizeof n});
	sha256_end(&h, key);
}

static bool cached(cache *c, unsigned n, const char *wanted) {
	cleanup_buf buf code = BUF_INIT(1 << 20), title = BUF_INIT(1024);
	uint8_t key[SHA256_BYTES];
	key_of(n, key);
	return cache_get(c, key, &code, &title) && strcmp(buf_cstr(&code), wanted) == 0;
}

static void put(cache *c, unsigned n, const char *code) {
	uint8_t key[SHA256_BYTES];
	key_of(n, key);
	cache_put(c, key, slice_of(code), SLICE("t"));
}

static void what_was_put_is_there_after_a_restart(void **state) {
	(void)state;
	char *folder = new_folder();
	cache *c = cache_open(folder);
	assert_false(cached(c, 1, "fig = 1"));
	put(c, 1, "fig = 0");
	put(c, 1, "fig = 1");
	cache_close(c);
	c = cache_open(folder);
	assert_true(cached(c, 1, "fig = 1"));
	assert_false(cached(c, 2, "fig = 1"));
	cache_close(c);
	drop_folder(folder);
}

static void what_is_forgotten_is_gone(void **state) {
	(void)state;
	char *folder = new_folder();
	uint8_t key[SHA256_BYTES];
	cache *c = cache_open(folder);
	put(c, 1, "fig = 1");
	key_of(1, key);
	cache_forget(c, key);
	assert_false(cached(c, 1, "fig = 1"));
	cache_close(c);
	drop_folder(folder);
}

static void it_holds_no_more_than_its_bound(void **state) {
	(void)state;
	char *folder = new_folder();
	cache *c = cache_open(folder);
	unsigned there = 0;
	for (unsigned i = 0; i < CACHE_ROWS_MAX + 20; i++) put(c, i, "fig = 1");
	for (unsigned i = 0; i < CACHE_ROWS_MAX + 20; i++) there += cached(c, i, "fig = 1");
	assert_int_equal(there, CACHE_ROWS_MAX);
	cache_close(c);
	drop_folder(folder);
}

static void a_file_that_is_no_database_is_begun_anew(void **state) {
	(void)state;
	char *folder = new_folder(), path[128];
	err e = ERR_INIT;
	snprintf(path, sizeof path, "%s/code.sqlite", folder);
	{
		cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		for (int i = 0; i < 1000; i++) assert_true(write_all(fd, SLICE("this is no database at all. "), &e));
	}
	cache *c = cache_open(folder);
	put(c, 1, "fig = 1");
	assert_true(cached(c, 1, "fig = 1"));
	cache_close(c);
	drop_folder(folder);
}

static void a_folder_that_cannot_be_made_leaves_it_empty(void **state) {
	(void)state;
	cache *c = cache_open("/proc/no/such");
	put(c, 1, "fig = 1");
	assert_false(cached(c, 1, "fig = 1"));
	cache_close(c);
}

/* ---- flights */

typedef struct follower {
	flights *all;
	enum flight_role role;
	buf code, title;
	err e;
} follower;

static void *follow(void *context) {
	follower *f = context;
	uint8_t key[SHA256_BYTES];
	flight *mine = NULL;
	key_of(1, key);
	f->role = flight_join(f->all, key, NULL, deadline_in_ms(10000), &mine, &f->code, &f->title, &f->e);
	if (f->role == FLIGHT_LEADS) flight_land(f->all, mine, SLICE("mine"), SLICE(""), NULL);
	return NULL;
}

/* One leads, a follower waits, the leader lands with `why`: what is the follower's part? */
static follower land_with(const err *why) {
	follower f = {.all = flights_open(), .code = BUF_INIT(64), .title = BUF_INIT(64), .e = ERR_INIT};
	uint8_t key[SHA256_BYTES];
	flight *mine = NULL;
	pthread_t thread;
	key_of(1, key);
	assert_int_equal(flight_join(f.all, key, NULL, DEADLINE_NEVER, &mine, &f.code, &f.title, &f.e), FLIGHT_LEADS);
	assert_int_equal(pthread_create(&thread, NULL, follow, &f), 0);
	while (!flight_followed(mine)) sched_yield();
	flight_land(f.all, mine, why ? SLICE("") : SLICE("fig = 1"), SLICE("t"), why);
	(void)pthread_join(thread, NULL);
	flights_close(f.all);
	return f;
}

static void a_follower_gets_what_the_leader_got(void **state) {
	(void)state;
	follower f = land_with(NULL);
	assert_int_equal(f.role, FLIGHT_JOINED);
	assert_string_equal(buf_cstr(&f.code), "fig = 1");
	assert_string_equal(buf_cstr(&f.title), "t");
	buf_free(&f.code);
	buf_free(&f.title);
}

static void a_follower_gets_the_provider_s_error(void **state) {
	(void)state;
	err why = ERR_INIT;
	err_set(&why, ERR_MODEL_RATE, "quota");
	follower f = land_with(&why);
	assert_int_equal(f.role, FLIGHT_FAILED);
	assert_int_equal(f.e.code, ERR_MODEL_RATE);
	buf_free(&f.code);
	buf_free(&f.title);
}

static void a_follower_leads_when_the_leader_goes(void **state) {
	(void)state;
	err why = ERR_INIT;
	err_set(&why, ERR_CANCELLED, "gone");
	follower f = land_with(&why);
	assert_int_equal(f.role, FLIGHT_LEADS);
	buf_free(&f.code);
	buf_free(&f.title);
}

/* ---- names and tokens */

static void distance_counts_edits_and_swaps(void **state) {
	(void)state;
	assert_int_equal(name_distance(SLICE("amount"), SLICE("amount"), 9), 0);
	assert_int_equal(name_distance(SLICE("amuont"), SLICE("amount"), 9), 1);
	assert_int_equal(name_distance(SLICE("amont"), SLICE("amount"), 9), 1);
	assert_int_equal(name_distance(SLICE("kitten"), SLICE("sitting"), 9), 3);
	assert_int_equal(name_distance(SLICE(""), SLICE("abc"), 9), 3);
	assert_int_equal(name_distance(SLICE("abcdef"), SLICE("uvwxyz"), 2), 3);
}

static void case_and_separators_do_not_count(void **state) {
	(void)state;
	assert_int_equal(name_distance(SLICE("Total Sales"), SLICE("total_sales"), 9), 0);
}

static void tokens_are_about_right(void **state) {
	(void)state;
	/* Counted with Qwen2.5's tokeniser: 11 and 22. */
	uint64_t plain_words = tokens_about(SLICE("Show the total amount by region as a bar chart."));
	uint64_t code = tokens_about(SLICE("fig = px.bar(df, x=\"region\", y=\"amount\")"));
	assert_in_range(plain_words, 9, 13);
	assert_in_range(code, 14, 24);
}

/* ---- panels */

#define SHARED "import pandas as pd\nfigs = {}\n"
#define SALES "# panel: Sales\nt = df\nfigs[\"Sales\"] = px.bar(t)\n"
#define COSTS "# Panel:  Costs \nfigs[\"Costs\"] = px.line(df)\n"
static const slice BOARD = {SHARED SALES COSTS, sizeof(SHARED SALES COSTS) - 1};

static void panels_are_found_with_their_lines(void **state) {
	(void)state;
	panel_part all[PANELS_MAX];
	assert_int_equal(panels_find(BOARD, all), 2);
	assert_true(slice_is(all[0].title, "Sales") && slice_is(all[1].title, "Costs"));
	assert_int_equal(all[0].line, 3);
	assert_int_equal(all[1].line, 6);
	assert_int_equal(all[1].lines, 2);
	assert_int_equal(panels_find(SLICE("x = 1\n  # panel: no\n"), all), 0);
}

static void a_failure_is_blamed_on_its_panel(void **state) {
	(void)state;
	panel_part all[PANELS_MAX];
	size_t n = panels_find(BOARD, all);
	err e = ERR_INIT;
	e.line = 4;
	assert_int_equal(panels_blame(all, n, &e), 0);
	e.line = 2; /* shared */
	assert_int_equal(panels_blame(all, n, &e), n);
	e.line = 0;
	err_set(&e, ERR_CODE_EMPTY, "figure 2 ('Costs') has no traces");
	assert_int_equal(panels_blame(all, n, &e), 1);
}

static void left_out_panels_leave_their_lines(void **state) {
	(void)state;
	panel_part all[PANELS_MAX];
	size_t n = panels_find(BOARD, all);
	const bool out[PANELS_MAX] = {true, false};
	cleanup_buf buf left = BUF_INIT(1000);
	panels_leave_out(BOARD, all, n, out, &left);
	assert_string_equal(buf_cstr(&left), SHARED "\n\n\n" COSTS);
}

static void a_repair_takes_the_panel_s_place(void **state) {
	(void)state;
	static const struct {
		const char *repair, *merged;
	} CASES[] = {
	    {"# panel: costs\nfigs[\"Costs\"] = 1", SHARED SALES "# panel: costs\nfigs[\"Costs\"] = 1\n"},
	    {"# title: x\nfigs = {}\na = 1\n# panel: Costs\nfigs[\"Costs\"] = a\n",
	     SHARED SALES "# panel: Costs\na = 1\nfigs[\"Costs\"] = a\n"},
	    {"fig = px.line(df)\n", SHARED SALES "# panel: Costs\nfig = px.line(df)\nfigs['Costs'] = fig\n"},
	    {"figs[\"Costs\"] = 1\n", SHARED SALES "# panel: Costs\nfigs[\"Costs\"] = 1\n"},
	};
	const slice lost = SLICE("Costs");
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		cleanup_buf buf merged = BUF_INIT(1000);
		assert_true(panels_merge(BOARD, &lost, 1, slice_of(CASES[i].repair), &merged));
		assert_string_equal(buf_cstr(&merged), CASES[i].merged);
	}
}

static void a_script_of_its_own_is_not_merged(void **state) {
	(void)state;
	static const char *const CASES[] = {
	    SHARED SALES COSTS,                        /* all panels anew */
	    "figs = {}\nfigs[\"A\"] = px.bar(df)\n",   /* without marks */
	    "# panel: Profit\nfigs[\"Profit\"] = 1\n", /* another panel */
	};
	const slice lost = SLICE("Costs");
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		cleanup_buf buf merged = BUF_INIT(1000);
		assert_false(panels_merge(BOARD, &lost, 1, slice_of(CASES[i]), &merged));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_a_key_the_rules_answer),
	    cmocka_unit_test(keys_count_in_order),
	    cmocka_unit_test(the_setting_counts_more_than_keys),
	    cmocka_unit_test(an_own_openai_server_needs_no_key),
	    cmocka_unit_test(a_request_gets_the_configured_one),
	    cmocka_unit_test(a_request_gets_no_other_unless_listed),
	    cmocka_unit_test(the_list_allows_what_it_names),
	    cmocka_unit_test(a_listed_model_may_hold_colons_and_slashes),
	    cmocka_unit_test(urls_take_base_version_and_query),
	    cmocka_unit_test(openai_itself_gets_the_limit_by_its_new_name_and_no_temperature),
	    cmocka_unit_test(strikes_in_a_row_open_it),
	    cmocka_unit_test(a_success_between_keeps_it_closed),
	    cmocka_unit_test(one_probe_goes_through_and_closes_it),
	    cmocka_unit_test(a_failed_probe_opens_it_for_twice_as_long),
	    cmocka_unit_test(a_cancelled_probe_lets_the_next_one_through),
	    cmocka_unit_test(what_was_put_is_there_after_a_restart),
	    cmocka_unit_test(what_is_forgotten_is_gone),
	    cmocka_unit_test(it_holds_no_more_than_its_bound),
	    cmocka_unit_test(a_file_that_is_no_database_is_begun_anew),
	    cmocka_unit_test(a_folder_that_cannot_be_made_leaves_it_empty),
	    cmocka_unit_test(a_follower_gets_what_the_leader_got),
	    cmocka_unit_test(a_follower_gets_the_provider_s_error),
	    cmocka_unit_test(a_follower_leads_when_the_leader_goes),
	    cmocka_unit_test(distance_counts_edits_and_swaps),
	    cmocka_unit_test(case_and_separators_do_not_count),
	    cmocka_unit_test(tokens_are_about_right),
	    cmocka_unit_test(panels_are_found_with_their_lines),
	    cmocka_unit_test(a_failure_is_blamed_on_its_panel),
	    cmocka_unit_test(left_out_panels_leave_their_lines),
	    cmocka_unit_test(a_repair_takes_the_panel_s_place),
	    cmocka_unit_test(a_script_of_its_own_is_not_merged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
