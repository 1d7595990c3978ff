/* Cells in their plainest form are read many at a time (kernel_*.c, text.c): they give what the careful readers give,
 * in the memory file and out of it. */
#include "data/frame.h"
#include "data/infer.h"
#include "data/kernels.h"
#include "data/moment.h"
#include "data/number.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static frame *read_typed(slice text, const char *schema, bool unsealed) {
	err e = ERR_INIT;
	read_options o = {.name = "t.csv", .schema = schema, .unsealed = unsealed};
	frame *f = frame_read(text, &o, NULL, DEADLINE_NEVER, &e);
	if (!f) fail_msg("%s", e.message);
	return f;
}

enum { MONTHS = 14, DAYS = 33 };

/* The i-th of dates that are right or nearly so. */
static void date_text(unsigned i, unsigned year, char *out, size_t size) {
	(void)snprintf(out, size, "%04u-%02u-%02u", year, i / DAYS % MONTHS, i % DAYS);
}

static void test_dates_are_those_of_the_careful_reader(void **state) {
	(void)state;
	static const unsigned YEARS[] = {0,    1,    4,    99,   100,  101,  399,  400,  401,  1582, 1899,
					 1900, 1970, 1999, 2000, 2001, 2023, 2024, 2100, 2400, 9999};
	enum { N = sizeof YEARS / sizeof *YEARS * MONTHS * DAYS };
	cleanup_buf buf text = BUF_INIT(1 << 20);
	char cell[32];
	buf_adds(&text, "d,n\n");
	for (unsigned i = 0; i < N; i++) {
		date_text(i, YEARS[i / (MONTHS * DAYS)], cell, sizeof cell);
		buf_printf(&text, "%s,%u\n", cell, i);
	}
	cleanup_frame frame *f = read_typed(buf_slice(&text), "{\"columns\": {\"d\": \"DATE\"}}", false);
	assert_int_equal(f->cols[0].type, COL_DATE);
	assert_int_equal(f->rows, N);
	for (unsigned i = 0; i < N; i++) {
		moment m;
		date_text(i, YEARS[i / (MONTHS * DAYS)], cell, sizeof cell);
		bool right = moment_iso(cell, 10, &m);
		if (cell_missing(&f->cols[0], i) == right) fail_msg("%s is missing, or no date", cell);
		if (right && cell_int(&f->cols[0], i) != m.us) fail_msg("%s is another day", cell);
	}
}

static void test_clocks_are_those_of_the_careful_reader(void **state) {
	(void)state;
	static const char *const CLOCKS[] = {"00:00:00", "23:59:59", "24:00:00", "23:60:00", "09:08:07",
					     "12:34:60", "1:02:03",  "12:3:4x",  "12-34-56", "12:34:5:"};
	enum { N = sizeof CLOCKS / sizeof *CLOCKS };
	cleanup_buf buf text = BUF_INIT(1 << 20);
	buf_adds(&text, "t,n\n");
	for (unsigned i = 0; i < 4 * N; i++) buf_printf(&text, "2024-02-29 %s,%u\n", CLOCKS[i < N ? i : i % 2], i);
	cleanup_frame frame *f = read_typed(buf_slice(&text), "{\"columns\": {\"t\": \"TIMESTAMP\"}}", false);
	assert_int_equal(f->cols[0].type, COL_DATETIME);
	for (unsigned i = 0; i < N; i++) {
		char cell[32];
		moment m;
		(void)snprintf(cell, sizeof cell, "2024-02-29 %s", CLOCKS[i]);
		bool right = moment_parse(slice_of(cell), ORDER_DMY, false, &m);
		if (cell_missing(&f->cols[0], i) == right) fail_msg("%s is missing, or no time", cell);
		if (right && cell_int(&f->cols[0], i) != m.us) fail_msg("%s is another time", cell);
	}
}

static uint64_t next_random(uint64_t *x) {
	*x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
	return *x;
}

/* A decimal number of up to 12 digits on either side of its point; now and then one that is none. */
static void number_text(uint64_t *x, bool point, char *out) {
	static const char ODD[] = "-/:x.";
	size_t n = 0, whole = next_random(x) % 12, after = point ? next_random(x) % 13 : 0;
	if (next_random(x) % 2) out[n++] = '-';
	out[n++] = (char)((whole ? '1' : '0') + (whole ? next_random(x) % 9 : 0));
	for (size_t i = 0; i < whole; i++) out[n++] = (char)('0' + next_random(x) % 10);
	if (after) out[n++] = '.';
	for (size_t i = 0; i < after; i++) out[n++] = (char)('0' + next_random(x) % 10);
	if (next_random(x) % 8 == 0) out[next_random(x) % n] = ODD[next_random(x) % (point ? 5 : 4)];
	out[n] = '\0';
}

static bool is_number(const char *text, double *v) {
	char *end;
	const char *digits = text + (*text == '-');
	if (strpbrk(digits, "-/:x") || *digits == '.' || (digits[0] == '0' && digits[1] && digits[1] != '.'))
		return false;
	*v = strtod(text, &end);
	return *end == '\0' && end[-1] != '.';
}

/* Odd ones are left out of the comparison: they may be numbers of another kind. */
static void assert_numbers(bool point, const char *schema) {
	enum { N = 50000 };
	cleanup_buf buf text = BUF_INIT(4 << 20);
	uint64_t x = 88172645463325252u, y = x;
	char cell[40];
	buf_adds(&text, "v,n\n");
	for (int i = 0; i < N; i++) {
		number_text(&x, point, cell);
		buf_printf(&text, "%s,%d\n", cell, i);
	}
	cleanup_frame frame *f = read_typed(buf_slice(&text), schema, true);
	assert_int_equal(f->cols[0].type, point ? COL_FLOAT : COL_INT);
	for (uint64_t i = 0; i < N; i++) {
		double v;
		number_text(&y, point, cell);
		if (!is_number(cell, &v)) continue;
		double got = point ? cell_float(&f->cols[0], i) : (double)cell_int(&f->cols[0], i);
		if (cell_missing(&f->cols[0], i) || got != v) fail_msg("%s is %.17g", cell, got);
	}
}

static void test_numbers_are_those_of_the_c_library(void **state) {
	(void)state;
	assert_numbers(true, "{\"columns\": {\"v\": \"DOUBLE\"}}");
	assert_numbers(false, "{\"columns\": {\"v\": \"BIGINT\"}}");
}

static void test_yes_and_no_are_those_of_the_careful_reader(void **state) {
	(void)state;
	static const char *const CELLS[] = {"yes",       "no",   "Yes",    "NO",      "true",       "\"no\"",
					    " yes",      "yes ", ".true.", ".false.", "falsch",     "si",
					    "s\xc3\xad", "",     "NA",     "maybe",   "yes no",     "n\xc3\xa3o",
					    "t",         "f",    "1",      "noo",     "\"no\"\"\"", "y"};
	enum { ROWS = 6000, KINDS = sizeof CELLS / sizeof *CELLS };
	for (unsigned kinds = 2; kinds <= KINDS; kinds += 11) {
		cleanup_buf buf text = BUF_INIT(1 << 20);
		uint64_t x = 88172645463325252u, y = x;
		buf_adds(&text, "n,b\n");
		for (unsigned i = 0; i < ROWS; i++) buf_printf(&text, "%u,%s\n", i, CELLS[next_random(&x) % kinds]);
		cleanup_frame frame *f = read_typed(buf_slice(&text), "{\"columns\": {\"b\": \"BOOLEAN\"}}", true);
		assert_int_equal(f->cols[1].type, COL_BOOL);
		for (unsigned i = 0; i < ROWS; i++) {
			size_t pair;
			slice cell = slice_trim(slice_of(CELLS[next_random(&y) % kinds]));
			if (slice_is(cell, "\"no\"")) cell = SLICE("no");
			int want = slice_is(cell, "1") ? 1 : bool_word(cell, &pair);
			assert_int_equal(cell_missing(&f->cols[1], i), want < 0);
			assert_int_equal(want > 0, cell_bool(&f->cols[1], i));
		}
	}
}

enum { KINDS = 11, LONG = 25 };

/* Up to LONG characters, of which one may be a point, the first a sign or a zero. */
static void any_digits(uint64_t *x, char *out) {
	size_t n = 1 + next_random(x) % LONG, point = next_random(x) % (n + 4);
	for (size_t i = 0; i < n; i++) out[i] = (char)(i == point ? '.' : '0' + next_random(x) % 10);
	if (next_random(x) % 4 == 0) out[0] = next_random(x) % 2 ? '-' : '0';
	out[n] = '\0';
}

/* Next to the middle between two doubles, to all digits that go into LONG characters. */
static void middle_of_two(uint64_t *x, char *out, size_t size) {
	uint64_t odd = next_random(x) >> 10 | 1ull << 53 | 1;
	int after = (int)(next_random(x) % 20);
	(void)snprintf(out, size, "%.*Lf", after, ldexpl((long double)odd, -(int)(next_random(x) % 60)));
}

/* A whole number (kind 0 to 3) or a fraction (4 to 7) of up to LONG characters: with a sign, with zeros in front, next
 * to 2^53; then other digits, middles, and a cell of some hundred; of calm ones up to 15 and one in 64 has a wrong
 * character, else one in four. */
static size_t hard_number(uint64_t *x, unsigned kind, bool calm, char *out, size_t size) {
	static const char WRONG[] = "-+.,eE 0/:;x\"\x80";
	static const char *const EDGES[] = {"0",      "-0",  "00",  "007", "1.",   ".5",  "-.5",  ".",
					    "-",      "--1", "-1.", "1..", "1.1.", "",    "0.07", "-00.5",
					    "0.0000", "1-",  "-.",  "-0.", "0.",   "-0.0"};
	uint64_t v = next_random(x) >> next_random(x) % 64;
	int after = (int)(next_random(x) % 19);
	if (calm) v >>= 20, after %= 7;
	if (kind == 0) return (size_t)snprintf(out, size, "%s", EDGES[v % (sizeof EDGES / sizeof *EDGES)]);
	if (kind == 1 && !calm) v = (1ull << 53) - 8 + v % 16;
	if (kind < 4)
		(void)snprintf(out, size, "%s%llu", v & 1 ? "-" : "", (unsigned long long)v);
	else if (kind < 8)
		(void)snprintf(out, size, "%.*f", after, (double)(int64_t)v / (double)(1ull << next_random(x) % 63));
	else if (kind == 8)
		any_digits(x, out);
	else if (kind == 9)
		middle_of_two(x, out, size);
	else
		return (size_t)snprintf(out, size, "%.*f", 250 + after, (double)v);
	out[LONG] = '\0';
	size_t n = strlen(out);
	if (kind == 2 && !calm && n > 1) out[next_random(x) % n] = '.';
	if (next_random(x) % (calm ? 64 : 4) == 0) out[next_random(x) % n] = WRONG[next_random(x) % (sizeof WRONG - 1)];
	return n;
}

/* What the careful readers give for a cell that a kernel took. */
static bool careful(const char *cell, size_t n, bool floats, void *out) {
	const char *digits = cell + (*cell == '-');
	if (!floats) {
		int64_t v = strtoll(cell, NULL, 10);
		memcpy(out, &v, 8);
		int64_t other;
		return number_int(cell, n, &other) && other == v;
	}
	double v = strtod(cell, NULL), other;
	memcpy(out, &v, 8);
	if ((n > 18 && !strchr(cell, '.')) || (digits[0] == '0' && digits[1] && digits[1] != '.')) return false;
	return number_float(cell, n, &other) && other == v;
}

enum { CELLS = 4096, TURNS = 256, LEVELS = 3 };

/* One column of such cells from `base` on, of all kinds in every other turn; the last ends with the text. */
static void make_cells(uint64_t *x, unsigned turn, size_t base, buf *text, span *cells) {
	char cell[400];
	buf_clear(text);
	buf_add(text, (slice){"1234567890.12345", base});
	for (size_t i = 0; i < CELLS; i++) {
		unsigned kind = turn % 2 ? turn / 2 % KINDS : (unsigned)(next_random(x) % KINDS);
		size_t n = hard_number(x, kind, turn % 2 && turn % 3, cell, sizeof cell), gap = next_random(x) % 3;
		buf_add(text, (slice){".1,", gap});
		cells[i] = (span){(uint32_t)(text->n - base), (uint32_t)n};
		buf_add(text, (slice){cell, n});
	}
}

/* How many cells the kernel takes; what it takes is right. Each call begins a batch, where it tries all its ways,
 * every other one as if the last run had been short. */
static size_t assert_kernel(kernel *read, batch from, bool floats) {
	builder b = {.guess.numbers.decimal = '.'};
	size_t taken = 0;
	assert_non_null(builder_room(&b, &b.values, CELLS * 8));
	for (size_t n; from.rows; from.cells += n + 1, from.rows -= n + 1) {
		b.values.n = 0, b.brief = from.rows % 2;
		n = read(&b, &from, 0, 0);
		for (size_t k = 0; k < n; k++) {
			char cell[400], want[8];
			uint32_t flags;
			slice s = batch_cell(&from, k, 0, &flags);
			memcpy(cell, s.p, s.n);
			cell[s.n] = '\0';
			if (!careful(cell, s.n, floats, want) || memcmp(want, b.values.p + k * 8, 8) != 0)
				fail_msg("`%s` is read wrongly", cell);
		}
		taken += n;
		if (n == from.rows) break;
	}
	vec_free(&b.values);
	return taken;
}

static void test_kernels_agree_with_the_careful_readers(void **state) {
	(void)state;
	uint64_t x = 88172645463325252u;
	size_t ints[LEVELS] = {0}, floats[LEVELS] = {0};
	cleanup_buf buf text = BUF_INIT(CELLS * 320);
	span *cells = malloc(CELLS * sizeof *cells);
	for (unsigned turn = 0; turn < TURNS; turn++) {
		size_t base = turn % 4 < 3 ? 16 : 0;
		make_cells(&x, turn, base, &text, cells);
		char *exact = malloc(text.n);
		memcpy(exact, text.p, text.n);
		batch from = {.text = {exact, text.n}, .base = base, .cells = cells, .width = 1, .rows = CELLS};
		for (int best = 0; best < LEVELS; best++) {
			ints[best] += assert_kernel(kernel_choose(false, best), from, false);
			floats[best] += assert_kernel(kernel_choose(true, best), from, true);
		}
		free(exact);
	}
	free(cells);
	for (int best = 0; best < LEVELS; best++)
		assert_true(ints[best] > TURNS * CELLS / 5 && floats[best] > TURNS * CELLS / 2);
}

static void add_cell_of(const char *cell, size_t n, buf *text, span **cells) {
	*(*cells)++ = (span){(uint32_t)text->n, (uint32_t)n};
	buf_add(text, (slice){cell, n});
}

/* A number of n characters with the point there and a wrong one at each place in turn, up to seven good ones between.
 */
static size_t add_spoilt(uint64_t *x, size_t n, size_t point, buf *text, span *cells) {
	static const char BYTES[] = "-+.,eE 0/:;x\"\x80\xff\x1d\x1e";
	const span *first = cells;
	for (size_t place = 0; place < n; place++) {
		for (const char *byte = BYTES; *byte; byte++) {
			char cell[LONG];
			for (size_t i = 0; i < n; i++) cell[i] = (char)('0' + next_random(x) % 10);
			if (point < n) cell[point] = '.';
			cell[place] = *byte;
			add_cell_of(cell, n, text, &cells);
			for (uint64_t good = next_random(x) % 8; good; good--) add_cell_of("-175", 4, text, &cells);
		}
	}
	return (size_t)(cells - first);
}

static void test_a_wrong_character_is_seen_at_any_place(void **state) {
	(void)state;
	uint64_t x = 88172645463325252u;
	cleanup_buf buf text = BUF_INIT(1 << 20);
	span *cells = malloc((size_t)LONG * 17 * 8 * sizeof *cells);
	for (size_t n = 1; n <= LONG; n++) {
		for (size_t point = 0; point <= n; point++) {
			buf_clear(&text);
			batch from = {.cells = cells, .width = 1, .rows = add_spoilt(&x, n, point, &text, cells)};
			buf_adds(&text, "the last cells may not be read beyond this");
			from.text = buf_slice(&text);
			for (int best = 0; best < LEVELS; best++) {
				(void)assert_kernel(kernel_choose(false, best), from, false);
				(void)assert_kernel(kernel_choose(true, best), from, true);
			}
		}
	}
	free(cells);
}

/* Eight cells in fewer bytes than a vector has; sanitizers see what is read beyond. */
static void test_a_short_text_is_not_read_beyond_its_end(void **state) {
	(void)state;
	span cells[8];
	for (unsigned i = 0; i < 8; i++) cells[i] = (span){2 * i, 1};
	char *exact = malloc(15);
	memcpy(exact, "1,2,3,4,5,6,7,8", 15);
	batch from = {.text = {exact, 15}, .cells = cells, .width = 1, .rows = 8};
	for (int best = 0; best < LEVELS; best++) {
		(void)assert_kernel(kernel_choose(false, best), from, false);
		(void)assert_kernel(kernel_choose(true, best), from, true);
	}
	free(exact);
}

/* The k-th text: short, long, alike at the start, alike but for what quotes hold, missing. */
static void text_of(unsigned k, char *out, size_t size) {
	static const char *const SAME = "the same for more than thirty-two bytes, then ";
	static const char *const MISSING[] = {"", "NA", "  ", "n/a", "                                        "};
	switch (k % 8) {
	case 0: (void)snprintf(out, size, "%u", k * 7919); break;
	case 1: (void)snprintf(out, size, "t%u", k); break;
	case 2: (void)snprintf(out, size, "%s%u", SAME, k); break;
	case 3: (void)snprintf(out, size, "a \"quoted\" %u", k); break;
	case 4: (void)snprintf(out, size, "\"%u\", \"%s\"", k, SAME); break;
	case 5: (void)snprintf(out, size, "%.*s", (int)(k % 43), SAME); break;
	case 6: (void)snprintf(out, size, "caf\xc3\xa9 %u", k); break;
	default: (void)snprintf(out, size, "%s", MISSING[k % 5]); break;
	}
}

static bool is_missing(const char *text) {
	return slice_trim(slice_of(text)).n == 0 || strcmp(text, "NA") == 0 || strcmp(text, "n/a") == 0;
}

static void add_cell(buf *out, const char *text, bool quoted) {
	if (!quoted && !strpbrk(text, "\",")) {
		buf_adds(out, text);
		return;
	}
	buf_addc(out, '"');
	for (; *text; text++) {
		if (*text == '"') buf_addc(out, '"');
		buf_addc(out, *text);
	}
	buf_addc(out, '"');
}

static void assert_texts(const frame *f, unsigned rows, unsigned distinct) {
	char want[128];
	uint64_t nulls = 0;
	assert_int_equal(f->rows, rows);
	for (unsigned i = 0; i < rows; i++) {
		text_of(i * 31 % distinct, want, sizeof want);
		bool missing = is_missing(want);
		nulls += missing;
		assert_int_equal(cell_missing(&f->cols[0], i), missing);
		if (!slice_is(cell_text(&f->cols[0], i), missing ? "" : want))
			fail_msg("row %u of %u texts: `%.*s` is not `%s`", i, distinct,
				 SLICE_ARG(cell_text(&f->cols[0], i)), want);
	}
	assert_int_equal(f->cols[0].nulls, nulls);
}

static void assert_texts_of(unsigned rows, unsigned distinct) {
	cleanup_buf buf text = BUF_INIT(32 << 20);
	char cell[128];
	buf_adds(&text, "word,n\n");
	for (unsigned i = 0; i < rows; i++) {
		text_of(i * 31 % distinct, cell, sizeof cell);
		add_cell(&text, cell, i % 3 == 0);
		buf_printf(&text, ",%u\n", i);
	}
	cleanup_frame frame *sealed = read_typed(buf_slice(&text), NULL, false);
	cleanup_frame frame *kept = read_typed(buf_slice(&text), NULL, true);
	assert_texts(sealed, rows, distinct);
	assert_texts(kept, rows, distinct);
}

static void test_texts_are_the_same_few_and_many(void **state) {
	(void)state;
	assert_texts_of(100, 30);
	assert_texts_of(20000, 40);
	assert_texts_of(60000, 400);
	assert_texts_of(60000, 3000);
	assert_texts_of(90000, 30000);
}

static void test_few_texts_are_kept_once(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(1 << 20);
	buf_adds(&text, "word,n\n");
	for (unsigned i = 0; i < 5000; i++) buf_printf(&text, "%s,%u\n", i % 2 ? "red" : "blue", i);
	cleanup_frame frame *f = read_typed(buf_slice(&text), NULL, true);
	assert_non_null(f->cols[0].codes);
	assert_int_equal(f->cols[0].texts, 3);
}

static void test_a_column_of_text_may_have_none(void **state) {
	(void)state;
	cleanup_buf buf text = BUF_INIT(1 << 20);
	buf_adds(&text, "word,n\n");
	for (unsigned i = 0; i < 20000; i++) buf_printf(&text, ",%u\n", i);
	cleanup_frame frame *f = read_typed(buf_slice(&text), "{\"columns\": {\"word\": \"TEXT\"}}", false);
	assert_int_equal(f->cols[0].type, COL_TEXT);
	assert_int_equal(f->cols[0].nulls, 20000);
	assert_int_equal(cell_text(&f->cols[0], 19999).n, 0);
}

/* The k-th way to write a number, a date or a word, plain or nearly so, from what the seed gives. */
static void plain_text(unsigned k, uint64_t *x, char *out, size_t size) {
	static const char *const WORDS[] = {"New York", "Rome", "a word of more than sixteen letters",
					    "\"x \"\"y\"\"\""};
	static const char *const CODES[] = {"DE", "NA", "FR", "x", "US"};
	unsigned n = (unsigned)(next_random(x) >> 33);
	switch (k) {
	case 0: (void)snprintf(out, size, "%u", n % 1000); break;
	case 1: (void)snprintf(out, size, "-%u", n); break;
	case 2: (void)snprintf(out, size, "%u.%u", n % 100, n % 7); break;
	case 3: (void)snprintf(out, size, "-.%u", n % 100); break;
	case 4: (void)snprintf(out, size, "%u.", n % 100); break;
	case 5: (void)snprintf(out, size, "00%u", n % 100); break;
	case 6: (void)snprintf(out, size, "%u%09u%03u", n % 9 + 1, n, n % 1000); break;
	case 7: (void)snprintf(out, size, "20%02u%02u%02u", n % 100, n % 12 + 1, n % 28 + 1); break;
	case 8: (void)snprintf(out, size, "%04u-%02u-%02u", n % 2100, n % 12 + 1, n % 28 + 1); break;
	case 9: (void)snprintf(out, size, "2024-02-%02u 10:%02u:00", n % 29 + 1, n % 60); break;
	case 10: (void)snprintf(out, size, "%ue%u", n % 9 + 1, n % 9); break;
	case 11: (void)snprintf(out, size, "%u", n % 2); break;
	case 12: (void)snprintf(out, size, "0.%015u%03u", n, n % 1000); break;
	case 13: (void)snprintf(out, size, "%s", WORDS[n % 4]); break;
	case 14: (void)snprintf(out, size, "%s", CODES[n % 5]); break;
	case 15: (void)snprintf(out, size, "%s", n % 3 ? "yes" : "no"); break;
	case 16: (void)snprintf(out, size, "item %u", n); break;
	default: (void)snprintf(out, size, "%s", n % 2 ? "" : n % 3 ? "NA" : "x"); break;
	}
}

static void assert_same_columns(const frame *a, const frame *b, slice text) {
	cleanup_buf buf x = BUF_INIT(4096), y = BUF_INIT(4096);
	assert_int_equal(a->ncols, b->ncols);
	assert_int_equal(a->rows, b->rows);
	for (size_t k = 0; k < a->ncols; k++) {
		if (a->cols[k].type != b->cols[k].type || a->cols[k].nulls != b->cols[k].nulls)
			fail_msg("column %zu is %s, not %s:\n%.*s", k, column_type_name(a->cols[k].type),
				 column_type_name(b->cols[k].type), SLICE_ARG(text));
		for (uint64_t i = 0; i < a->rows; i++) {
			buf_clear(&x), buf_clear(&y);
			cell_print(&a->cols[k], i, &x), cell_print(&b->cols[k], i, &y);
			assert_true(slice_eq(buf_slice(&x), buf_slice(&y)));
		}
	}
}

/* Where there is a schema, if it says nothing, a sample tells the types; without one the first cell may. */
static void test_a_first_look_gives_what_the_sample_gives(void **state) {
	(void)state;
	enum { WAYS = 18, TABLES = 4000 };
	uint64_t x = 88172645463325252u;
	for (unsigned t = 0; t < TABLES; t++) {
		cleanup_buf buf text = BUF_INIT(1 << 20);
		char cell[64];
		unsigned way = t % WAYS, other = t / WAYS % WAYS, rows = 1 + t % 40;
		buf_adds(&text, "the first,the second\n");
		for (unsigned i = 0; i < rows; i++) {
			plain_text(next_random(&x) % 16 ? way : other, &x, cell, sizeof cell);
			buf_printf(&text, "%s,", cell);
			plain_text(way, &x, cell, sizeof cell);
			buf_printf(&text, "%s\n", cell);
		}
		cleanup_frame frame *looked = read_typed(buf_slice(&text), NULL, true);
		cleanup_frame frame *sampled =
		    read_typed(buf_slice(&text), "{\"columns\": {\"none\": \"TEXT\"}}", true);
		assert_same_columns(looked, sampled, buf_slice(&text));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dates_are_those_of_the_careful_reader),
	    cmocka_unit_test(test_clocks_are_those_of_the_careful_reader),
	    cmocka_unit_test(test_numbers_are_those_of_the_c_library),
	    cmocka_unit_test(test_yes_and_no_are_those_of_the_careful_reader),
	    cmocka_unit_test(test_kernels_agree_with_the_careful_readers),
	    cmocka_unit_test(test_a_wrong_character_is_seen_at_any_place),
	    cmocka_unit_test(test_a_short_text_is_not_read_beyond_its_end),
	    cmocka_unit_test(test_texts_are_the_same_few_and_many),
	    cmocka_unit_test(test_a_first_look_gives_what_the_sample_gives),
	    cmocka_unit_test(test_few_texts_are_kept_once),
	    cmocka_unit_test(test_a_column_of_text_may_have_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
