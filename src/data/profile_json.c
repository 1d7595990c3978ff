#include "data/profile_format.h"

#include <math.h>

static void json_value(const char *key, double v, const column *col, buf *out) {
	buf_printf(out, ",\"%s\":", key);
	if (col->type == COL_DATE || col->type == COL_DATETIME) {
		buf_addc(out, '"');
		format_time(v, col->type, out);
		buf_addc(out, '"');
	} else if (isfinite(v))
		buf_printf(out, "%.17g", v);
	else
		buf_adds(out, "null");
}

static void json_numbers(const column *col, buf *out) {
	const column_profile *p = &col->profile;
	if (!p->has_numbers) return;
	const struct {
		const char *key;
		double v;
	} numbers[] = {{"min", p->min}, {"q1", p->q1},   {"median", p->median},
		       {"q3", p->q3},   {"max", p->max}, {"mean", p->mean}};
	if (col->type == COL_TEXT) buf_adds(out, ",\"of\":\"characters\"");
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		json_value(numbers[i].key, numbers[i].v, col, out);
	if (col->type == COL_INT || col->type == COL_FLOAT) json_value("sum", p->sum, col, out);
}

static void json_top(const column_profile *p, buf *out) {
	buf_adds(out, ",\"top\":[");
	for (size_t i = 0; i < p->ntop; i++) {
		bool cut;
		slice text = format_cut(p->top[i].text, 200, &cut);
		buf_adds(out, i ? ",{\"value\":" : "{\"value\":");
		buf_json(out, text, false);
		if (p->top[i].count) buf_printf(out, ",\"count\":%llu", (unsigned long long)p->top[i].count);
		buf_adds(out, cut ? ",\"cut\":true}" : "}");
	}
	buf_addc(out, ']');
}

static const char *flag(bool b) {
	return b ? "true" : "false";
}

static void json_column(const column *col, buf *out) {
	const column_profile *p = &col->profile;
	buf_adds(out, "{\"name\":");
	buf_json(out, col->name, false);
	if (!slice_eq(col->name, col->label)) {
		buf_adds(out, ",\"label\":");
		buf_json(out, col->label, false);
	}
	buf_printf(out, ",\"type\":\"%s\",\"meaning\":\"%s\",\"missing\":%llu,\"distinct\":%llu,\"distinct_exact\":%s",
		   column_type_name(col->type), meaning_name(p->meaning), (unsigned long long)col->nulls,
		   (unsigned long long)p->distinct, flag(p->distinct_exact));
	buf_printf(out, ",\"unique\":%s,\"constant\":%s,\"sorted\":%s", flag(p->unique), flag(p->constant),
		   p->sorted == 0  ? "null"
		   : p->sorted > 0 ? "\"ascending\""
				   : "\"descending\"");
	if (p->unit) buf_printf(out, ",\"resolution\":\"%s\"", unit_name(p->unit));
	if (p->unit_text[0]) {
		buf_adds(out, ",\"unit\":");
		buf_json(out, slice_of(p->unit_text), false);
	}
	json_numbers(col, out);
	json_top(p, out);
	buf_addc(out, '}');
}

void profile_json(const frame *f, buf *out) {
	buf_adds(out, "{\"file\":");
	buf_json(out, slice_of(f->name), false);
	buf_adds(out, ",\"frame\":");
	buf_json(out, slice_of(f->stem), false);
	buf_printf(out, ",\"rows\":%llu,\"columns\":[", (unsigned long long)f->rows);
	for (size_t i = 0; i < f->ncols; i++) {
		if (i) buf_addc(out, ',');
		json_column(&f->cols[i], out);
	}
	buf_adds(out, "],\"depends\":[");
	profile_depends_json(f, out);
	buf_adds(out, "]}");
}
