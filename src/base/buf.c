#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void buf_free(buf *b) {
	free(b->p);
	*b = BUF_INIT(b->max);
}

char *buf_reserve(buf *b, size_t n) {
	if (b->failed) return NULL;
	size_t max = b->max < SIZE_MAX / 2 ? b->max : SIZE_MAX / 2; /* as malloc: no object is larger */
	if (n > max || b->n > max - n) {
		b->failed = true;
		return NULL;
	}
	if (b->n + n + 1 > b->cap) { /* one more for buf_cstr's NUL */
		size_t cap = b->cap < 64 ? 64 : b->cap + b->cap / 2;
		if (cap < b->n + n + 1) cap = b->n + n + 1;
		char *p = realloc(b->p, cap);
		if (!p) {
			b->failed = true;
			return NULL;
		}
		b->p = p, b->cap = cap;
	}
	return b->p + b->n;
}

void buf_grow(buf *b, size_t n) {
	b->n += n;
}

void buf_add(buf *b, slice s) {
	if (!s.n) return;
	char *to = buf_reserve(b, s.n);
	if (!to) return;
	memcpy(to, s.p, s.n);
	b->n += s.n;
}

void buf_addc(buf *b, char c) {
	buf_add(b, (slice){&c, 1});
}

void buf_adds(buf *b, const char *text) {
	buf_add(b, slice_of(text));
}

void buf_vprintf(buf *b, const char *format, va_list args) {
	va_list again;
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	char *to = n < 0 ? NULL : buf_reserve(b, (size_t)n);
	if (!to) {
		b->failed = true;
		return;
	}
	(void)vsnprintf(to, (size_t)n + 1, format, args);
	b->n += (size_t)n;
}

void buf_printf(buf *b, const char *format, ...) {
	va_list args;
	va_start(args, format);
	buf_vprintf(b, format, args);
	va_end(args);
}

const char *buf_cstr(buf *b) {
	if (b->failed || !buf_reserve(b, 0)) return "";
	b->p[b->n] = '\0';
	return b->p;
}

char *buf_steal(buf *b) {
	if (b->failed || !buf_reserve(b, 0)) return NULL;
	char *p = b->p;
	p[b->n] = '\0';
	b->p = NULL;
	buf_free(b);
	return p;
}

/* True where byte i must not stand as it is in a JSON string (or, html_safe,
 * in a script element). U+2028/9 start with E2 80. */
static bool must_escape(slice s, size_t i, bool html_safe) {
	unsigned char c = (unsigned char)s.p[i];
	if (c < 0x20 || c == '"' || c == '\\' || c == 0x7F) return true;
	if (!html_safe) return false;
	if (c == '<' || c == '>' || c == '&') return true;
	return c == 0xE2 && s.n - i > 2 && (unsigned char)s.p[i + 1] == 0x80 &&
	       ((unsigned char)s.p[i + 2] & 0xFE) == 0xA8;
}

/* Escapes what stands at i; returns how many bytes of the source it took. */
static size_t escape_one(buf *b, slice s, size_t i) {
	static const char shorts[] = "b\bf\fn\nr\rt\t\"\"\\\\";
	char c = s.p[i];
	for (size_t k = 1; k < sizeof shorts; k += 2)
		if (shorts[k] == c) {
			buf_addc(b, '\\');
			buf_addc(b, shorts[k - 1]);
			return 1;
		}
	if ((unsigned char)c != 0xE2) {
		buf_printf(b, "\\u%04x", (unsigned)(unsigned char)c);
		return 1;
	}
	buf_adds(b, (unsigned char)s.p[i + 2] == 0xA8 ? "\\u2028" : "\\u2029");
	return 3;
}

static void json_escaped(buf *b, slice s, bool html_safe) {
	size_t from = 0;
	for (size_t i = 0; i < s.n;) {
		if (!must_escape(s, i, html_safe)) {
			i++;
			continue;
		}
		buf_add(b, slice_sub(s, from, i - from));
		i += escape_one(b, s, i);
		from = i;
	}
	buf_add(b, slice_sub(s, from, s.n));
}

void buf_json(buf *b, slice text, bool html_safe) {
	buf_addc(b, '"');
	while (text.n) {
		size_t good = slice_utf8_prefix(text);
		json_escaped(b, slice_sub(text, 0, good), html_safe);
		text = slice_sub(text, good, text.n);
		if (!text.n) break;
		buf_adds(b, "\\ufffd");
		text = slice_sub(text, 1, text.n);
	}
	buf_addc(b, '"');
}

static const char *html_reference(char c) {
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

void buf_html(buf *b, slice text) {
	size_t from = 0;
	for (size_t i = 0; i < text.n; i++) {
		const char *reference = html_reference(text.p[i]);
		if (!reference) continue;
		buf_add(b, slice_sub(text, from, i - from));
		buf_adds(b, reference);
		from = i + 1;
	}
	buf_add(b, slice_sub(text, from, text.n));
}

void buf_python(buf *b, slice text) {
	bool single = slice_find(text, '\'') < text.n && slice_find(text, '"') == text.n;
	char quote = single ? '"' : '\'';
	buf_addc(b, quote);
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c == (unsigned char)quote || c == '\\')
			buf_printf(b, "\\%c", c);
		else if (c == '\n')
			buf_adds(b, "\\n");
		else if (c == '\r')
			buf_adds(b, "\\r");
		else if (c == '\t')
			buf_adds(b, "\\t");
		else if (c < 0x20 || c == 0x7F)
			buf_printf(b, "\\x%02x", c);
		else
			buf_addc(b, (char)c);
	}
	buf_addc(b, quote);
}
