/* A frame: one CSV file as typed columns, with what the reader assumed and what
 * it saw. Immutable once made; may be shared by threads.
 *
 * Storage: the columns' values lie in one sealed memfd, laid out as
 * data/layout.h says (Arrow's columnar format), so that the runner maps what
 * the reader wrote: nothing is parsed or copied twice. A frame owns the memfd,
 * its mapping and everything that hangs on it; frame_free frees all. A frame
 * that no code will see may be read `unsealed`: its values stay in the memory
 * that they were read into, which saves a copy, and a column of few texts has
 * each of them once and a code a row. */
#ifndef PLOTD_DATA_FRAME_H
#define PLOTD_DATA_FRAME_H

#include "base/notice.h"
#include "base/wait.h"
#include "data/profile.h"

enum column_type { COL_TEXT, COL_INT, COL_FLOAT, COL_BOOL, COL_DATE, COL_DATETIME, COL_DURATION };

typedef struct column {
	slice name;  /* unique in the frame, what code uses; never empty; UTF-8 */
	slice label; /* as it stood in the file; may be empty or repeated */
	enum column_type type;
	uint64_t nulls;       /* missing values */
	const uint8_t *valid; /* Arrow validity bitmap, bit 1 = there; NULL when nulls is 0 */
	/* By type, `rows` values each; a missing one is 0 (text: empty):
	 * INT, DATE, DATETIME, DURATION: int64 (dates as microseconds since
	 * 1970-01-01T00:00 — UTC where `utc`, else of the wall clock; durations in
	 * microseconds). FLOAT: double. BOOL: bits. TEXT: int64 offsets into
	 * `bytes`, one more than `texts`: cell_text. */
	const void *values;
	const char *bytes;     /* TEXT only, as what follows */
	uint64_t texts;        /* rows (Arrow large_utf8); with codes, the distinct ones and an empty one */
	const uint16_t *codes; /* of each row its text, 0 where it is missing; or NULL: a text a row */
	bool utc;              /* DATETIME only: the file gave zones, values are UTC */
	column_profile profile;
} column;

/* What the reader took the file to be. Zero characters mean none. */
typedef struct dialect {
	char delimiter[4];                       /* one to three bytes, NUL-terminated */
	char quote, escape;                      /* escape: 0 when quotes are doubled */
	const char *encoding;                    /* IANA name, static */
	uint32_t header_rows;                    /* 0: none, names are column_1, column_2, … */
	uint64_t preamble_lines, footnote_lines; /* skipped above and below the table */
	char decimal;                            /* '.' or ',' */
} dialect;

enum { FRAME_KEPT = 4, FRAME_LARGE = 4 << 20 }; /* large: bytes of text that several threads read */

typedef struct frame {
	char *name; /* file name as sent, made safe for messages: "sales.csv" */
	char *stem; /* identifier for code: "sales"; unique only within frames_read */
	uint64_t rows, bytes_read;
	size_t ncols;
	column *cols;
	dialect dialect;
	notices notices;       /* what was assumed, dropped, coerced */
	int fd;                /* sealed memfd, layout.h; -1 when unsealed */
	size_t size;           /* bytes of it */
	void *map;             /* its read-only mapping */
	void **kept;           /* unsealed: the columns' memory, FRAME_KEPT pieces each */
	char *strings;         /* arena of names and labels */
	char *profile_strings; /* arena of profile.c, or NULL */
} frame;

typedef struct read_options {
	const char *name;   /* file name for messages and stem; required */
	const char *stem;   /* what code is to know the table as; NULL: as the file's name gives */
	const char *schema; /* schema JSON text, already checked to be an object, or NULL */
	uint64_t cells_max; /* 0: no bound beyond memory */
	bool missing_9999;  /* treat 9999-like sentinels as missing (only when told) */
	unsigned threads;   /* 0 and 1: one */
	bool no_profile;    /* leave the columns' profiles empty */
	bool unsealed;      /* no memory file: the frame is for this process alone */
} read_options;

/* Reads CSV text (any supported encoding or compression) to a frame that the
 * caller frees. `text` is borrowed for the call. Errors: ERR_CSV_* with file,
 * line, column; ERR_CANCELLED, ERR_DEADLINE, ERR_MEMORY. */
frame *frame_read(slice text, const read_options *o, const cancel *c, deadline d, err *e);
void frame_free(frame *f);
static inline void frame_freep(frame **f) {
	frame_free(*f);
	*f = NULL;
}
#define cleanup_frame __attribute__((cleanup(frame_freep)))

/* One of several files, borrowed. */
typedef struct frame_file {
	slice name; /* as it was sent */
	slice text; /* the bytes: a mapping of a memfd or a file */
} frame_file;

/* Reads n files to as many frames, in order, whose stems are unique then (sales, sales_2), with a notice where one was
 * changed. The options' name is not asked. False, with no frame left, and the error of the first file that has one. */
bool frames_read(const frame_file *files, size_t n, const read_options *o, frame **out, const cancel *c, deadline d,
		 err *e);

/* Column by name: exact, or -1. */
int frame_column(const frame *f, slice name);
static inline bool cell_missing(const column *c, uint64_t row) {
	return c->valid && !(c->valid[row >> 3] >> (row & 7) & 1);
}
static inline int64_t cell_int(const column *c, uint64_t row) {
	return ((const int64_t *)c->values)[row];
}
static inline double cell_float(const column *c, uint64_t row) {
	return ((const double *)c->values)[row];
}
static inline bool cell_bool(const column *c, uint64_t row) {
	return ((const uint8_t *)c->values)[row >> 3] >> (row & 7) & 1;
}
static inline slice cell_text(const column *c, uint64_t row) {
	const int64_t *at = (const int64_t *)c->values + (c->codes ? c->codes[row] : row);
	return (slice){c->bytes + at[0], (size_t)(at[1] - at[0])};
}
/* Any cell as text for people: 3.5, true, 2024-05-01, 2024-05-01 13:00:00; missing as "". */
void cell_print(const column *c, uint64_t row, buf *out);

const char *
column_type_name(enum column_type t); /* "text", "integer", "number", "boolean", "date", "datetime", "duration" */

/* `plotd read`: the file as clean CSV (comma, ", LF, UTF-8, header when the
 * file has one), cells' text as it stood. Writes to the stream-like sink;
 * notices tell what was assumed. */
typedef bool csv_sink(void *context, slice part, err *e);
enum clean_form { CLEAN_CSV, CLEAN_TYPED_CSV, CLEAN_JSON_LINES };
bool csv_clean(slice text, const read_options *o, enum clean_form form, csv_sink *sink, void *context, notices *n,
	       const cancel *c, deadline d, err *e);

#endif
