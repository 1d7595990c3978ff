/* Which column is what: along, measured, telling apart. A mention's role comes
 * from the words before it ("for each", "average", "x axis"), else from what
 * the column is. */
#include "rules/roles.h"

static const char GROUP_WORDS[] =
    "each|every|per|by|across|different|among|various|distinct|unique|grouped|versus|vs|over|"
    "along|respective|corresponding|given|which|same";
static const char COLOR_WORDS[] = "split|colored|coloured|color|colour|categorized|stacked|broken|divided|classified|"
				  "categorised|categorize|categorise|grouping|series|separated|distinguished";

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
			bool after = k > 0 && token_is(q, k - 1, "on|as|the") && k > 1 &&
				     mention_before(&r->mentions, k) &&
				     token_is(q, k - 1 - (token_is(q, k - 1, "the") ? 1 : 0), "on|as");
			if (after) return ROLE_FREE;
			return token_is(q, k, "x") ? ROLE_X : ROLE_Y;
		}
	}
	return ROLE_FREE;
}

static void set_agg(parts *all, part *p, const agg_word *a, const column *c) {
	p->how = a->how, p->total = a->total;
	if (a->how == AGG_COUNT && is_quantity(c) && (a->total || tells_how_many(c) || (adds_up(c) && p->m->whole)))
		p->how = AGG_SUM;
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
	bool other_noun = false;
	for (size_t i = p->m->from, far = 0; i > 0 && far < 6; i--, far++) {
		size_t at = i - 1;
		if (q->t[at].kind == TOKEN_MARK && !token_is(q, at, "(")) return;
		const mention *other = mention_at(&r->mentions, at);
		if (other) return;
		const agg_word *a = agg_at(r, at);
		if (a && other_noun && (a->how == AGG_COUNT || a->how == AGG_DISTINCT))
			return; /* "number of students in the grade" */
		if (a && far <= 4) {
			set_agg(all, p, a, c);
			return;
		}
		other_noun |= q->t[at].kind == TOKEN_WORD && !q->t[at].lexeme.stop && !q->t[at].rows &&
			      !token_is(q, at, "different|distinct|unique|total|various");
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
		if (token_is(q, at, "year|month|week|day|quarter|hour") && at > 0 &&
		    token_is(q, at - 1, "over|per|each|by"))
			return;
		if (token_is(q, at, "vs|versus") && is_quantity(c))
			return; /* against another number, if there is one */
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
	if (!m->entity || r->mentions.n < 2 || is_quantity(&r->f->cols[m->column])) return false;
	bool joined = m->from > 1 && token_is(&r->q, m->from - 1, "and") && mention_at(&r->mentions, m->from - 2);
	return !(joined || token_is(&r->q, m->from - (m->from > 0), "each|every|per|by|different|across")) ||
	       agg_at(r, m->from - (m->from > 0));
}

/* Words that a column's name holds are the name's: "total number of platforms"
 * is the total of number_of_platforms. */
static void trim_aggregates(reading *r) {
	size_t kept = 0;
	for (size_t i = 0; i < r->naggs; i++) {
		agg_word a = r->aggs[i];
		size_t n = 0;
		while (n < a.n && !mention_at(&r->mentions, a.from + n)) n++;
		bool named =
		    token_is(&r->q, a.from, "number|numbers") && a.from > 0 && mention_at(&r->mentions, a.from - 1);
		if (named) continue; /* "the classroom number of each class" */
		if (n < a.n) {
			bool says = token_is(&r->q, a.from, "total|sum|average|overall");
			if (n == 0 || !says) continue;
			a.how = a.how == AGG_MEAN ? AGG_MEAN : AGG_SUM, a.total = true, a.n = n;
		}
		r->aggs[kept++] = a;
	}
	r->naggs = kept;
}

/* "with each type in each country": the second is drawn along, the first tells apart. */
static void nested_groups(const reading *r, parts *all) {
	for (size_t i = 0; i + 1 < all->n; i++) {
		part *a = &all->p[i], *b = &all->p[i + 1];
		if (a->role != ROLE_GROUP || b->role != ROLE_GROUP || b->m->from < 2 || a->m->from < 2) continue;
		if (token_is(&r->q, b->m->from - 2, "in each|every") &&
		    token_is(&r->q, a->m->from - 2, "with each|every"))
			a->role = ROLE_COLOR;
	}
}

/* "how old is each gender, on average": an aggregate that no column follows is of the one measured. */
static void attach_aggregates(const reading *r, parts *all) {
	for (size_t i = 0; i < r->naggs; i++) {
		enum aggregate how = r->aggs[i].how;
		bool taken = how == AGG_COUNT || how == AGG_DISTINCT || r->q.t[r->aggs[i].from].used;
		for (size_t k = 0; k < all->n; k++) taken |= all->p[k].how == how;
		for (size_t k = 0; k < all->n && !taken; k++) {
			part *p = &all->p[k];
			if (p->role != ROLE_FREE || !is_quantity(&r->f->cols[p->m->column])) continue;
			p->how = how, p->role = ROLE_MEASURE, taken = true;
		}
	}
}

/* Whether the word speaks of the column: no other word for an aggregate stands between. */
static bool speaks_of(const reading *r, const agg_word *a, const mention *m) {
	if (m->from <= a->from || m->from >= a->from + 8) return false;
	for (size_t i = 0; i < r->naggs; i++)
		if (r->aggs[i].from > a->from && r->aggs[i].from < m->from) return false;
	return true;
}

/* "which continent has the most countries": they are counted, each once. */
static void count_most(reading *r, parts *all) {
	for (size_t i = 0; i < all->n; i++) {
		part *p = &all->p[i];
		const column *c = &r->f->cols[p->m->column];
		if (p->role == ROLE_GROUP || p->m->from == 0 || is_number(c) || is_time(c)) continue;
		if (!token_is(&r->q, p->m->from - 1, "most|fewest") || r->q.t[p->m->from - 1].used) continue;
		p->role = ROLE_COUNTED, all->count = true;
		if (!c->profile.unique) p->how = AGG_DISTINCT, all->distinct = true;
	}
}

static bool counts_rows(const reading *r, const parts *all) {
	for (size_t i = 0; i < r->naggs; i++) {
		const agg_word *a = &r->aggs[i];
		if ((a->how != AGG_COUNT && a->how != AGG_DISTINCT) || r->q.t[a->from].used) continue;
		bool summing = false;
		for (size_t k = 0; k < all->n; k++) summing |= all->p[k].how == AGG_SUM && speaks_of(r, a, all->p[k].m);
		if (!summing) return true;
	}
	return false;
}

/* "average capacity for rooms in each building": the rooms are the rows. */
static void free_rows(const reading *r, parts *all) {
	bool measured = false;
	for (size_t i = 0; i < all->n; i++) measured |= all->p[i].role == ROLE_MEASURE;
	for (size_t i = 0; i < all->n && measured && !all->count; i++) {
		part *p = &all->p[i];
		size_t end = p->m->from + p->m->n;
		if (p->role != ROLE_FREE || p->m->from == 0 || is_quantity(&r->f->cols[p->m->column])) continue;
		if (token_is(&r->q, p->m->from - 1, "of|for|among") &&
		    token_is(&r->q, end, "in|for|at|by|within each|every"))
			p->role = ROLE_COUNTED;
	}
}

void read_parts(reading *r, parts *all) {
	trim_aggregates(r);
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
	attach_aggregates(r, all);
	nested_groups(r, all);
	free_rows(r, all);
	count_most(r, all);
	if (counts_rows(r, all)) all->count = true;
}
