/* Records of rows.c: where cells are bare and the syntax is the usual one, many bytes are read at a time; that must
 * give what the careful way gives. An escape that the text has not makes rows.c take that way. */
#include "data/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_same_cells(const record *a, const record *b) {
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_int_equal(a->cells[i].at, b->cells[i].at);
		assert_int_equal(a->cells[i].len, b->cells[i].len);
	}
}

static void assert_same(slice text, char quote) {
	syntax usual = {.delimiter = ",", .ndelimiter = 1, .quote = quote}, careful = usual;
	cleanup_record record a = {0}, b = {0};
	careful.escape = '\x02';
	for (size_t at = 0; at < text.n; at = a.next) {
		a.base = b.base = at;
		assert_true(record_read(&usual, text, at, &a) && record_read(&careful, text, at, &b));
		assert_same_cells(&a, &b);
		assert_true(a.next == b.next && a.end == b.end && a.breaks == b.breaks);
		assert_true(a.open == b.open && a.odd == b.odd && a.stray == b.stray);
	}
}

/* Doubled quotes are left out: they are what an escape replaces. */
static void test_random_text_reads_the_same_both_ways(void **state) {
	(void)state;
	static const char LETTERS[] = "abcdefgh,,\n\r \"";
	uint64_t x = 88172645463325252u;
	for (size_t i = 0; i < 20000; i++) {
		char text[90];
		size_t n = i % (sizeof text - 1) + 1;
		for (size_t k = 0; k < n; k++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			text[k] = LETTERS[x % (sizeof LETTERS - 1 - i % 2)];
			if (k && text[k] == '"' && text[k - 1] == '"') text[k] = 'q';
		}
		assert_same((slice){text, n}, i % 3 ? '"' : '\0');
	}
}

static void test_a_cell_may_end_anywhere_in_a_block(void **state) {
	(void)state;
	for (size_t first = 0; first < 40; first++)
		for (size_t second = 0; second < 40; second++) {
			char text[96];
			memset(text, 'x', sizeof text);
			text[first] = ',', text[first + 1 + second] = '\n';
			assert_same((slice){text, sizeof text}, '"');
			assert_same((slice){text, first + second + 2}, '"');
			assert_same((slice){text, first + 1}, '"');
		}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_random_text_reads_the_same_both_ways),
	    cmocka_unit_test(test_a_cell_may_end_anywhere_in_a_block),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
