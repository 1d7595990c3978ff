#include "data/words.h"

#include <ctype.h>

static bool is_word_byte(char c) {
	return (unsigned char)c > 127 || isalnum((unsigned char)c);
}

static bool border(slice s, size_t i) {
	unsigned char before = (unsigned char)s.p[i - 1], here = (unsigned char)s.p[i];
	unsigned char after = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0;
	if (islower(before) && isupper(here)) return true;
	if (isupper(before) && isupper(here) && islower(after)) return true;
	return isdigit(before) && isalpha(here) && !isdigit(after) && isalpha(after);
}

static void add_word(name_words *out, slice s) {
	if (out->n == NAME_WORDS || s.n == 0) return;
	char *to = out->word[out->n++];
	s = slice_utf8_cut(s, NAME_WORD_BYTES - 1);
	for (size_t i = 0; i < s.n; i++) to[i] = (char)tolower((unsigned char)s.p[i]);
	to[s.n] = 0;
}

/* "xyz2020" is xyz 2020, "co2" and "q1" stay whole. */
static void add_split_digits(name_words *out, slice s) {
	size_t letters = 0;
	while (letters < s.n && !isdigit((unsigned char)s.p[letters])) letters++;
	if (letters < 3 || letters == s.n) {
		add_word(out, s);
		return;
	}
	add_word(out, slice_sub(s, 0, letters));
	add_word(out, slice_sub(s, letters, s.n));
}

void name_split(slice name, name_words *out) {
	*out = (name_words){.n = 0};
	size_t start = 0;
	for (size_t i = 0; i <= name.n; i++) {
		bool stop = i == name.n || !is_word_byte(name.p[i]);
		if (!stop && (i == start || !border(name, i))) continue;
		add_split_digits(out, slice_sub(name, start, i - start));
		start = stop ? i + 1 : i;
	}
}

bool word_in(const char *word, const char *list) {
	size_t n = strlen(word);
	if (n == 0) return false;
	for (const char *at = list; (at = strstr(at, word)) != NULL; at += n) {
		bool starts = at == list || at[-1] == ' ', ends = at[n] == 0 || at[n] == ' ';
		if (starts && ends) return true;
	}
	return false;
}

bool name_has(const name_words *w, const char *list) {
	for (size_t i = 0; i < w->n; i++)
		if (word_in(w->word[i], list)) return true;
	return false;
}
