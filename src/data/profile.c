#include "data/profile_scan.h"

#include "base/fd.h"
#include "data/crew.h"

#include <stdatomic.h>

/* The columns of a frame, handed out to threads one by one. */
typedef struct work {
	frame *f;
	atomic_size_t next;
	const cancel *c;
	deadline d;
} work;

typedef struct worker {
	work *w;
	scratch scratch;
	bool failed;
	err e;
} worker;

/* True when a comes before b: more often, then earlier. */
static bool before(const tally_slot *a, const tally_slot *b) {
	return a->count != b->count ? a->count > b->count : a->row < b->row;
}

static size_t top_slots(const tally *t, const tally_slot *top[PROFILE_TOP]) {
	size_t n = 0;
	for (size_t i = 0; i < t->nslots; i++) {
		const tally_slot *slot = &t->slots[i];
		if (!slot->count || (n == PROFILE_TOP && !before(slot, top[n - 1]))) continue;
		size_t at = n < PROFILE_TOP ? n++ : n - 1;
		for (; at > 0 && before(slot, top[at - 1]); at--) top[at] = top[at - 1];
		top[at] = slot;
	}
	return n;
}

enum { FEW_VALUES = 50, EXAMPLES = 4 };

/* Text is the cell's own; of other types, until write_texts, n is the number of the row. */
static void add_top(column *col, uint64_t row, uint64_t count) {
	column_profile *p = &col->profile;
	slice text = col->type == COL_TEXT ? cell_text(col, row) : (slice){NULL, (size_t)row};
	p->top[p->ntop++] = (top_value){text, count};
}

static void take_top(const frame *f, column *col, const tally *t) {
	column_profile *p = &col->profile;
	const tally_slot *top[PROFILE_TOP];
	p->ntop = 0;
	if (col->type != COL_TEXT && col->type != COL_BOOL && p->distinct > FEW_VALUES) return;
	if (t->used && !t->over) {
		size_t n = top_slots(t, top);
		for (size_t i = 0; i < n; i++) add_top(col, top[i]->row, top[i]->count);
		return;
	}
	/* Too many to count, or never counted as they only go up: the first ones
	 * stand as examples, with no count. */
	for (uint64_t row = 0; row < f->rows && row < 64 && p->ntop < EXAMPLES; row++)
		if (!cell_missing(col, row)) add_top(col, row, p->unique);
}

typedef void top_visit(const column *col, slice *text, void *context);

/* Each top value that is no cell's own bytes. */
static void each_written_top(frame *f, top_visit *visit, void *context) {
	for (size_t i = 0; i < f->ncols; i++)
		for (size_t k = 0; f->cols[i].type != COL_TEXT && k < f->cols[i].profile.ntop; k++)
			visit(&f->cols[i], &f->cols[i].profile.top[k].text, context);
}

static void print_top(const column *col, slice *text, void *context) {
	buf *texts = context;
	size_t start = texts->n;
	cell_print(col, text->n, texts);
	text->n = texts->n - start;
}

static void point_top(const column *col, slice *text, void *context) {
	const char **at = context;
	(void)col;
	text->p = *at;
	*at += text->n;
}

/* All are printed to one arena first, since it moves while it grows. */
static bool write_texts(frame *f, err *e) {
	buf cleanup_buf texts = BUF_INIT((size_t)64 << 20);
	each_written_top(f, print_top, &texts);
	f->profile_strings = buf_steal(&texts);
	if (!f->profile_strings) return err_set(e, ERR_MEMORY, "no memory for the profile");
	const char *at = f->profile_strings;
	each_written_top(f, point_top, &at);
	return true;
}

static void work_on(void *workers, size_t i) {
	worker *me = (worker *)workers + i;
	work *w = me->w;
	for (size_t k; (k = atomic_fetch_add(&w->next, 1)) < w->f->ncols;) {
		column *col = &w->f->cols[k];
		me->failed = !scan_column(w->f, col, &me->scratch, w->c, w->d, &me->e);
		if (me->failed) break;
		take_top(w->f, col, &me->scratch.tally);
		profile_meaning(w->f, col);
	}
}

static bool worker_start(worker *me, work *w, uint64_t rows) {
	memset(&me->scratch.tally, 0, sizeof me->scratch.tally);
	me->w = w, me->failed = false, me->e = ERR_INIT;
	me->scratch.sample = malloc((rows < PROFILE_SAMPLE ? rows + 1 : PROFILE_SAMPLE) * sizeof(double));
	return me->scratch.sample != NULL;
}

static void worker_free(worker *me) {
	tally_free(&me->scratch.tally);
	free(me->scratch.sample);
}

static size_t thread_count(const frame *f, unsigned threads) {
	enum { SMALL = 200000 }; /* cells below which a thread costs more than it gains */
	if (threads < 2 || f->rows * f->ncols < SMALL) return 1;
	size_t n = threads < CREW_MAX ? threads : CREW_MAX;
	return n < f->ncols ? n : f->ncols;
}

bool profile_columns(frame *f, unsigned threads, const cancel *c, deadline d, err *e) {
	work w = {.f = f, .c = c, .d = d};
	size_t n = f->ncols ? thread_count(f, threads) : 0, ready = 0;
	worker *workers = calloc(n + 1, sizeof *workers);
	if (!workers) return err_set(e, ERR_MEMORY, "no memory for the profile");
	while (ready < n && worker_start(&workers[ready], &w, f->rows)) ready++;
	bool ok = ready == n;
	if (!ok)
		err_set(e, ERR_MEMORY, "no memory for the profile");
	else
		crew_run(n, work_on, workers);
	for (size_t i = 0; i < n; i++) {
		if (ok && workers[i].failed) *e = workers[i].e, ok = false;
		worker_free(&workers[i]);
	}
	free(workers);
	return ok && write_texts(f, e);
}
