#include "data/float.h"

#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The parts of the text: value = digits * 10^exponent, where digits are the first 19 significant ones. */
typedef struct decimal {
	uint64_t digits;
	int64_t exponent;
	bool minus, cut; /* cut: there were more digits that are not zero */
} decimal;

static const double POWERS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
				1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool scan_decimal(const char *p, size_t n, char point, decimal *d) {
	const char *end = p + n;
	int kept = 0;
	bool any = false, seen_point = false;
	*d = (decimal){.minus = n && *p == '-'};
	if (n && (*p == '-' || *p == '+')) p++;
	for (; p < end; p++) {
		unsigned digit = (unsigned char)*p - '0';
		if (digit <= 9) {
			any = true;
			if (kept < 19) {
				d->digits = d->digits * 10 + digit;
				kept += d->digits != 0;
				d->exponent -= seen_point;
			} else {
				d->cut |= digit != 0;
				d->exponent += !seen_point;
			}
		} else if (*p == point && !seen_point) {
			seen_point = true;
		} else {
			break;
		}
	}
	if (!any) return false;
	if (p == end) return true;
	if ((*p | 32) != 'e' || ++p == end) return false;
	bool down = *p == '-';
	if (*p == '-' || *p == '+') p++;
	if (p == end) return false;
	int64_t e = 0;
	for (; p < end; p++) {
		unsigned digit = (unsigned char)*p - '0';
		if (digit > 9) return false;
		if (e < 100000) e = e * 10 + digit;
	}
	d->exponent += down ? -e : e;
	return true;
}

/* The C library's answer, exact for any length. */
static bool slowly(const char *p, size_t n, char point, double *out) {
	char small[128], *text = n < sizeof small ? small : malloc(n + 1);
	if (!text) return false;
	memcpy(text, p, n);
	text[n] = '\0';
	if (point != '.')
		for (char *c = text; *c; c++)
			if (*c == point) *c = '.';
	static _Thread_local locale_t plain;
	if (!plain) plain = newlocale(LC_ALL_MASK, "C", NULL);
	char *end;
	*out = plain ? strtod_l(text, &end, plain) : strtod(text, &end);
	bool all = end == text + n;
	if (text != small) free(text);
	return all;
}

bool float_parse(const char *p, size_t n, char point, double *out) {
	decimal d;
	if (!scan_decimal(p, n, point, &d)) return false;
	if (!d.cut && d.digits <= 1ull << 53 && d.exponent >= -22 && d.exponent <= 22) { /* Clinger 1990: both exact */
		double v = (double)d.digits;
		v = d.exponent < 0 ? v / POWERS[-d.exponent] : v * POWERS[d.exponent];
		*out = d.minus ? -v : v;
		return true;
	}
	return slowly(p, n, point, out);
}
