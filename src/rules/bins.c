/* Parts of time that values are put together by: "by weekday", "each year". */
#include "rules/reading.h"

static const struct {
	const char *phrase;
	enum bin bin;
	bool alone; /* says it without "each", "by" … before it */
} BIN_WORDS[] = {
    {"day|days of the week", BIN_WEEKDAY, true},
    {"day|days of week", BIN_WEEKDAY, true},
    {"weekday|weekdays", BIN_WEEKDAY, true},
    {"month of the year", BIN_MONTH_NAME, true},
    {"months of the year", BIN_MONTH_NAME, true},
    {"hour of the day", BIN_HOUR, true},
    {"time of day", BIN_HOUR, true},
    {"yearly|annual|annually", BIN_YEAR, true},
    {"quarterly", BIN_QUARTER, true},
    {"monthly", BIN_MONTH, true},
    {"weekly", BIN_WEEK, true},
    {"daily", BIN_DAY, true},
    {"hourly", BIN_HOUR, true},
    {"decade|decades", BIN_DECADE, true},
    {"quarter|quarters", BIN_QUARTER, false},
    {"month|months", BIN_MONTH, false},
    {"year|years", BIN_YEAR, false},
    {"week|weeks", BIN_WEEK, false},
    {"day|days", BIN_DAY, false},
    {"hour|hours", BIN_HOUR, false},
};

static bool asked_for(const question *q, size_t at) {
	for (size_t i = at; i > 0 && i + 4 > at; i--) {
		if (token_is(q, i - 1,
			     "each|every|per|by|into|over|across|bin|bins|binning|group|grouped|interval|which|what"))
			return true;
		if (!token_is(q, i - 1, "the|a|of|different|in")) return false;
	}
	return false;
}

/* A column of that very name says more than the part of time: "by year" with a column year. */
static bool is_column(const reading *r, size_t at) {
	const mention *m = mention_at(&r->mentions, at);
	return m && (m->full || !is_time(&r->f->cols[m->column]));
}

/* The unit that leaves some ten to fifty points: "bin by time". */
static enum bin unit_for(const column *c) {
	double days = (c->profile.max - c->profile.min) / 86400e6;
	if (!is_time(c)) return BIN_NONE;
	return days > 365 * 4 ? BIN_YEAR : days > 45 ? BIN_MONTH : days > 2 ? BIN_DAY : BIN_HOUR;
}

static bool recurs(enum bin b) {
	return b == BIN_WEEKDAY || b == BIN_HOUR || b == BIN_MONTH_NAME;
}

/* "by weekday and hour", a heatmap "by month and year": another part of the same times, joined by "and". */
static void find_second(reading *r, size_t at, size_t n) {
	for (size_t i = 0; i < sizeof BIN_WORDS / sizeof *BIN_WORDS; i++) {
		size_t m, other = phrase_find(&r->q, 0, BIN_WORDS[i].phrase, &m);
		bool behind = other == at + n + 1 && token_is(&r->q, at + n, "and|x");
		bool before = other + m + 1 == at && token_is(&r->q, at - 1, "and|x");
		if (other == r->q.n || (!behind && !before) || is_column(r, other)) continue;
		enum bin first = r->bin, second = BIN_WORDS[i].bin;
		bool calendar = r->chart == CHART_HEATMAP && r->chart_said;
		if (calendar && first == BIN_MONTH && second == BIN_YEAR) first = BIN_MONTH_NAME;
		if (!(recurs(first) && recurs(second)) && !(calendar && first == BIN_MONTH_NAME && second == BIN_YEAR))
			return;
		r->bin = first, r->second_bin = second;
		question_use(&r->q, other, m);
		return;
	}
}

void read_bins(reading *r) {
	size_t length;
	if (time_column(r->f) < 0) return;
	if (phrase_find(&r->q, 0, "by|into time|interval|date", &length) < r->q.n &&
	    phrase_find(&r->q, 0, "bin|bins|binning|binned", &length) < r->q.n)
		r->bin = unit_for(&r->f->cols[time_column(r->f)]);
	for (size_t i = 0; i < sizeof BIN_WORDS / sizeof *BIN_WORDS; i++) {
		size_t n, at = phrase_find(&r->q, 0, BIN_WORDS[i].phrase, &n);
		for (; at < r->q.n; at = phrase_find(&r->q, at + 1, BIN_WORDS[i].phrase, &n)) {
			if (r->q.t[at].used || is_column(r, at)) continue;
			if (BIN_WORDS[i].bin == BIN_YEAR && r->bin != BIN_NONE) continue;
			if (!BIN_WORDS[i].alone && !asked_for(&r->q, at)) continue;
			r->bin = BIN_WORDS[i].bin, r->bin_at = at;
			if (!mention_at(&r->mentions, at)) question_use(&r->q, at, n);
			find_second(r, at, n);
			return;
		}
	}
}
