/* The distinct cells of a text column, as they are written, each with the code of its text. Internal to src/data. */
#ifndef PLOTD_DATA_DICTIONARY_H
#define PLOTD_DATA_DICTIONARY_H

#include "data/rows.h"

enum { KEY_WORDS = 7, KEY_BYTES = KEY_WORDS * 8, SHORT_WORDS = 4, KEY_LINE = 64, DICTIONARY_MAX = 16384 };
/* In a key's length, where no cell's has it: the cell is longer than KEY_BYTES, its text is to be compared. */
#define KEY_LONG 0x20000000u

/* A cell's first bytes, zeros behind them, and its length with its flags: in and out of quotes the same bytes may be
 * other texts. A line of the cache, and one vector. */
typedef struct cell_key {
	uint64_t word[KEY_WORDS];
	uint32_t len;
	uint16_t code, unused;
} cell_key;
_Static_assert(sizeof(cell_key) == KEY_LINE, "kernel_text.c compares keys as vectors");

typedef struct dictionary {
	void *memory;    /* owned; of the two that follow */
	cell_key *keys;  /* each in a line of its own; the first is like none and stands for free slots */
	uint16_t *slots; /* many times as many as there is room for keys */
	size_t n, cap, most;
	unsigned shift;   /* of a hash, to a slot */
	unsigned forms;   /* a bit for each of what form_of gives */
	uint32_t longest; /* of the keys' lengths, without flags */
} dictionary;

/* By which a key's words and, last, its length are multiplied: of the length as if it were the fourth word's upper
 * half, where kernel_text.c puts that of a cell which ends before it. */
static const uint64_t KEY_FACTORS[KEY_WORDS + 1] = {0x9e3779b97f4a7c15u, 0xbf58476d1ce4e5b9u, 0x94d049bb133111ebu,
						    0xd6e8feb86659fd93u, 0xff51afd7ed558ccdu, 0xc4ceb9fe1a85ec53u,
						    0xd1342543de82ef95u, 0x6659fd93ull << 32};

/* How many words a cell of that length needs; those behind them are zeros. */
static inline size_t words_of(uint32_t len) {
	return (len & CELL_LENGTH) <= SHORT_WORDS * 8 ? SHORT_WORDS : KEY_WORDS;
}

/* Of the n bytes at p, of which so many words can be read. No branch on n: it is as random as the cells are. */
static inline void key_load(cell_key *k, const char *p, size_t n, size_t words) {
	static const unsigned char ONES[2 * KEY_BYTES] = {[0 ... KEY_BYTES - 1] = 0xff};
	const unsigned char *mask = ONES + KEY_BYTES - n;
	for (size_t i = 0; i < words; i++) {
		uint64_t bits;
		memcpy(&bits, mask + 8 * i, 8);
		memcpy(&k->word[i], p + 8 * i, 8);
		k->word[i] &= bits;
	}
}

/* A sum of products, of which the upper bits are taken (Dietzfelbinger 1996). */
static inline uint64_t key_hash(const cell_key *k, size_t words) {
	uint64_t sum = k->len * KEY_FACTORS[KEY_WORDS];
	for (size_t i = 0; i < words; i++) sum += k->word[i] * KEY_FACTORS[i];
	return sum;
}

static inline bool key_same(const cell_key *a, const cell_key *b, size_t words) {
	uint64_t other = a->len ^ b->len;
	for (size_t i = 0; i < words; i++) other |= a->word[i] ^ b->word[i];
	return !other;
}

/* Whether the cell stood in quotes and is coded, as a number. */
static inline unsigned form_of(uint32_t len) {
	return len >> 30;
}

static inline size_t next_slot(const dictionary *d, size_t i) {
	return (i + 1) & (UINT64_MAX >> d->shift);
}

static inline size_t first_slot(const dictionary *d, const cell_key *k) {
	return key_hash(k, words_of(k->len)) >> d->shift;
}

/* The keys like k from slot *i on, one a call, which leaves *i at it; NULL at the end. */
static inline const cell_key *dictionary_find(const dictionary *d, const cell_key *k, size_t *i) {
	for (size_t words = words_of(k->len); d->slots[*i]; *i = next_slot(d, *i))
		if (key_same(&d->keys[d->slots[*i]], k, words)) return &d->keys[d->slots[*i]];
	return NULL;
}

/* For so many keys at most, and never more than DICTIONARY_MAX. */
bool dictionary_init(dictionary *d, size_t most);
void dictionary_free(dictionary *d);
/* A key that is not there. False when it is full, keys meet too often, or memory is out. */
bool dictionary_add(dictionary *d, const cell_key *k);

#endif
