/* What a column means, from its type, its name and its values. The name
 * proposes, the values decide: "year" with 3,000,000 in it is a quantity. */
#include "data/profile_scan.h"

#include "data/words.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

static const char *const NAMES[] = {
    [MEAN_NONE] = "none",         [MEAN_TIME] = "time",           [MEAN_YEAR] = "year",
    [MEAN_QUARTER] = "quarter",   [MEAN_MONTH] = "month",         [MEAN_WEEKDAY] = "weekday",
    [MEAN_HOUR] = "hour",         [MEAN_CATEGORY] = "category",   [MEAN_ID] = "identifier",
    [MEAN_QUANTITY] = "quantity", [MEAN_MONEY] = "money",         [MEAN_SHARE] = "share",
    [MEAN_LATITUDE] = "latitude", [MEAN_LONGITUDE] = "longitude", [MEAN_COUNTRY] = "country",
    [MEAN_STATE] = "state",       [MEAN_ORDINAL] = "ordinal",     [MEAN_FREE_TEXT] = "free text"};

const char *meaning_name(enum column_meaning m) {
	return (size_t)m < sizeof NAMES / sizeof *NAMES ? NAMES[m] : "none";
}

/* Numbers by name and range, tried in order. */
typedef struct number_rule {
	const char *names;
	double least, most;
	bool whole; /* integers only */
	enum column_meaning meaning;
} number_rule;

static const number_rule NUMBER_RULES[] = {
    {"year years yr yyyy season date founded built opened established birth born", 1000, 2500, true, MEAN_YEAR},
    {"latitude lat", -90, 90, false, MEAN_LATITUDE},
    {"longitude lon lng long", -180, 180, false, MEAN_LONGITUDE},
    {"id ids uuid guid key zip zipcode postcode postal phone telephone fax isbn ssn ean sku barcode serial", -INFINITY,
     INFINITY, true, MEAN_ID},
    {"quarter qtr", 1, 4, true, MEAN_QUARTER},
    {"month mon months", 1, 12, true, MEAN_MONTH},
    {"weekday dow", 0, 7, true, MEAN_WEEKDAY},
    {"hour hr", 0, 24, true, MEAN_HOUR},
    {"price cost costs salary salaries revenue income amount budget sales wage pay payment payments fee fees charge "
     "charges turnover profit money gdp expenses expense spend spending earnings balance rent rental tip bill dollars "
     "usd eur gbp euro euros",
     -INFINITY, INFINITY, false, MEAN_MONEY},
    {"percent percentage pct share ratio proportion fraction", -100, 100, false, MEAN_SHARE},
    {"rating stars grade rank ranking level tier likert", 0, 10, true, MEAN_ORDINAL},
    {"code class category type kind group cluster zone number no num nr section floor room gate lane seat episode "
     "chapter ward",
     -INFINITY, INFINITY, true, MEAN_CATEGORY},
};

static const char MONTHS[] = "january february march april may june july august september october november december "
			     "jan feb mar apr jun jul aug sep sept oct nov dec";
static const char WEEKDAYS[] = "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur "
			       "thurs fri sat sun";
static const char QUARTERS[] = "q1 q2 q3 q4 1q 2q 3q 4q";
static const char ORDINALS[] = "low medium high small large tiny huge xs s m l xl xxl never rarely sometimes often "
			       "always poor fair good excellent bad average minor major critical lowest highest "
			       "beginner intermediate advanced none mild moderate severe";

/* Words that a text column's values must all be of, and the fewest different ones. */
typedef struct word_rule {
	const char *words;
	uint64_t least;
	enum column_meaning meaning;
} word_rule;

static const word_rule WORD_RULES[] = {
    {MONTHS, 3, MEAN_MONTH}, {WEEKDAYS, 3, MEAN_WEEKDAY}, {QUARTERS, 2, MEAN_QUARTER}, {ORDINALS, 2, MEAN_ORDINAL}};

static bool tops_in(const column_profile *p, const char *words) {
	for (size_t i = 0; i < p->ntop; i++) {
		char word[16] = "";
		slice s = slice_trim(p->top[i].text);
		if (s.n == 0 || s.n >= sizeof word) return false;
		for (size_t k = 0; k < s.n; k++) word[k] = (char)tolower((unsigned char)s.p[k]);
		if (!word_in(word, words)) return false;
	}
	return p->ntop > 0;
}

static enum column_meaning text_meaning(const frame *f, const column *col, const name_words *names) {
	const column_profile *p = &col->profile;
	uint64_t there = f->rows - col->nulls;
	for (size_t i = 0; i < sizeof WORD_RULES / sizeof *WORD_RULES; i++)
		if (p->distinct >= WORD_RULES[i].least && tops_in(p, WORD_RULES[i].words)) return WORD_RULES[i].meaning;
	if (name_has(names, "country countries nation nations iso2 iso3")) return MEAN_COUNTRY;
	if (name_has(names, "state states province")) return MEAN_STATE;
	if (p->has_numbers && p->mean > 60 && p->distinct > 20) return MEAN_FREE_TEXT;
	if (name_has(names, "id ids uuid guid key isbn ssn phone telephone email fax zip postcode url")) return MEAN_ID;
	if (p->unique && there > 2) return MEAN_ID;
	if (p->distinct > 50 && p->distinct * 10 > there * 9) return MEAN_ID;
	return MEAN_CATEGORY;
}

static bool in_range(const column_profile *p, const number_rule *r) {
	return p->has_numbers && p->min >= r->least && p->max <= r->most;
}

static bool money_unit(const char *unit) {
	static const char *const SIGNS[] = {"$", "€", "£", "¥", "₹", "USD", "EUR", "GBP", "CHF", "kr"};
	for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++)
		if (strstr(unit, SIGNS[i])) return true;
	return false;
}

static enum column_meaning number_meaning(const frame *f, const column *col, const name_words *names) {
	const column_profile *p = &col->profile;
	if (strchr(p->unit_text, '%')) return MEAN_SHARE;
	if (money_unit(p->unit_text)) return MEAN_MONEY;
	for (size_t i = 0; i < sizeof NUMBER_RULES / sizeof *NUMBER_RULES; i++) {
		const number_rule *r = &NUMBER_RULES[i];
		if ((r->whole && col->type != COL_INT) || !in_range(p, r) || !name_has(names, r->names)) continue;
		if (r->meaning == MEAN_CATEGORY && !word_in(names->word[names->n - 1], r->names)) continue;
		if (r->meaning == MEAN_CATEGORY && p->unique && f->rows > 12) return MEAN_ID;
		if (r->meaning == MEAN_CATEGORY && p->distinct > FEW_CODES) continue;
		return r->meaning;
	}
	bool counter = col->type == COL_INT && p->unique && p->sorted == 1 && p->max - p->min + 1 == (double)f->rows;
	return counter && f->rows > 3 && col == f->cols ? MEAN_ID : MEAN_QUANTITY;
}

void profile_meaning(const frame *f, column *col) {
	name_words names;
	name_split(col->name, &names);
	column_profile *p = &col->profile;
	p->unit = UNIT_NONE;
	switch (col->type) {
	case COL_DATE:
	case COL_DATETIME:
		p->meaning = MEAN_TIME;
		p->unit = scan_time_unit(f, col);
		break;
	case COL_TEXT: p->meaning = text_meaning(f, col, &names); break;
	case COL_BOOL: p->meaning = MEAN_CATEGORY; break;
	case COL_DURATION: p->meaning = MEAN_QUANTITY; break;
	default: p->meaning = number_meaning(f, col, &names);
	}
}
