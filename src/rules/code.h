/* From specification to Python. Internal to the rules. */
#ifndef PLOTD_RULES_CODE_H
#define PLOTD_RULES_CODE_H

#include "rules/spec.h"

enum { CODE_NAME = 200 };

/* The code of one panel while it is written. Names are those that the columns
 * have in `table`: they are also what the axes say. */
typedef struct writer {
	buf *out;
	const panel *p;
	const frame *f;
	const char *frame_name; /* df, or the stem */
	notices *n;
	const char *table; /* the variable that is drawn: df, data, table */
	char x[CODE_NAME]; /* "" for none */
	char color[CODE_NAME];
	char y[SPEC_MEASURES][CODE_NAME];
	char title[CODE_NAME];
	bool grouped;  /* rows were put together */
	bool category; /* x is drawn as separate categories, in the order that was made */
	bool ordered;  /* `order` holds the categories */
} writer;

/* Lines of Python. The format knows %s, %d, %u, %zu, and %Q: a text quoted for Python. */
void line(writer *w, const char *format, ...);
/* A piece of a line, without indent or line end. */
void piece(writer *w, const char *format, ...);

typedef struct duration_scale {
	const char *name; /* "minutes" */
	unsigned seconds;
} duration_scale;
/* The unit that the durations of a column are drawn in. */
const duration_scale *duration_unit(const column *c);

/* "pet_age" is "Pet age"; with its unit, if it has one. */
void column_title(const column *c, buf *out);
/* The same for what bars stand on, where durations are written out. */
void axis_title(const panel *p, const column *c, buf *out);
/* "Average salary", "Number of films". */
void measure_title(const panel *p, const frame *f, measure m, bool with_unit, buf *out);
const char *aggregate_title(enum aggregate how); /* "Average " */
const char *column_unit(const column *c);        /* "%", "cm", "minutes"; "" for none */
const char *bin_title(enum bin b);               /* "Year" */
void set_text(char to[CODE_NAME], const buf *from);

/* The rows that the conditions leave, in `data`. */
void write_filters(writer *w);
/* Those of whole groups, once x is there. */
void write_group_filters(writer *w);
/* Parts of time, groups, order: leaves `table`. */
void write_flags(writer *w);
void write_durations(writer *w);
void write_clock(writer *w);
void write_bin(writer *w);
void write_groups(writer *w);
void write_order(writer *w);
/* The order of weekdays and months that times were put together by, as a Python list; NULL for other parts. */
const char *fixed_order(enum bin b);
/* The cells of a column in an order that people keep (weekdays, months, steps of a scale), as a Python list. */
bool word_order(const frame *f, const column *c, buf *list);
/* A figure of columns named by years, in `fig`. */
void write_along(writer *w);
/* The figure, in `fig`. */
void write_chart(writer *w);
/* Whether x is a point in time on the axis, after binning. */
bool x_is_time(const writer *w);

#endif
