/* The rows wanted: conditions as a mask, parts of time as columns. */
#include "rules/code.h"

#include "rules/match.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A number as Python reads it, without thousands commas; false when it is none. */
static bool number_text(slice s, char out[64]) {
	size_t n = 0;
	for (size_t i = 0; i < s.n && n < 62; i++)
		if (s.p[i] != ',' && s.p[i] != ' ') out[n++] = s.p[i];
	out[n] = 0;
	char *end;
	double v = strtod(out, &end);
	if (n == 0 || *end || !isfinite(v)) return false;
	bool plain = strspn(out, "0123456789.-") == n && !(out[0] == '0' && n > 1 && out[1] != '.');
	if (!plain) (void)snprintf(out, 64, "%.15g", v);
	return true;
}

static void write_value(writer *w, const column *c, slice v) {
	char number[64];
	if (is_number(c) && number_text(v, number))
		piece(w, "%s", number);
	else if (c->type == COL_BOOL)
		piece(w, slice_eq_nocase(v, SLICE("false")) || slice_eq_nocase(v, SLICE("no")) ? "False" : "True");
	else
		piece(w, "%S", v);
}

static void write_list(writer *w, const column *c, const filter *fi) {
	piece(w, "[");
	for (size_t i = 0; i < fi->nvalues; i++) {
		if (i) piece(w, ", ");
		write_value(w, c, fi->values[i]);
	}
	piece(w, "]");
}

static void write_texts(writer *w, const filter *fi, const char *method) {
	const column *c = &w->f->cols[fi->column];
	for (size_t i = 0; i < fi->nvalues; i++) {
		if (i) piece(w, " | ");
		buf lower = BUF_INIT(4096);
		for (size_t k = 0; k < fi->values[i].n; k++)
			buf_addc(&lower, (char)tolower((unsigned char)fi->values[i].p[k]));
		piece(w, "%s[%S].str.lower().str.%s(%S", w->table, c->name, method, buf_slice(&lower));
		piece(w, fi->op == OP_CONTAINS ? ", regex=False, na=False)" : ", na=False)");
		buf_free(&lower);
	}
}

static const char *const SIGNS[OP_TOTAL] = {
    [OP_EQ] = "==", [OP_NE] = "!=", [OP_LT] = "<", [OP_LE] = "<=", [OP_GT] = ">", [OP_GE] = ">="};

/* Times against years alone: "before 1990", "between 2009 and 2011". */
static bool only_years(const column *c, const filter *fi) {
	for (size_t i = 0; i < fi->nvalues; i++)
		if (fi->values[i].n != 4 || fi->values[i].p[0] < '1' || fi->values[i].p[0] > '2') return false;
	return is_time(c) && fi->nvalues > 0;
}

static void write_year_condition(writer *w, const filter *fi) {
	const column *c = &w->f->cols[fi->column];
	char first[64] = "", second[64] = "";
	(void)number_text(fi->values[0], first);
	if (fi->nvalues > 1) (void)number_text(fi->values[1], second);
	piece(w, "%s[%S].dt.year", w->table, c->name);
	if (fi->op == OP_BETWEEN)
		piece(w, ".between(%s, %s)", first, second);
	else
		piece(w, " %s %s", SIGNS[fi->op], first);
}

static void write_condition(writer *w, const filter *fi) {
	const column *c = &w->f->cols[fi->column];
	bool compared = SIGNS[fi->op] != NULL || fi->op == OP_BETWEEN;
	if (compared && only_years(c, fi) && (fi->nvalues == 1 || fi->op == OP_BETWEEN)) {
		write_year_condition(w, fi);
		return;
	}
	switch (fi->op) {
	case OP_MISSING: piece(w, "%s[%S].isna()", w->table, c->name); return;
	case OP_PRESENT: piece(w, "%s[%S].notna()", w->table, c->name); return;
	case OP_CONTAINS: write_texts(w, fi, "contains"); return;
	case OP_STARTS: write_texts(w, fi, "startswith"); return;
	case OP_ENDS: write_texts(w, fi, "endswith"); return;
	case OP_BETWEEN:
		piece(w, "%s[%S].between(", w->table, c->name);
		write_value(w, c, fi->values[0]);
		piece(w, ", ");
		write_value(w, c, fi->values[1]);
		piece(w, ")");
		return;
	case OP_YEAR: piece(w, "%s[%S].dt.year.isin([", w->table, c->name); break;
	default:
		if (fi->nvalues > 1) {
			piece(w, "%s%s[%S].isin(", fi->op == OP_NE ? "~" : "", w->table, c->name);
			write_list(w, c, fi);
			piece(w, ")");
			return;
		}
		piece(w, "%s[%S] %s ", w->table, c->name, SIGNS[fi->op]);
		write_value(w, c, fi->values[0]);
		if (fi->op == OP_NE && c->nulls) piece(w, ") & (%s[%S].notna()", w->table, c->name);
		return;
	}
	for (size_t i = 0; i < fi->nvalues; i++) {
		char number[64];
		if (number_text(fi->values[i], number)) piece(w, i ? ", %s" : "%s", number);
	}
	piece(w, "])");
}

static void write_mask(writer *w, const filter *fi, bool brackets) {
	if (fi->negate) piece(w, "~");
	if (brackets || fi->negate) piece(w, "(");
	write_condition(w, fi);
	if (brackets || fi->negate) piece(w, ")");
}

/* Conditions on rows; those on groups come when there are groups. */
void write_filters(writer *w) {
	const panel *p = w->p;
	size_t rows = 0, done = 0;
	for (size_t i = 0; i < p->nfilters; i++) rows += p->filters[i].how == AGG_NONE;
	if (rows == 0) return;
	piece(w, "data = %s[", w->table);
	for (size_t i = 0; i < p->nfilters; i++) {
		const filter *fi = &p->filters[i];
		if (fi->how != AGG_NONE) continue;
		write_mask(w, fi, rows > 1 || fi->nvalues > 1 || fi->op == OP_NE);
		if (++done < rows) piece(w, fi->or_next ? " | " : " & ");
	}
	line(w, "].copy()");
	w->table = "data";
}

static const char *const GROUP_AGG[AGG_TOTAL] = {
    [AGG_NONE] = "sum",  [AGG_COUNT] = "count",   [AGG_DISTINCT] = "nunique", [AGG_SUM] = "sum",
    [AGG_MEAN] = "mean", [AGG_MEDIAN] = "median", [AGG_MIN] = "min",          [AGG_MAX] = "max"};

void write_group_filters(writer *w) {
	const panel *p = w->p;
	for (size_t i = 0; i < p->nfilters; i++) {
		const filter *fi = &p->filters[i];
		if (fi->how == AGG_NONE || !w->x[0]) continue;
		const column *c = &w->f->cols[fi->column];
		line(w, "level = %s.groupby(%Q)[%S].transform(\"%s\")", w->table, w->x, c->name, GROUP_AGG[fi->how]);
		piece(w, "data = %s[level", w->table);
		if (fi->op == OP_BETWEEN) {
			piece(w, ".between(");
			write_value(w, c, fi->values[0]);
			piece(w, ", ");
			write_value(w, c, fi->values[1]);
			line(w, ")].copy()");
		} else {
			piece(w, " %s ", SIGNS[fi->op]);
			write_value(w, c, fi->values[0]);
			line(w, "].copy()");
		}
		w->table = "data";
	}
}

static void own_copy(writer *w) {
	if (strcmp(w->table, "data") == 0) return;
	line(w, "data = %s.copy()", w->table);
	w->table = "data";
}

/* What each bin makes of a series of times. */
static const char *const BIN_CODE[BIN_TOTAL] = {
    [BIN_YEAR] = ".dt.year",
    [BIN_QUARTER] = ".dt.to_period(\"Q\").dt.start_time",
    [BIN_MONTH] = ".dt.to_period(\"M\").dt.to_timestamp()",
    [BIN_WEEK] = ".dt.to_period(\"W\").dt.start_time",
    [BIN_DAY] = ".dt.normalize()",
    [BIN_HOUR] = ".dt.hour",
    [BIN_WEEKDAY] = ".dt.day_name()",
    [BIN_MONTH_NAME] = ".dt.month_name()",
    [BIN_DECADE] = ".dt.year // 10 * 10",
};

static void write_year_spans(writer *w, slice column_text) {
	line(w, "years = data[%S].dt.year", column_text);
	line(w, "width = max(1, int(years.max() - years.min() + 6) // 10)");
	line(w, "first = years - (years - years.min()) %% width");
	line(w, "last = (first + width - 1).clip(upper=years.max())");
	line(w, "data[%Q] = first.astype(\"Int64\").astype(str) + \"–\" + last.astype(\"Int64\").astype(str)", w->x);
}

/* Whether the durations are names of bars: "1:57.26". */
static bool names_bars(const writer *w, int column_index) {
	const panel *p = w->p;
	bool bars = p->chart == CHART_BAR || p->chart == CHART_PIE;
	return (bars && column_index == p->x) || column_index == p->color;
}

/* Durations are drawn in the unit that suits the longest; where they name bars, in seconds until they are written out.
 */
void write_durations(writer *w) {
	const panel *p = w->p;
	int used[SPEC_MEASURES + 2] = {p->x, p->color};
	for (size_t i = 0; i < p->ny; i++) used[i + 2] = p->y[i].column;
	for (size_t i = 0; i < p->ny + 2; i++) {
		bool before = false;
		for (size_t k = 0; k < i; k++) before |= used[k] == used[i];
		if (used[i] < 0 || before || w->f->cols[used[i]].type != COL_DURATION) continue;
		own_copy(w);
		slice name = w->f->cols[used[i]].name;
		unsigned seconds = names_bars(w, used[i]) ? 1 : duration_unit(&w->f->cols[used[i]])->seconds;
		piece(w, "data[%S] = data[%S].dt.total_seconds()", name, name);
		if (seconds > 1) piece(w, " / %u", seconds);
		line(w, "");
	}
}

/* Yes and no, where they name bars and lines. */
void write_flags(writer *w) {
	const int named[] = {w->p->x, w->p->color};
	for (size_t i = 0; i < 2; i++) {
		if (named[i] < 0 || (i && named[1] == named[0]) || w->f->cols[named[i]].type != COL_BOOL) continue;
		own_copy(w);
		slice name = w->f->cols[named[i]].name;
		line(w, "data[%S] = data[%S].map({True: \"Yes\", False: \"No\"})", name, name);
	}
}

static bool has_fractions(const frame *f, const column *c) {
	for (uint64_t row = 0; row < f->rows; row++)
		if (!cell_missing(c, row) && cell_int(c, row) % 1000000 != 0) return true;
	return false;
}

/* Seconds as people write them, once they are in order: 1:57.26, 2:05:00. */
void write_clock(writer *w) {
	const panel *p = w->p;
	if (p->x < 0 || p->bin != BIN_NONE || !names_bars(w, p->x)) return;
	const column *c = &w->f->cols[p->x];
	if (c->type != COL_DURATION) return;
	const char *seconds = has_fractions(w->f, c) ? "{s % 60:05.2f}" : "{int(s % 60):02}";
	if (c->profile.max >= 3600e6)
		line(w, "clock = lambda s: f\"{int(s // 3600)}:{int(s // 60 %% 60):02}:%s\"", seconds);
	else
		line(w, "clock = lambda s: f\"{int(s // 60)}:%s\"", seconds);
	line(w, "table = %s.assign(**{%Q: %s[%Q].map(clock)})", w->table, w->x, w->table, w->x);
	if (w->ordered) line(w, "order = [clock(s) for s in order]");
	w->table = "table";
}

/* The second part of the same times. */
static void write_color_bin(writer *w) {
	const column *c = &w->f->cols[w->p->color];
	if (!is_time(c)) return;
	(void)snprintf(w->color, sizeof w->color, "%s", bin_title(w->p->color_bin));
	own_copy(w);
	line(w, "data[%Q] = data[%S]%s", w->color, c->name, BIN_CODE[w->p->color_bin]);
}

void write_bin(writer *w) {
	const panel *p = w->p;
	if (p->color >= 0 && p->color_bin != BIN_NONE) write_color_bin(w);
	if (p->bin == BIN_NONE || p->x < 0) return;
	const column *c = &w->f->cols[p->x];
	bool years = c->profile.meaning == MEAN_YEAR && is_number(c);
	if (!is_time(c) && !years) return;
	own_copy(w);
	const char *title = p->bin == BIN_RANGES ? "Years" : bin_title(p->bin);
	(void)snprintf(w->x, sizeof w->x, "%s", title);
	if (frame_column(w->f, slice_of(w->x)) >= 0) (void)snprintf(w->x, sizeof w->x, "%s of date", title);
	if (p->bin == BIN_RANGES) {
		write_year_spans(w, c->name);
		return;
	}
	if (years)
		piece(w, "data[%Q] = pd.to_datetime(data[%S].astype(\"Int64\").astype(str), format=\"%%Y\")", w->x,
		      c->name);
	else
		piece(w, "data[%Q] = data[%S]", w->x, c->name);
	if (c->utc && (p->bin == BIN_QUARTER || p->bin == BIN_MONTH || p->bin == BIN_WEEK))
		piece(w, ".dt.tz_localize(None)");
	line(w, "%s", BIN_CODE[p->bin]);
}

bool x_is_time(const writer *w) {
	const panel *p = w->p;
	if (p->x < 0 || !is_time(&w->f->cols[p->x])) return false;
	return p->bin == BIN_NONE || p->bin == BIN_QUARTER || p->bin == BIN_MONTH || p->bin == BIN_WEEK ||
	       p->bin == BIN_DAY;
}
