/* How the code is written. A panel becomes up to five paragraphs: the rows
 * wanted (`data`), the part of time, the groups (`table`), their order, the
 * figure (`fig`). Every text of a file (names, cells) goes through %Q, which
 * quotes it for Python: there is no other way into the code. */
#include "rules/code.h"

#include <stdio.h>

static void add_format(buf *out, const char *format, va_list args) {
	for (const char *c = format; *c; c++) {
		if (*c != '%') {
			buf_addc(out, *c);
			continue;
		}
		switch (*++c) {
		case 's': buf_adds(out, va_arg(args, const char *)); break;
		case 'Q': buf_python(out, slice_of(va_arg(args, const char *))); break;
		case 'S': buf_python(out, va_arg(args, slice)); break;
		case 'u': buf_printf(out, "%u", va_arg(args, unsigned)); break;
		case '%': buf_addc(out, '%'); break;
		default: return;
		}
	}
}

void piece(writer *w, const char *format, ...) {
	va_list args;
	va_start(args, format);
	add_format(w->out, format, args);
	va_end(args);
}

void line(writer *w, const char *format, ...) {
	va_list args;
	va_start(args, format);
	add_format(w->out, format, args);
	va_end(args);
	buf_addc(w->out, '\n');
}

/* Names in `table` must differ from each other: two axes may not share one. */
static bool taken(const writer *w, const char *name, size_t ny) {
	if (strcmp(name, w->x) == 0 || strcmp(name, w->color) == 0) return true;
	for (size_t i = 0; i < ny; i++)
		if (strcmp(name, w->y[i]) == 0) return true;
	return false;
}

static void column_name(const column *c, char to[CODE_NAME]) {
	buf b = BUF_INIT(CODE_NAME);
	buf_add(&b, slice_utf8_cut(c->name, CODE_NAME - 1));
	set_text(to, &b);
	buf_free(&b);
}

/* Several measures of one kind: the legend names the columns, the axis says the kind. */
static bool of_one_kind(const panel *p) {
	for (size_t i = 0; i < p->ny; i++)
		if (p->y[i].how != p->y[0].how || p->y[i].column < 0) return false;
	return p->ny > 1;
}

static void name_measures(writer *w) {
	bool several = w->p->ny > 1 && w->p->chart != CHART_SCATTER;
	for (size_t i = 0; i < w->p->ny; i++) {
		measure m = w->p->y[i];
		if (!w->grouped && m.column >= 0 && !several) {
			column_name(&w->f->cols[m.column], w->y[i]);
			continue;
		}
		buf b = BUF_INIT(4096);
		if (of_one_kind(w->p) && several) m.how = AGG_NONE;
		measure_title(w->p, w->f, m, true, &b);
		set_text(w->y[i], &b);
		while (taken(w, w->y[i], i) && b.n + 2 < CODE_NAME)
			buf_addc(&b, ' '), buf_addc(&b, '='), set_text(w->y[i], &b);
		buf_free(&b);
	}
}

/* Columns under the names that the legend shows. */
static void rename_measures(writer *w) {
	const panel *p = w->p;
	if (w->grouped || p->ny < 2 || p->chart == CHART_SCATTER || p->chart == CHART_NUMBER || p->chart == CHART_TABLE)
		return;
	piece(w, "table = %s.rename(columns={", w->table);
	for (size_t i = 0; i < p->ny; i++)
		piece(w, i ? ", %S: %Q" : "%S: %Q", w->f->cols[p->y[i].column].name, w->y[i]);
	line(w, "})");
	w->table = "table";
}

static bool groups_rows(const panel *p) {
	if (p->x < 0 && p->chart != CHART_NUMBER) return false;
	for (size_t i = 0; i < p->ny; i++)
		if (p->y[i].how != AGG_NONE) return p->chart != CHART_NUMBER;
	return false;
}

static void open_panel(writer *w) {
	const panel *p = w->p;
	buf title = BUF_INIT(4096);
	spec_title(p, w->f, &title);
	set_text(w->title, &title);
	buf_free(&title);
	w->table = w->frame_name;
	w->grouped = groups_rows(p);
	if (p->x >= 0) column_name(&w->f->cols[p->x], w->x);
	if (p->color >= 0 && p->color != p->x) column_name(&w->f->cols[p->color], w->color);
}

static void write_panel(writer *w) {
	open_panel(w);
	write_filters(w);
	if (w->p->along) {
		write_along(w);
		return;
	}
	write_flags(w);
	write_durations(w);
	write_bin(w);
	write_group_filters(w);
	name_measures(w);
	rename_measures(w);
	write_groups(w);
	write_order(w);
	write_clock(w);
	write_chart(w);
}

void spec_write_code(const spec *s, frame *const *frames, buf *code, notices *n) {
	if (s->n > 1) buf_adds(code, "figs = {}\n\n");
	for (size_t i = 0; i < s->n; i++) {
		const panel *p = &s->panels[i];
		writer *w = &(writer){.out = code, .p = p, .f = frames[p->frame], .n = n};
		w->frame_name = p->frame == 0 && s->n == 1 ? "df" : frames[p->frame]->stem;
		if (i) buf_addc(code, '\n');
		write_panel(w);
		if (s->n > 1) line(w, "figs[%Q] = fig", w->title);
	}
}
