/* The distinct cells of a text column, as they are written, each with the code of its text. Internal to src/data. */
#ifndef PLOTD_DATA_DICTIONARY_H
#define PLOTD_DATA_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { KEY_BYTES = 32, DICTIONARY_MAX = 16384, SPARSE = 16 };

/* A cell's first bytes, zeros behind them, and its length with CELL_CODED: all of it where it has KEY_BYTES at most. */
typedef struct cell_key {
	uint64_t word[KEY_BYTES / 8];
	uint32_t len;
	uint16_t code;
} cell_key;

typedef struct dictionary {
	cell_key *keys;  /* owned; the first is like none and stands for free slots */
	uint16_t *slots; /* owned; SPARSE times as many as there is room for keys */
	size_t n, cap, most;
	unsigned shift; /* of a hash, to a slot */
} dictionary;

/* p[0 … KEY_BYTES - 1] can be read; n of it are the cell's. No branch on n: it is as random as the cells are. */
static inline cell_key key_of(const char *p, size_t n, uint32_t len) {
	static const unsigned char ONES[2 * KEY_BYTES] = {[0 ... KEY_BYTES - 1] = 0xff};
	const unsigned char *mask = ONES + KEY_BYTES - n;
	cell_key k = {.len = len};
	for (size_t i = 0; i < KEY_BYTES / 8; i++) {
		uint64_t bits;
		memcpy(&bits, mask + 8 * i, 8);
		memcpy(&k.word[i], p + 8 * i, 8);
		k.word[i] &= bits;
	}
	return k;
}

/* A sum of products, of which the upper bits are taken (Dietzfelbinger 1996). */
static inline uint64_t key_hash(const cell_key *k) {
	return k->word[0] * 0x9e3779b97f4a7c15u + k->word[1] * 0xbf58476d1ce4e5b9u + k->word[2] * 0x94d049bb133111ebu +
	       k->word[3] * 0xd6e8feb86659fd93u;
}

static inline bool key_same(const cell_key *a, const cell_key *b) {
	return !((a->word[0] ^ b->word[0]) | (a->word[1] ^ b->word[1]) | (a->word[2] ^ b->word[2]) |
		 (a->word[3] ^ b->word[3]) | (a->len ^ b->len));
}

static inline size_t next_slot(const dictionary *d, size_t i) {
	return (i + 1) & (SPARSE * d->cap - 1);
}

static inline size_t first_slot(const dictionary *d, const cell_key *k) {
	return key_hash(k) >> d->shift;
}

/* The keys like k from slot *i on, one a call, which leaves *i at it; NULL at the end. */
static inline const cell_key *dictionary_find(const dictionary *d, const cell_key *k, size_t *i) {
	for (; d->slots[*i]; *i = next_slot(d, *i))
		if (key_same(&d->keys[d->slots[*i]], k)) return &d->keys[d->slots[*i]];
	return NULL;
}

/* For so many keys at most, and never more than DICTIONARY_MAX. */
bool dictionary_init(dictionary *d, size_t most);
void dictionary_free(dictionary *d);
/* A key that is not there. False when it is full, keys meet too often, or memory is out. */
bool dictionary_add(dictionary *d, const cell_key *k);

#endif
