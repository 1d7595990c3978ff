/* Looks after connections where libmicrohttpd does not: it never times out a
 * suspended connection nor notices that its client is gone, and its time-out
 * counts idle time only, so that a client which sends or reads a byte now and
 * then could stay for ever. One thread with an epoll(7) set of its own. */
#ifndef PLOTD_HTTP_WATCH_H
#define PLOTD_HTTP_WATCH_H

#include "base/wait.h"

#include <pthread.h>

/* What one connection is watched for. */
typedef struct link_t {
	struct link_t *next, **at;
	int fd;
	uint64_t id;
	deadline until;              /* then the connection is shut down */
	bool idle;                   /* no whole request has come: it is owed no answer */
	cancel *cancel;              /* set with ERR_CANCELLED when the client goes; NULL: not watched */
	void (*beat)(void *context); /* called every WATCH_BEAT_MS while not NULL */
	void *context;
	int64_t beat_at;
} link_t;

typedef struct watch {
	pthread_mutex_t lock;
	pthread_t thread;
	link_t *links;
	uint64_t next_id;
	int epoll, wake;
	bool closing;
} watch;

enum { WATCH_BEAT_MS = 10000, WATCH_TICK_MS = 500 };

bool watch_open(watch *w, err *e);
void watch_close(watch *w);

/* A connection came: NULL when memory is out. It lives until watch_remove, which must come before fd is closed. */
link_t *watch_add(watch *w, int fd, deadline until);
void watch_remove(watch *w, link_t *l);
void watch_until(watch *w, link_t *l, deadline until, bool idle);
/* Shuts down the connections that are owed no answer: kept ones, and uploads under way. */
void watch_end_idle(watch *w);
/* From now on `c` is set when the client goes, and `beat` called now and then;
 * both NULL end that. After the call returns neither is touched on behalf of what was there before. */
void watch_client(watch *w, link_t *l, cancel *c, void (*beat)(void *), void *context);

#endif
