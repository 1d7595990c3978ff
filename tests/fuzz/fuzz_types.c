/* Cells as numbers, times and durations; float_parse against strtod, the fast readers against the general ones. */
#include "data/float.h"
#include "data/infer.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition)) abort();                                                                             \
	} while (0)

static void as_float(const char *p, size_t n) {
	char text[256], *end;
	double mine, theirs;
	if (n >= sizeof text || !float_parse(p, n, '.', &mine)) return;
	memcpy(text, p, n);
	text[n] = '\0';
	theirs = strtod(text, &end);
	MUST(end == text + n && memcmp(&mine, &theirs, sizeof mine) == 0);
}

static void as_time(slice cell) {
	moment iso, m;
	int64_t us;
	for (enum moment_order order = ORDER_DMY; order <= ORDER_YMD; order++)
		for (int compact = 0; compact < 2; compact++) {
			bool any = moment_parse(cell, order, compact, &m);
			if (moment_iso(cell.p, cell.n, &iso)) MUST(any && m.us == iso.us);
		}
	(void)duration_parse(cell, &us);
	(void)is_clock(cell);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const number_format FORMATS[] = {{'.', 0}, {'.', ','}, {',', '.'}, {',', ' '}, {'.', '\''}};
	slice cells[64], rest = {(const char *)data, size};
	size_t n = 0;
	while (rest.n && n < 64) {
		size_t end = slice_find(rest, '\n');
		cells[n] = slice_sub(rest, 0, end);
		as_float(cells[n].p, cells[n].n);
		as_time(cells[n]);
		for (size_t k = 0; k < sizeof FORMATS / sizeof *FORMATS; k++) {
			number v;
			if (number_rich(cells[n], &FORMATS[k], &v)) MUST(!isnan(v.f));
		}
		n++;
		rest = slice_sub(rest, end + 1, rest.n);
	}
	(void)infer_column(cells, n, SLICE("duration"), size & 1);
	return 0;
}
