/* The service over HTTP: libmicrohttpd in front, a bounded pool of threads that
 * call plot_make behind. */
#ifndef PLOTD_HTTP_HTTP_H
#define PLOTD_HTTP_HTTP_H

#include "plot/plot.h"

/* Serves until `stop` is set, then finishes or cancels what runs within
 * shutdown_ms and returns true. Prints "plotd: listening on http://…" to
 * standard error once it accepts (with the real port where 0 was asked).
 * ERR_ADDRESS when the port is taken. */
bool http_serve(const plot_service *s, cancel *stop, err *e);

/* The OpenAPI document, also what GET /openapi.json answers. */
slice http_openapi(void);

#endif
