/* Batches that one stage reads and others take, by any number of threads. Internal to src/data. */
#ifndef PLOTD_DATA_PIPELINE_H
#define PLOTD_DATA_PIPELINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { LANES_MAX = 16, PLACES_MAX = 8 };

/* What goes over all batches in order, one batch at a time. */
typedef struct stage {
	size_t done; /* batches */
	bool busy;
} stage;

typedef struct pipeline {
	/* Set by the user. Batch n lies in place n % places. */
	bool (*read)(void *context, size_t place);              /* the next batch; false when there is none */
	void (*take)(void *context, size_t place, size_t lane); /* what is the lane's of a batch */
	void *context;
	size_t threads, lanes, places; /* lanes and places: 1 to LANES_MAX, PLACES_MAX */
	/* Its own, under the lock. */
	stage stages[1 + LANES_MAX]; /* reading, then the lanes */
	bool over;                   /* all batches are read */
	size_t asleep;               /* threads */
	atomic_uint changes;         /* how often a stage has ended a batch; read without the lock too */
	pthread_mutex_t lock;
	pthread_cond_t change;
} pipeline;

/* Reads on until `read` gives none, and returns when every lane has taken every batch. `first` batches are read
 * already. A lane takes a batch after `read` has given it and before `read` is asked for the one that gets its place;
 * each of the two sees all that was done before. */
void pipeline_run(pipeline *p, size_t first);

#endif
