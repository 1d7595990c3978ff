/* Files that answer already: the result of a query, sent along with the
 * question that the query came from. Their columns are drawn as they stand. */
#include "rules/reading.h"

#include "data/words.h"

#include <ctype.h>

/* COUNT(*), sum(x), avg(price): names that databases give. */
static bool function_name(slice name) {
	static const char FUNCTIONS[] = "count sum avg min max mean median total";
	size_t open = slice_find(name, '(');
	char word[16] = "";
	slice head = slice_trim(slice_sub(name, 0, open));
	if (open == name.n || head.n == 0 || head.n >= sizeof word || name.p[name.n - 1] != ')') return false;
	for (size_t i = 0; i < head.n; i++) word[i] = (char)tolower((unsigned char)head.p[i]);
	return word_in(word, FUNCTIONS);
}

bool looks_answered(const frame *f) {
	if (f->ncols > 4) return false;
	for (size_t i = 0; i < f->ncols; i++)
		if (function_name(f->cols[i].label.n ? f->cols[i].label : f->cols[i].name)) return true;
	name_words stem;
	name_split(slice_of(f->stem), &stem);
	if (name_has(&stem, "result results query output answer")) return true;
	return false;
}

/* One row of numbers is read, not drawn. */
static bool is_figure(const reading *r) {
	for (size_t i = 0; i < r->f->ncols; i++)
		if (!is_number(&r->f->cols[i])) return false;
	return r->f->rows == 1 && !r->chart_said;
}

void assign_result(reading *r, panel *p) {
	const frame *f = r->f;
	if (is_figure(r)) {
		p->chart = CHART_NUMBER;
		for (p->ny = 0; p->ny < f->ncols; p->ny++) p->y[p->ny] = (measure){(int)p->ny, AGG_NONE};
		return;
	}
	p->x = 0;
	if (f->ncols == 1) {
		p->y[0] = (measure){-1, AGG_COUNT}, p->ny = 1;
		return;
	}
	int y = 1;
	p->y[0] = (measure){y, AGG_NONE}, p->ny = 1;
	if (f->ncols > 2) p->color = 2;
	for (size_t i = 2; i < f->ncols; i++)
		if (function_name(f->cols[i].name) && p->ny < SPEC_MEASURES) {
			p->y[p->ny++] = (measure){(int)i, AGG_NONE};
			if (p->color == (int)i) p->color = -1;
		}
	if (!is_number(&f->cols[1]) && is_number(&f->cols[0])) p->x = 1, p->y[0].column = 0;
}
