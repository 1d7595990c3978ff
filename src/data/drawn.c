#include "data/drawn.h"

#include "data/rows.h"

/* ---+--- or |---|:--:|, which has more than one column. */
static bool is_rule(slice line) {
	if (!line.n || !strchr("-+|", line.p[0]) || !is_marked(line)) return false;
	return slice_find(line, '+') < line.n || slice_find(line, '|') < line.n;
}

bool drawn_suspect(slice text) {
	enum { LINES = 4 };
	size_t at = 0;
	bool rule = false;
	for (size_t k = 0; at < text.n && k < LINES; k++) {
		slice rest = slice_sub(text, at, text.n);
		size_t n = slice_find(rest, '\n');
		rule |= is_rule(slice_trim(slice_sub(rest, 0, n)));
		at += n + 1;
	}
	return rule && memchr(text.p, '|', at < text.n ? at : text.n);
}

static void add_cells(slice line, buf *out) {
	bool framed = line.n > 1 && line.p[0] == '|' && line.p[line.n - 1] == '|';
	if (framed) line = slice_sub(line, 1, line.n - 2);
	for (size_t at = 0; at <= line.n;) {
		slice rest = slice_sub(line, at, line.n);
		size_t n = slice_find(rest, '|');
		if (at) buf_addc(out, '|');
		buf_add(out, slice_trim(slice_sub(rest, 0, n)));
		at += n + 1;
	}
}

void drawn_undo(slice text, buf *out) {
	for (size_t at = 0, end; at < text.n;) {
		size_t next = line_next(text, at, &end);
		slice line = slice_sub(text, at, end - at), inner = slice_trim(line);
		if (slice_find(line, '|') == line.n || is_rule(inner))
			buf_add(out, line);
		else
			add_cells(inner, out);
		buf_add(out, slice_sub(text, end, next - end));
		at = next;
	}
}
