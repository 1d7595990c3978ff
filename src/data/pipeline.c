/* How rows are read by several threads
 * ------------------------------------
 * There are two kinds of work: reading, which finds the rows of the next batch
 * and can be done by one at a time only, since where a row begins is known from
 * the one before; and filling a column from a batch, one after the other too,
 * since a column's rows come in order. But the columns do not know of each
 * other, and reading does not know of them. So reading is a stage, and each
 * lane (a column, or a run of neighbours where there are many) is one, and each
 * goes over the batches at its own pace: no lane is ahead of the reading, and
 * the reading at most `places` batches ahead of the last lane, whose places in
 * the ring it needs.
 *
 * No thread owns a stage. Who is free takes the next batch for a stage that is
 * ready and idle; stages are handed from thread to thread under one lock, which
 * is held for some 50 ns where a step takes 10 us and more. What a stage works
 * on (reader, column) belongs to it and is reached by nobody else; a batch
 * belongs to the reading until it is read, then to all lanes, which only look.
 *
 * Of the stages that are ready, reading is first, as it takes a third of all
 * work or more, in one piece: whenever it rests, what it could have done is
 * missing at the end. Then comes the lane that is furthest behind, which holds
 * up a place. The other way round, reading began only when there was nothing
 * else left to do, and two threads were no faster than with a barrier a batch.
 * Which thread takes which lane did not matter when measured, so nothing is
 * done to keep a batch with one of them.
 *
 * Waiting is rare then: where one stage takes longer than the rest together.
 * Who waits looks for a while, since a step is shorter than putting a processor
 * to sleep and waking it, and lets others run between looks: on a machine whose
 * processors are all busy, one who looks may be in the way of the one he waits
 * for. After that he sleeps. */
#include "data/pipeline.h"

#include "data/crew.h"

#include <sched.h>

enum { READING, NOTHING = 1 + LANES_MAX };

/* Batches in the ring: the last lane has not taken them. */
static size_t waiting(const pipeline *p) {
	size_t most = 0, read = p->stages[READING].done;
	for (size_t i = 1; i <= p->lanes; i++)
		if (read - p->stages[i].done > most) most = read - p->stages[i].done;
	return most;
}

/* The idle lane that is furthest behind the reading. */
static size_t last_lane(const pipeline *p) {
	size_t found = NOTHING, least = p->stages[READING].done;
	for (size_t i = 1; i <= p->lanes; i++)
		if (!p->stages[i].busy && p->stages[i].done < least) least = p->stages[i].done, found = i;
	return found;
}

static size_t ready_stage(const pipeline *p) {
	bool can_read = !p->over && !p->stages[READING].busy && waiting(p) < p->places;
	return can_read ? READING : last_lane(p);
}

static void pause_a_little(unsigned looked) {
	enum { LOOKS = 400 }; /* about 10 us */
	if (looked > LOOKS)
		(void)sched_yield();
	else
#if defined(__x86_64__)
		__builtin_ia32_pause();
#else
		atomic_signal_fence(memory_order_seq_cst);
#endif
}

static void wait_for_change(pipeline *p) {
	enum { LOOKS = 1000 }; /* about 200 us */
	unsigned seen = atomic_load(&p->changes);
	(void)pthread_mutex_unlock(&p->lock);
	for (unsigned looked = 0; looked < LOOKS && atomic_load(&p->changes) == seen; looked++) pause_a_little(looked);
	(void)pthread_mutex_lock(&p->lock);
	p->asleep++;
	while (atomic_load(&p->changes) == seen) (void)pthread_cond_wait(&p->change, &p->lock);
	p->asleep--;
}

/* NOTHING at the end: a lane that is not done has a thread, who stays with it. */
static size_t next_stage(pipeline *p) {
	for (;;) {
		size_t i = ready_stage(p);
		if (i != NOTHING || p->over) return i;
		wait_for_change(p);
	}
}

/* Who takes a stage wakes another if there is one more, so none sleeps while there is work. */
static size_t take_stage(pipeline *p, size_t i) {
	p->stages[i].busy = true;
	if (p->asleep && ready_stage(p) != NOTHING) (void)pthread_cond_signal(&p->change);
	return p->stages[i].done % p->places;
}

static void end_stage(pipeline *p, size_t i, bool more) {
	p->stages[i].busy = false;
	p->stages[i].done += more;
	p->over |= !more;
	atomic_fetch_add(&p->changes, 1);
	if (p->over && p->asleep) (void)pthread_cond_broadcast(&p->change);
}

static bool do_step(const pipeline *p, size_t i, size_t place) {
	if (i == READING) return p->read(p->context, place);
	p->take(p->context, place, i - 1);
	return true;
}

static void work(void *context, size_t worker) {
	pipeline *p = context;
	(void)worker;
	(void)pthread_mutex_lock(&p->lock);
	for (size_t i; (i = next_stage(p)) != NOTHING;) {
		size_t place = take_stage(p, i);
		(void)pthread_mutex_unlock(&p->lock);
		bool more = do_step(p, i, place);
		(void)pthread_mutex_lock(&p->lock);
		end_stage(p, i, more);
	}
	(void)pthread_mutex_unlock(&p->lock);
}

void pipeline_run(pipeline *p, size_t first) {
	p->lock = (pthread_mutex_t)PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP; /* who is met there is gone in 50 ns */
	p->change = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	p->stages[READING].done = first;
	crew_run(p->threads, work, p);
}
