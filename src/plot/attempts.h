/* The loop between model and sandbox: write, run, judge, repair. */
#ifndef PLOTD_PLOT_ATTEMPTS_H
#define PLOTD_PLOT_ATTEMPTS_H

#include "plot/plot.h"

/* What one request works with while it lasts. Everything is borrowed. */
typedef struct plot_work {
	const plot_service *service;
	const plot_request *request;
	const plot_hooks *hooks; /* never NULL here */
	frame **frames;
	size_t nframes;
	const cancel *cancel;
	deadline deadline;
} plot_work;

/* At most config->attempts_max rounds; then, where PLOTD_FALLBACK allows it, the
 * rules. Fills the reply's code, title, engine, result, attempts, notices and
 * timings. False with the last attempt's error when none gave a figure. */
bool attempts_make(const plot_work *w, plot_reply *r, err *e);
/* Runs the code that the request brings (`plotd run`): one round, no model. */
bool attempts_run_given(const plot_work *w, plot_reply *r, err *e);

void tell_stage(const plot_hooks *h, enum plot_stage s, unsigned attempt);
/* Adds the sentence to the reply and tells it to the listener. */
void tell_notice(const plot_hooks *h, plot_reply *r, const char *format, ...) __attribute__((format(printf, 3, 4)));
void tell_notices(const plot_hooks *h, plot_reply *r, const notices *list);

#endif
