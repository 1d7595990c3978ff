#include "http/metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Seconds. From the cost of a small plot to the limit of a large one. */
static const double bounds[METRIC_BUCKETS] = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120};
static const char *const stages[METRIC_STAGES] = {"read", "plan", "run", "page", "total"};
/* What we answer; anything else is counted under the last. */
static const int statuses[METRIC_STATUSES] = {200, 204, 400, 403, 404, 405, 406, 413, 415, 422,
					      429, 499, 500, 502, 503, 504, 304, 408, 431, 0};

static size_t status_place(int status) {
	size_t i = 0;
	while (i < METRIC_STATUSES - 1 && statuses[i] != status) i++;
	return i;
}

static void count(atomic_ullong *counter, uint64_t n) {
	(void)atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static unsigned long long now_at(atomic_ullong *counter) {
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void metrics_answer(metrics *m, size_t route, int status, uint64_t bytes_in, uint64_t bytes_out) {
	count(&m->answers[route < METRIC_ROUTES ? route : METRIC_ROUTES - 1][status_place(status)], 1);
	count(&m->bytes_in, bytes_in);
	count(&m->bytes_out, bytes_out);
}

void metrics_stage(metrics *m, enum metric_stage s, double ms) {
	size_t i = 0;
	while (i < METRIC_BUCKETS && ms > bounds[i] * 1000) i++;
	count(&m->stages[s].bucket[i], 1);
	count(&m->stages[s].micros, (uint64_t)(ms * 1000));
}

static void head(buf *out, const char *name, const char *type, const char *help) {
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void print_answers(metrics *m, const char *const routes[METRIC_ROUTES], buf *out) {
	head(out, "plotd_http_requests_total", "counter", "Requests answered, by route and status.");
	for (size_t r = 0; r < METRIC_ROUTES; r++)
		for (size_t s = 0; routes[r] && s < METRIC_STATUSES; s++) {
			unsigned long long n = now_at(&m->answers[r][s]);
			if (n)
				buf_printf(out, "plotd_http_requests_total{route=\"%s\",status=\"%d\"} %llu\n",
					   routes[r], statuses[s], n);
		}
}

static void print_failures(metrics *m, buf *out) {
	head(out, "plotd_failures_total", "counter", "Failed requests, by error code.");
	for (int code = 1; code < ERR_CODE_COUNT; code++) {
		unsigned long long n = now_at(&m->failures[code]);
		if (n) buf_printf(out, "plotd_failures_total{code=\"%s\"} %llu\n", err_name((enum err_code)code), n);
	}
}

static void print_stage(histogram *h, const char *stage, buf *out) {
	unsigned long long sum = 0;
	for (size_t i = 0; i <= METRIC_BUCKETS; i++) {
		sum += now_at(&h->bucket[i]);
		buf_printf(out, "plotd_stage_seconds_bucket{stage=\"%s\",le=\"", stage);
		if (i < METRIC_BUCKETS)
			buf_printf(out, "%g", bounds[i]);
		else
			buf_adds(out, "+Inf");
		buf_printf(out, "\"} %llu\n", sum);
	}
	buf_printf(out, "plotd_stage_seconds_sum{stage=\"%s\"} %.6f\n", stage, (double)now_at(&h->micros) / 1e6);
	buf_printf(out, "plotd_stage_seconds_count{stage=\"%s\"} %llu\n", stage, sum);
}

static void print_counters(metrics *m, buf *out) {
	const struct {
		const char *name, *help;
		atomic_ullong *value;
	} rows[] = {
	    {"plotd_attempts_total", "Attempts at writing and running code.", &m->attempts},
	    {"plotd_tokens_in_total", "Tokens sent to models.", &m->tokens_in},
	    {"plotd_tokens_out_total", "Tokens received from models.", &m->tokens_out},
	    {"plotd_received_bytes_total", "Bytes of request bodies.", &m->bytes_in},
	    {"plotd_sent_bytes_total", "Bytes of response bodies.", &m->bytes_out},
	    {"plotd_clients_gone_total", "Clients that left before their answer.", &m->clients_gone},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		head(out, rows[i].name, "counter", rows[i].help);
		buf_printf(out, "%s %llu\n", rows[i].name, now_at(rows[i].value));
	}
}

void metrics_print(metrics *m, const char *const routes[METRIC_ROUTES], const metric_gauge *gauges, size_t ngauges,
		   buf *out) {
	print_answers(m, routes, out);
	print_failures(m, out);
	head(out, "plotd_stage_seconds", "histogram", "Time spent, by stage of a request.");
	for (size_t s = 0; s < METRIC_STAGES; s++) print_stage(&m->stages[s], stages[s], out);
	print_counters(m, out);
	for (size_t i = 0; i < ngauges; i++) {
		head(out, gauges[i].name, gauges[i].type, gauges[i].help);
		buf_printf(out, "%s %.15g\n", gauges[i].name, gauges[i].value);
	}
}

/* proc(5): the second number of statm is the resident pages. */
double process_resident(void) {
	char text[128];
	unsigned long long pages = 0;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
	if (fd >= 0) (void)close(fd);
	slice rest = n > 0 ? (slice){text, (size_t)n} : (slice){0};
	rest = slice_sub(rest, slice_find(rest, ' ') + 1, rest.n);
	if (!slice_to_u64(slice_sub(rest, 0, slice_find(rest, ' ')), &pages)) return 0;
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

double process_cpu_seconds(void) {
	struct timespec t;
	return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) ? 0 : (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double process_open_files(void) {
	DIR *d = opendir("/proc/self/fd");
	if (!d) return 0;
	int n = -3; /* . and .. and the directory itself */
	while (readdir(d)) n++;
	(void)closedir(d);
	return n;
}
