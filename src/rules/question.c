#include "rules/question.h"

#include <ctype.h>
#include <stdlib.h>

static bool word_byte(char c) {
	return (unsigned char)c > 127 || isalnum((unsigned char)c);
}

static const char *const NUMBER_WORDS[] = {"zero",  "one",   "two",  "three", "four",   "five",  "six",
					   "seven", "eight", "nine", "ten",   "eleven", "twelve"};

static void number_of_word(token *t) {
	for (size_t i = 2; i < sizeof NUMBER_WORDS / sizeof *NUMBER_WORDS; i++)
		if (strcmp(t->word, NUMBER_WORDS[i]) == 0) t->kind = TOKEN_NUMBER, t->number = (double)i;
}

static token *add_token(question *q, slice text, enum token_kind kind) {
	if (q->n == QUESTION_TOKENS) {
		q->cut = true;
		return NULL;
	}
	token *t = &q->t[q->n++];
	*t = (token){.text = text, .kind = kind};
	t->glued = text.p > q->text.p && !isspace((unsigned char)text.p[-1]);
	slice s = slice_utf8_cut(text, TOKEN_BYTES - 1);
	for (size_t i = 0; i < s.n; i++) t->word[i] = (char)tolower((unsigned char)s.p[i]);
	t->word[s.n] = 0;
	char lower[TOKEN_BYTES];
	memcpy(lower, t->word, sizeof lower);
	lexeme_of(lower, &t->lexeme);
	if (kind == TOKEN_WORD) number_of_word(t);
	return t;
}

/* 12, 1,000, 3.5, 2002-06-21, 50%, 10k. Bytes taken, 0 when it is no number. */
static size_t read_number(question *q, slice rest) {
	char digits[40];
	size_t i = 0, n = 0;
	bool date = false;
	for (; i < rest.n && n + 1 < sizeof digits; i++) {
		char c = rest.p[i], next = i + 1 < rest.n ? rest.p[i + 1] : 0;
		if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)next)))
			digits[n++] = c;
		else if ((c == '-' || c == '/' || c == ':') && n && isdigit((unsigned char)next))
			date = true, digits[n++] = c;
		else if (c != ',' || i + 3 >= rest.n || !isdigit((unsigned char)rest.p[i + 2]) ||
			 !isdigit((unsigned char)rest.p[i + 3]) || !isdigit((unsigned char)next) || date)
			break;
	}
	digits[n] = 0;
	if (i < rest.n && word_byte(rest.p[i]) &&
	    !(tolower((unsigned char)rest.p[i]) == 'k' && i + 1 < rest.n && !word_byte(rest.p[i + 1])))
		return 0; /* 3rd, 2nd, 4x4 are words */
	token *t = add_token(q, slice_sub(rest, 0, i), TOKEN_NUMBER);
	if (t) t->number = strtod(digits, NULL);
	if (t && i < rest.n && tolower((unsigned char)rest.p[i]) == 'k') t->number *= 1000, i++;
	return i;
}

/* The text between a pair of quotes; an apostrophe within a word is none. */
static size_t read_quoted(question *q, slice rest, bool at_start) {
	static const char *const PAIRS[][2] = {{"\"", "\""}, {"'", "'"}, {"`", "`"}, {"“", "”"}, {"‘", "’"}};
	for (size_t k = 0; k < sizeof PAIRS / sizeof *PAIRS; k++) {
		slice open = slice_of(PAIRS[k][0]), close = slice_of(PAIRS[k][1]);
		if (!slice_starts(rest, open) || (k == 1 && !at_start)) continue;
		for (size_t i = open.n; i + close.n <= rest.n; i++) {
			slice tail = slice_sub(rest, i, rest.n);
			if (!slice_starts(tail, close) || i == open.n) continue;
			bool apostrophe = k == 1 && i + 1 < rest.n && word_byte(rest.p[i + 1]);
			if (apostrophe) continue;
			add_token(q, slice_sub(rest, open.n, i - open.n), TOKEN_QUOTED);
			return i + close.n;
		}
	}
	return 0;
}

/* Letters and digits up to where a name_split would split: maxSpeed is two words. */
static size_t word_end(slice rest) {
	size_t i = 1;
	while (i < rest.n && word_byte(rest.p[i])) {
		bool up = islower((unsigned char)rest.p[i - 1]) && isupper((unsigned char)rest.p[i]);
		if (up) break;
		i++;
	}
	return i;
}

void question_read(slice text, question *q) {
	q->text = text, q->n = 0, q->cut = false;
	for (size_t i = 0; i < text.n && !q->cut;) {
		slice rest = slice_sub(text, i, text.n);
		char c = text.p[i];
		size_t took = 0;
		bool start = i == 0 || !word_byte(text.p[i - 1]);
		if (isdigit((unsigned char)c) && start) took = read_number(q, rest);
		if (!took) took = read_quoted(q, rest, start);
		if (!took && word_byte(c)) {
			took = word_end(rest);
			add_token(q, slice_sub(rest, 0, took), TOKEN_WORD);
		}
		if (!took && slice_starts(rest, SLICE("'s")) && !start) took = 2;
		if (!took) {
			took = 1;
			if (strchr(",;.?!():<>=%&+", c) && c) add_token(q, slice_sub(rest, 0, 1), TOKEN_MARK);
		}
		i += took;
	}
}

static size_t word_at(const question *q, size_t at, const char *from, size_t n) {
	if (at >= q->n) return 0;
	for (const char *end = from + n; from < end;) {
		size_t k = 0;
		while (from + k < end && from[k] != '|') k++;
		if (strlen(q->t[at].word) == k && memcmp(q->t[at].word, from, k) == 0) return 1;
		from += k + 1;
	}
	return 0;
}

size_t phrase_at(const question *q, size_t at, const char *phrase) {
	size_t start = at;
	while (*phrase) {
		size_t n = strcspn(phrase, " ");
		if (!word_at(q, at, phrase, n)) return 0;
		at++;
		phrase += n + (phrase[n] == ' ');
	}
	return at - start;
}

size_t phrase_find(const question *q, size_t from, const char *phrase, size_t *length) {
	for (; from < q->n; from++)
		if ((*length = phrase_at(q, from, phrase)) > 0) return from;
	*length = 0;
	return q->n;
}

void question_use(question *q, size_t from, size_t n) {
	for (size_t i = from; i < from + n && i < q->n; i++) q->t[i].used = true;
}
