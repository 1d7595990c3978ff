/* What a column is said to hold. Each test reads a small file and looks at one thing. */
#include "data/frame.h"
#include "data/profile_format.h"
#include "data/profile_scan.h"
#include "data/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static frame *read_text(const char *name, slice text) {
	err e = ERR_INIT;
	read_options o = {.name = name};
	frame *f = frame_read(text, &o, NULL, DEADLINE_NEVER, &e);
	if (!f) fail_msg("%s", e.message);
	return f;
}

static frame *read_csv(const char *name, const char *text) {
	return read_text(name, slice_of(text));
}

static const column_profile *of(const frame *f, const char *name) {
	int c = frame_column(f, slice_of(name));
	if (c < 0) fail_msg("no column %s", name);
	return &f->cols[c].profile;
}

static void test_names_split_into_words(void **state) {
	(void)state;
	static const struct {
		const char *name, *words;
	} CASES[] = {{"order_date", "order date"}, {"orderDate", "order date"}, {"ORDER DATE", "order date"},
		     {"XMLFile", "xml file"},      {"gdpPercap", "gdp percap"}, {"q1", "q1"},
		     {"sales2020", "sales 2020"},  {"Umsatz (€)", "umsatz €"},  {"", ""}};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		name_words w;
		char all[200] = "";
		name_split(slice_of(CASES[i].name), &w);
		for (size_t k = 0; k < w.n; k++)
			(void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", k ? " " : "", w.word[k]);
		assert_string_equal(all, CASES[i].words);
	}
}

static void test_meaning_comes_of_name_and_values(void **state) {
	(void)state;
	frame *cleanup_frame f =
	    read_csv("shops.csv", "shop_id,year,lat,price,share,country,weekday,size,note_code,opened\n"
				  "1,2020,52.5,3.5,10%,France,Mon,small,A1,2020-01-01\n"
				  "2,2020,48.1,4.5,20%,Spain,Tue,large,A2,2020-02-01\n"
				  "3,2021,41.9,5.5,30%,Spain,Wed,small,A3,2020-03-01\n"
				  "4,2021,40.0,6.5,40%,France,Mon,medium,A3,2020-04-01\n");
	assert_int_equal(of(f, "shop_id")->meaning, MEAN_ID);
	assert_int_equal(of(f, "year")->meaning, MEAN_YEAR);
	assert_int_equal(of(f, "lat")->meaning, MEAN_LATITUDE);
	assert_int_equal(of(f, "price")->meaning, MEAN_MONEY);
	assert_int_equal(of(f, "share")->meaning, MEAN_SHARE);
	assert_int_equal(of(f, "country")->meaning, MEAN_COUNTRY);
	assert_int_equal(of(f, "weekday")->meaning, MEAN_WEEKDAY);
	assert_int_equal(of(f, "size")->meaning, MEAN_ORDINAL);
	assert_int_equal(of(f, "opened")->meaning, MEAN_TIME);
	assert_int_equal(of(f, "opened")->unit, UNIT_MONTH);
}

static void test_meaning_is_seen_in_other_languages(void **state) {
	(void)state;
	frame *cleanup_frame f = read_csv("laden.csv", "Jahr,Preis,Land,Monat,Tag,Alter,Antwort\n"
						       "2020,3.5,Italien,Januar,Montag,18-24,strongly agree\n"
						       "2020,4.5,Spanien,März,Dienstag,25–34,agree\n"
						       "2021,5.5,Spanien,Mai,Freitag,65+,strongly disagree\n");
	assert_int_equal(of(f, "Jahr")->meaning, MEAN_YEAR);
	assert_int_equal(of(f, "Preis")->meaning, MEAN_MONEY);
	assert_int_equal(of(f, "Land")->meaning, MEAN_COUNTRY);
	assert_int_equal(of(f, "Monat")->meaning, MEAN_MONTH);
	assert_int_equal(of(f, "Tag")->meaning, MEAN_WEEKDAY);
	assert_int_equal(of(f, "Alter")->meaning, MEAN_ORDINAL);
	assert_int_equal(of(f, "Antwort")->meaning, MEAN_ORDINAL);
	frame *cleanup_frame scores = read_csv("x.csv", "score,k\n2-1,a\n0-3,b\n1-1,c\n");
	assert_int_equal(of(scores, "score")->meaning, MEAN_ID);
}

static void test_a_name_without_fitting_values_decides_nothing(void **state) {
	(void)state;
	frame *cleanup_frame f = read_csv("x.csv", "year,lat\n3000000,400\n5,900\n7,1000\n");
	assert_int_equal(of(f, "year")->meaning, MEAN_QUANTITY);
	assert_int_equal(of(f, "lat")->meaning, MEAN_QUANTITY);
}

static void test_numbers_are_summed_up_exactly_while_few(void **state) {
	(void)state;
	frame *cleanup_frame f = read_csv("x.csv", "v\n4\n1\n3\n\n2\n10\n");
	const column_profile *p = of(f, "v");
	assert_true(p->has_numbers);
	assert_true(p->min == 1 && p->max == 10 && p->sum == 20 && p->mean == 4);
	assert_true(p->q1 == 2 && p->median == 3 && p->q3 == 4);
	assert_int_equal(p->distinct, 5);
	assert_true(p->distinct_exact && p->unique && !p->constant);
	assert_int_equal(p->sorted, 0);
}

static void test_order_is_seen(void **state) {
	(void)state;
	frame *cleanup_frame f = read_csv("x.csv", "up,down,flat,mixed,words\n1,9,5,1,a\n2,8,5,3,b\n2,7,5,2,c\n");
	assert_int_equal(of(f, "up")->sorted, 1);
	assert_int_equal(of(f, "down")->sorted, -1);
	assert_int_equal(of(f, "mixed")->sorted, 0);
	assert_int_equal(of(f, "words")->sorted, 1);
	assert_true(of(f, "flat")->constant);
	assert_false(of(f, "up")->unique);
	assert_true(of(f, "words")->unique);
}

static void test_top_values_come_by_count_then_by_appearance(void **state) {
	(void)state;
	frame *cleanup_frame f = read_csv("x.csv", "k,n\nb,1\na,2\na,2\nc,3\nb,2\nd,1\n");
	const column_profile *p = of(f, "k");
	static const char WANT[] = "baCd";
	assert_int_equal(p->ntop, 4);
	for (size_t i = 0; i < 4; i++) assert_int_equal(p->top[i].text.p[0] & 0xdf, WANT[i] & 0xdf);
	assert_int_equal(p->top[0].count, 2);
	p = of(f, "n");
	assert_true(slice_is(p->top[0].text, "2"));
	assert_int_equal(p->top[0].count, 3);
}

/* 200,000 different values: the estimate's standard error is 1.6 %; four of them are allowed. */
static void test_many_different_values_are_estimated(void **state) {
	(void)state;
	buf text = BUF_INIT(1 << 24);
	buf_adds(&text, "id,word\n");
	uint64_t x = 1;
	for (int i = 0; i < 200000; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		buf_printf(&text, "%llu,w%d\n", (unsigned long long)(x >> 20), i % 150000);
	}
	frame *cleanup_frame f = read_text("big.csv", buf_slice(&text));
	assert_false(of(f, "id")->distinct_exact);
	assert_in_range(of(f, "id")->distinct, 187000, 213000);
	assert_in_range(of(f, "word")->distinct, 140000, 160000);
	assert_int_equal(of(f, "word")->top[0].count, 0);
	buf_free(&text);
}

static void test_threads_find_the_same(void **state) {
	(void)state;
	buf text = BUF_INIT(1 << 24), one = BUF_INIT(1 << 20), four = BUF_INIT(1 << 20);
	err e = ERR_INIT;
	buf_adds(&text, "a,b,c,d\n");
	for (int i = 0; i < 60000; i++) buf_printf(&text, "%d,%d,x%d,%d.5\n", i, i % 7, i % 100, i % 1000);
	read_options o = {.name = "t.csv", .threads = 4};
	frame *cleanup_frame f = read_text("t.csv", buf_slice(&text));
	frame *cleanup_frame g = frame_read(buf_slice(&text), &o, NULL, DEADLINE_NEVER, &e);
	assert_non_null(g);
	profile_json(f, &one);
	profile_json(g, &four);
	assert_string_equal(buf_cstr(&one), buf_cstr(&four));
	buf_free(&text);
	buf_free(&one);
	buf_free(&four);
}

static void test_the_table_is_aligned_by_what_a_terminal_shows(void **state) {
	(void)state;
	frame *cleanup_frame f = read_csv("x.csv", "名前,n\n東京,1\n大阪,2\n");
	buf out = BUF_INIT(1 << 16);
	profile_table(f, &out);
	const char *text = buf_cstr(&out), *first = strstr(text, "名前"), *second = strstr(text, "\nn ");
	assert_non_null(first);
	assert_non_null(second);
	size_t wide = (size_t)(strstr(first, "text") - first),
	       narrow = (size_t)(strstr(second, "integer") - second - 1);
	assert_int_equal(wide - strlen("名前") + 4, narrow); /* two characters of two columns each */
	buf_free(&out);
}

static size_t prompt_bytes(const frame *f, const char *question, const char *privacy, buf *out) {
	buf_clear(out);
	profile_prompt(f, slice_of(question), privacy, 400, out);
	return out->n;
}

static void test_the_prompt_shrinks_by_rule_and_keeps_what_is_named(void **state) {
	(void)state;
	buf text = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
	for (int i = 0; i < 400; i++) buf_printf(&text, i ? ",measure%d" : "temperature", i);
	for (int row = 0; row < 3; row++)
		for (int i = 0; i < 400; i++) buf_printf(&text, i ? ",%d" : "\n%d", i * row);
	frame *cleanup_frame f = read_text("wide.csv", buf_slice(&text));
	assert_in_range(prompt_bytes(f, "the temperature please", "values", &out), 800, 1200);
	assert_non_null(strstr(buf_cstr(&out), "\"temperature\""));
	assert_non_null(strstr(buf_cstr(&out), "more columns"));
	buf_free(&text);
	buf_free(&out);
}

/* Digits and unusual letters are dear: what a byte costs depends on it. */
static void test_the_prompt_of_nine_columns_stays_in_its_tokens(void **state) {
	(void)state;
	buf text = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
	for (int i = 0; i < 9; i++) buf_printf(&text, i ? ",hash%d" : "hash%d", i);
	for (unsigned row = 0; row < 50; row++)
		for (unsigned i = 0; i < 9; i++)
			buf_printf(&text, i ? ",%08x%08x" : "\n%08x%08x", row * 2654435761u + i, (row + i) * 40503u);
	frame *cleanup_frame f = read_text("hashes.csv", buf_slice(&text));
	prompt_bytes(f, "", "values", &out);
	assert_in_range(format_tokens(buf_slice(&out)), 300, 400);
	assert_in_range(format_tokens(SLICE("2024-01-02 \xe6\x9d\xb1")), 10, 14);
	buf_free(&text);
	buf_free(&out);
}

static void test_privacy_bounds_what_the_prompt_tells(void **state) {
	(void)state;
	frame *cleanup_frame f = read_csv("x.csv", "city,people\nSpringfield,12345\nShelbyville,777\n");
	buf out = BUF_INIT(1 << 16);
	prompt_bytes(f, "", "values", &out);
	assert_non_null(strstr(buf_cstr(&out), "Springfield"));
	prompt_bytes(f, "", "types", &out);
	assert_null(strstr(buf_cstr(&out), "Springfield"));
	assert_null(strstr(buf_cstr(&out), "12345"));
	assert_non_null(strstr(buf_cstr(&out), "integer"));
	prompt_bytes(f, "", "names", &out);
	assert_null(strstr(buf_cstr(&out), "integer"));
	assert_non_null(strstr(buf_cstr(&out), "\"city\""));
	buf_free(&out);
}

static void test_dependence_and_joins_are_found(void **state) {
	(void)state;
	frame *cleanup_frame f = read_csv("a.csv", "city,country,n\nParis,FR,1\nLyon,FR,2\nRome,IT,3\nParis,FR,4\n"
						   "Rome,IT,5\nLyon,FR,6\nParis,FR,7\nRome,IT,8\n");
	frame *cleanup_frame g = read_csv("b.csv", "country,capital\nFR,Paris\nIT,Rome\nES,Madrid\n");
	frame *both[2] = {f, g};
	buf out = BUF_INIT(1 << 16);
	profile_table(f, &out);
	assert_non_null(strstr(buf_cstr(&out), "each city has one country"));
	assert_null(strstr(buf_cstr(&out), "each country has one city"));
	buf_clear(&out);
	profile_joins(both, 2, &out);
	assert_non_null(strstr(buf_cstr(&out), "a.\"country\" = b.\"country\""));
	buf_free(&out);
}

static void test_an_id_joins_the_table_that_it_names(void **state) {
	(void)state;
	buf out = BUF_INIT(1000);
	frame *cleanup_frame orders = read_csv("orders.csv", "no,customer_id\n1,7\n2,8\n3,7\n");
	frame *cleanup_frame people = read_csv("customers.csv", "id,name\n7,Ann\n8,Bo\n");
	frame *both[] = {orders, people};
	profile_joins(both, 2, &out);
	assert_string_equal(buf_cstr(&out), "orders.\"customer_id\" = customers.\"id\"\n");
	buf_free(&out);
}

static void test_a_cancelled_read_stops(void **state) {
	(void)state;
	err e = ERR_INIT;
	cancel c;
	assert_true(cancel_init(&c, &e));
	cancel_set(&c, ERR_CANCELLED);
	frame *cleanup_frame f = read_csv("x.csv", "a\n1\n2\n");
	assert_false(profile_columns(f, 1, &c, DEADLINE_NEVER, &e));
	assert_int_equal(e.code, ERR_CANCELLED);
	cancel_free(&c);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_split_into_words),
	    cmocka_unit_test(test_meaning_comes_of_name_and_values),
	    cmocka_unit_test(test_meaning_is_seen_in_other_languages),
	    cmocka_unit_test(test_a_name_without_fitting_values_decides_nothing),
	    cmocka_unit_test(test_numbers_are_summed_up_exactly_while_few),
	    cmocka_unit_test(test_order_is_seen),
	    cmocka_unit_test(test_top_values_come_by_count_then_by_appearance),
	    cmocka_unit_test(test_many_different_values_are_estimated),
	    cmocka_unit_test(test_threads_find_the_same),
	    cmocka_unit_test(test_the_table_is_aligned_by_what_a_terminal_shows),
	    cmocka_unit_test(test_the_prompt_shrinks_by_rule_and_keeps_what_is_named),
	    cmocka_unit_test(test_the_prompt_of_nine_columns_stays_in_its_tokens),
	    cmocka_unit_test(test_privacy_bounds_what_the_prompt_tells),
	    cmocka_unit_test(test_dependence_and_joins_are_found),
	    cmocka_unit_test(test_an_id_joins_the_table_that_it_names),
	    cmocka_unit_test(test_a_cancelled_read_stops),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
