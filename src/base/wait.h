/* Deadlines and cancelling. Every wait of plotd is one of these: it ends by
 * the event, by the deadline or by the token, whichever is first. */
#ifndef PLOTD_BASE_WAIT_H
#define PLOTD_BASE_WAIT_H

#include "base/err.h"

#include <stdatomic.h>

/* A moment of CLOCK_MONOTONIC in nanoseconds. */
typedef int64_t deadline;

#define DEADLINE_NEVER INT64_MAX
int64_t now_ns(void);                 /* CLOCK_MONOTONIC */
deadline deadline_in_ms(int64_t ms);  /* from now; saturates */
int64_t deadline_left_ms(deadline d); /* 0 when past, rounded up */
static inline deadline deadline_first(deadline a, deadline b) {
	return a < b ? a : b;
}
static inline double ms_since(int64_t start_ns) {
	return (double)(now_ns() - start_ns) / 1e6;
}

/* A token that any thread may set, once, and that any number of waits look at. */
typedef struct cancel {
	int fd;            /* an eventfd that is readable once set */
	atomic_int reason; /* 0, or the enum err_code to report: ERR_CANCELLED, ERR_STOPPING */
} cancel;

bool cancel_init(cancel *c, err *e);
void cancel_free(cancel *c);
void cancel_set(cancel *c, enum err_code reason); /* async-signal-safe; the first reason stays */
static inline enum err_code cancel_reason(const cancel *c) {
	return c ? (enum err_code)atomic_load(&((cancel *)(uintptr_t)c)->reason) : ERR_NONE;
}
/* False with *e set when the token is set (ERR_CANCELLED, ERR_STOPPING) or the deadline past
 * (ERR_DEADLINE). `c` may be NULL. For loops that compute: look every few thousand rows. */
bool still_wanted(const cancel *c, deadline d, err *e);
/* Waits for poll(2) events on fd. True when one came; false with *e as above. */
bool wait_fd(int fd, short events, const cancel *c, deadline d, err *e);

#endif
