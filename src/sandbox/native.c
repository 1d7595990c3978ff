/* The native executor.
 *
 * How this works
 * --------------
 * One runner (keeper and zygote) serves all threads; `current` is it. A thread
 * that wants a job run takes a ticket: at most `max` jobs run at a time, the
 * others wait in order. With its ticket it gets a reference to the runner.
 * The minder, one thread, watches the current runner: when it dies it starts
 * another, when it is old it starts another beside it and swaps. A runner that
 * is no longer current ends when its last job has given its reference back.
 *
 * A job whose zygote died under it was not at fault: it goes back to the head
 * of the queue and is tried once more. */
#include "base/log.h"
#include "sandbox/inside.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum {
	RECYCLE_JOBS = 5000,     /* jobs after which a fresh zygote takes over: new hash seed, new addresses */
	RECYCLE_MS = 30 * 60000, /* or after this time, if it had any job */
	RETRY_MS = 1000,         /* pause after a failed start, doubled up to */
	RETRY_MOST_MS = 30000,
	DEAD_MS = 10000, /* a killed job is gone well within this */
};

typedef struct native {
	const struct sandbox *sandbox;
	pthread_mutex_t lock;
	pthread_cond_t idle; /* running is 0 */
	queue queue;
	unsigned running, max;
	link_t *current; /* NULL while there is none */
	link_t *first;   /* what the minder starts with; its own from then on */
	err broken;      /* why there is none, when a start failed */
	uint64_t jobs, recycled;
	pthread_t minder;
	bool minding;
	cancel closing;
	int wake; /* eventfd: the minder should look */
} native;

/* With the lock held: tickets to those first in line. */
static void grant(native *n) {
	while (n->queue.first && ((n->current && n->running < n->max) || n->broken.code != ERR_NONE)) {
		waiter *w = queue_pop(&n->queue);
		w->granted = true;
		n->running++;
		(void)eventfd_write(w->fd, 1);
	}
}

static void wake_minder(native *n) {
	(void)eventfd_write(n->wake, 1);
}

/* With the lock held: the runner of a granted ticket. */
static link_t *take_link(native *n, err *e) {
	if (!n->current) {
		*e = n->broken;
		if (e->code == ERR_NONE) (void)err_set(e, ERR_SANDBOX, "plotd-runner is starting anew");
		return NULL;
	}
	n->current->refs++, n->current->jobs++, n->jobs++;
	return n->current;
}

/* With the lock held: a ticket that is not used. */
static void give_back(native *n) {
	n->running--;
	grant(n);
	if (n->running == 0) pthread_cond_broadcast(&n->idle);
}

static void leave(native *n, link_t *l) {
	pthread_mutex_lock(&n->lock);
	give_back(n);
	bool last = --l->refs == 0, due = n->current == l && l->jobs >= RECYCLE_JOBS;
	pthread_mutex_unlock(&n->lock);
	if (last) link_stop(l);
	if (due) wake_minder(n);
}

static bool wait_turn(native *n, waiter *w, const cancel *c, deadline d, err *e) {
	if (wait_fd(w->fd, POLLIN, c, d, e)) return true;
	pthread_mutex_lock(&n->lock);
	queue_remove(&n->queue, w);
	bool granted = w->granted;
	if (granted) give_back(n);
	pthread_mutex_unlock(&n->lock);
	return false;
}

/* A ticket and the runner it is for; NULL with *e. */
static link_t *enter(native *n, bool front, const cancel *c, deadline d, err *e) {
	cleanup_close int fd = eventfd(0, EFD_CLOEXEC);
	if (fd < 0) return (void)err_errno(e, ERR_MEMORY, errno, "cannot make an eventfd"), NULL;
	waiter w = {.fd = fd};
	pthread_mutex_lock(&n->lock);
	queue_add(&n->queue, &w, front);
	grant(n);
	pthread_mutex_unlock(&n->lock);
	if (!wait_turn(n, &w, c, d, e)) return NULL;
	pthread_mutex_lock(&n->lock);
	link_t *l = take_link(n, e);
	if (!l) give_back(n);
	pthread_mutex_unlock(&n->lock);
	return l;
}

static bool native_run(void *state, const sandbox_job *j, const cancel *c, deadline d, sandbox_result *r, err *e) {
	native *n = state;
	enum { TRIES = 2 };
	attempt x = {.sandbox = n->sandbox, .job = j, .cancel = c, .until = d};
	for (int i = 0;; i++) {
		int64_t start = now_ns();
		err lost = ERR_INIT;
		link_t *l = enter(n, i > 0, c, d, e);
		if (!l) return false;
		r->timings.queue += ms_since(start);
		bool good = attempt_run(&x, l->socket, r, &lost);
		if (x.lost) { /* its processes die with it: until they have, this job is not over */
			(void)link_gone(l, DEAD_MS);
			pthread_mutex_lock(&n->lock);
			if (n->current == l) n->current = NULL;
			pthread_mutex_unlock(&n->lock);
			wake_minder(n);
		}
		leave(n, l);
		if (good) return true;
		if (x.lost && i + 1 < TRIES) continue;
		*e = lost;
		return false;
	}
}

/* With the lock held, `l` is the new current; its first reference is the minder's. */
static void make_current(native *n, link_t *l) {
	n->current = l;
	n->broken = ERR_INIT;
	grant(n);
}

static link_t *start_link(native *n, bool patient, err *e) {
	link_t *l = link_start(n->sandbox, n->max, patient, &n->closing, e);
	if (l) l->refs = 1;
	return l;
}

static void drop_link(native *n, link_t *l) {
	pthread_mutex_lock(&n->lock);
	if (n->current == l) n->current = NULL;
	bool last = --l->refs == 0;
	pthread_mutex_unlock(&n->lock);
	if (last) link_stop(l);
}

static bool due(native *n, const link_t *l) {
	pthread_mutex_lock(&n->lock);
	bool old = l->jobs && ms_since(l->started_ns) >= RECYCLE_MS;
	bool worn = l->jobs >= RECYCLE_JOBS;
	pthread_mutex_unlock(&n->lock);
	return old || worn;
}

/* Until the runner died, is due for a fresh one, or all is closing. True while it lives. */
static bool watch_link(native *n, link_t *l) {
	struct pollfd fds[] = {{.fd = l->pidfd, .events = POLLIN},
			       {.fd = l->socket, .events = POLLRDHUP},
			       {.fd = n->wake, .events = POLLIN},
			       {.fd = n->closing.fd, .events = POLLIN}};
	int ready = poll(fds, 4, RECYCLE_MS / 4);
	eventfd_t count;
	if (fds[2].revents) (void)eventfd_read(n->wake, &count);
	return ready < 0 || !(fds[0].revents | fds[1].revents);
}

/* A fresh runner beside the old one, which ends with its last job. The old stays when there is none to be had. */
static link_t *recycle(native *n, link_t *old) {
	err e = ERR_INIT;
	link_t *fresh = start_link(n, true, &e);
	if (!fresh) {
		log_err(LOG_WARNING, "runner not recycled", &e);
		pthread_mutex_lock(&n->lock);
		old->jobs = 0, old->started_ns = now_ns();
		pthread_mutex_unlock(&n->lock);
		return old;
	}
	pthread_mutex_lock(&n->lock);
	make_current(n, fresh);
	n->recycled++;
	pthread_mutex_unlock(&n->lock);
	drop_link(n, old);
	return fresh;
}

/* Another runner after one died; NULL when it does not start: then jobs fail with the reason until one does. */
static link_t *restart(native *n, int64_t *pause_ms) {
	err e = ERR_INIT, ignored = ERR_INIT;
	link_t *l = start_link(n, false, &e);
	pthread_mutex_lock(&n->lock);
	if (l) {
		make_current(n, l);
		n->recycled++;
	} else {
		n->broken = e;
		grant(n);
	}
	pthread_mutex_unlock(&n->lock);
	if (l) return *pause_ms = RETRY_MS, l;
	log_err(LOG_ERROR, "runner does not start", &e);
	(void)wait_fd(n->closing.fd, POLLIN, &n->closing, deadline_in_ms(*pause_ms), &ignored);
	*pause_ms = *pause_ms * 2 > RETRY_MOST_MS ? RETRY_MOST_MS : *pause_ms * 2;
	return NULL;
}

static void *mind(void *state) {
	native *n = state;
	int64_t pause_ms = RETRY_MS;
	link_t *l = n->first;
	while (cancel_reason(&n->closing) == ERR_NONE) {
		if (!l)
			l = restart(n, &pause_ms);
		else if (!watch_link(n, l))
			drop_link(n, l), l = NULL;
		else if (due(n, l))
			l = recycle(n, l);
	}
	if (l) drop_link(n, l);
	return NULL;
}

/* No more tickets, what runs is killed, and all of it is waited for. */
static void end_jobs(native *n) {
	pthread_mutex_lock(&n->lock);
	n->broken = ERR_INIT;
	(void)err_set(&n->broken, ERR_STOPPING, "the service is shutting down");
	if (n->current) (void)shutdown(n->current->socket, SHUT_RDWR);
	n->current = NULL;
	grant(n);
	while (n->running || n->queue.waiting) pthread_cond_wait(&n->idle, &n->lock);
	pthread_mutex_unlock(&n->lock);
}

static void native_free(native *n) {
	close_fd(&n->wake);
	cancel_free(&n->closing);
	(void)pthread_cond_destroy(&n->idle);
	(void)pthread_mutex_destroy(&n->lock);
	free(n);
}

static void native_close(void *state) {
	native *n = state;
	cancel_set(&n->closing, ERR_STOPPING);
	end_jobs(n);
	if (n->minding) (void)pthread_join(n->minder, NULL);
	native_free(n);
}

static bool native_begin(native *n, err *e) {
	n->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (n->wake < 0) return err_errno(e, ERR_MEMORY, errno, "cannot make an eventfd");
	if (!cancel_init(&n->closing, e)) return false;
	link_t *l = link_start(n->sandbox, n->max, false, n->sandbox->stop, e);
	if (!l) return false;
	l->refs = 1;
	n->current = n->first = l;
	int number = pthread_create(&n->minder, NULL, mind, n);
	n->minding = number == 0;
	if (n->minding) return true;
	drop_link(n, l);
	return err_errno(e, ERR_SANDBOX, number, "cannot start a thread");
}

static void *native_open(const struct sandbox *s, err *e) {
	native *n = calloc(1, sizeof *n);
	if (!n) return (void)err_set(e, ERR_MEMORY, "out of memory"), NULL;
	*n = (native){.sandbox = s, .max = s->running, .wake = -1, .closing = {.fd = -1}};
	(void)pthread_mutex_init(&n->lock, NULL);
	(void)pthread_cond_init(&n->idle, NULL);
	if (native_begin(n, e)) return n;
	native_free(n);
	return NULL;
}

static void native_status(void *state, sandbox_status *out) {
	native *n = state;
	pthread_mutex_lock(&n->lock);
	out->running = n->running, out->waiting = n->queue.waiting;
	out->jobs = n->jobs, out->recycled = n->recycled;
	if (n->current) {
		const wire_ready *ready = &n->current->ready;
		out->level = layers_level(ready->layers);
		out->zygote_pid = ready->pid;
		out->spares = (unsigned)n->sandbox->config->spares;
		layers_tell(ready->layers, n->sandbox->without, out);
		(void)snprintf(out->python, sizeof out->python, "%.31s", ready->python);
		(void)snprintf(out->pandas, sizeof out->pandas, "%.31s", ready->pandas);
		(void)snprintf(out->plotly, sizeof out->plotly, "%.31s", ready->plotly);
	}
	pthread_mutex_unlock(&n->lock);
}

const executor NATIVE = {"native", native_open, native_close, native_run, native_status};
