#include "plot/reply.h"

#include "base/json.h"

bool reply_include_parse(slice list, reply_include *in, err *e) {
	const struct {
		const char *word;
		bool *flag;
	} words[] = {{"figure", &in->figure}, {"code", &in->code}, {"profile", &in->profile}};
	while (list.n) {
		size_t end = slice_find(list, ',');
		slice word = slice_trim(slice_sub(list, 0, end));
		bool known = word.n == 0;
		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			if (slice_is(word, words[i].word)) *words[i].flag = known = true;
		if (!known) {
			err_set(e, ERR_FIELD_INVALID, "include knows figure, code and profile, not %.*s",
				SLICE_ARG(word));
			err_copy(e->field, SLICE("include"));
			return false;
		}
		list = slice_sub(list, end + 1, list.n);
	}
	return true;
}

static void member(buf *out, const char *name, slice text) {
	buf_printf(out, ",\"%s\":", name);
	buf_json(out, text, false);
}

static void add_timings(const plot_timings *t, buf *out) {
	const sandbox_timings *s = &t->sandbox;
	buf_printf(out, ",\"timings_ms\":{\"read\":%.3f,\"plan\":%.3f,\"run\":%.3f,\"page\":%.3f,\"total\":%.3f",
		   t->read, t->plan, t->run, t->page, t->total);
	buf_printf(out,
		   ",\"sandbox\":{\"queue\":%.3f,\"spawn\":%.3f,\"frames\":%.3f,\"policy\":%.3f,\"run\":%.3f,"
		   "\"render\":%.3f,\"collect\":%.3f}}",
		   s->queue, s->spawn, s->frames, s->policy, s->run, s->render, s->collect);
}

/* The first panel as "figure", all of them as "figures": the text that came, untouched. */
static void add_figures(const plot_reply *r, buf *out) {
	json_iter panels;
	slice key, first;
	if (!json_open(r->result.figures, &panels) || !json_next(&panels, &key, &first)) return;
	buf_adds(out, ",\"figure\":");
	buf_add(out, json_get(first, "figure"));
	buf_adds(out, ",\"figures\":");
	buf_add(out, r->result.figures);
}

void reply_members(const plot_reply *r, reply_include in, const char *request_id, buf *out) {
	buf_adds(out, "\"status\":\"success\"");
	member(out, "title", buf_slice(&r->title));
	member(out, "engine", slice_of(r->engine));
	buf_printf(out, ",\"attempts\":%u,\"notices\":", r->attempts);
	notices_json(&r->notices, out);
	if (request_id) member(out, "request_id", slice_of(request_id));
	add_timings(&r->timings, out);
	if (r->tokens_in || r->tokens_out)
		buf_printf(out, ",\"usage\":{\"tokens_in\":%llu,\"tokens_out\":%llu}", (unsigned long long)r->tokens_in,
			   (unsigned long long)r->tokens_out);
	if (in.figure) add_figures(r, out);
	if (in.code) member(out, "code", buf_slice(&r->code));
	if (in.profile && r->profile.n) {
		buf_adds(out, ",\"profile\":");
		buf_add(out, buf_slice(&r->profile));
	}
}

static void number(buf *out, const char *name, uint64_t value) {
	if (value) buf_printf(out, ",\"%s\":%llu", name, (unsigned long long)value);
}

void error_member(const err *e, buf *out) {
	const struct {
		const char *name, *text;
	} texts[] = {{"hint", err_remedy(e)}, {"file", e->file}, {"field", e->field},
		     {"rule", e->rule},       {"text", e->text}, {"provider", e->provider}};
	buf_adds(out, "\"error\":{\"code\":");
	buf_json(out, slice_of(err_name(e->code)), false);
	member(out, "message", slice_of(e->message));
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].text[0]) member(out, texts[i].name, slice_of(texts[i].text));
	number(out, "line", e->line);
	number(out, "column", e->column);
	number(out, "upstream_status", e->upstream > 0 ? (uint64_t)e->upstream : 0);
	number(out, "retry_after", e->retry_after);
	buf_addc(out, '}');
}
