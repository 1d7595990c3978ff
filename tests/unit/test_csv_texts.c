/* Cells of text are looked up many at a time (kernel_text.c): they get the codes that text.c gives them one at a time,
 * on every level of vectors, and no byte behind the text is read. */
#include "data/frame.h"
#include "data/kernels.h"
#include "data/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static const syntax QUOTES = {.delimiter = ",", .ndelimiter = 1, .quote = '"'};
static const syntax ESCAPES = {.delimiter = ",", .ndelimiter = 1, .quote = '"', .escape = '\\'};

static uint64_t next_random(uint64_t *x) {
	*x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
	return *x;
}

enum { POOL = 1200, LONGEST_CELL = 70, TEXT_WIDTH = 3, TEXT_ROWS = 700, BATCHES = 60 };

/* A cell as it is written, and its flags. */
typedef struct written {
	char text[LONGEST_CELL];
	uint32_t n, flags;
} written;

/* Most differ from one before them by a byte, by a zero at the end, by their length or by their flags alone. */
static void fill_pool(written *pool, uint64_t *x) {
	static const char BYTES[] = {'a', 'b', 0, ' ', ',', '\\', '"', '"', '\xc3'};
	static const char *const MISSING[] = {"", "NA", "n/a", "  ", "null"};
	static const uint32_t FLAGS[] = {0, 0, CELL_QUOTED, CELL_QUOTED | CELL_CODED, CELL_CODED};
	for (size_t i = 0; i < POOL; i++) {
		written *w = &pool[i];
		unsigned way = (unsigned)(next_random(x) % 8);
		if (way < 6 && i) *w = pool[next_random(x) % i];
		if (way == 0) w->n = (uint32_t)(next_random(x) % (LONGEST_CELL + 1));
		if (way == 1 && w->n < LONGEST_CELL) w->text[w->n++] = 0;
		if (way == 2) w->text[next_random(x) % LONGEST_CELL] = BYTES[next_random(x) % sizeof BYTES];
		if (way >= 3) w->flags = FLAGS[next_random(x) % 5];
		if (way == 6) w->n = (uint32_t)strlen(strncpy(w->text, MISSING[next_random(x) % 5], LONGEST_CELL));
		if (way < 7) continue;
		w->n = (uint32_t)(next_random(x) % (LONGEST_CELL + 1));
		for (size_t k = 0; k < LONGEST_CELL; k++) w->text[k] = BYTES[next_random(x) % sizeof BYTES];
	}
}

/* Cells of the pool's first so many; the last one ends with the text, behind which nothing can be read. */
static void fill_batch(batch *b, const written *pool, size_t distinct, uint64_t *x) {
	size_t at = b->text.n;
	char *text = (char *)(uintptr_t)b->text.p;
	b->rows = 1 + next_random(x) % TEXT_ROWS;
	for (size_t i = b->rows * b->width; i-- > 0;) {
		const written *w = &pool[next_random(x) % distinct];
		memcpy(text + (at -= w->n), w->text, w->n);
		b->cells[i] = (span){(uint32_t)at, w->n | w->flags};
		at -= next_random(x) % 2;
	}
}

/* Without a kernel: one cell at a time. */
static void read_texts(builder *b, const batch *from, size_t k, kernel *read) {
	assert_true(text_room(b, from->rows));
	for (size_t i = 0; i < from->rows; i++) {
		uint32_t flags;
		if (read && !b->plain && (i = read(b, from, k, i)) == from->rows) break;
		slice raw = batch_cell(from, i, k, &flags);
		text_add(b, raw, flags);
	}
}

static bool is_word_for_missing(slice s) {
	s = slice_trim(s);
	return !s.n || slice_is(s, "NA") || slice_is(s, "n/a") || slice_is(s, "null");
}

/* Once a batch is read its cells are known: what a kernel leaves then is long and missing or
 * maybe not as it is written, or ends with the text. */
static void assert_known(builder *b, const batch *from, size_t k, kernel *read) {
	assert_true(text_room(b, from->rows));
	builder again = *b;
	for (size_t i = 0; (i = read(&again, from, k, i)) < from->rows; i++) {
		uint32_t flags;
		slice raw = batch_cell(from, i, k, &flags);
		bool long_and_odd = raw.n > KEY_BYTES && (flags & CELL_CODED || is_word_for_missing(raw));
		assert_true(long_and_odd || from->text.p + from->text.n - raw.p < KEY_BYTES);
	}
}

/* The last rows are the batch's. */
static void assert_right_texts(const builder *b, const batch *from, size_t k) {
	cleanup_buf buf want = BUF_INIT(4096);
	for (size_t i = 0; i < from->rows; i++) {
		uint32_t flags;
		slice raw = batch_cell(from, i, k, &flags), got = text_of(b, text_codes(b)[b->rows - from->rows + i]);
		buf_clear(&want);
		cell_decode(b->syntax, raw, flags, &want);
		bool missing = is_word_for_missing(buf_slice(&want));
		if (!slice_eq(got, missing ? (slice){0} : buf_slice(&want)))
			fail_msg("`%.*s` is read as `%.*s`", SLICE_ARG(raw), SLICE_ARG(got));
	}
}

static void assert_same_texts(const builder *a, const builder *b) {
	assert_false(a->plain || b->plain);
	assert_int_equal(a->rows, b->rows);
	assert_int_equal(a->nulls, b->nulls);
	assert_int_equal(a->values.n, b->values.n);
	assert_memory_equal(a->bytes.p, b->bytes.p, a->bytes.n);
	assert_memory_equal(text_codes(a), text_codes(b), a->rows * sizeof(uint16_t));
	assert_int_equal(a->bits.n, a->nulls ? (a->rows + 7) / 8 : 0);
	if (!a->nulls) return;
	assert_memory_equal(a->bits.p, b->bits.p, a->bits.n);
	for (uint64_t row = 0; row < a->rows; row++)
		assert_int_equal(a->bits.p[row / 8] >> (row & 7) & 1, text_codes(a)[row] != 0);
}

/* With a pool of few cells nearly all are known, with one of many few. */
static void assert_levels(batch *b, const syntax *s, size_t distinct, uint64_t *x) {
	enum { LEVELS = 4 };
	kernel *const READ[LEVELS] = {NULL, kernel_choose_text(0), kernel_choose_text(1), kernel_choose_text(2)};
	written pool[POOL] = {0};
	builder by[LEVELS];
	fill_pool(pool, x);
	for (size_t l = 0; l < LEVELS; l++) {
		builder_init(&by[l], s, (slice){0}, (guess){.kind = KIND_TEXT});
		builder_expect(&by[l], 1 << 20);
	}
	for (size_t n = 0; n < BATCHES; n++) {
		fill_batch(b, pool, distinct, x);
		for (size_t l = 0; l < LEVELS; l++) {
			read_texts(&by[l], b, n % b->width, READ[l]);
			assert_right_texts(&by[l], b, n % b->width);
			if (READ[l]) assert_known(&by[l], b, n % b->width, READ[l]);
		}
	}
	for (size_t l = 0; l < LEVELS; l++) assert_true(text_finish(&by[l]));
	for (size_t l = 1; l < LEVELS; l++) assert_same_texts(&by[0], &by[l]);
	for (size_t l = 0; l < LEVELS; l++) builder_free(&by[l]);
}

static void test_text_kernels_agree_with_one_cell_at_a_time(void **state) {
	(void)state;
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = page * 64;
	uint64_t x = 88172645463325252u;
	char *p = mmap(NULL, n + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(p != MAP_FAILED && mprotect(p + n, page, PROT_NONE) == 0);
	batch b = {.text = {p, n}, .width = TEXT_WIDTH, .cells = malloc(TEXT_ROWS * TEXT_WIDTH * sizeof(span))};
	for (size_t distinct = 1; distinct <= POOL; distinct = distinct * 2 + 5) {
		assert_levels(&b, &QUOTES, distinct, &x);
		assert_levels(&b, &ESCAPES, distinct, &x);
	}
	free(b.cells);
	assert_int_equal(munmap(p, n + page), 0);
}

/* The odd number's inverse modulo 2^64 (Newton). */
static uint64_t inverse_of(uint64_t odd) {
	uint64_t y = odd;
	for (int i = 0; i < 6; i++) y *= 2 - odd * y;
	return y;
}

/* Made to have one hash all: the first word's product is what the second's takes away. */
static void test_texts_that_meet_make_a_column_plain(void **state) {
	(void)state;
	enum { TEXTS = 600, FIRST = 3 };
	uint64_t inverse = inverse_of(KEY_FACTORS[1]);
	char text[TEXTS * 16];
	span cells[TEXTS];
	for (uint64_t i = 0; i < TEXTS; i++) {
		uint64_t word[2] = {i + FIRST, (0 - (i + FIRST) * KEY_FACTORS[0]) * inverse};
		memcpy(text + i * 16, word, 16);
		cells[i] = (span){(uint32_t)i * 16, 16};
	}
	batch from = {.text = {text, sizeof text}, .cells = cells, .width = 1, .rows = TEXTS};
	for (int best = 0; best < 3; best++) {
		builder b;
		builder_init(&b, &QUOTES, (slice){0}, (guess){.kind = KIND_TEXT});
		builder_expect(&b, 1 << 20);
		read_texts(&b, &from, 0, kernel_choose_text(best));
		assert_true(b.plain);
		for (size_t i = 0; i < TEXTS; i++) assert_memory_equal(text_of(&b, i).p, text + i * 16, 16);
		builder_free(&b);
	}
}

/* As the format's reader decodes them: before a comma an escape counts outside of quotes only. */
static void test_the_same_bytes_in_and_out_of_quotes_may_be_two_texts(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(1 << 20);
	buf_adds(&text, "word,n\n");
	for (unsigned i = 0; i < 3000; i++) buf_printf(&text, i % 2 ? "a\\,b \\\" c,%u\n" : "\"a\\,b \\\" c\",%u\n", i);
	err e = ERR_INIT;
	cleanup_frame frame *f =
	    frame_read(buf_slice(&text), &(read_options){.name = "t.csv", .unsealed = true}, NULL, DEADLINE_NEVER, &e);
	assert_non_null(f);
	assert_int_equal(f->rows, 3000);
	for (unsigned i = 0; i < 3000; i++)
		assert_true(slice_is(cell_text(&f->cols[0], i), i % 2 ? "a,b \" c" : "a\\,b \" c"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_kernels_agree_with_one_cell_at_a_time),
	    cmocka_unit_test(test_texts_that_meet_make_a_column_plain),
	    cmocka_unit_test(test_the_same_bytes_in_and_out_of_quotes_may_be_two_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
