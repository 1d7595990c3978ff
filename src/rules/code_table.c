/* Groups and their order: rows to the table that is drawn. */
#include "rules/code.h"

#include "rules/match.h"

enum { BARS_MAX = 60, BARS_KEPT = 40, SLICES_MAX = 16, SLICES_KEPT = 12 };

static const char *const AGG_CODE[AGG_TOTAL] = {
    [AGG_NONE] = "sum",  [AGG_COUNT] = "count",   [AGG_DISTINCT] = "nunique", [AGG_SUM] = "sum",
    [AGG_MEAN] = "mean", [AGG_MEDIAN] = "median", [AGG_MIN] = "min",          [AGG_MAX] = "max"};

static void write_keys(writer *w) {
	if (w->color[0] && w->x[0])
		piece(w, "[%Q, %Q]", w->x, w->color);
	else
		piece(w, "%Q", w->x);
}

static void write_one(writer *w) {
	measure m = w->p->y[0];
	piece(w, "table = %s.groupby(", w->table);
	write_keys(w);
	if (m.column < 0)
		piece(w, ").size()");
	else
		piece(w, ")[%S].%s()", w->f->cols[m.column].name, AGG_CODE[m.how]);
	line(w, ".reset_index(name=%Q)", w->y[0]);
}

static void write_several(writer *w) {
	piece(w, "table = %s.groupby(", w->table);
	write_keys(w);
	line(w, ").agg(**{");
	for (size_t i = 0; i < w->p->ny; i++) {
		measure m = w->p->y[i];
		if (m.column < 0)
			line(w, "    %Q: (%Q, \"size\"),", w->y[i], w->x);
		else
			line(w, "    %Q: (%S, \"%s\"),", w->y[i], w->f->cols[m.column].name, AGG_CODE[m.how]);
	}
	line(w, "}).reset_index()");
}

static const char WEEKDAYS[] =
    "[\"Monday\", \"Tuesday\", \"Wednesday\", \"Thursday\", \"Friday\", \"Saturday\", \"Sunday\"]";
static const char MONTHS[] =
    "[\"January\", \"February\", \"March\", \"April\", \"May\", \"June\", \"July\", \"August\", "
    "\"September\", \"October\", \"November\", \"December\"]";

static void write_derived(writer *w) {
	switch (w->p->derive) {
	case DERIVE_CUMULATIVE:
		line(w, "table = table.sort_values(%Q)", w->x);
		if (w->color[0])
			line(w, "table[%Q] = table.groupby(%Q)[%Q].cumsum()", w->y[0], w->color, w->y[0]);
		else
			line(w, "table[%Q] = table[%Q].cumsum()", w->y[0], w->y[0]);
		break;
	case DERIVE_GROWTH:
		line(w, "table = table.sort_values(%Q)", w->x);
		if (w->color[0])
			line(w, "table[%Q] = table.groupby(%Q)[%Q].pct_change() * 100", w->y[0], w->color, w->y[0]);
		else
			line(w, "table[%Q] = table[%Q].pct_change() * 100", w->y[0], w->y[0]);
		break;
	case DERIVE_SHARE: line(w, "table[%Q] = table[%Q] / table[%Q].sum() * 100", w->y[0], w->y[0], w->y[0]); break;
	default: break;
	}
}

void write_groups(writer *w) {
	if (!w->grouped && w->x[0] && w->p->ny == 1 && w->p->derive != DERIVE_NONE) {
		line(w, "table = %s.copy()", w->table);
		w->table = "table";
		write_derived(w);
	}
	if (!w->grouped) return;
	/* Dates that stand as separate bars are written as people write them. */
	if (w->p->chart == CHART_BAR && x_is_time(w) && w->p->order != ORDER_NONE) w->category = true;
	if (w->p->ny == 1)
		write_one(w);
	else
		write_several(w);
	w->table = "table";
	write_derived(w);
}

static bool categories(const writer *w) {
	const panel *p = w->p;
	return (p->chart == CHART_BAR || p->chart == CHART_PIE) && p->x >= 0;
}

/* An order that the values have of themselves: time, numbers, weekdays. */
static bool natural(const writer *w) {
	const column *c = &w->f->cols[w->p->x];
	enum column_meaning m = c->profile.meaning;
	return is_time(c) || is_number(c) || m == MEAN_MONTH || m == MEAN_WEEKDAY || m == MEAN_QUARTER ||
	       m == MEAN_ORDINAL;
}

static void sort_by_list(writer *w, const char *list, bool descending) {
	line(w, "order = %s", list);
	if (descending) line(w, "order = order[::-1]");
	line(w, "rank = {name: i for i, name in enumerate(order)}");
	line(w, "table = %s.sort_values(%Q, key=lambda s: s.map(rank))", w->table, w->x);
	w->table = "table", w->ordered = true;
}

static void sort_by_column(writer *w, const char *name, bool ascending) {
	line(w, "table = %s.sort_values(%Q%s)", w->table, name, ascending ? "" : ", ascending=False");
	w->table = "table";
}

/* Several rows a category: the order is that of their sums, and must be told to the figure. */
static void sort_by_sums(writer *w, bool ascending) {
	line(w, "order = %s.groupby(%Q)[%Q].sum().sort_values(ascending=%s).index.tolist()", w->table, w->x, w->y[0],
	     ascending ? "True" : "False");
	w->ordered = true;
}

static void sort_by_other(writer *w) {
	const column *c = &w->f->cols[w->p->order_column];
	line(w, "rank = %s.groupby(%Q)[%S].min()",
	     strcmp(w->table, "table") == 0 && w->p->nfilters ? "data" : w->frame_name, w->x, c->name);
	line(w, "table = %s.sort_values(%Q, key=lambda s: s.map(rank)%s)", w->table, w->x,
	     w->p->descending ? ", ascending=False" : "");
	w->table = "table";
}

const char *fixed_order(enum bin b) {
	if (b == BIN_WEEKDAY) return WEEKDAYS;
	return b == BIN_MONTH_NAME ? MONTHS : NULL;
}

static void sort_bars(writer *w) {
	const panel *p = w->p;
	enum order_key key = p->order;
	bool descending = p->descending;
	bool many = w->color[0] || p->ny > 1;
	if (key == ORDER_NONE) key = natural(w) ? ORDER_X : ORDER_Y, descending = key == ORDER_Y;
	cleanup_buf buf words = BUF_INIT(1 << 16);
	if (p->order == ORDER_NONE && p->bin == BIN_NONE && word_order(w->f, &w->f->cols[p->x], &words))
		sort_by_list(w, buf_cstr(&words), false);
	else if (key == ORDER_X && fixed_order(w->p->bin))
		sort_by_list(w, fixed_order(w->p->bin), descending);
	else if (key == ORDER_COLUMN)
		sort_by_other(w);
	else if (key == ORDER_Y && many)
		sort_by_sums(w, !descending);
	else if (key == ORDER_Y)
		sort_by_column(w, w->y[0], !descending);
	else
		sort_by_column(w, w->x, !descending);
	if (many && !w->ordered) {
		line(w, "order = %s[%Q].unique().tolist()", w->table, w->x);
		w->ordered = true;
	}
}

static void limit_rows(writer *w, unsigned n) {
	if (w->ordered) {
		line(w, "order = order[:%u]", n);
		line(w, "table = %s[%s[%Q].isin(order)]", w->table, w->table, w->x);
	} else {
		line(w, "table = %s.head(%u)", w->table, n);
	}
	w->table = "table";
}

static void limit_bars(writer *w) {
	const panel *p = w->p;
	const column_profile *x = &w->f->cols[p->x].profile;
	if (p->limit) {
		limit_rows(w, p->limit);
		return;
	}
	bool pie = p->chart == CHART_PIE;
	uint64_t most = pie ? SLICES_MAX : BARS_MAX;
	if (p->bin != BIN_NONE || x->distinct <= most) return;
	unsigned kept = pie ? SLICES_KEPT : BARS_KEPT;
	limit_rows(w, kept);
	if (p->nfilters) {
		notice(w->n, "At most %u values of \"%.*s\" are shown.", kept, SLICE_ARG(w->f->cols[p->x].name));
		return;
	}
	notice(w->n, "Of %s%llu different values of \"%.*s\" the first %u are shown.",
	       x->distinct_exact ? "" : "about ", (unsigned long long)x->distinct, SLICE_ARG(w->f->cols[p->x].name),
	       kept);
}

/* A year, month or day without rows is a zero of the line, not a gap that the
 * line jumps over. */
static void fill_gaps(writer *w) {
	const panel *p = w->p;
	const column *c = &w->f->cols[p->x];
	bool adds = w->grouped && p->ny == 1 && !w->color[0] && p->derive == DERIVE_NONE &&
		    (p->y[0].how == AGG_COUNT || p->y[0].how == AGG_SUM);
	if (!adds) return;
	bool years =
	    p->bin == BIN_YEAR || (p->bin == BIN_NONE && c->profile.meaning == MEAN_YEAR && c->type == COL_INT);
	if (years) {
		line(w, "years = range(int(table[%Q].min()), int(table[%Q].max()) + 1)", w->x, w->x);
		line(w, "table = table.set_index(%Q).reindex(years, fill_value=0).rename_axis(%Q).reset_index()", w->x,
		     w->x);
	} else if (p->bin == BIN_MONTH) {
		line(w, "table = table.set_index(%Q).asfreq(\"MS\", fill_value=0).reset_index()", w->x);
	}
}

/* More lines than anyone tells apart: those of the largest sums are kept. */
static void limit_colors(writer *w) {
	enum { COLORS_MOST = 24, COLORS_KEPT = 12 };
	const panel *p = w->p;
	bool series = p->chart == CHART_BAR || p->chart == CHART_LINE || p->chart == CHART_AREA;
	const column_profile *c = p->color >= 0 ? &w->f->cols[p->color].profile : NULL;
	if (!series || !w->color[0] || p->color_bin != BIN_NONE || p->ny != 1 || c->distinct <= COLORS_MOST) return;
	for (size_t i = 0; i < p->nfilters; i++)
		if (p->filters[i].column == p->color) return; /* the question chose already */
	const char *from = w->table;
	line(w, "largest = %s.groupby(%Q)[%Q].sum().nlargest(%u).index", from, w->color, w->y[0],
	     (unsigned)COLORS_KEPT);
	line(w, "table = %s[%s[%Q].isin(largest)]", from, from, w->color);
	w->table = "table";
	notice(w->n, "Of %s%llu different values of \"%.*s\" the %d largest are shown.",
	       c->distinct_exact ? "" : "about ", (unsigned long long)c->distinct, SLICE_ARG(w->f->cols[p->color].name),
	       (int)COLORS_KEPT);
}

void write_order(writer *w) {
	const panel *p = w->p;
	limit_colors(w);
	if (categories(w) && p->ny > 0) {
		w->category = true;
		sort_bars(w);
		limit_bars(w);
	} else if ((p->chart == CHART_LINE || p->chart == CHART_AREA) && p->x >= 0) {
		cleanup_buf buf words = BUF_INIT(1 << 16);
		if (p->bin == BIN_NONE && word_order(w->f, &w->f->cols[p->x], &words))
			sort_by_list(w, buf_cstr(&words), false);
		else if (fixed_order(w->p->bin))
			sort_by_list(w, fixed_order(w->p->bin), p->order == ORDER_X && p->descending);
		else
			sort_by_column(w, w->x, true), fill_gaps(w);
	} else if (p->limit && p->ny > 0 && w->y[0][0]) {
		sort_by_column(w, w->y[0], !p->descending);
		limit_rows(w, p->limit);
	}
}
