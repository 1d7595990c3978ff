/* Questions and what the rules make of them. A row of a table is a question
 * with what its specification must say; code is looked at where quoting matters. */
#include "base/json.h"
#include "rules/rules.h"
#include "rules/spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char SALES[] = "date,amount,region\n2024-01-01,10.5,North\n2024-01-01,7,South\n2024-01-02,3,North\n"
			    "2024-01-02,8,South\n2024-02-01,5,North\n2024-02-01,9,South\n";
static const char REVENUE[] = "product,revenue\nWidget,1200.5\nGadget,800\n";
static const char STAFF[] = "employee_id,name,department,salary,age,hired,remote\n"
			    "1,Ann Lee,Sales,50000,31,2015-03-01,yes\n2,Bob Ray,Sales,62000,45,2016-07-15,no\n"
			    "3,Cid Oh,IT,71000,28,2018-01-10,yes\n4,Dee Poe,IT,58000,39,2018-11-30,no\n"
			    "5,Eve Fox,Legal,90000,52,2012-05-05,no\n6,Fay Gee,Legal,85000,47,2019-09-09,yes\n";

static frame *read_csv(const char *name, const char *text) {
	err e = ERR_INIT;
	read_options o = {.name = name};
	frame *f = frame_read(slice_of(text), &o, NULL, DEADLINE_NEVER, &e);
	if (!f) fail_msg("%s", e.message);
	return f;
}

/* The specification of a question as JSON, in a buffer of the caller's. */
static const char *spec_of(const char *question, frame *const *frames, size_t n, notices *told, buf *out) {
	spec cleanup_spec s;
	spec_read(slice_of(question), frames, n, &s, told);
	buf_clear(out);
	spec_json(&s, frames, out);
	return buf_cstr(out);
}

typedef struct reading_case {
	const char *question;
	const char *says[4]; /* parts of the specification's JSON */
} reading_case;

static void check_cases(const char *file, const char *text, const reading_case *cases, size_t n) {
	frame *cleanup_frame f = read_csv(file, text);
	buf out = BUF_INIT(1 << 16);
	for (size_t i = 0; i < n; i++) {
		notices cleanup_notices told = {.n = 0};
		const char *json = spec_of(cases[i].question, &f, 1, &told, &out);
		for (size_t k = 0; k < 4 && cases[i].says[k]; k++)
			if (!strstr(json, cases[i].says[k]))
				fail_msg("%s\n  does not say %s\n  but %s", cases[i].question, cases[i].says[k], json);
	}
	buf_free(&out);
}
#define CHECK(file, text, cases) check_cases(file, text, cases, sizeof cases / sizeof *cases)

static void test_aggregates_and_groups(void **state) {
	(void)state;
	static const reading_case CASES[] = {
	    {"total salary by department", {"\"x\":\"department\"", "{\"aggregate\":\"sum\",\"column\":\"salary\"}"}},
	    {"What is the average age of employees in each department?",
	     {"\"x\":\"department\"", "\"mean\",\"column\":\"age\""}},
	    {"how many employees per dept", {"\"x\":\"department\"", "\"aggregate\":\"count\""}},
	    {"maximum and minimum salary by department",
	     {"\"max\",\"column\":\"salary\"", "\"min\",\"column\":\"salary\""}},
	    {"number of employees by remote and department", {"\"x\":\"remote\"", "\"color\":\"department\""}},
	    {"how old is the youngest employee of each department",
	     {"\"min\",\"column\":\"age\"", "\"x\":\"department\""}},
	    {"highest wage by department", {"\"max\",\"column\":\"salary\""}},
	    {"averge salary by departmnt", {"\"mean\",\"column\":\"salary\"", "\"x\":\"department\""}},
	    {"taotal salary by department", {"\"sum\",\"column\":\"salary\""}},
	    {"do remote employees earn more", {"\"x\":\"remote\""}},
	    {"is the salary of remote employees higher by remote", {"\"mean\",\"column\":\"salary\""}},
	    {"which department has the most employees", {"\"x\":\"department\"", "\"count\""}},
	    {"average age of those in each department", {"\"mean\",\"column\":\"age\"", "\"x\":\"department\""}},
	    {"number of employees in each department that has at least 2 employees",
	     {"\"op\":\">=\"", "\"values\":[\"2\"],\"not\":false,\"aggregate\":\"count\""}},
	};
	CHECK("employees.csv", STAFF, CASES);
}

static void test_charts_that_are_named(void **state) {
	(void)state;
	static const reading_case CASES[] = {
	    {"pie chart of the number of employees by department", {"\"chart\":\"pie\""}},
	    {"a scatter plot of salary vs age", {"\"chart\":\"scatter\"", "\"x\":\"age\"", "\"column\":\"salary\""}},
	    {"stacked bar chart of employees by department and remote", {"\"chart\":\"bar\"", "\"arrange\":\"stack\""}},
	    {"histogram of age", {"\"chart\":\"histogram\"", "\"x\":\"age\""}},
	    {"box plot of salary by department", {"\"chart\":\"box\"", "\"x\":\"department\""}},
	    {"what share of employees is in each department?", {"\"chart\":\"pie\""}},
	    {"relationship between age and salary", {"\"chart\":\"scatter\"", "\"x\":\"age\""}},
	    {"how does salary differ between departments", {"\"chart\":\"box\""}},
	    {"what is the average salary", {"\"chart\":\"number\""}},
	    {"what is all this", {"\"chart\":\"table\""}},
	};
	CHECK("employees.csv", STAFF, CASES);
}

static void test_order_and_limits(void **state) {
	(void)state;
	static const reading_case CASES[] = {
	    {"salary of each employee, sorted by the y-axis in desc", {"\"order\":\"y\",\"descending\":true"}},
	    {"number of employees by department, rank x axis from low to high",
	     {"\"order\":\"x\",\"descending\":false"}},
	    {"average salary by department in ascending order of the average salary",
	     {"\"order\":\"y\",\"descending\":false"}},
	    {"top 2 departments by total salary",
	     {"\"limit\":2", "\"order\":\"y\",\"descending\":true", "\"x\":\"department\""}},
	    {"the three oldest employees by age", {"\"limit\":3"}},
	    {"salary by name in reverse alphabetical order", {"\"order\":\"x\",\"descending\":true"}},
	};
	CHECK("employees.csv", STAFF, CASES);
}

static void test_conditions(void **state) {
	(void)state;
	static const reading_case CASES[] = {
	    {"number of employees by department whose salary is above 60000",
	     {"{\"op\":\">\",\"column\":\"salary\",\"values\":[\"60000\"]"}},
	    {"salary by name for employees older than 40",
	     {"\"op\":\">\",\"column\":\"age\"", "\"column\":\"salary\""}},
	    {"salary by name with age between 30 and 40",
	     {"\"op\":\"between\",\"column\":\"age\",\"values\":[\"30\",\"40\"]"}},
	    {"average salary by remote in Legal", {"\"op\":\"=\",\"column\":\"department\",\"values\":[\"Legal\"]"}},
	    {"average salary by remote not in Legal", {"\"op\":\"!=\",\"column\":\"department\""}},
	    {"salary by name for employees hired before 2016-01-01", {"\"op\":\"<\",\"column\":\"hired\""}},
	    {"salary by name hired in 2018", {"\"op\":\"in_year\",\"column\":\"hired\",\"values\":[\"2018\"]"}},
	    {"salary by name whose name starts with A", {"\"op\":\"starts_with\",\"column\":\"name\""}},
	    {"salary by name where the name does not contain the letter e", {"\"op\":\"contains\"", "\"not\":true"}},
	    {"compare the average age of Sales and Legal",
	     {"\"values\":[\"Sales\",\"Legal\"]", "\"x\":\"department\""}},
	};
	CHECK("employees.csv", STAFF, CASES);
}

static void test_parts_of_time(void **state) {
	(void)state;
	static const reading_case CASES[] = {
	    {"total amount by month", {"\"x\":\"date\"", "\"bin\":\"month\"", "\"chart\":\"line\""}},
	    {"average amount by weekday", {"\"bin\":\"weekday\"", "\"chart\":\"bar\""}},
	    {"yearly amount", {"\"bin\":\"year\""}},
	    {"sales trend by region",
	     {"\"chart\":\"line\"", "\"x\":\"date\"", "\"color\":\"region\"", "\"column\":\"amount\""}},
	    {"cumulative amount by date", {"\"derive\":\"cumulative\""}},
	};
	CHECK("sales.csv", SALES, CASES);
}

static const char TRAINS[] =
    "train_number,name,origin,room_count,platform_number,length_cm\n"
    "101,Alpha,York,4,1,20\n102,Beta,York,5,2,30\n101,Gamma,Hull,2,1,25\n103,Beta,Hull,7,3,20\n";

static void test_names_of_columns_tell_what_they_are(void **state) {
	(void)state;
	static const reading_case CASES[] = {
	    {"number of trains from each origin", {"\"x\":\"origin\"", "\"aggregate\":\"count\",\"column\":null}"}},
	    {"number of rooms by origin", {"\"sum\",\"column\":\"room_count\""}},
	    {"average length by origin", {"\"mean\",\"column\":\"length_cm\""}},
	    {"how does the length differ by origin", {"\"chart\":\"box\""}},
	};
	CHECK("trains.csv", TRAINS, CASES);
}

static const char SHARES[] = "month,aapl,msft,note\n2024-01-01,1,2.5,a\n2024-02-01,1.1,2.4,b\n2024-03-01,1.3,2.6,a\n";

static void test_two_numbers_of_a_series_of_moments_are_two_lines(void **state) {
	(void)state;
	static const reading_case CASES[] = {
	    {"aapl vs msft", {"\"chart\":\"line\"", "\"x\":\"month\"", "\"aapl\"", "\"msft\""}},
	    {"average price by month", {"\"mean\",\"column\":\"aapl\"", "\"mean\",\"column\":\"msft\""}},
	    {"growth of aapl", {"\"derive\":\"growth\"", "\"x\":\"month\""}},
	    {"aapl between 2023 and 2024", {"\"op\":\"between\",\"column\":\"month\"", "\"x\":\"month\""}},
	};
	CHECK("shares.csv", SHARES, CASES);
}

static void test_columns_named_by_years_are_one_measure_over_time(void **state) {
	(void)state;
	static const reading_case CASES[] = {
	    {"how did each country develop over the years?",
	     {"\"along\":true", "\"color\":\"country\"", "\"chart\":\"line\""}},
	    {"compare countries", {"\"along\":true"}},
	    {"2021 by country", {"\"x\":\"country\"", "\"column\":\"2021\""}},
	};
	CHECK("wide.csv", "country,2019,2020,2021\nA,1,2,3\nB,2,3,5\n", CASES);
}

static const char CALLS[] =
    "at,minutes\n2024-01-01 10:00,1\n2024-01-01 11:30,2\n2024-01-02 10:10,3\n2024-02-03 12:00,4\n";

static void test_two_parts_of_one_time_make_a_heatmap(void **state) {
	(void)state;
	static const reading_case CASES[] = {
	    {"number of calls by weekday and hour",
	     {"\"chart\":\"heatmap\"", "\"bin\":\"weekday\"", "\"color_bin\":\"hour\""}},
	    {"heatmap of minutes by hour and weekday", {"\"color_bin\":", "\"column\":\"minutes\""}},
	    {"heatmap of minutes by month and year", {"\"bin\":\"month_name\"", "\"color_bin\":\"year\""}},
	};
	CHECK("calls.csv", CALLS, CASES);
}

static void test_what_is_open_is_settled_by_what_there_is(void **state) {
	(void)state;
	static const reading_case CASES[] = {
	    {"compare products", {"\"x\":\"product\"", "\"column\":\"revenue\""}},
	    {"busiest product", {"\"x\":\"product\"", "\"column\":\"revenue\""}},
	    {"top 1 product by revenue", {"\"x\":\"product\"", "\"limit\":1"}},
	    {"distribution of revenue by product", {"\"column\":\"revenue\""}},
	};
	CHECK("revenue.csv", REVENUE, CASES);
	static const reading_case ROW[] = {
	    {"how many customers do we have?", {"\"chart\":\"number\"", "\"column\":\"count\""}},
	    {"overview", {"\"column\":\"count\"", "\"column\":\"total\""}}};
	CHECK("answer.csv", "count,total\n48213,9.5\n", ROW);
}

static void test_rows_that_differ_are_not_added_up(void **state) {
	(void)state;
	static const reading_case CASES[] = {
	    {"amount by date and region", {"{\"aggregate\":\"none\",\"column\":\"amount\"}"}},
	    {"amount by region", {"{\"aggregate\":\"sum\",\"column\":\"amount\"}"}},
	};
	CHECK("sales.csv", SALES, CASES);
}

static void test_measures_of_other_scales_get_panels_of_their_own(void **state) {
	(void)state;
	frame *cleanup_frame f = read_csv("staff.csv", "team,heads,pay\nA,4,50000\nB,9,61000\nC,2,58000\n");
	notices cleanup_notices told = {.n = 0};
	spec cleanup_spec s;
	spec_read(SLICE("heads and pay by team"), &f, 1, &s, &told);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.panels[1].y[0].column, frame_column(f, SLICE("pay")));
}

static const char *code_of(const char *file, const char *text, const char *question, buf *code) {
	frame *cleanup_frame f = read_csv(file, text);
	notices cleanup_notices told = {.n = 0};
	cleanup_buf buf title = BUF_INIT(1 << 12);
	err e = ERR_INIT;
	buf_clear(code);
	assert_true(rules_write(slice_of(question), &f, 1, code, &title, &told, &e));
	return buf_cstr(code);
}

static void test_code_says_things_as_people_do(void **state) {
	(void)state;
	static const struct {
		const char *text, *question, *says;
	} CASES[] = {
	    {"town,height_cm\nA,1\nB,2\n", "height by town", "'Height (cm)'"},
	    {"town,nps\nA,1\nA,2\n", "average nps by town", "'Average NPS'"},
	    {"town,total_pop\nA,1\nA,2\n", "total pop by town", "'Total population'"},
	    {"lap,time\n1:57.26,3\n2:01.10,4\n", "bar chart of time by lap", "labels={'lap': 'Lap', 'time': 'Time'}"},
	    {"answer,age\nlow,20-29\nhigh,30-39\nmedium,20-29\nlow,5-19\n", "number of rows by answer",
	     "order = ['low', 'medium', 'high']"},
	    {"answer,age\nlow,20-29\nhigh,30-39\nmedium,20-29\nlow,5-19\n", "number of rows by age",
	     "order = ['5-19', '20-29', '30-39']"},
	    {"Tag,wert\nFreitag,2\nMontag,1\n", "wert by tag", "order = ['Montag', 'Freitag']"},
	    {"day,cat,sold\nMon,a,1\nTue,b,2\nMon,b,3\nTue,a,4\n", "number of late orders by cat",
	     "'Number of late orders'"},
	    {"ok,sold\nyes,1\nno,2\nno,3\n", "sold by ok", "{True: \"Yes\", False: \"No\"}"},
	    {"when,level\n2024-01-01,1\n2024-02-01,\n2024-03-01,2\n", "level over time", "connectgaps=True"},
	};
	cleanup_buf buf code = BUF_INIT(1 << 16);
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		if (!strstr(code_of("t.csv", CASES[i].text, CASES[i].question, &code), CASES[i].says))
			fail_msg("%s\n  does not say %s\n  but %s", CASES[i].question, CASES[i].says, buf_cstr(&code));
}

static void test_two_files_give_a_panel_each(void **state) {
	(void)state;
	frame *cleanup_frame sales = read_csv("sales.csv", SALES);
	frame *cleanup_frame revenue = read_csv("revenue.csv", REVENUE);
	frame *both[2] = {sales, revenue};
	notices cleanup_notices told = {.n = 0};
	spec cleanup_spec s;
	spec_read(SLICE("Show sales trends by region and revenue by product"), both, 2, &s, &told);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.panels[0].chart, CHART_LINE);
	assert_int_equal(s.panels[0].x, frame_column(sales, SLICE("date")));
	assert_int_equal(s.panels[0].color, frame_column(sales, SLICE("region")));
	assert_int_equal(s.panels[1].frame, 1);
	assert_int_equal(s.panels[1].chart, CHART_BAR);
	assert_int_equal(s.panels[1].x, frame_column(revenue, SLICE("product")));
	assert_int_equal(s.panels[1].y[0].column, frame_column(revenue, SLICE("revenue")));
}

static void test_a_question_of_two_parts_gives_two_panels(void **state) {
	(void)state;
	frame *cleanup_frame f = read_csv("employees.csv", STAFF);
	notices cleanup_notices told = {.n = 0};
	spec cleanup_spec s;
	spec_read(SLICE("average salary by department and number of employees by remote"), &f, 1, &s, &told);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.panels[1].x, frame_column(f, SLICE("remote")));
}

static void test_a_file_that_is_not_named_is_told(void **state) {
	(void)state;
	frame *cleanup_frame sales = read_csv("sales.csv", SALES);
	frame *cleanup_frame staff = read_csv("employees.csv", STAFF);
	frame *both[2] = {sales, staff};
	notices cleanup_notices told = {.n = 0};
	spec cleanup_spec s;
	spec_read(SLICE("average salary by department"), both, 2, &s, &told);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.panels[0].frame, 1);
	assert_non_null(strstr(told.text[0], "sales.csv"));
}

static void test_the_result_of_a_query_is_not_aggregated_again(void **state) {
	(void)state;
	frame *cleanup_frame f = read_csv("result.csv", "Department,COUNT(*)\nSales,4\nIT,9\nLegal,2\n");
	notices cleanup_notices told = {.n = 0};
	buf code = BUF_INIT(1 << 16), title = BUF_INIT(1 << 12);
	err e = ERR_INIT;
	assert_true(rules_write(SLICE("number of employees with salary above 100 in each department"), &f, 1, &code,
				&title, &told, &e));
	assert_null(strstr(buf_cstr(&code), "groupby"));
	assert_null(strstr(buf_cstr(&code), "> 100"));
	assert_non_null(strstr(buf_cstr(&code), "px.bar"));
	buf_free(&code);
	buf_free(&title);
}

static void test_hostile_names_are_quoted(void **state) {
	(void)state;
	frame *cleanup_frame f = read_csv("x.csv", "\"city']; import os #\",value\n\"q\"\"'\\\",1\nb,2\n");
	notices cleanup_notices told = {.n = 0};
	buf code = BUF_INIT(1 << 16), title = BUF_INIT(1 << 12), quoted = BUF_INIT(1 << 10);
	err e = ERR_INIT;
	assert_true(rules_write(SLICE("value by city import os"), &f, 1, &code, &title, &told, &e));
	buf_python(&quoted, SLICE("city']; import os #"));
	const char *text = buf_cstr(&code);
	assert_non_null(strstr(text, buf_cstr(&quoted)));
	assert_null(strstr(text, "'city'];"));
	buf_free(&code);
	buf_free(&title);
	buf_free(&quoted);
}

static void test_what_was_assumed_is_told(void **state) {
	(void)state;
	frame *cleanup_frame f = read_csv("flowers.csv", "sepal_width,petal_width,species\n1,2,a\n2,3,b\n3,4,a\n");
	notices cleanup_notices told = {.n = 0};
	buf out = BUF_INIT(1 << 16);
	spec_of("average width by species", &f, 1, &told, &out);
	assert_int_equal(told.n, 1);
	assert_non_null(strstr(told.text[0], "fits several columns"));
	buf_free(&out);
}

static void test_a_specification_survives_json(void **state) {
	(void)state;
	frame *cleanup_frame f = read_csv("employees.csv", STAFF);
	notices cleanup_notices told = {.n = 0};
	buf one = BUF_INIT(1 << 16), two = BUF_INIT(1 << 16), schema = BUF_INIT(1 << 16);
	err e = ERR_INIT;
	spec_of("top 3 departments by average salary of employees older than 30 hired after 2013-01-01", &f, 1, &told,
		&one);
	spec cleanup_spec s;
	assert_true(spec_parse(buf_slice(&one), &f, 1, &s, &e));
	spec_json(&s, &f, &two);
	assert_string_equal(buf_cstr(&one), buf_cstr(&two));
	spec_schema(&f, 1, &schema);
	assert_true(json_check(buf_slice(&schema), &e));
	buf_free(&one);
	buf_free(&two);
	buf_free(&schema);
}

static void test_rows_are_counted_once(void **state) {
	(void)state;
	frame *cleanup_frame f = read_csv("employees.csv", STAFF);
	err e = ERR_INIT;
	spec cleanup_spec s;
	assert_true(spec_parse(SLICE("{\"chart\":\"bar\",\"x\":\"department\",\"y\":[{\"aggregate\":\"count\"},"
				     "{\"aggregate\":\"count\",\"column\":\"name\"},"
				     "{\"aggregate\":\"max\",\"column\":\"age\"}]}"),
			       &f, 1, &s, &e));
	assert_int_equal(s.panels[0].ny, 2);
	assert_int_equal(s.panels[0].y[1].how, AGG_MAX);
}

static void test_a_wrong_specification_says_what_is_wrong(void **state) {
	(void)state;
	static const struct {
		const char *json, *says;
	} CASES[] = {
	    {"{\"panels\":[{\"chart\":\"bar\",\"x\":\"departmnt\"}]}", "the nearest are \"department\""},
	    {"{\"panels\":[{\"chart\":\"barr\"}]}", "none of bar, line"},
	    {"{\"panels\":[{\"x\":\"name\"}]}", "names no chart"},
	    {"{\"panels\":[]}", "has no panel"},
	    {"{\"panels\":[{\"chart\":\"bar\",\"y\":[{\"column\":\"name\",\"aggregate\":\"mean\"}]}]}", "text"},
	    {"{\"panels\":[{\"chart\":\"bar\",\"filters\":[{\"column\":\"age\",\"op\":\"between\",\"values\":[1]}]}]}",
	     "needs 2"},
	    {"no json", "no JSON"},
	};
	frame *cleanup_frame f = read_csv("employees.csv", STAFF);
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		err e = ERR_INIT;
		spec s;
		assert_false(spec_parse(slice_of(CASES[i].json), &f, 1, &s, &e));
		assert_int_equal(e.code, ERR_MODEL_REPLY);
		if (!strstr(e.message, CASES[i].says)) fail_msg("%s\n  said %s", CASES[i].json, e.message);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_aggregates_and_groups),
	    cmocka_unit_test(test_charts_that_are_named),
	    cmocka_unit_test(test_order_and_limits),
	    cmocka_unit_test(test_conditions),
	    cmocka_unit_test(test_parts_of_time),
	    cmocka_unit_test(test_names_of_columns_tell_what_they_are),
	    cmocka_unit_test(test_two_numbers_of_a_series_of_moments_are_two_lines),
	    cmocka_unit_test(test_columns_named_by_years_are_one_measure_over_time),
	    cmocka_unit_test(test_two_parts_of_one_time_make_a_heatmap),
	    cmocka_unit_test(test_what_is_open_is_settled_by_what_there_is),
	    cmocka_unit_test(test_rows_that_differ_are_not_added_up),
	    cmocka_unit_test(test_measures_of_other_scales_get_panels_of_their_own),
	    cmocka_unit_test(test_code_says_things_as_people_do),
	    cmocka_unit_test(test_two_files_give_a_panel_each),
	    cmocka_unit_test(test_a_question_of_two_parts_gives_two_panels),
	    cmocka_unit_test(test_a_file_that_is_not_named_is_told),
	    cmocka_unit_test(test_the_result_of_a_query_is_not_aggregated_again),
	    cmocka_unit_test(test_hostile_names_are_quoted),
	    cmocka_unit_test(test_what_was_assumed_is_told),
	    cmocka_unit_test(test_a_specification_survives_json),
	    cmocka_unit_test(test_rows_are_counted_once),
	    cmocka_unit_test(test_a_wrong_specification_says_what_is_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
