/* Titles and labels: what people read on the page. */
#include "rules/code.h"

#include "data/words.h"

#include <ctype.h>
#include <stdio.h>

void set_text(char to[CODE_NAME], const buf *from) {
	slice s = slice_utf8_cut(buf_slice(from), CODE_NAME - 1);
	if (s.n) memcpy(to, s.p, s.n);
	to[s.n] = 0;
}

static bool plain_name(slice s) {
	for (size_t i = 0; i < s.n; i++)
		if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '_' && s.p[i] != '-') return false;
	return true;
}

/* "GDP", "NPS", "MPG": letters that no one reads as a word. */
static bool is_initials(const char *word) {
	static const char CAPITALS[] = "id usa uk eu co2 iq tv dvd pm10 ip url kpi roi api ui";
	size_t n = strlen(word);
	if (word_in(word, CAPITALS)) return true;
	return n >= 2 && n <= 4 && strcspn(word, "aeiouy0123456789") == n;
}

static void add_word(buf *out, const char *word, bool first) {
	/* What abbreviations in names stand for, where there is no doubt. */
	static const char *const WHOLE[][2] = {
	    {"pop", "population"}, {"percap", "per capita"}, {"qty", "quantity"},     {"amt", "amount"},
	    {"avg", "average"},    {"dept", "department"},   {"yr", "year"},          {"yrs", "years"},
	    {"hrs", "hours"},      {"tot", "total"},         {"cnt", "count"},        {"dob", "date of birth"},
	    {"pct", "percent"},    {"mgr", "manager"},       {"desc", "description"}, {"temp", "temperature"}};
	for (size_t i = 0; i < sizeof WHOLE / sizeof *WHOLE; i++)
		if (strcmp(word, WHOLE[i][0]) == 0) word = WHOLE[i][1];
	bool initials = is_initials(word);
	for (size_t i = 0; word[i]; i++)
		buf_addc(out, initials || (first && i == 0) ? (char)toupper((unsigned char)word[i]) : word[i]);
}

/* Units that names end with, as they are written behind a number. */
static const char *const UNITS[][2] = {{"cm", "cm"},   {"kg", "kg"},   {"mm", "mm"},   {"km", "km"},    {"usd", "USD"},
				       {"eur", "EUR"}, {"gbp", "GBP"}, {"pct", "%"},   {"mt", "Mt"},    {"ms", "ms"},
				       {"mph", "mph"}, {"kwh", "kWh"}, {"mwh", "MWh"}, {"gb", "GB"},    {"mb", "MB"},
				       {"lbs", "lbs"}, {"sqm", "m²"},  {"km2", "km²"}, {"percent", "%"}};

/* The unit that a number's name ends with, or "". */
static const char *unit_in_name(const column *c, const name_words *w) {
	bool number = c->type == COL_INT || c->type == COL_FLOAT;
	for (size_t i = 0; number && w->n > 1 && i < sizeof UNITS / sizeof *UNITS; i++)
		if (strcmp(w->word[w->n - 1], UNITS[i][0]) == 0) return UNITS[i][1];
	return "";
}

static void plain_title(const column *c, buf *out) {
	name_words w;
	name_split(c->name, &w);
	size_t n = w.n - (unit_in_name(c, &w)[0] != 0);
	for (size_t i = 0; i < n; i++) {
		bool expectancy = i > 0 && strcmp(w.word[i], "exp") == 0 && strcmp(w.word[i - 1], "life") == 0;
		if (i) buf_addc(out, ' ');
		if (i == 0 && n > 1 && word_in(w.word[i], "n num"))
			buf_adds(out, "Number of");
		else
			add_word(out, expectancy ? "expectancy" : w.word[i], i == 0);
	}
	if (w.n == 0) buf_add(out, c->name);
}

const duration_scale *duration_unit(const column *c) {
	static const duration_scale SCALES[] = {{"days", 86400}, {"hours", 3600}, {"minutes", 60}, {"seconds", 1}};
	size_t i = 0;
	while (SCALES[i].seconds > 1 && c->profile.max < 2e6 * SCALES[i].seconds) i++;
	return &SCALES[i];
}

const char *column_unit(const column *c) {
	name_words w;
	if (c->type == COL_DURATION) return duration_unit(c)->name;
	if (c->profile.unit_text[0]) return c->profile.unit_text;
	name_split(c->name, &w);
	return plain_name(c->name) ? unit_in_name(c, &w) : "";
}

static void add_unit(const column *c, buf *out) {
	const char *unit = column_unit(c);
	if (unit[0]) buf_printf(out, " (%s)", unit);
}

static bool all_capitals(slice s) {
	for (size_t i = 0; i < s.n; i++)
		if (!isupper((unsigned char)s.p[i])) return false;
	return s.n <= 5;
}

static void bare_title(const column *c, buf *out) {
	if (plain_name(c->name) && !all_capitals(c->name))
		plain_title(c, out);
	else
		buf_add(out, slice_utf8_cut(c->name, 80));
}

void column_title(const column *c, buf *out) {
	bare_title(c, out);
	add_unit(c, out);
}

void axis_title(const panel *p, const column *c, buf *out) {
	bool clock = c->type == COL_DURATION && (p->chart == CHART_BAR || p->chart == CHART_PIE);
	if (clock)
		bare_title(c, out);
	else
		column_title(c, out);
}

static void add_plural(buf *out, const char *word) {
	size_t n = strlen(word);
	bool sibilant = n > 1 && (word[n - 1] == 'x' || (word[n - 1] == 's' && word[n - 2] == 's') ||
				  (word[n - 1] == 'h' && strchr("cs", word[n - 2])));
	buf_adds(out, word);
	if (n > 2 && word[n - 1] == 'y' && !strchr("aeiou", word[n - 2]))
		out->n--, buf_adds(out, "ies");
	else if (sibilant)
		buf_adds(out, "es");
	else if (n > 0 && word[n - 1] != 's')
		buf_addc(out, 's');
}

/* What the rows are: as the question calls them; "films" of films.csv; "rows" where nothing tells. */
static void rows_title(const frame *f, const char *things, buf *out) {
	name_words w;
	name_split(slice_of(f->stem), &w);
	const char *last = w.n ? w.word[w.n - 1] : "";
	bool plural = strlen(last) > 3 && last[strlen(last) - 1] == 's' && last[strlen(last) - 2] != 's';
	if (things[0])
		buf_adds(out, things);
	else if (!plural || !islower((unsigned char)last[0]) || name_has(&w, "results values columns cats"))
		buf_adds(out, "rows");
	else
		for (size_t i = 0; i < w.n; i++) buf_printf(out, i ? " %s" : "%s", w.word[i]);
}

static const char *const AGG_TITLES[AGG_TOTAL] = {
    [AGG_NONE] = "",        [AGG_COUNT] = "Number of ", [AGG_DISTINCT] = "Number of different ",
    [AGG_SUM] = "Total ",   [AGG_MEAN] = "Average ",    [AGG_MEDIAN] = "Median ",
    [AGG_MIN] = "Minimum ", [AGG_MAX] = "Maximum "};

/* Words of a name that say the aggregate already. */
static const char *const SAYS[AGG_TOTAL] = {[AGG_SUM] = "total sum count tot cnt",
					    [AGG_MEAN] = "avg average mean",
					    [AGG_MEDIAN] = "median",
					    [AGG_MIN] = "min minimum lowest",
					    [AGG_MAX] = "max maximum highest"};

const char *aggregate_title(enum aggregate how) {
	return AGG_TITLES[how];
}

void measure_title(const panel *p, const frame *f, measure m, bool with_unit, buf *out) {
	name_words words = {.n = 0};
	if (m.column >= 0) name_split(f->cols[m.column].name, &words);
	bool said = SAYS[m.how] && name_has(&words, SAYS[m.how]);
	if (!said) buf_adds(out, AGG_TITLES[m.how]);
	if (m.column < 0) {
		rows_title(f, p->things, out);
		return;
	}
	size_t start = out->n;
	const column *c = &f->cols[m.column];
	if (m.how == AGG_DISTINCT) {
		buf one = BUF_INIT(1024);
		bare_title(c, &one);
		add_plural(out, buf_cstr(&one));
		buf_free(&one);
	} else {
		bare_title(c, out);
	}
	bool lower = m.how != AGG_NONE && !said && out->n > start + 1 && islower((unsigned char)out->p[start + 1]);
	if (lower) out->p[start] = (char)tolower((unsigned char)out->p[start]);
	if (with_unit && m.how != AGG_DISTINCT) add_unit(c, out);
}

const char *bin_title(enum bin b) {
	static const char *const TITLES[BIN_TOTAL] = {
	    [BIN_NONE] = "",         [BIN_YEAR] = "Year",       [BIN_QUARTER] = "Quarter",
	    [BIN_MONTH] = "Month",   [BIN_WEEK] = "Week",       [BIN_DAY] = "Day",
	    [BIN_HOUR] = "Hour",     [BIN_WEEKDAY] = "Weekday", [BIN_MONTH_NAME] = "Month of the year",
	    [BIN_DECADE] = "Decade", [BIN_RANGES] = "Range"};
	return TITLES[b];
}

static void add_by(const panel *p, const frame *f, buf *out) {
	buf part = BUF_INIT(1024);
	if (p->bin != BIN_NONE)
		buf_adds(&part, bin_title(p->bin));
	else
		axis_title(p, &f->cols[p->x], &part);
	if (part.n > 1 && islower((unsigned char)part.p[1])) part.p[0] = (char)tolower((unsigned char)part.p[0]);
	buf_add(out, buf_slice(&part));
	buf_free(&part);
}

static void add_color(const panel *p, const frame *f, buf *out) {
	if (p->color < 0 || (p->color == p->x && p->color_bin == BIN_NONE)) return;
	panel c = {.x = p->color, .bin = p->color_bin};
	buf_adds(out, p->x >= 0 ? " and " : " by ");
	add_by(&c, f, out);
}

static void add_subject(const panel *p, const frame *f, buf *out) {
	static const char *const DERIVED[DERIVE_TOTAL] = {
	    [DERIVE_SHARE] = "Share of ", [DERIVE_CUMULATIVE] = "Cumulative ", [DERIVE_GROWTH] = "Growth of "};
	size_t start = out->n;
	if (DERIVED[p->derive]) buf_adds(out, DERIVED[p->derive]);
	enum { NAMED = 4 };
	size_t n = p->ny <= NAMED ? p->ny : NAMED - 1;
	for (size_t i = 0; i < n; i++) {
		if (i) buf_adds(out, i + 1 == p->ny ? " and " : ", ");
		size_t at = out->n;
		measure m = p->y[i];
		if (i && m.how == p->y[i - 1].how && m.column >= 0) m.how = AGG_NONE;
		measure_title(p, f, m, false, out);
		if (at > start && out->n > at + 1 && islower((unsigned char)out->p[at + 1]))
			out->p[at] = (char)tolower((unsigned char)out->p[at]);
	}
	if (n < p->ny) buf_printf(out, " and %zu more", p->ny - n);
}

void spec_title(const panel *p, const frame *f, buf *out) {
	if (p->title[0]) {
		buf_adds(out, p->title);
		return;
	}
	if (p->chart == CHART_TABLE) {
		buf_adds(out, f->name);
		return;
	}
	if (p->along) {
		buf_adds(out, "Values by year");
		panel c = *p;
		c.x = p->color == 0; /* another column */
		add_color(&c, f, out);
		return;
	}
	if (p->chart == CHART_HISTOGRAM && p->x >= 0) {
		buf_adds(out, "Distribution of ");
		add_by(p, f, out);
	} else if (p->chart == CHART_HEATMAP && p->x < 0) {
		buf_adds(out, "Correlations");
	} else if (p->chart == CHART_SCATTER && p->ny == 1 && p->x >= 0) {
		add_subject(p, f, out);
		buf_adds(out, " against ");
		add_by(p, f, out);
		panel c = *p;
		c.x = -1;
		add_color(&c, f, out);
		return;
	} else {
		add_subject(p, f, out);
		if (p->x >= 0) buf_adds(out, " by "), add_by(p, f, out);
	}
	add_color(p, f, out);
}
