/* Questions of several parts, and questions to several files: which words are
 * about which file, and where one panel's words end and the next one's begin. */
#include "rules/dashboard.h"

static const char JOINTS[] = "and|,|;|.|?|then|plus|also|versus|alongside|together";

/* What a stretch of the question says about a frame: its columns, its name. */
static double worth(question *q, const vocabulary *v, size_t from, size_t to) {
	mentions all;
	double sum = 0;
	mentions_find(q, v, &all);
	for (size_t i = 0; i < all.n; i++)
		if (all.m[i].from >= from && all.m[i].from < to) sum += all.m[i].score + (all.m[i].full ? 0.5 : 0);
	for (size_t i = from; i < to; i++)
		if (names_table(q, i)) sum += 1;
	return sum;
}

static slice stretch(const question *q, size_t from, size_t to) {
	slice first = q->t[from].text, last = q->t[to - 1].text;
	const char *start = first.p, *end = last.p + last.n;
	if (q->t[from].kind == TOKEN_QUOTED && start > q->text.p) start--;
	if (q->t[to - 1].kind == TOKEN_QUOTED && end < q->text.p + q->text.n) end++;
	return (slice){start, (size_t)(end - start)};
}

static size_t best_frame(question *q, vocabulary *const *words, size_t n, size_t from, size_t to, double *most) {
	size_t best = 0;
	*most = 0;
	for (size_t i = 0; i < n; i++) {
		double w = worth(q, words[i], from, to);
		if (w > *most) *most = w, best = i;
	}
	return best;
}

static void add_portion(portions *out, const question *q, size_t from, size_t to, size_t frame_index) {
	if (out->n == SPEC_PANELS) {
		out->cut = true;
		return;
	}
	out->p[out->n++] = (portion){stretch(q, from, to), frame_index, from, to};
}

/* Stretches between joints, each with the file it says most about; neighbours
 * of one file stay together. */
static void by_frames(question *q, vocabulary *const *words, size_t n, portions *out) {
	size_t from = 0;
	for (size_t i = 0; i <= q->n; i++) {
		if (i < q->n && !token_is(q, i, JOINTS)) continue;
		double most = 0;
		size_t best = i > from ? best_frame(q, words, n, from, i, &most) : 0;
		portion *last = out->n ? &out->p[out->n - 1] : NULL;
		bool nothing = i == from || most <= 0;
		if (last && (nothing || last->frame == best)) {
			if (i > from) *last = (portion){stretch(q, last->from, i), last->frame, last->from, i};
		} else if (!nothing) {
			add_portion(out, q, out->n ? from : 0, i, best);
		}
		if (!nothing || last) from = i + 1;
	}
}

/* Whether a stretch stands alone as a panel: something measured or counted, and by what. */
static bool complete(const question *q, const mentions *all, const frame *f, size_t from, size_t to, int *by) {
	bool measured = false, grouped = false;
	*by = -1;
	for (size_t i = from; i < to; i++) {
		if (q->t[i].used) continue;
		const mention *m = mention_at(all, i);
		bool counts =
		    token_is(q, i, "number of") || token_is(q, i, "how many") || token_is(q, i, "count|distribution");
		measured |=
		    counts || (!m && means_amount(&q->t[i])) || (m && is_quantity(&f->cols[m->column]) && !grouped);
		bool trigger = token_is(q, i, "by|per|over|across") || token_is(q, i, "each|every");
		const mention *next = trigger ? mention_after(all, i) : NULL;
		bool time = trigger && token_is(q, i + 1, "time|year|month|week|day|weekday|quarter|hour");
		if (measured && !grouped && next && next->from <= i + 3) *by = time ? -1 : next->column;
		grouped |= measured && ((next && next->from <= i + 3 && next->from < to) || time);
	}
	return measured && grouped;
}

/* One frame, several wishes: "sales by region and profit by month". */
static void by_wishes(question *q, const vocabulary *v, const frame *f, size_t frame_index, size_t from, size_t to,
		      portions *out) {
	mentions all;
	mentions_find(q, v, &all);
	size_t start = from;
	for (size_t i = from; i < to; i++) {
		if (!token_is(q, i, "and|,|;|.|?") || i == start) continue;
		int left, right;
		if (!complete(q, &all, f, start, i, &left) || !complete(q, &all, f, i + 1, to, &right)) continue;
		if (left == right && left >= 0) continue; /* two measures of one chart */
		add_portion(out, q, start, i, frame_index);
		start = i + 1;
	}
	if (start < to) add_portion(out, q, start, to, frame_index);
}

/* Words that no column is meant by: "sort by", "bar chart". */
static void use_other_words(slice text, const vocabulary *v, const frame *f, question *q, notices *n) {
	reading *r = reading_new(text, v, f, 0, n);
	if (!r) return;
	read_chart_words(r);
	read_order(r);
	for (size_t i = 0; i < q->n && i < r->q.n; i++) q->t[i].used = r->q.t[i].used;
	reading_free(r);
}

void split_question(slice text, frame *const *frames, vocabulary *const *words, size_t n, portions *out,
		    notices *told) {
	*out = (portions){.n = 0};
	question *q = question_new(text);
	if (!q || q->n == 0 || n == 0) {
		for (size_t i = 0; i < n && i < SPEC_PANELS; i++) out->p[out->n++] = (portion){text, i, 0, 0};
		question_free(q);
		return;
	}
	portions files = {.n = 0};
	use_other_words(text, words[0], frames[0], q, told);
	if (n == 1)
		add_portion(&files, q, 0, q->n, 0);
	else
		by_frames(q, words, n, &files);
	for (size_t i = 0; i < files.n; i++)
		by_wishes(q, words[files.p[i].frame], frames[files.p[i].frame], files.p[i].frame, files.p[i].from,
			  files.p[i].to, out);
	if (out->n == 0)
		for (size_t i = 0; i < n && i < SPEC_PANELS; i++) out->p[out->n++] = (portion){text, i, 0, q->n};
	if (out->n == 1) out->p[0].text = text;
	question_free(q);
}
