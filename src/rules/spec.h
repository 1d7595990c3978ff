/* A chart specification: what to draw, before any code is written. The rules
 * make one out of a question, small models fill one in as JSON, and
 * spec_write_code turns either into Python. Columns are indexes into a frame,
 * so that a specification that exists names nothing that is not there. */
#ifndef PLOTD_RULES_SPEC_H
#define PLOTD_RULES_SPEC_H

#include "data/frame.h"

enum chart {
	CHART_BAR,
	CHART_LINE,
	CHART_AREA,
	CHART_SCATTER,
	CHART_HISTOGRAM,
	CHART_BOX,
	CHART_VIOLIN,
	CHART_PIE,
	CHART_HEATMAP, /* y[0] over x and color; without x the correlations of all numbers */
	CHART_NUMBER,  /* one value in large type */
	CHART_TABLE,   /* the rows themselves */
	CHART_COUNT
};

enum aggregate { AGG_NONE, AGG_COUNT, AGG_DISTINCT, AGG_SUM, AGG_MEAN, AGG_MEDIAN, AGG_MIN, AGG_MAX, AGG_TOTAL };

/* Into what the values of x are put together before they are grouped. */
enum bin {
	BIN_NONE,
	BIN_YEAR,
	BIN_QUARTER,
	BIN_MONTH, /* months of years: 2024-03 */
	BIN_WEEK,
	BIN_DAY,
	BIN_HOUR,       /* of the day, 0 to 23 */
	BIN_WEEKDAY,    /* Mon to Sun */
	BIN_MONTH_NAME, /* Jan to Dec over all years */
	BIN_DECADE,
	BIN_RANGES, /* about ten equal ranges of a number, or spans of years of a date */
	BIN_TOTAL
};

/* What is made of the aggregated values. */
enum derive { DERIVE_NONE, DERIVE_SHARE, DERIVE_CUMULATIVE, DERIVE_GROWTH, DERIVE_TOTAL };
enum arrange { ARRANGE_AUTO, ARRANGE_STACK, ARRANGE_GROUP, ARRANGE_PERCENT, ARRANGE_TOTAL };
enum order_key { ORDER_NONE, ORDER_X, ORDER_Y, ORDER_COLUMN, ORDER_TOTAL };

enum filter_op {
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_BETWEEN, /* both ends belong to it */
	OP_CONTAINS,
	OP_STARTS,
	OP_ENDS,
	OP_MISSING,
	OP_PRESENT,
	OP_YEAR, /* a time in the year given */
	OP_TOTAL
};

enum { SPEC_PANELS = 8, SPEC_MEASURES = 8, SPEC_FILTERS = 6, SPEC_VALUES = 8, SPEC_TITLE = 200, SPEC_THINGS = 40 };

typedef struct measure {
	int column; /* -1: rows (AGG_COUNT) */
	enum aggregate how;
} measure;

typedef struct filter {
	int column;
	enum filter_op op;
	slice values[SPEC_VALUES]; /* as text; several mean any of them; BETWEEN takes two. Borrowed. */
	size_t nvalues;
	bool negate;        /* the rows that do not: CONTAINS, STARTS, ENDS */
	enum aggregate how; /* not AGG_NONE: of each group's values ("whose average is above …") */
	bool or_next;       /* joined to the next filter by "or"; else by "and" */
} filter;

typedef struct panel {
	size_t frame; /* index of the frame */
	enum chart chart;
	int x, color; /* columns, -1 for none */
	enum bin bin;
	measure y[SPEC_MEASURES]; /* SCATTER with two: a point for each x, y[0] across and y[1] up */
	size_t ny;
	enum derive derive;
	enum arrange arrange;
	enum order_key order;
	int order_column; /* ORDER_COLUMN */
	bool descending;
	uint32_t limit; /* the first so many after ordering; 0: all */
	bool horizontal;
	enum bin color_bin; /* color is x, put together another way: hours of weekdays */
	bool along; /* LINE: the columns that are named by years are one measure that runs along them; no x, no y */
	filter filters[SPEC_FILTERS];
	size_t nfilters;
	char
	    things[SPEC_THINGS]; /* what the rows are that are counted, "orders"; "" where the question does not tell */
	char title[SPEC_TITLE];  /* UTF-8; "" for one made of the rest */
} panel;

typedef struct spec {
	panel panels[SPEC_PANELS];
	size_t n;
	char *texts; /* what slices point into when they came from JSON; owned, NULL otherwise */
} spec;
#define cleanup_spec __attribute__((cleanup(spec_free)))
void spec_free(spec *s);

/* A panel with nothing chosen yet. */
panel panel_empty(size_t frame);

/* The rules' own reading of the question: always at least one panel. What was
 * assumed goes to `n`. The spec borrows question and frames. */
void spec_read(slice question, frame *const *frames, size_t nframes, spec *s, notices *n);

/* From JSON text, as the schema below tells. Columns by exact name, then by
 * case; a name that is not there is an error that lists the nearest ones.
 * ERR_MODEL_REPLY with a sentence a model can act on; *s is empty then. */
bool spec_parse(slice json, frame *const *frames, size_t nframes, spec *s, err *e);
/* The specification as JSON text that spec_parse reads back. */
void spec_json(const spec *s, frame *const *frames, buf *out);
/* JSON Schema (2020-12) of what spec_parse reads, with the frames' and columns' names as
 * enumerations, for servers that constrain a model's output. */
void spec_schema(frame *const *frames, size_t nframes, buf *out);

/* Readable Python that leaves `fig`, or `figs` where there are several panels. */
void spec_write_code(const spec *s, frame *const *frames, buf *code, notices *n);
/* A heading for the panel: its own, else one made of its columns. */
void spec_title(const panel *p, const frame *f, buf *out);

#endif
