/* What GET /metrics tells: counters that only grow, histograms, and gauges read
 * at the moment of asking. Every counter is atomic: any thread counts. */
#ifndef PLOTD_HTTP_METRICS_H
#define PLOTD_HTTP_METRICS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdatomic.h>

enum { METRIC_BUCKETS = 12, METRIC_STATUSES = 20, METRIC_ROUTES = 8 };
enum metric_stage { METRIC_READ, METRIC_PLAN, METRIC_RUN, METRIC_PAGE, METRIC_TOTAL, METRIC_STAGES };

typedef struct histogram {
	atomic_ullong bucket[METRIC_BUCKETS + 1]; /* the last is above all bounds */
	atomic_ullong micros;                     /* sum */
} histogram;

typedef struct metrics {
	atomic_ullong answers[METRIC_ROUTES][METRIC_STATUSES];
	atomic_ullong failures[ERR_CODE_COUNT];
	histogram stages[METRIC_STAGES];
	atomic_ullong attempts, tokens_in, tokens_out, bytes_in, bytes_out, clients_gone;
} metrics;

/* `route` as its place in the table of routes, METRIC_ROUTES - 1 for none of them. */
void metrics_answer(metrics *m, size_t route, int status, uint64_t bytes_in, uint64_t bytes_out);
void metrics_stage(metrics *m, enum metric_stage s, double ms);

typedef struct metric_gauge {
	const char *name, *type, *help; /* type: "gauge" or "counter" */
	double value;
} metric_gauge;

/* Prometheus' text format 0.0.4. `routes` names the rows of `answers`. */
void metrics_print(metrics *m, const char *const routes[METRIC_ROUTES], const metric_gauge *gauges, size_t ngauges,
		   buf *out);

/* Of this process: resident bytes; CPU seconds; open descriptors. 0 where unknown. */
double process_resident(void);
double process_cpu_seconds(void);
double process_open_files(void);

#endif
