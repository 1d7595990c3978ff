#include "data/frame.h"

#include "base/fd.h"
#include "data/moment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void frame_free(frame *f) {
	if (!f) return;
	if (f->map) (void)munmap(f->map, f->size);
	close_fd(&f->fd);
	for (size_t i = 0; f->kept && i < FRAME_KEPT * f->ncols; i++) free(f->kept[i]);
	free(f->kept);
	notices_free(&f->notices);
	free(f->name);
	free(f->stem);
	free(f->cols);
	free(f->strings);
	free(f->profile_strings);
	free(f);
}

int frame_column(const frame *f, slice name) {
	for (size_t i = 0; i < f->ncols; i++)
		if (slice_eq(f->cols[i].name, name)) return (int)i;
	return -1;
}

const char *column_type_name(enum column_type t) {
	static const char *const NAMES[] = {
	    [COL_TEXT] = "text", [COL_INT] = "integer",       [COL_FLOAT] = "number",     [COL_BOOL] = "boolean",
	    [COL_DATE] = "date", [COL_DATETIME] = "datetime", [COL_DURATION] = "duration"};
	return NAMES[t];
}

/* The shortest of 15 and 17 digits that reads back the same. */
static void print_float(double v, buf *out) {
	char text[40];
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof text, "%.*g", digits, v);
		if (isnan(v) || strtod(text, NULL) == v) break;
	}
	buf_adds(out, text);
}

static void print_time(int64_t us, bool clock, bool utc, buf *out) {
	enum { US = 1000000 };
	int64_t day = 86400ll * US, days = us / day - (us % day < 0), rest = us - days * day, year;
	unsigned month, dom;
	date_of(days, &year, &month, &dom);
	buf_printf(out, "%04lld-%02u-%02u", (long long)year, month, dom);
	if (!clock) return;
	unsigned sec = (unsigned)(rest / US), sub = (unsigned)(rest % US);
	buf_printf(out, " %02u:%02u:%02u", sec / 3600, sec / 60 % 60, sec % 60);
	if (sub % 1000)
		buf_printf(out, ".%06u", sub);
	else if (sub)
		buf_printf(out, ".%03u", sub / 1000);
	if (utc) buf_addc(out, 'Z');
}

static void print_duration(int64_t us, buf *out) {
	enum { US = 1000000 };
	uint64_t v = us < 0 ? 0 - (uint64_t)us : (uint64_t)us, sec = v / US;
	unsigned sub = (unsigned)(v % US);
	buf_printf(out, "%s%llu:%02u:%02u", us < 0 ? "-" : "", (unsigned long long)(sec / 3600),
		   (unsigned)(sec / 60 % 60), (unsigned)(sec % 60));
	if (sub) buf_printf(out, ".%06u", sub);
}

void cell_print(const column *c, uint64_t row, buf *out) {
	if (cell_missing(c, row)) return;
	switch (c->type) {
	case COL_TEXT: buf_add(out, cell_text(c, row)); break;
	case COL_INT: buf_printf(out, "%lld", (long long)cell_int(c, row)); break;
	case COL_FLOAT: print_float(cell_float(c, row), out); break;
	case COL_BOOL: buf_adds(out, cell_bool(c, row) ? "true" : "false"); break;
	case COL_DATE: print_time(cell_int(c, row), false, false, out); break;
	case COL_DATETIME: print_time(cell_int(c, row), true, c->utc, out); break;
	case COL_DURATION: print_duration(cell_int(c, row), out); break;
	}
}
