#include "data/profile_scan.h"

/* Microseconds of each unit below a day. */
static const struct {
	int64_t us;
	enum time_unit unit;
} PARTS[] = {{86400000000, UNIT_DAY}, {3600000000, UNIT_HOUR}, {60000000, UNIT_MINUTE}, {1000000, UNIT_SECOND}};

/* Month (0 to 11) and day of the month (1 to 31) of a day since 1970-01-01:
 * Hinnant, "chrono-compatible low-level date algorithms". */
static void month_day(int64_t days, int *month, int *day) {
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097, yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 2 : mp - 10);
}

static bool holds(enum time_unit unit, int64_t us) {
	if (unit >= UNIT_DAY) {
		for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
			if (PARTS[i].unit == unit) return us % PARTS[i].us == 0;
		return true;
	}
	int month, day;
	if (us % PARTS[0].us) return false;
	month_day(us / PARTS[0].us, &month, &day);
	return day == 1 && (unit == UNIT_MONTH || (unit == UNIT_QUARTER && month % 3 == 0) || month == 0);
}

enum time_unit scan_time_unit(const frame *f, const column *col) {
	enum time_unit unit = UNIT_YEAR;
	enum time_unit least = col->type == COL_DATE ? UNIT_DAY : UNIT_SUB;
	for (uint64_t row = 0; row < f->rows && unit < least; row++) {
		if (cell_missing(col, row)) continue;
		while (unit < least && !holds(unit, cell_int(col, row))) {
			unit++;
			if (unit == UNIT_WEEK) unit++; /* weeks have no day that all agree on */
		}
	}
	return unit;
}
