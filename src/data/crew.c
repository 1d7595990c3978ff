/* A round takes some hundred microseconds, less than it takes to put a processor to sleep and wake it, so those who
 * wait look again and again, and let others run in between. */
#include "data/crew.h"

#include <sched.h>

enum { LOOKS = 2000 }; /* about 50 us */

static void pause_a_little(unsigned looked) {
	if (looked > LOOKS)
		(void)sched_yield();
	else
#if defined(__x86_64__)
		__builtin_ia32_pause();
#else
		atomic_signal_fence(memory_order_seq_cst);
#endif
}

static void work(crew *c) {
	for (size_t i; (i = atomic_fetch_add(&c->next, 1)) < c->tasks;) c->task(c->context, i);
}

static void *follow(void *context) {
	crew *c = context;
	unsigned done = 0;
	for (;;) {
		for (unsigned looked = 0; atomic_load(&c->round) == done; looked++) pause_a_little(looked);
		done++;
		if (atomic_load(&c->over)) return NULL;
		work(c);
		atomic_fetch_sub(&c->left, 1);
	}
}

void crew_start(crew *c, size_t n) {
	*c = (crew){0};
	for (size_t i = 0; i < n && i < CREW_MAX; i++) {
		if (pthread_create(&c->thread[c->n], NULL, follow, c) != 0) return;
		c->n++;
	}
}

void crew_do(crew *c, size_t n, crew_task *task, void *context) {
	c->task = task, c->context = context, c->tasks = n;
	atomic_store(&c->next, 0);
	atomic_store(&c->left, c->n);
	atomic_fetch_add(&c->round, 1);
	work(c);
	for (unsigned looked = 0; atomic_load(&c->left); looked++) pause_a_little(looked);
}

void crew_stop(crew *c) {
	atomic_store(&c->over, true);
	atomic_fetch_add(&c->round, 1);
	for (size_t i = 0; i < c->n; i++) (void)pthread_join(c->thread[i], NULL);
	c->n = 0;
}
