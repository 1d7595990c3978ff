/* What the files of this folder share while the service runs. */
#ifndef PLOTD_HTTP_SERVER_H
#define PLOTD_HTTP_SERVER_H

#include "http/http.h"
#include "http/metrics.h"
#include "http/pool.h"
#include "http/watch.h"

#include <microhttpd.h>

enum {
	HEADERS_MS = 30000,      /* a request's head must come, and a kept connection be used again, within */
	LINGER_MS = 30000,       /* how long we read on after having refused a body */
	IDLE_S = 30,             /* no byte either way */
	SEND_MS = 60000,         /* an answer must be taken within this … */
	SEND_BYTES_PER_MS = 16,  /* … plus its bytes by this slowest rate */
	SMALL_BODY = 65536,      /* a refused body up to this size is read to its end */
	SPARE_CONNECTIONS = 512, /* beyond requests_max: health, metrics, idle ones */
};

typedef struct server {
	const plot_service *service;
	const config *config;
	struct MHD_Daemon *daemon;
	pool pool;
	watch watch;
	metrics metrics;
	pthread_mutex_t lock; /* guards in_flight's falling to zero, and `works` */
	pthread_cond_t idle;  /* in_flight became 0 */
	struct work *works;   /* all that are alive */
	unsigned in_flight;
	atomic_bool stopping;
	atomic_ullong upload_bytes; /* memory held by uploads */
	uint64_t upload_budget;     /* the most of it */
	int64_t started_ns;
	int64_t started_at; /* seconds since 1970 */
} server;

/* libmicrohttpd's callbacks; `context` is the server. In exchange.c. */
enum MHD_Result http_handle(void *context, struct MHD_Connection *c, const char *url, const char *method,
			    const char *version, const char *data, size_t *size, void **state);
void http_completed(void *context, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why);
void http_connection(void *context, struct MHD_Connection *c, void **socket_state,
		     enum MHD_ConnectionNotificationCode what);

#endif
