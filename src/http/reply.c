#include "http/reply.h"

#include "base/json.h"
#include "plot/reply.h"

void body_init(body *b) {
	*b = (body){.front = BUF_INIT(1 << 20),
		    .middle = BUF_INIT(SIZE_MAX / 4),
		    .figures = BUF_INIT(SIZE_MAX / 4),
		    .back = BUF_INIT(1 << 20)};
}

void body_free(body *b) {
	buf_free(&b->front);
	buf_free(&b->middle);
	buf_free(&b->figures);
	buf_free(&b->back);
}

static void piece(body *b, slice s) {
	if (!s.n || b->n == BODY_PIECES) return;
	b->piece[b->n++] = s;
	b->bytes += s.n;
}

/* What stands in a JSON string for these bytes, without the quotes around it. */
static void json_inside(buf *out, slice text) {
	size_t quote = out->n;
	buf_json(out, text, false);
	if (!buf_ok(out)) return;
	memmove(out->p + quote, out->p + quote + 1, out->n - quote - 1);
	out->n -= 2;
}

static void member(buf *out, const char *name, slice text) {
	buf_printf(out, ",\"%s\":", name);
	buf_json(out, text, false);
}

/* The figures as the runner left them. An event is lines: there the white space
 * between JSON's tokens must hold no line end, so such a text is copied. */
static slice figures_text(body *b, enum media m, const plot_reply *r) {
	slice all = r->result.figures;
	if (m != MEDIA_EVENTS || (slice_find(all, '\n') == all.n && slice_find(all, '\r') == all.n)) return all;
	buf_add(&b->figures, all);
	for (size_t i = 0; i < b->figures.n; i++)
		if (b->figures.p[i] == '\n' || b->figures.p[i] == '\r') b->figures.p[i] = ' ';
	return buf_slice(&b->figures);
}

static void add_figures(body *b, enum media m, const plot_reply *r) {
	slice all = figures_text(b, m, r), key, first;
	json_iter it;
	if (!json_open(all, &it) || !json_next(&it, &key, &first)) return;
	piece(b, SLICE(",\"figure\":"));
	piece(b, json_get(first, "figure"));
	piece(b, SLICE(",\"figures\":"));
	piece(b, all);
}

static void json_body(body *b, enum media m, const plot_reply *r, const form *f, const char *request_id) {
	buf_adds(&b->front, "{\"html\":\"");
	json_inside(&b->front, buf_slice(&r->page.head));
	json_inside(&b->middle, buf_slice(&r->page.tail));
	buf_adds(&b->middle, "\",");
	reply_members(r, (reply_include){.code = f->include.code, .profile = f->include.profile}, request_id,
		      &b->middle);
	piece(b, buf_slice(&b->front));
	piece(b, r->page.library_json);
	piece(b, buf_slice(&b->middle));
	if (f->include.figure) add_figures(b, m, r);
	piece(b, SLICE("}"));
}

bool reply_success(body *b, enum media m, const plot_reply *r, const form *f, const char *request_id, err *e) {
	if (m == MEDIA_EVENTS) piece(b, SLICE("event: result\ndata: "));
	if (m == MEDIA_HTML) {
		piece(b, buf_slice(&r->page.head));
		piece(b, r->page.library);
		piece(b, buf_slice(&r->page.tail));
	} else {
		json_body(b, m, r, f, request_id);
	}
	if (m == MEDIA_EVENTS) piece(b, SLICE("\n\n"));
	bool whole = buf_ok(&b->front) && buf_ok(&b->middle) && buf_ok(&b->figures);
	return whole || err_set(e, ERR_MEMORY, "no memory for the answer");
}

/* ---- failures ---- */

static void problems(buf *out, const form *f) {
	buf_addc(out, '[');
	for (size_t i = 0; i < f->nproblems; i++) {
		const form_problem *p = &f->problems[i];
		buf_printf(out, "%s{\"loc\":[\"body\",", i ? "," : "");
		buf_json(out, slice_of(p->field), false);
		buf_adds(out, "]");
		member(out, "msg", slice_of(p->msg));
		member(out, "type", slice_of(p->type));
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void one_problem(buf *out, const err *e) {
	buf_adds(out, "[{\"loc\":[\"body\",");
	buf_json(out, slice_of(e->field), false);
	buf_adds(out, "]");
	member(out, "msg", slice_of(e->message));
	member(out, "type", slice_of(e->code == ERR_FIELD_MISSING ? "missing" : "value_error"));
	buf_adds(out, "}]");
}

/* FastAPI's list where fields are at fault, else the sentence. */
static void detail(buf *out, const err *e, const form *f) {
	bool about_fields = e->code == ERR_FIELD_MISSING || e->code == ERR_FIELD_INVALID;
	buf_adds(out, ",\"detail\":");
	if (about_fields && f && f->nproblems)
		problems(out, f);
	else if (about_fields && e->field[0])
		one_problem(out, e);
	else
		buf_json(out, slice_of(e->message), false);
}

void reply_failure(buf *out, const err *e, const form *f, const plot_reply *r, const char *request_id) {
	buf_adds(out, "{\"status\":\"error\"");
	detail(out, e, f);
	buf_addc(out, ',');
	error_member(e, out);
	if (r && r->attempts) buf_printf(out, ",\"attempts\":%u", r->attempts);
	if (r && r->engine[0]) member(out, "engine", slice_of(r->engine));
	if (r && f && f->include.code && r->code.n) member(out, "code", buf_slice(&r->code));
	if (r && (r->notices.n || r->notices.dropped)) {
		buf_adds(out, ",\"notices\":");
		notices_json(&r->notices, out);
	}
	member(out, "request_id", slice_of(request_id));
	buf_addc(out, '}');
}
