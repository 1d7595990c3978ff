/* JSON without a tree: a strict check (RFC 8259) over text that may be 50 MB
 * and comes from an enemy, then cheap walks over what was checked.
 * For small documents of our own making or reading use jansson; no name here is one of
 * jansson's, for both meet in one program. */
#ifndef PLOTD_BASE_JSON_H
#define PLOTD_BASE_JSON_H

#include "base/buf.h"

enum { JSON_MAX_DEPTH = 64, JSON_MAX_NUMBER = 400, JSON_MAX_KEY = 4096 };

/* True when the text is one JSON value and nothing else: UTF-8, no NUL, no
 * NaN or Infinity, no unpaired surrogate escapes, depth at most
 * JSON_MAX_DEPTH, a number at most JSON_MAX_NUMBER characters, a key at most
 * JSON_MAX_KEY bytes. Duplicate keys are accepted: the walks see all. Fails with ERR_RESULT_INVALID, e->column the
 * byte from 1. Time linear, no recursion, no allocation. */
bool json_check(slice text, err *e);

/* A walk over the members of an object or the elements of an array, on checked
 * text only. */
typedef struct json_iter {
	slice rest;
	bool object;
} json_iter;

/* False when `value` is neither object nor array. */
bool json_open(slice value, json_iter *it);
/* The next member: key with its quotes stripped but its escapes left (empty in arrays), and value. False at the end. */
bool json_next(json_iter *it, slice *key, slice *value);
/* The value of the (first) member `name` of an object, or the empty slice. Names are ASCII without escapes. */
slice json_get(slice object, const char *name);
/* The text of a JSON string, unescaped; false when `value` is no string. */
bool json_text(slice value, buf *out);
/* A number; false when `value` is none. */
bool json_double(slice value, double *out);
static inline bool json_absent(slice value) {
	return value.n == 0 || slice_is(value, "null");
}

#endif
