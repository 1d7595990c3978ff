/* Cells as numbers, dates and durations. One table a subject: a row more is a case more. */
#include "data/float.h"
#include "data/infer.h"
#include "data/quick.h"
#include "data/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_numbers_as_people_write_them(void **state) {
	(void)state;
	static const struct {
		const char *text, *unit;
		number_format format;
		double want;
	} CASES[] = {
	    {"1,234,567.5", "", {'.', ','}, 1234567.5},
	    {"1.234.567,5", "", {',', '.'}, 1234567.5},
	    {"1 234,5", "", {',', ' '}, 1234.5},
	    {"1\xc2\xa0"
	     "234",
	     "",
	     {',', ' '},
	     1234},
	    {"1'234.5", "", {'.', '\''}, 1234.5},
	    {"12,34,567", "", {'.', ','}, 1234567},
	    {"$1,234.50", "$", {'.', ','}, 1234.5},
	    {"-$5", "$", {'.', 0}, -5},
	    {"$-5", "$", {'.', 0}, -5},
	    {"12,50 \xe2\x82\xac", "\xe2\x82\xac", {',', 0}, 12.5},
	    {"EUR 7", "EUR", {'.', 0}, 7},
	    {"(1,234)", "", {'.', ','}, -1234},
	    {"5.00-", "", {'.', 0}, -5},
	    {"12.5%", "%", {'.', 0}, 12.5},
	    {"12 %", "%", {'.', 0}, 12},
	    {"5km", "km", {'.', 0}, 5},
	    {"36.6 \xc2\xb0"
	     "C",
	     "\xc2\xb0"
	     "C",
	     {'.', 0},
	     36.6},
	    {"1.5e3", "", {'.', 0}, 1500},
	    {"+7", "", {'.', 0}, 7},
	    {"\xe2\x88\x92"
	     "3",
	     "",
	     {'.', 0},
	     -3},
	    {".5", "", {'.', 0}, 0.5},
	    {"5.", "", {'.', 0}, 5},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		number v;
		if (!number_rich(slice_of(CASES[i].text), &CASES[i].format, &v))
			fail_msg("%s is no number", CASES[i].text);
		if (v.f != CASES[i].want) fail_msg("%s is %g", CASES[i].text, v.f);
		slice unit = v.percent ? SLICE("%") : v.unit;
		if (!slice_is(unit, CASES[i].unit)) fail_msg("%s has unit %.*s", CASES[i].text, SLICE_ARG(unit));
	}
}

static void test_what_is_no_number(void **state) {
	(void)state;
	static const char *const CASES[] = {
	    "",           "-",  "abc", "1,23,4", "1,2345", "12:30", "1-2",
	    "1.2.3",      "A1", "1e",  "--5",    "1 2 3",  "$",     "5 apples and pears",
	    "2024-01-02", "(5"};
	number_format f = {'.', ','};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		number v;
		if (number_rich(slice_of(CASES[i]), &f, &v)) fail_msg("%s is taken for %g", CASES[i], v.f);
	}
}

/* -0.0 and 0.0 differ here, as they should. */
static uint64_t bits_of(double v) {
	uint64_t bits;
	memcpy(&bits, &v, sizeof bits);
	return bits;
}

static void test_floats_round_as_strtod_does(void **state) {
	(void)state;
	static const char *const CASES[] = {"0.1",
					    "9007199254740993",
					    "9007199254740992.5",
					    "1e23",
					    "8.98846567431158e307",
					    "1.7976931348623159e308",
					    "2.2250738585072011e-308",
					    "4.9e-324",
					    "2e-324",
					    "0.000000000000000000000000000001",
					    "1e400",
					    "1e-400",
					    "123456789012345678901234567890",
					    "0.30000000000000004",
					    "5e-1",
					    "6.02214076e23",
					    "1.00000000000000011102230246251565404236316680908203125",
					    "1.00000000000000011102230246251565404236316680908203126",
					    "-0.0",
					    "72057594037927945e-1"};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		double mine, theirs = strtod(CASES[i], NULL);
		assert_true(float_parse(CASES[i], strlen(CASES[i]), '.', &mine));
		if (bits_of(mine) != bits_of(theirs)) fail_msg("%s: %a, not %a", CASES[i], mine, theirs);
	}
}

static void test_random_floats_round_as_strtod_does(void **state) {
	(void)state;
	uint64_t x = 88172645463325252u;
	for (int i = 0; i < 200000; i++) {
		char text[64];
		double v, mine;
		x ^= x << 13, x ^= x >> 7, x ^= x << 17; /* Marsaglia 2003 */
		memcpy(&v, &x, sizeof v);
		if (v - v != 0) continue;
		(void)snprintf(text, sizeof text, "%.*e", i % 20, v);
		double theirs = strtod(text, NULL);
		if (!float_parse(text, strlen(text), '.', &mine) || bits_of(mine) != bits_of(theirs))
			fail_msg("%s", text);
	}
}

static void test_dates_of_the_world(void **state) {
	(void)state;
	static const struct {
		const char *text;
		enum moment_order order;
		int64_t seconds;
	} CASES[] = {
	    {"2024-02-29", ORDER_DMY, 1709164800},
	    {"2024-02-29T12:30:15", ORDER_DMY, 1709209815},
	    {"2024-02-29 12:30", ORDER_DMY, 1709209800},
	    {"2024-02-29T12:30:15+01:00", ORDER_DMY, 1709206215},
	    {"2024-02-29T12:30:15Z", ORDER_DMY, 1709209815},
	    {"2024/02/29", ORDER_DMY, 1709164800},
	    {"2024.2.29", ORDER_DMY, 1709164800},
	    {"29.02.2024", ORDER_DMY, 1709164800},
	    {"02/29/2024", ORDER_MDY, 1709164800},
	    {"29/02/24", ORDER_DMY, 1709164800},
	    {"29 Feb 2024", ORDER_DMY, 1709164800},
	    {"29-Feb-24", ORDER_DMY, 1709164800},
	    {"Feb 29, 2024", ORDER_DMY, 1709164800},
	    {"February 29th, 2024", ORDER_DMY, 1709164800},
	    {"Thu, 29 Feb 2024 12:30:15 GMT", ORDER_DMY, 1709209815},
	    {"29. Februar 2024", ORDER_DMY, 1709164800},
	    {"29 f\xc3\xa9vrier 2024", ORDER_DMY, 1709164800},
	    {"29 de febrero de 2024", ORDER_DMY, 1709164800},
	    {"2024\xe5\xb9\xb4"
	     "2\xe6\x9c\x88"
	     "29\xe6\x97\xa5",
	     ORDER_DMY, 1709164800},
	    {"2/29/2024 12:30:15 PM", ORDER_MDY, 1709209815},
	    {"2/29/2024 12:30 am", ORDER_MDY, 1709166600},
	    {"Feb 2024", ORDER_DMY, 1706745600},
	    {"2024-02", ORDER_DMY, 1706745600},
	    {"02/2024", ORDER_DMY, 1706745600},
	    {"Feb-24", ORDER_DMY, 1706745600},
	    {"2024Q2", ORDER_DMY, 1711929600},
	    {"Q2 2024", ORDER_DMY, 1711929600},
	    {"2024-W01", ORDER_DMY, 1704067200},
	    {"1969-12-31", ORDER_DMY, -86400},
	    {"31/12/69", ORDER_DMY, -86400},
	    {"29FEB2024", ORDER_DMY, 1709164800},
	    {"29FEB2024:12:30:15", ORDER_DMY, 1709209815},
	    {"29 ФЕВРАЛЯ 2024", ORDER_DMY, 1709164800},
	    {"29 Şubat 2024", ORDER_DMY, 1709164800},
	    {"29 FÉVRIER 2024", ORDER_DMY, 1709164800},
	    {"1er mars 2024", ORDER_DMY, 1709251200},
	    {"Donnerstag, 29. Februar 2024", ORDER_DMY, 1709164800},
	    {"Do, 29.02.2024", ORDER_DMY, 1709164800},
	    {"jeudi 29 février 2024", ORDER_DMY, 1709164800},
	    {"2024년 2월 29일", ORDER_DMY, 1709164800},
	    {"2024年2月", ORDER_DMY, 1706745600},
	    {"Thu Feb 29 12:30:15 2024", ORDER_DMY, 1709209815},
	    {"Thu Feb 29 12:30:15 UTC 2024", ORDER_DMY, 1709209815},
	    {"Thu Feb 29 12:30:15 +0100 2024", ORDER_DMY, 1709206215},
	    {"Thu Feb 29 2024 12:30:15 GMT+0100 (Central European Standard Time)", ORDER_DMY, 1709206215},
	    {"2024-02-29T12:30:15+01:00[Europe/Berlin]", ORDER_DMY, 1709206215},
	    {"[29/Feb/2024:12:30:15 +0100]", ORDER_DMY, 1709206215},
	    {"20240229T123015Z", ORDER_DMY, 1709209815},
	    {"20240229 12:30:15", ORDER_DMY, 1709209815},
	    {"29.02.2024 12.30", ORDER_DMY, 1709209800},
	    {"29.02.2024 12:30 Uhr", ORDER_DMY, 1709209800},
	    {"29/02/2024 12h30", ORDER_DMY, 1709209800},
	    {"29-FEB-24 12.30.15.000000 PM", ORDER_DMY, 1709209815},
	    {"29/02/2024 12:30 p. m.", ORDER_DMY, 1709209800},
	    {"2024-W01-3", ORDER_DMY, 1704240000},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		moment m;
		if (!moment_parse(slice_of(CASES[i].text), CASES[i].order, false, &m))
			fail_msg("%s is no date", CASES[i].text);
		if (m.us != CASES[i].seconds * 1000000)
			fail_msg("%s is %lld", CASES[i].text, (long long)(m.us / 1000000));
	}
}

static void test_what_is_no_date(void **state) {
	(void)state;
	static const char *const CASES[] = {"",
					    "2024",
					    "12.2024",
					    "2023-02-29",
					    "2024-13-01",
					    "32/01/2024",
					    "1.2.3",
					    "10-20",
					    "12:30",
					    "May",
					    "hello 2024",
					    "2024-01-02 25:00",
					    "2024-01-02x",
					    "1/2",
					    "192.168.1.1",
					    "555-1234",
					    "20240102",
					    "20240102130000",
					    "202401",
					    "20241302T1000",
					    "Feb 29 2024 2061",
					    "2024-W01-8",
					    "5dec1"};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		moment m;
		if (moment_parse(slice_of(CASES[i]), ORDER_DMY, false, &m))
			fail_msg("%s is taken for a date", CASES[i]);
	}
}

static void test_durations(void **state) {
	(void)state;
	static const struct {
		const char *text;
		int64_t ms;
	} CASES[] = {{"1:30:00", 5400000},
		     {"26:10", 94200000},
		     {"1h 30m", 5400000},
		     {"90 min", 5400000},
		     {"PT1H30M", 5400000},
		     {"250 ms", 250},
		     {"2 days 03:00:00", 183600000},
		     {"1.5 hours", 5400000},
		     {"-0:01:00", -60000},
		     {"0:00:01.5", 1500},
		     {"1:57.26", 117260}};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		int64_t us;
		if (!duration_parse(slice_of(CASES[i].text), &us)) fail_msg("%s is no duration", CASES[i].text);
		if (us != CASES[i].ms * 1000) fail_msg("%s is %lld us", CASES[i].text, (long long)us);
	}
}

/* Cells separated by |. */
static guess guess_of(const char *text, const char *name) {
	slice cells[32], rest = slice_of(text);
	size_t n = 0;
	while (n < 32) {
		size_t end = slice_find(rest, '|');
		cells[n++] = slice_sub(rest, 0, end);
		if (end == rest.n) break;
		rest = slice_sub(rest, end + 1, rest.n);
	}
	return infer_column(cells, n, slice_of(name), false);
}

static void test_a_column_is_guessed_from_all_its_cells(void **state) {
	(void)state;
	static const struct {
		const char *cells;
		enum kind want;
	} CASES[] = {
	    {"1|2|-3", KIND_INT},
	    {"1|2.5|3", KIND_FLOAT},
	    {"1|NA||3", KIND_INT},
	    {"1,234|5,678,901", KIND_INT},
	    {"1,5|2,25|3", KIND_RICH},
	    {"$5|$7.50", KIND_RICH},
	    {"5 kg|7 kg", KIND_INT},
	    {"5 kg|7 lb", KIND_TEXT},
	    {"10%|20%", KIND_INT},
	    {"10%|2.5%", KIND_RICH},
	    {"yes|no|yes", KIND_BOOL},
	    {"Y|N", KIND_BOOL},
	    {"y|y", KIND_TEXT},
	    {"true|false|NA", KIND_BOOL},
	    {"0|1|1", KIND_INT},
	    {"a|b", KIND_TEXT},
	    {"1|2|a|b|c", KIND_TEXT},
	    {"007|008", KIND_TEXT},
	    {"2024-01-02|NA", KIND_TIME},
	    {"20240102|20240103", KIND_TIME},
	    {"2023|2024", KIND_INT},
	    {"08:30|09:45", KIND_TEXT},
	    {"1:30:00|27:00:00", KIND_DURATION},
	    {"|NA|-", KIND_EMPTY},
	    {"1.2.3.4|5.6.7.8", KIND_TEXT},
	    {"1st|2nd|3rd", KIND_TEXT},
	    {"12|14a|7b|9c", KIND_TEXT},
	    {"2008-09|2009-10|2011-12", KIND_TEXT},
	    {"2011-12|2011-12", KIND_TIME},
	    {"20240131100000|20240201123000", KIND_TIME},
	    {"202401|202402", KIND_INT},
	    {"tak|nie", KIND_BOOL},
	    {"НЕТ|Да", KIND_BOOL},
	    {"verdadero|falso", KIND_BOOL},
	    {"S|N", KIND_TEXT},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		enum kind k = guess_of(CASES[i].cells, "x").kind;
		if (k != CASES[i].want) fail_msg("%s is kind %d, not %d", CASES[i].cells, k, CASES[i].want);
	}
	assert_int_equal(guess_of("08:30|09:45", "lap duration").kind, KIND_DURATION);
	assert_int_equal(guess_of("202401|202402", "Month").kind, KIND_TIME);
	assert_int_equal(guess_of("1.9|1.10", "app version").kind, KIND_TEXT);
	assert_int_equal(guess_of("1.9|1.10", "conversion").kind, KIND_FLOAT);
}

static void test_day_or_month_first_is_seen_in_the_column(void **state) {
	(void)state;
	guess g = guess_of("01/02/2024|25/12/2024", "d");
	assert_int_equal(g.order, ORDER_DMY);
	assert_true(g.order_shown);
	g = guess_of("01/02/2024|12/25/2024", "d");
	assert_int_equal(g.order, ORDER_MDY);
	assert_true(g.order_shown);
	assert_false(guess_of("01/02/2024|03/04/2024", "d").order_shown);
}

static void test_sql_types(void **state) {
	(void)state;
	static const struct {
		const char *sql;
		enum column_type want;
	} CASES[] = {{"VARCHAR(20)", COL_TEXT},
		     {"DECIMAL(10,2)", COL_FLOAT},
		     {"timestamp with time zone", COL_DATETIME},
		     {"double precision", COL_FLOAT},
		     {"BIGINT", COL_INT},
		     {"unsigned int", COL_INT},
		     {"Bool", COL_BOOL},
		     {"DATE", COL_DATE},
		     {"datetime2(7)", COL_DATETIME},
		     {"INTERVAL", COL_DURATION}};
	enum column_type t;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		assert_true(schema_type(slice_of(CASES[i].sql), &t));
		assert_int_equal(t, CASES[i].want);
	}
	assert_false(schema_type(SLICE("geometry"), &t));
}

static void test_every_word_for_a_missing_value_is_known(void **state) {
	(void)state;
	static const char *const WORDS[] = {
	    "NA",   "none", "NONE", "N/a",  "NaT",     "(null)",   "(NULL)",  "<null>",  "<NULL>", "(blank)",
	    "n/d",  "N/D",  "n.d.", "k.A.", "k. A.",   "\xc2\xa0", "N/A",     "n/a",     "na",     "NaN",
	    "nan",  "NAN",  "null", "NULL", "Null",    "None",     "#N/A",    "-",       ".",      "--",
	    "?",    "..",   "...",  "*",    "#NA",     "<NA>",     "#NULL!",  "nil",     "NIL",    "1.#IND",
	    "-NaN", "-nan", "\\N",  "—",    "–",       "#VALUE!",  "#REF!",   "#DIV/0!", "#NAME?", "#NUM!",
	    "N.A.", "n.a.", "…",    ":",    "missing", "Missing",  "MISSING", "1.#QNAN", "-1.#IND"};
	for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) assert_true(is_missing_word(slice_of(WORDS[i])));
	static const char *const OTHERS[] = {"",       "N",      "NB",   "-1",      ".5", "1",
					     "123456", "1.#INF", "nono", "misting", "---"};
	for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) assert_false(is_missing_word(slice_of(OTHERS[i])));
}

/* Within a longer text many bytes of a cell are looked at together. */
static void test_a_cell_has_the_same_class_wherever_it_stands(void **state) {
	(void)state;
	static const char LETTERS[] = "abZ \xc3\xa9"
				      "0123456789-.:/,+'$#\"|~@[`{";
	uint64_t x = 88172645463325252u;
	for (size_t i = 0; i < 200000; i++) {
		char text[80];
		memset(text, "-a5 "[i / 4 % 4], sizeof text);
		size_t n = i % 20, few = 3 + i % 28;
		for (size_t k = 0; k < n; k++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			text[k] = i % 3 ? LETTERS[x % few] : "2024-05-01"[k % 10];
			if (i % 3 == 0 && x % 16 == 0) text[k] = LETTERS[x / 16 % few];
		}
		span cell = {0, (uint32_t)n};
		record r = {.cells = &cell, .n = 1};
		uint8_t kind;
		quick_classes(r.cells, r.n, r.base, (slice){text, sizeof text}, &kind);
		assert_int_equal(kind, quick_class((slice){text, n}));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_cell_has_the_same_class_wherever_it_stands),
	    cmocka_unit_test(test_every_word_for_a_missing_value_is_known),
	    cmocka_unit_test(test_numbers_as_people_write_them),
	    cmocka_unit_test(test_what_is_no_number),
	    cmocka_unit_test(test_floats_round_as_strtod_does),
	    cmocka_unit_test(test_random_floats_round_as_strtod_does),
	    cmocka_unit_test(test_dates_of_the_world),
	    cmocka_unit_test(test_what_is_no_date),
	    cmocka_unit_test(test_durations),
	    cmocka_unit_test(test_a_column_is_guessed_from_all_its_cells),
	    cmocka_unit_test(test_day_or_month_first_is_seen_in_the_column),
	    cmocka_unit_test(test_sql_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
