/* What the dialect has read is not read again for the outline, and what the outline has read not for the header and the
 * columns: that must give what another reading would. */
#include "data/batch.h"
#include "data/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t number = 88172645463325252u;

static size_t below(size_t n) {
	number ^= number << 13, number ^= number >> 7, number ^= number << 17;
	return (size_t)(number % n);
}

/* A table of words and numbers, some cells in quotes, now and then a row that is none. */
static void random_table(buf *out) {
	static const char *const CELLS[] = {"a", "42",    "2024-05-01", "New York",  "NA",
					    "",  "\"b\"", "\"c,\nd\"",  "\"e\"\"f\""};
	static const char *const OTHERS[] = {"# note", "", "x;y;z", "\"open,b", "c\"d,e\"", "---+---", "a,b,c,d,e"};
	size_t width = 2 + below(4), kinds = below(2) ? 5 : sizeof CELLS / sizeof *CELLS;
	for (size_t rows = 2 + below(20); rows--;) {
		if (!below(60)) buf_adds(out, OTHERS[below(sizeof OTHERS / sizeof *OTHERS)]);
		for (size_t k = 0; k < width; k++) {
			if (k) buf_addc(out, ',');
			buf_adds(out, CELLS[below(kinds)]);
		}
		buf_adds(out, rows % 7 ? "\n" : "\r\n");
	}
}

static void assert_same_row(const outline *a, const outline *b, size_t i) {
	const outline_row *p = &a->rows[i], *q = &b->rows[i];
	assert_true(p->at == q->at && p->end == q->end && p->next == q->next && p->line == q->line);
	assert_true(p->width == q->width && p->filled == q->filled && p->reach == q->reach);
	assert_true(p->typed == q->typed && p->words == q->words && p->typed_at == q->typed_at);
	assert_true(p->blank == q->blank && p->comment == q->comment && p->sound == q->sound);
	if (!p->sound) return;
	row_view c = outline_view(a, i), d = outline_view(b, i);
	assert_memory_equal(c.cells, d.cells, c.n * sizeof *c.cells);
	assert_memory_equal(c.kinds, d.kinds, c.n);
}

static void assert_same(slice text, size_t *given) {
	sniffed found;
	err e = ERR_INIT;
	cleanup_outline outline first = {0}, again = {0};
	assert_true(dialect_sniff(text, &found, &first, &e));
	*given += first.n > 0;
	assert_true(outline_read(text, found.skip, 1, &found.syntax, &first, &e));
	assert_true(outline_read(text, found.skip, 1, &found.syntax, &again, &e));
	assert_int_equal(first.n, again.n);
	assert_true(first.width == again.width && first.open == again.open);
	for (size_t i = 0; i < first.n; i++) assert_same_row(&first, &again, i);
}

static void test_the_dialects_rows_are_the_outlines(void **state) {
	(void)state;
	size_t given = 0;
	for (int i = 0; i < 4000; i++) {
		cleanup_buf buf text = BUF_INIT(1 << 20);
		random_table(&text);
		assert_same(buf_slice(&text), &given);
	}
	assert_true(given > 1000 && given < 4000);
}

static void assert_sound(slice text, const syntax *s, const outline *o, size_t i) {
	row_view view = outline_view(o, i);
	for (size_t width = 1; width <= view.n; width++) {
		cleanup_record record r = {.base = view.base}, other = {0};
		enum repair repaired;
		assert_true(record_read_width(s, text, o->rows[i].at, width, &r, &other, &repaired));
		assert_int_equal(r.n, view.n);
		assert_int_equal(r.next, o->rows[i].next);
		assert_memory_equal(r.cells, view.cells, r.n * sizeof *r.cells);
	}
}

static void test_a_sound_row_reads_the_same_in_any_table_of_its_width_or_less(void **state) {
	(void)state;
	for (int i = 0; i < 1000; i++) {
		cleanup_buf buf text = BUF_INIT(1 << 20);
		random_table(&text);
		syntax s = {.delimiter = ",", .ndelimiter = 1, .quote = '"'};
		cleanup_outline outline o = {0};
		err e = ERR_INIT;
		assert_true(outline_read(buf_slice(&text), 0, 1, &s, &o, &e));
		for (size_t k = 0; k < o.n; k++)
			if (o.rows[k].sound) assert_sound(buf_slice(&text), &s, &o, k);
	}
}

static void assert_same_rows(const batch *a, const batch *b) {
	assert_int_equal(a->rows, b->rows);
	for (size_t i = 0; i < a->rows; i++) {
		assert_true(a->lines[i] == b->lines[i]);
		for (size_t k = 0; k < a->width; k++) {
			uint32_t p, q;
			slice one = batch_cell(a, i, k, &p), other = batch_cell(b, i, k, &q);
			assert_true(one.p == other.p && one.n == other.n && p == q);
		}
	}
}

/* False where the rows are not taken. */
static bool taken_alike(slice text) {
	table t;
	err e = ERR_INIT;
	cleanup_notices notices n = {0};
	cleanup_outline outline o = {0};
	cleanup_reader reader r = {0}, s = {0};
	cleanup_batch batch taken = {0}, read = {0};
	assert_true(table_find(text, "t.csv", false, &t, &o, &n, NULL, DEADLINE_NEVER, &e));
	reader_open(&r, text, &t);
	reader_open(&s, text, &t);
	if (!batch_take_outline(&taken, &r, &o)) return false;
	assert_true(batch_init(&read, &t, -1, &e) && batch_read(&read, &s, &e));
	assert_same_rows(&taken, &read);
	assert_true(batch_read(&taken, &r, &e) && !taken.rows);
	assert_true(batch_read(&read, &s, &e) && !read.rows);
	return true;
}

static void test_rows_taken_from_the_outline_are_those_of_the_reader(void **state) {
	(void)state;
	size_t taken = 0;
	for (int i = 0; i < 4000; i++) {
		cleanup_buf buf text = BUF_INIT(1 << 20);
		random_table(&text);
		taken += taken_alike(buf_slice(&text));
	}
	assert_true(taken > 1000 && taken < 4000);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_dialects_rows_are_the_outlines),
	    cmocka_unit_test(test_a_sound_row_reads_the_same_in_any_table_of_its_width_or_less),
	    cmocka_unit_test(test_rows_taken_from_the_outline_are_those_of_the_reader),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
