/* Cells' values in the words of a question. */
#include "rules/match.h"

#include <ctype.h>

enum { VALUE_ROWS = 50000, VALUE_BYTES = 80, VALUE_DISTINCT = 50000 };

static bool word_byte(char c) {
	return (unsigned char)c > 127 || isalnum((unsigned char)c);
}

/* How many tokens from `at` on spell the cell, word for word; 0 when they do not. */
static size_t spells(const question *q, size_t at, slice cell) {
	size_t i = 0, k = at;
	while (i < cell.n) {
		while (i < cell.n && !word_byte(cell.p[i])) i++;
		if (i == cell.n) break;
		while (k < q->n && q->t[k].kind == TOKEN_MARK && k > at) k++;
		if (k == q->n) return 0;
		slice said = q->t[k].text;
		if (!slice_eq_nocase(slice_sub(cell, i, said.n), said)) return 0;
		i += said.n;
		if (i < cell.n && word_byte(cell.p[i])) return 0;
		k++;
	}
	return k - at;
}

static bool searchable(const column *c) {
	return c->type == COL_TEXT && c->profile.distinct <= VALUE_DISTINCT && c->profile.meaning != MEAN_FREE_TEXT;
}

static void keep_longest(value_hit *best, const value_hit *hit) {
	if (hit->n > best->n || (hit->n == best->n && hit->text.n < best->text.n)) *best = *hit;
}

value_hit value_at(const question *q, size_t at, const frame *f, int index) {
	const column *c = &f->cols[index];
	value_hit best = {.from = at, .column = index};
	uint64_t rows = f->rows < VALUE_ROWS ? f->rows : VALUE_ROWS;
	for (uint64_t row = 0; c->type == COL_TEXT && row < rows; row++) {
		slice cell = cell_text(c, row);
		if (cell.n == 0 || cell.n > VALUE_BYTES) continue;
		value_hit hit = {at, spells(q, at, cell), index, cell};
		if (hit.n) keep_longest(&best, &hit);
	}
	return best;
}

/* Short values only as they are written, so that "in" is no Indiana. */
static bool plausible(const question *q, size_t at, const value_hit *hit) {
	const token *t = &q->t[at];
	if (hit->n > 1) return true;
	if (t->kind == TOKEN_QUOTED) return true;
	if (t->kind != TOKEN_WORD || word_is_stop(t->word)) return false;
	if (hit->text.n <= 3)
		return slice_eq(hit->text, t->text) && hit->text.n > 1 && isupper((unsigned char)t->text.p[0]);
	return true;
}

/* First letters of the cells, so that most of them are passed over at a glance. */
static void first_letters(const question *q, bool letters[256]) {
	for (size_t i = 0; i < q->n; i++) {
		if (q->t[i].kind == TOKEN_MARK || q->t[i].text.n == 0) continue;
		letters[tolower((unsigned char)q->t[i].text.p[0])] = true;
		letters[toupper((unsigned char)q->t[i].text.p[0])] = true;
	}
}

static void add_hit(value_hit hits[VALUE_HITS], size_t *n, const value_hit *hit) {
	for (size_t i = 0; i < *n; i++) {
		bool apart = hit->from >= hits[i].from + hits[i].n || hits[i].from >= hit->from + hit->n;
		if (apart) continue;
		if (hit->n > hits[i].n) hits[i] = *hit;
		return;
	}
	if (*n < VALUE_HITS) hits[(*n)++] = *hit;
}

static void find_in_column(const question *q, const frame *f, int index, const bool letters[256],
			   value_hit hits[VALUE_HITS], size_t *n) {
	const column *c = &f->cols[index];
	uint64_t rows = f->rows < VALUE_ROWS ? f->rows : VALUE_ROWS;
	for (uint64_t row = 0; row < rows; row++) {
		slice cell = cell_text(c, row);
		if (cell.n < 2 || cell.n > VALUE_BYTES || !letters[(unsigned char)cell.p[0]]) continue;
		for (size_t at = 0; at < q->n; at++) {
			if (q->t[at].used) continue;
			value_hit hit = {at, spells(q, at, cell), index, cell};
			if (hit.n && plausible(q, at, &hit)) add_hit(hits, n, &hit);
		}
	}
}

size_t values_find(const question *q, const frame *f, value_hit hits[VALUE_HITS]) {
	bool letters[256] = {false};
	size_t n = 0;
	first_letters(q, letters);
	for (size_t i = 0; i < f->ncols; i++)
		if (searchable(&f->cols[i])) find_in_column(q, f, (int)i, letters, hits, &n);
	return n;
}
