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

static void add_capital(buf *out, const char *word) {
	buf_addc(out, (char)toupper((unsigned char)word[0]));
	buf_adds(out, word + 1);
}

static void plain_title(slice name, buf *out) {
	static const char CAPITALS[] = "id gdp usa uk eu co2 hq ip url iq bmi ph tv dvd cd pm10";
	name_words w;
	name_split(name, &w);
	for (size_t i = 0; i < w.n; i++) {
		if (i) buf_addc(out, ' ');
		if (word_in(w.word[i], CAPITALS))
			for (const char *c = w.word[i]; *c; c++) buf_addc(out, (char)toupper((unsigned char)*c));
		else if (i == 0)
			add_capital(out, w.word[i]);
		else
			buf_adds(out, w.word[i]);
	}
	if (w.n == 0) buf_add(out, name);
}

const duration_scale *duration_unit(const column *c) {
	static const duration_scale SCALES[] = {{"days", 86400}, {"hours", 3600}, {"minutes", 60}, {"seconds", 1}};
	size_t i = 0;
	while (SCALES[i].seconds > 1 && c->profile.max < 2e6 * SCALES[i].seconds) i++;
	return &SCALES[i];
}

static void add_unit(const column *c, buf *out) {
	const char *unit = c->type == COL_DURATION ? duration_unit(c)->name : c->profile.unit_text;
	if (unit[0]) buf_printf(out, " (%s)", unit);
}

static bool all_capitals(slice s) {
	for (size_t i = 0; i < s.n; i++)
		if (!isupper((unsigned char)s.p[i])) return false;
	return s.n <= 5;
}

static void bare_title(const column *c, buf *out) {
	if (plain_name(c->name) && !all_capitals(c->name))
		plain_title(c->name, out);
	else
		buf_add(out, slice_utf8_cut(c->name, 80));
}

void column_title(const column *c, buf *out) {
	bare_title(c, out);
	add_unit(c, out);
}

/* What a row is: "films" of films.csv; "rows" where the name does not tell. */
static void rows_title(const frame *f, buf *out) {
	static const char NO_NAMES[] =
	    "data result results table sheet export output file test query df csv tmp upload";
	name_words w;
	name_split(slice_of(f->stem), &w);
	if (w.n == 0 || name_has(&w, NO_NAMES) || !islower((unsigned char)w.word[w.n - 1][0])) {
		buf_adds(out, "rows");
		return;
	}
	for (size_t i = 0; i < w.n; i++) buf_printf(out, i ? " %s" : "%s", w.word[i]);
	size_t n = strlen(w.word[w.n - 1]);
	char last = w.word[w.n - 1][n - 1];
	if (last == 'y')
		out->n--, buf_adds(out, "ies");
	else if (last != 's')
		buf_addc(out, 's');
}

static const char *const AGG_TITLES[AGG_TOTAL] = {
    [AGG_NONE] = "",        [AGG_COUNT] = "Number of ", [AGG_DISTINCT] = "Number of different ",
    [AGG_SUM] = "Total ",   [AGG_MEAN] = "Average ",    [AGG_MEDIAN] = "Median ",
    [AGG_MIN] = "Minimum ", [AGG_MAX] = "Maximum "};

void measure_title(const frame *f, measure m, bool with_unit, buf *out) {
	name_words words = {.n = 0};
	if (m.column >= 0) name_split(f->cols[m.column].name, &words);
	bool said = m.how == AGG_SUM && words.n > 1 && strcmp(words.word[0], "total") == 0;
	if (!said) buf_adds(out, AGG_TITLES[m.how]);
	if (m.column < 0) {
		rows_title(f, out);
		return;
	}
	size_t start = out->n;
	const column *c = &f->cols[m.column];
	bare_title(c, out);
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
		column_title(&f->cols[p->x], &part);
	if (part.n > 1 && islower((unsigned char)part.p[1])) part.p[0] = (char)tolower((unsigned char)part.p[0]);
	buf_add(out, buf_slice(&part));
	buf_free(&part);
}

static void add_color(const panel *p, const frame *f, buf *out) {
	if (p->color < 0 || p->color == p->x) return;
	panel c = {.x = p->color, .bin = BIN_NONE};
	buf_adds(out, p->x >= 0 ? " and " : " by ");
	add_by(&c, f, out);
}

static void add_subject(const panel *p, const frame *f, buf *out) {
	static const char *const DERIVED[DERIVE_TOTAL] = {
	    [DERIVE_SHARE] = "Share of ", [DERIVE_CUMULATIVE] = "Cumulative ", [DERIVE_GROWTH] = "Growth of "};
	size_t start = out->n;
	if (DERIVED[p->derive]) buf_adds(out, DERIVED[p->derive]);
	for (size_t i = 0; i < p->ny; i++) {
		if (i) buf_adds(out, i + 1 == p->ny ? " and " : ", ");
		size_t at = out->n;
		measure_title(f, p->y[i], false, out);
		if (at > start && out->n > at + 1 && islower((unsigned char)out->p[at + 1]))
			out->p[at] = (char)tolower((unsigned char)out->p[at]);
	}
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
