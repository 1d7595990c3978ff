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
	if (c < 0) return;
	buf_printf(out, ",\"%s\":", key);
	buf_json(out, f->cols[c].name, false);
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
	if (fi->negate) buf_adds(out, ",\"not\":true");
	if (fi->how != AGG_NONE) member(out, "aggregate", AGGREGATE_NAMES[fi->how]);
	if (fi->or_next) buf_adds(out, ",\"or_next\":true");
	buf_addc(out, '}');
}

static void panel_json(const panel *p, frame *const *frames, buf *out) {
	const frame *f = frames[p->frame];
	buf_adds(out, "{\"frame\":");
	buf_json(out, slice_of(f->stem), false);
	member(out, "chart", CHART_NAMES[p->chart]);
	column_member(out, "x", f, p->x);
	if (p->bin != BIN_NONE) member(out, "bin", BIN_NAMES[p->bin]);
	if (p->ny) measures_json(p, f, out);
	column_member(out, "color", f, p->color);
	if (p->derive != DERIVE_NONE) member(out, "derive", DERIVE_NAMES[p->derive]);
	if (p->arrange != ARRANGE_AUTO) member(out, "arrange", ARRANGE_NAMES[p->arrange]);
	if (p->order != ORDER_NONE) {
		member(out, "order", ORDER_NAMES[p->order]);
		if (p->order == ORDER_COLUMN) column_member(out, "order_column", f, p->order_column);
		buf_printf(out, ",\"descending\":%s", p->descending ? "true" : "false");
	}
	if (p->limit) buf_printf(out, ",\"limit\":%u", (unsigned)p->limit);
	if (p->horizontal) buf_adds(out, ",\"horizontal\":true");
	if (p->nfilters) buf_adds(out, ",\"filters\":[");
	for (size_t i = 0; i < p->nfilters; i++) {
		if (i) buf_addc(out, ',');
		filter_json(&p->filters[i], f, out);
	}
	if (p->nfilters) buf_addc(out, ']');
	if (p->title[0]) {
		buf_adds(out, ",\"title\":");
		buf_json(out, slice_of(p->title), false);
	}
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

static void enumeration(buf *out, const char *key, const char *const *names, size_t n) {
	buf_printf(out, "\"%s\":{\"enum\":[", key);
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
	bool first = true;
	for (size_t i = 0; i < n; i++) all += frames[i]->ncols;
	if (all == 0 || all > SCHEMA_COLUMNS) {
		buf_adds(out, "{\"type\":\"string\"}");
		return;
	}
	buf_adds(out, "{\"enum\":[");
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < frames[i]->ncols; c++) {
			if (named_before(frames, i, c)) continue;
			if (!first) buf_addc(out, ',');
			buf_json(out, frames[i]->cols[c].name, false);
			first = false;
		}
	buf_adds(out, "]}");
}

#define COLUMN "{\"$ref\":\"#/$defs/column\"}"

void spec_schema(frame *const *frames, size_t nframes, buf *out) {
	buf_adds(out, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$defs\":{\"column\":");
	columns_schema(frames, nframes, out);
	buf_adds(out, "},\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"panels\"],\"properties\":{"
		      "\"panels\":{"
		      "\"type\":\"array\",\"minItems\":1,");
	buf_printf(out, "\"maxItems\":%d,", SPEC_PANELS);
	buf_adds(out,
		 "\"items\":{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"frame\",\"chart\"],"
		 "\"properties\":{\"frame\":{\"enum\":[");
	for (size_t i = 0; i < nframes; i++) {
		if (i) buf_addc(out, ',');
		buf_json(out, slice_of(frames[i]->stem), false);
	}
	buf_adds(out, "]},");
	enumeration(out, "chart", CHART_NAMES, CHART_COUNT);
	buf_adds(out, "\"x\":" COLUMN ",");
	enumeration(out, "bin", BIN_NAMES, BIN_TOTAL);
	buf_printf(out, "\"y\":{\"type\":\"array\",\"maxItems\":%d,", SPEC_MEASURES);
	buf_adds(out, "\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
		      "\"required\":[\"aggregate\"],\"properties\":{\"column\":" COLUMN ",");
	enumeration(out, "aggregate", AGGREGATE_NAMES, AGG_TOTAL);
	out->n--;
	buf_adds(out, "}}},\"color\":" COLUMN ",");
	enumeration(out, "derive", DERIVE_NAMES, DERIVE_TOTAL);
	enumeration(out, "arrange", ARRANGE_NAMES, ARRANGE_TOTAL);
	enumeration(out, "order", ORDER_NAMES, ORDER_TOTAL);
	buf_adds(out,
		 "\"order_column\":" COLUMN ",\"descending\":{\"type\":\"boolean\"},\"limit\":{\"type\":\"integer\","
		 "\"minimum\":0,\"maximum\":1000},\"horizontal\":{\"type\":\"boolean\"},");
	buf_printf(out, "\"filters\":{\"type\":\"array\",\"maxItems\":%d,", SPEC_FILTERS);
	buf_adds(out, "\"items\":{\"type\":\"object\",\"additionalProperties\":false,\"required\":"
		      "[\"column\",\"op\"],\"properties\":{\"column\":" COLUMN ",");
	enumeration(out, "op", OP_NAMES, OP_TOTAL);
	buf_printf(
	    out,
	    "\"values\":{\"type\":\"array\",\"maxItems\":%d,\"items\":{\"type\":[\"string\",\"number\",\"boolean\"]}},",
	    SPEC_VALUES);
	enumeration(out, "aggregate", AGGREGATE_NAMES, AGG_TOTAL);
	buf_adds(out, "\"not\":{\"type\":\"boolean\"},\"or_next\":{\"type\":\"boolean\"}}}},"
		      "\"title\":{\"type\":\"string\",\"maxLength\":120}}}}}}");
}
