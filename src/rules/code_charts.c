/* The figures: one writer a kind of chart. */
#include "rules/code.h"

#include "rules/match.h"

enum { TABLE_ROWS = 500, LONG_LABELS = 14, MARKERS_MAX = 60 };

/* labels={…}: names as people read them, where the column's own name is none. */
static void write_labels(writer *w) {
	const struct {
		const char *name;
		int column;
	} names[] = {{w->x, w->p->x},
		     {w->color, w->p->color},
		     {w->y[0], w->p->ny ? w->p->y[0].column : -1},
		     {w->y[1], w->p->ny > 1 ? w->p->y[1].column : -1}};
	bool open = false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (names[i].column < 0 || !names[i].name[0]) continue;
		const column *c = &w->f->cols[names[i].column];
		if (!slice_eq(c->name, slice_of(names[i].name))) continue;
		buf title = BUF_INIT(4096);
		if (i == 0)
			axis_title(w->p, c, &title);
		else
			column_title(c, &title);
		if (!slice_eq(buf_slice(&title), c->name)) {
			piece(w, open ? ", " : ", labels={");
			piece(w, "%Q: %S", names[i].name, buf_slice(&title));
			open = true;
		}
		buf_free(&title);
	}
	if (w->p->ny > 1 && w->p->chart != CHART_SCATTER) {
		piece(w, open ? ", " : ", labels={");
		bool one = w->p->y[0].how == w->p->y[1].how;
		slice kind = slice_trim(slice_of(one ? aggregate_title(w->p->y[0].how) : ""));
		piece(w, "\"value\": %S, \"variable\": \"\"", kind);
		open = true;
	}
	if (open) piece(w, "}");
}

static void write_y(writer *w) {
	if (w->p->ny == 1) {
		piece(w, "%Q", w->y[0]);
		return;
	}
	piece(w, "[");
	for (size_t i = 0; i < w->p->ny; i++) piece(w, i ? ", %Q" : "%Q", w->y[i]);
	piece(w, "]");
}

/* px.kind(table, x=…, y=…, color=… — left open for more arguments. */
static void open_figure(writer *w, const char *kind, bool swap) {
	piece(w, "fig = px.%s(%s, x=", kind, w->table);
	if (swap) {
		write_y(w);
		piece(w, ", y=%Q", w->x);
	} else {
		piece(w, "%Q", w->x);
		if (w->p->ny) piece(w, ", y="), write_y(w);
	}
	if (w->color[0]) piece(w, ", color=%Q", w->color);
}

static void close_figure(writer *w) {
	write_labels(w);
	line(w, ", title=%Q)", w->title);
}

/* Money and percent on the axis of values. */
static void format_values(writer *w, const char *axis) {
	const panel *p = w->p;
	if (p->derive == DERIVE_GROWTH || p->derive == DERIVE_SHARE) {
		line(w, "fig.update_%saxes(ticksuffix=\"%%\")", axis);
		return;
	}
	if (p->ny == 0 || p->y[0].column < 0 || p->y[0].how == AGG_DISTINCT) return;
	const char *unit = w->f->cols[p->y[0].column].profile.unit_text;
	for (size_t i = 1; i < p->ny; i++)
		if (p->y[i].column < 0 || strcmp(unit, w->f->cols[p->y[i].column].profile.unit_text) != 0) return;
	if (!unit[0]) return;
	bool sign = strcmp(unit, "$") == 0 || strcmp(unit, "€") == 0 || strcmp(unit, "£") == 0;
	line(w, "fig.update_%saxes(%s=%Q)", axis, sign ? "tickprefix" : "ticksuffix", unit);
}

/* One colour for one name, also where each bar has its own series. */
static void color_as_text(writer *w) {
	const panel *p = w->p;
	if (!w->color[0] || !is_number(&w->f->cols[p->color])) return;
	const column_profile *c = &w->f->cols[p->color].profile;
	if (p->chart == CHART_SCATTER && c->distinct > 12 && is_quantity(&w->f->cols[p->color])) return;
	line(w, "table = %s.assign(**{%Q: %s[%Q].astype(str)})", w->table, w->color, w->table, w->color);
	w->table = "table";
}

static bool lies_down(const writer *w) {
	const panel *p = w->p;
	if (p->horizontal) return true;
	const column *c = &w->f->cols[p->x];
	return c->type == COL_TEXT && c->profile.distinct > 4 && c->profile.mean > LONG_LABELS && p->bin == BIN_NONE;
}

/* How a moment reads below its bar. */
static const char *time_label(const panel *p, enum time_unit unit) {
	switch (p->bin) {
	case BIN_MONTH: return "%Y-%m";
	case BIN_WEEK:
	case BIN_DAY: return "%Y-%m-%d";
	default: break;
	}
	return unit == UNIT_YEAR    ? "%Y"
	       : unit == UNIT_MONTH ? "%B %Y"
	       : unit > UNIT_DAY    ? "%Y-%m-%d %H:%M"
				    : "%Y-%m-%d";
}

static void write_time_labels(writer *w) {
	enum time_unit unit = w->f->cols[w->p->x].profile.unit;
	bool quarters = w->p->bin == BIN_QUARTER || (w->p->bin == BIN_NONE && unit == UNIT_QUARTER);
	line(w, "times = %s[%Q].dt", w->table, w->x);
	piece(w, "table = %s.assign(**{%Q: ", w->table, w->x);
	if (quarters)
		line(w, "\"Q\" + times.quarter.astype(str) + \" \" + times.year.astype(str)})");
	else
		line(w, "times.strftime(%Q)})", time_label(w->p, unit));
	w->table = "table";
	if (w->ordered) line(w, "order = table[%Q].unique().tolist()", w->x);
}

/* category_orders={…}: of the bars, and of what tells them apart. */
static void write_orders(writer *w) {
	cleanup_buf buf words = BUF_INIT(1 << 16);
	bool steps = w->color[0] && word_order(w->f, &w->f->cols[w->p->color], &words);
	if (w->ordered && steps)
		piece(w, ", category_orders={%Q: order, %Q: %s}", w->x, w->color, buf_cstr(&words));
	else if (w->ordered)
		piece(w, ", category_orders={%Q: order}", w->x);
	else if (steps)
		piece(w, ", category_orders={%Q: %s}", w->color, buf_cstr(&words));
	else if (w->color[0] && !w->grouped && w->f->cols[w->p->color].type == COL_TEXT)
		piece(w, ", category_orders={%Q: sorted(%s[%Q].dropna().unique())}", w->color, w->table, w->color);
}

static void write_bar(writer *w) {
	const panel *p = w->p;
	bool flat = lies_down(w);
	color_as_text(w);
	if (x_is_time(w)) write_time_labels(w);
	open_figure(w, "bar", flat);
	if (flat) piece(w, ", orientation=\"h\"");
	write_orders(w);
	if (p->arrange == ARRANGE_GROUP || (p->ny > 1 && p->arrange == ARRANGE_AUTO)) piece(w, ", barmode=\"group\"");
	close_figure(w);
	line(w, "fig.update_%saxes(type=\"category\"%s)", flat ? "y" : "x",
	     flat && !w->ordered ? ", autorange=\"reversed\"" : "");
	if (p->arrange == ARRANGE_PERCENT) {
		line(w, "fig.update_layout(barnorm=\"percent\")");
		line(w, "fig.update_%saxes(title=%Q, ticksuffix=\"%%\")", flat ? "x" : "y", "Share");
		return;
	}
	format_values(w, flat ? "x" : "y");
}

/* Missing values among those that are drawn as they stand. */
static bool has_gaps(const writer *w) {
	for (size_t i = 0; i < w->p->ny && !w->grouped; i++)
		if (w->f->cols[w->p->y[i].column].nulls) return true;
	return false;
}

/* About how many points a line will have. */
static double moments(const writer *w) {
	static const double YEAR = 365.25 * 86400e6;
	static const double A_YEAR[BIN_TOTAL] = {[BIN_YEAR] = 1, [BIN_QUARTER] = 4, [BIN_MONTH] = 12, [BIN_WEEK] = 52};
	const column_profile *x = &w->f->cols[w->p->x].profile;
	if (w->p->bin == BIN_HOUR) return 24;
	if (A_YEAR[w->p->bin] <= 0 || !is_time(&w->f->cols[w->p->x])) return (double)x->distinct;
	return 1 + (x->max - x->min) / YEAR * A_YEAR[w->p->bin];
}

static void write_line(writer *w) {
	color_as_text(w);
	open_figure(w, w->p->chart == CHART_AREA ? "area" : "line", false);
	write_orders(w);
	if (w->p->chart == CHART_LINE && (has_gaps(w) || moments(w) <= MARKERS_MAX)) piece(w, ", markers=True");
	close_figure(w);
	const column_profile *x = &w->f->cols[w->p->x].profile;
	if (w->p->bin == BIN_YEAR) line(w, "fig.update_xaxes(tickformat=\"d\")");
	if (w->p->bin == BIN_QUARTER || (w->p->bin == BIN_NONE && x->unit == UNIT_QUARTER && x_is_time(w)))
		line(w,
		     "fig.update_xaxes(tickformat=\"Q%%q %%Y\", hoverformat=\"Q%%q %%Y\", tick0=\"2000-01-01\", "
		     "dtick=\"M%u\")",
		     moments(w) <= 12   ? 3u
		     : moments(w) <= 40 ? 12u
					: 60u);
	if (has_gaps(w)) line(w, "fig.update_traces(connectgaps=True)");
	format_values(w, "y");
}

static void write_scatter(writer *w) {
	const panel *p = w->p;
	color_as_text(w);
	if (p->ny == 2) {
		piece(w, "fig = px.scatter(%s, x=%Q, y=%Q", w->table, w->y[0], w->y[1]);
		if (w->x[0]) piece(w, ", hover_name=%Q, color=%Q", w->x, w->x);
	} else {
		open_figure(w, "scatter", false);
		int name = label_column(w->f);
		if (!w->grouped && name >= 0 && name != p->x && name != p->y[0].column && name != p->color)
			piece(w, ", hover_name=%S", w->f->cols[name].name);
	}
	close_figure(w);
}

static void write_histogram(writer *w) {
	open_figure(w, "histogram", false);
	if (w->color[0]) piece(w, ", barmode=\"overlay\", opacity=0.6");
	close_figure(w);
	line(w, "fig.update_yaxes(title=\"Number of rows\")");
	line(w, "fig.for_each_trace(lambda t: t.update(hovertemplate=t.hovertemplate.replace(\"count=\", \"Number of "
		"rows=\")))");
	line(w, "fig.update_traces(marker_line_width=1)");
}

static void write_box(writer *w) {
	const char *kind = w->p->chart == CHART_VIOLIN ? "violin" : "box";
	piece(w, "fig = px.%s(%s", kind, w->table);
	if (w->x[0] && w->p->ny)
		piece(w, ", x=%Q, y=%Q", w->x, w->y[0]);
	else
		piece(w, ", y=%Q", w->p->ny ? w->y[0] : w->x);
	if (w->color[0]) piece(w, ", color=%Q", w->color);
	close_figure(w);
	format_values(w, "y");
}

static void write_pie(writer *w) {
	piece(w, "fig = px.pie(%s, names=%Q, values=%Q", w->table, w->x, w->y[0]);
	close_figure(w);
	line(w, "fig.update_traces(sort=False, textinfo=\"percent+label\")");
}

/* How many values a part of time has; 0 for those that go on. */
static unsigned parts_of(enum bin b) {
	return b == BIN_WEEKDAY ? 7 : b == BIN_MONTH_NAME ? 12 : b == BIN_HOUR ? 24 : 0;
}

/* Time and what has more values run across. */
static bool turned(const writer *w) {
	const column *x = &w->f->cols[w->p->x], *y = &w->f->cols[w->p->color];
	if (w->p->color_bin != BIN_NONE) return parts_of(w->p->color_bin) > parts_of(w->p->bin);
	if (w->p->bin != BIN_NONE) return false;
	bool times[2] = {is_time(x) || x->profile.meaning == MEAN_YEAR, is_time(y) || y->profile.meaning == MEAN_YEAR};
	if (times[0] != times[1]) return times[1];
	return y->profile.distinct > x->profile.distinct * 3 / 2;
}

static void write_correlations(writer *w) {
	line(w, "matrix = %s.select_dtypes(\"number\").corr().round(2)", w->table);
	piece(w, "names = {");
	for (size_t i = 0, n = 0; i < w->f->ncols; i++) {
		if (!is_number(&w->f->cols[i])) continue;
		buf title = BUF_INIT(1024);
		column_title(&w->f->cols[i], &title);
		piece(w, n++ ? ", %S: %S" : "%S: %S", w->f->cols[i].name, buf_slice(&title));
		buf_free(&title);
	}
	line(w, "}");
	line(w, "matrix = matrix.rename(index=names, columns=names)");
	line(w,
	     "fig = px.imshow(matrix, text_auto=True, color_continuous_scale=\"RdBu_r\", zmin=-1, zmax=1, "
	     "labels={\"x\": \"\", \"y\": \"\", \"color\": \"Correlation\"}, title=%Q)",
	     w->title);
}

/* Weekdays and months in words stand in their own order, not by the alphabet. */
static void order_axis(writer *w, int c, const char *name, const char *axis) {
	cleanup_buf buf words = BUF_INIT(1 << 16);
	const char *order = fixed_order(strcmp(name, w->x) == 0 ? w->p->bin : w->p->color_bin);
	if (!order && word_order(w->f, &w->f->cols[c], &words)) order = buf_cstr(&words);
	if (order) line(w, "matrix = matrix.reindex(%s=[name for name in %s if name in matrix.%s])", axis, order, axis);
}

static void heat_title(const writer *w, const char *name, int c, buf *out) {
	if (slice_eq(w->f->cols[c].name, slice_of(name)))
		column_title(&w->f->cols[c], out);
	else
		buf_adds(out, name);
}

static uint64_t values_of(const writer *w, int c, enum bin b) {
	uint64_t distinct = w->f->cols[c].profile.distinct;
	return parts_of(b) && parts_of(b) < distinct ? parts_of(b) : distinct;
}

static void write_heatmap(writer *w) {
	if (w->p->x < 0) {
		write_correlations(w);
		return;
	}
	enum { NUMBERS_MOST = 200 };
	bool turn = turned(w);
	const char *across = turn ? w->color : w->x, *down = turn ? w->x : w->color;
	uint64_t cells = values_of(w, w->p->x, w->p->bin) * values_of(w, w->p->color, w->p->color_bin);
	line(w, "matrix = %s.pivot(index=%Q, columns=%Q, values=%Q)", w->table, down, across, w->y[0]);
	order_axis(w, turn ? w->p->color : w->p->x, across, "columns");
	order_axis(w, turn ? w->p->x : w->p->color, down, "index");
	buf labels[3] = {BUF_INIT(4096), BUF_INIT(4096), BUF_INIT(4096)};
	if (w->p->y[0].column >= 0) heat_title(w, w->y[0], w->p->y[0].column, &labels[2]);
	if (w->p->y[0].column < 0) buf_adds(&labels[2], w->y[0]);
	heat_title(w, across, turn ? w->p->color : w->p->x, &labels[0]);
	heat_title(w, down, turn ? w->p->x : w->p->color, &labels[1]);
	piece(w, "fig = px.imshow(matrix, aspect=\"auto\", ");
	if (cells <= NUMBERS_MOST) piece(w, "text_auto=\".3~s\", ");
	line(w, "labels={\"x\": %S, \"y\": %S, \"color\": %S}, title=%Q)", buf_slice(&labels[0]), buf_slice(&labels[1]),
	     buf_slice(&labels[2]), w->title);
	for (size_t i = 0; i < 3; i++) buf_free(&labels[i]);
}

static void write_value_of(writer *w, measure m) {
	static const char *const METHODS[AGG_TOTAL] = {
	    [AGG_NONE] = "sum",  [AGG_COUNT] = "count",   [AGG_DISTINCT] = "nunique", [AGG_SUM] = "sum",
	    [AGG_MEAN] = "mean", [AGG_MEDIAN] = "median", [AGG_MIN] = "min",          [AGG_MAX] = "max"};
	if (m.column < 0)
		piece(w, "len(%s)", w->table);
	else
		piece(w, "float(%s[%S].%s())", w->table, w->f->cols[m.column].name, METHODS[m.how]);
}

static void write_numbers(writer *w) {
	line(w, "values = {");
	for (size_t i = 0; i < w->p->ny; i++) {
		piece(w, "    %Q: ", w->y[i]);
		write_value_of(w, w->p->y[i]);
		line(w, ",");
	}
	line(w, "}");
	line(w, "fig = go.Figure()");
	line(w, "for i, (name, value) in enumerate(values.items()):");
	line(w, "    place = {\"x\": [i / len(values), (i + 0.95) / len(values)], \"y\": [0, 1]}");
	line(w, "    number = {\"valueformat\": \",.6~g\", \"font\": {\"size\": 40}}");
	line(w,
	     "    fig.add_trace(go.Indicator(mode=\"number\", value=value, title=name, number=number, domain=place))");
	line(w, "fig.update_layout(title=%Q)", w->title);
}

static void write_number(writer *w) {
	if (w->p->ny > 1) {
		write_numbers(w);
		return;
	}
	const char *unit = w->p->y[0].column >= 0 ? column_unit(&w->f->cols[w->p->y[0].column]) : "";
	bool sign = strcmp(unit, "$") == 0 || strcmp(unit, "€") == 0 || strcmp(unit, "£") == 0;
	piece(w, "value = ");
	write_value_of(w, w->p->y[0]);
	line(w, "");
	piece(w, "number = {\"valueformat\": \",.6~g\"");
	if (unit[0]) piece(w, sign ? ", \"prefix\": %Q" : ", \"suffix\": \" \" + %Q", unit);
	line(w, "}");
	line(w, "fig = go.Figure(go.Indicator(mode=\"number\", value=value, number=number))");
	line(w, "fig.update_layout(title=%Q)", w->title);
}

static void write_table(writer *w) {
	if (w->f->rows > TABLE_ROWS)
		notice(w->n, "The table shows the first %d of %llu rows.", TABLE_ROWS, (unsigned long long)w->f->rows);
	line(w, "rows = %s.head(%u)", w->table, (unsigned)TABLE_ROWS);
	line(w, "cells = [rows[name] if rows[name].dtype.kind in \"if\" else rows[name].astype(str) for name in "
		"rows.columns]");
	line(w, "header = {\"values\": [str(name) for name in rows.columns]}");
	line(w, "fig = go.Figure(go.Table(header=header, cells={\"values\": [cell.tolist() for cell in cells]}))");
	line(w, "fig.update_layout(title=%Q)", w->title);
}

void write_along(writer *w) {
	enum { LINES_MOST = 12 };
	line(w, "years = [name for name in %s.columns if name.isdigit() and len(name) == 4]", w->table);
	if (w->color[0]) {
		line(w, "table = %s.groupby(%Q)[years].sum(min_count=1).reset_index()", w->table, w->color);
		if (w->f->cols[w->p->color].profile.distinct > LINES_MOST) {
			line(w, "table = table.nlargest(%u, years[-1])", (unsigned)LINES_MOST);
			notice(w->n, "The %d largest of \"%.*s\" in the last year are shown.", (int)LINES_MOST,
			       SLICE_ARG(w->f->cols[w->p->color].name));
		}
		line(w, "table = table.melt(id_vars=%Q, var_name=\"Year\", value_name=\"Value\")", w->color);
	} else {
		line(w, "table = %s[years].sum().rename_axis(\"Year\").reset_index(name=\"Value\")", w->table);
	}
	line(w, "table[\"Year\"] = table[\"Year\"].astype(int)");
	piece(w, "fig = px.line(table, x=\"Year\", y=\"Value\", markers=True");
	if (w->color[0]) piece(w, ", color=%Q", w->color);
	close_figure(w);
	line(w, "fig.update_traces(connectgaps=True)");
}

typedef void chart_writer(writer *w);

static chart_writer *const WRITERS[CHART_COUNT] = {[CHART_BAR] = write_bar,
						   [CHART_LINE] = write_line,
						   [CHART_AREA] = write_line,
						   [CHART_SCATTER] = write_scatter,
						   [CHART_HISTOGRAM] = write_histogram,
						   [CHART_BOX] = write_box,
						   [CHART_VIOLIN] = write_box,
						   [CHART_PIE] = write_pie,
						   [CHART_HEATMAP] = write_heatmap,
						   [CHART_NUMBER] = write_number,
						   [CHART_TABLE] = write_table};

/* Charts that cannot be drawn with what the panel has become the table of the data. */
static bool drawable(const writer *w) {
	const panel *p = w->p;
	bool x = p->x >= 0, y = p->ny > 0;
	switch (p->chart) {
	case CHART_BAR:
	case CHART_LINE:
	case CHART_AREA:
	case CHART_PIE: return x && y;
	case CHART_SCATTER: return (x && y) || p->ny == 2;
	case CHART_HISTOGRAM: return x;
	case CHART_BOX:
	case CHART_VIOLIN: return x || y;
	case CHART_HEATMAP: return !x || (x && y && p->color >= 0);
	case CHART_NUMBER: return y;
	default: return true;
	}
}

void write_chart(writer *w) {
	if (drawable(w))
		WRITERS[w->p->chart](w);
	else
		write_table(w);
}
