#include "rules/dashboard.h"

#include <math.h>
#include <stdlib.h>

panel panel_empty(size_t frame_index) {
	return (panel){.frame = frame_index, .x = -1, .color = -1, .order_column = -1};
}

void spec_free(spec *s) {
	free(s->texts);
	*s = (spec){.n = 0};
}

static void tell_rivals(const reading *r) {
	for (size_t i = 0; i < r->mentions.n; i++) {
		const mention *m = &r->mentions.m[i];
		if (!m->rival || m->full) continue;
		slice from = r->q.t[m->from].text, to = r->q.t[m->from + m->n - 1].text;
		slice said = {from.p, (size_t)(to.p + to.n - from.p)};
		notice(r->notices, "\"%.*s\" fits several columns; \"%.*s\" was taken.", SLICE_ARG(said),
		       SLICE_ARG(r->f->cols[m->column].name));
	}
}

static void read_panel(reading *r, panel *p) {
	r->answered = looks_answered(r->f);
	mend_slips(r);
	read_chart_words(r);
	read_order(r);
	read_aggregates(r);
	mentions_find(&r->q, r->v, &r->mentions);
	if (!r->answered) {
		read_filters(r);
		read_bins(r);
		mentions_drop_used(&r->mentions, &r->q);
		assign_roles(r, p);
		tell_rivals(r);
	} else {
		assign_result(r, p);
	}
	settle(r, p);
}

question *question_new(slice text) {
	question *q = malloc(sizeof *q);
	if (q) question_read(text, q);
	return q;
}

void question_free(question *q) {
	free(q);
}

reading *reading_new(slice text, const vocabulary *v, const frame *f, size_t frame_index, notices *n) {
	reading *r = calloc(1, sizeof *r);
	if (!r) return NULL;
	question_read(text, &r->q);
	r->v = v, r->f = f, r->frame = frame_index, r->notices = n;
	r->order.column = -1;
	return r;
}

void reading_free(reading *r) {
	free(r);
}

static void tell_left_out(const portions *all, frame *const *frames, size_t nframes, notices *n) {
	for (size_t i = 0; i < nframes; i++) {
		bool drawn = false;
		for (size_t k = 0; k < all->n; k++) drawn |= all->p[k].frame == i;
		if (!drawn) notice(n, "%s is not drawn: the question names nothing of it.", frames[i]->name);
	}
	if (all->cut) notice(n, "Only the first %d parts of the question are drawn.", SPEC_PANELS);
}

/* One vocabulary a frame; false when memory is out. */
static bool learn(frame *const *frames, size_t n, vocabulary *words[]) {
	for (size_t i = 0; i < n; i++)
		if (!(words[i] = vocabulary_new(frames[i]))) return false;
	return true;
}

/* How large the values of a measure are, about. */
static double scale_of(const frame *f, measure m) {
	const column_profile *c = m.column >= 0 ? &f->cols[m.column].profile : NULL;
	return c && c->has_numbers ? fmax(fabs(c->max), fabs(c->min)) : 0;
}

/* "headcount and average salary": what one axis cannot hold gets a panel each. */
static void split_scales(spec *s, const frame *f) {
	enum { SCALES_APART = 30 };
	panel *p = &s->panels[s->n - 1];
	bool drawn = p->chart == CHART_BAR || p->chart == CHART_LINE || p->chart == CHART_AREA;
	double least = INFINITY, most = 0;
	for (size_t i = 0; i < p->ny; i++)
		least = fmin(least, scale_of(f, p->y[i])), most = fmax(most, scale_of(f, p->y[i]));
	if (!drawn || p->ny < 2 || p->ny > 4 || s->n + p->ny > SPEC_PANELS || least <= 0 || most < least * SCALES_APART)
		return;
	panel whole = *p;
	s->n--;
	for (size_t i = 0; i < whole.ny; i++) {
		panel *one = &s->panels[s->n++];
		*one = whole;
		one->y[0] = whole.y[i], one->ny = 1;
	}
}

static void read_panels(slice text, frame *const *frames, size_t nframes, vocabulary *const *words, spec *s,
			notices *n) {
	portions all;
	split_question(text, frames, words, nframes, &all, n);
	tell_left_out(&all, frames, nframes, n);
	for (size_t i = 0; i < all.n; i++) {
		size_t k = all.p[i].frame;
		reading *r = reading_new(all.p[i].text, words[k], frames[k], k, n);
		if (!r) return;
		s->panels[s->n] = panel_empty(k);
		read_panel(r, &s->panels[s->n++]);
		split_scales(s, frames[k]);
		reading_free(r);
	}
}

void spec_read(slice text, frame *const *frames, size_t nframes, spec *s, notices *n) {
	*s = (spec){.n = 0};
	vocabulary **words = calloc(nframes + 1, sizeof *words);
	if (words && learn(frames, nframes, words)) read_panels(text, frames, nframes, words, s, n);
	for (size_t i = 0; words && i < nframes; i++) vocabulary_free(words[i]);
	free(words);
}
