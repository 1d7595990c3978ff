/* The docker executor: each job in a container of its own.
 *
 * How this works
 * --------------
 * A container takes a second or two until its Python is warm, so some wait
 * ready. Each has a thread that is its owner from beginning to end (`live`):
 * it makes the container, offers it, waits until it is over, removes it. A
 * thread that wants a job run takes a ticket, as with the native executor,
 * and is handed the first container that waits; its owner is told when the
 * job is over. A container that dies while it waits is noticed by its owner.
 *
 * `top_up` says how many there should be: one for each who waits, and the
 * spares. It is asked whenever one of these changes.
 *
 * When one cannot be made, everybody who waits is told why, and the next who
 * comes causes another try at once: so an engine that is back is used at once,
 * and no reason that is told is an old one. */
#include "sandbox/docker.h"

#include "base/log.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>

enum {
	AGAIN_MS = 1000, /* pause after a failed try when nobody waits, doubled up to */
	AGAIN_MOST_MS = 15000,
	LOOK_MS = 200,  /* how often a start looks whether it is still wanted */
	QUIET_MS = 300, /* a service that has none to serve for that long makes its spares */
};

typedef struct docker {
	const struct sandbox *sandbox;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	queue queue; /* of tickets */
	box *boxes;  /* every one there is */
	place place; /* set once */
	engine engine;
	bool stale;     /* the engine failed: look at it anew before the next container */
	bool preparing; /* a thread does so */
	bool settled;   /* more than one job is to be expected */
	bool stopping;
	unsigned running, max;
	uint64_t next_number, jobs;
	err broken;       /* why none could be made, the last time */
	wire_ready ready; /* of the container that was warm last */
	cancel closing;
} docker;

/* A place in the queue, and what comes of it. */
typedef struct ticket {
	waiter waiter; /* first: the queue holds these */
	box *box;
	err why; /* where there is none */
} ticket;

/* ---- all of this with the lock held */

static unsigned count(const docker *d, enum box_phase phase) {
	unsigned n = 0;
	for (const box *b = d->boxes; b; b = b->next) n += b->phase == phase;
	return n;
}

/* The one that has waited longest: new ones are put in front. */
static box *oldest(const docker *d, enum box_phase phase) {
	box *found = NULL;
	for (box *b = d->boxes; b; b = b->next)
		if (b->phase == phase) found = b;
	return found;
}

/* Its runner is gone, which its owner will notice too: no job for it. */
static bool hung_up(const box *b) {
	struct pollfd fd = {.fd = b->socket, .events = POLLIN | POLLRDHUP};
	return poll(&fd, 1, 0) > 0;
}

static void grant(docker *d) {
	for (box *b = d->boxes; b; b = b->next)
		if (b->phase == BOX_READY && hung_up(b)) b->phase = BOX_OVER;
	for (box *b; d->queue.first && d->running < d->max && (b = oldest(d, BOX_READY));) {
		ticket *t = (ticket *)queue_pop(&d->queue);
		t->waiter.granted = true, t->box = b;
		b->phase = BOX_TAKEN;
		d->running++, d->jobs++;
		(void)eventfd_write(t->waiter.fd, 1);
	}
}

static void tell_all(docker *d, const err *why) {
	for (waiter *w; (w = queue_pop(&d->queue));) {
		w->granted = true, ((ticket *)w)->why = *why;
		(void)eventfd_write(w->fd, 1);
	}
}

static void *live(void *state);

static bool add_box(docker *d) {
	pthread_t thread;
	box *b = calloc(1, sizeof *b);
	int over = eventfd(0, EFD_CLOEXEC);
	if (!b || over < 0) return free(b), close_fd(&over), false;
	*b = (box){.next = d->boxes, .pool = d, .over = over, .socket = -1};
	if (pthread_create(&thread, NULL, live, b)) return free(b), close_fd(&over), false;
	(void)pthread_detach(thread);
	d->boxes = b;
	return true;
}

/* As many as are wanted, some at a time: each takes a processor until it is warm. */
static void top_up(docker *d) {
	unsigned spares = d->settled ? (unsigned)d->sandbox->config->spares : d->jobs == 0, room = d->max - d->running;
	unsigned want = (d->queue.waiting < room ? d->queue.waiting : room) + spares;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	while (!d->stopping && count(d, BOX_MAKING) + count(d, BOX_READY) < want &&
	       count(d, BOX_MAKING) < (unsigned)(cores > 0 ? cores : 1))
		if (!add_box(d)) break;
	pthread_cond_broadcast(&d->changed);
}

/* ---- the owner of a container */

static bool is_known(void *state, uint64_t number) {
	docker *d = state;
	bool known = false;
	pthread_mutex_lock(&d->lock);
	for (const box *b = d->boxes; b; b = b->next) known |= b->number == number;
	pthread_mutex_unlock(&d->lock);
	return known;
}

static bool look_anew(docker *d, engine *g, err *e) {
	char id[ENGINE_ID];
	return engine_open(g, d->sandbox->config, &d->closing, e) &&
	       place_sweep(&d->place, g, is_known, d, &d->closing, e) && engine_has_image(g, id, &d->closing, e);
}

/* After the engine failed, one thread looks at it anew; the others wait for what it finds. */
static bool prepare(docker *d, engine *g, err *e) {
	bool good = true;
	pthread_mutex_lock(&d->lock);
	while (d->preparing) pthread_cond_wait(&d->changed, &d->lock);
	if (d->stale) {
		d->preparing = true;
		pthread_mutex_unlock(&d->lock);
		good = look_anew(d, g, e);
		pthread_mutex_lock(&d->lock);
		d->preparing = false;
		if (good) d->engine = *g, d->stale = false;
		pthread_cond_broadcast(&d->changed);
	}
	*g = d->engine;
	pthread_mutex_unlock(&d->lock);
	return good;
}

static void remove_box(docker *d, box *b) {
	err e = ERR_INIT;
	pthread_mutex_lock(&d->lock);
	engine g = d->engine;
	pthread_mutex_unlock(&d->lock);
	if (!*g.prefix || box_remove(b, &g, &d->place, &e)) return;
	log_err(LOG_WARNING, "container left until the engine is back", &e);
	pthread_mutex_lock(&d->lock);
	d->stale = true; /* the next look at the engine clears it away */
	pthread_mutex_unlock(&d->lock);
}

static bool try_make(docker *d, box *b, err *e) {
	engine g;
	pthread_mutex_lock(&d->lock);
	b->number = ++d->next_number;
	b->patient = !d->queue.first;
	pthread_mutex_unlock(&d->lock);
	if (!prepare(d, &g, e)) return false;
	if (box_make(b, d->sandbox, &g, &d->place, &d->closing, e)) return true;
	remove_box(d, b);
	return false;
}

/* Everybody who waits is told; then a pause that ends when somebody comes. False when all is closing. */
static bool pause_after(docker *d, const err *why, int64_t *ms) {
	pthread_mutex_lock(&d->lock);
	bool first = d->broken.code == ERR_NONE;
	int64_t until = deadline_in_ms(*ms);
	struct timespec t = {(time_t)(until / 1000000000), (long)(until % 1000000000)};
	d->stale = true, d->broken = *why;
	if (!d->stopping) tell_all(d, why);
	pthread_cond_broadcast(&d->changed);
	while (!d->stopping && !d->queue.first && pthread_cond_timedwait(&d->changed, &d->lock, &t) != ETIMEDOUT)
		continue;
	bool on = !d->stopping;
	pthread_mutex_unlock(&d->lock);
	if (first && on) log_err(LOG_ERROR, "no container", why);
	*ms = *ms * 2 > AGAIN_MOST_MS ? AGAIN_MOST_MS : *ms * 2;
	return on;
}

static bool offer(docker *d, box *b) {
	pthread_mutex_lock(&d->lock);
	b->phase = BOX_READY;
	d->ready = b->ready;
	d->broken = ERR_INIT;
	grant(d);
	top_up(d);
	pthread_mutex_unlock(&d->lock);
	return true;
}

static bool make_until_done(docker *d, box *b) {
	int64_t pause_ms = AGAIN_MS;
	for (;;) {
		err e = ERR_INIT;
		if (try_make(d, b, &e)) return offer(d, b);
		if (!pause_after(d, &e, &pause_ms)) return false;
	}
}

/* Nobody has come for a while: this is a service that waits, and its spares are made. */
static void settle(docker *d, const box *b) {
	pthread_mutex_lock(&d->lock);
	d->settled |= b->phase == BOX_READY || b->phase == BOX_OVER;
	top_up(d);
	pthread_mutex_unlock(&d->lock);
}

/* The same behind a job that came at once, and before which there was no quiet. */
static void settle_after(docker *d, const box *b) {
	struct pollfd closing = {.fd = d->closing.fd, .events = POLLIN};
	pthread_mutex_lock(&d->lock);
	bool settled = d->settled;
	pthread_mutex_unlock(&d->lock);
	if (!settled && poll(&closing, 1, QUIET_MS) == 0) settle(d, b);
}

/* True when nobody has it and nobody will. */
static bool withdraw(docker *d, box *b) {
	pthread_mutex_lock(&d->lock);
	if (b->phase == BOX_READY) b->phase = BOX_OVER;
	bool mine = b->phase == BOX_OVER;
	pthread_mutex_unlock(&d->lock);
	return mine;
}

/* Until its job is over, its runner dies while it waits, or all is closing. */
static void await_over(docker *d, box *b) {
	struct pollfd fds[] = {{.fd = b->over, .events = POLLIN},
			       {.fd = b->socket, .events = POLLIN | POLLRDHUP},
			       {.fd = d->closing.fd, .events = POLLIN}};
	for (bool asked = false;;) {
		int n = poll(fds, 3, asked ? -1 : QUIET_MS);
		if (n == 0) asked = true, settle(d, b);
		if (fds[0].revents) return;
		if (!fds[1].revents && !fds[2].revents) continue;
		if (withdraw(d, b)) return;
		if (fds[2].revents) (void)shutdown(b->socket, SHUT_RDWR); /* the order to kill its job */
		fds[1].fd = fds[2].fd = -1;                               /* whoever took it gives it back */
	}
}

static void *live(void *state) {
	box *b = state;
	docker *d = b->pool;
	if (make_until_done(d, b)) {
		await_over(d, b);
		remove_box(d, b);
		settle_after(d, b);
	}
	pthread_mutex_lock(&d->lock);
	for (box **at = &d->boxes; *at; at = *at == b ? &b->next : &(*at)->next)
		if (*at == b) {
			*at = b->next;
			break;
		}
	close_fd(&b->over);
	free(b);
	top_up(d);
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

/* ---- a job */

/* A warm container; NULL with *e. */
static box *enter(docker *d, bool front, const cancel *c, deadline until, err *e) {
	cleanup_close int fd = eventfd(0, EFD_CLOEXEC);
	if (fd < 0) return (void)err_errno(e, ERR_MEMORY, errno, "cannot make an eventfd"), NULL;
	ticket t = {.waiter = {.fd = fd}, .why = ERR_INIT};
	pthread_mutex_lock(&d->lock);
	queue_add(&d->queue, &t.waiter, front);
	if (d->stopping) tell_all(d, &d->broken);
	grant(d);
	top_up(d);
	pthread_mutex_unlock(&d->lock);
	bool granted = wait_fd(fd, POLLIN, c, until, e);
	pthread_mutex_lock(&d->lock);
	queue_remove(&d->queue, &t.waiter);
	if (!granted && t.box) { /* handed over in the moment of giving up: it is as new */
		t.box->phase = BOX_READY, t.box = NULL;
		d->running--;
		grant(d);
	}
	pthread_cond_broadcast(&d->changed);
	pthread_mutex_unlock(&d->lock);
	if (granted && !t.box) *e = t.why;
	return t.box;
}

static void leave(docker *d, box *b) {
	pthread_mutex_lock(&d->lock);
	d->running--;
	d->settled |= d->jobs > 1;
	b->phase = BOX_OVER;
	(void)eventfd_write(b->over, 1);
	grant(d);
	top_up(d);
	pthread_mutex_unlock(&d->lock);
}

static bool docker_run(void *state, const sandbox_job *j, const cancel *c, deadline until, sandbox_result *r, err *e) {
	docker *d = state;
	enum { TRIES = 2 };
	attempt x = {.sandbox = d->sandbox, .job = j, .cancel = c, .until = until};
	for (int i = 0;; i++) {
		int64_t start = now_ns();
		err lost = ERR_INIT;
		box *b = enter(d, i > 0, c, until, e);
		if (!b) return false;
		r->timings.queue += ms_since(start);
		bool good = attempt_run(&x, b->socket, r, &lost);
		if (x.lost) {
			pthread_mutex_lock(&d->lock);
			engine g = d->engine;
			pthread_mutex_unlock(&d->lock);
			(void)box_fate(b, d->sandbox, &g, &d->place, &lost);
		}
		leave(d, b);
		if (good) return true;
		if (x.lost && lost.code != ERR_CODE_MEMORY && i + 1 < TRIES) continue;
		*e = lost;
		return false;
	}
}

/* ---- the table */

static void docker_free(docker *d) {
	place_close(&d->place);
	cancel_free(&d->closing);
	(void)pthread_cond_destroy(&d->changed);
	(void)pthread_mutex_destroy(&d->lock);
	free(d);
	curl_global_cleanup();
}

static void docker_close(void *state) {
	docker *d = state;
	err stopping = ERR_INIT;
	(void)err_set(&stopping, ERR_STOPPING, "the service is shutting down");
	pthread_mutex_lock(&d->lock);
	d->stopping = true;
	d->broken = stopping;
	tell_all(d, &stopping);
	cancel_set(&d->closing, ERR_STOPPING);
	pthread_cond_broadcast(&d->changed);
	while (d->boxes || d->running || d->queue.waiting) pthread_cond_wait(&d->changed, &d->lock);
	pthread_mutex_unlock(&d->lock);
	docker_free(d);
}

static docker *docker_new(const struct sandbox *s, err *e) {
	pthread_condattr_t attributes;
	docker *d = calloc(1, sizeof *d);
	if (!d || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return free(d), (void)err_set(e, ERR_MEMORY, "out of memory"), NULL;
	*d = (docker){.sandbox = s, .max = s->running, .stale = true, .place = {.lock = -1}, .closing = {.fd = -1}};
	(void)pthread_mutex_init(&d->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&d->changed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	if (cancel_init(&d->closing, e) && place_open(&d->place, e)) return d;
	return docker_free(d), NULL;
}

static bool outdated(const docker *d) {
	return strncmp(d->ready.fingerprint, WIRE_FINGERPRINT, sizeof WIRE_FINGERPRINT) != 0;
}

static void warn_of_image(const docker *d) {
	err e = ERR_INIT;
	(void)err_set(&e, ERR_SETUP, "%s was built from other sources than this plotd",
		      d->sandbox->config->docker_image);
	log_err(LOG_WARNING, "docker image", &e);
}

/* Waits for the first container: it tells the level. */
static void *docker_open(const struct sandbox *s, err *e) {
	docker *d = docker_new(s, e);
	if (!d) return NULL;
	pthread_mutex_lock(&d->lock);
	top_up(d);
	if (!d->boxes) (void)err_set(&d->broken, ERR_MEMORY, "cannot start a thread");
	while (!*d->ready.python && d->broken.code == ERR_NONE && cancel_reason(s->stop) == ERR_NONE) {
		int64_t until = deadline_in_ms(LOOK_MS);
		struct timespec t = {(time_t)(until / 1000000000), (long)(until % 1000000000)};
		(void)pthread_cond_timedwait(&d->changed, &d->lock, &t);
	}
	bool good = *d->ready.python;
	if (!good) *e = d->broken;
	if (good && outdated(d)) warn_of_image(d);
	pthread_mutex_unlock(&d->lock);
	if (good) return d;
	if (e->code == ERR_NONE) (void)still_wanted(s->stop, DEADLINE_NEVER, e);
	docker_close(d);
	return NULL;
}

static void docker_status(void *state, sandbox_status *out) {
	docker *d = state;
	wire_layer layers[WIRE_LAYERS];
	pthread_mutex_lock(&d->lock);
	box_layers(&d->ready, &d->engine.facts, layers);
	const box *next = oldest(d, BOX_READY);
	out->running = d->running, out->waiting = d->queue.waiting;
	out->jobs = d->jobs, out->spares = count(d, BOX_READY);
	out->zygote_pid = next ? next->keeper : 0;
	(void)snprintf(out->engine, sizeof out->engine, "Docker %s by API 1.%u, %.40s", d->engine.facts.version,
		       d->engine.facts.api, d->sandbox->config->docker_image);
	out->outdated = outdated(d);
	out->level = layers_level(layers);
	layers_tell(layers, d->sandbox->without, out);
	(void)snprintf(out->python, sizeof out->python, "%.31s", d->ready.python);
	(void)snprintf(out->pandas, sizeof out->pandas, "%.31s", d->ready.pandas);
	(void)snprintf(out->plotly, sizeof out->plotly, "%.31s", d->ready.plotly);
	pthread_mutex_unlock(&d->lock);
}

const executor DOCKER = {"docker", docker_open, docker_close, docker_run, docker_status};
