/* How this works
 *
 * The check is one pass with no recursion: a cursor, the depth, and one bit a
 * level that says whether it is an object (64 levels, 64 bits). `value_begin`
 * takes a scalar whole or opens a container; `value_end` takes what may follow
 * a finished value: a comma, or closing brackets until there is none.
 *
 * A figure is mostly long strings (base64 arrays) and digits, so string bodies
 * go eight bytes at a time: a word with no quote, no backslash, no control
 * character and no high bit is skipped whole (the tests for a zero byte and for
 * a byte below n are the well-known ones of "Bit Twiddling Hacks", Anderson).
 * A run of bytes with the high bit set must be whole UTF-8 sequences by itself,
 * for its neighbours are ASCII, so each run is asked once.
 *
 * The walks trust what was checked: they look for the end of a value by its
 * brackets and quotes alone. They still never read past the slice. */
#include "base/json.h"

#include <stdint.h>
#include <stdlib.h>

#define ONES 0x0101010101010101ULL
#define HIGHS 0x8080808080808080ULL

typedef struct scan {
	const char *at, *end;
	uint64_t objects; /* bit d: the container at depth d+1 is an object */
	unsigned depth;
	const char *why; /* set on failure */
} scan;

enum step { STEP_FAIL, STEP_VALUE, STEP_AGAIN, STEP_DONE };

static bool fail(scan *s, const char *why) {
	s->why = why;
	return false;
}

static inline void skip_space(scan *s) {
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t')) s->at++;
}

/* Not zero when one of eight bytes is no plain ASCII of a string body. A borrow can
 * only come from a byte that is special itself, so there are no false alarms. */
static inline uint64_t special(const char *p) {
	uint64_t x;
	memcpy(&x, p, sizeof x);
	uint64_t quote = x ^ (ONES * '"'), back = x ^ (ONES * '\\');
	uint64_t hit = (quote - ONES) | (back - ONES) | (x - ONES * 0x20) | x;
	return hit & HIGHS;
}

/* To the first byte that is special, or the end. Four words a turn. */
static inline const char *skip_plain(const char *p, const char *end) {
	while (end - p >= 32 && !(special(p) | special(p + 8) | special(p + 16) | special(p + 24))) p += 32;
	while (end - p >= 8 && !special(p)) p += 8;
	while (p < end && *p != '"' && *p != '\\' && (signed char)*p >= 0x20) p++;
	return p;
}

static int hex_digit(char c) {
	if (c >= '0' && c <= '9') return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits after \u, or -1. */
static long hex_four(const char *p, const char *end) {
	long v = 0;
	if (end - p < 4) return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(p[i]);
		if (digit < 0) return -1;
		v = v * 16 + digit;
	}
	return v;
}

static bool is_high_surrogate(long unit) {
	return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low_surrogate(long unit) {
	return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* At the u of an escape. */
static bool unicode_escape(scan *s) {
	long unit = hex_four(s->at + 1, s->end);
	if (unit < 0) return fail(s, "\\u needs four hexadecimal digits");
	if (unit == 0) return fail(s, "a NUL character is not allowed");
	if (is_low_surrogate(unit)) return fail(s, "an unpaired surrogate escape");
	s->at += 5;
	if (!is_high_surrogate(unit)) return true;
	bool follows = s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u';
	if (!follows || !is_low_surrogate(hex_four(s->at + 2, s->end))) return fail(s, "an unpaired surrogate escape");
	s->at += 6;
	return true;
}

/* At the byte after a backslash. */
static bool string_escape(scan *s) {
	if (s->at == s->end) return fail(s, "the text ends within a string");
	if (*s->at == 'u') return unicode_escape(s);
	if (!memchr("\"\\/bfnrt", *s->at, 8)) return fail(s, "an unknown escape in a string");
	s->at++;
	return true;
}

static bool high_run(scan *s) {
	const char *from = s->at;
	while (s->at < s->end && (signed char)*s->at < 0) s->at++;
	slice run = {from, (size_t)(s->at - from)};
	size_t good = slice_utf8_prefix(run);
	if (good == run.n) return true;
	s->at = from + good;
	return fail(s, "a byte that is not UTF-8");
}

/* At the opening quote; leaves the cursor behind the closing one. */
static bool string(scan *s) {
	for (s->at++;;) {
		s->at = skip_plain(s->at, s->end);
		if (s->at == s->end) return fail(s, "the text ends within a string");
		char c = *s->at;
		if (c == '"') break;
		if (c == '\\') {
			s->at++;
			if (!string_escape(s)) return false;
		} else if ((signed char)c < 0) {
			if (!high_run(s)) return false;
		} else
			return fail(s, "a control character within a string");
	}
	s->at++;
	return true;
}

static bool digits(scan *s) {
	const char *from = s->at;
	while (s->at < s->end && (unsigned char)(*s->at - '0') < 10) s->at++;
	return s->at > from;
}

static bool number(scan *s) {
	const char *from = s->at;
	if (*s->at == '-') s->at++;
	if (s->at < s->end && *s->at == '0')
		s->at++;
	else if (!digits(s))
		return fail(s, "a number without digits");
	if (s->at < s->end && *s->at == '.') {
		s->at++;
		if (!digits(s)) return fail(s, "a number without digits after its point");
	}
	if (s->at < s->end && (*s->at | 0x20) == 'e') {
		s->at++;
		if (s->at < s->end && (*s->at == '+' || *s->at == '-')) s->at++;
		if (!digits(s)) return fail(s, "a number without digits in its exponent");
	}
	return s->at - from <= JSON_MAX_NUMBER || fail(s, "a number of too many digits");
}

static bool literal(scan *s, slice word) {
	if (!slice_starts((slice){s->at, (size_t)(s->end - s->at)}, word)) return fail(s, "not a JSON value");
	s->at += word.n;
	return true;
}

static bool in_object(const scan *s) {
	return s->depth && (s->objects >> (s->depth - 1) & 1);
}

static bool push(scan *s, bool object) {
	if (s->depth == JSON_MAX_DEPTH) return fail(s, "nested too deep");
	uint64_t bit = 1ULL << s->depth++;
	s->objects = object ? s->objects | bit : s->objects & ~bit;
	return true;
}

/* A key and its colon. */
static bool key(scan *s) {
	skip_space(s);
	const char *from = s->at;
	if (s->at == s->end || *s->at != '"') return fail(s, "a key in quotes is missing");
	if (!string(s)) return false;
	if (s->at - from - 2 > JSON_MAX_KEY) return fail(s, "a key that is too long");
	skip_space(s);
	if (s->at == s->end || *s->at != ':') return fail(s, "a colon is missing");
	s->at++;
	return true;
}

static enum step container_begin(scan *s, bool object) {
	if (!push(s, object)) return STEP_FAIL;
	s->at++;
	skip_space(s);
	if (s->at < s->end && *s->at == (object ? '}' : ']')) {
		s->at++;
		s->depth--;
		return STEP_VALUE;
	}
	if (object && !key(s)) return STEP_FAIL;
	return STEP_AGAIN;
}

static enum step scalar(bool ok) {
	return ok ? STEP_VALUE : STEP_FAIL;
}

static enum step value_begin(scan *s) {
	skip_space(s);
	if (s->at == s->end) return scalar(fail(s, "the text ends where a value is due"));
	char c = *s->at;
	if (c == '-' || (c >= '0' && c <= '9')) return scalar(number(s));
	switch (c) {
	case '"': return scalar(string(s));
	case '{': return container_begin(s, true);
	case '[': return container_begin(s, false);
	case 't': return scalar(literal(s, SLICE("true")));
	case 'f': return scalar(literal(s, SLICE("false")));
	case 'n': return scalar(literal(s, SLICE("null")));
	default: return scalar(fail(s, "not a JSON value"));
	}
}

/* What follows a finished value. */
static enum step value_end(scan *s) {
	for (; s->depth; s->depth--) {
		bool object = in_object(s);
		skip_space(s);
		if (s->at == s->end) return scalar(fail(s, "the text ends within an object or array"));
		if (*s->at == ',') {
			s->at++;
			return !object || key(s) ? STEP_AGAIN : STEP_FAIL;
		}
		if (*s->at != (object ? '}' : ']')) return scalar(fail(s, "a comma or closing bracket is missing"));
		s->at++;
	}
	skip_space(s);
	return s->at == s->end ? STEP_DONE : scalar(fail(s, "more text after the value"));
}

bool json_check(slice text, err *e) {
	scan s = {.at = text.p, .end = text.p ? text.p + text.n : NULL};
	enum step step = STEP_AGAIN;
	while (step == STEP_AGAIN || step == STEP_VALUE) step = step == STEP_VALUE ? value_end(&s) : value_begin(&s);
	if (step == STEP_DONE) return true;
	uint64_t column = s.at ? (uint64_t)(s.at - text.p) + 1 : 1;
	err_set(e, ERR_RESULT_INVALID, "not valid JSON at byte %llu: %s", (unsigned long long)column, s.why);
	e->column = column;
	return false;
}

/* Walks over checked text. */

static size_t space_end(slice s, size_t i) {
	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\n' || s.p[i] == '\r' || s.p[i] == '\t')) i++;
	return i;
}

/* Behind the closing quote of the string that opens at i. */
static size_t string_end(slice s, size_t i) {
	const char *p = s.p + i + 1, *end = s.p + s.n;
	while (p < end) {
		p = skip_plain(p, end);
		if (p == end) break;
		if (*p == '"') return (size_t)(p - s.p) + 1;
		p += *p == '\\' && end - p > 1 ? 2 : 1;
	}
	return s.n;
}

static size_t container_end(slice s, size_t i) {
	size_t depth = 0;
	while (i < s.n) {
		char c = s.p[i];
		if (c == '"') {
			i = string_end(s, i);
			continue;
		}
		i++;
		if (c == '{' || c == '[') depth++;
		if ((c == '}' || c == ']') && --depth == 0) break;
	}
	return i;
}

static size_t value_stop(slice s, size_t i) {
	if (i >= s.n) return s.n;
	if (s.p[i] == '"') return string_end(s, i);
	if (s.p[i] == '{' || s.p[i] == '[') return container_end(s, i);
	while (i < s.n && s.p[i] > ' ' && s.p[i] != ',' && s.p[i] != ']' && s.p[i] != '}') i++;
	return i;
}

bool json_open(slice value, json_iter *it) {
	value = slice_trim(value);
	if (value.n < 2 || (value.p[0] != '{' && value.p[0] != '[')) return false;
	*it = (json_iter){slice_sub(value, 1, value.n - 2), value.p[0] == '{'};
	return true;
}

/* Cuts a string's quotes off. */
static slice unquoted(slice s) {
	return s.n >= 2 ? slice_sub(s, 1, s.n - 2) : slice_sub(s, 0, 0);
}

bool json_next(json_iter *it, slice *key_out, slice *value) {
	slice s = it->rest;
	size_t i = space_end(s, 0);
	if (i < s.n && s.p[i] == ',') i = space_end(s, i + 1);
	if (i >= s.n) return false;
	*key_out = (slice){0};
	if (it->object) {
		size_t stop = value_stop(s, i);
		*key_out = unquoted(slice_sub(s, i, stop - i));
		i = space_end(s, stop);
		i = space_end(s, i + 1); /* the colon */
	}
	size_t stop = value_stop(s, i);
	*value = slice_sub(s, i, stop - i);
	it->rest = slice_sub(s, stop, s.n);
	return true;
}

slice json_get(slice object, const char *name) {
	json_iter it;
	slice found, value;
	if (!json_open(object, &it) || !it.object) return (slice){0};
	while (json_next(&it, &found, &value))
		if (slice_is(found, name)) return value;
	return (slice){0};
}

static void add_utf8(buf *out, unsigned long c) {
	char b[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
	for (size_t i = n; i-- > 1; c >>= 6) b[i] = (char)(0x80 | (c & 0x3F));
	b[0] = (char)(lead[n] | c);
	buf_add(out, (slice){b, n});
}

/* The escape whose backslash is at i; returns the index behind it. */
static size_t unescape(slice s, size_t i, buf *out) {
	static const char shorts[] = "b\bf\fn\nr\rt\t";
	const char *end = s.p + s.n;
	char c = i + 1 < s.n ? s.p[i + 1] : '\\';
	if (c != 'u') {
		for (size_t k = 0; k + 1 < sizeof shorts; k += 2)
			if (shorts[k] == c) c = shorts[k + 1];
		buf_addc(out, c);
		return i + 2;
	}
	long unit = hex_four(s.p + i + 2, end);
	if (unit < 0) return i + 2;
	if (!is_high_surrogate(unit) || s.n - i < 12) {
		add_utf8(out, (unsigned long)unit);
		return i + 6;
	}
	long low = hex_four(s.p + i + 8, end);
	add_utf8(out, 0x10000UL + ((unsigned long)(unit - 0xD800) << 10) + (unsigned long)(low - 0xDC00));
	return i + 12;
}

bool json_text(slice value, buf *out) {
	value = slice_trim(value);
	if (value.n < 2 || value.p[0] != '"') return false;
	slice s = unquoted(value);
	for (size_t i = 0; i < s.n;) {
		size_t plain = slice_find(slice_sub(s, i, s.n), '\\');
		buf_add(out, slice_sub(s, i, plain));
		i += plain;
		if (i < s.n) i = unescape(s, i, out);
	}
	return true;
}

bool json_double(slice value, double *out) {
	char text[JSON_MAX_NUMBER + 1];
	value = slice_trim(value);
	if (!value.n || value.n > JSON_MAX_NUMBER) return false;
	if (value.p[0] != '-' && (value.p[0] < '0' || value.p[0] > '9')) return false;
	memcpy(text, value.p, value.n);
	text[value.n] = '\0';
	*out = strtod(text, NULL);
	return true;
}
