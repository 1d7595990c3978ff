/* How columns depend on each other within a frame, and which join between
 * frames. Both look at few values: columns of at most RELATE_DISTINCT
 * different ones, rows up to RELATE_ROWS (beyond, the first ones: what holds
 * for them is told as likely). */
#include "data/profile_format.h"
#include "data/words.h"

#include <stdlib.h>

enum { RELATE_COLUMNS = 24, RELATE_ROWS = 20000, RELATE_DISTINCT = 1000, JOIN_VALUES = 200 };

typedef struct link_slot {
	uint64_t from, to;
	bool used;
} link_slot;

static uint64_t cell_hash(const column *col, uint64_t row) {
	uint64_t h = 0x9e3779b97f4a7c15ull;
	if (cell_missing(col, row)) return 1;
	if (col->type == COL_TEXT) {
		slice s = cell_text(col, row);
		for (size_t i = 0; i < s.n; i++) h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3ull;
	} else if (col->type == COL_BOOL)
		h += cell_bool(col, row);
	else
		h ^= (uint64_t)cell_int(col, row) * 0xff51afd7ed558ccdull; /* doubles by their bits */
	h ^= h >> 32;
	return h * 0x9fb21c651e98df25ull | 2;
}

/* Whether each value of a goes with one value of b in the rows looked at. */
static bool determines(const frame *f, const column *a, const column *b, link_slot *slots, size_t nslots) {
	memset(slots, 0, nslots * sizeof *slots);
	uint64_t rows = f->rows < RELATE_ROWS ? f->rows : RELATE_ROWS;
	for (uint64_t row = 0; row < rows; row++) {
		uint64_t from = cell_hash(a, row), to = cell_hash(b, row);
		size_t i = (size_t)(from >> 20) & (nslots - 1);
		while (slots[i].used && slots[i].from != from) i = (i + 1) & (nslots - 1);
		if (slots[i].used && slots[i].to != to) return false;
		slots[i] = (link_slot){from, to, true};
	}
	return true;
}

static bool worth_relating(const column *col) {
	const column_profile *p = &col->profile;
	return !p->unique && p->distinct > 1 && p->distinct <= RELATE_DISTINCT && col->type != COL_FLOAT;
}

typedef void depend_sink(const column *from, const column *to, buf *out, bool first);

/* Pairs where the value of one column fixes that of another with fewer: city, country. */
static void each_dependence(const frame *f, depend_sink *sink, buf *out) {
	enum { SLOTS = 4096 };
	if (f->ncols > RELATE_COLUMNS || f->rows < 8) return;
	link_slot *slots = malloc(SLOTS * sizeof *slots);
	if (!slots) return;
	bool first = true;
	for (size_t a = 0; a < f->ncols; a++)
		for (size_t b = 0; b < f->ncols; b++) {
			const column *from = &f->cols[a], *to = &f->cols[b];
			if (a == b || !worth_relating(from) || !worth_relating(to)) continue;
			if (from->profile.distinct < to->profile.distinct || from->profile.distinct * 2 > f->rows)
				continue;
			if (!determines(f, from, to, slots, SLOTS)) continue;
			sink(from, to, out, first);
			first = false;
		}
	free(slots);
}

static void depend_json(const column *from, const column *to, buf *out, bool first) {
	buf_adds(out, first ? "{\"column\":" : ",{\"column\":");
	buf_json(out, from->name, false);
	buf_adds(out, ",\"fixes\":");
	buf_json(out, to->name, false);
	buf_addc(out, '}');
}

static void depend_text(const column *from, const column *to, buf *out, bool first) {
	(void)first;
	buf_printf(out, "each %.*s has one %.*s\n", SLICE_ARG(from->name), SLICE_ARG(to->name));
}

void profile_depends_json(const frame *f, buf *out) {
	each_dependence(f, depend_json, out);
}

void profile_depends_text(const frame *f, buf *out) {
	each_dependence(f, depend_text, out);
}

static bool joinable(const column *col) {
	const column_profile *p = &col->profile;
	bool kind = col->type == COL_TEXT || col->type == COL_INT;
	return kind && p->distinct > 1 && p->meaning != MEAN_FREE_TEXT && p->meaning != MEAN_MONEY;
}

/* Share of a's first values that b has among its first rows. */
static double overlap(const frame *fa, const column *a, const frame *fb, const column *b) {
	enum { SLOTS = 65536 };
	uint64_t *seen = calloc(SLOTS, sizeof *seen);
	if (!seen) return 0;
	uint64_t rows = fb->rows < RELATE_ROWS ? fb->rows : RELATE_ROWS, hits = 0, tried = 0;
	for (uint64_t row = 0; row < rows; row++) {
		uint64_t h = cell_hash(b, row);
		size_t i = (size_t)(h >> 20) & (SLOTS - 1);
		while (seen[i] && seen[i] != h) i = (i + 1) & (SLOTS - 1);
		seen[i] = h;
	}
	for (uint64_t row = 0; row < fa->rows && tried < JOIN_VALUES; row++) {
		if (cell_missing(a, row)) continue;
		uint64_t h = cell_hash(a, row);
		size_t i = (size_t)(h >> 20) & (SLOTS - 1);
		while (seen[i] && seen[i] != h) i = (i + 1) & (SLOTS - 1);
		hits += seen[i] == h, tried++;
	}
	free(seen);
	return tried ? (double)hits / (double)tried : 0;
}

/* customer_id points at the column id of customers. */
static bool points_at(const column *a, const frame *f, const column *b) {
	name_words from, table;
	name_split(a->name, &from);
	name_split(slice_of(f->stem), &table);
	if (from.n != 2 || !table.n || !slice_eq_nocase(b->name, SLICE("id")) || strcmp(from.word[1], "id") != 0)
		return false;
	const char *one = from.word[0], *many = table.word[table.n - 1];
	size_t n = strlen(one);
	return strncmp(one, many, n) == 0 && (!many[n] || strcmp(many + n, "s") == 0 || strcmp(many + n, "es") == 0);
}

/* Small integers overlap by chance: they join only under one name, text also under two. */
static bool joins(const frame *fa, const column *a, const frame *fb, const column *b) {
	if (a->type != b->type || !joinable(a) || !joinable(b)) return false;
	bool same_name = slice_eq_nocase(a->name, b->name) || points_at(a, fb, b) || points_at(b, fa, a);
	if (a->type == COL_INT && !same_name) return false;
	double best = overlap(fa, a, fb, b);
	if (best < 0.5) best = overlap(fb, b, fa, a);
	return best >= (same_name ? 0.5 : 0.8);
}

void profile_joins(frame *const *frames, size_t n, buf *out) {
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++) {
			if (frames[i]->ncols > RELATE_COLUMNS || frames[k]->ncols > RELATE_COLUMNS) continue;
			for (size_t a = 0; a < frames[i]->ncols; a++)
				for (size_t b = 0; b < frames[k]->ncols; b++) {
					const column *x = &frames[i]->cols[a], *y = &frames[k]->cols[b];
					if (!joins(frames[i], x, frames[k], y)) continue;
					buf_printf(out, "%s.", frames[i]->stem);
					buf_json(out, x->name, false);
					buf_printf(out, " = %s.", frames[k]->stem);
					buf_json(out, y->name, false);
					buf_addc(out, '\n');
				}
		}
}
