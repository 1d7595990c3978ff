#include "llm/spec.h"

#include "rules/spec.h"

enum { SPEC_MAX_BYTES = 1 << 16 };

static const slice MARK = {"# spec: ", 8};

bool spec_mode(const config *c) {
	return c->llm_mode && strcmp(c->llm_mode, "spec") == 0;
}

void spec_add_draft(const config *c, const llm_ask *q, buf *out) {
	cleanup_spec spec draft = {0};
	notices assumed = {0};
	spec_read(q->question, q->frames, q->nframes, &draft, &assumed);
	if (spec_mode(c))
		spec_json(&draft, q->frames, out);
	else if (draft.panels[0].chart != CHART_TABLE)
		spec_write_code(&draft, q->frames, out, &assumed);
	notices_free(&assumed);
}

slice spec_of_code(slice code) {
	if (!slice_starts(code, MARK)) return (slice){NULL, 0};
	slice line = slice_sub(code, 0, slice_find(code, '\n'));
	return slice_sub(line, MARK.n, line.n);
}

/* From the first brace to the one that closes it; strings are skipped over. */
static slice find_object(slice reply) {
	slice rest = slice_sub(reply, slice_find(reply, '{'), reply.n);
	size_t depth = 0;
	bool text = false;
	for (size_t i = 0; i < rest.n; i++) {
		char c = rest.p[i];
		if (text && c == '\\')
			i++;
		else if (c == '"')
			text = !text;
		else if (!text && c == '{')
			depth++;
		else if (!text && c == '}' && --depth == 0)
			return slice_sub(rest, 0, i + 1);
	}
	return (slice){NULL, 0};
}

/* The comment holds the specification on one line. */
static void add_comment(slice said, buf *code) {
	buf_add(code, MARK);
	for (size_t i = 0; i < said.n; i++) buf_addc(code, said.p[i] == '\n' || said.p[i] == '\r' ? ' ' : said.p[i]);
	buf_addc(code, '\n');
}

static bool fail(err *e, const char *rule, const char *hint) {
	err_copy(e->rule, slice_of(rule));
	return err_hint(e, "%s", hint);
}

static bool none(bool cut_off, err *e) {
	err_set(e, ERR_MODEL_REPLY,
		cut_off ? "the model's specification was cut off by the length limit of its answer"
			: "the model answered without a chart specification");
	return fail(e, cut_off ? "cut_off" : "no_code", "Reply with the JSON object alone.");
}

bool spec_reply(const llm_ask *q, slice reply, bool cut_off, buf *code, buf *title, notices *n, err *e) {
	cleanup_spec spec chart = {0};
	slice said = find_object(reply);
	if (!said.n || said.n > SPEC_MAX_BYTES) return none(cut_off, e);
	add_comment(said, code);
	if (!spec_parse(said, q->frames, q->nframes, &chart, e)) {
		if (e->code == ERR_MODEL_REPLY && !e->rule[0]) err_copy(e->rule, SLICE("spec"));
		return false;
	}
	spec_write_code(&chart, q->frames, code, n);
	if (chart.n == 1) spec_title(&chart.panels[0], q->frames[chart.panels[0].frame], title);
	return buf_ok(code) || err_set(e, ERR_MEMORY, "no memory for the chart's code");
}
