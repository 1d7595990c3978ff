/* What the question left open is settled by what the columns are. */
#include "rules/reading.h"

static bool temporal(const panel *p, const frame *f, bool trend) {
	if (p->x < 0) return false;
	enum column_meaning m = f->cols[p->x].profile.meaning;
	if (trend && m >= MEAN_QUARTER && m <= MEAN_HOUR) return true;
	return is_time(&f->cols[p->x]) || is_sequence(&f->cols[p->x]) || m == MEAN_YEAR || p->bin == BIN_YEAR ||
	       p->bin == BIN_MONTH;
}

/* "weight by height": a number for each of many numbers is a cloud of points, no bars. */
static bool continuous(const panel *p, const frame *f) {
	enum { BARS_OF_NUMBERS = 30 };
	const column *x = &f->cols[p->x];
	bool raw = p->ny == 1 && p->y[0].how == AGG_NONE && p->y[0].column >= 0;
	return raw && p->bin == BIN_NONE && is_quantity(x) && x->profile.distinct > BARS_OF_NUMBERS;
}

/* "bin the dates by month", "compare the months": bars beside each other. */
static bool bins_said(const reading *r, const panel *p) {
	size_t n;
	if (p->bin == BIN_NONE || r->wish == WISH_TREND) return false;
	return phrase_find(&r->q, 0, "bin|bins|binned|binning", &n) < r->q.n;
}

static void settle_chart(reading *r, panel *p) {
	const frame *f = r->f;
	if (p->chart == CHART_SCATTER && p->ny > 0) return;
	if (p->chart == CHART_NUMBER && p->ny > 0) return;
	if (p->along) {
		p->chart = CHART_LINE;
		return;
	}
	if (r->chart_said) {
		p->chart = r->chart;
		return;
	}
	if (p->color_bin != BIN_NONE && p->ny == 1)
		p->chart = CHART_HEATMAP;
	else if (p->x < 0 && p->ny == 0)
		p->chart = CHART_TABLE;
	else if (p->x < 0 && p->y[0].how != AGG_NONE)
		p->chart = CHART_NUMBER;
	else if (p->x < 0)
		p->chart = CHART_HISTOGRAM;
	else if ((r->wish == WISH_DIFFER || r->wish == WISH_DISTRIBUTION) && !temporal(p, f, false) && p->ny == 1 &&
		 p->y[0].how == AGG_NONE && p->y[0].column >= 0)
		p->chart = CHART_BOX;
	else if (r->wish == WISH_PROPORTION && p->color < 0 && !temporal(p, f, true))
		p->chart = CHART_PIE;
	else if (r->wish == WISH_RELATION && p->ny > 0 && is_number(&f->cols[p->x]))
		p->chart = CHART_SCATTER;
	else if (temporal(p, f, r->wish == WISH_TREND) && p->bin != BIN_WEEKDAY && p->bin != BIN_MONTH_NAME &&
		 !bins_said(r, p))
		p->chart = CHART_LINE;
	else
		p->chart = continuous(p, f) ? CHART_SCATTER : CHART_BAR;
}

/* A histogram of words is a bar chart of counts; one "of a by b" a bar chart of a. */
static void settle_histogram(panel *p, const frame *f) {
	if (p->chart != CHART_HISTOGRAM) return;
	bool counts = p->ny > 0 && p->y[0].how == AGG_COUNT;
	if (p->x >= 0 && (!counts || !is_quantity(&f->cols[p->x]) || p->bin != BIN_NONE))
		p->chart = CHART_BAR;
	else if (p->x < 0 && p->ny > 0 && p->y[0].column >= 0)
		p->x = p->y[0].column, p->ny = 0;
	else if (p->x >= 0)
		p->ny = 0;
}

static bool needs_sum(const panel *p) {
	return p->chart == CHART_BAR || p->chart == CHART_PIE || p->chart == CHART_LINE || p->chart == CHART_AREA ||
	       p->chart == CHART_HEATMAP;
}

/* Whether the rows differ in what they are drawn by and what is asked to be one value of: then no
 * value stands for more than one row. */
static bool rows_differ(const reading *r, const panel *p) {
	int by[2 + SPEC_FILTERS];
	size_t n = 0;
	by[n++] = p->x;
	if (p->color >= 0) by[n++] = p->color;
	for (size_t i = 0; i < r->nfilters; i++) {
		const filter *fi = &r->filters[i];
		bool one =
		    (fi->op == OP_EQ || fi->op == OP_YEAR) && fi->nvalues == 1 && fi->how == AGG_NONE && !fi->or_next;
		bool whole = fi->op != OP_YEAR || r->f->cols[fi->column].profile.unit == UNIT_YEAR;
		if (one && whole) by[n++] = fi->column;
	}
	return n > 1 && is_key(r->f, by, n);
}

/* "do smokers tip more than others": of sides of different size averages are compared. */
static bool sides(const reading *r) {
	size_t n;
	return token_is(&r->q, 0, "do|does|did|are|is") &&
	       phrase_find(&r->q, 0, "more|less|higher|lower|better|longer", &n) < r->q.n;
}

/* Values that stand for more than one row must become one. */
static void settle_aggregate(reading *r, panel *p) {
	if (r->answered || !needs_sum(p) || p->x < 0) return;
	const column *x = &r->f->cols[p->x];
	bool one_each = p->bin == BIN_NONE && (x->profile.unique || rows_differ(r, p));
	for (size_t i = 0; i < p->ny; i++)
		if (p->y[i].how == AGG_NONE && !one_each)
			p->y[i].how = adds_up(&r->f->cols[p->y[i].column]) && !sides(r) ? AGG_SUM : AGG_MEAN;
}

static void settle_order(reading *r, panel *p) {
	const order_wish *o = &r->order;
	if (!o->said) return;
	p->descending = o->descending;
	p->limit = o->limit;
	p->order = o->target == TARGET_Y ? ORDER_Y : ORDER_X;
	if (o->target != TARGET_COLUMN) return;
	if (o->column == p->x || o->column == p->color) return;
	for (size_t i = 0; i < p->ny; i++)
		if (p->y[i].column == o->column) {
			p->order = ORDER_Y;
			return;
		}
	p->order = ORDER_COLUMN, p->order_column = o->column;
}

static const double YEAR_US = 365.25 * 86400e6;

/* Rows counted by moments that hardly repeat would be all ones. A line goes
 * through the coarsest unit that leaves several points, bars compare weekdays. */
static void settle_bin(reading *r, panel *p) {
	if (r->answered || p->x < 0 || p->bin != BIN_NONE || p->ny != 1 || p->y[0].how != AGG_COUNT) return;
	const column *c = &r->f->cols[p->x];
	uint64_t there = r->f->rows - c->nulls;
	if (!is_time(c) || there < 8 || c->profile.distinct * 2 < there || c->profile.unit < UNIT_DAY) return;
	double years = (c->profile.max - c->profile.min) / YEAR_US;
	if (years < 0.04)
		p->bin = c->profile.unit > UNIT_DAY ? BIN_DAY : BIN_NONE;
	else if (p->chart == CHART_BAR || p->chart == CHART_PIE)
		p->bin = BIN_WEEKDAY;
	else
		p->bin = years > 3 ? BIN_YEAR : years > 0.4 ? BIN_MONTH : BIN_DAY;
	if (p->bin == BIN_NONE) return;
	notice(r->notices, "The times of \"%.*s\" hardly repeat, so they were put together by %s.", SLICE_ARG(c->name),
	       p->bin == BIN_WEEKDAY ? "weekday"
	       : p->bin == BIN_YEAR  ? "year"
	       : p->bin == BIN_MONTH ? "month"
				     : "day");
}

/* A line of more moments than a page has room for is drawn by month or year; the trend of an amount, where days
 * are ups and downs, sooner. */
static void settle_unit(const reading *r, panel *p) {
	enum { POINTS_MAX = 1500, TREND_POINTS = 120 };
	if (r->answered || p->x < 0 || p->bin != BIN_NONE || p->ny == 0) return;
	const column *c = &r->f->cols[p->x];
	bool drawn_along = p->chart == CHART_LINE || p->chart == CHART_AREA || p->chart == CHART_BAR;
	bool amounts = p->y[0].column >= 0 && p->y[0].how != AGG_MEAN && adds_up(&r->f->cols[p->y[0].column]);
	bool trend = r->wish == WISH_TREND && amounts && !c->profile.unique && r->derive == DERIVE_NONE;
	uint64_t most = p->chart == CHART_BAR ? 60 : trend ? TREND_POINTS : POINTS_MAX;
	if (!is_time(c) || !drawn_along || c->profile.distinct <= most) return;
	double years = (c->profile.max - c->profile.min) / YEAR_US;
	p->bin = years > 20 ? BIN_YEAR : years > 0.5 ? BIN_MONTH : BIN_DAY;
	notice(r->notices, "\"%.*s\" has %llu different times; they were put together by %s.", SLICE_ARG(c->name),
	       (unsigned long long)c->profile.distinct,
	       p->bin == BIN_YEAR    ? "year"
	       : p->bin == BIN_MONTH ? "month"
				     : "day");
}

/* More years than fit are put together in about ten spans. */
static void settle_spans(const reading *r, panel *p) {
	if (r->answered || p->x < 0 || p->bin != BIN_YEAR || !is_time(&r->f->cols[p->x])) return;
	const column_profile *t = &r->f->cols[p->x].profile;
	enum { YEARS_MAX = 30 };
	if (p->chart == CHART_LINE && p->y[0].how == AGG_COUNT && (t->max - t->min) / YEAR_US > YEARS_MAX)
		p->bin = BIN_RANGES;
}

/* What is measured tells nothing apart. */
static void settle_color(panel *p) {
	for (size_t i = 0; i < p->ny && p->chart != CHART_SCATTER; i++)
		if (p->color >= 0 && p->y[i].column == p->color && p->y[i].how != AGG_DISTINCT) p->color = -1;
}

/* "number of late orders by month": what the question calls the rows it counts. */
static void settle_things(const reading *r, panel *p) {
	size_t at = r->q.n, n = 0;
	for (size_t i = 0; i < r->naggs && at == r->q.n; i++)
		if (r->aggs[i].how == AGG_COUNT) at = r->aggs[i].from + r->aggs[i].n;
	if (p->ny == 0 || p->y[0].column >= 0) return;
	while (n < 3 && at + n < r->q.n && r->q.t[at + n].kind == TOKEN_WORD && !r->q.t[at + n].lexeme.stop) n++;
	while (n > 0 && strcmp(r->q.t[at + n - 1].word, r->q.t[at + n - 1].stem) == 0) n--; /* up to a plural */
	if (n == 0) return;
	slice first = r->q.t[at].text, last = r->q.t[at + n - 1].text;
	slice said = slice_utf8_cut((slice){first.p, (size_t)(last.p + last.n - first.p)}, SPEC_THINGS - 1);
	memcpy(p->things, said.p, said.n);
	p->things[said.n] = 0;
}

void settle(reading *r, panel *p) {
	settle_chart(r, p);
	settle_bin(r, p);
	settle_unit(r, p);
	settle_spans(r, p);
	settle_histogram(p, r->f);
	settle_aggregate(r, p);
	settle_order(r, p);
	settle_color(p);
	settle_things(r, p);
	p->arrange = r->arrange;
	p->derive = r->derive;
	memcpy(p->filters, r->filters, sizeof p->filters);
	p->nfilters = r->answered ? 0 : r->nfilters;
}
