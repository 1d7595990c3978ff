#include "rules/reading.h"

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
	read_chart_words(r);
	read_order(r);
	read_aggregates(r);
	mentions_find(&r->q, r->f, &r->mentions);
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

void spec_read(slice text, frame *const *frames, size_t nframes, spec *s, notices *n) {
	*s = (spec){.n = 0};
	reading *r = calloc(1, sizeof *r);
	for (size_t i = 0; r && i < nframes && s->n < SPEC_PANELS; i++) {
		memset(r, 0, sizeof *r);
		question_read(text, &r->q);
		r->f = frames[i], r->frame = i, r->notices = n;
		s->panels[s->n] = panel_empty(i);
		read_panel(r, &s->panels[s->n++]);
	}
	free(r);
}
