/* How the service runs.
 *
 * One thread of libmicrohttpd's (epoll) does all that is quick: it accepts,
 * reads, sends, answers health and metrics. A plot is made on a thread of the
 * pool while its connection is suspended. A third kind, one thread, watches
 * connections (watch.h). The thread that called http_serve waits for the end.
 *
 * The end: no new connections, no new plots; what runs may finish during the
 * first part of shutdown_ms, is cancelled then, and has the rest to be answered. */
#include "http/server.h"

#include "base/fd.h"
#include "base/log.h"
#include "http/work.h"

#include <errno.h>
#include <malloc.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { BACKLOG = 512, CONNECTION_MEMORY = 65536, LEAVE_MS = 1500 };

/* ---- listening ---- */

static int listen_at(const struct addrinfo *a) {
	int one = 1;
	cleanup_close int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	if (fd < 0) return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) return -1;
	return steal_fd(&fd);
}

static int open_listener(const config *c, err *e) {
	char port[24];
	struct addrinfo *found = NULL;
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	(void)snprintf(port, sizeof port, "%llu", (unsigned long long)c->port);
	int failure = getaddrinfo(c->host, port, &hints, &found);
	if (failure) {
		err_set(e, ERR_ADDRESS, "cannot listen on %s: %s", c->host, gai_strerror(failure));
		return -1;
	}
	int fd = -1;
	for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next) fd = listen_at(a);
	if (fd < 0) err_errno(e, ERR_ADDRESS, errno, "cannot listen on %s port %s", c->host, port);
	freeaddrinfo(found);
	return fd;
}

static void announce(int fd) {
	struct sockaddr_storage at;
	socklen_t size = sizeof at;
	char host[NI_MAXHOST] = "", port[NI_MAXSERV] = "";
	if (getsockname(fd, (struct sockaddr *)&at, &size) < 0 ||
	    getnameinfo((struct sockaddr *)&at, size, host, sizeof host, port, sizeof port,
			NI_NUMERICHOST | NI_NUMERICSERV))
		return;
	bool six = strchr(host, ':') != NULL;
	(void)fprintf(stderr, "plotd: listening on http://%s%s%s:%s\n", six ? "[" : "", host, six ? "]" : "", port);
	(void)fflush(stderr);
}

/* ---- starting ---- */

/* A thread's requests come and go on threads that come and go: few arenas, and
 * large blocks given back at once, or resident memory creeps (mallopt(3)). */
static void tune_memory(void) {
	(void)mallopt(M_ARENA_MAX, 2);
	(void)mallopt(M_MMAP_THRESHOLD, 131072);
	(void)mallopt(M_TRIM_THRESHOLD, 262144);
}

static void raise_open_files(void) {
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* A quarter of this machine's memory, but no less than one upload. */
static uint64_t upload_budget(const config *c) {
	uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	return memory / 4 > form_body_max(c) ? memory / 4 : form_body_max(c);
}

static bool server_init(server *s, const plot_service *service, err *e) {
	*s = (server){.service = service, .config = service->config, .started_ns = now_ns(), .started_at = time(NULL)};
	s->upload_budget = upload_budget(s->config);
	pthread_condattr_t monotonic;
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->idle, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	if (!pool_open(&s->pool, e)) return false;
	if (watch_open(&s->watch, e)) return true;
	(void)pool_close(&s->pool, DEADLINE_NEVER);
	return false;
}

/* A path with an escaped NUL stays as it came: unescaped it would be another, shorter one. */
static size_t unescape(void *context, struct MHD_Connection *c, char *text) {
	(void)context;
	(void)c;
	return strstr(text, "%00") ? strlen(text) : MHD_http_unescape(text);
}

/* Signals are the caller's: libmicrohttpd's thread takes over an all-blocking mask. */
static bool start_daemon(server *s, int listener, err *e) {
	sigset_t all, before;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
				     http_handle, s, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_COMPLETED,
				     http_completed, s, MHD_OPTION_NOTIFY_CONNECTION, http_connection, s,
				     MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_CONNECTION_LIMIT,
				     (unsigned)(s->config->requests_max + SPARE_CONNECTIONS),
				     MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
				     MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL, MHD_OPTION_END);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return s->daemon || err_errno(e, ERR_SETUP, errno, "cannot start the HTTP service");
}

/* ---- stopping ---- */

static bool wait_idle(server *s, deadline d) {
	struct timespec at = {.tv_sec = d / 1000000000, .tv_nsec = d % 1000000000};
	(void)pthread_mutex_lock(&s->lock);
	while (s->in_flight && pthread_cond_timedwait(&s->idle, &s->lock, &at) != ETIMEDOUT) {}
	bool idle = s->in_flight == 0;
	(void)pthread_mutex_unlock(&s->lock);
	return idle;
}

static void cancel_all(server *s) {
	(void)pthread_mutex_lock(&s->lock);
	for (work *w = s->works; w; w = w->next) cancel_set(&w->cancel, ERR_STOPPING);
	(void)pthread_mutex_unlock(&s->lock);
}

static int64_t grace_ms(const config *c) {
	return c->shutdown_ms > 2 * LEAVE_MS ? (int64_t)c->shutdown_ms - LEAVE_MS : (int64_t)c->shutdown_ms / 2;
}

static bool stop(server *s, err *e) {
	deadline end = deadline_in_ms((int64_t)s->config->shutdown_ms);
	int64_t begun = now_ns();
	atomic_store(&s->stopping, true);
	int listener = MHD_quiesce_daemon(s->daemon);
	close_fd(&listener);
	watch_end_idle(&s->watch);
	if (!wait_idle(s, deadline_in_ms(grace_ms(s->config)))) {
		cancel_all(s);
		(void)wait_idle(s, end);
	}
	if (!pool_close(&s->pool, deadline_first(end, deadline_in_ms(LEAVE_MS))))
		return err_set(e, ERR_INTERNAL, "a request did not end in time");
	MHD_stop_daemon(s->daemon);
	watch_close(&s->watch);
	(void)pthread_mutex_destroy(&s->lock);
	(void)pthread_cond_destroy(&s->idle);
	log_info("stopped", LOG_F("ms", ms_since(begun)));
	return true;
}

bool http_serve(const plot_service *service, cancel *stop_token, err *e) {
	server *s = calloc(1, sizeof *s); /* lives on when a thread does not end: see stop */
	cleanup_close int listener = s ? open_listener(service->config, e) : -1;
	if (!s) return err_set(e, ERR_MEMORY, "no memory for the service");
	tune_memory();
	raise_open_files();
	if (listener < 0 || !server_init(s, service, e)) {
		free(s);
		return false;
	}
	if (!start_daemon(s, listener, e)) {
		watch_close(&s->watch);
		(void)pool_close(&s->pool, DEADLINE_NEVER);
		free(s);
		return false;
	}
	announce(listener);
	(void)steal_fd(&listener); /* the daemon's now */
	err ended = ERR_INIT;
	while (wait_fd(stop_token->fd, POLLIN, NULL, DEADLINE_NEVER, &ended) == false) {}
	if (!stop(s, e)) return false;
	free(s);
	return true;
}
