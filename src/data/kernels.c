/* The kernels by kind, and those of dates and of yes and no. What a cell may hold beyond its plainest form goes back to
 * builder.c. */
#include "data/kernel_cells.h"

enum { US = 1000000 };

static void mark_slowly(builder *b, size_t n) {
	size_t need = (b->rows + n + 7) / 8, more = need > b->bits.n ? need - b->bits.n : 0;
	char *to = builder_room(b, &b->bits, more);
	if (!to) return;
	memset(to, 0, more);
	b->bits.n += more;
	for (size_t i = 0; i < n; i++) {
		uint64_t row = b->rows + i;
		if (row % 8 == 0 && n - i >= 8) {
			size_t bytes = (n - i) / 8;
			memset(b->bits.p + row / 8, 0xff, bytes);
			i += bytes * 8 - 1;
		} else {
			b->bits.p[row / 8] = (char)(b->bits.p[row / 8] | 1 << (row & 7));
		}
	}
}

void builder_mark_run(builder *b, size_t n) {
	if (b->nulls && n) mark_slowly(b, n);
	b->rows += n;
}

/* Each byte with the one behind it as a number of two digits: of 2024 bytes 0 and 2 are 20 and 24. */
static inline uint64_t pairs_of(uint64_t v) {
	return v * 10 + (v >> 8);
}

static inline unsigned byte_at(uint64_t v, unsigned i) {
	return (unsigned)(v >> (8 * i)) & 0xff;
}

/* Days before the year since 1 January of the year 0 (Gregorian), from its century and the year in it. */
static inline unsigned days_before(unsigned century, unsigned year) {
	unsigned begun =
	    century + (year > 0); /* centuries: the first year of each has a leap day only where 4 divide it */
	return century * (36500 + 25) + year * 365 + (year + 3) / 4 - begun + (begun + 3) / 4;
}

/* YYYY-MM-DD as days since 1970. */
static inline bool fast_date(const char *p, int64_t *days) {
	static const uint16_t BEFORE[2][14] = {{0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
					       {0, 0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366}};
	enum { DAYS_TO_1970 = 719528 };
	uint64_t a = load_digits(p), z = load_digits(p + 2); /* YYYY-MM- and YY-MM-DD */
	uint64_t digits = (a & 0x00000000ffffffffu) | (a >> 8 & 0x0000ffff00000000u) | (z & 0xffff000000000000u);
	if ((a & 0xff0000ff00000000u) != 0x1d00001d00000000u || !all_digits(digits)) return false;
	uint64_t v = pairs_of(digits);
	unsigned century = byte_at(v, 0), year = byte_at(v, 2), month = byte_at(v, 4), day = byte_at(v, 6);
	unsigned leap = (year ? year : century) % 4 == 0;
	if (!(uint32_t)digits || month < 1 || month > 12) return false; /* there is no year 0 */
	const uint16_t *start = &BEFORE[leap][month];
	*days = (int64_t)(days_before(century, year) + start[0] + day - 1) - DAYS_TO_1970;
	return day >= 1 && day <= (unsigned)(start[1] - start[0]);
}

static inline bool fast_clock(const char *p, int64_t *us) {
	uint64_t v = load_digits(p); /* HH:MM:SS */
	if ((v & 0x0000ff0000ff0000u) != 0x00000a00000a0000u || !all_digits(v & 0xffff00ffff00ffffu)) return false;
	v = pairs_of(v);
	unsigned h = byte_at(v, 0), m = byte_at(v, 3), s = byte_at(v, 6);
	*us = (int64_t)(h * 3600 + m * 60 + s) * US;
	return h < 24 && m < 60 && s < 60;
}

static size_t kernel_time(builder *b, const batch *from, size_t k, size_t i) {
	int64_t *out = (int64_t *)(void *)(b->values.p + b->values.n);
	FOR_CELLS
	int64_t days, us = 0;
	(void)safe;
	if ((n != 10 && n != 19) || !fast_date(p, &days)) break;
	if (n == 19 && ((p[10] != ' ' && p[10] != 'T') || !fast_clock(p + 11, &us))) break;
	b->clocks += n == 19;
	*out++ = days * 86400 * US + us;
}
kernel_done(b, i - start);
return i;
}

/* Cells like one of the two that were last read as yes and as no. */
static size_t kernel_bool(builder *b, const batch *from, size_t k, size_t i) {
	int64_t *out = (int64_t *)(void *)(b->values.p + b->values.n);
	const char *stop = from->text.p + from->text.n;
	const uint64_t no = b->words[0], yes = b->words[1];
	FOR_CELLS(void) safe;
	if (!n || (c.len & ~CELL_QUOTED) > BOOL_LONGEST || stop - p < 8) break;
	uint64_t key = (load(p) & ((1ull << 8 * n) - 1)) | (uint64_t)n << 56;
	if ((key != no) & (key != yes)) break; /* no branch on which: it is as random as the cells are */
	*out++ = key == yes;
}
kernel_done(b, i - start);
return i;
}

static size_t kernel_none(builder *b, const batch *from, size_t k, size_t i) {
	(void)b, (void)from, (void)k;
	return i;
}

kernel *const KERNELS[] = {
    [KIND_EMPTY] = kernel_none, [KIND_TEXT] = kernel_text, [KIND_INT] = kernel_int,   [KIND_FLOAT] = kernel_float,
    [KIND_RICH] = kernel_none,  [KIND_BOOL] = kernel_bool, [KIND_TIME] = kernel_time, [KIND_DURATION] = kernel_none};
