/* The index and rows.c give the same rows, whatever the machine can do and wherever a block or piece ends. */
#include "data/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SLOW = -1, PLAIN };

/* All rows as text, cells in <>, rows by their line. */
static void rows_of(slice text, size_t width, char quote, int best, buf *out) {
	err e = ERR_INIT;
	table t = {.syntax = {.delimiter = ",", .ndelimiter = 1, .quote = quote},
		   .width = width,
		   .end = text.n,
		   .line = 1,
		   .header_rows = 1};
	cleanup_reader reader r = {0};
	cleanup_batch batch b = {0};
	reader_open(&r, text, &t);
	assert_true(batch_init(&b, &t, best, &e));
	while (batch_read(&b, &r, &e) && b.rows)
		for (size_t i = 0; i < b.rows; i++) {
			buf_printf(out, "%llu:", (unsigned long long)b.lines[i]);
			for (size_t k = 0; k < width; k++) {
				uint32_t flags;
				slice cell = batch_cell(&b, i, k, &flags);
				buf_addc(out, '<');
				cell_decode(&t.syntax, cell, flags, out);
				buf_addc(out, '>');
			}
			buf_addc(out, '\n');
		}
	assert_int_equal(e.code, ERR_NONE);
}

static void assert_same(slice text, size_t width, char quote) {
	cleanup_buf buf want = BUF_INIT(64 << 20);
	rows_of(text, width, quote, SLOW, &want);
	for (int best = PLAIN; best <= SCAN_BEST; best++) {
		cleanup_buf buf got = BUF_INIT(64 << 20);
		rows_of(text, width, quote, best, &got);
		if (!slice_eq(buf_slice(&got), buf_slice(&want)))
			fail_msg("scan %d:\n%s\nrows.c:\n%s", best, buf_cstr(&got), buf_cstr(&want));
	}
}

static void test_regular_and_irregular_rows(void **state) {
	(void)state;
	static const char *const TEXTS[] = {"a,b\nc,d\n",
					    "a,b\r\nc,d",
					    "a,b\rc,d\r",
					    "\n\na,b\n\n \nc,d\n",
					    "a\nb,c\nd,e,f\ng,h,\n",
					    "\"a\",\"b,c\"\n\"d\"\"e\",\"f\ng\"\nh,i\n",
					    "a,b\"c\n\"d\"e,f\ng,h\n",
					    "\"open,b\nc,d\ne,f\n",
					    "a,\"\"\n\"\",b\n",
					    "a,b\n# note\nc,d\n",
					    "\"a\" ,b\nc,d\n",
					    "a;b\nc,d\n",
					    ",\n,\n",
					    "a,b\n\"c\r\nd\",e\r\nf,g\r\n",
					    "\"a,b\"\n"};
	for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) assert_same(slice_of(TEXTS[i]), 2, '"');
}

static void test_one_column(void **state) {
	(void)state;
	assert_same(SLICE("a\n\f\n\v\nb\n"), 1, '"');
	assert_same(SLICE("a\n\nb\n \n\"c\nd\"\n#e\n\"\"\nf"), 1, '"');
}

static void test_without_quotes(void **state) {
	(void)state;
	assert_same(SLICE("a,\"b\n\"c\",d\n"), 2, '\0');
}

static void test_every_shift_against_the_block(void **state) {
	(void)state;
	static const char *const TAILS[] = {"\"x\"\"y\",z\r\nq,w\r\n", "x,\"y\"z\na,b\n", "\"x\r\n\",y\r\nu,v",
					    "x,y\r"};
	for (size_t k = 0; k < sizeof TAILS / sizeof *TAILS; k++)
		for (size_t shift = 0; shift < 200; shift++) {
			cleanup_buf buf text = BUF_INIT(4096);
			for (size_t i = 0; i < shift; i++) buf_addc(&text, 'p');
			buf_adds(&text, ",q\n");
			buf_adds(&text, TAILS[k]);
			assert_same(buf_slice(&text), 2, '"');
		}
}

static void test_rows_over_pieces(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(4 << 20);
	for (int i = 0; i < 30000; i++)
		buf_printf(&text,
			   i % 701 == 0    ? "%d,\"a \"\"b\"\" c\nd\"\r\n"
			   : i % 1999 == 0 ? "%d,x\"y\n"
			   : i % 5000 == 1 ? "%d\n"
					   : "%d,value\n",
			   i);
	assert_same(buf_slice(&text), 2, '"');
}

static void test_random_text(void **state) {
	(void)state;
	static const char LETTERS[] = "ab,,\"\"\n\r #";
	uint64_t x = 88172645463325252u;
	for (int i = 0; i < 3000; i++) {
		char text[300];
		for (size_t k = 0; k < sizeof text; k++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			text[k] = LETTERS[x % (sizeof LETTERS - 1)];
		}
		assert_same((slice){text, sizeof text}, 1 + (size_t)i % 3, '"');
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_regular_and_irregular_rows),
	    cmocka_unit_test(test_one_column),
	    cmocka_unit_test(test_without_quotes),
	    cmocka_unit_test(test_every_shift_against_the_block),
	    cmocka_unit_test(test_rows_over_pieces),
	    cmocka_unit_test(test_random_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
