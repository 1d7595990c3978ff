/* Where a question speaks of columns, of the table's things, and of values. */
#ifndef PLOTD_RULES_MATCH_H
#define PLOTD_RULES_MATCH_H

#include "rules/question.h"

#include "data/frame.h"

enum { MENTIONS = 48 };

typedef struct mention {
	size_t from, n; /* tokens */
	int column;
	double score; /* sum over the words matched, less what is missing of the name */
	bool full;    /* every word of the name is there */
	bool whole;   /* what is missing of the name is only the table's own words */
	bool entity;  /* only the table's own name: "films" of film.csv, with a column film */
	bool rival;   /* another column fits as well */
	size_t words; /* words of the name that matched */
} mention;

typedef struct mentions {
	mention m[MENTIONS];
	size_t n;
} mentions;

/* The words of a frame's names, split and weighed once. NULL when memory is out. Borrows the frame. */
typedef struct vocabulary vocabulary;
vocabulary *vocabulary_new(const frame *f);
void vocabulary_free(vocabulary *v);

/* Whether the word is one of a column's name, or of the table's. */
bool vocabulary_has(const vocabulary *v, const lexeme *word);

/* Mentions of columns in order of the question, none overlapping another. Tokens in use are passed over. */
void mentions_find(question *q, const vocabulary *v, mentions *out);
/* The mention that covers a token, or NULL. */
const mention *mention_at(const mentions *all, size_t at);
/* The last mention that ends at or before a token, or NULL. */
const mention *mention_before(const mentions *all, size_t at);
/* The first mention at or after a token, or NULL. */
const mention *mention_after(const mentions *all, size_t at);
/* Drops the mentions that tokens in use cover. */
void mentions_drop_used(mentions *all, const question *q);

/* Whether the token is a word of the table's name: "employees" of employee.csv. After mentions_find. */
bool names_table(const question *q, size_t at);
/* Whether no two rows are alike in these columns, and none is empty there; frames of very many rows are not searched.
 */
bool is_key(const frame *f, const int *columns, size_t n);
/* Whether it counts things: number_of_rooms, room_count. */
bool tells_how_many(const column *c);
/* The column that tells the rows apart for people: name, title; -1 when there is none. */
int label_column(const frame *f);
/* The best time column to draw along; -1 when there is none. */
int time_column(const frame *f);
/* How many columns of numbers are named by years: "2019", "2020". */
size_t year_columns(const frame *f);
/* The n-th column that may be added up, by order; -1 when there are fewer. */
int quantity_column(const frame *f, size_t n);
bool is_number(const column *c);
/* Whether a sum of it says something: amounts do, rates, prices and ages do not. */
bool adds_up(const column *c);
bool is_time(const column *c);
/* Whether it is text that begins with years and runs along time: "2023-Q1", "1972~1976". */
bool is_sequence(const column *c);
/* Whether it is a number that is measured: not a code, identifier or part of a date. */
bool is_quantity(const column *c);

/* A cell's value found in the question: "Visa", "New York". */
typedef struct value_hit {
	size_t from, n; /* tokens */
	int column;
	slice text; /* as in the cell */
} value_hit;

enum { VALUE_HITS = 16 };
/* Values of text columns that the question names, longest first where they overlap. */
size_t values_find(const question *q, const frame *f, value_hit hits[VALUE_HITS]);
/* The longest cell value of one column that starts at a token; n is 0 when there is none. */
value_hit value_at(const question *q, size_t at, const frame *f, int column);

#endif
