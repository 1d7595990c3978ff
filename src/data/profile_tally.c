#include "data/profile_scan.h"

#include "base/fd.h"

#include <math.h>

enum { TALLY_FIRST = 64 };

void tally_free(tally *t) {
	free(t->slots);
	t->slots = NULL;
	t->nslots = 0;
}

bool tally_reset(tally *t) {
	if (t->nslots == 0) {
		t->slots = malloc(TALLY_FIRST * sizeof *t->slots);
		if (!t->slots) return false;
		t->nslots = TALLY_FIRST;
	}
	memset(t->slots, 0, t->nslots * sizeof *t->slots);
	if (t->over) memset(t->registers, 0, sizeof t->registers);
	t->used = 0, t->over = false;
	return true;
}

static tally_slot *tally_find(tally_slot *slots, size_t nslots, uint64_t hash) {
	size_t i = (size_t)hash & (nslots - 1);
	while (slots[i].count && slots[i].hash != hash) i = (i + 1) & (nslots - 1);
	return &slots[i];
}

static bool tally_widen(tally *t) {
	size_t wider = t->nslots * 4;
	tally_slot *slots = calloc(wider, sizeof *slots);
	if (!slots) return false;
	for (size_t i = 0; i < t->nslots; i++)
		if (t->slots[i].count) *tally_find(slots, wider, t->slots[i].hash) = t->slots[i];
	free(t->slots);
	t->slots = slots, t->nslots = wider;
	return true;
}

/* The register is chosen by the top bits, its value is the rank of the first
 * one bit of the rest (Flajolet et al. 2007). */
static inline void hll_add(tally *t, uint64_t hash) {
	size_t r = hash >> (64 - HLL_BITS);
	uint8_t rank = (uint8_t)(__builtin_clzll(hash << HLL_BITS | 1ull << (HLL_BITS - 1)) + 1);
	if (rank > t->registers[r]) t->registers[r] = rank;
}

static void tally_overflow(tally *t) {
	for (size_t i = 0; i < t->nslots; i++)
		if (t->slots[i].count) hll_add(t, t->slots[i].hash);
	t->over = true;
}

bool tally_add(tally *t, const uint64_t *hashes, const uint64_t *rows, size_t n) {
	size_t i = 0;
	for (; i < n && !t->over; i++) {
		tally_slot *slot = tally_find(t->slots, t->nslots, hashes[i]);
		if (slot->count++) continue;
		slot->hash = hashes[i], slot->row = rows[i];
		if (++t->used > PROFILE_EXACT) tally_overflow(t);
		if (t->used * 2 > t->nslots && !tally_widen(t)) return false;
	}
	for (; i < n; i++) hll_add(t, hashes[i]);
	return true;
}

/* sigma and tau of Ertl, "New cardinality estimation algorithms for
 * HyperLogLog sketches" (arXiv 1702.01284, algorithm 6): unbiased over the
 * whole range without Heule's tables. */
static double ertl_sigma(double x) {
	if (x >= 1) return INFINITY;
	double y = 1, z = x, before;
	do {
		x *= x, before = z;
		z += x * y, y += y;
	} while (z != before);
	return z;
}

static double ertl_tau(double x) {
	if (x <= 0 || x >= 1) return 0;
	double y = 1, z = 1 - x, before;
	do {
		x = sqrt(x), before = z;
		y *= 0.5, z -= (1 - x) * (1 - x) * y;
	} while (z != before);
	return z / 3;
}

uint64_t tally_distinct(const tally *t) {
	if (!t->over) return t->used;
	enum { Q = 64 - HLL_BITS };
	size_t ranks[Q + 2] = {0};
	for (size_t i = 0; i < HLL_REGISTERS; i++) ranks[t->registers[i]]++;
	double m = HLL_REGISTERS, z = m * ertl_tau(1 - (double)ranks[Q + 1] / m);
	for (int k = Q; k >= 1; k--) z = 0.5 * (z + (double)ranks[k]);
	z += m * ertl_sigma((double)ranks[0] / m);
	double alpha = 0.5 / log(2);
	return (uint64_t)llround(alpha * m * m / z);
}
