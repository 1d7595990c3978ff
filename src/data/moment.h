/* Dates, times and durations as people and programs write them. Internal to src/data. */
#ifndef PLOTD_DATA_MOMENT_H
#define PLOTD_DATA_MOMENT_H

#include "base/slice.h"

#include <stdint.h>

enum moment_order { ORDER_DMY, ORDER_MDY, ORDER_YMD }; /* of numbers where no part shows by itself what it is */

typedef struct moment {
	int64_t us;       /* since 1970-01-01T00:00, of the wall clock, or UTC where `zone` */
	bool clock, zone; /* a time of day, an offset or Z was there */
	bool open;        /* the order decided: it could be read both ways */
	bool day_first;   /* it can only be read with the day first … */
	bool month_first; /* … with the month first */
	bool part;        /* a month, quarter or week: its first day is given */
	bool short_year;  /* two digits: 69 to 99 are 1969 to 1999 (POSIX strptime) */
	char mark;        /* the first separator between numbers */
} moment;

/* YYYY-MM-DD, then maybe T or a space, HH:MM[:SS[.f…]], Z or an offset; nothing else. */
bool moment_iso(const char *p, size_t n, moment *out);
enum { MOMENT_LONGEST = 80 }; /* bytes: Wed Jan 31 2024 10:00:00 GMT+0100 (Central European Standard Time) */
/* Any date, date-time, month, quarter or week. Digits alone (202405, 20240501, 20240501130000) only with `compact`. */
bool moment_parse(slice cell, enum moment_order order, bool compact, moment *out);
/* 1:23:45, 26:10, 3 days 02:00:00, 1h 30m, PT1H30M, 90 min, 250 ms; microseconds. */
bool duration_parse(slice cell, int64_t *us);
/* A time of day alone: 08:30, 8:30 pm, 23:59:59.5. */
bool is_clock(slice cell);
/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date
 * algorithms", 2013), and back. */
int64_t days_of(int64_t year, unsigned month, unsigned day);
void date_of(int64_t days, int64_t *year, unsigned *month, unsigned *day);

#endif
