/* "… , and sort by the y-axis in desc", "top 5", "the three most recent". */
#include "rules/reading.h"

static const struct {
	const char *phrase;
	bool descending;
} DIRECTIONS[] = {
    {"reverse alphabetical|alphabetic|lexicographical", true},
    {"alphabetical|alphabetic|lexicographical|chronological", false},
    {"alphabetically|chronologically", false},
    {"from low|small|least|smallest|lowest|lower to high|large|most|biggest|largest|highest|higher|big", false},
    {"from high|large|most|largest|highest|biggest|higher|big to low|small|least|smallest|lowest|lower", true},
    {"low|small|least|smallest|lowest to high|large|most|biggest|largest|highest", false},
    {"high|large|most|largest|highest|biggest to low|small|least|smallest|lowest", true},
    {"from the high|largest|most|highest|biggest to the low|small|least|smallest|lowest", true},
    {"from the low|small|least|smallest|lowest to the high|large|most|biggest|largest|highest", false},
    {"starting|from|with the most recent one|ones|first", true},
    {"starting|from|with the most recent", true},
    {"most recent first", true},
    {"from a to z", false},
    {"from z to a", true},
    {"a to z", false},
    {"z to a", true},
    {"descending|desc|decreasing|descendingly|descend", true},
    {"ascending|asc|increasing|ascendingly|ascend|acsending|acs", false},
    {"oldest|earliest to youngest|newest|latest", false},
    {"newest|latest to oldest|earliest", true},
    {"largest|biggest|highest|most first", true},
    {"smallest|lowest|least first", false},
};

static const char VERBS[] = "sort|sorted|order|ordered|rank|ranked|sorting|ordering|ranking|arrange|arranged|list|show|"
			    "display|listed|shown|displayed|organize|organized|orderd|ording";

static const char SORT_VERBS[] = "sort|sorted|order|ordered|rank|ranked|sorting|ordering|ranking|arrange|arranged";

size_t clause_start(const question *q, size_t at) {
	while (at > 0 && !token_is(q, at - 1, ".|?|,|;|!")) at--;
	return at;
}

size_t clause_end(const question *q, size_t at) {
	while (at < q->n && !token_is(q, at, ".|?|,|;|!")) at++;
	return at;
}

static bool axis_word(const question *q, size_t at, const char *letter) {
	return token_is(q, at, letter) &&
	       (at + 1 >= q->n || token_is(q, at + 1, "axis|axes|label|labels|coordinate|values|value") ||
		q->t[at + 1].kind == TOKEN_MARK ||
		token_is(q, at + 1, "in|from|by|with|please|and|order|asc|desc|ascending|descending|to|low|high"));
}

static bool count_words(const question *q, size_t at) {
	return token_is(q, at, "total number") || token_is(q, at, "number of") ||
	       token_is(q, at, "count|counts|frequency") ||
	       token_is(q, at, "sum|average|avg|mean|minimum|maximum|min|max|minimal|maximal|median|total|amount") ||
	       token_is(q, at, "how many") || token_is(q, at, "values|value|height|heights") ||
	       token_is(q, at, "length of the bars|bar");
}

/* What the words from..to (without the direction) say is put in order. */
static void find_target(reading *r, size_t from, size_t to, size_t dir, size_t ndir) {
	mentions here;
	question *q = &r->q;
	for (size_t i = from; i < to; i++) {
		if (i >= dir && i < dir + ndir) continue;
		if (axis_word(q, i, "x"))
			r->order.target = TARGET_X;
		else if (axis_word(q, i, "y") || (count_words(q, i) && r->order.target == TARGET_NONE))
			r->order.target = TARGET_Y;
		else if (token_is(q, i, "bar|bars|names|label|labels|category|categories") &&
			 r->order.target == TARGET_NONE)
			r->order.target = TARGET_X;
		if (axis_word(q, i, "x") || axis_word(q, i, "y")) return;
	}
	size_t said;
	if (r->order.target == TARGET_Y || phrase_find(q, from, "names", &said) < to) return;
	mentions_find(q, r->v, &here);
	for (size_t i = from; i < to; i++) {
		bool verb = i == from && token_is(q, i, SORT_VERBS); /* "sort" is no column of sorts */
		const mention *m = verb || (i >= dir && i < dir + ndir) ? NULL : mention_at(&here, i);
		if (!m || (token_is(q, i, "bar|bars|name|names|label") && !m->full)) continue;
		r->order.target = TARGET_COLUMN, r->order.column = m->column;
		return;
	}
}

/* Where a sort verb stands before the direction in its clause; `dir` when there is none. */
static size_t find_verb(const question *q, size_t from, size_t dir, const char *verbs) {
	size_t found = dir;
	for (size_t i = from; i < dir; i++)
		if (token_is(q, i, verbs) && (found == dir || token_is(q, i, SORT_VERBS))) found = i;
	return found;
}

static size_t polite_start(const question *q, size_t at) {
	while (at > 0 && token_is(q, at - 1,
				  "and|could|you|please|i|want|to|can|then|the|also|in|would|like|results|result|need"))
		at--;
	return at;
}

/* "order of the years in which they were founded in a bar chart": where the target ends. */
static bool target_stops(const question *q, size_t i) {
	if (token_is(q, i, "using|with|and|show|visualize|please|as|plot|for|by")) return true;
	return token_is(q, i, "in") && !token_is(q, i + 1, "which|the");
}

/* The words after the direction that belong to it: "order of age", "order by the x axis". */
static size_t target_end(const question *q, size_t at) {
	size_t end = clause_end(q, at), i = at;
	while (i < end && token_is(q, i, "order|ordering|manner|way|sequence")) i++;
	if (i < end && token_is(q, i, "of|by|for|on|according|with")) {
		i++;
		while (i < end && i < at + 12 && !target_stops(q, i)) i++;
	}
	return i;
}

/* "with the age in descending order": from there on; `dir` when it is not so. */
static size_t with_before(const question *q, size_t start, size_t dir) {
	for (size_t i = dir; i > start && i + 6 > dir; i--)
		if (token_is(q, i - 1, "with") && token_is(q, dir - 1, "in|an|a")) return i - 1;
	return dir;
}

static void read_direction(reading *r, size_t dir, size_t ndir, bool descending) {
	question *q = &r->q;
	size_t start = clause_start(q, dir), end = target_end(q, dir + ndir);
	size_t verb = find_verb(q, start, dir, VERBS);
	/* A clause that lists what to show ("list the names … in ascending order") is
	 * no order clause up to its direction: only from there on. */
	bool listing = verb < dir && !token_is(q, verb, SORT_VERBS) &&
		       !token_is(q, verb + 1, "by|the|in|from|x|y|bar|bars|names") && dir > verb + 6;
	if (verb < dir && token_is(q, verb, "list|show|display") && verb == 0) listing = true;
	if (verb == dir || listing) verb = dir;
	if (verb == dir) verb = with_before(q, start, dir);
	while (verb == dir && verb > start && token_is(q, verb - 1, "in|the|from|an|a|of|by|with")) verb--;
	r->order.said = r->order.strong = true;
	r->order.descending = descending;
	find_target(r, verb, end, dir, ndir);
	size_t from = polite_start(q, verb);
	while (from < end && token_is(q, from, "the|in") && from < verb) from++;
	question_use(q, from, end - from);
}

static bool find_direction(reading *r) {
	for (size_t i = 0; i < sizeof DIRECTIONS / sizeof *DIRECTIONS; i++) {
		size_t n, at = phrase_find(&r->q, 0, DIRECTIONS[i].phrase, &n);
		if (at >= r->q.n) continue;
		read_direction(r, at, n, DIRECTIONS[i].descending);
		return true;
	}
	return false;
}

/* "sort by age", "ordered by the number of": no direction said. */
static void find_plain_sort(reading *r) {
	size_t n, at = phrase_find(&r->q, 0, "sort|sorted|order|ordered|rank|ranked|arranged by|according", &n);
	if (at >= r->q.n || r->q.t[at].used) return;
	size_t end = clause_end(&r->q, at);
	r->order.said = r->order.strong = true;
	find_target(r, at + n, end, r->q.n, 0);
	r->order.descending = r->order.target == TARGET_Y;
	question_use(&r->q, at, end - at < 8 ? end - at : 8);
}

static const struct {
	const char *phrase;
	bool descending;
	bool counted; /* needs a number */
} TOPS[] = {
    {"top|best|first|leading", true, true},
    {"bottom|worst|last", false, true},
    {"most|highest|largest|biggest|longest|oldest|latest|greatest|richest|tallest|heaviest|costliest", true, true},
    {"least|lowest|smallest|shortest|youngest|earliest|cheapest|fewest|poorest|lightest", false, true},
};

static const char SUPERLATIVES[] =
    "most|highest|largest|biggest|greatest|best|lowest|smallest|least|longest|oldest|latest";

static bool small_number(const token *t) {
	return t->kind == TOKEN_NUMBER && t->number >= 1 && t->number <= 1000 &&
	       t->number == (double)(uint32_t)t->number;
}

static void find_top(reading *r) {
	question *q = &r->q;
	for (size_t i = 0; i < sizeof TOPS / sizeof *TOPS; i++) {
		size_t n, at = phrase_find(q, 0, TOPS[i].phrase, &n);
		if (at >= q->n || (at > 0 && token_is(q, at - 1, "at"))) continue;
		bool after = at + 1 < q->n && small_number(&q->t[at + 1]);
		bool ahead = !after && at > 0 && small_number(&q->t[at - 1]);
		if (!after && !ahead) continue;
		r->order.limit = (uint32_t)q->t[after ? at + 1 : at - 1].number;
		if (!r->order.said) r->order.descending = TOPS[i].descending, r->order.target = TARGET_Y;
		r->order.said = true;
		size_t end = after ? at + 2 : at + n;
		while (token_is(q, end, SUPERLATIVES)) end++;
		question_use(q, after ? at : at - 1, end - (after ? at : at - 1));
		return;
	}
}

void read_order(reading *r) {
	r->order.column = -1;
	find_top(r);
	if (!find_direction(r)) find_plain_sort(r);
}
