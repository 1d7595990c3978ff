/* Orders that people keep: parts of time, steps of a scale. */
#include "rules/code.h"

#include <ctype.h>
#include <stdlib.h>

enum { ORDER_NAMES_MOST = 24, ORDER_ROWS = 200000 };

static const struct {
	unsigned letters;      /* that are compared; 0: all */
	const char *names[13]; /* lower case, in order */
} ORDERS[] = {
    {3, {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}},
    {3, {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
    {3, {"jan", "feb", "mÃ¤r", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"}},
    {0, {"montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"}},
    {0, {"very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"}},
    {0, {"very unlikely", "unlikely", "neutral", "likely", "very likely"}},
    {0, {"strongly disagree", "disagree", "neutral", "agree", "strongly agree"}},
    {0, {"never", "rarely", "sometimes", "often", "always"}},
    {0, {"very poor", "poor", "fair", "average", "good", "very good", "excellent"}},
    {0, {"very low", "low", "medium", "moderate", "high", "very high", "critical"}},
    {0, {"small", "medium", "large", "extra large"}},
    {0, {"xs", "s", "m", "l", "xl", "xxl"}},
};

/* The place of a cell in an order, or -1. */
static int rank_in(slice cell, size_t order) {
	char lower[64] = "";
	slice s = slice_utf8_cut(slice_trim(cell), sizeof lower - 1);
	for (size_t i = 0; i < s.n; i++) lower[i] = (char)tolower((unsigned char)s.p[i]);
	for (int i = 0; i < 13 && ORDERS[order].names[i]; i++) {
		const char *name = ORDERS[order].names[i];
		if (ORDERS[order].letters ? strncmp(lower, name, strlen(name)) == 0 : strcmp(lower, name) == 0)
			return i;
	}
	return -1;
}

/* The number that a span begins with: "18-24", "65+", "< 18", "5 to 10"; false for other text. */
static bool span_start(slice cell, double *at) {
	slice s = slice_trim(cell);
	char digits[24];
	size_t n = 0;
	bool below = s.n && (s.p[0] == '<');
	while (s.n && strchr("<> =", s.p[0])) s = slice_sub(s, 1, s.n);
	while (s.n && n + 1 < sizeof digits && (isdigit((unsigned char)s.p[0]) || (n && strchr(".,", s.p[0])))) {
		if (s.p[0] != ',') digits[n++] = s.p[0];
		s = slice_sub(s, 1, s.n);
	}
	digits[n] = 0;
	*at = strtod(digits, NULL) - below;
	s = slice_trim(s);
	return n && (s.n == 0 || strchr("-+~", s.p[0]) || slice_starts(s, SLICE("to ")) ||
		     slice_starts(s, SLICE("\xe2\x80\x93")));
}

static int compare_spans(const void *a, const void *b) {
	double x, y;
	(void)span_start(*(const slice *)a, &x);
	(void)span_start(*(const slice *)b, &y);
	return x < y ? -1 : x > y;
}

typedef struct values {
	slice v[ORDER_NAMES_MOST];
	size_t n;
} values;

/* The different cells; false when there are too many for an order. */
static bool collect(const frame *f, const column *c, values *out) {
	uint64_t rows = f->rows < ORDER_ROWS ? f->rows : ORDER_ROWS;
	for (uint64_t row = 0; row < rows; row++) {
		if (cell_missing(c, row)) continue;
		slice s = cell_text(c, row);
		size_t i = 0;
		while (i < out->n && !slice_eq(out->v[i], s)) i++;
		if (i < out->n) continue;
		if (out->n == ORDER_NAMES_MOST) return false;
		out->v[out->n++] = s;
	}
	return out->n > 1;
}

static bool all_ranked(const values *all, size_t order) {
	for (size_t i = 0; i < all->n; i++)
		if (rank_in(all->v[i], order) < 0) return false;
	return true;
}

static bool order_spans(values *all, buf *list) {
	double at;
	for (size_t i = 0; i < all->n; i++)
		if (!span_start(all->v[i], &at)) return false;
	qsort(all->v, all->n, sizeof *all->v, compare_spans);
	buf_addc(list, '[');
	for (size_t i = 0; i < all->n; i++) {
		if (i) buf_adds(list, ", ");
		buf_python(list, all->v[i]);
	}
	buf_addc(list, ']');
	return true;
}

bool word_order(const frame *f, const column *c, buf *list) {
	values all = {.n = 0};
	if (c->type != COL_TEXT || c->profile.distinct > ORDER_NAMES_MOST || !collect(f, c, &all)) return false;
	for (size_t k = 0; k < sizeof ORDERS / sizeof *ORDERS; k++) {
		if (!all_ranked(&all, k)) continue;
		buf_addc(list, '[');
		for (int rank = 0; rank < 13; rank++)
			for (size_t i = 0; i < all.n; i++) {
				if (rank_in(all.v[i], k) != rank) continue;
				if (list->n > 1) buf_adds(list, ", ");
				buf_python(list, all.v[i]);
			}
		buf_addc(list, ']');
		return true;
	}
	return order_spans(&all, list);
}
