/* The pool of curl handles. Each has its own multi handle, so that a thread may
 * wait on it together with a cancel token; the last one used is lent first, so
 * that warm connections are used and the others may go. */
#include "llm/line.h"

#include <pthread.h>
#include <stdlib.h>

enum { IDLE_MAX = 16 };

struct line_pool {
	pthread_mutex_t lock;
	line *idle;
	unsigned nidle;
};

line_pool *line_pool_open(err *e) {
	line_pool *pool = calloc(1, sizeof *pool);
	if (!pool || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(pool);
		err_set(e, ERR_MEMORY, "cannot start libcurl");
		return NULL;
	}
	(void)pthread_mutex_init(&pool->lock, NULL);
	return pool;
}

static void line_free(line *l) {
	if (l->easy) curl_easy_cleanup(l->easy);
	if (l->multi) (void)curl_multi_cleanup(l->multi);
	free(l);
}

void line_pool_close(line_pool *pool) {
	if (!pool) return;
	while (pool->idle) {
		line *l = pool->idle;
		pool->idle = l->next;
		line_free(l);
	}
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool);
	curl_global_cleanup();
}

static line *line_new(err *e) {
	line *l = calloc(1, sizeof *l);
	if (l) {
		l->easy = curl_easy_init();
		l->multi = curl_multi_init();
	}
	if (l && l->easy && l->multi) return l;
	if (l) line_free(l);
	err_set(e, ERR_MEMORY, "no memory for a connection");
	return NULL;
}

line *line_borrow(line_pool *pool, err *e) {
	(void)pthread_mutex_lock(&pool->lock);
	line *l = pool->idle;
	if (l) {
		pool->idle = l->next;
		pool->nidle--;
	}
	(void)pthread_mutex_unlock(&pool->lock);
	return l ? l : line_new(e);
}

void line_return(line_pool *pool, line *l) {
	curl_easy_reset(l->easy); /* forgets the request with its key, keeps connections */
	(void)pthread_mutex_lock(&pool->lock);
	bool keep = pool->nidle < IDLE_MAX;
	if (keep) {
		l->next = pool->idle;
		pool->idle = l;
		pool->nidle++;
	}
	(void)pthread_mutex_unlock(&pool->lock);
	if (!keep) line_free(l);
}
