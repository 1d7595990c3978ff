#include "http/params.h"

#include <ctype.h>

bool token_char(char c) {
	return c != '\0' && (isalnum((unsigned char)c) || strchr("!#$%&'*+-.^_`|~", c)) && !((unsigned char)c & 0x80);
}

int hex_digit(char c) {
	if (c >= '0' && c <= '9') return c - '0';
	if (c >= 'a' && c <= 'f') return c - 'a' + 10;
	if (c >= 'A' && c <= 'F') return c - 'A' + 10;
	return -1;
}

slice param_head(slice *rest) {
	size_t end = slice_find(*rest, ';');
	slice head = slice_trim(slice_sub(*rest, 0, end));
	*rest = slice_sub(*rest, end, rest->n);
	return head;
}

static slice skip_space(slice s) {
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) s = slice_sub(s, 1, s.n);
	return s;
}

static slice take_token(slice *s) {
	size_t n = 0;
	while (n < s->n && token_char(s->p[n])) n++;
	slice token = slice_sub(*s, 0, n);
	*s = slice_sub(*s, n, s->n);
	return token;
}

/* After the opening quote: up to the closing one, which is cut off as well. */
static bool take_quoted(slice *s, slice *raw) {
	for (size_t i = 0; i < s->n; i++) {
		if (s->p[i] == '\\' && i + 1 < s->n && (s->p[i + 1] == '"' || s->p[i + 1] == '\\')) {
			i++;
		} else if (s->p[i] == '"') {
			*raw = slice_sub(*s, 0, i);
			*s = slice_sub(*s, i + 1, s->n);
			return true;
		}
	}
	return false;
}

static bool take_value(slice *s, param *p) {
	p->quoted = s->n && s->p[0] == '"';
	if (p->quoted) {
		*s = slice_sub(*s, 1, s->n);
		return take_quoted(s, &p->raw);
	}
	p->raw = take_token(s);
	return p->raw.n > 0;
}

bool param_next(slice *rest, param *p, bool *bad) {
	slice s = skip_space(*rest);
	*bad = false;
	while (s.n && s.p[0] == ';') s = skip_space(slice_sub(s, 1, s.n)); /* "; ;" is allowed: 5.6.6 */
	*rest = s;
	if (!s.n) return false;
	p->name = take_token(&s);
	*bad = !p->name.n || !s.n || s.p[0] != '=';
	if (*bad) return false;
	s = slice_sub(s, 1, s.n);
	*bad = !take_value(&s, p);
	if (*bad) return false;
	s = skip_space(s);
	*bad = s.n && s.p[0] != ';';
	*rest = s;
	return !*bad;
}

void param_unquote(const param *p, buf *out) {
	for (size_t i = 0; i < p->raw.n; i++) {
		if (p->quoted && p->raw.p[i] == '\\' && i + 1 < p->raw.n) i++;
		buf_addc(out, p->raw.p[i]);
	}
}

void add_utf8(buf *out, slice text) {
	while (text.n) {
		size_t good = slice_utf8_prefix(text);
		buf_add(out, slice_sub(text, 0, good));
		text = slice_sub(text, good, text.n);
		if (!text.n) return;
		buf_adds(out, "\xEF\xBF\xBD");
		text = slice_sub(text, 1, text.n);
	}
}

/* The character that the escape at the start of s stands for, or -1; *n its length. */
static int form_escape(slice s, size_t *n) {
	static const struct {
		const char *text;
		char means;
	} escapes[] = {{"\\\"", '"'}, {"\\\\", '\\'}, {"%22", '"'}, {"%0D", '\r'}, {"%0A", '\n'}};
	for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
		slice text = slice_of(escapes[i].text);
		if (!slice_eq_nocase(slice_sub(s, 0, text.n), text)) continue;
		*n = text.n;
		return escapes[i].means;
	}
	return -1;
}

void param_form_text(const param *p, buf *out) {
	cleanup_buf buf plain = BUF_INIT(p->raw.n + 1);
	for (slice s = p->raw; s.n;) {
		size_t n = 1;
		int c = p->quoted ? form_escape(s, &n) : -1;
		buf_addc(&plain, c < 0 ? s.p[0] : (char)c);
		s = slice_sub(s, n, s.n);
	}
	if (!buf_ok(&plain)) out->failed = true;
	add_utf8(out, buf_slice(&plain));
}

static bool percent_decode(slice s, buf *out) {
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '%') {
			buf_addc(out, s.p[i]);
			continue;
		}
		int high = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1, low = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;
		if (high < 0 || low < 0) return false;
		buf_addc(out, (char)(unsigned char)(high * 16 + low));
		i += 2;
	}
	return true;
}

static void add_latin1(buf *out, slice s) {
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= 0x80) buf_addc(out, (char)(0xC0 | c >> 6));
		buf_addc(out, (char)(c < 0x80 ? c : 0x80 | (c & 0x3F)));
	}
}

bool param_extended(const param *p, buf *out) {
	size_t first = slice_find(p->raw, '\'');
	slice charset = slice_sub(p->raw, 0, first), rest = slice_sub(p->raw, first + 1, p->raw.n);
	size_t second = slice_find(rest, '\'');
	if (first == p->raw.n || second == rest.n) return false;
	cleanup_buf buf bytes = BUF_INIT(p->raw.n + 1);
	if (!percent_decode(slice_sub(rest, second + 1, rest.n), &bytes) || !buf_ok(&bytes)) return false;
	if (slice_eq_nocase(charset, SLICE("utf-8")))
		add_utf8(out, buf_slice(&bytes));
	else if (slice_eq_nocase(charset, SLICE("iso-8859-1")))
		add_latin1(out, buf_slice(&bytes));
	else
		return false;
	return true;
}
