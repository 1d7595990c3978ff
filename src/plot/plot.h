/* The way of one request, from bytes to page. Knows nothing of HTTP: the
 * service, the command line and the tests call the same function. Blocks. */
#ifndef PLOTD_PLOT_PLOT_H
#define PLOTD_PLOT_PLOT_H

#include "llm/llm.h"
#include "page/page.h"
#include "sandbox/sandbox.h"

/* What all requests share. Borrowed by plot_make. */
typedef struct plot_service {
	const config *config;
	sandbox *sandbox;
	llm *llm;
	page_assets *assets;
} plot_service;

typedef struct plot_request {
	const frame_file *files;
	size_t nfiles;
	slice question;
	slice schema;                         /* JSON text, or "" */
	const char *provider, *model, *theme; /* NULL: the configuration's */
	bool want_profile;                    /* fill reply.profile */
	slice code;                           /* `plotd run`: run this and ask no model; else "" */
	bool no_policy;                       /* with code only */
} plot_request;

enum plot_stage { STAGE_READ, STAGE_PLAN, STAGE_RUN, STAGE_REPAIR, STAGE_PAGE, STAGE_COUNT };
const char *plot_stage_name(enum plot_stage s); /* "read", "plan", "run", "repair", "page" */

/* Progress; called on the requesting thread. Any of them may be NULL. */
typedef struct plot_hooks {
	void (*stage)(void *context, enum plot_stage s, unsigned attempt);
	void (*code)(void *context, slice code);
	void (*notice)(void *context, slice sentence);
	void *context;
} plot_hooks;

typedef struct plot_timings { /* milliseconds; sums over attempts */
	double read, plan, run, page, total;
	sandbox_timings sandbox; /* of the last attempt */
} plot_timings;

typedef struct plot_reply { /* plot_reply_free */
	page page;
	sandbox_result result;    /* its figures, for include=figure */
	buf title, code, profile; /* profile: JSON object, frame stem -> profile */
	char engine[96];
	unsigned attempts;
	uint64_t tokens_in, tokens_out;
	notices notices;
	plot_timings timings;
} plot_reply;
void plot_reply_init(plot_reply *r, const config *c);
void plot_reply_free(plot_reply *r);

/* On failure *r may be partly filled (notices, code of the last attempt) and is freed the same way. */
bool plot_make(const plot_service *s, const plot_request *q, const plot_hooks *h, const cancel *c, deadline d,
	       plot_reply *r, err *e);

#endif
