#include "data/reader.h"

#include "data/quick.h"

void reader_open(reader *r, slice text, const table *t) {
	*r = (reader){.text = slice_sub(text, 0, t->end), .table = t, .at = t->body, .line = t->line};
}

void reader_close(reader *r) {
	record_free(&r->row);
	record_free(&r->other);
}

static void count(slip *s, uint64_t line, size_t width) {
	if (!s->n++) s->line = line, s->width = width;
}

static bool is_comment(const reader *r) {
	const record *w = &r->row;
	return w->n != r->table->width && is_remark(slice_sub(r->text, w->at, w->end - w->at));
}

/* Whether the columns that hold nothing but numbers and times elsewhere do so in the row. */
static bool typed_alike(const reader *r, const record *row) {
	for (size_t i = 0; i < row->n && i < 64; i++) {
		enum quick kind = quick_class(record_cell(row, r->text, i));
		if (r->table->typed >> i & 1 && kind != QUICK_NUMBER && kind != QUICK_TIME) return false;
	}
	return true;
}

/* A row that somebody wrote with another delimiter: taken when it gives just the right number of cells. */
static bool other_delimiter(reader *r) {
	r->other.base = r->row.at;
	if (!record_read_other(&r->table->syntax, r->text, r->row.at, r->table->width, true, &r->other)) return false;
	if (!typed_alike(r, &r->other)) return false;
	record took = r->row;
	r->row = r->other, r->other = took;
	r->row.seen = took.seen, r->row.repairs = took.repairs;
	return true;
}

static void cut_empty(record *row, size_t width) {
	while (row->n > width && row->cells[row->n - 1].len == 0) row->n--;
}

/* Whether the record just read is a row; counts what it is otherwise. */
static bool is_row(reader *r) {
	if (record_blank(&r->row, r->text)) return count(&r->blanks, r->row_line, 0), false;
	if (is_comment(r)) return count(&r->comments, r->row_line, 0), false;
	return true;
}

static void judge_width(reader *r) {
	size_t width = r->table->width;
	cut_empty(&r->row, width);
	if (r->row.n < width) count(&r->shorter, r->row_line, r->row.n);
	if (r->row.n > width) count(&r->longer, r->row_line, r->row.n);
}

static bool open_quote(const reader *r, err *e) {
	unsigned long long line = r->row_line, column = r->row.open_at - r->row.at + 1;
	err_set(e, ERR_CSV_QUOTE, "line %llu opens a quote at column %llu that is never closed", line, column);
	e->line = line, e->column = column;
	err_copy(e->text, slice_utf8_cut(slice_sub(r->text, r->row.at, r->row.end - r->row.at), sizeof e->text - 1));
	return false;
}

bool reader_next(reader *r, err *e) {
	for (enum repair repaired; r->at < r->text.n;) {
		r->row.base = r->at;
		bool ok = record_read_width(&r->table->syntax, r->text, r->at, r->table->width, &r->row, &r->other,
					    &repaired);
		if (!ok) return err_set(e, ERR_MEMORY, "out of memory while reading rows");
		if (r->row.n < r->table->width && !is_comment(r) && other_delimiter(r)) repaired = REPAIR_DELIMITER;
		r->row_line = r->line;
		r->at = r->row.next;
		r->line += r->row.breaks + 1u;
		if (r->row.too_long) {
			err_set(e, ERR_CSV_LIMIT, "line %llu has a cell of more than %d MiB",
				(unsigned long long)r->row_line, CELL_MAX_BYTES >> 20);
			e->line = r->row_line;
			return err_hint(e, "Look whether a quote is open before it, or shorten the cell.");
		}
		if (r->row.open && r->strict) return open_quote(r, e);
		if (!is_row(r)) continue;
		if (repaired == REPAIR_QUOTES) count(&r->quotes, r->row_line, r->row.n);
		if (repaired == REPAIR_DELIMITER) count(&r->delimiters, r->row_line, r->row.n);
		judge_width(r);
		return true;
	}
	return false;
}

static const char *s_of(uint64_t n) {
	return n == 1 ? "" : "s";
}

void reader_tell(const reader *r, const char *name, notices *n) {
	size_t width = r->table->width;
#define AT(slip) (unsigned long long)(slip).n, s_of((slip).n), (unsigned long long)(slip).line
	if (r->shorter.n)
		notice(
		    n,
		    "%s: %llu row%s (first: line %llu, %zu of %zu) had too few cells; the missing ones count as empty.",
		    name, AT(r->shorter), r->shorter.width, width);
	if (r->longer.n)
		notice(n,
		       "%s: %llu row%s (first: line %llu, %zu instead of %zu) had too many cells; a plot leaves the "
		       "surplus out.",
		       name, AT(r->longer), r->longer.width, width);
	if (r->quotes.n)
		notice(n,
		       "%s: %llu row%s (first: line %llu) had a quote too many or too few; read as the other rows "
		       "suggest.",
		       name, AT(r->quotes));
	if (r->delimiters.n)
		notice(n, "%s: %llu row%s (first: line %llu) used another delimiter than the rest.", name,
		       AT(r->delimiters));
	if (r->comments.n) notice(n, "%s: %llu comment line%s (first: line %llu) left out.", name, AT(r->comments));
	if (r->blanks.n > 0) notice(n, "%s: %llu empty line%s (first: line %llu) left out.", name, AT(r->blanks));
#undef AT
}
