/* Names of months and weekdays in the languages that files come in. Internal to src/data. */
#ifndef PLOTD_DATA_MONTHS_H
#define PLOTD_DATA_MONTHS_H

#include "base/slice.h"

/* The month 1 to 12 whose name or abbreviation `s` starts with, and the bytes
 * of it with a point after an abbreviation; 0 when none does. Case is ignored. */
unsigned month_named(slice s, size_t *bytes);
/* Bytes of a weekday's name or abbreviation at the start of `s`, or 0. */
size_t weekday_at(slice s);

#endif
