/* reply.h: the Python out of what models say. */
#include "llm/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct taken {
	bool ok;
	buf code, title;
	notices notices;
	err e;
} taken;

static taken take(const char *reply, bool cut_off) {
	taken t = {.code = BUF_INIT(1 << 20), .title = BUF_INIT(1024), .e = ERR_INIT};
	t.ok = reply_code(slice_of(reply), cut_off, &t.code, &t.title, &t.notices, &t.e);
	return t;
}

static void drop(taken *t) {
	buf_free(&t->code);
	buf_free(&t->title);
	notices_free(&t->notices);
}

static void expect(const char *reply, const char *code) {
	taken t = take(reply, false);
	assert_true(t.ok);
	assert_string_equal(buf_cstr(&t.code), code);
	drop(&t);
}

static void expect_none(const char *reply, bool cut_off, const char *rule) {
	taken t = take(reply, cut_off);
	assert_false(t.ok);
	assert_int_equal(t.e.code, ERR_MODEL_REPLY);
	assert_string_equal(t.e.rule, rule);
	drop(&t);
}

#define FIG "fig = px.bar(df, x=\"a\", y=\"b\")\n"

static void a_fenced_block_is_the_code(void **state) {
	(void)state;
	expect("Here you are:\n```python\n" FIG "```\nEnjoy!", FIG);
	expect("```py\n" FIG "```", FIG);
	expect("~~~Python\n" FIG "~~~", FIG);
	expect("```\n" FIG "```", FIG);
}

static void a_longer_fence_may_hold_a_shorter_one(void **state) {
	(void)state;
	expect("````python\nx = 1\n```\n" FIG "````", "x = 1\n```\n" FIG);
}

static void a_fence_in_a_list_takes_its_indent_off(void **state) {
	(void)state;
	expect("1. Do this:\n   ```python\n   if df.a.any():\n       fig = 1\n   ```\n",
	       "if df.a.any():\n    fig = 1\n");
}

static void a_fence_at_the_end_of_a_line_closes(void **state) {
	(void)state;
	expect("```python\nfig = px.bar(df)```\nThat is all.", "fig = px.bar(df)\n");
}

static void steps_in_several_blocks_are_joined(void **state) {
	(void)state;
	expect("First:\n```python\nt = df.groupby(\"a\").size()\n```\nthen\n```python\nfig = px.bar(t)\n```\nand\n"
	       "```python\nfig.update_layout(title=\"x\")\n```",
	       "t = df.groupby(\"a\").size()\nfig = px.bar(t)\nfig.update_layout(title=\"x\")\n");
}

static void of_alternatives_the_first_counts(void **state) {
	(void)state;
	expect("```python\nfig = px.bar(df)\n```\nOr, if you like lines:\n```python\nfig = px.line(df)\n```",
	       "fig = px.bar(df)\n");
}

static void a_correction_counts_more_than_the_first(void **state) {
	(void)state;
	expect("```python\nfig = px.bar(df, bins=3)\n```\nWait, that is wrong. The corrected version:\n"
	       "```python\nfig = px.histogram(df, nbins=3)\n```",
	       "fig = px.histogram(df, nbins=3)\n");
}

static void left_out_alternatives_are_told(void **state) {
	(void)state;
	taken t = take("```python\nfig = px.bar(df)\n```\nOr:\n```python\nfig = px.line(df)\n```", false);
	assert_true(t.ok);
	assert_int_equal(t.notices.n, 1);
	drop(&t);
}

static void shell_and_output_blocks_are_not_code(void **state) {
	(void)state;
	expect("```bash\npip install plotly\n```\n```python\n" FIG "```\n```\n   a  b\n0  1  2\n```", FIG);
}

static void an_unclosed_block_counts_when_the_model_meant_to_end(void **state) {
	(void)state;
	expect("```python\n" FIG, FIG);
}

static void an_unclosed_block_of_a_cut_off_reply_is_not_run(void **state) {
	(void)state;
	expect_none("```python\nt = df\nfig = px.ba", true, "cut_off");
	expect_none("I would start by thinking about", true, "cut_off");
}

static void a_closed_block_of_a_cut_off_reply_is_whole(void **state) {
	(void)state;
	taken t = take("```python\n" FIG "```\nThis chart shows the am", true);
	assert_true(t.ok);
	drop(&t);
}

static void prose_alone_is_no_code(void **state) {
	(void)state;
	expect_none("I cannot draw that, since the data has no dates. Please send a file with dates.", false,
		    "no_code");
	expect_none("", false, "no_code");
	expect_none("```python\n```", false, "no_code");
}

static void bare_code_is_found_between_prose(void **state) {
	(void)state;
	expect("Sure! This does it:\n\nimport plotly.express as px\nt = df.groupby(\n    \"a\"\n)\n" FIG
	       "\nLet me know if you need more.",
	       "import plotly.express as px\nt = df.groupby(\n    \"a\"\n)\n" FIG);
	expect(FIG, FIG);
}

static void thinking_is_not_the_answer(void **state) {
	(void)state;
	expect("<think>\nMaybe ```python\nfig = 0\n``` works\n</think>\n```python\n" FIG "```", FIG);
	expect_none("<think>I wonder whether", false, "no_code");
}

static void json_around_the_code_is_taken_off(void **state) {
	(void)state;
	expect("{\"code\": \"fig = px.bar(df)\\n\", \"explanation\": \"x\"}", "fig = px.bar(df)\n");
	expect("```json\n{\"python_code\": \"fig = px.bar(df)\"}\n```", "fig = px.bar(df)\n");
	expect("{\"answer\": {\"code\": \"```python\\nfig = 1\\n```\"}}", "fig = 1\n");
	expect("{\"source\": [\"import math\\n\", \"fig = px.bar(df)\"]}", "import math\nfig = px.bar(df)\n");
}

static void a_title_may_come_with_the_json(void **state) {
	(void)state;
	taken t = take("{\"title\": \"Sales\", \"code\": \"fig = px.bar(df)\"}", false);
	assert_string_equal(buf_cstr(&t.title), "Sales");
	drop(&t);
}

static void comments_tell_the_reader(void **state) {
	(void)state;
	cleanup_notices notices told = {0};
	reply_notes(SLICE("# title: Profit\n# note: there is no profit; revenue is drawn\n"
			  "fig = px.bar(df, title=\"# note: no\")  # note: not here\n#Note:  two\n# note:\n"),
		    &told);
	assert_int_equal(told.n, 2);
	assert_string_equal(told.text[0], "The model notes: there is no profit; revenue is drawn");
	assert_string_equal(told.text[1], "The model notes: two");
}

static void a_comment_gives_the_title(void **state) {
	(void)state;
	taken t = take("```python\n# Title: Sales by region\n" FIG "```", false);
	assert_string_equal(buf_cstr(&t.title), "Sales by region");
	drop(&t);
}

static void notebook_commands_are_taken_off(void **state) {
	(void)state;
	expect("```python\n%matplotlib inline\n!pip install plotly\n%%time\n" FIG "```", FIG);
	expect("```python\nIn [1]: x = 1\n>>> y = 2\n" FIG "```", "x = 1\ny = 2\n" FIG);
}

static void a_percent_that_goes_on_an_expression_stays(void **state) {
	(void)state;
	expect("```python\nx = (7\n% 2)\n" FIG "```", "x = (7\n% 2)\n" FIG);
	expect("```python\nt = \"\"\"\n%d items\n!important\n\"\"\"\n" FIG "```",
	       "t = \"\"\"\n%d items\n!important\n\"\"\"\n" FIG);
}

static void showing_is_taken_off(void **state) {
	(void)state;
	expect("```python\n" FIG "fig.show()\n```", FIG);
	expect("```python\n" FIG "fig.show(renderer=\"browser\")\ndisplay(fig)\n```", FIG);
}

static void a_body_that_only_shows_becomes_pass(void **state) {
	(void)state;
	expect("```python\n" FIG "if True:\n    fig.show()\n```", FIG "if True:\n    pass\n");
}

static void showing_over_several_lines_is_left_whole(void **state) {
	(void)state;
	expect("```python\n" FIG "fig.show(\n    config={}\n)\n```", FIG "fig.show(\n    config={}\n)\n");
}

static void line_ends_and_hard_blanks_become_plain(void **state) {
	(void)state;
	expect("```python\r\nx =\xC2\xA0"
	       "1\r\n```",
	       "x = 1\n");
}

static void a_hard_blank_inside_a_text_stays(void **state) {
	(void)state;
	expect("```python\nx = df[\"a\xC2\xA0"
	       "b\"]\n```",
	       "x = df[\"a\xC2\xA0"
	       "b\"]\n");
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_fenced_block_is_the_code),
	    cmocka_unit_test(a_longer_fence_may_hold_a_shorter_one),
	    cmocka_unit_test(a_fence_in_a_list_takes_its_indent_off),
	    cmocka_unit_test(a_fence_at_the_end_of_a_line_closes),
	    cmocka_unit_test(steps_in_several_blocks_are_joined),
	    cmocka_unit_test(of_alternatives_the_first_counts),
	    cmocka_unit_test(a_correction_counts_more_than_the_first),
	    cmocka_unit_test(left_out_alternatives_are_told),
	    cmocka_unit_test(shell_and_output_blocks_are_not_code),
	    cmocka_unit_test(an_unclosed_block_counts_when_the_model_meant_to_end),
	    cmocka_unit_test(an_unclosed_block_of_a_cut_off_reply_is_not_run),
	    cmocka_unit_test(a_closed_block_of_a_cut_off_reply_is_whole),
	    cmocka_unit_test(prose_alone_is_no_code),
	    cmocka_unit_test(bare_code_is_found_between_prose),
	    cmocka_unit_test(thinking_is_not_the_answer),
	    cmocka_unit_test(json_around_the_code_is_taken_off),
	    cmocka_unit_test(a_title_may_come_with_the_json),
	    cmocka_unit_test(comments_tell_the_reader),
	    cmocka_unit_test(a_comment_gives_the_title),
	    cmocka_unit_test(notebook_commands_are_taken_off),
	    cmocka_unit_test(a_percent_that_goes_on_an_expression_stays),
	    cmocka_unit_test(showing_is_taken_off),
	    cmocka_unit_test(a_body_that_only_shows_becomes_pass),
	    cmocka_unit_test(showing_over_several_lines_is_left_whole),
	    cmocka_unit_test(line_ends_and_hard_blanks_become_plain),
	    cmocka_unit_test(a_hard_blank_inside_a_text_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
