/* The profile as a table for people: one line a column, aligned by what a
 * terminal shows, not by bytes. */
#include "data/profile_format.h"

enum { FIELDS = 7, FIELD_BYTES = 160 };

typedef struct line {
	char field[FIELDS][FIELD_BYTES];
} line;

static const char *const HEADS[FIELDS] = {"column", "type", "meaning", "missing", "distinct", "range", "values"};

/* Blocks of wide and of no-width characters: Unicode 15, EastAsianWidth.txt (W
 * and F, coarsely) and the combining ranges. */
static const struct {
	uint32_t first, last;
	size_t width;
} WIDTHS[] = {{0x0300, 0x036f, 0},  {0x200b, 0x200f, 0}, {0xfe00, 0xfe0f, 0},   {0x1100, 0x115f, 2},
	      {0x2e80, 0x303e, 2},  {0x3041, 0x33ff, 2}, {0x3400, 0x4dbf, 2},   {0x4e00, 0x9fff, 2},
	      {0xa000, 0xa4cf, 2},  {0xac00, 0xd7a3, 2}, {0xf900, 0xfaff, 2},   {0xfe30, 0xfe6f, 2},
	      {0xff00, 0xff60, 2},  {0xffe0, 0xffe6, 2}, {0x1f300, 0x1f64f, 2}, {0x1f900, 0x1f9ff, 2},
	      {0x20000, 0x3fffd, 2}};

static size_t rune_width(uint32_t rune) {
	for (size_t i = 0; i < sizeof WIDTHS / sizeof *WIDTHS; i++)
		if (rune >= WIDTHS[i].first && rune <= WIDTHS[i].last) return WIDTHS[i].width;
	return 1;
}

size_t display_width(slice s) {
	size_t width = 0;
	for (size_t i = 0; i < s.n;) {
		unsigned char c = (unsigned char)s.p[i];
		size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		uint32_t rune = n == 1 ? c : c & (0xffu >> (n + 1));
		for (size_t k = 1; k < n && i + k < s.n; k++) rune = rune << 6 | ((unsigned char)s.p[i + k] & 0x3fu);
		width += rune_width(rune);
		i += n;
	}
	return width;
}

/* Into a field: control characters would move the cursor, so they become spaces. */
static void set_field(char to[FIELD_BYTES], slice text) {
	slice s = slice_utf8_cut(text, FIELD_BYTES - 1);
	s.n = slice_utf8_prefix(s);
	for (size_t i = 0; i < s.n; i++) to[i] = (unsigned char)s.p[i] < 32 || s.p[i] == 127 ? ' ' : s.p[i];
	to[s.n] = 0;
}

static void add_cut(buf *out, slice text, size_t max) {
	bool cut;
	buf_add(out, format_cut(text, max, &cut));
	if (cut) buf_adds(out, "…");
}

static void range_field(const column *col, buf *out) {
	const column_profile *p = &col->profile;
	if (!p->has_numbers || col->type == COL_BOOL) return;
	format_value(p->min, col, out);
	buf_adds(out, " – ");
	format_value(p->max, col, out);
	if (col->type == COL_TEXT) buf_adds(out, " characters");
	if (p->unit_text[0]) buf_printf(out, " %s", p->unit_text);
	if (col->type != COL_INT && col->type != COL_FLOAT) return;
	buf_adds(out, ", mean ");
	format_number(p->mean, out);
	buf_adds(out, ", median ");
	format_number(p->median, out);
}

static void values_field(const column_profile *p, buf *out) {
	for (size_t i = 0; i < p->ntop && out->n < 90; i++) {
		if (i) buf_adds(out, ", ");
		add_cut(out, p->top[i].text, 24);
		if (p->top[i].count > 1) buf_printf(out, " (%llu)", (unsigned long long)p->top[i].count);
	}
	if (p->distinct > p->ntop && p->ntop) buf_adds(out, ", …");
}

static const char *key_word(const column_profile *p) {
	if (p->constant) return ", constant";
	if (p->unique) return ", unique";
	return "";
}

static void fill(const column *col, line *l) {
	const column_profile *p = &col->profile;
	buf cleanup_buf b = BUF_INIT(4096);
	add_cut(&b, col->name, 40);
	set_field(l->field[0], buf_slice(&b));
	set_field(l->field[1], slice_of(column_type_name(col->type)));
	buf_clear(&b);
	buf_adds(&b, p->meaning == MEAN_NONE ? "" : meaning_name(p->meaning));
	if (p->unit) buf_printf(&b, ", by %s", unit_name(p->unit));
	set_field(l->field[2], buf_slice(&b));
	buf_clear(&b);
	buf_printf(&b, "%llu", (unsigned long long)col->nulls);
	set_field(l->field[3], buf_slice(&b));
	buf_clear(&b);
	buf_printf(&b, "%s%llu%s", p->distinct_exact ? "" : "about ", (unsigned long long)p->distinct, key_word(p));
	set_field(l->field[4], buf_slice(&b));
	buf_clear(&b);
	range_field(col, &b);
	set_field(l->field[5], buf_slice(&b));
	buf_clear(&b);
	values_field(p, &b);
	set_field(l->field[6], buf_slice(&b));
}

static void print_line(const line *l, const size_t width[FIELDS], buf *out) {
	for (size_t i = 0; i < FIELDS; i++) {
		slice s = slice_of(l->field[i]);
		buf_add(out, s);
		if (i + 1 == FIELDS) break;
		for (size_t n = display_width(s); n < width[i] + 2; n++) buf_addc(out, ' ');
	}
	while (out->n && out->p[out->n - 1] == ' ') out->n--;
	buf_addc(out, '\n');
}

void profile_table(const frame *f, buf *out) {
	size_t width[FIELDS] = {0};
	line l;
	for (size_t i = 0; i < FIELDS; i++) width[i] = display_width(slice_of(HEADS[i]));
	for (size_t k = 0; k < f->ncols; k++) {
		fill(&f->cols[k], &l);
		for (size_t i = 0; i < FIELDS; i++) {
			size_t w = display_width(slice_of(l.field[i]));
			if (w > width[i]) width[i] = w;
		}
	}
	buf_printf(out, "%s: %llu rows, %zu columns\n", f->name, (unsigned long long)f->rows, f->ncols);
	for (size_t i = 0; i < FIELDS; i++) set_field(l.field[i], slice_of(HEADS[i]));
	print_line(&l, width, out);
	for (size_t k = 0; k < f->ncols; k++) {
		fill(&f->cols[k], &l);
		print_line(&l, width, out);
	}
	profile_depends_text(f, out);
}
