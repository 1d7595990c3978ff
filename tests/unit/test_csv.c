/* frame_read: bytes to typed columns in a sealed memory file. */
#include "data/frame.h"
#include "data/layout.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static frame *read_as(const char *name, slice text) {
	err e = ERR_INIT;
	read_options o = {.name = name};
	frame *f = frame_read(text, &o, NULL, DEADLINE_NEVER, &e);
	if (!f) fail_msg("%s: %s", name, e.message);
	return f;
}

static frame *read_text(const char *text) {
	return read_as("t.csv", slice_of(text));
}

static void assert_cell(const frame *f, size_t k, uint64_t row, const char *want) {
	cleanup_buf buf out = BUF_INIT(4096);
	cell_print(&f->cols[k], row, &out);
	assert_string_equal(buf_cstr(&out), want);
}

static void assert_types(const char *text, const char *want) {
	cleanup_frame frame *f = read_text(text);
	cleanup_buf buf out = BUF_INIT(4096);
	for (size_t i = 0; i < f->ncols; i++) {
		if (i) buf_addc(&out, ' ');
		buf_adds(&out, column_type_name(f->cols[i].type));
	}
	assert_string_equal(buf_cstr(&out), want);
}

static bool told(const frame *f, const char *part) {
	for (size_t i = 0; i < f->notices.n; i++)
		if (strstr(f->notices.text[i], part)) return true;
	return false;
}

static void assert_fails(slice text, enum err_code code, const char *part) {
	err e = ERR_INIT;
	read_options o = {.name = "t.csv"};
	frame *f = frame_read(text, &o, NULL, DEADLINE_NEVER, &e);
	assert_null(f);
	assert_string_equal(err_name(e.code), err_name(code));
	if (!strstr(e.message, part)) fail_msg("`%s` is not in `%s`", part, e.message);
	assert_string_equal(e.file, "t.csv");
}

static void test_every_type_is_found(void **state) {
	(void)state;
	assert_types("t,i,f,b,d,m,s\nred,1,1.5,true,2024-01-02,2024-01-02 03:04:05,1h "
		     "30m\nblue,-2,2,false,2024-02-03,2024-01-02 "
		     "03:04:06,90 min\n",
		     "text integer number boolean date datetime duration");
}

static void test_cells_print_as_people_write_them(void **state) {
	(void)state;
	cleanup_frame frame *f = read_text(
	    "t,i,f,b,d,m\nred,1,0.1,yes,2024-01-02,2024-01-02T03:04:05.25\nblue,,,,,\nred,3,4,no,1969-12-31,1969-12-31 "
	    "23:59:59\n");
	const char *want[] = {"red", "1", "0.1", "true", "2024-01-02", "2024-01-02 03:04:05.250"};
	for (size_t i = 0; i < 6; i++) assert_cell(f, i, 0, want[i]);
	for (size_t i = 1; i < 6; i++) assert_cell(f, i, 1, "");
	assert_cell(f, 5, 2, "1969-12-31 23:59:59");
	assert_cell(f, 4, 2, "1969-12-31");
}

static void test_missing_values_have_a_bitmap_and_others_none(void **state) {
	(void)state;
	cleanup_frame frame *f = read_text("a,b,c\n1,x,1\nNA,,2\n3,n/a,3\n");
	assert_int_equal(f->cols[0].nulls, 1);
	assert_int_equal(f->cols[1].nulls, 2);
	assert_null(f->cols[2].valid);
	assert_true(cell_missing(&f->cols[0], 1));
	assert_false(cell_missing(&f->cols[0], 2));
	assert_int_equal(cell_text(&f->cols[1], 1).n, 0);
}

/* The runner hands a column of floats on without looking at its bitmap (layout.h). */
static void test_missing_floats_are_nan(void **state) {
	(void)state;
	cleanup_frame frame *f = read_text("x,y\n1.5,a\n,b\n3,c\n,d\n5,e\n6,f\n7,g\n8,h\n9,i\n,j\n11,k\n");
	const double *x = f->cols[0].values;
	assert_int_equal(f->cols[0].nulls, 3);
	for (uint64_t row = 0; row < f->rows; row++)
		assert_int_equal(isnan(x[row]) != 0, row == 1 || row == 3 || row == 9);
}

static void test_the_memory_file_is_sealed_and_laid_out(void **state) {
	(void)state;
	cleanup_frame frame *f = read_as("Sales 2024.csv", SLICE("a,b\n1,x\n2,yy\n"));
	const layout_header *h = f->map;
	const layout_column *c = (const layout_column *)(h + 1);
	assert_int_equal(fcntl(f->fd, F_GET_SEALS) & (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW),
			 F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
	assert_int_equal(h->magic, LAYOUT_MAGIC);
	assert_int_equal(h->size, f->size);
	assert_int_equal(h->rows, 2);
	assert_memory_equal((const char *)f->map + h->name_at, "Sales_2024Sales 2024.csv", 24);
	assert_int_equal(c[0].values_at % LAYOUT_ALIGN, 0);
	assert_int_equal(c[0].values_len, 16);
	assert_int_equal(c[1].values_len, 24);
	assert_int_equal(c[1].bytes_len, 3);
	assert_memory_equal((const char *)f->map + c[1].bytes_at, "xyy", 3);
}

static void test_names_are_unique_and_labels_stay(void **state) {
	(void)state;
	cleanup_frame frame *f = read_text("a,a,,a_2\n1,2,3,4\n5,6,7,8\n");
	const char *names[] = {"a", "a_2", "column_3", "a_2_2"}, *labels[] = {"a", "a", "", "a_2"};
	for (size_t i = 0; i < 4; i++) {
		assert_true(slice_is(f->cols[i].name, names[i]));
		assert_true(slice_is(f->cols[i].label, labels[i]));
		assert_int_equal(frame_column(f, slice_of(names[i])), (int)i);
	}
	assert_int_equal(frame_column(f, SLICE("b")), -1);
}

static void test_stems_are_identifiers_and_unique(void **state) {
	(void)state;
	slice text = SLICE("a,b\n1,2\n3,4\n");
	const frame_file files[] = {
	    {SLICE("dir/2024 été.csv"), text}, {SLICE("sales.csv"), text}, {SLICE("Sales/sales.csv.gz"), text}};
	frame *f[3];
	err e = ERR_INIT;
	assert_true(frames_read(files, 3, &(read_options){0}, f, NULL, DEADLINE_NEVER, &e));
	assert_string_equal(f[0]->stem, "table_2024_t");
	assert_string_equal(f[1]->stem, "sales");
	assert_string_equal(f[2]->stem, "sales_2");
	assert_true(told(f[2], "sales_2"));
	for (size_t i = 0; i < 3; i++) frame_free(f[i]);
}

static void test_one_bad_cell_becomes_missing_and_is_told(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(1 << 20);
	buf_adds(&text, "day,amount\n");
	for (int i = 0; i < 100; i++) buf_printf(&text, "2024-01-%02d,%d\n", i % 28 + 1, i);
	buf_adds(&text, "2024-02-01,n/k\n2024-02-02,7\n");
	cleanup_frame frame *f = read_as("t.csv", buf_slice(&text));
	assert_int_equal(f->cols[1].type, COL_INT);
	assert_int_equal(f->cols[1].nulls, 1);
	assert_true(told(f, "1 cell of `amount` is not a number and counts as missing (line 102, `n/k`)"));
}

static void test_many_bad_cells_make_a_column_text(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(1 << 20);
	buf_adds(&text, "n,house\n");
	for (int i = 0; i < 900; i++) buf_printf(&text, "%d,%d\n", i, i);
	for (int i = 0; i < 100; i++) buf_printf(&text, "%d,%da\n", i, i);
	cleanup_frame frame *f = read_as("t.csv", buf_slice(&text));
	assert_int_equal(f->cols[1].type, COL_TEXT);
	assert_cell(f, 1, 0, "0");
	assert_cell(f, 1, 999, "99a");
}

static void test_a_late_fraction_widens_integers(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(1 << 20);
	buf_adds(&text, "a,b\n");
	for (int i = 0; i < 3000; i++) buf_printf(&text, "%d,x\n", i);
	buf_adds(&text, "0.5,y\n");
	cleanup_frame frame *f = read_as("t.csv", buf_slice(&text));
	assert_int_equal(f->cols[0].type, COL_FLOAT);
	assert_cell(f, 0, 2999, "2999");
	assert_cell(f, 0, 3000, "0.5");
}

static void test_a_late_day_decides_the_order_of_all_dates(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(1 << 20);
	buf_adds(&text, "d,v\n");
	for (int i = 0; i < 3000; i++) buf_printf(&text, "%02d/%02d/2024,1\n", i % 12 + 1, i % 7 + 1);
	buf_adds(&text, "25/12/2024,1\n");
	cleanup_frame frame *f = read_as("t.csv", buf_slice(&text));
	assert_int_equal(f->cols[0].type, COL_DATE);
	assert_cell(f, 0, 1, "2024-02-02");
	assert_cell(f, 0, 2, "2024-03-03");
	assert_cell(f, 0, 8, "2024-02-09");
	assert_cell(f, 0, 3000, "2024-12-25");
}

static void test_an_open_order_of_dates_is_told(void **state) {
	(void)state;
	cleanup_frame frame *f = read_text("d,v\n01/02/2024,1\n03/04/2024,2\n05/06/2024,3\n");
	assert_cell(f, 0, 0, "2024-01-02");
	assert_true(told(f, "month first is assumed"));
}

static void test_names_made_of_digits_stay_text(void **state) {
	(void)state;
	assert_types(
	    "zip,card,n\n01234,12345678901234567890,1\n90210,12345678901234567891,2\n10001,12345678901234567892,3\n",
	    "text text integer");
}

static void test_na_is_a_country_among_countries(void **state) {
	(void)state;
	cleanup_frame frame *f = read_text("code,v\nDE,1\nNA,2\nUS,3\nFR,4\n");
	assert_int_equal(f->cols[0].nulls, 0);
	assert_cell(f, 0, 1, "NA");
}

static void test_times_with_zones_are_utc(void **state) {
	(void)state;
	cleanup_frame frame *f =
	    read_text("t,v\n2024-01-02T12:00:00+02:00,1\n2024-01-02T12:00:00Z,2\n2024-01-02 12:00 EST,3\n");
	assert_true(f->cols[0].utc);
	assert_cell(f, 0, 0, "2024-01-02 10:00:00Z");
	assert_cell(f, 0, 1, "2024-01-02 12:00:00Z");
	assert_cell(f, 0, 2, "2024-01-02 17:00:00Z");
}

static void test_a_schema_wins_where_the_values_allow_it(void **state) {
	(void)state;
	err e = ERR_INIT;
	read_options o = {
	    .name = "Sales.csv",
	    .schema = "{\"tables\": {\"sales\": {\"columns\": {\"ID\": \"VARCHAR(20)\", \"amount\": \"DECIMAL(10,2)\", "
		      "\"flag\": "
		      "\"BOOLEAN\", \"day\": \"TIMESTAMP WITH TIME ZONE\", \"word\": \"INT\", \"gone\": \"TEXT\"}}}}"};
	slice text = SLICE("id,amount,flag,day,word\n1,5,1,2024-01-02,x\n2,6,0,2024-01-03,y\n3,7,1,2024-01-04,z\n");
	cleanup_frame frame *f = frame_read(text, &o, NULL, DEADLINE_NEVER, &e);
	assert_non_null(f);
	enum column_type want[] = {COL_TEXT, COL_FLOAT, COL_BOOL, COL_DATETIME, COL_TEXT};
	for (size_t i = 0; i < 5; i++) assert_int_equal(f->cols[i].type, want[i]);
	assert_true(told(f, "the schema names `gone`"));
	assert_true(told(f, "the schema says `INT` for `word`, but its values are text"));
}

static void test_errors_name_file_place_and_remedy(void **state) {
	(void)state;
	assert_fails(SLICE(""), ERR_CSV_EMPTY, "empty");
	assert_fails(SLICE("\n \n\n"), ERR_CSV_EMPTY, "empty");
	assert_fails(SLICE("a,b,c\n"), ERR_CSV_EMPTY, "no rows");
	assert_fails(SLICE("%PDF-1.7 x"), ERR_CSV_BINARY, "a PDF document");
	assert_fails(SLICE("PAR1\x15\x04xx"), ERR_CSV_BINARY, "a Parquet file");
	assert_fails(SLICE("<!DOCTYPE html><html></html>"), ERR_CSV_BINARY, "an HTML page");
	assert_fails(SLICE("{\"a\": [1, 2]}"), ERR_CSV_BINARY, "JSON");
	assert_fails(SLICE("\x01\x03\x05\x07\x0e\x0f\x10\x11"), ERR_CSV_BINARY, "not text");
}

static void test_an_open_quote_is_told_with_its_place(void **state) {
	(void)state;
	err e = ERR_INIT;
	read_options o = {.name = "t.csv"};
	slice text = SLICE("a,b,c\n1,2,3\n4,5,6\n7,\"x\n8,9,1\n2,3,4\n");
	assert_null(frame_read(text, &o, NULL, DEADLINE_NEVER, &e));
	assert_int_equal(e.code, ERR_CSV_QUOTE);
	assert_int_equal(e.line, 4);
	assert_int_equal(e.column, 3);
	assert_non_null(strstr(e.message, "t.csv: line 4 opens a quote"));
}

static void test_columns_have_a_bound(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(1 << 20);
	for (int row = 0; row < 2; row++)
		for (int i = 0; i <= LAYOUT_MAX_COLUMNS; i++)
			buf_adds(&text, i == LAYOUT_MAX_COLUMNS ? "1\n" : row ? "1," : "a,");
	assert_fails(buf_slice(&text), ERR_CSV_LIMIT, "10001 columns");
}

static void test_cells_have_a_bound(void **state) {
	(void)state;
	err e = ERR_INIT;
	read_options o = {.name = "t.csv", .cells_max = 3};
	assert_null(frame_read(SLICE("a,b\n1,2\n3,4\n"), &o, NULL, DEADLINE_NEVER, &e));
	assert_int_equal(e.code, ERR_CSV_LIMIT);
}

static void test_a_cancelled_read_ends(void **state) {
	(void)state;
	cancel c;
	err e = ERR_INIT;
	read_options o = {.name = "t.csv"};
	assert_true(cancel_init(&c, &e));
	cancel_set(&c, ERR_CANCELLED);
	assert_null(frame_read(SLICE("a,b\n1,2\n"), &o, &c, DEADLINE_NEVER, &e));
	assert_int_equal(e.code, ERR_CANCELLED);
	cancel_free(&c);
	err late = ERR_INIT;
	assert_null(frame_read(SLICE("a,b\n1,2\n"), &o, NULL, now_ns() - 1, &late));
	assert_int_equal(late.code, ERR_DEADLINE);
}

static void test_a_column_without_values_is_missing_text(void **state) {
	(void)state;
	cleanup_frame frame *f = read_text("a,b\n1,\n2,\n3,\n");
	assert_int_equal(f->cols[1].type, COL_TEXT);
	assert_int_equal(f->cols[1].nulls, 3);
	assert_int_equal(cell_text(&f->cols[1], 2).n, 0);
}

static void test_a_large_file_that_changes_in_its_middle_is_looked_at_whole(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(16 << 20);
	buf_adds(&text, "a,b,c\n");
	for (int i = 0; i < 60000; i++) buf_printf(&text, "%d,first,%d\n", i, i);
	buf_adds(&text, "\nx,y,z,u,v\n");
	for (int i = 0; i < 80000; i++) buf_printf(&text, "%d,second,%d,%d,%d\n", i, i, i, i);
	cleanup_frame frame *f = read_as("t.csv", buf_slice(&text));
	assert_int_equal(f->rows, 80000);
	assert_int_equal(f->ncols, 5);
	assert_true(told(f, "2 tables"));
}

static void test_text_that_was_encoded_twice_is_mended_and_told(void **state) {
	(void)state;
	cleanup_frame frame *f = read_text("name,dates\nJos\xc3\x83\xc2\xa9,May \xc3\xa2\xc2\x80\xc2\x93 June\n"
					   "Zo\xc3\x83\xc2\xab,a \xc3\xa2\xe2\x82\xac\xe2\x80\x9c b\n");
	assert_cell(f, 0, 0, "Jos\xc3\xa9");
	assert_cell(f, 1, 0, "May \xe2\x80\x93 June");
	assert_cell(f, 1, 1, "a \xe2\x80\x93 b");
	assert_true(told(f, "encoded twice"));
}

static void test_text_that_is_right_in_one_place_is_left_alone(void **state) {
	(void)state;
	cleanup_frame frame *f = read_text("name,town\nJos\xc3\x83\xc2\xa9,K\xc3\xb6ln\nMen\xc3\x9c\xe2\x80\x93,x\n");
	assert_cell(f, 0, 0, "Jos\xc3\x83\xc2\xa9");
	cleanup_frame frame *dash = read_text("name,town\nMEN\xc3\x9c\xe2\x80\x93KARTE,x\n");
	assert_cell(dash, 0, 0, "MEN\xc3\x9c\xe2\x80\x93KARTE");
}

static void test_a_span_of_years_is_one_cell(void **state) {
	(void)state;
	cleanup_frame frame *f = read_text("born,count\n1983~1985,1\n1986~1988,0\n1989~1991,4\n");
	assert_int_equal(f->ncols, 2);
	assert_cell(f, 0, 2, "1989~1991");
}

static frame *read_with(slice text, unsigned threads, bool unsealed) {
	err e = ERR_INIT;
	read_options o = {.name = "t.csv", .threads = threads, .unsealed = unsealed};
	frame *f = frame_read(text, &o, NULL, DEADLINE_NEVER, &e);
	if (!f) fail_msg("%s", e.message);
	return f;
}

/* Rows with all that a reader may stumble over, more than a thread is started for. */
static void add_rows(buf *text) {
	buf_adds(text, "n,when,word,empty,yes\n");
	for (int i = 0; i < 120000; i++)
		buf_printf(text, "%d,2024-01-%02d,%s,%s,%s\n", i, i % 28 + 1,
			   i % 7 ? "some words" : "\"a, \"\"b\"\"\nc\"", i % 3 ? "" : "1.5", i % 2 ? "yes" : "no");
}

static void test_more_threads_and_less_sealing_read_the_same(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(32 << 20);
	cleanup_buf buf a = BUF_INIT(4096), b = BUF_INIT(4096);
	add_rows(&text);
	cleanup_frame frame *one = read_with(buf_slice(&text), 1, false), *more = read_with(buf_slice(&text), 3, true);
	assert_int_equal(more->fd, -1);
	assert_int_equal(one->rows, 120000);
	assert_int_equal(more->rows, one->rows);
	for (size_t k = 0; k < one->ncols; k++) {
		assert_int_equal(more->cols[k].type, one->cols[k].type);
		assert_int_equal(more->cols[k].nulls, one->cols[k].nulls);
		for (uint64_t i = 0; i < one->rows; i++) {
			buf_clear(&a), buf_clear(&b);
			cell_print(&one->cols[k], i, &a);
			cell_print(&more->cols[k], i, &b);
			assert_true(slice_eq(buf_slice(&a), buf_slice(&b)));
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_that_was_encoded_twice_is_mended_and_told),
	    cmocka_unit_test(test_text_that_is_right_in_one_place_is_left_alone),
	    cmocka_unit_test(test_a_span_of_years_is_one_cell),
	    cmocka_unit_test(test_missing_floats_are_nan),
	    cmocka_unit_test(test_every_type_is_found),
	    cmocka_unit_test(test_cells_print_as_people_write_them),
	    cmocka_unit_test(test_missing_values_have_a_bitmap_and_others_none),
	    cmocka_unit_test(test_the_memory_file_is_sealed_and_laid_out),
	    cmocka_unit_test(test_names_are_unique_and_labels_stay),
	    cmocka_unit_test(test_stems_are_identifiers_and_unique),
	    cmocka_unit_test(test_one_bad_cell_becomes_missing_and_is_told),
	    cmocka_unit_test(test_many_bad_cells_make_a_column_text),
	    cmocka_unit_test(test_a_late_fraction_widens_integers),
	    cmocka_unit_test(test_a_late_day_decides_the_order_of_all_dates),
	    cmocka_unit_test(test_an_open_order_of_dates_is_told),
	    cmocka_unit_test(test_names_made_of_digits_stay_text),
	    cmocka_unit_test(test_na_is_a_country_among_countries),
	    cmocka_unit_test(test_times_with_zones_are_utc),
	    cmocka_unit_test(test_a_schema_wins_where_the_values_allow_it),
	    cmocka_unit_test(test_errors_name_file_place_and_remedy),
	    cmocka_unit_test(test_an_open_quote_is_told_with_its_place),
	    cmocka_unit_test(test_columns_have_a_bound),
	    cmocka_unit_test(test_cells_have_a_bound),
	    cmocka_unit_test(test_a_cancelled_read_ends),
	    cmocka_unit_test(test_a_column_without_values_is_missing_text),
	    cmocka_unit_test(test_a_large_file_that_changes_in_its_middle_is_looked_at_whole),
	    cmocka_unit_test(test_more_threads_and_less_sealing_read_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
