#include "http/routes.h"

#include "http/assets.h"

_Static_assert((int)ROUTE_COUNT < (int)METRIC_ROUTES, "a row of the metrics a route, and one for what is none");

const route ROUTES[ROUTE_COUNT] = {
    [ROUTE_PLOT] = {.path = "/generate-plot", .allow = "POST, OPTIONS"},
    [ROUTE_HEALTH] = {.path = "/health",
		      .allow = "GET, HEAD, OPTIONS",
		      .type = "application/json",
		      .print = health_print},
    [ROUTE_METRICS] = {.path = "/metrics",
		       .allow = "GET, HEAD, OPTIONS",
		       .type = "text/plain; version=0.0.4; charset=utf-8",
		       .print = metrics_document},
    [ROUTE_OPENAPI] = {.path = "/openapi.json",
		       .allow = "GET, HEAD, OPTIONS",
		       .type = "application/json",
		       .fixed = http_openapi},
    [ROUTE_HOME] = {.path = "/",
		    .allow = "GET, HEAD, OPTIONS",
		    .type = "text/html; charset=utf-8",
		    .fixed = http_home,
		    .policy = HTTP_HOME_POLICY},
};

size_t route_find(slice path) {
	size_t i = 0;
	while (i < ROUTE_COUNT && !slice_is(path, ROUTES[i].path)) i++;
	return i;
}

static unsigned in_flight(server *s) {
	(void)pthread_mutex_lock(&s->lock);
	unsigned n = s->in_flight;
	(void)pthread_mutex_unlock(&s->lock);
	return n;
}

void metrics_document(server *s, buf *out) {
	sandbox_status box = {0};
	sandbox_get_status(s->service->sandbox, &box);
	const char *routes[METRIC_ROUTES] = {NULL};
	for (size_t i = 0; i < ROUTE_COUNT; i++) routes[i] = ROUTES[i].path;
	routes[METRIC_ROUTES - 1] = "other";
	const metric_gauge gauges[] = {
	    {"plotd_requests_in_flight", "gauge", "Plot requests taken and not yet answered.", in_flight(s)},
	    {"plotd_jobs_running", "gauge", "Jobs that run in the sandbox.", box.running},
	    {"plotd_jobs_waiting", "gauge", "Jobs that wait for their turn.", box.waiting},
	    {"plotd_spares", "gauge", "Warm processes or containers that wait for a job.", box.spares},
	    {"plotd_jobs_total", "counter", "Jobs run since the start.", (double)box.jobs},
	    {"plotd_recycled_total", "counter", "Times the zygote was started anew.", (double)box.recycled},
	    {"plotd_isolation_level", "gauge", "0 none, 1 reduced, 2 full.", box.level},
	    {"plotd_upload_bytes", "gauge", "Memory held by uploads.", (double)atomic_load(&s->upload_bytes)},
	    {"process_resident_memory_bytes", "gauge", "Resident memory of plotd.", process_resident()},
	    {"process_cpu_seconds_total", "counter", "CPU time of plotd.", process_cpu_seconds()},
	    {"process_open_fds", "gauge", "Open descriptors of plotd.", process_open_files()},
	    {"process_start_time_seconds", "gauge", "When plotd started, since 1970.", (double)s->started_at},
	};
	buf_printf(out, "# HELP plotd_build_info The version.\n# TYPE plotd_build_info gauge\n");
	buf_printf(out, "plotd_build_info{version=\"" PLOTD_VERSION "\",executor=\"%s\"} 1\n",
		   box.executor ? box.executor : "");
	metrics_print(&s->metrics, routes, gauges, sizeof gauges / sizeof *gauges, out);
}

/* ---- health ---- */

static void text(buf *out, const char *name, const char *value) {
	buf_printf(out, "\"%s\":", name);
	buf_json(out, slice_of(value), false);
}

static void layer(buf *out, const sandbox_layer *l) {
	buf_addc(out, '{');
	text(out, "name", l->name);
	buf_addc(out, ',');
	text(out, "state", l->state);
	if (strcmp(l->state, "on") != 0) {
		buf_addc(out, ',');
		text(out, "reason", l->reason);
		buf_addc(out, ',');
		text(out, "remedy", l->remedy);
	}
	buf_addc(out, '}');
}

/* `layers` lists all, `missing` those that are not on. */
static void layers(buf *out, const char *name, const sandbox_status *box, bool all) {
	bool first = true;
	buf_printf(out, ",\"%s\":[", name);
	for (size_t i = 0; i < box->nlayers; i++) {
		if (!all && strcmp(box->layers[i].state, "on") == 0) continue;
		if (!first) buf_addc(out, ',');
		first = false;
		layer(out, &box->layers[i]);
	}
	buf_addc(out, ']');
}

static void isolation(buf *out, const sandbox_status *box) {
	buf_adds(out, ",\"isolation\":{");
	text(out, "level", isolation_name(box->level));
	layers(out, "layers", box, true);
	layers(out, "missing", box, false);
	buf_addc(out, '}');
}

static void model(buf *out, server *s) {
	llm_status m = {0};
	llm_get_status(s->service->llm, &m);
	buf_adds(out, ",\"model\":{");
	text(out, "provider", m.provider);
	buf_addc(out, ',');
	text(out, "name", m.model);
	buf_printf(out, ",\"key_present\":%s,", m.key_present ? "true" : "false");
	text(out, "why", m.why);
	buf_addc(out, ',');
	text(out, "circuit", m.circuit);
	buf_addc(out, '}');
}

static void load(buf *out, server *s, const sandbox_status *box) {
	buf_printf(out,
		   ",\"load\":{\"in_flight\":%u,\"in_flight_max\":%llu,\"running\":%u,\"waiting\":%u,\"spares\":%u}",
		   in_flight(s), (unsigned long long)s->config->requests_max, box->running, box->waiting, box->spares);
}

static void versions(buf *out, const sandbox_status *box) {
	buf_adds(out, ",\"python\":{");
	text(out, "python", box->python);
	buf_addc(out, ',');
	text(out, "pandas", box->pandas);
	buf_addc(out, ',');
	text(out, "plotly", box->plotly);
	buf_addc(out, '}');
}

void health_print(server *s, buf *out) {
	sandbox_status box = {0};
	sandbox_get_status(s->service->sandbox, &box);
	buf_adds(out, "{");
	text(out, "status", atomic_load(&s->stopping) ? "stopping" : "ok");
	buf_addc(out, ',');
	text(out, "version", PLOTD_VERSION);
	buf_addc(out, ',');
	text(out, "executor", box.executor);
	buf_addc(out, ',');
	text(out, "why", box.why);
	isolation(out, &box);
	model(out, s);
	load(out, s, &box);
	versions(out, &box);
	buf_printf(out, ",\"uptime_s\":%.1f}", ms_since(s->started_ns) / 1000);
}
