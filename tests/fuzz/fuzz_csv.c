/* Any bytes to a frame and to clean CSV, every cell printed; and the rows of the
 * index (batch.c) against those of rows.c, which must be the same. */
#include "data/batch.h"
#include "data/frame.h"
#include "data/source.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition)) abort();                                                                             \
	} while (0)

static bool drop(void *context, slice part, err *e) {
	(void)e;
	*(size_t *)context += part.n;
	return true;
}

static void print_all(const frame *f) {
	cleanup_buf buf out = BUF_INIT(64 << 20);
	for (size_t k = 0; k < f->ncols; k++) {
		MUST(f->cols[k].name.n && slice_is_utf8(f->cols[k].name));
		for (uint64_t i = 0; i < f->rows; i++) {
			buf_clear(&out);
			cell_print(&f->cols[k], i, &out);
			MUST(slice_is_utf8(buf_slice(&out)));
		}
	}
}

/* One may doubt that the cell holds nothing doubled where the other knows it. */
static bool same_text(const syntax *s, slice cell, uint32_t p, uint32_t q) {
	cleanup_buf buf one = BUF_INIT(64 << 20), other = BUF_INIT(64 << 20);
	cell_decode(s, cell, p, &one);
	cell_decode(s, cell, q, &other);
	return slice_eq(buf_slice(&one), buf_slice(&other));
}

static void same_rows(slice text, const table *t) {
	cleanup_reader reader fast = {0}, slow = {0};
	cleanup_batch batch a = {0}, b = {0};
	err e = ERR_INIT, f = ERR_INIT;
	reader_open(&fast, text, t);
	reader_open(&slow, text, t);
	MUST(batch_init(&a, t, SCAN_BEST, &e) && batch_init(&b, t, -1, &f));
	do {
		bool one = batch_read(&a, &fast, &e), other = batch_read(&b, &slow, &f);
		MUST(one == other && a.rows == b.rows);
		if (!one) return;
		for (size_t i = 0; i < a.rows; i++) {
			MUST(a.lines[i] == b.lines[i]);
			for (size_t k = 0; k < a.width; k++) {
				uint32_t p, q;
				MUST(slice_eq(batch_cell(&a, i, k, &p), batch_cell(&b, i, k, &q)));
				MUST(same_text(&t->syntax, batch_cell(&a, i, k, &p), p, q));
			}
		}
	} while (a.rows);
}

static void both_ways(slice raw) {
	cleanup_source source s = {0};
	cleanup_notices notices n = {0};
	err e = ERR_INIT;
	cleanup_outline outline rows = {0};
	table t;
	if (!source_open(raw, true, "fuzz.csv", &s, &n, NULL, DEADLINE_NEVER, &e)) return;
	MUST(slice_is_utf8(s.text));
	if (table_find(s.text, "fuzz.csv", false, &t, &rows, &n, NULL, DEADLINE_NEVER, &e)) same_rows(s.text, &t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	slice raw = {(const char *)data, size};
	read_options o = {.name = "fuzz.csv",
			  .schema = "{\"fuzz\": {\"a\": \"INT\", \"b\": \"DATE\", \"c\": \"TEXT\"}}"};
	err e = ERR_INIT;
	frame *f = frame_read(raw, &o, NULL, DEADLINE_NEVER, &e);
	MUST((f == NULL) == (e.code != ERR_NONE));
	if (f) print_all(f);
	frame_free(f);
	size_t written = 0;
	for (enum clean_form form = (enum clean_form)(size % 3), k = 0; !k; k++) {
		cleanup_notices notices n = {0};
		err other = ERR_INIT;
		(void)csv_clean(raw, &o, form, drop, &written, &n, NULL, DEADLINE_NEVER, &other);
	}
	both_ways(raw);
	return 0;
}
