/* A specification as JSON, and the schema of that JSON. */
#include "rules/spec_names.h"

const char *const CHART_NAMES[CHART_COUNT] = {"bar",    "line", "area",    "scatter", "histogram", "box",
					      "violin", "pie",  "heatmap", "number",  "table"};
const char *const AGGREGATE_NAMES[AGG_TOTAL] = {"none", "count", "distinct", "sum", "mean", "median", "min", "max"};
const char *const BIN_NAMES[BIN_TOTAL] = {"none", "year",    "quarter",    "month",  "week",  "day",
					  "hour", "weekday", "month_name", "decade", "ranges"};
const char *const DERIVE_NAMES[DERIVE_TOTAL] = {"none", "share", "cumulative", "growth"};
const char *const ARRANGE_NAMES[ARRANGE_TOTAL] = {"auto", "stack", "group", "percent"};
const char *const ORDER_NAMES[ORDER_TOTAL] = {"none", "x", "y", "column"};
const char *const OP_NAMES[OP_TOTAL] = {"=",          "!=",         "<",        "<=",          ">",
					">=",         "between",    "contains", "starts_with", "ends_with",
					"is_missing", "is_present", "in_year"};

static void member(buf *out, const char *key, const char *value) {
	buf_printf(out, ",\"%s\":\"%s\"", key, value);
}

static void column_member(buf *out, const char *key, const frame *f, int c) {
	buf_printf(out, ",\"%s\":", key);
	if (c < 0)
		buf_adds(out, "null");
	else
		buf_json(out, f->cols[c].name, false);
}

static void flag_member(buf *out, const char *key, bool value) {
	buf_printf(out, ",\"%s\":%s", key, value ? "true" : "false");
}

static void measures_json(const panel *p, const frame *f, buf *out) {
	buf_adds(out, ",\"y\":[");
	for (size_t i = 0; i < p->ny; i++) {
		buf_printf(out, i ? ",{\"aggregate\":\"%s\"" : "{\"aggregate\":\"%s\"", AGGREGATE_NAMES[p->y[i].how]);
		column_member(out, "column", f, p->y[i].column);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void filter_json(const filter *fi, const frame *f, buf *out) {
	buf_printf(out, "{\"op\":\"%s\"", OP_NAMES[fi->op]);
	column_member(out, "column", f, fi->column);
	buf_adds(out, ",\"values\":[");
	for (size_t i = 0; i < fi->nvalues; i++) {
		if (i) buf_addc(out, ',');
		buf_json(out, fi->values[i], false);
	}
	buf_addc(out, ']');
	flag_member(out, "not", fi->negate);
	member(out, "aggregate", AGGREGATE_NAMES[fi->how]);
	flag_member(out, "or_next", fi->or_next);
	buf_addc(out, '}');
}

static void filters_json(const panel *p, const frame *f, buf *out) {
	buf_adds(out, ",\"filters\":[");
	for (size_t i = 0; i < p->nfilters; i++) {
		if (i) buf_addc(out, ',');
		filter_json(&p->filters[i], f, out);
	}
	buf_addc(out, ']');
}

/* Every member, in the schema's order: a model that copies it has a pattern to follow. */
static void panel_json(const panel *p, frame *const *frames, buf *out) {
	const frame *f = frames[p->frame];
	buf_adds(out, "{\"frame\":");
	buf_json(out, slice_of(f->stem), false);
	member(out, "chart", CHART_NAMES[p->chart]);
	column_member(out, "x", f, p->x);
	member(out, "bin", BIN_NAMES[p->bin]);
	measures_json(p, f, out);
	column_member(out, "color", f, p->color);
	member(out, "color_bin", BIN_NAMES[p->color_bin]);
	member(out, "derive", DERIVE_NAMES[p->derive]);
	member(out, "arrange", ARRANGE_NAMES[p->arrange]);
	member(out, "order", ORDER_NAMES[p->order]);
	flag_member(out, "descending", p->descending);
	column_member(out, "order_column", f, p->order == ORDER_COLUMN ? p->order_column : -1);
	buf_printf(out, ",\"limit\":%u", (unsigned)p->limit);
	flag_member(out, "horizontal", p->horizontal);
	flag_member(out, "along", p->along);
	filters_json(p, f, out);
	buf_adds(out, ",\"title\":");
	buf_json(out, slice_of(p->title), false);
	buf_addc(out, '}');
}

void spec_json(const spec *s, frame *const *frames, buf *out) {
	buf_adds(out, "{\"panels\":[");
	for (size_t i = 0; i < s->n; i++) {
		if (i) buf_addc(out, ',');
		panel_json(&s->panels[i], frames, out);
	}
	buf_adds(out, "]}");
}

/* How this works. Two kinds of server constrain a model by a schema: those that let it leave members
 * out, and those that make it write every one (OpenAI's strict mode, which demands that all are
 * required, and grammars that know no optional member). So every member is required, "no column" is
 * null, and the order is that of spec_json. */
static void enumeration(buf *out, const char *key, const char *const *names, size_t n) {
	buf_printf(out, "\"%s\":{\"type\":\"string\",\"enum\":[", key);
	for (size_t i = 0; i < n; i++) buf_printf(out, i ? ",\"%s\"" : "\"%s\"", names[i]);
	buf_adds(out, "]},");
}

/* Every column of every frame once; beyond this many any text may stand, and is checked when parsed. */
enum { SCHEMA_COLUMNS = 200 };

static bool named_before(frame *const *frames, size_t frame_index, size_t c) {
	for (size_t i = 0; i < frame_index; i++)
		if (frame_column(frames[i], frames[frame_index]->cols[c].name) >= 0) return true;
	return false;
}

static void columns_schema(frame *const *frames, size_t n, buf *out) {
	size_t all = 0;
	for (size_t i = 0; i < n; i++) all += frames[i]->ncols;
	buf_adds(out, "{\"type\":[\"string\",\"null\"]");
	if (all > 0 && all <= SCHEMA_COLUMNS) {
		buf_adds(out, ",\"enum\":[");
		for (size_t i = 0; i < n; i++)
			for (size_t c = 0; c < frames[i]->ncols; c++) {
				if (named_before(frames, i, c)) continue;
				buf_json(out, frames[i]->cols[c].name, false);
				buf_addc(out, ',');
			}
		buf_adds(out, "null]");
	}
	buf_addc(out, '}');
}

#define COLUMN "{\"$ref\":\"#/$defs/column\"}"

static void object_schema(buf *out, const char *required) {
	buf_printf(out, "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[%s],\"properties\":{",
		   required);
}

static void array_schema(buf *out, const char *key, int most) {
	buf_printf(out, "\"%s\":{\"type\":\"array\",\"maxItems\":%d,\"items\":", key, most);
}

static void measure_schema(buf *out) {
	array_schema(out, "y", SPEC_MEASURES);
	object_schema(out, "\"aggregate\",\"column\"");
	enumeration(out, "aggregate", AGGREGATE_NAMES, AGG_TOTAL);
	buf_adds(out, "\"column\":" COLUMN "}}},");
}

static void filters_schema(buf *out) {
	array_schema(out, "filters", SPEC_FILTERS);
	object_schema(out, "\"op\",\"column\",\"values\",\"not\",\"aggregate\",\"or_next\"");
	enumeration(out, "op", OP_NAMES, OP_TOTAL);
	buf_adds(out, "\"column\":" COLUMN ",");
	array_schema(out, "values", SPEC_VALUES);
	buf_adds(out, "{\"type\":[\"string\",\"number\",\"boolean\"]}},\"not\":{\"type\":\"boolean\"},");
	enumeration(out, "aggregate", AGGREGATE_NAMES, AGG_TOTAL);
	buf_adds(out, "\"or_next\":{\"type\":\"boolean\"}}}},");
}

static void frame_schema(frame *const *frames, size_t nframes, buf *out) {
	buf_adds(out, "\"frame\":{\"type\":\"string\",\"enum\":[");
	for (size_t i = 0; i < nframes; i++) {
		if (i) buf_addc(out, ',');
		buf_json(out, slice_of(frames[i]->stem), false);
	}
	buf_adds(out, "]},");
}

static void panel_schema(frame *const *frames, size_t nframes, buf *out) {
	object_schema(out, "\"frame\",\"chart\",\"x\",\"bin\",\"y\",\"color\",\"color_bin\",\"derive\",\"arrange\","
			   "\"order\",\"descending\",\"order_column\",\"limit\",\"horizontal\",\"along\",\"filters\","
			   "\"title\"");
	frame_schema(frames, nframes, out);
	enumeration(out, "chart", CHART_NAMES, CHART_COUNT);
	buf_adds(out, "\"x\":" COLUMN ",");
	enumeration(out, "bin", BIN_NAMES, BIN_TOTAL);
	measure_schema(out);
	buf_adds(out, "\"color\":" COLUMN ",");
	enumeration(out, "color_bin", BIN_NAMES, BIN_TOTAL);
	enumeration(out, "derive", DERIVE_NAMES, DERIVE_TOTAL);
	enumeration(out, "arrange", ARRANGE_NAMES, ARRANGE_TOTAL);
	enumeration(out, "order", ORDER_NAMES, ORDER_TOTAL);
	buf_adds(out, "\"descending\":{\"type\":\"boolean\"},\"order_column\":" COLUMN ","
		      "\"limit\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000},"
		      "\"horizontal\":{\"type\":\"boolean\"},\"along\":{\"type\":\"boolean\"},");
	filters_schema(out);
	buf_adds(out, "\"title\":{\"type\":\"string\",\"maxLength\":120}}}");
}

void spec_schema(frame *const *frames, size_t nframes, buf *out) {
	buf_adds(out, "{\"$defs\":{\"column\":");
	columns_schema(frames, nframes, out);
	buf_adds(out,
		 "},\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"panels\"],\"properties\":{");
	buf_printf(out, "\"panels\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":%d,\"items\":", SPEC_PANELS);
	panel_schema(frames, nframes, out);
	buf_adds(out, "}}}");
}
