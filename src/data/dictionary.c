/* Open addressing with linear probing, a sixteenth full at most, so that nearly every cell is found at once: a second
 * look would be a wrong guess of the processor. Where many keys meet, by chance or by intent, the dictionary is as good
 * as full. */
#include "data/dictionary.h"

#include "base/zeroed.h"

#include <stdlib.h>

enum { KEYS_FIRST = 32, FAR = 64 };

static bool make(dictionary *d, size_t cap) {
	cell_key *keys = realloc(d->keys, cap * sizeof *keys);
	if (!keys) return false;
	d->keys = keys;
	uint16_t *slots = zeroed(SPARSE * cap, sizeof *slots);
	if (!slots) return false;
	free(d->slots);
	d->slots = slots, d->cap = cap;
	d->shift = (unsigned)__builtin_clzll(SPARSE * cap) + 1;
	return true;
}

bool dictionary_init(dictionary *d, size_t most) {
	*d = (dictionary){.n = 1, .most = most < DICTIONARY_MAX ? most : DICTIONARY_MAX};
	if (!make(d, KEYS_FIRST)) return false;
	d->keys[0] = (cell_key){.len = UINT32_MAX};
	return true;
}

void dictionary_free(dictionary *d) {
	free(d->keys);
	free(d->slots);
	*d = (dictionary){0};
}

static bool place(dictionary *d, size_t key) {
	size_t i = first_slot(d, &d->keys[key]), steps = 0;
	for (; d->slots[i]; i = next_slot(d, i))
		if (++steps > FAR) return false;
	d->slots[i] = (uint16_t)key;
	return true;
}

static bool grow(dictionary *d) {
	if (2 * d->cap > d->most || !make(d, 2 * d->cap)) return false;
	for (size_t key = 1; key < d->n; key++)
		if (!place(d, key)) return false;
	return true;
}

bool dictionary_add(dictionary *d, const cell_key *k) {
	if (d->n == d->cap && !grow(d)) return false;
	d->keys[d->n] = *k;
	return place(d, d->n++);
}
