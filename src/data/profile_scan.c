/* How the scan works. A column is looked at in blocks of SCAN_BLOCK rows, so
 * that each step reads from the cache what the first one fetched. A block is
 * gathered to keys (64 bits a value: numbers as they are, text hashed) with the
 * rows they come from; missing values drop out there. Then, in turn: order,
 * extremes, distinct values. A column whose values only go up has as many
 * distinct values as steps: nothing is hashed for it. */
#include "data/profile_scan.h"

#include <math.h>

enum { SCAN_BLOCK = 1024 };

typedef struct scan {
	const column *col;
	column_profile *p;
	scratch *s;
	uint64_t keys[SCAN_BLOCK], rows[SCAN_BLOCK];
	double numbers[SCAN_BLOCK];
	size_t n;             /* values of the block */
	bool ascii;           /* TEXT: bytes are characters */
	bool hashing;         /* values are tallied */
	bool rose, fell, met; /* order so far: a step up, down, none */
	uint64_t steps, seen; /* changes from value to value; values */
	uint64_t last_key, last_row;
	double last;
	uint64_t stride, next; /* of the sample */
	size_t sampled;
} scan;

static inline uint64_t mix(uint64_t x) { /* the finaliser of MurmurHash3 (Appleby) */
	x ^= x >> 33, x *= 0xff51afd7ed558ccdull;
	x ^= x >> 33, x *= 0xc4ceb9fe1a85ec53ull;
	return x ^ x >> 33;
}

static inline uint64_t hash_text(slice s) {
	uint64_t h = 0x9e3779b97f4a7c15ull ^ s.n, word;
	for (; s.n >= 8; s.p += 8, s.n -= 8) {
		memcpy(&word, s.p, 8);
		h = (h ^ word) * 0x9fb21c651e98df25ull;
		h ^= h >> 29;
	}
	word = 0;
	if (s.n) memcpy(&word, s.p, s.n);
	return mix(h ^ word);
}

static bool all_ascii(const char *p, size_t n) {
	uint64_t high = 0, word;
	for (; n >= 8; p += 8, n -= 8) memcpy(&word, p, 8), high |= word;
	for (; n; p++, n--) high |= (uint64_t)(unsigned char)*p;
	return (high & 0x8080808080808080ull) == 0;
}

static double characters(slice s) {
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return (double)n;
}

static inline void gather_value(scan *s, uint64_t row) {
	const column *col = s->col;
	uint64_t key = 0;
	double number = 0;
	if (col->type == COL_TEXT) {
		slice text = cell_text(col, row);
		key = s->hashing ? hash_text(text) : 0;
		number = s->ascii ? (double)text.n : characters(text);
	} else if (col->type == COL_FLOAT) {
		number = cell_float(col, row);
		if (isnan(number)) return;
		number += 0.0; /* -0 is 0 */
		memcpy(&key, &number, 8);
	} else if (col->type == COL_BOOL) {
		key = cell_bool(col, row), number = (double)key;
	} else {
		key = (uint64_t)cell_int(col, row), number = (double)(int64_t)key;
	}
	s->keys[s->n] = key, s->numbers[s->n] = number, s->rows[s->n++] = row;
}

static void gather(scan *s, uint64_t from, uint64_t to) {
	s->n = 0;
	if (!s->col->valid) {
		for (uint64_t row = from; row < to; row++) gather_value(s, row);
		return;
	}
	for (uint64_t row = from; row < to; row++)
		if (!cell_missing(s->col, row)) gather_value(s, row);
}

/* Below, equal, above: -1, 0, 1. */
static int compare_text(const column *col, uint64_t a, uint64_t b) {
	slice x = cell_text(col, a), y = cell_text(col, b);
	size_t n = x.n < y.n ? x.n : y.n;
	int way = n ? memcmp(x.p, y.p, n) : 0;
	return way ? way : (x.n > y.n) - (x.n < y.n);
}

static void look_at_order(scan *s) {
	for (size_t i = 0; i < s->n && !(s->rose && s->fell); i++) {
		int way = 0;
		if (s->met) {
			if (s->col->type == COL_TEXT)
				way = compare_text(s->col, s->rows[i], s->last_row);
			else
				way = (s->numbers[i] > s->last) - (s->numbers[i] < s->last);
			if (way == 0 && s->col->type != COL_TEXT && s->keys[i] != s->last_key)
				way = (int64_t)s->keys[i] > (int64_t)s->last_key ? 1 : -1; /* integers above 2^53 */
		}
		if (way > 0) s->rose = true;
		if (way < 0) s->fell = true;
		if (way != 0 || !s->met) s->steps++;
		s->met = true;
		s->last = s->numbers[i], s->last_key = s->keys[i], s->last_row = s->rows[i];
	}
}

static void look_at_extremes(scan *s) {
	double low = s->p->min, high = s->p->max, sum = 0;
	for (size_t i = 0; i < s->n; i++) {
		double v = s->numbers[i];
		low = v < low ? v : low;
		high = v > high ? v : high;
		sum += v;
	}
	s->p->min = low, s->p->max = high, s->p->sum += sum;
}

static void take_sample(scan *s) {
	for (; s->next < s->seen + s->n && s->sampled < PROFILE_SAMPLE; s->next += s->stride)
		s->s->sample[s->sampled++] = s->numbers[s->next - s->seen];
}

static bool look_at_values(scan *s) {
	if (!s->hashing) return true;
	if (s->col->type != COL_TEXT)
		for (size_t i = 0; i < s->n; i++) s->keys[i] = mix(s->keys[i]);
	return tally_add(&s->s->tally, s->keys, s->rows, s->n);
}

/* Whether the values only go up or only go down, and so need no table. Most
 * columns answer within a few rows. */
static bool strictly_ordered(const column *col, uint64_t rows) {
	if (col->nulls || rows < 2 || col->type == COL_BOOL) return false;
	int way = 0;
	for (uint64_t i = 1; i < rows; i++) {
		int step;
		if (col->type == COL_TEXT)
			step = compare_text(col, i, i - 1);
		else if (col->type == COL_FLOAT)
			step = (cell_float(col, i) > cell_float(col, i - 1)) -
			       (cell_float(col, i) < cell_float(col, i - 1));
		else
			step = (cell_int(col, i) > cell_int(col, i - 1)) - (cell_int(col, i) < cell_int(col, i - 1));
		step = (step > 0) - (step < 0);
		if (step == 0 || (way && step != way)) return false;
		way = step;
	}
	return true;
}

static void conclude(scan *s) {
	column_profile *p = s->p;
	p->distinct_exact = !s->hashing || !s->s->tally.over;
	p->distinct = s->hashing ? tally_distinct(&s->s->tally) : s->steps;
	if (p->distinct > s->seen) p->distinct = s->seen;
	p->sorted = s->seen < 2 || (s->rose && s->fell) ? 0 : s->fell ? -1 : 1;
	if (p->sorted) p->distinct = s->steps, p->distinct_exact = true;
	p->unique = s->seen > 0 && p->distinct_exact && p->distinct == s->seen;
	p->constant = p->distinct_exact && p->distinct == 1;
	p->has_numbers = s->seen > 0 && isfinite(p->min) && isfinite(p->max);
	p->mean = s->seen ? p->sum / (double)s->seen : 0;
	if (!p->has_numbers) {
		p->min = p->max = p->mean = p->sum = 0;
		return;
	}
	scan_quartiles(s->s->sample, s->sampled, p);
}

bool scan_column(const frame *f, column *col, scratch *scr, const cancel *c, deadline d, err *e) {
	column_profile *p = &col->profile;
	scan s = {.col = col, .p = p, .s = scr};
	uint64_t there = f->rows - (col->nulls < f->rows ? col->nulls : f->rows);
	s.stride = there / PROFILE_SAMPLE + 1;
	s.hashing = !strictly_ordered(col, f->rows);
	s.ascii = col->type == COL_TEXT && all_ascii(col->bytes, (size_t)((const int64_t *)col->values)[col->texts]);
	p->min = INFINITY, p->max = -INFINITY, p->sum = 0;
	if (!tally_reset(&scr->tally)) return err_set(e, ERR_MEMORY, "no memory for the profile");
	for (uint64_t row = 0; row < f->rows; row += SCAN_BLOCK) {
		if (row % (SCAN_BLOCK * 64) == 0 && !still_wanted(c, d, e)) return false;
		gather(&s, row, row + SCAN_BLOCK < f->rows ? row + SCAN_BLOCK : f->rows);
		look_at_order(&s);
		look_at_extremes(&s);
		take_sample(&s);
		if (!look_at_values(&s)) return err_set(e, ERR_MEMORY, "no memory for the profile");
		s.seen += s.n;
	}
	conclude(&s);
	return true;
}

/* Hoare's quickselect: the k-th smallest to its place. */
static double nth(double *v, size_t n, size_t k) {
	size_t low = 0, high = n - 1;
	while (low < high) {
		double pivot = v[low + (high - low) / 2];
		size_t i = low, j = high;
		while (i <= j) {
			while (v[i] < pivot) i++;
			while (v[j] > pivot) j--;
			if (i > j) break;
			double swap = v[i];
			v[i] = v[j], v[j] = swap;
			i++;
			if (j == 0) break;
			j--;
		}
		if (k <= j)
			high = j;
		else if (k >= i)
			low = i;
		else
			break;
	}
	return v[k];
}

/* Linear between neighbours, as numpy's default (Hyndman and Fan, type 7). */
static double quantile(double *v, size_t n, double q) {
	double at = q * (double)(n - 1);
	size_t k = (size_t)at;
	double low = nth(v, n, k), high = k + 1 < n ? nth(v, n, k + 1) : low;
	return low + (at - (double)k) * (high - low);
}

void scan_quartiles(double *sample, size_t n, column_profile *p) {
	if (n == 0) return;
	p->q1 = quantile(sample, n, 0.25);
	p->median = quantile(sample, n, 0.5);
	p->q3 = quantile(sample, n, 0.75);
}
