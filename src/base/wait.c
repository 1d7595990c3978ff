#include "base/wait.h"

#include "base/fd.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>

int64_t now_ns(void) {
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

deadline deadline_in_ms(int64_t ms) {
	int64_t now = now_ns();
	return ms > (INT64_MAX - now) / 1000000 ? DEADLINE_NEVER : now + ms * 1000000;
}

int64_t deadline_left_ms(deadline d) {
	if (d == DEADLINE_NEVER) return INT64_MAX;
	int64_t left = d - now_ns();
	return left <= 0 ? 0 : (left + 999999) / 1000000;
}

bool cancel_init(cancel *c, err *e) {
	atomic_init(&c->reason, ERR_NONE);
	c->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return c->fd >= 0 || err_errno(e, ERR_MEMORY, errno, "cannot make an eventfd");
}

void cancel_free(cancel *c) {
	close_fd(&c->fd);
}

void cancel_set(cancel *c, enum err_code reason) {
	int none = ERR_NONE, saved = errno;
	if (atomic_compare_exchange_strong(&c->reason, &none, (int)reason)) {
		uint64_t one = 1;
		ssize_t n = write(c->fd, &one, sizeof one);
		(void)n; /* an eventfd at 0 takes a 1 */
	}
	errno = saved;
}

bool still_wanted(const cancel *c, deadline d, err *e) {
	enum err_code reason = cancel_reason(c);
	if (reason == ERR_STOPPING) return err_set(e, reason, "the service is shutting down");
	if (reason != ERR_NONE) return err_set(e, reason, "the request was cancelled");
	if (deadline_left_ms(d) == 0) return err_set(e, ERR_DEADLINE, "the request's time is over");
	return true;
}

bool wait_fd(int fd, short events, const cancel *c, deadline d, err *e) {
	struct pollfd fds[2] = {{.fd = fd, .events = events}, {.fd = c ? c->fd : -1, .events = POLLIN}};
	for (;;) {
		if (!still_wanted(c, d, e)) return false;
		int64_t left = deadline_left_ms(d);
		int n = poll(fds, 2, left > INT_MAX ? -1 : (int)left);
		if (n < 0 && errno != EINTR) return err_errno(e, ERR_INTERNAL, errno, "cannot wait");
		if (n > 0 && fds[0].revents) return true;
	}
}
