/* Conditions in a question: "whose salary is between 8000 and 12000", "for
 * women", "in 2007", "whose name starts with A". */
#include "rules/reading.h"

#include "data/words.h"

typedef struct op_word {
	const char *phrase;
	enum filter_op op;
	const char *implied; /* words of the column meant when none is named */
	bool negate;
} op_word;

static const op_word OPS[] = {
    {"is|are|was|were|be not null|missing|empty|none|nan|blank", OP_PRESENT, NULL, false},
    {"not null|missing|empty", OP_PRESENT, NULL, false},
    {"is|are|was|were null|missing|empty|blank", OP_MISSING, NULL, false},
    {"does|do|did not equal to", OP_NE, NULL, false},
    {"is|are not equal to", OP_NE, NULL, false},
    {"does|do|did not equal", OP_NE, NULL, false},
    {"does|do|did not belong|correspond to", OP_NE, NULL, false},
    {"not belonging to", OP_NE, NULL, false},
    {"not equal to", OP_NE, NULL, false},
    {"is|are|was|were not", OP_NE, NULL, false},
    {"other than", OP_NE, NULL, false},
    {"except for", OP_NE, NULL, false},
    {"is|are in the range of", OP_BETWEEN, NULL, false},
    {"in the range of|from", OP_BETWEEN, NULL, false},
    {"in the range", OP_BETWEEN, NULL, false},
    {"between", OP_BETWEEN, NULL, false},
    {"ranging|ranges|range from", OP_BETWEEN, NULL, false},
    {"greater|more|higher|larger|bigger than or equal to", OP_GE, NULL, false},
    {"less|lower|smaller|fewer than or equal to", OP_LE, NULL, false},
    {"no|not more|higher|greater|later than", OP_LE, NULL, false},
    {"no|not less|lower|fewer|smaller|earlier than", OP_GE, NULL, false},
    {"at least", OP_GE, NULL, false},
    {"at most", OP_LE, NULL, false},
    {"older than", OP_GT, "age", false},
    {"younger than", OP_LT, "age", false},
    {"taller than", OP_GT, "height", false},
    {"shorter than", OP_LT, "height length", false},
    {"longer than", OP_GT, "length duration", false},
    {"heavier than", OP_GT, "weight", false},
    {"lighter than", OP_LT, "weight", false},
    {"cheaper than", OP_LT, "price cost", false},
    {"costs|cost|priced more|over|above", OP_GT, "price cost", false},
    {"costs|cost less|under|below", OP_LT, "price cost", false},
    {"greater|more|higher|larger|bigger|above|over|further|exceeding than", OP_GT, NULL, false},
    {"less|lower|smaller|fewer|below|under than", OP_LT, NULL, false},
    {"earlier than", OP_LT, "date", false},
    {"later than", OP_GT, "date", false},
    {"before", OP_LT, "date", false},
    {"after", OP_GT, "date", false},
    {"since", OP_GE, "date", false},
    {"until", OP_LE, "date", false},
    {"over|above|exceeding|exceeds", OP_GT, "age", false},
    {"under|below", OP_LT, "age", false},
    {"starts|start|starting|begins|begin|beginning with|by", OP_STARTS, NULL, false},
    {"ends|end|ending with|in", OP_ENDS, NULL, false},
    {"does|do|did not contain|containing|include|have|has the letter|letters", OP_CONTAINS, NULL, true},
    {"does|do|did not contain|containing|include|have|has", OP_CONTAINS, NULL, true},
    {"not containing|including the letter|letters", OP_CONTAINS, NULL, true},
    {"not containing|including", OP_CONTAINS, NULL, true},
    {"without the letter|letters", OP_CONTAINS, NULL, true},
    {"contains|contain|containing|includes|include|including|has|have the "
     "letter|letters|word|string|substring|character|characters",
     OP_CONTAINS, NULL, false},
    {"contains|contain|containing|includes|include|including|like", OP_CONTAINS, NULL, false},
    {"equals|equal to", OP_EQ, NULL, false},
    {"equals|equal|exactly", OP_EQ, NULL, false},
    {"is|are|was|were", OP_EQ, NULL, false},
    {"except|excluding|without", OP_NE, NULL, false},
    {"named|called", OP_EQ, "name", false},
    {"> =", OP_GE, NULL, false},
    {"< =", OP_LE, NULL, false},
    {"! =", OP_NE, NULL, false},
    {">", OP_GT, NULL, false},
    {"<", OP_LT, NULL, false},
    {"=", OP_EQ, NULL, false},
};

static const char LEADS[] =
    "whose|who|that|which|with|where|having|has|have|had|is|are|was|were|when|their|the|a|an|only|those|"
    "for|of|from|in|all|any|value|values|aged|been|got|get|whom";

static int implied_column(const reading *r, const op_word *op) {
	if (!op->implied) return -1;
	if (strcmp(op->implied, "date") == 0) return time_column(r->f);
	for (size_t i = 0; i < r->f->ncols; i++) {
		name_words w;
		name_split(r->f->cols[i].name, &w);
		if (name_has(&w, op->implied) && (is_number(&r->f->cols[i]) || op->op == OP_EQ)) return (int)i;
	}
	return -1;
}

/* The column before the operator in the same clause, with nothing but small words between. */
static const mention *subject(const reading *r, size_t at) {
	const mention *m = mention_before(&r->mentions, at);
	if (!m) return NULL;
	for (size_t i = m->from + m->n; i < at; i++)
		if (!word_is_stop(r->q.t[i].word) && !token_is(&r->q, i, "number|code|id|name|value|values|s") &&
		    !names_table(&r->q, i))
			return NULL;
	return m;
}

static bool compares(enum filter_op op) {
	return op == OP_LT || op == OP_LE || op == OP_GT || op == OP_GE || op == OP_BETWEEN;
}

static bool add_value(filter *out, slice v) {
	if (v.n == 0 || out->nvalues == SPEC_VALUES) return false;
	out->values[out->nvalues++] = v;
	return true;
}

/* One value at a token, for a column of the filter: how many tokens it took. */
static size_t take_value(const reading *r, size_t at, filter *out) {
	const question *q = &r->q;
	if (at >= q->n || q->t[at].used) return 0;
	const token *t = &q->t[at];
	const column *c = &r->f->cols[out->column];
	if (t->kind == TOKEN_QUOTED) return add_value(out, t->text);
	if (out->op == OP_STARTS || out->op == OP_ENDS || out->op == OP_CONTAINS)
		return t->kind == TOKEN_WORD && (!word_is_stop(t->word) || t->text.n == 1) ? add_value(out, t->text)
											   : 0;
	if (is_number(c) || is_time(c)) return t->kind == TOKEN_NUMBER ? add_value(out, t->text) : 0;
	if (c->type == COL_BOOL) return token_is(q, at, "true|false|yes|no") ? add_value(out, t->text) : 0;
	value_hit hit = value_at(q, at, r->f, out->column);
	if (hit.n && add_value(out, hit.text)) return hit.n;
	return 0;
}

static size_t skip_small(const question *q, size_t at) {
	while (at < q->n && !slice_is(q->t[at].text, "A") &&
	       token_is(q, at, "the|a|an|to|value|values|number|than|letter|letters|of|either|in|year|$|date|from"))
		at++;
	return at;
}

/* The values after an operator: one, two for between, several joined by or/and. Where they end. */
static size_t take_values(const reading *r, size_t at, filter *out) {
	const question *q = &r->q;
	size_t end = 0;
	for (at = skip_small(q, at);; at = skip_small(q, at)) {
		size_t n = take_value(r, at, out);
		if (!n) return end;
		end = at + n;
		bool more = out->op == OP_BETWEEN ? out->nvalues < 2 : !compares(out->op) && token_is(q, end, "or|,");
		if (out->op == OP_BETWEEN && token_is(q, end, "and|to|-|through"))
			at = end + 1;
		else if (more && token_is(q, end, "or|,"))
			at = end + 1 + token_is(q, end + 1, "or");
		else if (more && out->op == OP_BETWEEN)
			at = end;
		else
			return end;
		if (!more) return end;
	}
}

static size_t back_over_leads(const reading *r, size_t at) {
	while (at > 0 && !r->q.t[at - 1].used && (token_is(&r->q, at - 1, LEADS) || names_table(&r->q, at - 1))) {
		if (names_table(&r->q, at - 1) && !(at > 1 && token_is(&r->q, at - 2, "those|all"))) break;
		at--;
	}
	return at;
}

static void add_filter(reading *r, const filter *fi, size_t from, size_t to) {
	if (r->nfilters == SPEC_FILTERS) {
		notice(r->notices, "More conditions than %d were named; the later ones are not applied.", SPEC_FILTERS);
		return;
	}
	r->filters[r->nfilters] = *fi;
	r->filters[r->nfilters++].or_next = token_is(&r->q, to, "or");
	question_use(&r->q, from, to - from);
}

static bool needs_value(enum filter_op op) {
	return op != OP_MISSING && op != OP_PRESENT;
}

/* "have the letters D or S in their first name": the column comes after. */
static bool column_after(reading *r, size_t at, size_t n, filter *out) {
	const question *q = &r->q;
	if (out->op != OP_CONTAINS) return false;
	size_t in, end = clause_end(q, at), where = phrase_find(q, at + n, "in|on|within", &in);
	const mention *m = where < end ? mention_after(&r->mentions, where) : NULL;
	if (!m || m->from >= end) return false;
	out->column = m->column;
	if (!take_values(r, at + n, out)) return false;
	add_filter(r, out, back_over_leads(r, at), m->from + m->n);
	return true;
}

static bool good_subject(const reading *r, const op_word *op, int c) {
	const column *col = &r->f->cols[c];
	if (compares(op->op)) return is_number(col) || is_time(col);
	if (op->op == OP_STARTS || op->op == OP_ENDS || op->op == OP_CONTAINS) return col->type == COL_TEXT;
	return true;
}

/* "between 200,000 and 2,000,000 residents", "more than 5 rooms": the column follows the values. */
static bool column_behind(reading *r, size_t at, size_t n, filter *out) {
	if (!compares(out->op)) return false;
	for (size_t i = 0; i < r->mentions.n; i++) {
		const mention *m = &r->mentions.m[i];
		if (m->from <= at + n || m->from > at + n + 4 || !is_number(&r->f->cols[m->column])) continue;
		filter fi = {.op = out->op, .column = m->column};
		size_t end = take_values(r, at + n, &fi);
		if (end != m->from || (fi.op == OP_BETWEEN && fi.nvalues < 2)) continue;
		*out = fi;
		add_filter(r, out, back_over_leads(r, at), m->from + m->n);
		return true;
	}
	return false;
}

/* "the salary of those who are older than 30": what stands before the relative
 * clause was asked for besides; only the clause is used up. */
static size_t subject_start(const reading *r, const mention *m, size_t at) {
	for (size_t i = m->from + m->n; i < at; i++)
		if (token_is(&r->q, i, "that|who|which|those") || names_table(&r->q, i)) return i;
	return m->from;
}

/* "whose average life expectancy is below 72": the condition is on the group. */
static enum aggregate group_aggregate(const reading *r, const mention *m, enum filter_op op) {
	for (size_t i = 0; compares(op) && i < r->naggs; i++)
		if (r->aggs[i].how >= AGG_SUM && r->aggs[i].from + r->aggs[i].n <= m->from &&
		    r->aggs[i].from + r->aggs[i].n + 2 > m->from)
			return r->aggs[i].how;
	return AGG_NONE;
}

/* A column of years before one of dates. */
static int years_column(const frame *f) {
	for (size_t i = 0; i < f->ncols; i++)
		if (f->cols[i].profile.meaning == MEAN_YEAR) return (int)i;
	return time_column(f);
}

/* "held between 2009 and 2011", "before 1990": years say themselves what they are of. */
static int year_column(const reading *r, size_t at) {
	for (size_t i = at; i < at + 3 && i < r->q.n; i++) {
		const token *t = &r->q.t[i];
		if (t->kind == TOKEN_NUMBER)
			return t->text.n == 4 && t->number > 1500 && t->number < 2200 ? years_column(r->f) : -1;
	}
	return -1;
}

static bool is_date(const frame *f, int c) {
	return is_time(&f->cols[c]) || f->cols[c].profile.meaning == MEAN_YEAR;
}

/* Whether the first number from `at` on is a year that the column reaches. */
static bool covers_years(const reading *r, int c, size_t at) {
	const column *col = &r->f->cols[c];
	double scale = is_time(col) ? 365.25 * 86400e6 : 1, zero = is_time(col) ? 1970 : 0;
	for (; at < r->q.n; at++)
		if (r->q.t[at].kind == TOKEN_NUMBER)
			return r->q.t[at].number >= zero + col->profile.min / scale - 5 &&
			       r->q.t[at].number <= zero + col->profile.max / scale + 5;
	return false;
}

/* A column that every row has a value in, for counting rows. */
static int filled_column(const frame *f) {
	for (size_t i = 0; i < f->ncols; i++)
		if (f->cols[i].nulls == 0) return (int)i;
	return 0;
}

/* "each director that made at least 3 films": a number of the table's own things is one of rows in a group. */
static bool counts_things(reading *r, size_t at, size_t n, filter *out) {
	const question *q = &r->q;
	size_t value = skip_small(q, at + n), thing = value + 1;
	if (!compares(out->op) || out->op == OP_BETWEEN || thing >= q->n || q->t[value].kind != TOKEN_NUMBER)
		return false;
	size_t said;
	bool grouped = phrase_find(q, 0, "each|every|per|by|whose|which|all|different", &said) < q->n;
	const mention *m = mention_at(&r->mentions, thing);
	if (!grouped || !names_table(q, thing) || (m && is_quantity(&r->f->cols[m->column]))) return false;
	*out = (filter){
	    .op = out->op, .how = AGG_COUNT, .column = filled_column(r->f), .values = {q->t[value].text}, .nvalues = 1};
	add_filter(r, out, back_over_leads(r, at), thing + 1);
	return true;
}

static size_t try_operator(reading *r, size_t at, const op_word *op, size_t n) {
	const mention *m = subject(r, at);
	filter fi = {.op = op->op, .negate = op->negate, .column = m ? m->column : implied_column(r, op)};
	bool implied = implied_column(r, op) >= 0 && op->implied && strcmp(op->implied, "date") != 0;
	if (m && implied && subject_start(r, m, at) != m->from) fi.column = implied_column(r, op), m = NULL;
	if (m && !good_subject(r, op, m->column)) fi.column = implied_column(r, op), m = NULL;
	int years = m && compares(op->op) && !is_date(r->f, m->column) ? year_column(r, at + n) : -1;
	if (years >= 0 && covers_years(r, years, at + n)) fi.column = years, m = NULL;
	if (!m && (column_behind(r, at, n, &fi) || column_after(r, at, n, &fi))) return 1;
	if (counts_things(r, at, n, &fi)) return 1;
	if (fi.column < 0 && compares(op->op)) fi.column = year_column(r, at + n);
	if (fi.column < 0) return 0;
	if (m) fi.how = group_aggregate(r, m, op->op);
	size_t from = m ? subject_start(r, m, at) : at, to = at + n;
	if (fi.how != AGG_NONE)
		while (from > 0 && r->q.t[from - 1].exact) from--;
	if (needs_value(op->op)) to = take_values(r, at + n, &fi);
	if (needs_value(op->op) && (!to || (fi.op == OP_BETWEEN && fi.nvalues < 2)))
		return column_after(r, at, n, &fi) ? 1 : 0;
	add_filter(r, &fi, back_over_leads(r, from), to);
	return to - at;
}

static void find_operators(reading *r) {
	for (size_t at = 0; at < r->q.n; at++) {
		if (r->q.t[at].used) continue;
		for (size_t i = 0; i < sizeof OPS / sizeof *OPS; i++) {
			size_t n = phrase_at(&r->q, at, OPS[i].phrase);
			if (!n || !try_operator(r, at, &OPS[i], n)) continue;
			break;
		}
	}
}

/* People who are called otherwise in the data. */
static const struct {
	const char *said, *cell;
} PEOPLE[] = {{"women|woman|female|females|girls|girl", "female f woman women"},
	      {"men|man|male|males|boys|boy", "male m man men"}};

/* The cell of a two- or three-valued column that stands for the word. */
static bool find_person(const reading *r, const char *cells, int *index, slice *cell) {
	for (size_t c = 0; c < r->f->ncols; c++) {
		const column_profile *p = &r->f->cols[c].profile;
		if (r->f->cols[c].type != COL_TEXT || p->distinct > 6) continue;
		for (size_t k = 0; k < p->ntop; k++) {
			char word[16] = "";
			slice s = p->top[k].text;
			if (s.n == 0 || s.n >= sizeof word) continue;
			for (size_t b = 0; b < s.n; b++) word[b] = (char)(s.p[b] | 32);
			if (!word_in(word, cells)) continue;
			*index = (int)c, *cell = s;
			return true;
		}
	}
	return false;
}

/* Several values of one column are compared: the column is one to group by. */
static void mention_column(reading *r, size_t at, int c) {
	mentions *all = &r->mentions;
	for (size_t i = 0; i < all->n; i++)
		if (all->m[i].column == c) return;
	if (all->n == MENTIONS) return;
	size_t k = all->n++;
	for (; k > 0 && all->m[k - 1].from > at; k--) all->m[k] = all->m[k - 1];
	all->m[k] = (mention){.from = at, .n = 0, .column = c, .score = 1, .full = true, .words = 1};
}

static void find_people(reading *r) {
	int c;
	slice cell;
	size_t n, women = phrase_find(&r->q, 0, PEOPLE[0].said, &n), men = phrase_find(&r->q, 0, PEOPLE[1].said, &n);
	bool both = women < r->q.n && men < r->q.n && !r->q.t[women].used && !r->q.t[men].used;
	for (size_t i = 0; i < sizeof PEOPLE / sizeof *PEOPLE; i++) {
		size_t at = i == 0 ? women : men;
		if (at >= r->q.n || r->q.t[at].used || r->q.t[at].kind == TOKEN_QUOTED) continue;
		if (!find_person(r, PEOPLE[i].cell, &c, &cell)) continue;
		filter fi = {.column = c, .op = OP_EQ, .values = {cell}, .nvalues = 1};
		if (both)
			mention_column(r, at, c);
		else
			add_filter(r, &fi, at, at + 1);
	}
}

static bool in_aggregate(const reading *r, size_t at) {
	for (size_t k = 0; k < r->naggs; k++)
		if (r->aggs[k].from <= at && at < r->aggs[k].from + r->aggs[k].n) return true;
	return false;
}

/* One more value of a column that has a condition already: any of them. */
static bool join_filter(reading *r, const value_hit *hit, enum filter_op op) {
	for (size_t k = 0; k < r->nfilters; k++) {
		if (r->filters[k].column != hit->column || r->filters[k].op != op) continue;
		(void)add_value(&r->filters[k], hit->text);
		question_use(&r->q, hit->from, hit->n);
		mention_column(r, hit->from, hit->column);
		return true;
	}
	return false;
}

/* "the result Awarded", "not in London": what belongs to the value before it. */
static size_t value_start(const reading *r, const value_hit *hit, enum filter_op *op) {
	size_t from = hit->from;
	const mention *m = mention_before(&r->mentions, from);
	size_t gap = from;
	while (gap > 0 && token_is(&r->q, gap - 1, "in|of|from|is|the|with|a|as")) gap--;
	if (gap > 0 && token_is(&r->q, gap - 1, "not|outside|except|excluding")) *op = OP_NE, from = gap - 1;
	if (m && m->column == hit->column && m->from + m->n >= gap) from = m->from < from ? m->from : from;
	return back_over_leads(r, from);
}

/* "the banking industry", "Pass results": the column's own name behind the value belongs to it. */
static size_t value_end(const reading *r, const value_hit *hit) {
	size_t end = hit->from + hit->n;
	const mention *m = mention_at(&r->mentions, end);
	return m && m->from == end && m->column == hit->column ? end + m->n : end;
}

/* A word of the question that is a cell's value may be just a word: it counts
 * when written as the cell is, quoted, or led by a word that conditions start with. */
static bool meant(const reading *r, const value_hit *hit) {
	const token *t = &r->q.t[hit->from];
	if (t->kind == TOKEN_QUOTED || hit->n > 1) return true;
	bool capital = t->text.p[0] >= 'A' && t->text.p[0] <= 'Z' && hit->from > 0;
	if (capital && slice_eq(t->text, slice_trim(hit->text))) return true;
	const mention *m = mention_before(&r->mentions, hit->from);
	if (m && m->column == hit->column && m->from + m->n == hit->from) return true;
	return hit->from > 0 &&
	       token_is(
		   &r->q, hit->from - 1,
		   "in|for|from|of|with|only|where|is|are|by|=|and|or|versus|vs|between|not|the|than|all|male|female");
}

/* Values without a column: "processed with Visa". Those of one column mean any of them. */
static void find_values(reading *r) {
	value_hit hits[VALUE_HITS];
	size_t n = values_find(&r->q, r->f, hits);
	for (size_t i = 0; i < n; i++) {
		const mention *m = mention_at(&r->mentions, hits[i].from);
		if (m && (m->full || m->column != hits[i].column)) continue;
		if (hits[i].n == 1 && names_table(&r->q, hits[i].from)) continue;
		if (in_aggregate(r, hits[i].from) || !meant(r, &hits[i])) continue;
		enum filter_op op = OP_EQ;
		size_t from = value_start(r, &hits[i], &op);
		if (join_filter(r, &hits[i], op)) continue;
		filter fi = {.column = hits[i].column, .op = op, .values = {hits[i].text}, .nvalues = 1};
		add_filter(r, &fi, from, value_end(r, &hits[i]));
	}
}

/* "grade 0 classrooms": a number right behind a column of numbers. */
static void find_numbers(reading *r) {
	for (size_t i = 0; i < r->mentions.n; i++) {
		const mention *m = &r->mentions.m[i];
		size_t at = m->from + m->n;
		const column *c = &r->f->cols[m->column];
		if (at >= r->q.n || r->q.t[at].used || r->q.t[at].kind != TOKEN_NUMBER || !is_number(c) || m->n == 0)
			continue;
		if (r->q.t[at].number < c->profile.min || r->q.t[at].number > c->profile.max) continue;
		filter fi = {.column = m->column, .op = OP_EQ, .values = {r->q.t[at].text}, .nvalues = 1};
		add_filter(r, &fi, m->from, at + 1);
	}
}

/* "dogs that were abandoned": a column of yes and no with a verb before it. */
static void find_flags(reading *r) {
	for (size_t i = 0; i < r->mentions.n; i++) {
		const mention *m = &r->mentions.m[i];
		const column *c = &r->f->cols[m->column];
		bool digits =
		    c->type == COL_INT && c->profile.distinct == 2 && c->profile.min == 0 && c->profile.max == 1;
		if ((c->type != COL_BOOL && !digits) || m->from == 0 || m->n == 0) continue;
		bool negated = token_is(&r->q, m->from - 1, "not");
		if (!negated && !token_is(&r->q, m->from - 1, "was|were|been|is|are|be|being")) continue;
		filter fi = {.column = m->column, .op = OP_EQ, .nvalues = 1};
		fi.values[0] = negated ? slice_of(digits ? "0" : "false") : slice_of(digits ? "1" : "true");
		add_filter(r, &fi, back_over_leads(r, m->from), m->from + m->n);
	}
}

/* "in 2007", "for 2020": the year of the time column. */
static void find_years(reading *r) {
	int c = years_column(r->f);
	if (c < 0) return;
	for (size_t at = 1; at < r->q.n; at++) {
		const token *t = &r->q.t[at];
		if (t->used || t->kind != TOKEN_NUMBER || t->text.n != 4 || t->number < 1000 || t->number > 2500)
			continue;
		if (!token_is(&r->q, at - 1, "in|for|of|during|year|from")) continue;
		filter fi = {
		    .column = c, .op = is_time(&r->f->cols[c]) ? OP_YEAR : OP_EQ, .values = {t->text}, .nvalues = 1};
		size_t end = at + 1;
		if (end + 1 < r->q.n && token_is(&r->q, end, "to|-|until|through|and") &&
		    r->q.t[end + 1].kind == TOKEN_NUMBER && token_is(&r->q, at - 1, "from")) {
			fi.op = OP_BETWEEN, fi.values[1] = r->q.t[end + 1].text, fi.nvalues = 2, end += 2;
		}
		add_filter(r, &fi, at - 1, end);
	}
}

void read_filters(reading *r) {
	find_operators(r);
	find_years(r);
	find_numbers(r);
	find_flags(r);
	find_values(r);
	find_people(r);
	mentions_drop_used(&r->mentions, &r->q);
}
