/* Decimal text to the nearest double. Internal to src/data. */
#ifndef PLOTD_DATA_FLOAT_H
#define PLOTD_DATA_FLOAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* [+-]?(digits[.digits*]|.digits)([eE][+-]?digits)?, all n bytes, with `point` as decimal mark; false for anything
 * else. Rounded to nearest, ties to even, as strtod does; beyond the range infinity or zero. */
bool float_parse(const char *p, size_t n, char point, double *out);
/* digits * 10^exponent, rounded so; false where that takes more than 128 bits. */
bool float_scale(uint64_t digits, int64_t exponent, double *out);

enum { LEAST_POWER = -342, MOST_POWER = 308 };
/* The first 128 bits of 5^q, from the least power on. */
extern const uint64_t POW5[MOST_POWER - LEAST_POWER + 1][2];

/* As float_scale for a division by 10^5 to 10^27, inline and without what only other powers need (see float.c); false
 * more often. */
static inline bool float_divide(uint64_t digits, unsigned tens, double *out) {
	if (!digits || tens < 5 || tens > 27) return false;
	int zeros = __builtin_clzll(digits), power = -(int)tens;
	uint64_t high = (uint64_t)(((unsigned __int128)(digits << zeros) * POW5[power - LEAST_POWER][0]) >> 64);
	if ((high & 0x1ff) == 0x1ff) return false;
	unsigned upper = (unsigned)(high >> 63);
	uint64_t mantissa = high >> (upper + 9);
	int64_t exponent = ((217706 * power) >> 16) + 63 + (int)upper - zeros + 1023;
	uint64_t bits = ((uint64_t)(exponent - 1) << 52) + ((mantissa + (mantissa & 1)) >> 1);
	__builtin_memcpy(out, &bits, sizeof bits);
	return true;
}

#endif
