/* Column names as words: "orderDate", "ORDER_DATE" and "Order Date (UTC)" are
 * the words order, date (and utc). Shared by the profile, which guesses meanings
 * from names, and by the rules, which look for names in questions. */
#ifndef PLOTD_DATA_WORDS_H
#define PLOTD_DATA_WORDS_H

#include "base/slice.h"

enum { NAME_WORDS = 12, NAME_WORD_BYTES = 32 };

/* ASCII letters are in lower case; other bytes stand as they are. Words and
 * names beyond the bounds are cut. */
typedef struct name_words {
	char word[NAME_WORDS][NAME_WORD_BYTES];
	size_t n;
} name_words;

/* Splits at everything that is no letter, digit or byte above 127, where case
 * goes up (orderDate; XMLFile is xml, file) and between letters and digits,
 * except that a digit stays with a short prefix: q1, h2, co2. */
void name_split(slice name, name_words *out);
/* Whether the word is one of the list: words separated by single spaces. */
bool word_in(const char *word, const char *list);
/* Whether any word of the name is in the list. */
bool name_has(const name_words *w, const char *list);

#endif
