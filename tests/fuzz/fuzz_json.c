/* The scanner against jansson: what json_check accepts jansson loads, and the
 * walks see the same values; what only jansson accepts breaks one of our limits. */
#include "base/json.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition)) abort();                                                                             \
	} while (0)

static void same(slice value, json_t *tree);

static void same_text(slice value, json_t *tree) {
	cleanup_buf buf text = BUF_INIT(1 << 24);
	MUST(json_text(value, &text));
	MUST(slice_eq(buf_slice(&text), (slice){json_string_value(tree), json_string_length(tree)}));
}

static void same_array(slice value, json_t *tree) {
	json_iter it;
	slice key, element;
	size_t n = 0;
	MUST(json_open(value, &it) && !it.object);
	while (json_next(&it, &key, &element)) same(element, json_array_get(tree, n++));
	MUST(n == json_array_size(tree));
}

/* jansson keeps the last of equal keys: values are compared only where all keys differ. */
static void same_object(slice value, json_t *tree) {
	json_iter it;
	slice key, member;
	size_t n = 0;
	MUST(json_open(value, &it) && it.object);
	while (json_next(&it, &key, &member)) n++;
	MUST(n >= json_object_size(tree));
	bool distinct = n == json_object_size(tree);
	MUST(json_open(value, &it));
	while (json_next(&it, &key, &member)) {
		cleanup_buf buf name = BUF_INIT(1 << 24);
		MUST(json_text((slice){key.p - 1, key.n + 2}, &name));
		json_t *found = json_object_get(tree, buf_cstr(&name));
		MUST(found);
		if (distinct) same(member, found);
	}
}

static void same(slice value, json_t *tree) {
	double number;
	switch (json_typeof(tree)) {
	case JSON_OBJECT: same_object(value, tree); break;
	case JSON_ARRAY: same_array(value, tree); break;
	case JSON_STRING: same_text(value, tree); break;
	case JSON_TRUE: MUST(slice_is(value, "true")); break;
	case JSON_FALSE: MUST(slice_is(value, "false")); break;
	case JSON_NULL: MUST(json_absent(value)); break;
	default: MUST(json_double(value, &number) && number == json_number_value(tree)); break;
	}
}

static bool is_limit(const err *e) {
	static const char *const limits[] = {"nested too deep", "a number of too many digits",
					     "a key that is too long"};
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (slice_ends(slice_of(e->message), slice_of(limits[i]))) return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	err e = ERR_INIT;
	json_error_t why;
	slice text = {(const char *)data, size};
	bool ok = json_check(text, &e);
	json_t *tree = json_loadb(text.p ? text.p : "", size, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &why);
	if (ok && !tree)
		MUST(json_error_code(&why) == json_error_numeric_overflow); /* 1e999: no double holds it */
	else if (!ok && tree)                                               /* jansson takes a NUL for the end */
		MUST(is_limit(&e) || slice_find(text, '\0') < text.n);
	else if (ok)
		same(slice_trim(text), tree);
	json_decref(tree);
	return 0;
}
