/* Threads that share out numbered tasks, over and over. Internal to src/data. */
#ifndef PLOTD_DATA_CREW_H
#define PLOTD_DATA_CREW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { CREW_MAX = 15 };

typedef void crew_task(void *context, size_t i);

typedef struct crew {
	crew_task *task; /* of the round that is on */
	void *context;
	size_t tasks, n; /* n: threads besides the caller's */
	atomic_size_t next, left;
	atomic_uint round; /* counts them */
	atomic_bool over;
	pthread_t thread[CREW_MAX];
} crew;

/* Starts so many threads besides the caller's, or fewer where the system gives no more. */
void crew_start(crew *c, size_t n);
/* Does tasks 0 to n - 1, each once and in that order as threads get free; returns when all are done. */
void crew_do(crew *c, size_t n, crew_task *task, void *context);
void crew_stop(crew *c);
#define cleanup_crew __attribute__((cleanup(crew_stop)))

#endif
