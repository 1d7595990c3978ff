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

#endif
