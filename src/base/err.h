/* One error object, passed as the last parameter of everything that can fail.
 *
 * Contract: a function that takes `err *e` returns true (or a pointer) and
 * leaves *e alone on success; on failure it returns false (or NULL) and has
 * called err_set once. Callers wrap context on the way up with err_wrap.
 * `e` is never NULL. The object holds no heap memory: nothing to free.
 *
 * Every code is a row of ERR_CODES: its name on the wire, the HTTP status, the
 * exit code of the command line, and the remedy told when the call site gives
 * none of its own. */
#ifndef PLOTD_BASE_ERR_H
#define PLOTD_BASE_ERR_H

#include "base/err_codes.h"
#include "base/slice.h"

#include <stdarg.h>
#include <stdint.h>

enum err_code {
#define X(id, name, status, exit, hint) id,
	ERR_CODES(X)
#undef X
	    ERR_CODE_COUNT
};

typedef struct err {
	enum err_code code; /* ERR_NONE: no error */
	char message[768];  /* one sentence, what is wrong; UTF-8 */
	char hint[384];     /* what to do; "" takes the code's own */
	/* Where, as far as known. Zero or "" is unknown; lines and columns count from 1. */
	char file[128];
	char field[64]; /* name of the form field or option */
	uint64_t line, column;
	char rule[48];        /* the policy rule of refused code, the class of a raised exception */
	char text[200];       /* the offending line or cell */
	char provider[32];    /* whose fault, for failures of a model */
	int upstream;         /* the HTTP status that the provider gave, or 0 */
	unsigned retry_after; /* seconds, or 0 */
} err;

#define ERR_INIT ((err){.code = ERR_NONE})

/* Sets code and message; always returns false, so that `return err_set(…)` reads well. */
bool err_set(err *e, enum err_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* As err_set with the text of errno `number` appended: "…: No such file or directory". */
bool err_errno(err *e, enum err_code code, int number, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Puts "context: " before the message; always returns false. */
bool err_wrap(err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Sets the remedy for this one case; always returns false. */
bool err_hint(err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Copies a slice into one of err's text fields, cut at a UTF-8 border. */
#define err_copy(field, s) err_copy_text((field), sizeof(field), (s))
void err_copy_text(char *to, size_t size, slice s);

const char *err_name(enum err_code code); /* "csv_open_quote" */
int err_status(enum err_code code);       /* HTTP status */
int err_exit(enum err_code code);         /* exit code of the command line */
const char *err_remedy(const err *e);     /* the case's hint, else the code's */

#endif
