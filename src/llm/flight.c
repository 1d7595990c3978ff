#include "llm/flight.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct flight {
	struct flight *next;
	uint8_t key[SHA256_BYTES];
	atomic_uint users; /* threads that hold it, the leader included */
	cancel landed;     /* set once: then the fields below hold */
	bool left;         /* the leader went away */
	buf code, title;
	err why;
};

struct flights {
	pthread_mutex_t lock;
	flight *first;
};

flights *flights_open(void) {
	flights *f = calloc(1, sizeof *f);
	if (f) (void)pthread_mutex_init(&f->lock, NULL);
	return f;
}

void flights_close(flights *f) {
	if (!f) return;
	(void)pthread_mutex_destroy(&f->lock);
	free(f);
}

static flight *find(flights *all, const uint8_t *key) {
	flight *f = all->first;
	while (f && memcmp(f->key, key, SHA256_BYTES) != 0) f = f->next;
	return f;
}

static void unlist(flights *all, const flight *f) {
	flight **at = &all->first;
	while (*at && *at != f) at = &(*at)->next;
	if (*at) *at = f->next;
}

static flight *begin(flights *all, const uint8_t *key, err *e) {
	flight *f = calloc(1, sizeof *f);
	if (!f || !cancel_init(&f->landed, e)) {
		free(f);
		err_set(e, ERR_MEMORY, "no memory for a model call");
		return NULL;
	}
	memcpy(f->key, key, SHA256_BYTES);
	f->users = 1;
	f->code = BUF_INIT(1 << 20);
	f->title = BUF_INIT(1024);
	f->next = all->first;
	all->first = f;
	return f;
}

static void release(flights *all, flight *f) {
	(void)pthread_mutex_lock(&all->lock);
	bool last = --f->users == 0;
	(void)pthread_mutex_unlock(&all->lock);
	if (!last) return;
	cancel_free(&f->landed);
	buf_free(&f->code);
	buf_free(&f->title);
	free(f);
}

/* Finds or begins it, counted as a user. */
static flight *enter(flights *all, const uint8_t *key, bool *leads, err *e) {
	(void)pthread_mutex_lock(&all->lock);
	flight *f = find(all, key);
	*leads = !f;
	if (f)
		f->users++;
	else
		f = begin(all, key, e);
	(void)pthread_mutex_unlock(&all->lock);
	return f;
}

enum flight_role flight_join(flights *all, const uint8_t key[SHA256_BYTES], const cancel *c, deadline d, flight **mine,
			     buf *code, buf *title, err *e) {
	for (;;) {
		bool leads;
		flight *f = enter(all, key, &leads, e);
		if (!f) return FLIGHT_FAILED;
		if (leads) {
			*mine = f;
			return FLIGHT_LEADS;
		}
		bool landed = wait_fd(f->landed.fd, POLLIN, c, d, e), left = landed && f->left;
		enum flight_role role = landed && !left && f->why.code == ERR_NONE ? FLIGHT_JOINED : FLIGHT_FAILED;
		if (role == FLIGHT_JOINED) {
			buf_add(code, buf_slice(&f->code));
			buf_add(title, buf_slice(&f->title));
		} else if (landed) {
			*e = f->why;
		}
		release(all, f);
		if (!left) return role;
	}
}

void flight_land(flights *all, flight *mine, slice code, slice title, const err *why) {
	buf_add(&mine->code, code);
	buf_add(&mine->title, title);
	if (why) mine->why = *why;
	mine->left = why && (why->code == ERR_CANCELLED || why->code == ERR_STOPPING || why->code == ERR_DEADLINE);
	(void)pthread_mutex_lock(&all->lock);
	unlist(all, mine); /* who comes now begins anew */
	(void)pthread_mutex_unlock(&all->lock);
	cancel_set(&mine->landed, ERR_CANCELLED);
	release(all, mine);
}

bool flight_followed(flight *mine) {
	return mine->users > 1;
}
