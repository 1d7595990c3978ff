/* Several threads read what one reads, to the last notice and the first error. */
#include "data/frame.h"

#include "base/fd.h"
#include "data/pipeline.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t random_next(uint64_t *x) {
	return *x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
}

/* ---- the pipeline alone */

enum { BATCHES = 3000 };

typedef struct line {
	pipeline p;
	size_t read, want, slow;             /* batches; the stage that takes its time, of 1 + lanes */
	size_t place[PLACES_MAX];            /* the batch that lies there */
	size_t taken[LANES_MAX];             /* by each lane */
	atomic_size_t inside[1 + LANES_MAX]; /* threads in a stage */
	atomic_bool wrong;
} line;

static void take_time(uint64_t turns) {
	for (volatile uint64_t i = 0; i < turns; i++) {}
}

static void enter(line *l, size_t i, size_t batch) {
	l->wrong |= atomic_fetch_add(&l->inside[i], 1) != 0;
	take_time(i == l->slow ? 2000 : batch * 2654435761u % 300);
}

static bool read_number(void *context, size_t place) {
	line *l = context;
	enter(l, 0, l->read);
	l->wrong |= place != l->read % l->p.places;
	bool more = l->read < l->want;
	if (more) l->place[place] = l->read++;
	atomic_fetch_sub(&l->inside[0], 1);
	return more;
}

static void take_number(void *context, size_t place, size_t lane) {
	line *l = context;
	enter(l, 1 + lane, l->taken[lane]);
	l->wrong |= l->place[place] != l->taken[lane]++;
	atomic_fetch_sub(&l->inside[1 + lane], 1);
}

static void run_line(size_t threads, size_t lanes, size_t places, size_t slow, size_t batches) {
	line l = {.p = {.read = read_number, .take = take_number, .threads = threads, .lanes = lanes, .places = places},
		  .read = 1,
		  .slow = slow,
		  .want = batches};
	l.p.context = &l;
	pipeline_run(&l.p, 1); /* batch 0, in place 0 */
	assert_false(l.wrong);
	for (size_t i = 0; i < lanes; i++) assert_int_equal(l.taken[i], batches);
}

static void test_each_lane_takes_each_batch_once_and_in_order(void **state) {
	(void)state;
	static const struct {
		size_t threads, lanes, places;
	} LINES[] = {{1, 1, 1}, {1, 3, 1}, {2, 1, 2}, {2, 5, 1}, {2, 6, 4}, {3, 2, 8}, {4, LANES_MAX, PLACES_MAX},
		     {9, 3, 5}};
	for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++)
		for (size_t slow = 0; slow < 3; slow++)
			run_line(LINES[i].threads, LINES[i].lanes, LINES[i].places, slow, BATCHES);
}

static void test_lines_of_few_batches_end(void **state) {
	(void)state;
	for (size_t batches = 1; batches < 200; batches++)
		run_line(1 + batches % 4, 1 + batches % 7, 1 + batches % 5, 9, batches);
}

/* ---- the reader */

typedef struct answer {
	frame *f;
	err e;
} answer;

static void answer_free(answer *a) {
	frame_free(a->f);
}
#define cleanup_answer __attribute__((cleanup(answer_free)))

static answer read_with(slice text, unsigned threads, uint64_t cells_max) {
	answer a = {.e = ERR_INIT};
	read_options o = {
	    .name = "t.csv", .threads = threads, .cells_max = cells_max, .unsealed = true, .no_profile = true};
	a.f = frame_read(text, &o, NULL, DEADLINE_NEVER, &a.e);
	return a;
}

static bool same_cell(const column *a, const column *b, uint64_t row) {
	if (cell_missing(a, row) != cell_missing(b, row)) return false;
	if (a->type == COL_TEXT) return slice_eq(cell_text(a, row), cell_text(b, row));
	return a->type == COL_BOOL ? cell_bool(a, row) == cell_bool(b, row) : cell_int(a, row) == cell_int(b, row);
}

static void assert_same_column(const column *a, const column *b, uint64_t rows) {
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->nulls, b->nulls);
	for (uint64_t row = 0; row < rows; row++)
		if (!same_cell(a, b, row)) fail_msg("row %llu differs", (unsigned long long)row);
}

static void assert_same_columns(const frame *a, const frame *b) {
	assert_int_equal(a->rows, b->rows);
	assert_int_equal(a->ncols, b->ncols);
	for (size_t k = 0; k < a->ncols; k++) assert_same_column(&a->cols[k], &b->cols[k], a->rows);
}

static void assert_same_frame(const frame *a, const frame *b) {
	assert_same_columns(a, b);
	assert_int_equal(a->notices.n, b->notices.n);
	for (size_t i = 0; i < a->notices.n; i++) assert_string_equal(a->notices.text[i], b->notices.text[i]);
}

static void assert_same_error(const err *a, const err *b) {
	assert_string_equal(err_name(a->code), err_name(b->code));
	assert_string_equal(a->message, b->message);
	assert_int_equal(a->line, b->line);
	assert_int_equal(a->column, b->column);
}

/* What one thread gives: ERR_NONE or the error. */
static enum err_code assert_same(slice text, uint64_t cells_max) {
	answer cleanup_answer one = read_with(text, 1, cells_max);
	answer cleanup_answer more = read_with(text, 3, cells_max);
	assert_same_error(&one.e, &more.e);
	if (one.f) assert_same_frame(one.f, more.f);
	return one.e.code;
}

/* A file's cells: each column of a kind, and now and then something else. */
static void add_cell(buf *text, unsigned kind, uint64_t r, int row) {
	unsigned n = (unsigned)(r >> 40), odd = r % 997 == 0;
	switch (odd ? (unsigned)(r >> 20) % 8 : kind) {
	case 0: buf_printf(text, "%d", row); return;
	case 1: buf_printf(text, "%u.%u", n % 1000, n % 77); return;
	case 2: buf_printf(text, "20%02u-%02u-%02u", n % 100, n % 12 + 1, n % 28 + 1); return;
	case 3: buf_printf(text, "word %u", n % 300); return;
	case 4: buf_printf(text, "\"a, \"\"%u\"\"\nb\"", n % 9); return;
	case 5: buf_adds(text, n % 2 ? "yes" : "no"); return;
	case 6: buf_printf(text, "unlike %llu", (unsigned long long)r); return;
	default: return;
	}
}

static void add_rows(buf *text, size_t width, uint64_t seed, size_t bytes) {
	uint64_t x = seed * 0x9e3779b97f4a7c15u | 1;
	unsigned kinds = (unsigned)random_next(&x);
	for (size_t k = 0; k < width; k++) buf_printf(text, k ? ",name%zu" : "name%zu", k);
	buf_addc(text, '\n');
	for (int row = 0; text->n < bytes; row++) {
		size_t n = width + (random_next(&x) % 3001 == 0) - (width > 1 && x % 2003 == 0);
		for (size_t k = 0; k < n; k++) {
			if (k) buf_addc(text, ',');
			add_cell(text, (unsigned)(kinds + k * 5) % 8, random_next(&x), row);
		}
		buf_adds(text, x % 5003 == 0 ? "\n# remark\n\n" : x % 4001 == 0 ? "\r\n" : "\n");
	}
}

enum { LARGE = 5 << 20 }; /* bytes for which threads are started */
static const size_t WIDTHS[] = {1, 2, 3, 7, 16, 17, 60, 900};
enum { NWIDTHS = sizeof WIDTHS / sizeof *WIDTHS };

static void test_random_files(void **state) {
	(void)state;
	for (uint64_t seed = 0; seed < NWIDTHS; seed++) {
		cleanup_buf buf text = BUF_INIT(2 * LARGE);
		add_rows(&text, WIDTHS[seed % NWIDTHS], seed, LARGE);
		assert_int_equal(assert_same(buf_slice(&text), 0), ERR_NONE);
	}
}

/* A column's first odd cell widens it or makes it text, and it is read again. */
static void test_columns_that_change_late(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(4 * LARGE);
	buf_adds(&text, "whole,number,day,word\n");
	for (int i = 0; i < 400000; i++)
		buf_printf(&text, i < 300000 ? "%d,%d,0%d/01/2024,w%d\n" : "%d.5,n%d,1%d/13/2024,w%d\n", i, i,
			   i % 9 + 1, i);
	assert_int_equal(assert_same(buf_slice(&text), 0), ERR_NONE);
}

static void test_the_same_error_in_the_middle(void **state) {
	(void)state;
	for (uint64_t seed = 0; seed < 2; seed++) {
		cleanup_buf buf text = BUF_INIT(64 << 20);
		add_rows(&text, 3, seed, LARGE / 2);
		buf_adds(&text, "1,\"open");
		for (int i = 0; i < 17 << 20; i++) buf_addc(&text, 'x');
		assert_int_not_equal(assert_same(buf_slice(&text), 0), ERR_NONE);
	}
}

static void test_an_early_stop(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(2 * LARGE);
	add_rows(&text, 4, 7, LARGE);
	for (uint64_t cells = 1; cells < 2000000; cells = cells * 3 + 1) assert_same(buf_slice(&text), cells);
	assert_int_equal(assert_same(buf_slice(&text), 300000), ERR_CSV_LIMIT);
}

static void test_a_deadline_in_the_middle(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(8 * LARGE);
	add_rows(&text, 5, 3, 6 * LARGE);
	read_options o = {.name = "t.csv", .threads = 3, .unsealed = true};
	unsigned ended = 0;
	for (int64_t us = 0; us < 12000; us += 400) {
		err e = ERR_INIT;
		cleanup_frame frame *f = frame_read(buf_slice(&text), &o, NULL, now_ns() + us * 1000, &e);
		assert_int_equal(e.code, f ? ERR_NONE : ERR_DEADLINE);
		ended += !f;
	}
	assert_true(ended > 0);
}

static void *cancel_soon(void *context) {
	(void)poll(NULL, 0, 3);
	cancel_set(context, ERR_CANCELLED);
	return NULL;
}

static void test_a_cancel_in_the_middle(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(8 * LARGE);
	add_rows(&text, 5, 4, 6 * LARGE);
	read_options o = {.name = "t.csv", .threads = 3, .unsealed = true};
	for (int i = 0; i < 5; i++) {
		err e = ERR_INIT;
		cancel c;
		pthread_t thread;
		assert_true(cancel_init(&c, &e));
		assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &c), 0);
		cleanup_frame frame *f = frame_read(buf_slice(&text), &o, &c, DEADLINE_NEVER, &e);
		assert_int_equal(e.code, f ? ERR_NONE : ERR_CANCELLED);
		assert_int_equal(pthread_join(thread, NULL), 0);
		cancel_free(&c);
	}
}

/* ---- the encoding, which is taken from the head and looked at again on the way */

/* Rows of ASCII, then one that is not, where `at` says, then what follows. */
static void add_foreign(buf *text, const char *cell, size_t at, const char *end) {
	bool there = false;
	buf_adds(text, "n,word\n");
	for (int i = 0; text->n < LARGE; i++) {
		bool here = !there && text->n >= at;
		buf_printf(text, "%d,%s %d\n", i, here ? cell : "plain", i % 500);
		there |= here;
	}
	buf_adds(text, end);
}

static void assert_reads_as(const char *raw, const char *utf8, const char *encoding, size_t at, const char *end) {
	cleanup_buf buf text = BUF_INIT(2 * LARGE), same = BUF_INIT(2 * LARGE);
	add_foreign(&text, raw, at, end);
	add_foreign(&same, utf8, at, end);
	answer cleanup_answer want = read_with(buf_slice(&same), 1, 0);
	assert_non_null(want.f);
	for (unsigned threads = 1; threads <= 3; threads += 2) {
		answer cleanup_answer got = read_with(buf_slice(&text), threads, 0);
		assert_non_null(got.f);
		assert_string_equal(got.f->dialect.encoding, encoding);
		assert_same_columns(got.f, want.f);
	}
}

enum { FIRST = 1 << 20, MIDDLE = 3 << 20, LAST = LARGE - 30 };

static void test_letters_beyond_ascii_are_found_wherever_they_are(void **state) {
	(void)state;
	static const size_t PLACES[] = {0, FIRST - 100, FIRST, MIDDLE, LAST};
	for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
		assert_reads_as("caf\xe9 na\xefve", "caf\xc3\xa9 na\xc3\xafve", "WINDOWS-1252", PLACES[i], "");
		assert_reads_as("caf\xc3\xa9", "caf\xc3\xa9", "utf-8", PLACES[i], "");
		assert_reads_as("Jos\xc3\x83\xc2\xa9", "Jos\xc3\xa9", "utf-8", PLACES[i], "");
	}
	assert_reads_as("\x93\xfa\x96\x7b\x8c\xea\x82\xcc\x95\xb6",
			"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe6\x96\x87", "SHIFT_JIS", MIDDLE, "");
}

static void test_letters_beyond_ascii_below_the_table_count(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(2 * LARGE);
	add_foreign(&text, "plain", LARGE, "\nSource: the caf\xe9 na\xefve\n");
	answer cleanup_answer a = read_with(buf_slice(&text), 2, 0);
	assert_non_null(a.f);
	assert_string_equal(a.f->dialect.encoding, "WINDOWS-1252");
}

static void test_an_error_in_another_encoding_is_the_same(void **state) {
	(void)state;
	enum { CELL = 17 << 20 };
	cleanup_buf buf latin = BUF_INIT(8 * LARGE), utf8 = BUF_INIT(8 * LARGE);
	add_foreign(&latin, "caf\xe9", MIDDLE, "1,\"caf\xe9");
	add_foreign(&utf8, "caf\xc3\xa9", MIDDLE, "1,\"caf\xc3\xa9");
	for (int i = 0; i < CELL; i++) buf_addc(&latin, 'x'), buf_addc(&utf8, 'x');
	answer cleanup_answer a = read_with(buf_slice(&latin), 2, 0), b = read_with(buf_slice(&utf8), 1, 0);
	assert_int_equal(a.e.code, ERR_CSV_LIMIT);
	assert_same_error(&a.e, &b.e);
}

/* Files of some rows, of which those in `bad` hold nothing. */
enum { FILES = 300, BIG = 17 };
static void make_files(buf *texts, frame_file *files, const size_t *bad, size_t nbad) {
	for (size_t i = 0; i < FILES; i++) {
		texts[i] = (buf)BUF_INIT(2 * LARGE);
		add_rows(&texts[i], 3 + i % 4, i, i == BIG ? LARGE : 2000);
		for (size_t k = 0; k < nbad; k++)
			if (bad[k] == i) buf_clear(&texts[i]);
		files[i] = (frame_file){slice_of(i % 2 ? "odd.csv" : "even.csv"), buf_slice(&texts[i])};
	}
}

static void test_files_read_at_once_are_those_read_alone(void **state) {
	(void)state;
	static buf texts[FILES];
	static frame_file files[FILES];
	static frame *frames[FILES];
	err e = ERR_INIT;
	make_files(texts, files, NULL, 0);
	read_options o = {.threads = 3, .unsealed = true};
	assert_true(frames_read(files, FILES, &o, frames, NULL, DEADLINE_NEVER, &e));
	for (size_t i = 0; i < FILES; i++) {
		o.name = "t.csv", o.threads = 1;
		cleanup_frame frame *alone = frame_read(files[i].text, &o, NULL, DEADLINE_NEVER, &e);
		assert_same_columns(alone, frames[i]);
		frame_free(frames[i]);
		buf_free(&texts[i]);
	}
}

static void test_of_several_errors_the_first_files_is_told(void **state) {
	(void)state;
	static const size_t BAD[] = {BIG, BIG + 1, 200, 201, 299};
	static buf texts[FILES];
	static frame_file files[FILES];
	static frame *frames[FILES];
	make_files(texts, files, BAD, 5);
	files[BIG].name = SLICE("first.csv");
	for (unsigned threads = 1; threads <= 4; threads++) {
		err e = ERR_INIT;
		read_options o = {.threads = threads, .unsealed = true};
		assert_false(frames_read(files, FILES, &o, frames, NULL, DEADLINE_NEVER, &e));
		assert_int_equal(e.code, ERR_CSV_EMPTY);
		assert_string_equal(e.file, "first.csv");
		for (size_t i = 0; i < FILES; i++) assert_null(frames[i]);
	}
	for (size_t i = 0; i < FILES; i++) buf_free(&texts[i]);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_lane_takes_each_batch_once_and_in_order),
	    cmocka_unit_test(test_lines_of_few_batches_end),
	    cmocka_unit_test(test_random_files),
	    cmocka_unit_test(test_columns_that_change_late),
	    cmocka_unit_test(test_the_same_error_in_the_middle),
	    cmocka_unit_test(test_an_early_stop),
	    cmocka_unit_test(test_a_deadline_in_the_middle),
	    cmocka_unit_test(test_a_cancel_in_the_middle),
	    cmocka_unit_test(test_letters_beyond_ascii_are_found_wherever_they_are),
	    cmocka_unit_test(test_letters_beyond_ascii_below_the_table_count),
	    cmocka_unit_test(test_an_error_in_another_encoding_is_the_same),
	    cmocka_unit_test(test_files_read_at_once_are_those_read_alone),
	    cmocka_unit_test(test_of_several_errors_the_first_files_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
