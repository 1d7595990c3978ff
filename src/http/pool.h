/* Threads with small stacks, started when there is work and none is idle, gone
 * after POOL_IDLE_MS without any. The bound on work in flight is the caller's
 * (server.h): the pool only promises that a task handed over starts at once. */
#ifndef PLOTD_HTTP_POOL_H
#define PLOTD_HTTP_POOL_H

#include "base/wait.h"

#include <pthread.h>

enum {
	POOL_STACK = 1024 * 1024, /* bytes of address space; TLS in libcurl and getaddrinfo take the most */
	POOL_IDLE_MS = 10000,
};

/* Lives inside what is to be done; the pool borrows it until `run` is called. */
typedef struct task {
	void (*run)(struct task *t);
	struct task *next;
} task;

typedef struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work, gone; /* a task came or the pool closes; the last thread left */
	task *first, **last;
	unsigned threads, idle, waiting; /* waiting: tasks not yet taken */
	bool closing;
	bool has_dead;  /* `dead` ended and is not yet joined */
	pthread_t dead; /* each thread joins the one that ended before it */
} pool;

bool pool_open(pool *p, err *e);
/* Runs the task on a thread of its own. ERR_MEMORY when no thread can be had. */
bool pool_submit(pool *p, task *t, err *e);
/* Waits until all threads have ended. False when some still run at the
 * deadline: then the pool, and what its tasks use, must stay as they are. */
bool pool_close(pool *p, deadline d);

#endif
