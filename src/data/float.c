#include "data/float.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

/* The parts of the text: value = digits * 10^exponent, where digits are the first 19 significant ones. */
typedef struct decimal {
	uint64_t digits;
	int64_t exponent;
	bool minus, cut; /* cut: there were more digits that are not zero */
} decimal;

/* Takes eight digits at once (Lemire 2018; see kernel_numbers.c). */
static inline bool eight_digits(const char *p, uint64_t *digits) {
	uint64_t v;
	memcpy(&v, p, 8);
	if (((v & 0xf0f0f0f0f0f0f0f0u) | (((v + 0x0606060606060606u) & 0xf0f0f0f0f0f0f0f0u) >> 4)) !=
	    0x3333333333333333u)
		return false;
	v = (v & 0x0f0f0f0f0f0f0f0fu) * 2561 >> 8;
	v = (v & 0x00ff00ff00ff00ffu) * 6553601 >> 16;
	*digits = *digits * 100000000 + ((v & 0x0000ffff0000ffffu) * 42949672960001u >> 32);
	return true;
}

static bool scan_decimal(const char *p, size_t n, char point, decimal *d) {
	const char *end = p + n;
	int kept = 0;
	bool any = false, seen_point = false;
	*d = (decimal){.minus = n && *p == '-'};
	if (n && (*p == '-' || *p == '+')) p++;
	for (; p < end; p++) {
		while (end - p >= 8 && kept <= 11 && eight_digits(p, &d->digits)) {
			kept += d->digits == 0 ? 0 : 8;
			d->exponent -= seen_point ? 8 : 0;
			any = true;
			p += 8;
		}
		if (p == end) break;
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

const uint64_t POW5[][2] = {
#include "pow5.inc"
};
_Static_assert(sizeof POW5 / sizeof *POW5 == MOST_POWER - LEAST_POWER + 1, "table");

/* w * 10^q as the nearest double, by a product of 128 bits (Eisel-Lemire). False where it cannot tell, and for
 * subnormal numbers. w is not 0. */
static bool eisel_lemire(uint64_t w, int64_t q, double *out) {
	if (q < LEAST_POWER || q > MOST_POWER) return false;
	int zeros = __builtin_clzll(w);
	w <<= zeros;
	const uint64_t *five = POW5[q - LEAST_POWER];
	unsigned __int128 product = (unsigned __int128)w * five[0];
	uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
	if ((high & 0x1ff) == 0x1ff) { /* the bits that round may yet change */
		uint64_t more = (uint64_t)(((unsigned __int128)w * five[1]) >> 64);
		low += more;
		high += low < more;
		if (low == UINT64_MAX && (q < -27 || q > 55)) return false;
	}
	int upper = (int)(high >> 63), shift = upper + 64 - 52 - 3;
	uint64_t mantissa = high >> shift;
	int64_t power = ((217706 * q) >> 16) + 63 + upper - zeros + 1023;
	if (power <= 0 || power >= 0x7ff) return false;
	if (low <= 1 && q >= -4 && q <= 23 && (mantissa & 3) == 1 && mantissa << shift == high)
		mantissa &= ~1ull; /* a tie */
	mantissa = (mantissa + (mantissa & 1)) >> 1;
	if (mantissa >= 2ull << 52) mantissa = 1ull << 52, power++;
	if (power >= 0x7ff) return false;
	uint64_t bits = (mantissa & ~(1ull << 52)) | (uint64_t)power << 52;
	memcpy(out, &bits, sizeof bits);
	return true;
}

bool float_scale(uint64_t digits, int64_t exponent, double *out) {
	*out = 0;
	return !digits || eisel_lemire(digits, exponent, out);
}

bool float_parse(const char *p, size_t n, char point, double *out) {
	decimal d;
	double v, above;
	if (!scan_decimal(p, n, point, &d)) return false;
	bool sure = float_scale(d.digits, d.exponent, &v);
	if (d.cut) sure = sure && float_scale(d.digits + 1, d.exponent, &above) && v == above;
	if (!sure) return slowly(p, n, point, out);
	*out = d.minus ? -v : v;
	return true;
}
