#include "data/text.h"

#include "data/quick.h"

enum { ROWS_A_TEXT = 64 }; /* at least: a key takes 192 bytes with its slots, so that is three a row */

static void put_end(builder *b) {
	char *to = builder_room(b, &b->values, 8);
	int64_t end = (int64_t)b->bytes.n;
	if (!to) return;
	memcpy(to, &end, 8);
	b->values.n += 8;
}

static void put_text(builder *b, slice s) {
	char *to = builder_room(b, &b->bytes, s.n + TEXT_SLACK);
	if (!to) return;
	if (s.n) memcpy(to, s.p, s.n);
	b->bytes.n += s.n;
	put_end(b);
}

/* The first texts of a column come without asking for memory again and again. */
static void start(builder *b) {
	enum { TEXTS = 32, BYTES = 480 };
	if (builder_room(b, &b->values, TEXTS * 8) && builder_room(b, &b->bytes, BYTES)) put_end(b);
}

bool text_room(builder *b, size_t rows) {
	if (!b->values.n) start(b);
	if (b->plain) return builder_room(b, &b->values, (rows + 1) * 8) && builder_room(b, &b->bytes, rows * 16 + 64);
	if (b->values.n == 8) put_text(b, (slice){0}); /* the one of what is missing */
	b->failed |= !b->few.cap && !dictionary_init(&b->few, b->expected / ROWS_A_TEXT);
	return !b->failed && builder_room(b, &b->codes, rows * sizeof(uint16_t));
}

/* Words for a missing value that may be values of text: a category, a name, a sign. */
static bool may_be_text(const builder *b, slice s) {
	static const char *const WORDS[] = {"none", "missing", "*", "?", ":"};
	for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
		if (slice_eq_nocase(s, slice_of(WORDS[i]))) return true;
	return slice_is(s, "Null") || (b->guess.codes && slice_is(s, "NA")) || (b->guess.signs && s.n == 1);
}

static bool is_missing(builder *b, slice s) {
	s = slice_trim(s);
	if (!s.n) return true;
	if (s.n > 7 || !is_missing_word(s) || may_be_text(b, s)) return false;
	b->not_available |= slice_is(s, "NA");
	return true;
}

static void add_plain(builder *b, slice s) {
	bool there = !is_missing(b, s);
	put_text(b, there ? s : (slice){0});
	builder_mark(b, there);
}

/* The cell's key among the known ones. What is longer than a key is compared with the text itself. */
static const cell_key *known(const builder *b, const cell_key *k, slice cell) {
	size_t i = first_slot(&b->few, k);
	for (const cell_key *found; (found = dictionary_find(&b->few, k, &i)); i = next_slot(&b->few, i)) {
		if (cell.n <= KEY_BYTES) return found;
		slice text = text_of(b, found->code);
		if (text.n == cell.n && memcmp(text.p, cell.p, cell.n) == 0) return found;
	}
	return NULL;
}

static bool has_mark(const builder *b, slice raw) {
	char mark = b->syntax->escape ? b->syntax->escape : b->syntax->quote;
	return raw.n && memchr(raw.p, mark, raw.n);
}

/* The first bytes and the last, where addresses and numbered texts differ. */
static cell_key long_key(slice cell) {
	cell_key k = {.len = (uint32_t)cell.n | KEY_LONG};
	memcpy(k.word, cell.p, KEY_BYTES - 8);
	memcpy(&k.word[KEY_WORDS - 1], cell.p + cell.n - 8, 8);
	return k;
}

static cell_key short_key(slice cell, uint32_t flags) {
	char padded[KEY_BYTES] = {0};
	if (cell.n) memcpy(padded, cell.p, cell.n);
	cell_key k = {.len = (uint32_t)cell.n | flags};
	key_load(&k, padded, cell.n, KEY_WORDS);
	return k;
}

const cell_key *text_find_long(const builder *b, slice raw, uint32_t flags) {
	if (flags & CELL_CODED && has_mark(b, raw)) return NULL;
	cell_key k = long_key(raw);
	return known(b, &k, raw);
}

/* The key of a cell without quotes and escapes in it, which is known but stood in quotes, or did not. */
static const cell_key *twin(const builder *b, const cell_key *k, slice raw) {
	unsigned others = b->few.forms & ~(1u << form_of(k->len));
	if (!others || raw.n > KEY_BYTES || has_mark(b, raw)) return NULL;
	cell_key other = *k;
	for (unsigned form = 0; form < 4; form++) {
		if (!(others >> form & 1)) continue;
		other.len = (uint32_t)raw.n | form << 30;
		const cell_key *found = known(b, &other, raw);
		if (found) return found;
	}
	return NULL;
}

/* A cell that is new: its text, and a key that finds it. */
static bool learn(builder *b, cell_key *k, slice raw, uint32_t flags) {
	const cell_key *same = twin(b, k, raw);
	slice s = builder_decoded(b, raw, flags);
	bool there = !is_missing(b, s);
	k->code = same ? same->code : there ? (uint16_t)(b->values.n / 8 - 1) : 0;
	if (there && !same)
		put_text(b, s);
	else if (raw.n > KEY_BYTES)
		return true; /* no text to compare with */
	return dictionary_add(&b->few, k);
}

static void add_code(builder *b, uint16_t code) {
	char *to = builder_room(b, &b->codes, sizeof code);
	if (!to) return;
	memcpy(to, &code, sizeof code);
	b->codes.n += sizeof code;
	b->nulls += !code;
	b->rows++;
}

static void add_few(builder *b, slice raw, uint32_t flags) {
	if (raw.n > KEY_BYTES) raw = builder_decoded(b, raw, flags), flags = 0;
	cell_key k = raw.n > KEY_BYTES ? long_key(raw) : short_key(raw, flags);
	const cell_key *found = known(b, &k, raw);
	if (found)
		add_code(b, found->code);
	else if (learn(b, &k, raw, flags))
		add_code(b, k.code);
	else if (text_spread(b))
		add_plain(b, builder_decoded(b, raw, flags));
}

void text_add(builder *b, slice raw, uint32_t flags) {
	if (b->plain)
		add_plain(b, builder_decoded(b, raw, flags));
	else
		add_few(b, raw, flags);
}

uint64_t text_size(const builder *b) {
	if (b->plain) return b->bytes.n;
	uint64_t n = 0;
	for (uint64_t row = 0; row < b->rows; row++) n += text_of(b, text_codes(b)[row]).n;
	return n;
}

bool text_spread(builder *b) {
	builder few = *b;
	uint64_t rows = few.rows + BATCH_ROWS > few.expected ? few.rows + BATCH_ROWS : few.expected;
	b->values = b->bytes = b->codes = (vec){0}, b->few = (dictionary){0};
	b->plain = true, b->rows = b->nulls = 0, b->bits.n = 0;
	bool ok = text_room(b, rows) && builder_room(b, &b->bytes, text_size(&few));
	for (uint64_t row = 0; ok && row < few.rows; row++) {
		uint16_t code = text_codes(&few)[row];
		put_text(b, text_of(&few, code));
		builder_mark(b, code != 0);
	}
	vec_free(&few.values), vec_free(&few.bytes), vec_free(&few.codes);
	dictionary_free(&few.few);
	return ok && !b->failed;
}

/* Eight rows a byte, a bit each where there is a text. */
static void mark_texts(const uint16_t *codes, size_t rows, char *bits) {
	for (; rows >= 8; rows -= 8, codes += 8) {
		unsigned eight = 0;
		for (unsigned i = 0; i < 8; i++) eight |= (unsigned)(codes[i] != 0) << i;
		*bits++ = (char)eight;
	}
	unsigned last = 0;
	for (unsigned i = 0; i < rows; i++) last |= (unsigned)(codes[i] != 0) << i;
	if (rows) *bits = (char)last;
}

bool text_finish(builder *b) {
	if (b->plain || !b->nulls) return true;
	size_t n = (b->rows + 7) / 8;
	char *bits = builder_room(b, &b->bits, n);
	if (!bits) return false;
	mark_texts(text_codes(b), b->rows, bits);
	b->bits.n = n;
	return true;
}
