/* How columns are found. Every column's name is split into words. From every
 * token a window grows over the question: each token in it is a word of the
 * name, in any order ("date of birth" finds birth_date), with only small words
 * between. A window is worth what its words say, less what the name says
 * beyond it; words that say little (id, code, name; the table's own name) weigh
 * little both ways. The best windows that do not overlap are the mentions. */
#include "rules/match.h"

#include "data/words.h"

#include <stdlib.h>

static const char GENERIC[] = "id code name number no num type date value detail details description text key title";
static const char UNITS[] =
    "usd eur gbp dollar dollars euro euros million millions mn billion billions bn thousand thousands "
    "kg km cm mm ft lbs mt sqft percent pct";
static const char GAP_WORDS[] = "of the a an in for to from s at by per";

typedef struct weight {
	double have, lack;
} weight;

/* A name, split and weighed once. */
typedef struct target {
	name_words words;
	lexeme lexemes[NAME_WORDS];
	weight weights[NAME_WORDS];
	unsigned own;  /* bits of the words that are the table's */
	bool small;    /* the name is made of small words only: how_to_get_there */
	unsigned lone; /* bits of the words that no other column has */
} target;

enum { TABLE_WORDS = 6 };

struct vocabulary {
	const frame *f;
	target *targets; /* one a column */
	lexeme table[TABLE_WORDS];
	size_t ntable;
};

/* Whether the word is one of the table's name, or short for one: apt of apartments.csv, stu of students.csv. */
static bool table_word(const vocabulary *v, const lexeme *word) {
	for (size_t i = 0; i < v->ntable; i++) {
		const lexeme *t = &v->table[i];
		if (strcmp(word->stem, t->stem) == 0) return true;
		size_t n = strlen(word->stem);
		bool brief = n < strlen(t->stem) &&
			     (likeness(word, t) == 0.75 || (n >= 3 && memcmp(word->stem, t->stem, n) == 0));
		if (brief) return true;
	}
	return false;
}

static weight weigh(const vocabulary *v, const lexeme *word) {
	if (word->stop) return (weight){0.2, 0.05};
	if (word_in(word->word, "name title")) return (weight){0.6, 0.1};
	if (word_in(word->word, "id key")) return (weight){0.6, 0.25};
	if (word_in(word->word, UNITS)) return (weight){0.7, 0.1};
	if (word_in(word->word, GENERIC)) return (weight){0.7, 0.2};
	if (table_word(v, word)) return (weight){0.7, 0.15};
	return (weight){1, 0.5};
}

static double fit(const lexeme *said, const lexeme *word, bool small) {
	if (small || word->stop) return strcmp(said->word, word->word) == 0;
	if (said->stop) return 0;
	return likeness(said, word);
}

/* The best word of the name for the token among those not matched yet; -1 for none. */
static int best_word(const token *t, const target *name, unsigned matched, double *quality) {
	int best = -1;
	*quality = 0;
	for (size_t i = 0; i < name->words.n; i++) {
		double likely = matched >> i & 1 ? 0 : fit(&t->lexeme, &name->lexemes[i], name->small);
		if (likely < 1 && t->rows) likely = 0;
		if (likely > *quality) *quality = likely, best = (int)i;
	}
	return best;
}

static bool bridge(const token *t) {
	return t->kind == TOKEN_WORD && word_in(t->word, GAP_WORDS);
}

/* "orderdate", "lifeexpectancy": one token for a name of several words. */
static bool run_together(const token *t, const target *name) {
	char whole[NAME_WORDS * NAME_WORD_BYTES] = "";
	size_t n = 0;
	for (size_t i = 0; i < name->words.n; i++) {
		size_t k = strlen(name->words.word[i]);
		memcpy(whole + n, name->words.word[i], k + 1);
		n += k;
	}
	char stem[TOKEN_BYTES];
	if (n == 0 || n >= TOKEN_BYTES) return false;
	word_stem(whole, stem);
	return strcmp(whole, t->word) == 0 || strcmp(stem, t->stem) == 0;
}

/* Two or three tokens for a name in one word: "government form" of governmentform. */
static size_t pulled_apart(const question *q, size_t at, const target *name) {
	if (name->words.n != 1) return 0;
	char whole[3 * TOKEN_BYTES] = "", stem[TOKEN_BYTES], target_stem[TOKEN_BYTES];
	size_t n = 0;
	word_stem(name->words.word[0], target_stem);
	for (size_t k = 0; k < 3 && at + k < q->n && q->t[at + k].kind != TOKEN_MARK; k++) {
		size_t m = strlen(q->t[at + k].word);
		memcpy(whole + n, q->t[at + k].word, m + 1);
		n += m;
		if (n >= TOKEN_BYTES) return 0;
		word_stem(whole, stem);
		if (k > 0 && strcmp(stem, target_stem) == 0) return k + 1;
	}
	return 0;
}

static const double LONE = 0.2;

static mention window(const question *q, size_t at, const target *name) {
	mention m = {.from = at};
	unsigned matched = 0, gap = 0;
	bool exact = false, generic = false;
	if (run_together(&q->t[at], name) && !(name->words.n == 1 && name->own)) {
		m.n = 1, m.words = name->words.n, m.full = m.whole = true;
		for (size_t i = 0; i < name->words.n; i++) m.score += name->weights[i].have;
		return m;
	}
	size_t apart = pulled_apart(q, at, name);
	if (apart)
		return (mention){
		    .from = at, .n = apart, .words = 1, .full = true, .whole = true, .score = (double)apart};
	for (size_t i = at; i < q->n && !q->t[i].used && q->t[i].kind != TOKEN_MARK && gap <= 2; i++) {
		double quality;
		int w = best_word(&q->t[i], name, matched, &quality);
		if (w < 0 && bridge(&q->t[i]) && m.words) {
			gap++;
			continue;
		}
		if (w < 0) break;
		matched |= 1u << w, gap = 0;
		m.score += quality * name->weights[w].have;
		m.words += name->small || !name->lexemes[w].stop;
		m.n = i + 1 - at;
		exact |= q->t[i].exact,
		    generic |= word_in(name->words.word[w], GENERIC) || (q->t[i].exact && quality < 1);
	}
	m.full = m.whole = true;
	for (size_t i = 0; i < name->words.n; i++) {
		if (matched >> i & 1) continue;
		bool unit = word_in(name->words.word[i], UNITS);
		if (!name->lexemes[i].stop && !unit && !(name->own >> i & 1)) m.whole = false;
		m.score -= name->weights[i].lack;
		if (!name->lexemes[i].stop) m.full = false;
	}
	/* A word that one column alone has names it, whatever the name says beyond. */
	if (m.words > 0 && m.score < 1 && (matched & name->lone & ~name->own) && !m.full) m.score += LONE;
	m.entity = m.words > 0 && (matched & ~name->own) == 0;
	bool how_many = name->words.n > 1 && token_is(q, at, "number|numbers") && token_is(q, at + 1, "of") &&
			word_in(name->words.word[name->words.n - 1], "number no num nr");
	if (how_many) m.words = 0; /* "the number of trains" is no train_number */
	bool vague = exact ? !m.whole || (generic && !m.full) : m.entity && !m.full;
	if (vague || (name->small && m.words < 2)) m.words = 0;
	if (name->small && m.words < name->words.n) m.full = false;
	if (m.entity) m.score *= 0.8;
	return m;
}

enum { CANDIDATES = 400 };
static const double ENOUGH = 0.44;

/* Whether another column's name has the word; frames of many columns are not searched. */
static bool shared(const vocabulary *v, size_t c, const lexeme *word) {
	enum { SEARCHED = 60 };
	if (v->f->ncols > SEARCHED) return true;
	for (size_t i = 0; i < v->f->ncols; i++)
		for (size_t k = 0; i != c && k < v->targets[i].words.n; k++)
			if (likeness(&v->targets[i].lexemes[k], word) > 0.7) return true;
	return false;
}

static void split_target(const column *c, target *t) {
	name_split(c->name, &t->words);
	t->small = t->words.n > 1;
	for (size_t i = 0; i < t->words.n; i++) {
		lexeme_of(t->words.word[i], &t->lexemes[i]);
		t->small &= t->lexemes[i].stop;
	}
}

static void weigh_target(const vocabulary *v, size_t c) {
	target *t = &v->targets[c];
	t->own = t->lone = 0;
	for (size_t i = 0; i < t->words.n; i++) {
		const lexeme *word = &t->lexemes[i];
		t->weights[i] = t->small ? (weight){0.6, 0.2} : weigh(v, word);
		if (word->stop) continue;
		if (table_word(v, word))
			t->own |= 1u << i;
		else if (!shared(v, c, word))
			t->lone |= 1u << i;
	}
}

vocabulary *vocabulary_new(const frame *f) {
	vocabulary *v = calloc(1, sizeof *v);
	name_words stem;
	if (!v) return NULL;
	v->f = f;
	v->targets = calloc(f->ncols + 1, sizeof *v->targets);
	if (!v->targets) {
		free(v);
		return NULL;
	}
	name_split(slice_of(f->stem), &stem);
	for (; v->ntable < stem.n && v->ntable < TABLE_WORDS; v->ntable++)
		lexeme_of(stem.word[v->ntable], &v->table[v->ntable]);
	for (size_t c = 0; c < f->ncols; c++) split_target(&f->cols[c], &v->targets[c]);
	for (size_t c = 0; c < f->ncols; c++) weigh_target(v, c);
	return v;
}

bool vocabulary_has(const vocabulary *v, const lexeme *word) {
	for (size_t c = 0; c < v->f->ncols; c++)
		for (size_t i = 0; i < v->targets[c].words.n; i++)
			if (likeness(&v->targets[c].lexemes[i], word) == 1) return true;
	return table_word(v, word);
}

void vocabulary_free(vocabulary *v) {
	if (!v) return;
	free(v->targets);
	free(v);
}

static bool better(const mention *a, const mention *b) {
	if (a->score != b->score) return a->score > b->score;
	return a->full && !b->full;
}

static bool overlap(const mention *a, const mention *b) {
	return a->from < b->from + b->n && b->from < a->from + a->n;
}

static void add_mention(mentions *out, const mention *m) {
	for (size_t i = 0; i < out->n; i++) {
		if (!overlap(&out->m[i], m)) continue;
		bool as_good = out->m[i].score - m->score < 0.01 && out->m[i].from == m->from;
		if (as_good && out->m[i].column != m->column) out->m[i].rival = true;
		return;
	}
	if (out->n == MENTIONS) return;
	size_t at = out->n++;
	for (; at > 0 && out->m[at - 1].from > m->from; at--) out->m[at] = out->m[at - 1];
	out->m[at] = *m;
}

/* The best candidates are kept when there are too many: the list is short. */
static void offer(mention *list, size_t *n, const mention *m) {
	if (*n < CANDIDATES) {
		list[(*n)++] = *m;
		return;
	}
	size_t worst = 0;
	for (size_t i = 1; i < *n; i++)
		if (better(&list[worst], &list[i])) worst = i;
	if (better(m, &list[worst])) list[worst] = *m;
}

static int compare_mentions(const void *x, const void *y) {
	const mention *a = x, *b = y;
	if (better(a, b)) return -1;
	if (better(b, a)) return 1;
	if (a->column != b->column) return a->column < b->column ? -1 : 1;
	return a->from < b->from ? -1 : a->from > b->from;
}

/* "each kind of result": the kind is of the result, no column of its own. */
static void drop_kinds(const question *q, mentions *all) {
	size_t kept = 0;
	for (size_t i = 0; i < all->n; i++) {
		const mention *m = &all->m[i];
		bool kind = m->n == 1 && (!m->full || m->score < 0.9) &&
			    token_is(q, m->from, "kind|kinds|type|types|sort|sorts|category|categories") &&
			    token_is(q, m->from + 1, "of") && i + 1 < all->n && all->m[i + 1].from <= m->from + 3;
		if (!kind) all->m[kept++] = *m;
	}
	all->n = kept;
}

/* "the names of departments", with columns name and dept_name: the second is meant. "The form name": the form. */
static void drop_bare_names(const question *q, const vocabulary *v, mentions *all) {
	size_t kept = 0;
	for (size_t i = 0; i < all->n; i++) {
		const mention *m = &all->m[i], *next = i + 1 < all->n ? &all->m[i + 1] : NULL;
		bool bare = v->targets[m->column].words.n == 1 && token_is(q, m->from, "name|names");
		bool other =
		    bare && kept > 0 && all->m[kept - 1].from + all->m[kept - 1].n == m->from; /* "the form name" */
		for (const mention *o = next; bare && o && o < all->m + all->n; o++) {
			const name_words *w = &v->targets[o->column].words;
			other |= w->n > 1 && name_has(w, "name") && token_is(q, o->from - 1, "of|for");
		}
		if (!other) all->m[kept++] = *m;
	}
	all->n = kept;
}

/* "the date" where there is only one column of times, whatever its name says beyond it. */
static void find_bare_date(const question *q, const frame *f, mentions *out) {
	int only = -1, times = 0;
	for (size_t i = 0; i < f->ncols; i++)
		if (is_time(&f->cols[i])) only = (int)i, times++;
	for (size_t at = 0; times == 1 && at < q->n; at++) {
		if (q->t[at].used || !token_is(q, at, "date|dates|when") || mention_at(out, at)) continue;
		mention m = {.from = at, .n = 1, .column = only, .score = 0.5, .words = 1};
		bool there = false;
		for (size_t i = 0; i < out->n; i++) there |= out->m[i].column == only;
		if (!there) add_mention(out, &m);
	}
}

void mentions_find(question *q, const vocabulary *v, mentions *out) {
	const frame *f = v->f;
	mention *list = malloc(CANDIDATES * sizeof *list);
	size_t n = 0;
	out->n = 0;
	for (size_t at = 0; at < q->n; at++) {
		const token *t = &q->t[at];
		q->t[at].rows = t->kind == TOKEN_WORD && !t->lexeme.stop && table_word(v, &t->lexeme);
	}
	for (size_t c = 0; list && c < f->ncols; c++) {
		const target *name = &v->targets[c];
		for (size_t at = 0; name->words.n && at < q->n; at++) {
			if (q->t[at].used || q->t[at].kind == TOKEN_MARK) continue;
			mention m = window(q, at, name);
			m.column = (int)c;
			if (m.words > 0 && m.score >= ENOUGH) offer(list, &n, &m);
		}
	}
	if (list) qsort(list, n, sizeof *list, compare_mentions);
	for (size_t i = 0; i < n; i++) add_mention(out, &list[i]);
	free(list);
	drop_kinds(q, out);
	drop_bare_names(q, v, out);
	find_bare_date(q, f, out);
}

const mention *mention_at(const mentions *all, size_t at) {
	for (size_t i = 0; i < all->n; i++)
		if (at >= all->m[i].from && at < all->m[i].from + all->m[i].n) return &all->m[i];
	return NULL;
}

const mention *mention_before(const mentions *all, size_t at) {
	const mention *last = NULL;
	for (size_t i = 0; i < all->n; i++)
		if (all->m[i].from + all->m[i].n <= at) last = &all->m[i];
	return last;
}

const mention *mention_after(const mentions *all, size_t at) {
	for (size_t i = 0; i < all->n; i++)
		if (all->m[i].from >= at) return &all->m[i];
	return NULL;
}

void mentions_drop_used(mentions *all, const question *q) {
	size_t kept = 0;
	for (size_t i = 0; i < all->n; i++) {
		bool used = false;
		for (size_t k = 0; k < all->m[i].n; k++) used |= q->t[all->m[i].from + k].used;
		if (!used) all->m[kept++] = all->m[i];
	}
	all->n = kept;
}

bool names_table(const question *q, size_t at) {
	return q->t[at].rows;
}
