/* Open addressing with linear probing, so sparse that nearly every key is in its first slot: a second look would be a
 * wrong guess of the processor, and costs eight cells their turn together (kernel_text.c). Of many slots only those of
 * keys are read, so many take no more of the cache than few. Where many keys meet, by chance or by intent, the
 * dictionary is as good as full. */
#include "data/dictionary.h"

#include <stdlib.h>

enum { KEYS_FIRST = 8, KEYS_LEAST = 32, SPARSE = 64, SLOTS_MAX = 1 << 18, FAR = 64 };

/* SPARSE times as many as keys, 16 times where those are DICTIONARY_MAX. */
static size_t slots_for(size_t cap) {
	return SPARSE * cap < SLOTS_MAX ? SPARSE * cap : SLOTS_MAX;
}

/* The keys begin a line of the cache; aligned_alloc would take longer than all that is done with a small column. */
static bool make(dictionary *d, size_t cap) {
	size_t slots = slots_for(cap), bytes = cap * sizeof(cell_key) + slots * sizeof(uint16_t);
	char *memory = malloc(bytes + KEY_LINE - 1);
	if (!memory) return false;
	cell_key *keys = (cell_key *)(void *)(memory + -(uintptr_t)memory % KEY_LINE);
	if (d->n) memcpy(keys, d->keys, d->n * sizeof *keys);
	free(d->memory);
	d->memory = memory, d->keys = keys, d->slots = (uint16_t *)(void *)(keys + cap), d->cap = cap;
	memset(d->slots, 0, slots * sizeof *d->slots);
	d->shift = (unsigned)__builtin_clzll(slots) + 1;
	return true;
}

bool dictionary_init(dictionary *d, size_t most) {
	*d = (dictionary){.most = most < KEYS_LEAST ? KEYS_LEAST : most < DICTIONARY_MAX ? most : DICTIONARY_MAX};
	if (!make(d, KEYS_FIRST)) return false;
	d->keys[d->n++] = (cell_key){.len = UINT32_MAX};
	return true;
}

void dictionary_free(dictionary *d) {
	free(d->memory);
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
	d->forms |= 1u << form_of(k->len);
	if ((k->len & CELL_LENGTH) > d->longest) d->longest = k->len & CELL_LENGTH;
	return place(d, d->n++);
}
