/* What the files of this folder share; nobody else includes it. */
#ifndef PLOTD_SANDBOX_INSIDE_H
#define PLOTD_SANDBOX_INSIDE_H

#include "sandbox/layers.h"
#include "sandbox/sandbox.h"
#include "sandbox/wire.h"

#include <pthread.h>

/* An executor: how jobs are run. `state` is its own. */
typedef struct executor {
	const char *name;
	/* NULL with *e set. */
	void *(*open)(const struct sandbox *s, err *e);
	void (*close)(void *state);
	bool (*run)(void *state, const sandbox_job *j, const cancel *c, deadline d, sandbox_result *r, err *e);
	void (*status)(void *state, sandbox_status *out);
} executor;
extern const executor NATIVE, DOCKER;

struct sandbox {
	const config *config;
	const executor *executor;
	char why[160]; /* this executor */
	void *state;
	const cancel *stop;
	uint32_t without; /* layers left off */
	unsigned running; /* jobs at a time */
};

/* locate.c: the runner's program and the venv's site-packages. ERR_SANDBOX says where was looked. */
bool locate_runner(const config *c, char *path, size_t size, err *e);
bool locate_site(const config *c, char *path, size_t size, err *e);

/* collect.c: what a job left behind, once nobody can change it any more. */
uint64_t result_limit(const config *c); /* bytes that a result document may have */
/* `result` is the job's memory file, borrowed; nothing shares it any more. `checked` false skips the strict check
 * (tests). */
bool collect(int result, uint64_t most, bool check_only, bool checked, sandbox_result *r, err *e);

/* attempt.c: one job in one runner. */
typedef struct attempt {
	const struct sandbox *sandbox;
	const sandbox_job *job;
	const cancel *cancel;
	deadline until;
	int64_t sent_ns;
	bool lost; /* set by attempt_run: the zygote died under the job, whose fault it need not be */
} attempt;
bool attempt_run(attempt *x, int runner, sandbox_result *r, err *e); /* `runner`: socket to it */

/* start.c: a runner process, warm and answering; and what every runner is told and says, wherever it lives. */
extern char *const RUNNER_ENVIRONMENT[]; /* "NAME=value", NULL-terminated: all that a runner gets */
void hello_fill(const struct sandbox *s, unsigned slots, uint64_t spares, bool patient, wire_hello *h); /* but `site` */
/* READY or FAILED, which waits on the socket; ERR_SANDBOX with the runner's own words. */
bool ready_hear(int socket, wire_ready *ready, err *e);
typedef struct link {
	int socket;
	pid_t pid; /* of the keeper */
	int pidfd;
	unsigned refs; /* of jobs and of the minder, under the native executor's lock; the last one stops it */
	uint64_t jobs;
	int64_t started_ns;
	wire_ready ready;
} link_t;
link_t *link_start(const struct sandbox *s, unsigned slots, bool patient, const cancel *c, err *e);
/* Ends the runner and all its jobs, waits, frees. NULL is fine. */
void link_stop(link_t *l);
/* Waits until the runner's processes are gone; true when they are within the time. */
bool link_gone(const link_t *l, int64_t ms);

/* queue.c: who may run next. Tickets in order; each waits on an eventfd of its own. */
typedef struct waiter {
	struct waiter *next;
	int fd;
	bool granted;
} waiter;
typedef struct queue {
	waiter *first, *last;
	unsigned waiting;
} queue;
void queue_add(queue *q, waiter *w, bool front);
void queue_remove(queue *q, waiter *w); /* no-op when it is not in it */
waiter *queue_pop(queue *q);

#endif
