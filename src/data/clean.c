/* `plotd read`: the table as clean CSV, cells' text as it stood. */
#include "data/frame.h"
#include "data/names.h"
#include "data/reader.h"
#include "data/source.h"

#include "base/fd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WHOLE_MAX = 64 << 20, FLUSH_AT = 256 << 10, OUT_MAX = 1 << 30 };

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
	if (!labels_read(text, t, true, labels, &arena, e)) return false;
	put_labels(&o->out, labels, t->width);
	return true;
}

static const char *mark_words(const syntax *s, char *room, size_t size) {
	if (!s->ndelimiter) return "one column";
	if (s->runs) return s->delimiter[0] == ' ' ? "cells set apart by spaces" : "cells set apart by runs of tabs";
	const char *known = s->ndelimiter > 1         ? NULL
			    : s->delimiter[0] == ','  ? "cells set apart by commas"
			    : s->delimiter[0] == ';'  ? "cells set apart by semicolons"
			    : s->delimiter[0] == '\t' ? "cells set apart by tabs"
						      : NULL;
	if (known) return known;
	(void)snprintf(room, size, "cells set apart by `%.*s`", (int)s->ndelimiter, s->delimiter);
	return room;
}

static void tell_form(const source *s, const table *t, const char *name, notices *n) {
	char marks[48], quote[32] = "", escape[32] = "";
	if (t->syntax.quote != '"') (void)snprintf(quote, sizeof quote, ", quotes `%c`", t->syntax.quote);
	if (t->syntax.escape) (void)snprintf(escape, sizeof escape, ", escapes `%c`", t->syntax.escape);
	const char *words = mark_words(&t->syntax, marks, sizeof marks);
	notice(n, "%s: read as %s, %s%s%s.", name, s->encoding, words, quote, escape);
	table_tell(t, name, n);
}

static bool clean_text(slice text, const read_options *o, output *out, notices *n, const cancel *c, deadline d,
		       err *e) {
	cleanup_source source s = {0};
	cleanup_outline outline rows = {0};
	table t;
	if (!source_open(text, true, o->name, &s, n, c, d, e)) return false;
	if (!slice_trim(s.text).n) {
		notice(n, "%s is empty.", o->name);
		return true;
	}
	if (!table_find(s.text, o->name, s.text.n <= WHOLE_MAX, &t, &rows, n, c, d, e)) return false;
	outline_free(&rows);
	tell_form(&s, &t, o->name, n);
	return put_header(s.text, &t, out, e) && put_rows(s.text, &t, o->name, out, n, c, d, e) && flush(out, 0, e);
}

/* A typed cell as JSON: numbers and booleans as they are, the rest as text, what is missing as null. */
static void put_json(buf *out, const column *c, uint64_t row, buf *cell) {
	bool number = c->type == COL_INT || c->type == COL_FLOAT;
	if (cell_missing(c, row) || (c->type == COL_FLOAT && !isfinite(cell_float(c, row)))) {
		buf_adds(out, "null");
		return;
	}
	buf_clear(cell);
	cell_print(c, row, cell);
	if (number || c->type == COL_BOOL)
		buf_add(out, buf_slice(cell));
	else
		buf_json(out, buf_slice(cell), false);
}

static void put_json_row(buf *out, const frame *f, uint64_t row, buf *cell) {
	for (size_t i = 0; i < f->ncols; i++) {
		buf_addc(out, i ? ',' : '{');
		buf_json(out, f->cols[i].name, false);
		buf_addc(out, ':');
		put_json(out, &f->cols[i], row, cell);
	}
	buf_adds(out, "}\n");
}

static void put_typed_row(buf *out, const frame *f, uint64_t row, buf *cell) {
	for (size_t i = 0; i < f->ncols; i++) {
		if (i) buf_addc(out, ',');
		buf_clear(cell);
		cell_print(&f->cols[i], row, cell);
		put_cell(out, buf_slice(cell), f->ncols == 1);
	}
	buf_addc(out, '\n');
}

static void put_names(buf *out, const frame *f) {
	for (size_t i = 0; i < f->ncols; i++) {
		if (i) buf_addc(out, ',');
		put_cell(out, f->cols[i].name, f->ncols == 1);
	}
	buf_addc(out, '\n');
}

/* The typed forms: what code would see. */
static bool clean_typed(slice text, const read_options *o, bool json, output *out, notices *n, const cancel *c,
			deadline d, err *e) {
	read_options plain = *o;
	plain.no_profile = plain.unsealed = true;
	cleanup_frame frame *f = frame_read(text, &plain, c, d, e);
	cleanup_buf buf cell = BUF_INIT(CELL_MAX_BYTES + 1);
	if (!f) return false;
	if (!json) put_names(&out->out, f);
	for (uint64_t row = 0; row < f->rows; row++) {
		if (json)
			put_json_row(&out->out, f, row, &cell);
		else
			put_typed_row(&out->out, f, row, &cell);
		if (!flush(out, FLUSH_AT, e) || (row % 4096 == 0 && !still_wanted(c, d, e))) return false;
	}
	notices_add_all(n, &f->notices);
	return flush(out, 0, e);
}

bool csv_clean(slice text, const read_options *o, enum clean_form form, csv_sink *sink, void *context, notices *n,
	       const cancel *c, deadline d, err *e) {
	output out = {.out = BUF_INIT(OUT_MAX), .sink = sink, .context = context};
	bool ok = form == CLEAN_CSV ? clean_text(text, o, &out, n, c, d, e)
				    : clean_typed(text, o, form == CLEAN_JSON_LINES, &out, n, c, d, e);
	buf_free(&out.out);
	return ok;
}
