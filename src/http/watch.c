#include "http/watch.h"

#include "base/fd.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static void lock(watch *w) {
	(void)pthread_mutex_lock(&w->lock);
}

static void unlock(watch *w) {
	(void)pthread_mutex_unlock(&w->lock);
}

static void wake(watch *w) {
	uint64_t one = 1;
	ssize_t n = write(w->wake, &one, sizeof one);
	(void)n; /* full means that it is awake already */
}

static link_t *find(const watch *w, uint64_t id) {
	link_t *l = w->links;
	while (l && l->id != id) l = l->next;
	return l;
}

static void client_gone(watch *w, uint64_t id) {
	link_t *l = find(w, id); /* events are kept by number: the link may be gone since */
	if (l && l->cancel) cancel_set(l->cancel, ERR_CANCELLED);
}

static void look_after(link_t *l, int64_t now) {
	if (now >= l->until) {
		(void)shutdown(l->fd, SHUT_RDWR); /* libmicrohttpd sees the end and closes */
		l->until = DEADLINE_NEVER;
	}
	if (l->beat && now >= l->beat_at) {
		l->beat_at = now + (int64_t)WATCH_BEAT_MS * 1000000;
		l->beat(l->context);
	}
}

static void drain(int fd) {
	uint64_t count;
	ssize_t n = read(fd, &count, sizeof count);
	(void)n;
}

/* Waits for events; ticks only while there is a connection to look after. */
static bool turn(watch *w) {
	struct epoll_event events[64];
	lock(w);
	int timeout = w->links ? WATCH_TICK_MS : -1;
	unlock(w);
	int n = epoll_wait(w->epoll, events, 64, timeout);
	lock(w);
	for (int i = 0; i < n; i++) {
		if (events[i].data.u64 == 0)
			drain(w->wake);
		else
			client_gone(w, events[i].data.u64);
	}
	int64_t now = now_ns();
	for (link_t *l = w->links; l; l = l->next) look_after(l, now);
	bool go_on = !w->closing;
	unlock(w);
	return go_on;
}

static void *run(void *context) {
	while (turn(context)) {}
	return NULL;
}

static bool start_thread(watch *w) {
	sigset_t all, before;
	pthread_attr_t attr;
	if (pthread_attr_init(&attr)) return false;
	(void)pthread_attr_setstacksize(&attr, (size_t)256 * 1024);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int failure = pthread_create(&w->thread, &attr, run, w);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	return !failure;
}

bool watch_open(watch *w, err *e) {
	*w = (watch){.epoll = -1, .wake = -1, .next_id = 1};
	struct epoll_event on_wake = {.events = EPOLLIN, .data.u64 = 0};
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->epoll < 0 || w->wake < 0 || epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->wake, &on_wake) < 0)
		err_errno(e, ERR_MEMORY, errno, "cannot watch connections");
	else if (pthread_mutex_init(&w->lock, NULL) || !start_thread(w))
		err_set(e, ERR_MEMORY, "cannot start the thread that watches connections");
	else
		return true;
	close_fd(&w->epoll);
	close_fd(&w->wake);
	return false;
}

void watch_close(watch *w) {
	lock(w);
	w->closing = true;
	unlock(w);
	wake(w);
	(void)pthread_join(w->thread, NULL);
	(void)pthread_mutex_destroy(&w->lock);
	close_fd(&w->epoll);
	close_fd(&w->wake);
}

link_t *watch_add(watch *w, int fd, deadline until) {
	link_t *l = calloc(1, sizeof *l);
	if (!l) return NULL;
	lock(w);
	bool first = !w->links;
	*l = (link_t){.next = w->links, .at = &w->links, .fd = fd, .id = w->next_id++, .until = until, .idle = true};
	if (l->next) l->next->at = &l->next;
	w->links = l;
	unlock(w);
	if (first) wake(w);
	return l;
}

void watch_remove(watch *w, link_t *l) {
	lock(w);
	*l->at = l->next;
	if (l->next) l->next->at = l->at;
	unlock(w);
	free(l);
}

void watch_until(watch *w, link_t *l, deadline until, bool idle) {
	lock(w);
	l->until = until, l->idle = idle;
	unlock(w);
}

void watch_end_idle(watch *w) {
	lock(w);
	for (link_t *l = w->links; l; l = l->next)
		if (l->idle) (void)shutdown(l->fd, SHUT_RDWR);
	unlock(w);
}

void watch_client(watch *w, link_t *l, cancel *c, void (*beat)(void *), void *context) {
	struct epoll_event on_gone = {.events = EPOLLRDHUP | EPOLLONESHOT, .data.u64 = l->id};
	lock(w);
	if (c && !l->cancel)
		(void)epoll_ctl(w->epoll, EPOLL_CTL_ADD, l->fd, &on_gone);
	else if (!c && l->cancel)
		(void)epoll_ctl(w->epoll, EPOLL_CTL_DEL, l->fd, NULL);
	l->cancel = c, l->beat = beat, l->context = context;
	l->beat_at = now_ns() + (int64_t)WATCH_BEAT_MS * 1000000;
	unlock(w);
}
