#include "sandbox/inside.h"

#include <stdio.h>

static enum isolation demanded(const config *c) {
	for (enum isolation l = ISOLATION_NONE; l <= ISOLATION_FULL; l++)
		if (c->min_isolation && strcmp(c->min_isolation, isolation_name(l)) == 0) return l;
	return ISOLATION_REDUCED;
}

/* The first layer that is missing and matters, for the message. */
static const sandbox_layer *weakest(const sandbox_status *s) {
	for (size_t i = 0; i < s->nlayers; i++)
		if (LAYERS[i].weight != WEIGHT_HELP && strcmp(s->layers[i].state, "on") != 0) return &s->layers[i];
	return NULL;
}

static bool strong_enough(sandbox *s, err *e) {
	sandbox_status now;
	enum isolation least = demanded(s->config);
	sandbox_get_status(s, &now);
	if (now.level >= least) return true;
	const sandbox_layer *l = weakest(&now);
	(void)err_set(e, ERR_SANDBOX_LEVEL, "isolation is '%s' here and '%s' is demanded: %s is %s%s%s",
		      isolation_name(now.level), isolation_name(least), l ? l->name : "a layer",
		      l ? l->state : "missing", l && *l->reason ? ", " : "", l ? l->reason : "");
	if (l && *l->remedy) (void)err_hint(e, "%s", l->remedy);
	return false;
}

static bool layers_off(const sandbox_options *o, uint32_t *bits, err *e) {
	const char *list = o ? o->without : NULL;
#ifndef PLOTD_HOSTILE
	if (list && *list) return err_set(e, ERR_USAGE, "this build cannot switch layers off");
#endif
	return layers_parse(list, bits, e);
}

static unsigned jobs_at_once(const config *c, const sandbox_options *o) {
	enum { LEAST = 1, MOST = WIRE_MAX_SLOTS / 2 };
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t n = o && o->running  ? o->running
		     : c->running_max ? c->running_max
				      : 2 * (uint64_t)(cores > 0 ? cores : 1);
	return n < LEAST ? LEAST : n > MOST ? MOST : (unsigned)n;
}

static bool open_with(sandbox *s, const executor *x, err *e) {
	s->executor = x;
	s->state = x->open(s, e);
	return s->state;
}

static void close_state(sandbox *s) {
	if (s->state) s->executor->close(s->state);
	s->state = NULL;
}

/* Native does not reach level full: docker where there is an engine, else native as it is. `native` is why native does
 * not start, where it does not. */
static bool open_other(sandbox *s, enum isolation level, const err *native, err *e) {
	const executor *was = s->executor;
	void *state = s->state;
	err why = ERR_INIT;
	if (open_with(s, &DOCKER, &why)) {
		if (state) was->close(state);
		if (native->code != ERR_NONE)
			(void)snprintf(s->why, sizeof s->why, "native does not start: %.120s", native->message);
		else
			(void)snprintf(s->why, sizeof s->why, "native would be at level %s here",
				       isolation_name(level));
		return true;
	}
	s->executor = was, s->state = state;
	(void)snprintf(s->why, sizeof s->why, "docker does not start: %.130s", why.message);
	if (state) return true;
	*e = *native;
	return err_hint(e, "%s Nor is there another executor: %s", err_remedy(native), why.message);
}

static bool open_auto(sandbox *s, err *e) {
	sandbox_status now = {.level = ISOLATION_NONE};
	err native = ERR_INIT;
	(void)snprintf(s->why, sizeof s->why, "at level full, and needs nothing else on the machine");
	if (open_with(s, &NATIVE, &native)) sandbox_get_status(s, &now);
	if (now.level == ISOLATION_FULL) return true;
	if (cancel_reason(s->stop) != ERR_NONE) return still_wanted(s->stop, DEADLINE_NEVER, e);
	return open_other(s, now.level, &native, e);
}

static bool open_chosen(sandbox *s, err *e) {
	const char *name = s->config->executor;
	if (!name || !*name || strcmp(name, "auto") == 0) return open_auto(s, e);
	(void)snprintf(s->why, sizeof s->why, "PLOTD_EXECUTOR names it");
	return open_with(s, strcmp(name, DOCKER.name) == 0 ? &DOCKER : &NATIVE, e);
}

sandbox *sandbox_open(const config *c, const sandbox_options *o, const cancel *stop, err *e) {
	sandbox *s = calloc(1, sizeof *s);
	if (!s) return (void)err_set(e, ERR_MEMORY, "out of memory"), NULL;
	*s = (sandbox){.config = c, .stop = stop, .running = jobs_at_once(c, o)};
	if (layers_off(o, &s->without, e) && open_chosen(s, e) && strong_enough(s, e)) return s;
	sandbox_close(s);
	return NULL;
}

void sandbox_close(sandbox *s) {
	if (s) close_state(s);
	free(s);
}

bool sandbox_run(sandbox *s, const sandbox_job *j, const cancel *c, deadline d, sandbox_result *r, err *e) {
	if (j->nframes > WIRE_MAX_FRAMES)
		return err_set(e, ERR_TOO_LARGE, "a job takes at most %d tables", WIRE_MAX_FRAMES);
	if (j->code.n > s->config->code_max) {
		(void)err_set(e, ERR_CODE_REFUSED, "the code is %zu bytes long; the limit is %zu", j->code.n,
			      (size_t)s->config->code_max);
		(void)snprintf(e->rule, sizeof e->rule, "size");
		return false;
	}
	return s->executor->run(s->state, j, c, d, r, e);
}

void sandbox_get_status(sandbox *s, sandbox_status *out) {
	*out = (sandbox_status){.executor = s->executor->name};
	(void)snprintf(out->why, sizeof out->why, "%s", s->why);
	s->executor->status(s->state, out);
}

void sandbox_result_free(sandbox_result *r) {
	mapping_free(&r->document);
	*r = (sandbox_result){0};
}
