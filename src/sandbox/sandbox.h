/* Runs Python where it can do no harm. One const table of functions an
 * executor (native, docker); this header is all that the rest of plotd sees.
 *
 * A job is code and frames in, one JSON document out. Jobs share nothing.
 * Thread-safe: any number of threads may call sandbox_run at once. */
#ifndef PLOTD_SANDBOX_SANDBOX_H
#define PLOTD_SANDBOX_SANDBOX_H

#include "base/config.h"
#include "base/fd.h"
#include "base/notice.h"
#include "base/wait.h"
#include "data/frame.h"

typedef struct sandbox sandbox;

enum isolation { ISOLATION_NONE, ISOLATION_REDUCED, ISOLATION_FULL };
const char *isolation_name(enum isolation level); /* "none", "reduced", "full" */

typedef struct sandbox_options {
	const char *without; /* comma list of layers left off; only the hostile tests' builds take it */
	unsigned running;    /* jobs at a time; more wait in order */
} sandbox_options;

/* Starts the executor that the configuration asks for and probes its level by
 * trying forbidden things in a throwaway job. ERR_SANDBOX with one clear
 * sentence when Python or a package is missing; ERR_SANDBOX_LEVEL below
 * PLOTD_MIN_ISOLATION. `c` is borrowed for the sandbox's life. */
sandbox *sandbox_open(const config *c, const sandbox_options *o, const cancel *stop, err *e);
/* Kills what runs, waits until all is gone. NULL is fine. */
void sandbox_close(sandbox *s);

typedef struct sandbox_job {
	slice code;                 /* Python, UTF-8 */
	const frame *const *frames; /* borrowed; the first is `df` */
	size_t nframes;
	bool no_policy;  /* skip the AST check: `plotd run --no-policy` only */
	bool check_only; /* policy check, nothing runs */
} sandbox_job;

typedef struct sandbox_timings { /* milliseconds */
	double queue, spawn, frames, policy, run, render, collect;
} sandbox_timings;

/* What came back, checked as strict JSON and within limits. Owns the mapping;
 * the slices point into it. */
typedef struct sandbox_result {
	mapping document;
	slice figures;  /* JSON array of {"name": string|null, "figure": {data, layout, frames?}} */
	slice out;      /* JSON string: tail of what the code printed */
	slice warnings; /* JSON array of strings: Python warnings, each once */
	slice columns;  /* JSON object: stem -> array of column names */
	slice notes;    /* JSON array of strings: what the runner did on the code's behalf, for notices */
	slice facts;    /* JSON object for the judge of attempts: "random", "literal_data" (booleans), "kinds" (trace
			 * types a figure), "points" (count a figure), "legend" (most entries), "unused_frames" */
	sandbox_timings timings;
} sandbox_result;
#define cleanup_result __attribute__((cleanup(sandbox_result_free)))
void sandbox_result_free(sandbox_result *r);

/* Runs one job. False with *e: the code's fault ERR_CODE_* (line, text, rule set where
 * known; for ERR_CODE_RAISED rule is the exception's class), ERR_RESULT_INVALID; the
 * sandbox's own ERR_SANDBOX; ERR_DEADLINE, ERR_CANCELLED, ERR_STOPPING. On failure
 * *r still holds `out`, `warnings`, `columns` where they are known, and no process of
 * the job is left. On success its document is sealed and its process killed, though
 * the kernel may not be done with taking it down. `r` starts zeroed. */
bool sandbox_run(sandbox *s, const sandbox_job *j, const cancel *c, deadline d, sandbox_result *r, err *e);

typedef struct sandbox_layer {
	const char *name;              /* "user namespace", "seccomp", … ; static */
	const char *state;             /* "on", "off", "missing" */
	char reason[160], remedy[160]; /* for off and missing */
} sandbox_layer;

enum { SANDBOX_MAX_LAYERS = 24 };
typedef struct sandbox_status {
	const char *executor; /* "native", "docker" */
	char why[160];        /* why this executor */
	char engine[96];      /* docker: which engine and image; else empty */
	bool outdated;        /* docker: the image's runner was built from other sources than this plotd */
	enum isolation level;
	sandbox_layer layers[SANDBOX_MAX_LAYERS];
	size_t nlayers;
	unsigned running, waiting, spares;
	uint64_t jobs, recycled;                 /* since start */
	int zygote_pid;                          /* native; for tests and doctor */
	char python[32], pandas[32], plotly[32]; /* versions that the runner reported */
} sandbox_status;
void sandbox_get_status(sandbox *s, sandbox_status *out);

#endif
