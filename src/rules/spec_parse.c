/* A specification out of JSON that a model wrote: everything is checked, and
 * what is wrong is said so that the model can put it right. */
#include "rules/spec_names.h"

#include "base/json.h"

#include <math.h>
#include <stdlib.h>

typedef struct parser {
	frame *const *frames;
	size_t nframes;
	spec *s;
	size_t text_n; /* bytes of s->texts in use; all texts fit, as none is longer than in the JSON */
	err *e;
} parser;

static bool fail(parser *ps, const char *what, slice got) {
	return err_set(ps->e, ERR_MODEL_REPLY, "the specification's %s is %.*s", what,
		       SLICE_ARG(slice_utf8_cut(got, 80)));
}

/* A string's text, kept as long as the specification. Numbers and booleans are taken as they are written. */
static bool take_text(parser *ps, slice value, slice *out) {
	buf b = BUF_INIT(value.n + 16);
	bool string = value.n && value.p[0] == '"';
	if (string ? !json_text(value, &b)
		   : (buf_add(&b, value), value.n == 0 || value.p[0] == '{' || value.p[0] == '[')) {
		buf_free(&b);
		return false;
	}
	*out = (slice){ps->s->texts + ps->text_n, b.n};
	if (b.n) memcpy(ps->s->texts + ps->text_n, b.p, b.n);
	ps->text_n += b.n;
	buf_free(&b);
	return true;
}

static bool take_choice(parser *ps, slice value, const char *what, const char *const *names, size_t n, unsigned *out) {
	slice text;
	if (json_absent(value)) return true;
	if (!take_text(ps, value, &text)) return fail(ps, what, value);
	for (size_t i = 0; i < n; i++)
		if (slice_eq_nocase(text, slice_of(names[i]))) {
			*out = (unsigned)i;
			return true;
		}
	buf list = BUF_INIT(1024);
	for (size_t i = 0; i < n; i++) buf_printf(&list, i ? ", %s" : "%s", names[i]);
	err_set(ps->e, ERR_MODEL_REPLY, "the specification's %s \"%.*s\" is none of %s", what,
		SLICE_ARG(slice_utf8_cut(text, 60)), buf_cstr(&list));
	buf_free(&list);
	return false;
}

/* Levenshtein's distance without regard to case, of the first 40 bytes. */
static size_t distance(slice a, slice b) {
	enum { MOST = 40 };
	size_t row[MOST + 1];
	a = slice_sub(a, 0, MOST), b = slice_sub(b, 0, MOST);
	for (size_t k = 0; k <= b.n; k++) row[k] = k;
	for (size_t i = 1; i <= a.n; i++) {
		size_t corner = row[0];
		row[0] = i;
		for (size_t k = 1; k <= b.n; k++) {
			size_t above = row[k], cost = (a.p[i - 1] | 32) != (b.p[k - 1] | 32);
			size_t best = corner + cost;
			if (above + 1 < best) best = above + 1;
			if (row[k - 1] + 1 < best) best = row[k - 1] + 1;
			corner = above, row[k] = best;
		}
	}
	return row[b.n];
}

static void add_nearest(const frame *f, slice name, buf *out) {
	enum { SHOWN = 5 };
	int near[SHOWN];
	size_t far[SHOWN], n = 0;
	for (size_t c = 0; c < f->ncols; c++) {
		size_t d = distance(f->cols[c].name, name), at = n < SHOWN ? n++ : SHOWN;
		if (at == SHOWN && d >= far[SHOWN - 1]) continue;
		if (at == SHOWN) at--;
		for (; at > 0 && far[at - 1] > d; at--) far[at] = far[at - 1], near[at] = near[at - 1];
		far[at] = d, near[at] = (int)c;
	}
	for (size_t i = 0; i < n; i++) {
		if (i) buf_adds(out, ", ");
		buf_json(out, slice_utf8_cut(f->cols[near[i]].name, 60), false);
	}
}

static bool take_column(parser *ps, const frame *f, slice value, const char *what, int *out) {
	slice text;
	if (json_absent(value)) return true;
	if (!take_text(ps, value, &text)) return fail(ps, what, value);
	if (text.n == 0) return true;
	*out = frame_column(f, text);
	for (size_t c = 0; c < f->ncols && *out < 0; c++)
		if (slice_eq_nocase(f->cols[c].name, text)) *out = (int)c;
	if (*out >= 0) return true;
	buf near = BUF_INIT(2048);
	add_nearest(f, text, &near);
	err_set(ps->e, ERR_MODEL_REPLY, "%s has no column \"%.*s\" (for %s); the nearest are %s", f->stem,
		SLICE_ARG(slice_utf8_cut(text, 60)), what, buf_cstr(&near));
	buf_free(&near);
	return false;
}

static bool is_true(slice value) {
	return slice_is(value, "true");
}

/* A count of a column without gaps is the count of rows: a second such would draw the same bars again. */
static bool counts_rows(const frame *f, const measure *m) {
	return m->how == AGG_COUNT && (m->column < 0 || f->cols[m->column].nulls == 0);
}

static bool counted_before(const frame *f, const panel *p, const measure *m) {
	for (size_t i = 0; i < p->ny; i++)
		if (counts_rows(f, m) && counts_rows(f, &p->y[i])) return true;
	return false;
}

static bool take_measure(parser *ps, const frame *f, slice value, panel *p) {
	measure m = {.column = -1};
	unsigned how = AGG_NONE;
	json_iter it;
	if (value.n && value.p[0] == '"') {
		if (!take_column(ps, f, value, "y", &m.column)) return false;
	} else if (!json_open(value, &it)) {
		return fail(ps, "y", value);
	} else if (!take_column(ps, f, json_get(value, "column"), "y", &m.column) ||
		   !take_choice(ps, json_get(value, "aggregate"), "aggregate", AGGREGATE_NAMES, AGG_TOTAL, &how)) {
		return false;
	}
	bool adds = how == AGG_SUM || how == AGG_MEAN || how == AGG_MEDIAN;
	if (adds && m.column >= 0 && f->cols[m.column].type == COL_TEXT)
		return err_set(ps->e, ERR_MODEL_REPLY,
			       "\"%.*s\" is text and has no %s; count it, or take a column of numbers",
			       SLICE_ARG(slice_utf8_cut(f->cols[m.column].name, 60)), AGGREGATE_NAMES[how]);
	m.how = m.column < 0 ? AGG_COUNT : (enum aggregate)how;
	if (p->ny < SPEC_MEASURES && !counted_before(f, p, &m)) p->y[p->ny++] = m;
	return true;
}

static bool take_measures(parser *ps, const frame *f, slice value, panel *p) {
	json_iter it;
	slice key, item;
	if (json_absent(value)) return true;
	if (!json_open(value, &it) || it.object) return take_measure(ps, f, value, p);
	while (json_next(&it, &key, &item))
		if (!take_measure(ps, f, item, p)) return false;
	return true;
}

static bool take_values(parser *ps, slice value, filter *fi) {
	json_iter it;
	slice key, item;
	if (json_absent(value)) return true;
	if (!json_open(value, &it))
		return take_text(ps, value, &fi->values[0]) ? (fi->nvalues = 1, true) : fail(ps, "value", value);
	while (fi->nvalues < SPEC_VALUES && json_next(&it, &key, &item)) {
		if (!take_text(ps, item, &fi->values[fi->nvalues])) return fail(ps, "value", item);
		fi->nvalues++;
	}
	return true;
}

static size_t values_needed(enum filter_op op) {
	if (op == OP_MISSING || op == OP_PRESENT) return 0;
	return op == OP_BETWEEN ? 2 : 1;
}

static bool take_filter(parser *ps, const frame *f, slice value, panel *p) {
	filter fi = {.column = -1};
	unsigned op = OP_EQ, how = AGG_NONE;
	if (!take_column(ps, f, json_get(value, "column"), "a filter", &fi.column)) return false;
	if (!take_choice(ps, json_get(value, "op"), "op", OP_NAMES, OP_TOTAL, &op)) return false;
	if (!take_choice(ps, json_get(value, "aggregate"), "aggregate", AGGREGATE_NAMES, AGG_TOTAL, &how)) return false;
	slice values = json_get(value, "values");
	if (!take_values(ps, values.n ? values : json_get(value, "value"), &fi)) return false;
	fi.op = (enum filter_op)op, fi.how = (enum aggregate)how;
	fi.negate = is_true(json_get(value, "not")), fi.or_next = is_true(json_get(value, "or_next"));
	if (fi.column < 0) return err_set(ps->e, ERR_MODEL_REPLY, "a filter of the specification names no column");
	if (fi.nvalues < values_needed(fi.op))
		return err_set(ps->e, ERR_MODEL_REPLY, "the filter on \"%.*s\" with %s needs %zu values",
			       SLICE_ARG(f->cols[fi.column].name), OP_NAMES[fi.op], values_needed(fi.op));
	if (p->nfilters < SPEC_FILTERS) p->filters[p->nfilters++] = fi;
	return true;
}

static bool take_filters(parser *ps, const frame *f, slice value, panel *p) {
	json_iter it;
	slice key, item;
	if (json_absent(value)) return true;
	if (!json_open(value, &it) || it.object) return fail(ps, "filters", value);
	while (json_next(&it, &key, &item))
		if (!take_filter(ps, f, item, p)) return false;
	return true;
}

static bool take_frame(parser *ps, slice value, size_t *out) {
	slice text;
	if (json_absent(value) && ps->nframes > 0) return true;
	if (!take_text(ps, value, &text)) return fail(ps, "frame", value);
	for (size_t i = 0; i < ps->nframes; i++)
		if (slice_eq_nocase(text, slice_of(ps->frames[i]->stem)) ||
		    slice_eq_nocase(text, slice_of(ps->frames[i]->name))) {
			*out = i;
			return true;
		}
	if (ps->nframes == 1) return true;
	buf list = BUF_INIT(4096);
	for (size_t i = 0; i < ps->nframes; i++) buf_printf(&list, i ? ", %s" : "%s", ps->frames[i]->stem);
	err_set(ps->e, ERR_MODEL_REPLY, "there is no frame \"%.*s\"; there are %s", SLICE_ARG(slice_utf8_cut(text, 60)),
		buf_cstr(&list));
	buf_free(&list);
	return false;
}

static bool take_order(parser *ps, const frame *f, slice value, panel *p) {
	unsigned order = ORDER_NONE;
	if (!take_choice(ps, json_get(value, "order"), "order", ORDER_NAMES, ORDER_TOTAL, &order)) return false;
	if (!take_column(ps, f, json_get(value, "order_column"), "order_column", &p->order_column)) return false;
	p->order = order == ORDER_COLUMN && p->order_column < 0 ? ORDER_NONE : (enum order_key)order;
	p->descending = is_true(json_get(value, "descending"));
	double limit;
	if (json_double(json_get(value, "limit"), &limit) && limit >= 1 && limit <= 1000) p->limit = (uint32_t)limit;
	return true;
}

static bool take_choices(parser *ps, slice value, panel *p) {
	unsigned chart = CHART_COUNT, bin = BIN_NONE, color_bin = BIN_NONE, derive = DERIVE_NONE,
		 arrange = ARRANGE_AUTO;
	bool ok = take_choice(ps, json_get(value, "chart"), "chart", CHART_NAMES, CHART_COUNT, &chart) &&
		  take_choice(ps, json_get(value, "bin"), "bin", BIN_NAMES, BIN_TOTAL, &bin) &&
		  take_choice(ps, json_get(value, "color_bin"), "color_bin", BIN_NAMES, BIN_TOTAL, &color_bin) &&
		  take_choice(ps, json_get(value, "derive"), "derive", DERIVE_NAMES, DERIVE_TOTAL, &derive) &&
		  take_choice(ps, json_get(value, "arrange"), "arrange", ARRANGE_NAMES, ARRANGE_TOTAL, &arrange);
	if (!ok) return false;
	if (chart == CHART_COUNT) return err_set(ps->e, ERR_MODEL_REPLY, "a panel of the specification names no chart");
	p->chart = (enum chart)chart, p->bin = (enum bin)bin, p->color_bin = (enum bin)color_bin;
	p->derive = (enum derive)derive, p->arrange = (enum arrange)arrange;
	return true;
}

static bool take_panel(parser *ps, slice value, panel *p) {
	json_iter it;
	slice title;
	*p = panel_empty(0);
	if (!json_open(value, &it) || !it.object) return fail(ps, "panel", value);
	if (!take_frame(ps, json_get(value, "frame"), &p->frame)) return false;
	const frame *f = ps->frames[p->frame];
	p->horizontal = is_true(json_get(value, "horizontal"));
	p->along = is_true(json_get(value, "along"));
	slice text = json_get(value, "title");
	if (!json_absent(text) && take_text(ps, text, &title)) {
		title = slice_utf8_cut(title, SPEC_TITLE - 1);
		memcpy(p->title, title.p, title.n);
		p->title[title.n] = 0;
	}
	return take_choices(ps, value, p) && take_column(ps, f, json_get(value, "x"), "x", &p->x) &&
	       take_column(ps, f, json_get(value, "color"), "color", &p->color) &&
	       take_measures(ps, f, json_get(value, "y"), p) && take_order(ps, f, value, p) &&
	       take_filters(ps, f, json_get(value, "filters"), p);
}

static bool take_panels(parser *ps, slice json) {
	json_iter it;
	slice key, item, panels = json_get(json, "panels");
	if (panels.n == 0) return take_panel(ps, json, &ps->s->panels[0]) ? (ps->s->n = 1, true) : false;
	if (!json_open(panels, &it) || it.object) return fail(ps, "panels", panels);
	while (ps->s->n < SPEC_PANELS && json_next(&it, &key, &item)) {
		if (!take_panel(ps, item, &ps->s->panels[ps->s->n])) return false;
		ps->s->n++;
	}
	return ps->s->n > 0 ? true : err_set(ps->e, ERR_MODEL_REPLY, "the specification has no panel");
}

bool spec_parse(slice json, frame *const *frames, size_t nframes, spec *s, err *e) {
	parser ps = {frames, nframes, s, 0, e};
	*s = (spec){.n = 0};
	json = slice_trim(json);
	err inner = ERR_INIT;
	if (!json_check(json, &inner))
		return err_set(e, ERR_MODEL_REPLY, "the specification is no JSON: %s", inner.message);
	if (json.n == 0 || json.p[0] != '{') return err_set(e, ERR_MODEL_REPLY, "the specification is no JSON object");
	s->texts = malloc(json.n + 1);
	if (!s->texts) return err_set(e, ERR_MEMORY, "no memory for the specification");
	if (nframes > 0 && take_panels(&ps, json)) return true;
	spec_free(s);
	return false;
}
