/* What the question leaves open altogether: what is measured, what it is drawn along. */
#include "rules/roles.h"

#include "data/words.h"

/* Things of which people say the name and mean the amount: "sales by region". */
static const char AMOUNTS[] = "sales sale revenue revenues spending expenses expense income profit profits cost costs "
			      "budget tip tips turnover earnings spend invoiced billed";

/* Words that ask for a first or a last, of which no aggregate is known. */
static const char SUPERLATIVES[] =
    "best|worst|busiest|strongest|weakest|fastest|slowest|top|most|richest|poorest|highest|"
    "lowest|largest|smallest|biggest|longest|main|popular";

bool means_amount(const token *t) {
	return t->kind == TOKEN_WORD && word_in(t->word, AMOUNTS);
}

bool time_series(const frame *f) {
	int t = time_column(f);
	return t >= 0 && f->cols[t].profile.unique;
}

static bool says_amount(const reading *r) {
	for (size_t i = 0; i < r->q.n; i++)
		if (means_amount(&r->q.t[i]) && !r->q.t[i].used && !mention_at(&r->mentions, i)) return true;
	return false;
}

/* "average price by month", and no column is called price: how; AGG_NONE where every such word has its column. */
static enum aggregate lonely_aggregate(const reading *r, const parts *all) {
	for (size_t i = 0; i < r->naggs; i++) {
		enum aggregate how = r->aggs[i].how;
		bool taken = how == AGG_COUNT || how == AGG_DISTINCT || r->q.t[r->aggs[i].from].used;
		for (size_t k = 0; k < all->n; k++) taken |= all->p[k].how == how;
		if (!taken) return how;
	}
	return AGG_NONE;
}

static size_t count_quantities(const frame *f) {
	size_t n = 0;
	while (quantity_column(f, n) >= 0) n++;
	return n;
}

/* The money there is, else the first quantity; -1 for none. */
static int best_quantity(const frame *f) {
	for (size_t i = 0; i < f->ncols; i++)
		if (f->cols[i].profile.meaning == MEAN_MONEY && is_number(&f->cols[i])) return (int)i;
	return quantity_column(f, 0);
}

static void measure_all(const reading *r, panel *p, enum aggregate how) {
	size_t n = count_quantities(r->f);
	for (size_t i = 0; i < n && n <= SPEC_MEASURES; i++)
		if (quantity_column(r->f, i) != p->x) add_measure(p, quantity_column(r->f, i), how);
}

/* A column a year: what the rows are tells the lines apart. */
static bool runs_along(const reading *r, panel *p) {
	if (year_columns(r->f) < 3 || time_column(r->f) >= 0 || p->ny > 0) return false;
	p->color = p->x;
	for (size_t i = 0; i < r->f->ncols && p->color < 0; i++)
		if (r->f->cols[i].type == COL_TEXT) p->color = (int)i;
	p->along = true, p->x = -1;
	return true;
}

void measure_default(const reading *r, const parts *all, panel *p) {
	bool trend = r->wish == WISH_TREND || (r->chart_said && (r->chart == CHART_LINE || r->chart == CHART_AREA));
	enum aggregate how = lonely_aggregate(r, all);
	if (trend && runs_along(r, p)) return;
	bool along = p->x >= 0 || r->bin != BIN_NONE, only = count_quantities(r->f) == 1;
	if (p->ny > 0 || all->count) return;
	if (!trend && !((says_amount(r) || how != AGG_NONE) && (along || (only && how != AGG_NONE)))) return;
	int best = best_quantity(r->f);
	if (best < 0 || best == p->x) return;
	if ((trend && p->x < 0) || (how != AGG_NONE && time_series(r->f) && !only)) measure_all(r, p, how);
	if (p->ny == 0) add_measure(p, best, how);
	if (p->ny == 1 && !only)
		notice(r->notices, "The question names no column to measure; \"%.*s\" was taken.",
		       SLICE_ARG(r->f->cols[best].name));
}

bool measure_unique(const reading *r, panel *p) {
	const column *x = &r->f->cols[p->x];
	if (!x->profile.unique || p->bin != BIN_NONE || is_quantity(x) || count_quantities(r->f) == 0) return false;
	size_t said;
	if (r->wish == WISH_DISTRIBUTION) {
		p->x = -1; /* of the values, not of the names */
		add_measure(p, best_quantity(r->f), AGG_NONE);
		return true;
	}
	if (runs_along(r, p)) return true;
	bool one = count_quantities(r->f) > 4 || phrase_find(&r->q, 0, SUPERLATIVES, &said) < r->q.n;
	if (one)
		add_measure(p, best_quantity(r->f), AGG_NONE);
	else
		measure_all(r, p, AGG_NONE);
	return p->ny > 0;
}

/* "co2 and share", "AAPL vs MSFT": numbers of a series of moments, and nothing said to draw them along. */
static bool pair_in_time(const reading *r, const panel *p) {
	return p->x < 0 && p->ny > 1 && r->wish == WISH_NONE && time_series(r->f);
}

/* "share since 2010": what is limited in time is drawn along it. */
static bool limited_in_time(const reading *r, const panel *p, int t) {
	bool limited = false;
	for (size_t i = 0; t >= 0 && i < r->nfilters; i++)
		limited |= r->filters[i].column == t && r->filters[i].op != OP_EQ && r->filters[i].op != OP_YEAR;
	return limited && p->x < 0 && r->naggs == 0;
}

void along_time(const reading *r, panel *p) {
	bool derived = r->derive == DERIVE_GROWTH || r->derive == DERIVE_CUMULATIVE;
	int t = time_column(r->f);
	bool runs = r->wish == WISH_TREND || derived || pair_in_time(r, p) || limited_in_time(r, p, t);
	bool line = r->chart_said ? r->chart == CHART_LINE || r->chart == CHART_AREA : runs;
	if (!line || t < 0 || p->x == t || p->bin != BIN_NONE || p->ny == 0) return;
	if (p->x >= 0 && (is_time(&r->f->cols[p->x]) || r->f->cols[p->x].profile.meaning == MEAN_YEAR)) return;
	if (r->chart_said && p->x >= 0 && r->wish != WISH_TREND) return;
	if (p->color < 0) p->color = p->x;
	if (p->color == t) p->color = -1;
	p->x = t;
}

/* "a bar chart, please": how the rows fall into the first column of few values. */
static void count_categories(const reading *r, panel *p) {
	bool asked = r->order.said || (r->chart_said && (r->chart == CHART_BAR || r->chart == CHART_PIE));
	for (size_t i = 0; asked && i < r->f->ncols && p->x < 0; i++) {
		const column *c = &r->f->cols[i];
		bool few = c->profile.distinct > 1 && c->profile.distinct <= 20 && !c->profile.unique;
		if (c->type != COL_TEXT || !few || c->profile.meaning == MEAN_FREE_TEXT) continue;
		p->x = (int)i, p->y[0] = (measure){-1, AGG_COUNT}, p->ny = 1;
		notice(r->notices, "The question names no column; the rows were counted by \"%.*s\".",
		       SLICE_ARG(c->name));
	}
}

/* "best student in math": the rows by name, the first of them. */
static void list_best(reading *r, panel *p) {
	enum { LISTED = 10 };
	size_t said;
	int label = label_column(r->f);
	bool asked = phrase_find(&r->q, 0, SUPERLATIVES, &said) < r->q.n;
	if (!asked || label < 0 || r->chart_said || r->naggs > 0 || p->x >= 0 || r->bin != BIN_NONE || p->ny > 1)
		return;
	if (p->ny == 0 && count_quantities(r->f) == 0) return;
	p->x = label;
	if (p->ny == 0) add_measure(p, best_quantity(r->f), AGG_NONE);
	if (r->order.said) return;
	r->order = (order_wish){.said = true, .descending = true, .target = TARGET_Y, .column = -1, .limit = LISTED};
	if (phrase_find(&r->q, 0, "worst|lowest|smallest|weakest|slowest|poorest", &said) < r->q.n)
		r->order.descending = false;
}

/* One row: what it says, in large type. */
static void read_row(const reading *r, panel *p) {
	size_t said;
	bool all = phrase_find(&r->q, 0, "summary|summarize|summarise|overview|all", &said) < r->q.n;
	if (all || (p->ny == 1 && p->y[0].column < 0)) p->ny = 0;
	bool none = p->ny == 0;
	for (size_t i = 0; i < r->f->ncols && none; i++)
		if (is_number(&r->f->cols[i])) add_measure(p, (int)i, AGG_NONE);
	for (size_t i = 0; i < p->ny; i++) p->y[i].how = AGG_NONE;
	if (p->ny > 0) p->chart = CHART_NUMBER, p->x = p->color = -1;
}

void draw_default(reading *r, const parts *all, panel *p) {
	if (r->f->rows == 1 && !r->chart_said && p->x < 0) {
		read_row(r, p);
		return;
	}
	list_best(r, p);
	if (p->x < 0 && p->ny == 0 && all->n == 0) count_categories(r, p);
	bool two = p->x < 0 && p->ny == 2 && p->y[0].how == AGG_NONE && p->y[1].how == AGG_NONE;
	if (two && !r->chart_said) p->chart = CHART_SCATTER, p->x = p->y[0].column, p->y[0] = p->y[1], p->ny = 1;
}
