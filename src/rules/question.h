/* A question as tokens: words with their stems, numbers, quoted texts. */
#ifndef PLOTD_RULES_QUESTION_H
#define PLOTD_RULES_QUESTION_H

#include "base/slice.h"

#include <stdint.h>

enum { QUESTION_TOKENS = 400, TOKEN_BYTES = 32 };

enum token_kind { TOKEN_WORD, TOKEN_NUMBER, TOKEN_QUOTED, TOKEN_MARK };

/* A word with what comparing it needs, found once. */
typedef struct lexeme {
	char word[TOKEN_BYTES]; /* lower case, cut at TOKEN_BYTES - 1 */
	char stem[TOKEN_BYTES]; /* singular */
	uint64_t synonyms;      /* a bit for each row of synonyms that the stem is in */
	bool stop;
} lexeme;

typedef struct token {
	slice text; /* as written; quoted: without its quotes */
	enum token_kind kind;
	union {
		lexeme lexeme;
		struct {
			char word[TOKEN_BYTES], stem[TOKEN_BYTES];
		};
	};
	double number; /* numbers, also in words: "three" */
	bool used;     /* told something else already: no column is looked for here */
	bool exact;    /* says something else too ("total"): stands for a column only as its whole name */
	bool rows;     /* a word of the table's name */
	bool glued;    /* no white space before it */
} token;

/* Borrows the text. */
typedef struct question {
	slice text;
	token t[QUESTION_TOKENS];
	size_t n;
	bool cut; /* there were more tokens */
} question;

void question_read(slice text, question *q);
/* The singular of a lower-case word: "cities" city, "classes" class. */
void word_stem(const char *word, char stem[TOKEN_BYTES]);

/* How well two lower-case words mean the same: 1 the same stem, less for
 * synonyms, derivations, abbreviations and slips of the pen, 0 nothing. */
double likeness(const lexeme *a, const lexeme *b);
double word_likeness(const char *a, const char *b);
/* Whether one is the other with a letter more, less, other, or two swapped (Damerau 1964). */
bool one_slip(const char *a, const char *b);
void lexeme_of(const char *word, lexeme *out);
/* Words that carry no meaning of their own: of, the, in … */
bool word_is_stop(const char *word);

/* Whether the words from token `at` on are these, separated by single spaces:
 * "order by". Tells how many tokens that took; 0 when they are not. A word may give
 * alternatives: "sort|order|rank by". */
size_t phrase_at(const question *q, size_t at, const char *phrase);
/* The first place of the phrase at or after `from`; q->n when there is none. */
size_t phrase_find(const question *q, size_t from, const char *phrase, size_t *length);
void question_use(question *q, size_t from, size_t n);
static inline bool token_is(const question *q, size_t at, const char *phrase) {
	return phrase_at(q, at, phrase) > 0;
}

#endif
