#include "base/err.h"

#include <stdio.h>

static const struct {
	const char *name, *hint;
	int status, exit;
} codes[ERR_CODE_COUNT] = {
#define X(id, name, status, exit, hint) [id] = {name, hint, status, exit},
    ERR_CODES(X)
#undef X
};

void err_copy_text(char *to, size_t size, slice s) {
	s = slice_utf8_cut(s, size - 1);
	if (s.n) memcpy(to, s.p, s.n);
	bytes_calm(to, s.n); /* it may quote a stranger, and end in a terminal */
	to[s.n] = '\0';
}

/* vsnprintf cuts anywhere; a message must stay UTF-8. */
static void __attribute__((format(printf, 3, 0))) put(char *to, size_t size, const char *format, va_list args) {
	char whole[2048];
	int n = vsnprintf(whole, sizeof whole, format, args);
	size_t len = n < 0 ? 0 : (size_t)n < sizeof whole ? (size_t)n : sizeof whole - 1;
	err_copy_text(to, size, (slice){whole, slice_utf8_prefix((slice){whole, len})});
}

bool err_set(err *e, enum err_code code, const char *format, ...) {
	va_list args;
	*e = (err){.code = code};
	va_start(args, format);
	put(e->message, sizeof e->message, format, args);
	va_end(args);
	return false;
}

bool err_errno(err *e, enum err_code code, int number, const char *format, ...) {
	char what[sizeof e->message], reason[128];
	va_list args;
	va_start(args, format);
	put(what, sizeof what, format, args);
	va_end(args);
	return err_set(e, code, "%s: %s", what, strerror_r(number, reason, sizeof reason));
}

bool err_wrap(err *e, const char *format, ...) {
	char context[256], inner[sizeof e->message];
	va_list args;
	va_start(args, format);
	put(context, sizeof context, format, args);
	va_end(args);
	memcpy(inner, e->message, sizeof inner);
	char whole[sizeof context + sizeof inner + 2];
	int n = snprintf(whole, sizeof whole, "%s: %s", context, inner);
	err_copy(e->message, ((slice){whole, n < 0 ? 0 : (size_t)n}));
	return false;
}

bool err_hint(err *e, const char *format, ...) {
	va_list args;
	va_start(args, format);
	put(e->hint, sizeof e->hint, format, args);
	va_end(args);
	return false;
}

static enum err_code known(enum err_code code) {
	return (unsigned)code < ERR_CODE_COUNT ? code : ERR_INTERNAL;
}

const char *err_name(enum err_code code) {
	return codes[known(code)].name;
}

int err_status(enum err_code code) {
	return codes[known(code)].status;
}

int err_exit(enum err_code code) {
	return codes[known(code)].exit;
}

const char *err_remedy(const err *e) {
	return e->hint[0] ? e->hint : codes[known(e->code)].hint;
}
