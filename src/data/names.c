#include "data/names.h"

#include "base/fd.h"
#include "base/zeroed.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAME_MAX_BYTES = 120, LABEL_MAX_BYTES = 4096, ARENA_MAX = 256 << 20 };

static void add_cell(buf *arena, const syntax *s, slice raw, uint32_t flags, bool verbatim) {
	cleanup_buf buf cell = BUF_INIT(CELL_MAX_BYTES + 1);
	if (verbatim) {
		cell_decode(s, raw, flags, arena);
		return;
	}
	if (flags & CELL_CODED) {
		cell_decode(s, raw, flags, &cell);
		raw = buf_slice(&cell);
	}
	slice text = slice_utf8_cut(slice_trim(raw), LABEL_MAX_BYTES);
	char *to = buf_reserve(arena, text.n);
	for (size_t i = 0; to && i < text.n; i++) to[i] = (unsigned char)text.p[i] < 0x20 ? ' ' : text.p[i];
	if (to) buf_grow(arena, text.n);
	if (!buf_ok(&cell)) arena->failed = true;
}

/* The header's records; those that are not there have no cells. */
static bool header_records(slice text, const table *t, record *rows) {
	cleanup_record record other = {0};
	size_t at = t->at;
	for (uint32_t k = 0; k < t->header_rows && at < t->body;) {
		enum repair repaired;
		rows[k].base = other.base = at;
		if (!record_read_width(&t->syntax, text, at, t->width, &rows[k], &other, &repaired)) return false;
		if (rows[k].n < t->width && record_read_other(&t->syntax, text, at, t->width, true, &other)) {
			record took = rows[k];
			rows[k] = other, other = took;
		}
		header_cut(&rows[k], text, t->width);
		at = rows[k].next;
		if (!record_blank(&rows[k], text) || at >= t->body)
			k++;
		else
			rows[k].n = 0;
	}
	return true;
}

static void join_label(buf *arena, slice text, const table *t, bool verbatim, const record *rows, size_t place) {
	size_t start = arena->n, i = place - t->header_shifted;
	if (t->header_shifted && !place) return;
	for (uint32_t k = 0; k < t->header_rows; k++) {
		if (i >= rows[k].n) continue;
		size_t before = arena->n;
		if (before > start) buf_addc(arena, ' ');
		size_t after = arena->n;
		add_cell(arena, &t->syntax, record_cell(&rows[k], text, i), rows[k].cells[i].len, verbatim);
		if (arena->n == after) arena->n = before;
	}
}

bool labels_read(slice text, const table *t, bool verbatim, slice *labels, buf *arena, err *e) {
	record rows[8] = {0};
	cleanup_free size_t *ends = zeroed(t->width + 1, sizeof *ends);
	bool ok = ends && buf_reserve(arena, 64) && header_records(text, t, rows);
	for (size_t i = 0; ok && i < t->width; i++) {
		join_label(arena, text, t, verbatim, rows, i);
		ends[i + 1] = arena->n;
	}
	for (size_t i = 0; ok && i < t->width; i++) labels[i] = (slice){arena->p + ends[i], ends[i + 1] - ends[i]};
	for (size_t k = 0; k < 8; k++) record_free(&rows[k]);
	return (ok && buf_ok(arena)) || err_set(e, ERR_MEMORY, "out of memory while reading the header");
}

/* Open hashing over names, to keep ten thousand of them unique in linear time. */
typedef struct seen {
	size_t *slot; /* index + 1 */
	size_t mask;
} seen;

static bool see(seen *s, const column *cols, size_t i) {
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t k = 0; k < cols[i].name.n; k++) h = (h ^ (unsigned char)cols[i].name.p[k]) * 0x100000001b3u;
	for (size_t at = h & s->mask;; at = (at + 1) & s->mask) {
		if (!s->slot[at]) return s->slot[at] = i + 1, true;
		if (slice_eq(cols[s->slot[at] - 1].name, cols[i].name)) return false;
	}
}

/* The arena holds the labels, then room for made names; it never moves once it has all. */
static bool name_column(frame *f, seen *s, size_t i, buf *arena) {
	column *c = &f->cols[i];
	c->name = c->label;
	if (c->name.n && see(s, f->cols, i)) return true;
	for (size_t k = c->label.n ? 2 : i + 1;; k++) {
		size_t start = arena->n;
		if (c->label.n) {
			buf_add(arena, c->label);
			buf_printf(arena, "_%zu", k);
		} else {
			buf_printf(arena, "column_%zu", k);
		}
		if (!buf_ok(arena)) return false;
		c->name = (slice){arena->p + start, arena->n - start};
		if (see(s, f->cols, i)) return true;
		arena->n = start;
	}
}

static bool make_all(frame *f, seen *s, buf *arena) {
	for (size_t i = 0; i < f->ncols; i++)
		if (!name_column(f, s, i, arena)) return false;
	return true;
}

/* Names that the header does not have: of columns that repeat one, and of those with none. */
static void tell_names(const frame *f, notices *n) {
	size_t repeated = 0, unnamed = 0;
	slice first = {0}, none = {0};
	for (size_t i = f->ncols; i-- > 0;) {
		const column *c = &f->cols[i];
		if (slice_eq(c->name, c->label)) continue;
		if (c->label.n)
			repeated++, first = slice_utf8_cut(c->name, 60);
		else
			unnamed++, none = c->name;
	}
	if (repeated)
		notice(n, "%s: %zu column%s the name of an earlier one and got a number (%s`%.*s`).", f->name, repeated,
		       repeated > 1 ? "s have" : " has", repeated > 1 ? "first: " : "", SLICE_ARG(first));
	if (unnamed && unnamed < f->ncols)
		notice(n, "%s: %zu column%s no name; code knows %s `%.*s`.", f->name, unnamed,
		       unnamed > 1 ? "s have" : " has", unnamed > 1 ? "them by number, the first as" : "it as",
		       SLICE_ARG(none));
}

bool names_make(frame *f, const slice *labels, notices *n, err *e) {
	size_t total = 0, slots = 16;
	for (size_t i = 0; i < f->ncols; i++) total += 2 * labels[i].n + 48;
	while (slots < f->ncols * 4) slots *= 2;
	cleanup_free size_t *slot = zeroed(slots, sizeof *slot);
	cleanup_buf buf arena = BUF_INIT(ARENA_MAX);
	if (!slot || !buf_reserve(&arena, total)) return err_set(e, ERR_MEMORY, "out of memory while naming columns");
	for (size_t i = 0; i < f->ncols; i++) {
		f->cols[i].label = (slice){arena.p + arena.n, labels[i].n};
		buf_add(&arena, labels[i]);
	}
	seen s = {slot, slots - 1};
	if (!make_all(f, &s, &arena)) return err_set(e, ERR_MEMORY, "out of memory while naming columns");
	tell_names(f, n);
	f->strings = arena.p;
	arena = BUF_INIT(ARENA_MAX);
	return true;
}

static bool word_char(char c) {
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
}

static slice base_name(slice s) {
	for (size_t i = s.n; i-- > 0;)
		if (s.p[i] == '/' || s.p[i] == '\\') return slice_sub(s, i + 1, s.n);
	return s;
}

static slice without_endings(slice s) {
	for (int k = 0; k < 2; k++)
		for (size_t i = s.n; i-- > 1 && s.n - i <= 6;)
			if (s.p[i] == '.') {
				s.n = i;
				break;
			}
	return s;
}

static char *safe_name(slice base) {
	char *name = slice_dup(base.n ? base : SLICE("table.csv"));
	for (char *c = name; c && *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '_';
	return name;
}

/* Letters, digits and single underscores between them; not a digit first. */
static char *word_of(slice s) {
	static const char TABLE[] = "table_";
	char *word = malloc(s.n + sizeof TABLE), *to = word;
	if (!word) return NULL;
	for (size_t i = 0; i < s.n; i++) {
		bool ok = word_char(s.p[i]);
		if (to == word && ok && s.p[i] <= '9') to = mempcpy(to, TABLE, sizeof TABLE - 1);
		if (ok || (to > word && to[-1] != '_')) *to++ = ok ? s.p[i] : '_';
	}
	while (to > word && to[-1] == '_') to--;
	if (to == word) to = mempcpy(to, TABLE, sizeof TABLE - 2);
	*to = '\0';
	return word;
}

bool file_names(const char *name, char **safe, char **stem) {
	slice base = slice_utf8_cut(base_name(slice_of(name)), NAME_MAX_BYTES), core = without_endings(base);
	*safe = safe_name(base), *stem = word_of(core);
	if (*safe && *stem) return true;
	free(*safe), free(*stem);
	*safe = *stem = NULL;
	return false;
}
