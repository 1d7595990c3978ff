#include "http/pool.h"

#include <errno.h>
#include <signal.h>

static bool init_conditions(pool *p) {
	pthread_condattr_t monotonic;
	if (pthread_condattr_init(&monotonic)) return false;
	bool ok = !pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) && !pthread_cond_init(&p->work, &monotonic) &&
		  !pthread_cond_init(&p->gone, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	return ok;
}

bool pool_open(pool *p, err *e) {
	*p = (pool){.last = NULL};
	p->last = &p->first;
	if (pthread_mutex_init(&p->lock, NULL) || !init_conditions(p))
		return err_set(e, ERR_MEMORY, "cannot set up the pool of threads");
	return true;
}

static bool wait_until(pthread_cond_t *c, pthread_mutex_t *lock, deadline d) {
	struct timespec at = {.tv_sec = d / 1000000000, .tv_nsec = d % 1000000000};
	return pthread_cond_timedwait(c, lock, &at) != ETIMEDOUT;
}

/* The next task, or NULL when this thread is to end. With the lock held. */
static task *next_task(pool *p) {
	deadline d = deadline_in_ms(POOL_IDLE_MS);
	while (!p->first && !p->closing) {
		p->idle++;
		bool in_time = wait_until(&p->work, &p->lock, d);
		p->idle--;
		if (!in_time && !p->first) return NULL;
	}
	task *t = p->first;
	if (!t) return NULL;
	p->first = t->next;
	if (!p->first) p->last = &p->first;
	p->waiting--;
	return t;
}

/* With the lock held: leaves this thread to be joined, and joins the one before. */
static void leave(pool *p) {
	bool has_dead = p->has_dead;
	pthread_t dead = p->dead;
	p->dead = pthread_self(), p->has_dead = true;
	if (--p->threads == 0) (void)pthread_cond_broadcast(&p->gone);
	(void)pthread_mutex_unlock(&p->lock);
	if (has_dead) (void)pthread_join(dead, NULL);
}

static void *work(void *context) {
	pool *p = context;
	(void)pthread_mutex_lock(&p->lock);
	for (task *t; (t = next_task(p));) {
		(void)pthread_mutex_unlock(&p->lock);
		t->run(t);
		(void)pthread_mutex_lock(&p->lock);
	}
	leave(p);
	return NULL;
}

/* Signals are the main thread's: a new thread takes over the mask of its maker. */
static int start_thread(pool *p) {
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;
	if (pthread_attr_init(&attr)) return ENOMEM;
	(void)pthread_attr_setstacksize(&attr, POOL_STACK);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int failure = pthread_create(&thread, &attr, work, p);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	if (!failure) p->threads++;
	return failure;
}

bool pool_submit(pool *p, task *t, err *e) {
	(void)pthread_mutex_lock(&p->lock);
	int failure = p->idle > p->waiting ? 0 : start_thread(p);
	if (!failure) {
		t->next = NULL;
		*p->last = t, p->last = &t->next;
		p->waiting++;
		(void)pthread_cond_signal(&p->work);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return !failure || err_errno(e, ERR_MEMORY, failure, "cannot start a thread");
}

bool pool_close(pool *p, deadline d) {
	(void)pthread_mutex_lock(&p->lock);
	p->closing = true;
	(void)pthread_cond_broadcast(&p->work);
	while (p->threads && wait_until(&p->gone, &p->lock, d)) {}
	bool ended = p->threads == 0;
	(void)pthread_mutex_unlock(&p->lock);
	if (!ended) return false;
	if (p->has_dead) (void)pthread_join(p->dead, NULL);
	(void)pthread_cond_destroy(&p->work);
	(void)pthread_cond_destroy(&p->gone);
	(void)pthread_mutex_destroy(&p->lock);
	return true;
}
