/* Words for charts, for what is wanted of them, and for aggregates. */
#include "rules/reading.h"

typedef struct chart_word {
	const char *phrase;
	enum chart chart;
	enum arrange arrange;
} chart_word;

#define GRAPH " chart|charts|graph|graphs|plot|plots|diagram"

/* Longest first: a phrase that is a part of another comes after it. */
static const chart_word CHART_WORDS[] = {
    {"stacked bar" GRAPH, CHART_BAR, ARRANGE_STACK},
    {"stacked bar|bars|column|columns", CHART_BAR, ARRANGE_STACK},
    {"grouped|clustered|group bar" GRAPH, CHART_BAR, ARRANGE_GROUP},
    {"grouped|clustered bar|bars|columns", CHART_BAR, ARRANGE_GROUP},
    {"side by side", CHART_BAR, ARRANGE_GROUP},
    {"bar|column" GRAPH, CHART_BAR, ARRANGE_AUTO},
    {"bars|barplot|barchart", CHART_BAR, ARRANGE_AUTO},
    {"box and whisker", CHART_BOX, ARRANGE_AUTO},
    {"box" GRAPH, CHART_BOX, ARRANGE_AUTO},
    {"boxplot|boxplots", CHART_BOX, ARRANGE_AUTO},
    {"violin" GRAPH, CHART_VIOLIN, ARRANGE_AUTO},
    {"violin|violins", CHART_VIOLIN, ARRANGE_AUTO},
    {"pie|donut|doughnut|ring" GRAPH, CHART_PIE, ARRANGE_AUTO},
    {"pie|donut|doughnut|pies", CHART_PIE, ARRANGE_AUTO},
    {"stacked area" GRAPH, CHART_AREA, ARRANGE_STACK},
    {"area" GRAPH, CHART_AREA, ARRANGE_AUTO},
    {"grouping|grouped|group|multi line" GRAPH, CHART_LINE, ARRANGE_AUTO},
    {"line" GRAPH, CHART_LINE, ARRANGE_AUTO},
    {"linechart|lineplot", CHART_LINE, ARRANGE_AUTO},
    {"lines", CHART_LINE, ARRANGE_AUTO},
    {"grouping|grouped|group scatter|scattering" GRAPH, CHART_SCATTER, ARRANGE_AUTO},
    {"scatter|scattering|point|dot" GRAPH, CHART_SCATTER, ARRANGE_AUTO},
    {"scatter|scatterplot|scatterplots|scatters", CHART_SCATTER, ARRANGE_AUTO},
    {"bubble" GRAPH, CHART_SCATTER, ARRANGE_AUTO},
    {"histogram|histograms", CHART_HISTOGRAM, ARRANGE_AUTO},
    {"heat map", CHART_HEATMAP, ARRANGE_AUTO},
    {"heatmap" GRAPH, CHART_HEATMAP, ARRANGE_AUTO},
    {"heatmap|heatmaps|matrix", CHART_HEATMAP, ARRANGE_AUTO},
    {"data table", CHART_TABLE, ARRANGE_AUTO},
    {"as a table", CHART_TABLE, ARRANGE_AUTO},
    {"in a table", CHART_TABLE, ARRANGE_AUTO},
    {"stacked", CHART_BAR, ARRANGE_STACK},
    {"bar", CHART_BAR, ARRANGE_AUTO},
};

static const struct {
	const char *phrase;
	enum wish wish;
} WISHES[] = {
    {"trend|trends|trending|evolution|development|timeline|history", WISH_TREND},
    {"over time", WISH_TREND},
    {"change|changes|changed|evolve|evolves|evolved|develop|developed|grow|grew over", WISH_TREND},
    {"through time", WISH_TREND},
    {"develop|develops|developed|evolve|evolves|evolved|evolving|grew|grown|growing|changed|changing", WISH_TREND},
    {"over the years|months|weeks|days", WISH_TREND},
    {"correlation|correlations|correlate|correlated|relationship|relation|relationships", WISH_RELATION},
    {"depend|depends|against", WISH_RELATION},
    {"affect|affects|influence|influences|impact|impacts|effect|related|relate", WISH_RELATION},
    {"distribution|distributed|spread|distributions", WISH_DISTRIBUTION},
    {"differ|differs|difference|differences|vary|varies", WISH_DIFFER},
    {"compare|comparison|comparing|compares|compared", WISH_COMPARE},
    {"proportion|proportions|percentage|percentages|percent|share|shares|breakdown|composition|fraction",
     WISH_PROPORTION},
};

static const struct {
	const char *phrase;
	enum derive derive;
} DERIVES[] = {
    {"cumulative|cumulated|cumulatively|accumulated|running", DERIVE_CUMULATIVE},
    {"growth|increase rate", DERIVE_GROWTH},
    {"growth", DERIVE_GROWTH},
    {"year over year", DERIVE_GROWTH},
    {"month over month", DERIVE_GROWTH},
    {"percentage change", DERIVE_GROWTH},
    {"change in percent", DERIVE_GROWTH},
};

/* "A bar chart", "in a pie", "as bars": small words before go with it. */
static void use_chart_word(reading *r, size_t at, size_t n) {
	while (at > 0 && token_is(&r->q, at - 1, "a|an|in|as|by|with|using|via|through|the|of|simple|single")) {
		if (token_is(&r->q, at - 1, "by|of") && n == 1) break;
		at--, n++;
	}
	question_use(&r->q, at, n);
}

static void find_chart(reading *r) {
	size_t best = r->q.n;
	for (size_t i = 0; i < sizeof CHART_WORDS / sizeof *CHART_WORDS; i++) {
		const chart_word *w = &CHART_WORDS[i];
		size_t n, at = phrase_find(&r->q, 0, w->phrase, &n);
		for (; at < r->q.n; at = phrase_find(&r->q, at + n, w->phrase, &n)) {
			if (r->q.t[at].used) continue;
			bool first = at < best || !r->chart_said;
			if (first) r->chart = w->chart, r->chart_said = true, best = at;
			bool new = r->chart == w->chart && w->arrange != ARRANGE_AUTO && r->arrange != ARRANGE_PERCENT;
			if (new) r->arrange = w->arrange;
			use_chart_word(r, at, n);
		}
	}
}

/* Long words that decide, as people mean to spell them. */
static const char *const KEYWORDS[] = {
    "average",    "total",       "maximum",      "minimum",    "number",       "highest",   "lowest",     "median",
    "percentage", "share",       "compare",      "comparison", "distribution", "histogram", "frequency",  "scatter",
    "heatmap",    "correlation", "relationship", "ascending",  "descending",   "sorted",    "proportion", "cumulative",
    "stacked",    "monthly",     "yearly",       "quarterly",  "weekday",      "breakdown"};

/* "averge", "taotal": one letter off such a word, and no word of the data. */
void mend_slips(reading *r) {
	for (size_t i = 0; i < r->q.n; i++) {
		token *t = &r->q.t[i];
		if (t->kind != TOKEN_WORD || strlen(t->word) < 5 || vocabulary_has(r->v, &t->lexeme)) continue;
		for (size_t k = 0; k < sizeof KEYWORDS / sizeof *KEYWORDS; k++)
			if (t->word[0] == KEYWORDS[k][0] && strcmp(t->word, KEYWORDS[k]) != 0 &&
			    one_slip(t->word, KEYWORDS[k])) {
				lexeme_of(KEYWORDS[k], &t->lexeme);
				break;
			}
	}
}

static void find_percent(reading *r) {
	static const char *const SAID[] = {"100 % stacked", "100 percent stacked", "percent|percentage stacked",
					   "normalized|normalised"};
	size_t n;
	for (size_t i = 0; i < sizeof SAID / sizeof *SAID; i++) {
		size_t at = phrase_find(&r->q, 0, SAID[i], &n);
		if (at == r->q.n) continue;
		r->arrange = ARRANGE_PERCENT;
		question_use(&r->q, at, n - token_is(&r->q, at + n - 1, "stacked"));
	}
}

void read_chart_words(reading *r) {
	size_t n;
	find_percent(r);
	find_chart(r);
	for (size_t i = 0; i < sizeof WISHES / sizeof *WISHES && r->wish == WISH_NONE; i++) {
		size_t at = phrase_find(&r->q, 0, WISHES[i].phrase, &n);
		if (at >= r->q.n || r->q.t[at].used) continue;
		r->wish = WISHES[i].wish;
		for (size_t t = at; t < at + n; t++) r->q.t[t].exact = true;
	}
	for (size_t i = 0; i < sizeof DERIVES / sizeof *DERIVES; i++)
		if (phrase_find(&r->q, 0, DERIVES[i].phrase, &n) < r->q.n && r->derive == DERIVE_NONE)
			r->derive = DERIVES[i].derive;
}

static const struct {
	const char *phrase;
	enum aggregate how;
	bool total;
	const char *implied;
} AGG_PHRASES[] = {
    {"average|mean number of", AGG_MEAN, false, NULL},
    {"minimum|minimal|min|smallest|lowest number of", AGG_MIN, false, NULL},
    {"maximum|maximal|max|largest|highest number of", AGG_MAX, false, NULL},
    {"total number of", AGG_COUNT, true, NULL},
    {"total number", AGG_COUNT, true, NULL},
    {"total amount of", AGG_SUM, true, NULL},
    {"the amount of", AGG_SUM, true, NULL},
    {"sum total", AGG_SUM, true, NULL},
    {"number of different|distinct|unique", AGG_DISTINCT, false, NULL},
    {"how many different|distinct|unique", AGG_DISTINCT, false, NULL},
    {"the number of", AGG_COUNT, false, NULL},
    {"number of", AGG_COUNT, false, NULL},
    {"numbers of", AGG_COUNT, false, NULL},
    {"number from", AGG_COUNT, false, NULL},
    {"how many", AGG_COUNT, false, NULL},
    {"count|counts|frequency|frequencies|counting|counted|tally|occurrences", AGG_COUNT, false, NULL},
    {"average|averages|averaged|mean|avg", AGG_MEAN, false, NULL},
    {"median", AGG_MEDIAN, false, NULL},
    {"minimum|minimal|min|lowest|smallest|least", AGG_MIN, false, NULL},
    {"maximum|maximal|max|highest|largest|greatest|biggest|longest", AGG_MAX, false, NULL},
    {"sum|sums|summed|summarize", AGG_SUM, false, NULL},
    {"total|totals|overall|combined", AGG_SUM, true, NULL},
    {"how much", AGG_SUM, true, NULL},
    {"youngest", AGG_MIN, false, "age"},
    {"oldest", AGG_MAX, false, "age"},
    {"cheapest", AGG_MIN, false, "price cost"},
    {"costliest", AGG_MAX, false, "price cost"},
    {"shortest", AGG_MIN, false, "height length duration"},
    {"tallest", AGG_MAX, false, "height"},
    {"heaviest", AGG_MAX, false, "weight"},
    {"lightest", AGG_MIN, false, "weight"},
    {"earliest", AGG_MIN, false, "date year"},
    {"latest", AGG_MAX, false, "date year"},
};

static bool agg_covers(const reading *r, size_t at) {
	for (size_t i = 0; i < r->naggs; i++)
		if (at >= r->aggs[i].from && at < r->aggs[i].from + r->aggs[i].n) return true;
	return false;
}

void read_aggregates(reading *r) {
	for (size_t i = 0; i < sizeof AGG_PHRASES / sizeof *AGG_PHRASES; i++) {
		size_t n, at = phrase_find(&r->q, 0, AGG_PHRASES[i].phrase, &n);
		for (; at < r->q.n; at = phrase_find(&r->q, at + n, AGG_PHRASES[i].phrase, &n)) {
			if (r->q.t[at].used || agg_covers(r, at) || r->naggs == AGG_WORDS) continue;
			size_t k = r->naggs++;
			for (; k > 0 && r->aggs[k - 1].from > at; k--) r->aggs[k] = r->aggs[k - 1];
			r->aggs[k] =
			    (agg_word){at, n, AGG_PHRASES[i].how, AGG_PHRASES[i].total, AGG_PHRASES[i].implied};
			for (size_t t = at; t < at + n; t++) r->q.t[t].exact = true;
		}
	}
}
