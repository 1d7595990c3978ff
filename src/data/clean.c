/* `plotd read`: the table as clean CSV, cells' text as it stood. */
#include "data/frame.h"
#include "data/names.h"
#include "data/reader.h"
#include "data/source.h"

#include "base/fd.h"

#include <stdlib.h>

enum { FLUSH_AT = 256 << 10, OUT_MAX = 1 << 30 };

typedef struct output {
	buf out;
	csv_sink *sink;
	void *context;
} output;

static bool flush(output *o, size_t least, err *e) {
	if (!buf_ok(&o->out)) return err_set(e, ERR_MEMORY, "out of memory while writing");
	if (o->out.n < least || !o->out.n) return true;
	bool ok = o->sink(o->context, buf_slice(&o->out), e);
	buf_clear(&o->out);
	return ok;
}

static bool needs_quotes(slice s) {
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r') return true;
	return false;
}

static void put_cell(buf *out, slice s, bool alone) {
	if (!needs_quotes(s) && !(alone && !s.n)) {
		buf_add(out, s);
		return;
	}
	buf_addc(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"') buf_addc(out, '"');
		buf_addc(out, s.p[i]);
	}
	buf_addc(out, '"');
}

static void put_labels(buf *out, const slice *labels, size_t n) {
	for (size_t i = 0; i < n; i++) {
		if (i) buf_addc(out, ',');
		put_cell(out, labels[i], n == 1);
	}
	buf_addc(out, '\n');
}

static void put_row(buf *out, const reader *r, buf *cell) {
	size_t n = r->row.n > r->table->width ? r->row.n : r->table->width;
	for (size_t i = 0; i < n; i++) {
		if (i) buf_addc(out, ',');
		if (i >= r->row.n) continue;
		buf_clear(cell);
		cell_decode(&r->table->syntax, record_cell(&r->row, r->text, i), r->row.cells[i].len, cell);
		put_cell(out, buf_slice(cell), n == 1);
	}
	buf_addc(out, '\n');
}

static bool put_rows(slice text, const table *t, const char *name, output *o, notices *n, const cancel *c, deadline d,
		     err *e) {
	cleanup_reader reader r = {0};
	cleanup_buf buf cell = BUF_INIT(CELL_MAX_BYTES + 1);
	uint64_t rows = 0;
	reader_open(&r, text, t);
	while (reader_next(&r, e)) {
		put_row(&o->out, &r, &cell);
		if (!flush(o, FLUSH_AT, e) || (++rows % 4096 == 0 && !still_wanted(c, d, e))) return false;
	}
	if (e->code != ERR_NONE) return false;
	if (!rows) notice(n, "%s has no rows.", name);
	reader_tell(&r, name, n);
	return true;
}

static bool put_header(slice text, const table *t, output *o, err *e) {
	cleanup_buf buf arena = BUF_INIT(256 << 20);
	cleanup_free slice *labels = calloc(t->width + 1, sizeof *labels);
	if (!labels) return err_set(e, ERR_MEMORY, "out of memory while reading the header");
	if (!t->header_rows) return true;
	if (!labels_read(text, t, labels, &arena, e)) return false;
	put_labels(&o->out, labels, t->width);
	return true;
}

static bool clean_text(slice text, const read_options *o, output *out, notices *n, const cancel *c, deadline d,
		       err *e) {
	cleanup_source source s = {0};
	table t;
	if (!source_open(text, o->name, &s, n, c, d, e)) return false;
	if (!slice_trim(s.text).n) {
		notice(n, "%s is empty.", o->name);
		return true;
	}
	return table_find(s.text, o->name, &t, n, c, d, e) && put_header(s.text, &t, out, e) &&
	       put_rows(s.text, &t, o->name, out, n, c, d, e) && flush(out, 0, e);
}

bool csv_clean(slice text, const read_options *o, enum clean_form form, csv_sink *sink, void *context, notices *n,
	       const cancel *c, deadline d, err *e) {
	output out = {.out = BUF_INIT(OUT_MAX), .sink = sink, .context = context};
	(void)form;
	bool ok = clean_text(text, o, &out, n, c, d, e);
	buf_free(&out.out);
	return ok;
}
