/* From bytes to a frame, in the order in which it is told here. */
#include "data/builder.h"
#include "data/frame.h"
#include "data/layout.h"
#include "data/names.h"
#include "data/pipeline.h"
#include "data/profile_internal.h"
#include "data/schema.h"
#include "data/seal.h"
#include "data/source.h"

#include "base/fd.h"
#include "base/zeroed.h"

#include <stdlib.h>

enum { SAMPLE_CELLS = 200000, SAMPLE_ROWS = 500, PASSES = 4 };

/* What one call of frame_read works on. */
typedef struct job {
	const read_options *options;
	const cancel *cancel;
	deadline deadline;
	source source;
	table table;
	outline outline; /* by which the table was found; empty after the first sweep's start */
	frame *frame;
	builder *columns;
	bool whole; /* outline all of the text: its head and tail did not tell the truth */
	bool doubt; /* too many rows had another width */
} job;

static void drop_builders(job *j) {
	for (size_t i = 0; j->columns && j->frame && i < j->frame->ncols; i++) builder_free(&j->columns[i]);
	free(j->columns);
	j->columns = NULL;
}

static void job_free(job *j) {
	drop_builders(j);
	outline_free(&j->outline);
	source_free(&j->source);
	frame_free(j->frame);
}
#define cleanup_job __attribute__((cleanup(job_free)))

static bool take_stem(frame *f, const char *stem) {
	if (!stem || strcmp(stem, f->stem) == 0) return true;
	free(f->stem);
	f->stem = slice_dup(slice_of(stem));
	if (f->stem) notice(&f->notices, "%s is a second table of that name; code knows it as `%s`.", f->name, f->stem);
	return f->stem != NULL;
}

static bool start(job *j, err *e) {
	j->frame = zeroed(1, sizeof *j->frame);
	if (!j->frame) return err_set(e, ERR_MEMORY, "out of memory while reading a file");
	j->frame->fd = -1;
	if (file_names(j->options->name, &j->frame->name, &j->frame->stem) && take_stem(j->frame, j->options->stem))
		return true;
	return err_set(e, ERR_MEMORY, "out of memory while reading a file");
}

static void tell_dialect(job *j) {
	frame *f = j->frame;
	const table *t = &j->table;
	f->dialect = (dialect){
	    .quote = t->syntax.quote, .escape = t->syntax.escape, .encoding = j->source.encoding, .decimal = '.'};
	memcpy(f->dialect.delimiter, t->syntax.delimiter, t->syntax.ndelimiter);
	f->dialect.header_rows = t->header_rows;
	f->dialect.preamble_lines = t->preamble_lines, f->dialect.footnote_lines = t->footnote_lines;
	table_tell(t, f->name, &f->notices);
}

static bool find_table(job *j, err *e) {
	frame *f = j->frame;
	const table *t = &j->table;
	if (!table_find(j->source.text, f->name, j->whole, &j->table, &j->outline, &f->notices, j->cancel, j->deadline,
			e))
		return false;
	if (t->width > LAYOUT_MAX_COLUMNS)
		return err_set(e, ERR_CSV_LIMIT, "%s has %zu columns; at most %d are read", f->name, t->width,
			       LAYOUT_MAX_COLUMNS);
	if (t->body >= t->end) return err_set(e, ERR_CSV_EMPTY, "%s has a header but no rows", f->name);
	tell_dialect(j);
	return true;
}

static bool name_columns(job *j, err *e) {
	frame *f = j->frame;
	cleanup_buf buf arena = BUF_INIT(256 << 20);
	cleanup_free slice *labels = zeroed(j->table.width + 1, sizeof *labels);
	f->ncols = j->table.width;
	f->cols = zeroed(f->ncols + 1, sizeof *f->cols);
	j->columns = zeroed(f->ncols + 1, sizeof *j->columns);
	if (!labels || !f->cols || !j->columns) return err_set(e, ERR_MEMORY, "out of memory while reading a file");
	return labels_read(j->source.text, &j->table, false, labels, &arena, e) &&
	       names_make(f, labels, &f->notices, e);
}

/* Rows that the table will have, from those of the first batch and a tenth more. */
static void expect_rows(job *j, const batch *b, const reader *r, unsigned pass) {
	size_t read = r->at - j->table.body, left = j->table.end - r->at;
	uint64_t rows = left < 1 << 20 || !read
			    ? b->rows
			    : b->rows + (uint64_t)((double)left / (double)read * (double)b->rows * 1.1);
	for (size_t k = 0; k < b->width; k++)
		if (!pass || j->columns[k].again) builder_expect(&j->columns[k], rows);
}

/* A table that changes where its head and tail did not show it. */
static bool is_doubtful(const job *j, const reader *r, uint64_t rows) {
	enum { FEW = 50, ONE_IN = 20, WHOLE_MAX = 256 << 20 };
	return !j->table.whole && j->source.text.n <= WHOLE_MAX && r->shorter.n + r->longer.n > FEW + rows / ONE_IN;
}

/* One sweep over the rows: batches are read into a ring, and the columns filled from it (pipeline.c). */
typedef struct sweep {
	job *job;
	unsigned pass;
	reader reader;
	batch batch[PLACES_MAX];
	pipeline line; /* lane 0 looks at the text, each other fills a run of columns; one lane alone does both */
	uint64_t rows;
	atomic_bool full;    /* memory is out */
	atomic_bool misread; /* the text is not what it was taken for */
	err *e;              /* of reading */
} sweep;

static void sweep_free(sweep *p) {
	reader_close(&p->reader);
	for (size_t i = 0; i < p->line.places; i++) batch_free(&p->batch[i]);
}
#define cleanup_sweep __attribute__((cleanup(sweep_free)))

static size_t at_most(size_t n, size_t most) {
	return n < most ? n : most;
}

static bool read_next(void *context, size_t place);
static void take_batch(void *context, size_t place, size_t lane);

static void sweep_start(sweep *p) {
	enum { A_PLACE = 2 << 20 };
	const job *j = p->job;
	size_t threads = j->table.end > FRAME_LARGE ? j->options->threads : 1;
	p->line =
	    (pipeline){.read = read_next, .take = take_batch, .context = p, .threads = 1, .lanes = 1, .places = 1};
	if (threads > 1) {
		p->line.threads = threads;
		p->line.lanes = 1 + at_most(j->table.width, LANES_MAX - 1);
		p->line.places = at_most(2 + j->table.end / A_PLACE, PLACES_MAX);
	}
	reader_open(&p->reader, j->source.text, &j->table);
	p->reader.strict = true;
}

/* The first has the index, which goes round with the reading. */
static bool batches_init(sweep *p) {
	enum { NO_INDEX = -1 };
	for (size_t i = 0; i < p->line.places; i++)
		if (!batch_init(&p->batch[i], &p->job->table, i ? NO_INDEX : SCAN_BEST, p->e)) return false;
	return true;
}

/* With the first batch, which is the outline's where that holds all rows and none is in doubt. */
static bool sweep_open(sweep *p) {
	job *j = p->job;
	if (!still_wanted(j->cancel, j->deadline, p->e)) return false;
	sweep_start(p);
	bool taken = batch_take_outline(&p->batch[0], &p->reader, &j->outline);
	outline_free(&j->outline);
	return taken || (batches_init(p) && batch_read(&p->batch[0], &p->reader, p->e));
}

/* Whether the batch just read may go to the columns. */
static bool count_rows(sweep *p, const batch *b) {
	const job *j = p->job;
	uint64_t most = j->options->cells_max;
	if (!b->rows || !still_wanted(j->cancel, j->deadline, p->e)) return false;
	p->rows += b->rows;
	if (!most || p->rows * b->width <= most) return true;
	return err_set(p->e, ERR_CSV_LIMIT, "%s has more than %llu cells", j->frame->name, (unsigned long long)most);
}

static bool read_next(void *context, size_t place) {
	sweep *p = context;
	batch *b = &p->batch[place], *last = &p->batch[(place ? place : p->line.places) - 1];
	if (atomic_load(&p->full) || atomic_load(&p->misread)) return false;
	if (b != last) batch_take_over(b, last);
	return batch_read(b, &p->reader, p->e) && count_rows(p, b);
}

/* With more threads, beyond what is being read: its pages are mapped then, and reading, for which all others may have
 * to wait, finds it in a cache. One thread has just read what it looks at. */
static void look_at_text(sweep *p, const batch *b) {
	enum { AHEAD = 512 << 10 };
	size_t to = p->line.threads > 1 ? at_most(b->base + AHEAD, b->text.n) : p->reader.at;
	if (!atomic_load(&p->misread) && !source_stands(&p->job->source, to)) atomic_store(&p->misread, true);
}

static void fill_columns(sweep *p, const batch *b, size_t from, size_t to) {
	for (size_t k = from; k < to; k++) {
		builder *c = &p->job->columns[k];
		if (p->pass && !c->again) continue;
		builder_add(c, b, k);
		if (c->failed) atomic_store(&p->full, true);
	}
}

static void take_batch(void *context, size_t place, size_t lane) {
	sweep *p = context;
	const batch *b = &p->batch[place];
	size_t runs = p->line.lanes - 1;
	if (!lane) look_at_text(p, b);
	if (!runs)
		fill_columns(p, b, 0, b->width);
	else if (lane)
		fill_columns(p, b, (lane - 1) * b->width / runs, lane * b->width / runs);
}

static bool first_batch(sweep *p) {
	if (!count_rows(p, &p->batch[0])) return false;
	expect_rows(p->job, &p->batch[0], &p->reader, p->pass);
	return true;
}

static bool read_batches(sweep *p) {
	job *j = p->job;
	if (p->batch[0].rows) {
		if (!first_batch(p)) return false;
		pipeline_run(&p->line, 1);
	}
	if (atomic_load(&p->full)) return err_set(p->e, ERR_MEMORY, "out of memory: %s is too large", j->frame->name);
	if (atomic_load(&p->misread)) /* frame_read starts anew */
		return err_set(p->e, ERR_CSV_ENCODING, "%s is not in UTF-8", j->frame->name);
	j->frame->rows = p->rows;
	return p->e->code == ERR_NONE;
}

/* Reads all rows into the columns that ask for it. */
static bool read_again(job *j, unsigned pass, err *e) {
	cleanup_sweep sweep p = {.job = j, .pass = pass, .e = e};
	return sweep_open(&p) && read_batches(&p);
}

enum { DECODED_MOST = 1 << 20 };

/* The cells of the columns whose type is not known yet, column after column, decoded where need be. */
typedef struct sample {
	slice *cells;
	size_t rows, rows_max;
	buf decoded; /* one block that never moves: cells point into it */
} sample;

/* False when enough is known, or memory is out. */
static bool decode(sample *s, const syntax *with, slice *cell, uint32_t flags) {
	bool first = !s->decoded.p;
	if (s->decoded.n + cell->n > DECODED_MOST || (first && !buf_reserve(&s->decoded, DECODED_MOST))) return false;
	size_t from = s->decoded.n;
	cell_decode(with, *cell, flags, &s->decoded);
	*cell = (slice){s->decoded.p + from, s->decoded.n - from};
	return true;
}

static bool is_known(const job *j, size_t k) {
	return j->columns[k].sure;
}

static bool sample_row(job *j, sample *s, const batch *b, size_t row) {
	for (size_t k = 0, open = 0; k < b->width; k++) {
		if (is_known(j, k)) continue;
		uint32_t flags;
		slice cell = batch_cell(b, row, k, &flags);
		if (flags & CELL_CODED && !decode(s, &j->table.syntax, &cell, flags)) return false;
		s->cells[open++ * s->rows_max + s->rows] = cell;
	}
	s->rows++;
	return true;
}

/* The rows of the batch, as many as the sample takes; false when enough is known, or memory is out. */
static bool sample_rows(job *j, sample *s, const batch *b) {
	for (size_t i = 0; i < b->rows && s->rows < s->rows_max; i++)
		if (!sample_row(j, s, b, i)) return false;
	return s->rows < s->rows_max;
}

/* From batches of its own: those of a wide table have few rows. */
static bool sample_more(job *j, sample *s, err *e) {
	cleanup_reader reader r = {0};
	cleanup_batch batch b = {0};
	reader_open(&r, j->source.text, &j->table);
	r.strict = true;
	bool ok = batch_init(&b, &j->table, SCAN_BEST, e);
	while (ok && (ok = batch_read(&b, &r, e)) && b.rows && sample_rows(j, s, &b)) {}
	return ok;
}

static bool take_sample(job *j, const sweep *p, sample *s, err *e) {
	if (p->batch[0].rows < s->rows_max) return sample_more(j, s, e);
	(void)sample_rows(j, s, &p->batch[0]);
	return true;
}

/* Whether none of the first rows shows what its point is. */
static bool is_open(const batch *b, size_t k, size_t rows) {
	uint32_t flags;
	for (size_t i = 0; i < rows; i++)
		if (openness_of(slice_trim(batch_cell(b, i, k, &flags)), '.') == OPEN_NOT) return false;
	return true;
}

/* A column whose first rows are all plain numbers or dates, or words, needs no sample. */
static bool try_column(job *j, const batch *b, size_t k, size_t rows) {
	uint32_t flags;
	builder *c = &j->columns[k];
	guess g = infer_first(batch_cell(b, 0, k, &flags));
	bool words = g.kind == KIND_TEXT;
	slice name = j->frame->cols[k].name;
	if (words && !infer_words(b, k, rows, &g)) return false;
	if (g.kind == KIND_FLOAT && (name_is_version(name) || is_open(b, k, rows))) return false;
	builder_init(c, &j->table.syntax, name, g);
	if (words || builder_try(c, b, k, rows)) return c->sure = true;
	builder_free(c);
	c->ahead = 0;
	return false;
}

/* How many columns are left that a sample must tell. A schema may ask for other types. */
static size_t try_columns(job *j, const batch *b, size_t rows) {
	size_t left = 0;
	if (j->options->schema || !rows || b->rows < rows) return j->table.width;
	for (size_t k = 0; k < b->width; k++) left += !try_column(j, b, k, rows);
	return left;
}

/* Whether the columns that show what their marks mean have decimal commas, or points. */
static bool decimals_are(const job *j, char mark) {
	for (size_t k = 0; k < j->table.width; k++) {
		const guess *g = &j->columns[k].guess;
		bool fractions = g->kind == KIND_RICH || g->kind == KIND_FLOAT;
		if (fractions && !g->open && g->numbers.decimal == mark) return true;
	}
	return false;
}

/* What 1.234 is, the other columns tell, where they agree. */
static void settle_marks(job *j) {
	bool commas = decimals_are(j, ','), points = decimals_are(j, '.');
	if (commas == points) return;
	for (size_t k = 0; k < j->table.width; k++) {
		builder *b = &j->columns[k];
		guess *g = &b->guess;
		if (!g->open) continue;
		bool is_group = g->numbers.group == g->open, should = (g->open == ',') == points;
		char mark = g->open;
		g->open = '\0';
		if (is_group == should) continue;
		g->open = mark;
		turn_mark(g);
		g->open = mark; /* to be told: nothing in the column shows it */
		builder_restart(b);
	}
}

static bool guess_types(job *j, const sweep *p, err *e) {
	sample s = {.rows_max = SAMPLE_CELLS / j->table.width, .decoded = BUF_INIT(DECODED_MOST)};
	s.rows_max = s.rows_max > SAMPLE_ROWS ? SAMPLE_ROWS : s.rows_max < 16 ? 16 : s.rows_max;
	bool all = p->reader.at >= p->reader.text.n; /* rows of the table are in the first batch */
	if (all && s.rows_max > p->batch[0].rows) s.rows_max = p->batch[0].rows;
	size_t left = try_columns(j, &p->batch[0], s.rows_max), open = 0;
	if (!left) return settle_marks(j), true;
	s.cells = malloc(s.rows_max * left * sizeof *s.cells + 1);
	bool ok = s.cells && take_sample(j, p, &s, e) && buf_ok(&s.decoded);
	if (!ok && e->code == ERR_NONE) err_set(e, ERR_MEMORY, "out of memory while reading a file");
	for (size_t k = 0; ok && k < j->table.width; k++) {
		if (is_known(j, k)) continue;
		slice name = j->frame->cols[k].name;
		bool comma = j->table.syntax.delimiter[0] == ';';
		builder_init(&j->columns[k], &j->table.syntax, name,
			     infer_column(s.cells + open++ * s.rows_max, s.rows, name, comma));
	}
	free(s.cells);
	buf_free(&s.decoded);
	if (ok) settle_marks(j);
	if (ok) schema_apply(j->options->schema, j->frame, j->columns);
	return ok;
}

/* The first pass: all rows into all columns, of which the first rows have told the types. */
static bool read_first(job *j, err *e) {
	cleanup_sweep sweep p = {.job = j, .e = e};
	if (!sweep_open(&p) || !guess_types(j, &p, e) || !read_batches(&p)) return false;
	j->doubt = is_doubtful(j, &p.reader, j->frame->rows);
	if (!j->doubt) reader_tell(&p.reader, j->frame->name, &j->frame->notices);
	return true;
}

static bool judge_columns(job *j, unsigned pass) {
	bool again = false;
	for (size_t k = 0; k < j->frame->ncols; k++) {
		builder *b = &j->columns[k];
		if (pass && !b->again) continue;
		builder_judge(b);
		if (b->again) builder_restart(b), b->again = true, again = true;
	}
	return again;
}

static bool read_columns(job *j, err *e) {
	if (!read_first(j, e)) return false;
	if (j->doubt) return true;
	for (unsigned pass = 1; judge_columns(j, pass - 1) && pass < PASSES; pass++)
		if (!read_again(j, pass, e)) return false;
	if (!j->frame->rows) return err_set(e, ERR_CSV_EMPTY, "%s has a header but no rows", j->frame->name);
	for (size_t k = 0; k < j->frame->ncols; k++) {
		builder_tell(&j->columns[k], j->frame->name, &j->frame->notices);
		memcpy(j->frame->cols[k].profile.unit_text, j->columns[k].unit, sizeof j->columns[k].unit);
		if (j->columns[k].guess.numbers.decimal == ',' && builder_type(&j->columns[k]) == COL_FLOAT)
			j->frame->dialect.decimal = ',';
	}
	return true;
}

static void drop_columns(job *j) {
	drop_builders(j);
	free(j->frame->cols), free(j->frame->strings);
	j->frame->cols = NULL, j->frame->strings = NULL, j->frame->ncols = 0;
}

static bool make_columns(job *j, err *e) {
	return find_table(j, e) && name_columns(j, e) && read_columns(j, e);
}

/* From text to columns; again, from the outline of all of it, where the first look was wrong. */
static bool to_columns(job *j, err *e) {
	notices *n = &j->frame->notices;
	size_t told = n->n;
	if (!make_columns(j, e)) return false;
	if (!j->doubt) return true;
	while (n->n > told) free(n->text[--n->n]);
	drop_columns(j);
	j->whole = true, j->doubt = false;
	return make_columns(j, e);
}

static bool read_text(job *j, slice text, bool all, err *e) {
	return start(j, e) &&
	       source_open(text, all, j->frame->name, &j->source, &j->frame->notices, j->cancel, j->deadline, e) &&
	       to_columns(j, e);
}

/* Whether what the encoding was taken for is wrong, where nobody has looked before, too. Reading may have failed for
 * that.
 */
static bool misread(job *j, const err *e) {
	bool gave_up =
	    e->code == ERR_CANCELLED || e->code == ERR_STOPPING || e->code == ERR_DEADLINE || e->code == ERR_MEMORY;
	return !gave_up && !source_stands(&j->source, j->source.text.n);
}

static bool read_as_needed(job *j, slice text, err *e) {
	bool ok = read_text(j, text, false, e);
	if (!misread(j, e)) return ok;
	job again = {.options = j->options, .cancel = j->cancel, .deadline = j->deadline};
	job_free(j);
	*j = again, *e = ERR_INIT;
	return read_text(j, text, true, e);
}

frame *frame_read(slice text, const read_options *o, const cancel *c, deadline d, err *e) {
	cleanup_job job j = {.options = o, .cancel = c, .deadline = d};
	bool ok = read_as_needed(&j, text, e) &&
		  (o->unsealed ? frame_keep(j.frame, j.columns, e) : frame_seal(j.frame, j.columns, c, d, e)) &&
		  (o->no_profile || profile_columns(j.frame, o->threads, c, d, e));
	if (!ok) {
		if (e->line && j.frame && j.frame->name) err_wrap(e, "%s", j.frame->name);
		if (!e->file[0] && j.frame && j.frame->name) err_copy(e->file, slice_of(j.frame->name));
		return NULL;
	}
	j.frame->bytes_read = text.n;
	drop_builders(&j);
	frame *f = j.frame;
	j.frame = NULL;
	return f;
}
