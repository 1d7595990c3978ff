/* Which column is what: along, measured, telling apart. A mention's role comes
 * from the words before it ("for each", "average", "x axis"), else from what
 * the column is. */
#include "rules/reading.h"

#include "data/words.h"

enum role { ROLE_FREE, ROLE_GROUP, ROLE_MEASURE, ROLE_COUNTED, ROLE_X, ROLE_Y, ROLE_COLOR };

typedef struct part {
	const mention *m;
	enum role role;
	enum aggregate how;
	bool total;
} part;

typedef struct parts {
	part p[MENTIONS];
	size_t n;
	bool count;    /* rows are to be counted */
	bool distinct; /* different values of the counted column */
} parts;

static const char GROUP_WORDS[] =
    "each|every|per|by|across|different|among|various|distinct|unique|grouped|versus|vs|over|"
    "along|respective|corresponding|given|which|same";
static const char COLOR_WORDS[] = "split|colored|coloured|color|colour|categorized|stacked|broken|divided|classified|"
				  "categorised|grouping|series|separated|distinguished";

static const agg_word *agg_at(const reading *r, size_t at) {
	for (size_t i = 0; i < r->naggs; i++)
		if (at >= r->aggs[i].from && at < r->aggs[i].from + r->aggs[i].n) return &r->aggs[i];
	return NULL;
}

/* "x axis location", "consider rate on x axis". */
static enum role axis_role(const reading *r, const mention *m) {
	const question *q = &r->q;
	size_t end = m->from + m->n;
	for (size_t i = 0; i < 3; i++) {
		size_t at = end + i;
		bool on = i == 0 ? token_is(q, at, "on|in|as|along|for") : token_is(q, at, "the|a|x|y");
		if (!on) break;
		if (token_is(q, at + 1, "x")) return ROLE_X;
		if (token_is(q, at + 1, "y")) return ROLE_Y;
	}
	for (size_t i = m->from; i > 0 && i + 6 > m->from; i--) {
		if (mention_at(&r->mentions, i - 1)) return ROLE_FREE;
		if (!token_is(q, i - 1, "axis")) continue;
		size_t k = i - 2;
		if (i >= 2 && token_is(q, k, "x|y")) {
			bool after = k > 0 && token_is(q, k - 1, "on|the") && k > 1 &&
				     mention_before(&r->mentions, k) &&
				     token_is(q, k - 1 - (token_is(q, k - 1, "the") ? 1 : 0), "on");
			if (after) return ROLE_FREE;
			return token_is(q, k, "x") ? ROLE_X : ROLE_Y;
		}
	}
	return ROLE_FREE;
}

static void set_agg(parts *all, part *p, const agg_word *a, const column *c) {
	p->how = a->how, p->total = a->total;
	if (a->how == AGG_COUNT && a->total && is_quantity(c)) p->how = AGG_SUM;
	if (a->how == AGG_SUM && a->total && !is_quantity(c)) p->how = AGG_COUNT;
	if (p->how == AGG_MIN || p->how == AGG_MAX || p->how == AGG_SUM || p->how == AGG_MEAN || p->how == AGG_MEDIAN) {
		if (is_number(c) || (is_time(c) && (p->how == AGG_MIN || p->how == AGG_MAX))) {
			p->role = ROLE_MEASURE;
			return;
		}
		p->how = AGG_NONE;
		return;
	}
	p->role = ROLE_COUNTED;
	all->count = true;
	if (p->how == AGG_DISTINCT) all->distinct = true;
}

/* Reads leftwards from a mention until a word decides. */
static void look_left(const reading *r, parts *all, part *p) {
	const question *q = &r->q;
	const column *c = &r->f->cols[p->m->column];
	for (size_t i = p->m->from, far = 0; i > 0 && far < 6; i--, far++) {
		size_t at = i - 1;
		if (q->t[at].kind == TOKEN_MARK && !token_is(q, at, "(")) return;
		const mention *other = mention_at(&r->mentions, at);
		if (other) return;
		const agg_word *a = agg_at(r, at);
		if (a && far <= 4) {
			set_agg(all, p, a, c);
			return;
		}
		if (token_is(q, at, "and|or")) {
			/* "by region and product", "average age and salary": as the one before */
			if (all->n > 0 && p->m->from == at + 1 &&
			    all->p[all->n - 1].m->from + all->p[all->n - 1].m->n == at &&
			    all->p[all->n - 1].role == ROLE_GROUP)
				p->role = ROLE_GROUP;
			return;
		}
		if (token_is(q, at, COLOR_WORDS) ||
		    (token_is(q, at, "by") && at > 0 && token_is(q, at - 1, COLOR_WORDS))) {
			p->role = ROLE_COLOR;
			return;
		}
		if (token_is(q, at, GROUP_WORDS)) {
			p->role = ROLE_GROUP;
			if (token_is(q, at, "different|distinct|various|unique") && at > 0 && agg_at(r, at - 1))
				continue;
			return;
		}
		if (token_is(q, at, "with|whose|where|when|show|list|find|return|give|what|are|is") && far > 1) return;
	}
}

/* "average and minimum weight": the first aggregate is of the same column. */
static void share_measure(const reading *r, parts *all) {
	for (size_t i = 0; i + 1 < r->naggs; i++) {
		const agg_word *a = &r->aggs[i], *b = &r->aggs[i + 1];
		if (!token_is(&r->q, a->from + a->n, "and|,|or|versus|vs|against") ||
		    a->from + a->n + 1 < b->from - (b->from > 0))
			continue;
		for (size_t k = 0; k < all->n && all->n < MENTIONS; k++) {
			part *p = &all->p[k];
			if (p->how != b->how || p->m->from < b->from || p->m->from > b->from + b->n + 3) continue;
			if (a->how == AGG_COUNT || a->how == AGG_DISTINCT || a->how == p->how) continue;
			memmove(p + 1, p, (all->n - k) * sizeof *p);
			p->how = a->how, p->role = ROLE_MEASURE;
			all->n++;
			break;
		}
	}
}

/* "the names of the films", with a column film: the films are the rows. */
static bool only_rows(const reading *r, const mention *m) {
	if (!m->entity || r->mentions.n < 2) return false;
	return !token_is(&r->q, m->from - (m->from > 0), "each|every|per|by|different|across") ||
	       agg_at(r, m->from - (m->from > 0));
}

static void read_parts(const reading *r, parts *all) {
	for (size_t i = 0; i < r->mentions.n; i++) {
		if (only_rows(r, &r->mentions.m[i])) continue;
		part p = {.m = &r->mentions.m[i]};
		p.role = axis_role(r, p.m);
		part left = p;
		left.role = ROLE_FREE;
		look_left(r, all, &left);
		if (p.role == ROLE_FREE)
			p = left;
		else
			p.how = left.how, p.total = left.total;
		all->p[all->n++] = p;
	}
	share_measure(r, all);
	for (size_t i = 0; i < r->naggs; i++) {
		bool counts = r->aggs[i].how == AGG_COUNT || r->aggs[i].how == AGG_DISTINCT;
		bool covered = mention_at(&r->mentions, r->aggs[i].from) ||
			       mention_at(&r->mentions, r->aggs[i].from + r->aggs[i].n - 1);
		bool summing = false;
		for (size_t k = 0; k < all->n; k++)
			if (all->p[k].how == AGG_SUM && all->p[k].m->from > r->aggs[i].from &&
			    all->p[k].m->from < r->aggs[i].from + 8)
				summing = true;
		if (counts && !covered && !r->q.t[r->aggs[i].from].used && !summing) all->count = true;
	}
}

static void add_measure(panel *p, int c, enum aggregate how) {
	for (size_t i = 0; i < p->ny; i++)
		if (p->y[i].column == c && p->y[i].how == how) return;
	if (p->ny < SPEC_MEASURES) p->y[p->ny++] = (measure){c, how};
}

static void add_dimension(panel *p, int c) {
	if (p->x == c || p->color == c) return;
	if (p->x < 0)
		p->x = c;
	else if (p->color < 0)
		p->color = c;
}

static bool table_grouped(const reading *r) {
	for (size_t i = 1; i < r->q.n; i++)
		if (names_table(&r->q, i, r->f) && !mention_at(&r->mentions, i) && !r->q.t[i].used &&
		    token_is(&r->q, i - 1, "each|every|per|by|different|all|the|of|which|for"))
			return true;
	return false;
}

/* The counted things' own column is what is left to draw along. */
static void place_counted(const reading *r, const parts *all, panel *p) {
	for (size_t i = 0; i < all->n && p->x < 0; i++)
		if (all->p[i].role == ROLE_COUNTED) add_dimension(p, all->p[i].m->column);
	(void)r;
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
	p->bin = is_time(&r->f->cols[c]) ? r->bin : BIN_NONE;
}

static bool wants_scatter(const reading *r) {
	if (r->chart_said) return r->chart == CHART_SCATTER;
	return r->wish == WISH_RELATION;
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
	size_t free = 0;
	part *code = NULL;
	for (size_t i = 0; i < all->n; i++) {
		if (all->p[i].role != ROLE_FREE) continue;
		free++;
		if (is_number(&r->f->cols[all->p[i].m->column]) && (!code || p->x < 0)) code = &all->p[i];
	}
	if (!code || (p->x < 0 && free < 2)) return;
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

void assign_roles(reading *r, panel *p) {
	parts all = {.n = 0};
	read_parts(r, &all);
	if (wants_scatter(r) && !all.count && all.n >= 2) {
		assign_scatter(r, &all, p);
		if (p->ny > 0) return;
	}
	for (size_t i = 0; i < all.n; i++)
		if (all.p[i].role == ROLE_X) add_dimension(p, all.p[i].m->column);
	for (size_t i = 0; i < all.n; i++) {
		const part *q = &all.p[i];
		const column *c = &r->f->cols[q->m->column];
		if (q->role == ROLE_MEASURE || (q->role == ROLE_Y && is_number(c)))
			add_measure(p, q->m->column, q->how);
		else if (q->role == ROLE_GROUP)
			add_dimension(p, q->m->column);
		else if (q->role == ROLE_FREE && is_quantity(c))
			add_measure(p, q->m->column, AGG_NONE);
	}
	measure_codes(r, &all, p);
	for (size_t i = 0; i < all.n; i++) {
		const part *q = &all.p[i];
		const column *c = &r->f->cols[q->m->column];
		if (q->how == AGG_TOTAL) continue;
		if (q->role == ROLE_COLOR || (q->role == ROLE_FREE && !is_quantity(c))) add_dimension(p, q->m->column);
	}
	measure_implied(r, p);
	place_bin(r, p);
	if (p->ny == 0 || all.count) {
		bool measured = p->ny > 0;
		for (size_t i = 0; i < p->ny; i++) measured &= p->y[i].how != AGG_NONE;
		if (all.count && !measured) {
			if (p->x < 0 && p->ny > 0) p->x = p->y[0].column;
			p->ny = 0;
		}
		place_counted(r, &all, p);
		if (p->ny == 0 && (all.count || p->x >= 0)) {
			p->y[0] = (measure){-1, AGG_COUNT}, p->ny = 1;
			for (size_t i = 0; all.distinct && i < all.n; i++)
				if (all.p[i].how == AGG_DISTINCT && all.p[i].m->column != p->x)
					p->y[0] = (measure){all.p[i].m->column, AGG_DISTINCT};
		}
	}
	if (p->x < 0 && p->bin == BIN_NONE && table_grouped(r)) p->x = label_column(r->f);
}
