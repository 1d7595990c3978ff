/* Mentions with roles to a panel: what is measured, along what, told apart by what. */
#include "rules/roles.h"

#include "data/words.h"

void add_measure(panel *p, int c, enum aggregate how) {
	for (size_t i = 0; i < p->ny; i++)
		if (p->y[i].column == c && p->y[i].how == how) return;
	if (p->ny < SPEC_MEASURES) p->y[p->ny++] = (measure){c, how};
}

static void add_dimension(const reading *r, panel *p, int c) {
	if (p->x == c || p->color == c) return;
	if (p->x < 0)
		p->x = c;
	else if (p->color < 0)
		p->color = c;
	else
		notice(r->notices, "A chart has room for two columns to tell things apart by; \"%.*s\" is left out.",
		       SLICE_ARG(r->f->cols[c].name));
}

static bool table_grouped(const reading *r) {
	for (size_t i = 1; i < r->q.n; i++)
		if (names_table(&r->q, i) && !mention_at(&r->mentions, i) &&
		    token_is(&r->q, i - 1, "each|every|per|by|different|all|the|of|which|for"))
			return true;
	return false;
}

/* The counted things' own column is what is left to draw along. */
static void place_counted(const reading *r, const parts *all, panel *p) {
	for (size_t i = 0; i < all->n && p->x < 0; i++)
		if (all->p[i].role == ROLE_COUNTED) add_dimension(r, p, all->p[i].m->column);
}

static void place_bin(const reading *r, panel *p) {
	if (r->bin == BIN_NONE) return;
	int c = time_column(r->f);
	for (size_t i = 0; i < r->mentions.n; i++)
		if (is_time(&r->f->cols[r->mentions.m[i].column])) {
			c = r->mentions.m[i].column;
			break;
		}
	if (c < 0) return;
	if (p->x >= 0 && p->x != c && p->color < 0) p->color = p->x;
	if (p->color == c) p->color = p->x == c ? -1 : p->x;
	p->x = c;
	if (r->second_bin != BIN_NONE && is_time(&r->f->cols[c])) p->color = c, p->color_bin = r->second_bin;
	bool years = r->f->cols[c].profile.meaning == MEAN_YEAR;
	if (is_time(&r->f->cols[c]) || (years && (r->bin == BIN_WEEKDAY || r->bin == BIN_DECADE))) p->bin = r->bin;
}

/* "height vs weight": numbers on both sides. */
static bool numbers_meet(const reading *r) {
	size_t n, at = phrase_find(&r->q, 0, "vs|versus|against", &n);
	const mention *left = mention_before(&r->mentions, at), *right = mention_after(&r->mentions, at);
	if (at == r->q.n || !left || !right) return false;
	return !time_series(r->f) && is_number(&r->f->cols[left->column]) && is_number(&r->f->cols[right->column]);
}

static bool wants_scatter(const reading *r) {
	if (r->chart_said) return r->chart == CHART_SCATTER;
	return r->wish == WISH_RELATION || (r->wish != WISH_TREND && numbers_meet(r));
}

/* "a versus b", "b vs. a by c": what is named first goes up. */
static bool versus(const reading *r, const part *a, const part *b) {
	size_t between = a->m->from + a->m->n;
	for (size_t i = between; i < b->m->from; i++)
		if (token_is(&r->q, i, "vs|versus|against|by")) return true;
	return false;
}

/* The two of a scatter: any columns, numbers first. */
static void assign_scatter(const reading *r, parts *all, panel *p) {
	part *xy[2] = {NULL, NULL};
	size_t n = 0;
	p->chart = CHART_SCATTER;
	for (size_t i = 0; i < all->n; i++)
		if (all->p[i].role == ROLE_X)
			xy[0] = &all->p[i];
		else if (all->p[i].role == ROLE_Y)
			xy[1] = &all->p[i];
	for (size_t i = 0; i < all->n && !(xy[0] && xy[1]); i++) {
		part *q = &all->p[i];
		if (q->role == ROLE_X || q->role == ROLE_Y || q->role == ROLE_COLOR) continue;
		if (!xy[0])
			xy[0] = q, n++;
		else if (!xy[1] && (q->m->column != xy[0]->m->column || q->how != xy[0]->how))
			xy[1] = q, n++;
	}
	if (!xy[0] || !xy[1]) return;
	if (n == 2 && versus(r, xy[0], xy[1])) {
		part *swap = xy[0];
		xy[0] = xy[1], xy[1] = swap;
	}
	p->x = xy[0]->m->column;
	add_measure(p, xy[1]->m->column, xy[1]->how);
	for (size_t i = 0; i < all->n; i++)
		if (&all->p[i] != xy[0] && &all->p[i] != xy[1] && all->p[i].m->column != p->x && p->color < 0 &&
		    all->p[i].m->column != p->y[0].column)
			p->color = all->p[i].m->column;
	if (xy[0]->how != AGG_NONE && xy[0]->how != AGG_COUNT) {
		p->y[1] = p->y[0];
		p->y[0] = (measure){xy[0]->m->column, xy[0]->how};
		p->ny = 2;
		p->x = p->color;
		p->color = -1;
	}
}

/* Numbers that name things are measured where the question says so: two columns
 * are put side by side, and nothing is counted. */
static void measure_codes(const reading *r, parts *all, panel *p) {
	if (p->ny > 0 || all->count || r->wish == WISH_PROPORTION) return;
	size_t others = 0;
	part *code = NULL;
	for (size_t i = 0; i < all->n; i++) {
		bool number = all->p[i].role == ROLE_FREE && is_number(&r->f->cols[all->p[i].m->column]);
		if (number && !code)
			code = &all->p[i];
		else
			others++;
	}
	if (!code || others == 0) return;
	add_measure(p, code->m->column, AGG_NONE);
	code->how = AGG_TOTAL; /* spent */
}

/* "the youngest for each job": a superlative has its own column. */
static void measure_implied(const reading *r, panel *p) {
	for (size_t i = 0; i < r->naggs; i++) {
		if (!r->aggs[i].implied || r->q.t[r->aggs[i].from].used) continue;
		for (size_t c = 0; c < r->f->ncols; c++) {
			name_words w;
			name_split(r->f->cols[c].name, &w);
			if (!name_has(&w, r->aggs[i].implied) || !is_number(&r->f->cols[c])) continue;
			for (size_t k = 0; k < p->ny; k++)
				if (p->y[k].column == (int)c && p->y[k].how == AGG_NONE) p->y[k].how = r->aggs[i].how;
			if (p->ny == 0) add_measure(p, (int)c, r->aggs[i].how);
			return;
		}
	}
}

/* Two numbers and nothing to draw them along: the first is what the other stands over. */
static void stand_over(const reading *r, panel *p) {
	if (p->x >= 0 || p->ny < 2 || !r->chart_said || r->bin != BIN_NONE || p->y[0].how != AGG_NONE) return;
	if (r->chart != CHART_BAR && r->chart != CHART_LINE && r->chart != CHART_PIE && r->chart != CHART_AREA) return;
	p->x = p->y[0].column;
	memmove(&p->y[0], &p->y[1], (p->ny - 1) * sizeof p->y[0]);
	p->ny--;
}

static bool is_free_dimension(const reading *r, const part *q) {
	return q->role == ROLE_FREE && q->how != AGG_TOTAL && !is_quantity(&r->f->cols[q->m->column]);
}

/* "orders by segment", with a column order_date: named in passing, it would tell too many things apart. */
static bool crowds(const reading *r, const panel *p, const part *q) {
	enum { COLORS_MOST = 60 };
	const column_profile *c = &r->f->cols[q->m->column].profile;
	bool in_passing = !q->m->full || c->unique || c->meaning == MEAN_ID;
	return p->x >= 0 && in_passing && c->distinct > COLORS_MOST;
}

/* "per customer": people know things by name rather than by number. */
static void name_ids(const reading *r, const parts *all, panel *p) {
	int label = label_column(r->f);
	if (p->x < 0 || label < 0 || r->f->cols[p->x].profile.meaning != MEAN_ID || !is_number(&r->f->cols[p->x]))
		return;
	for (size_t i = 0; i < all->n; i++)
		if (all->p[i].m->column == p->x && all->p[i].m->full) return;
	if (r->f->cols[label].profile.unique) p->x = label;
}

static void place_dimensions(const reading *r, const parts *all, panel *p) {
	for (size_t i = 0; i < all->n; i++)
		if (all->p[i].role == ROLE_X) add_dimension(r, p, all->p[i].m->column);
	for (size_t i = 0; i < all->n; i++)
		if (all->p[i].role == ROLE_GROUP && !all->p[i].m->entity) add_dimension(r, p, all->p[i].m->column);
	for (size_t i = 0; i < all->n; i++)
		if (is_free_dimension(r, &all->p[i]) && !all->p[i].m->entity && !crowds(r, p, &all->p[i]))
			add_dimension(r, p, all->p[i].m->column);
	for (size_t i = 0; i < all->n; i++)
		if (all->p[i].role == ROLE_COLOR) add_dimension(r, p, all->p[i].m->column);
	for (size_t i = 0; i < all->n && p->x < 0; i++)
		if (all->p[i].m->entity && (all->p[i].role == ROLE_GROUP || is_free_dimension(r, &all->p[i])))
			add_dimension(r, p, all->p[i].m->column);
}

/* "the revenue of the company with the highest revenue", "meters and the average of grades by meters": the
 * other place says what the column is for. */
static bool named_again(const parts *all, const part *q) {
	for (size_t i = 0; i < all->n; i++) {
		const part *o = &all->p[i];
		if (o != q && o->m->column == q->m->column &&
		    (o->role == ROLE_MEASURE || o->role == ROLE_GROUP || o->role == ROLE_X || o->role == ROLE_COLOR))
			return true;
	}
	return false;
}

static void place_measures(const reading *r, const parts *all, panel *p) {
	for (size_t i = 0; i < all->n; i++) {
		const part *q = &all->p[i];
		const column *c = &r->f->cols[q->m->column];
		bool counted = q->how == AGG_COUNT || q->how == AGG_DISTINCT;
		if (q->role == ROLE_MEASURE || (q->role == ROLE_Y && is_number(c) && !counted))
			add_measure(p, q->m->column, q->how);
		else if (q->role == ROLE_FREE && is_quantity(c) && !named_again(all, q))
			add_measure(p, q->m->column, AGG_NONE);
	}
}

/* "each meter_200 and the amount of meter_200": its rows are counted. */
static void count_own(const parts *all, panel *p) {
	for (size_t i = 0; i < all->n; i++)
		if (all->p[i].total && all->p[i].how == AGG_SUM && all->p[i].m->column == p->x && p->ny == 1 &&
		    p->y[0].column == p->x)
			p->y[0] = (measure){-1, AGG_COUNT};
}

/* Counts where they are asked for, or where nothing is measured. */
static void place_count(const reading *r, const parts *all, panel *p) {
	bool measured = p->ny > 0;
	for (size_t i = 0; i < p->ny; i++) measured &= p->y[i].how != AGG_NONE;
	if (p->ny > 0 && (!all->count || measured)) return;
	if (p->x < 0 && p->ny > 0) p->x = p->y[0].column;
	p->ny = 0;
	place_counted(r, all, p);
	if (!all->count && (p->x < 0 || measure_unique(r, p))) return;
	p->y[0] = (measure){-1, AGG_COUNT}, p->ny = 1;
	for (size_t i = 0; all->distinct && i < all->n; i++)
		if (all->p[i].how == AGG_DISTINCT && all->p[i].m->column != p->x)
			p->y[0] = (measure){all->p[i].m->column, AGG_DISTINCT};
}

static bool says_rows(const reading *r) {
	for (size_t i = 0; i < r->q.n; i++)
		if (names_table(&r->q, i)) return true;
	return false;
}

/* "countries by population": with nothing else measured, the number is. */
static void measure_groups(const reading *r, parts *all, panel *p) {
	size_t others = 0;
	part *number = NULL;
	for (size_t i = 0; i < all->n; i++) {
		bool quantity = is_quantity(&r->f->cols[all->p[i].m->column]);
		if (quantity && all->p[i].role == ROLE_GROUP && !number)
			number = &all->p[i];
		else
			others++;
	}
	for (size_t i = 0; i < all->n; i++)
		if (all->p[i].role == ROLE_FREE && is_number(&r->f->cols[all->p[i].m->column]) &&
		    (all->p[i].m->full || r->f->cols[all->p[i].m->column].profile.meaning != MEAN_ID))
			return;
	if (p->ny > 0 || all->count || !number) return;
	if (others == 0) { /* "top 5 stations by passengers": the stations are the rows */
		if (!says_rows(r) || label_column(r->f) < 0) return;
		p->x = label_column(r->f);
	}
	add_measure(p, number->m->column, AGG_NONE);
	number->role = ROLE_MEASURE;
}

/* "the number of schools against their total enrollment": two measures of each group. */
static bool scatter_counts(const reading *r, parts *all, panel *p) {
	size_t measured = 0;
	for (size_t i = 0; i < all->n; i++) measured += all->p[i].role == ROLE_MEASURE;
	if (!wants_scatter(r) || !all->count || measured != 1) return false;
	p->chart = CHART_SCATTER;
	for (size_t i = 0; i < all->n; i++)
		if (all->p[i].role == ROLE_GROUP && p->x < 0) p->x = all->p[i].m->column;
	if (p->x < 0) return false;
	for (size_t i = 0; i < all->n; i++) {
		if (all->p[i].role != ROLE_MEASURE) continue;
		bool first = r->naggs > 0 && r->aggs[0].how != AGG_COUNT && r->aggs[0].how != AGG_DISTINCT;
		measure rows = {-1, AGG_COUNT}, other = {all->p[i].m->column, all->p[i].how};
		p->y[0] = first ? other : rows, p->y[1] = first ? rows : other, p->ny = 2;
	}
	return true;
}

void assign_roles(reading *r, panel *p) {
	parts all = {.n = 0};
	read_parts(r, &all);
	if (scatter_counts(r, &all, p)) return;
	size_t measured = 0;
	for (size_t i = 0; i < all.n; i++) measured += all.p[i].role == ROLE_MEASURE;
	if (wants_scatter(r) && !all.count && all.n >= 2 && measured != 1) {
		assign_scatter(r, &all, p);
		if (p->ny > 0) return;
	}
	place_measures(r, &all, p);
	measure_groups(r, &all, p);
	measure_codes(r, &all, p);
	place_dimensions(r, &all, p);
	name_ids(r, &all, p);
	measure_implied(r, p);
	stand_over(r, p);
	place_bin(r, p);
	measure_default(r, &all, p);
	if (p->along) return;
	along_time(r, p);
	place_count(r, &all, p);
	if (p->along) return;
	count_own(&all, p);
	bool bars =
	    r->chart_said && (r->chart == CHART_BAR || r->chart == CHART_PIE) && p->ny > 0 && p->y[0].how == AGG_NONE;
	if (p->x < 0 && p->bin == BIN_NONE && (bars || table_grouped(r))) p->x = label_column(r->f);
	draw_default(r, &all, p);
}
