/* Any question to any small table, and any specification: the first line is the question (or, when it starts with a
 * brace, a specification), the rest is the file. What comes out is code and JSON that reads back. */
#include "base/json.h"
#include "rules/rules.h"
#include "rules/spec.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition)) abort();                                                                             \
	} while (0)

static void read_question(slice question, frame *f) {
	notices cleanup_notices told = {.n = 0};
	buf cleanup_buf code = BUF_INIT(1 << 20), cleanup_buf title = BUF_INIT(1 << 14);
	err e = ERR_INIT;
	MUST(rules_write(question, &f, 1, &code, &title, &told, &e));
	MUST(code.n > 0);
}

static void round_trip(slice question, frame *f) {
	notices cleanup_notices told = {.n = 0};
	spec cleanup_spec s, cleanup_spec back = {.n = 0};
	buf cleanup_buf one = BUF_INIT(1 << 20), cleanup_buf two = BUF_INIT(1 << 20);
	err e = ERR_INIT;
	spec_read(question, &f, 1, &s, &told);
	spec_json(&s, &f, &one);
	MUST(json_check(buf_slice(&one), &e));
	if (spec_parse(buf_slice(&one), &f, 1, &back, &e)) spec_json(&back, &f, &two);
}

static void read_spec(slice json, frame *f) {
	notices cleanup_notices told = {.n = 0};
	spec cleanup_spec s;
	buf cleanup_buf code = BUF_INIT(1 << 20);
	err e = ERR_INIT;
	if (!spec_parse(json, &f, 1, &s, &e)) return;
	spec_write_code(&s, &f, &code, &told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	slice all = {(const char *)data, size};
	size_t end = slice_find(all, '\n');
	slice question = slice_sub(all, 0, end), file = slice_sub(all, end + 1, size);
	if (!slice_is_utf8(question) || slice_find(question, '\0') < question.n) return 0; /* plot_make refuses it */
	read_options o = {.name = "sales.csv"};
	err e = ERR_INIT;
	frame *cleanup_frame f = frame_read(file, &o, NULL, DEADLINE_NEVER, &e);
	buf cleanup_buf out = BUF_INIT(1 << 20);
	if (!f) return 0;
	profile_prompt(f, question, "values", 400, &out);
	profile_table(f, &out);
	if (question.n && question.p[0] == '{')
		read_spec(question, f);
	else
		read_question(question, f), round_trip(question, f);
	return 0;
}
