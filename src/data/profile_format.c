#include "data/profile_format.h"

#include <math.h>
#include <time.h>

void format_number(double v, buf *out) {
	if (v == floor(v) && fabs(v) < 1e15)
		buf_printf(out, "%.0f", v);
	else
		buf_printf(out, "%.*g", fabs(v) >= 1000 ? 7 : 4, v);
}

void format_time(double us, enum column_type type, buf *out) {
	struct tm tm;
	time_t seconds = (time_t)floor(us / 1e6);
	if (!gmtime_r(&seconds, &tm)) return;
	buf_printf(out, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	if (type == COL_DATETIME) buf_printf(out, " %02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void format_value(double v, const column *col, buf *out) {
	if (col->type == COL_DATE || col->type == COL_DATETIME)
		format_time(v, col->type, out);
	else if (col->type == COL_DURATION)
		format_number(v / 1e6, out), buf_adds(out, " s");
	else
		format_number(v, out);
}

slice format_cut(slice text, size_t max, bool *cut) {
	slice line = slice_sub(text, 0, slice_find(text, '\n'));
	slice s = slice_utf8_cut(line, max);
	s.n = slice_utf8_prefix(s);
	*cut = s.n < text.n;
	return s;
}

const char *unit_name(enum time_unit u) {
	static const char *const UNITS[] = {"",    "year", "quarter", "month",  "week",
					    "day", "hour", "minute",  "second", "fraction of a second"};
	return (size_t)u < sizeof UNITS / sizeof *UNITS ? UNITS[u] : "";
}

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* Vendors' tokenisers cut words to pieces of four letters or more; numbers to digits, one to three at a time; marks
 * that stand together are often one. Counted in quarters of a token. */
size_t format_tokens(slice s) {
	enum { TOKEN = 4, WORD = 4, TWO_BYTES = 3, THREE_BYTES = 6, FOUR_BYTES = 12 };
	size_t quarters = 0;
	for (size_t i = 0, n; i < s.n; i += n) {
		char c = s.p[i];
		n = 1;
		if (is_letter(c)) {
			while (i + n < s.n && n < WORD && is_letter(s.p[i + n])) n++;
			quarters += TOKEN;
		} else if (is_digit(c)) {
			quarters += TOKEN;
		} else if ((unsigned char)c >= 0xc0) {
			n = (unsigned char)c >= 0xf0 ? 4 : (unsigned char)c >= 0xe0 ? 3 : 2;
			quarters += n == 4 ? FOUR_BYTES : n == 3 ? THREE_BYTES : TWO_BYTES;
		} else if (c != ' ' || (i + 1 < s.n && is_digit(s.p[i + 1]))) {
			bool joined = i > 0 && !is_letter(s.p[i - 1]) && !is_digit(s.p[i - 1]);
			quarters += joined ? TOKEN / 2 : TOKEN;
		}
	}
	return quarters / TOKEN + 1;
}
