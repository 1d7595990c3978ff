#include "http/reply.h"

#include "base/json.h"
#include "http/assets.h"
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

/* The letter that does for what may not stand in a JSON string as it is (RFC 8259, 7): 'u' for a code, 0 for the rest.
 */
static char escape_letter(unsigned char c) {
	static const char controls[] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";
	if (c < 0x20) return controls[c];
	if (c == '"' || c == '\\') return (char)c;
	return c == 0x7F ? 'u' : '\0';
}

/* Writes at most 6 bytes for each of the block's; returns where it stopped. */
static char *escape_block(char *to, slice block) {
	static const char hex[] = "0123456789abcdef";
	for (size_t i = 0; i < block.n; i++) {
		unsigned char c = (unsigned char)block.p[i];
		char letter = escape_letter(c);
		if (!letter) {
			*to++ = (char)c;
			continue;
		}
		*to++ = '\\', *to++ = letter;
		if (letter != 'u') continue;
		*to++ = '0', *to++ = '0', *to++ = hex[c >> 4], *to++ = hex[c & 15];
	}
	return to;
}

/* What stands in a JSON string for this UTF-8 text, without the quotes around it. As buf_json, but for a
 * page that may have many megabytes: ten times as fast, since most of its bytes stay as they are. */
static void json_inside(buf *out, slice text) {
	enum { BLOCK = 4096, MOST = 6 };
	for (size_t i = 0; i < text.n; i += BLOCK) {
		slice block = slice_sub(text, i, BLOCK);
		char *to = buf_reserve(out, MOST * block.n);
		if (!to) return;
		buf_grow(out, (size_t)(escape_block(to, block) - to));
	}
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

static void paragraph(buf *out, const char *before, slice text, const char *after) {
	buf_adds(out, before);
	buf_html(out, text);
	buf_adds(out, after);
}

void reply_failure_page(buf *out, const err *e, const form *f, const char *request_id) {
	buf_add(out, http_error_head());
	paragraph(out, "<p>", slice_of(e->message), ".</p>\n");
	for (size_t i = 1; f && i < f->nproblems; i++) {
		paragraph(out, "<p>", slice_of(f->problems[i].field), ": ");
		paragraph(out, "", slice_of(f->problems[i].msg), ".</p>\n");
	}
	paragraph(out, "<p>", slice_of(err_remedy(e)), "</p>\n");
	paragraph(out, "<footer>", slice_of(err_name(e->code)), ", request ");
	paragraph(out, "", slice_of(request_id), "</footer>");
	buf_add(out, http_error_tail());
}
