/* What there is to ask for. */
#ifndef PLOTD_HTTP_ROUTES_H
#define PLOTD_HTTP_ROUTES_H

#include "http/server.h"

/* A document of ours as of now. The text is static where `fixed`, else in `out`. */
typedef struct route {
	const char *path, *allow; /* allow: methods as Allow tells them */
	const char *type;         /* of its documents */
	void (*print)(server *s, buf *out);
	slice (*fixed)(void);
	const char *policy; /* Content-Security-Policy, or NULL */
} route;

enum { ROUTE_PLOT, ROUTE_HEALTH, ROUTE_METRICS, ROUTE_OPENAPI, ROUTE_HOME, ROUTE_COUNT };
extern const route ROUTES[ROUTE_COUNT];
/* By path; ROUTE_COUNT where there is none. */
size_t route_find(slice path);

void health_print(server *s, buf *out);
void metrics_document(server *s, buf *out);

#endif
