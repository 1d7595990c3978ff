/* How a question is read, step by step. Every step marks the words it has
 * understood as used, so that none is understood twice:
 *
 *   chart words -> order -> columns -> filters -> parts of time -> roles -> panel
 *
 * Internal to the rules. */
#ifndef PLOTD_RULES_READING_H
#define PLOTD_RULES_READING_H

#include "rules/match.h"
#include "rules/spec.h"

/* What the words ask for, before the data has its say. */
enum wish {
	WISH_NONE,
	WISH_PROPORTION,   /* "the proportion of" */
	WISH_TREND,        /* "over time", "trend" */
	WISH_RELATION,     /* "correlation", "relationship" */
	WISH_DISTRIBUTION, /* "distribution of" */
	WISH_COMPARE,
	WISH_DIFFER, /* "how do … differ" */
};

enum order_target { TARGET_NONE, TARGET_X, TARGET_Y, TARGET_COLUMN };

typedef struct order_wish {
	bool said, descending;
	bool strong; /* the direction was said, not only a top or a bottom */
	enum order_target target;
	int column;
	uint32_t limit; /* 0: none */
} order_wish;

/* A word for an aggregate: "average", "number of". */
typedef struct agg_word {
	size_t from, n;
	enum aggregate how;
	bool total;          /* "total": a sum of quantities, a count of other things */
	const char *implied; /* words of the column meant when none is named: "youngest" is of age; or NULL */
} agg_word;

enum { AGG_WORDS = 12 };

typedef struct reading {
	question q;
	const frame *f;
	const vocabulary *v;
	size_t frame;
	mentions mentions;
	enum chart chart;
	bool chart_said;
	enum arrange arrange;
	enum wish wish;
	enum derive derive;
	order_wish order;
	enum bin bin;
	enum bin second_bin; /* "by weekday and hour" */
	size_t bin_at;       /* token of the word that said it */
	agg_word aggs[AGG_WORDS];
	size_t naggs;
	filter filters[SPEC_FILTERS];
	size_t nfilters;
	bool answered; /* the frame is the result of a query: nothing is aggregated or filtered again */
	notices *notices;
} reading;

/* Both are some 60 KB: on the heap, NULL when memory is out. */
question *question_new(slice text);
void question_free(question *q);
reading *reading_new(slice text, const vocabulary *v, const frame *f, size_t frame_index, notices *n);
void reading_free(reading *r);

void mend_slips(reading *r);
void read_chart_words(reading *r);
void read_aggregates(reading *r);
void read_order(reading *r);
void read_bins(reading *r);
void read_filters(reading *r);
/* Columns, aggregates and the rest to one panel. */
void assign_roles(reading *r, panel *p);
/* The panel of a frame that answers already. */
void assign_result(reading *r, panel *p);
/* Whether the frame looks like the result of a query that this question could have had. */
bool looks_answered(const frame *f);
/* Fits chart, order and layout to what the columns are. */
void settle(reading *r, panel *p);

/* "sales", "revenue": people say the word and mean an amount. */
bool means_amount(const token *t);
/* Whether every row is a moment of its own: then two numbers are two lines, not one against the other. */
bool time_series(const frame *f);
/* The start and the end of the clause around a token: sentence marks and commas end it. */
size_t clause_start(const question *q, size_t at);
size_t clause_end(const question *q, size_t at);

#endif
