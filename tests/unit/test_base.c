/* Slices, buffers, errors, waits, descriptors. */
#include "base/buf.h"
#include "base/fd.h"
#include "base/notice.h"
#include "base/wait.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define assert_slice(s, text) assert_true(slice_is((s), (text)))

static void test_slice_sub_is_clipped(void **state) {
	(void)state;
	slice s = SLICE("abcdef");
	assert_slice(slice_sub(s, 2, 3), "cde");
	assert_slice(slice_sub(s, 4, 100), "ef");
	assert_int_equal(slice_sub(s, 7, 1).n, 0);
	assert_int_equal(slice_sub((slice){0}, 1, SIZE_MAX).n, 0);
}

static void test_slice_starts_and_ends(void **state) {
	(void)state;
	assert_true(slice_starts(SLICE("abc"), SLICE("ab")));
	assert_false(slice_starts(SLICE("a"), SLICE("ab")));
	assert_true(slice_ends(SLICE("a.csv"), SLICE(".csv")));
	assert_false(slice_ends(SLICE("csv"), SLICE(".csv")));
	assert_true(slice_starts(SLICE("abc"), (slice){0}));
}

static void test_slice_trim_and_find(void **state) {
	(void)state;
	assert_slice(slice_trim(SLICE(" \t\r\n a b \v\f")), "a b");
	assert_int_equal(slice_trim(SLICE("  ")).n, 0);
	assert_int_equal(slice_find(SLICE("a,b"), ','), 1);
	assert_int_equal(slice_find(SLICE("ab"), ','), 2);
	assert_int_equal(slice_find((slice){0}, ','), 0);
}

static void test_slice_nocase_is_ascii_only(void **state) {
	(void)state;
	assert_true(slice_eq_nocase(SLICE("Accept"), SLICE("aCCEPT")));
	assert_false(slice_eq_nocase(SLICE("@"), SLICE("`")));
	assert_false(slice_eq_nocase(SLICE("\xc4"), SLICE("\xe4")));
}

static void test_utf8_prefix_stops_at_the_first_broken_byte(void **state) {
	(void)state;
	assert_int_equal(slice_utf8_prefix(SLICE("12345678\xc3\xa4"
						 "z\xff")),
			 11);
	assert_int_equal(slice_utf8_prefix(SLICE("a\xe2\x82")), 1);
	assert_true(slice_is_utf8(SLICE("\xf4\x8f\xbf\xbf")));
	assert_false(slice_is_utf8(SLICE("\xf4\x90\x80\x80")));
	assert_false(slice_is_utf8(SLICE("\xed\xa0\x80")));
	assert_false(slice_is_utf8(SLICE("\xe0\x80\xaf")));
	assert_false(slice_is_utf8(SLICE("\xc1\xbf")));
}

static void test_utf8_cut_never_halves_a_character(void **state) {
	(void)state;
	slice s = SLICE("a\xe2\x82\xac"
			"b");
	assert_int_equal(slice_utf8_cut(s, 5).n, 5);
	assert_int_equal(slice_utf8_cut(s, 4).n, 4);
	assert_int_equal(slice_utf8_cut(s, 3).n, 1);
	assert_int_equal(slice_utf8_cut(s, 2).n, 1);
	assert_int_equal(slice_utf8_cut(s, 0).n, 0);
}

static void test_to_u64_takes_whole_numbers_that_fit(void **state) {
	(void)state;
	unsigned long long v = 0;
	assert_true(slice_to_u64(SLICE("18446744073709551615"), &v));
	assert_true(v == UINT64_MAX);
	assert_false(slice_to_u64(SLICE("18446744073709551616"), &v));
	assert_false(slice_to_u64(SLICE("99999999999999999999"), &v));
	assert_false(slice_to_u64(SLICE(""), &v));
	assert_false(slice_to_u64(SLICE("1 "), &v));
	assert_false(slice_to_u64(SLICE("-1"), &v));
}

static void test_buf_fails_once_and_stays_failed(void **state) {
	(void)state;
	cleanup_buf buf b = BUF_INIT(4);
	buf_adds(&b, "abc");
	assert_true(buf_ok(&b));
	buf_adds(&b, "de");
	assert_false(buf_ok(&b));
	buf_adds(&b, "d");
	assert_false(buf_ok(&b));
	assert_string_equal(buf_cstr(&b), "");
	assert_null(buf_steal(&b));
	buf_clear(&b);
	buf_adds(&b, "1234");
	assert_string_equal(buf_cstr(&b), "1234");
}

static void test_buf_refuses_sizes_that_overflow(void **state) {
	(void)state;
	cleanup_buf buf b = BUF_INIT(SIZE_MAX);
	buf_adds(&b, "x");
	assert_null(buf_reserve(&b, SIZE_MAX - 1));
	assert_false(buf_ok(&b));
}

static void test_buf_steal_hands_over_the_bytes(void **state) {
	(void)state;
	cleanup_buf buf b = BUF_INIT(100);
	buf_printf(&b, "%d-%s", 7, "x");
	cleanup_free char *p = buf_steal(&b);
	assert_string_equal(p, "7-x");
	assert_int_equal(b.n, 0);
	assert_int_equal(b.max, 100);
}

static void escaped(void (*how)(buf *, slice), slice text, const char *expected) {
	cleanup_buf buf b = BUF_INIT(10000);
	how(&b, text);
	assert_string_equal(buf_cstr(&b), expected);
}

static void json_plain(buf *b, slice s) {
	buf_json(b, s, false);
}
static void json_in_html(buf *b, slice s) {
	buf_json(b, s, true);
}

/* Colours, a title, C1's way to begin one, and a line that looks like plotd's own. */
static void test_a_terminal_gets_no_orders(void **state) {
	(void)state;
	err e = ERR_INIT;
	cleanup_notices notices told = {0};
	(void)err_set(&e, ERR_CODE_RAISED, "%s",
		      "\x1b[31mred\x07 \xc2\x9b"
		      "31m\nplotd: \xc3\xa4\x7f");
	assert_string_equal(e.message, " [31mred    31m plotd: \xc3\xa4 ");
	notice(&told, "%s", "a\x1b]0;b");
	assert_string_equal(told.text[0], "a ]0;b");
}

static void test_buf_json_escapes(void **state) {
	(void)state;
	escaped(json_plain, SLICE("a\"\\\b\f\n\r\t\x01</\xc3\xa4"), "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001</\xc3\xa4\"");
	escaped(json_in_html, SLICE("</&\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa"),
		"\"\\u003c/\\u0026\\u2028\\u2029\xe2\x80\xaa\"");
	escaped(json_plain, SLICE("a\xff\xfez\xe2\x82"), "\"a\\ufffd\\ufffdz\\ufffd\\ufffd\"");
	escaped(json_plain, (slice){0}, "\"\"");
}

static void test_buf_html_escapes(void **state) {
	(void)state;
	escaped(buf_html, SLICE("<a href=\"x\" b='y'>&amp;"), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
}

static void test_buf_python_escapes(void **state) {
	(void)state;
	escaped(buf_python, SLICE("it's"), "\"it's\"");
	escaped(buf_python, SLICE("a'b\"c\\\n\x01\x7f"), "'a\\'b\"c\\\\\\n\\x01\\x7f'");
}

static void test_every_error_code_has_name_status_exit_and_hint(void **state) {
	(void)state;
	for (int c = ERR_NONE + 1; c < ERR_CODE_COUNT; c++) {
		err e = {.code = (enum err_code)c};
		assert_true(err_name(e.code)[0] != '\0');
		assert_in_range(err_status(e.code), 400, 599);
		assert_in_range(err_exit(e.code), 2, 130);
		assert_true(err_remedy(&e)[0] != '\0');
	}
	assert_string_equal(err_name((enum err_code)9999), "internal");
}

static void test_err_wrap_puts_context_before_the_message(void **state) {
	(void)state;
	err e = ERR_INIT;
	assert_false(err_set(&e, ERR_CSV_EMPTY, "no rows in %s", "a.csv"));
	assert_false(err_wrap(&e, "file %d", 2));
	assert_string_equal(e.message, "file 2: no rows in a.csv");
	assert_int_equal(e.code, ERR_CSV_EMPTY);
	assert_string_equal(err_remedy(&e), "Send a file with a header and at least one row.");
	assert_false(err_hint(&e, "Fill %s.", "it"));
	assert_string_equal(err_remedy(&e), "Fill it.");
}

static void test_err_text_is_cut_at_a_utf8_border(void **state) {
	(void)state;
	err e = ERR_INIT;
	cleanup_buf buf b = BUF_INIT(10000);
	buf_addc(&b, 'x');
	while (b.n < 3000) buf_adds(&b, "\xe2\x82\xac");
	err_set(&e, ERR_FILE, "%s", buf_cstr(&b));
	assert_true(slice_is_utf8(slice_of(e.message)));
	assert_in_range(strlen(e.message), sizeof e.message - 4, sizeof e.message - 1);
	err_wrap(&e, "%s", buf_cstr(&b));
	assert_true(slice_is_utf8(slice_of(e.message)));
	err_copy(e.file, buf_slice(&b));
	assert_true(slice_is_utf8(slice_of(e.file)));
}

static void test_deadlines_saturate(void **state) {
	(void)state;
	assert_true(deadline_in_ms(INT64_MAX) == DEADLINE_NEVER);
	assert_true(deadline_left_ms(DEADLINE_NEVER) == INT64_MAX);
	assert_true(deadline_left_ms(now_ns() - 1) == 0);
	assert_true(deadline_in_ms(-5) <= now_ns());
	assert_in_range(deadline_left_ms(deadline_in_ms(10000)), 9000, 10000);
}

static void test_wait_ends_by_the_event(void **state) {
	(void)state;
	int fds[2];
	err e = ERR_INIT;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_true(wait_fd(fds[0], POLLIN, NULL, deadline_in_ms(10000), &e));
	close_fd(&fds[0]);
	close_fd(&fds[1]);
}

static void test_wait_ends_by_the_deadline(void **state) {
	(void)state;
	int fds[2];
	err e = ERR_INIT;
	assert_int_equal(pipe(fds), 0);
	assert_false(wait_fd(fds[0], POLLIN, NULL, deadline_in_ms(1), &e));
	assert_int_equal(e.code, ERR_DEADLINE);
	close_fd(&fds[0]);
	close_fd(&fds[1]);
}

static void test_wait_ends_by_the_token_and_keeps_its_first_reason(void **state) {
	(void)state;
	int fds[2];
	cancel c;
	err e = ERR_INIT;
	assert_true(cancel_init(&c, &e));
	assert_int_equal(pipe(fds), 0);
	assert_true(still_wanted(&c, DEADLINE_NEVER, &e));
	cancel_set(&c, ERR_STOPPING);
	cancel_set(&c, ERR_CANCELLED);
	assert_false(wait_fd(fds[0], POLLIN, &c, DEADLINE_NEVER, &e));
	assert_int_equal(e.code, ERR_STOPPING);
	struct pollfd seen = {.fd = c.fd, .events = POLLIN};
	assert_int_equal(poll(&seen, 1, 0), 1);
	cancel_free(&c);
	close_fd(&fds[0]);
	close_fd(&fds[1]);
}

static void test_a_sealed_memory_file_takes_no_more_writes(void **state) {
	(void)state;
	err e = ERR_INIT;
	cleanup_close int fd = memfd_new("test", &e);
	assert_true(fd >= 0);
	assert_true(write_all(fd, SLICE("hello"), &e));
	assert_true(memfd_seal(fd, &e));
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(pwrite(fd, "x", 1, 5), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	cleanup_mapping mapping m;
	assert_true(mapping_of(fd, &m, &e));
	assert_slice(mapping_slice(&m), "hello");
}

static void test_an_empty_file_maps_to_nothing(void **state) {
	(void)state;
	err e = ERR_INIT;
	cleanup_close int fd = memfd_new("test", &e);
	cleanup_mapping mapping m;
	assert_true(mapping_of(fd, &m, &e));
	assert_int_equal(m.n, 0);
}

/* Below and above the size up to which a file is copied. */
static void test_a_file_is_read_whole_and_aligned_whatever_its_size(void **state) {
	(void)state;
	for (size_t n = 1; n <= 256 << 10; n = 2 * n + 1) {
		err e = ERR_INIT;
		cleanup_close int fd = memfd_new("test", &e);
		cleanup_buf buf text = BUF_INIT(1 << 20);
		while (text.n < n) buf_addc(&text, (char)('a' + text.n % 23));
		assert_true(write_all(fd, buf_slice(&text), &e));
		cleanup_mapping mapping m;
		assert_true(mapping_of(fd, &m, &e));
		close_fd(&fd);
		assert_int_equal((uintptr_t)m.p % 64, 0);
		assert_true(slice_eq(mapping_slice(&m), buf_slice(&text)));
	}
}

static void test_a_file_that_cannot_be_read_is_told(void **state) {
	(void)state;
	err e = ERR_INIT;
	cleanup_close int file = memfd_new("test", &e);
	assert_true(write_all(file, SLICE("hello"), &e));
	char path[64];
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);
	cleanup_mapping mapping m;
	assert_false(mapping_of(fd, &m, &e));
	assert_int_equal(e.code, ERR_FILE);
	assert_null(m.p);
}

/* A file of `n` bytes under /proc/self/fd, read back with a limit. */
static bool reads(size_t n, size_t limit, err *e) {
	char path[64];
	cleanup_close int fd = memfd_new("test", e);
	cleanup_buf buf b = BUF_INIT(limit);
	for (size_t i = 0; i < n; i++) assert_true(write_all(fd, SLICE("x"), e));
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return read_file(path, &b, e) && b.n == n;
}

static void test_read_file_takes_exactly_the_limit_and_no_more(void **state) {
	(void)state;
	err e = ERR_INIT;
	assert_true(reads(0, 10, &e));
	assert_true(reads(10, 10, &e));
	assert_false(reads(11, 10, &e));
	assert_int_equal(e.code, ERR_TOO_LARGE);
}

static void test_read_file_names_the_path_and_reason(void **state) {
	(void)state;
	err e = ERR_INIT;
	cleanup_buf buf b = BUF_INIT(10);
	assert_false(read_file("/nowhere/at all.csv", &b, &e));
	assert_string_equal(e.message, "cannot open /nowhere/at all.csv: No such file or directory");
}

static void test_steal_fd_leaves_nothing_behind(void **state) {
	(void)state;
	int fd = 5;
	assert_int_equal(steal_fd(&fd), 5);
	assert_int_equal(fd, -1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_slice_sub_is_clipped),
	    cmocka_unit_test(test_slice_starts_and_ends),
	    cmocka_unit_test(test_slice_trim_and_find),
	    cmocka_unit_test(test_slice_nocase_is_ascii_only),
	    cmocka_unit_test(test_utf8_prefix_stops_at_the_first_broken_byte),
	    cmocka_unit_test(test_utf8_cut_never_halves_a_character),
	    cmocka_unit_test(test_to_u64_takes_whole_numbers_that_fit),
	    cmocka_unit_test(test_buf_fails_once_and_stays_failed),
	    cmocka_unit_test(test_buf_refuses_sizes_that_overflow),
	    cmocka_unit_test(test_buf_steal_hands_over_the_bytes),
	    cmocka_unit_test(test_a_terminal_gets_no_orders),
	    cmocka_unit_test(test_buf_json_escapes),
	    cmocka_unit_test(test_buf_html_escapes),
	    cmocka_unit_test(test_buf_python_escapes),
	    cmocka_unit_test(test_every_error_code_has_name_status_exit_and_hint),
	    cmocka_unit_test(test_err_wrap_puts_context_before_the_message),
	    cmocka_unit_test(test_err_text_is_cut_at_a_utf8_border),
	    cmocka_unit_test(test_deadlines_saturate),
	    cmocka_unit_test(test_wait_ends_by_the_event),
	    cmocka_unit_test(test_wait_ends_by_the_deadline),
	    cmocka_unit_test(test_wait_ends_by_the_token_and_keeps_its_first_reason),
	    cmocka_unit_test(test_a_sealed_memory_file_takes_no_more_writes),
	    cmocka_unit_test(test_an_empty_file_maps_to_nothing),
	    cmocka_unit_test(test_a_file_is_read_whole_and_aligned_whatever_its_size),
	    cmocka_unit_test(test_a_file_that_cannot_be_read_is_told),
	    cmocka_unit_test(test_read_file_takes_exactly_the_limit_and_no_more),
	    cmocka_unit_test(test_read_file_names_the_path_and_reason),
	    cmocka_unit_test(test_steal_fd_leaves_nothing_behind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
