/* Everything that can be wrong, checked by doing, a line each. */
#include "cli/doctor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <time.h>

const cli_option doctor_options[] = {{"json", 0, NULL, "for programs"},
				     {"online", 0, NULL, "ask the model a question too, which may cost a little"},
				     {0}};

/* One line: what was looked at, how it is, and for what is not fine the command that mends it. */
void doctor_tell(report *r, enum verdict v, const char *what, const char *state, const char *remedy) {
	static const char *const words[] = {"ok", "warning", "failure"};
	if (v > r->worst) r->worst = v;
	if (!r->json) {
		buf_printf(&r->out, "%-8s %-22s %s\n", words[v], what, state);
		if (v != FINE && *remedy) buf_printf(&r->out, "%-31s -> %s\n", "", remedy);
		return;
	}
	buf_printf(&r->out, "%s{\"check\":", r->n++ ? "," : "");
	buf_json(&r->out, slice_of(what), false);
	buf_printf(&r->out, ",\"verdict\":\"%s\",\"state\":", words[v]);
	buf_json(&r->out, slice_of(state), false);
	buf_adds(&r->out, ",\"remedy\":");
	buf_json(&r->out, slice_of(v == FINE ? "" : remedy), false);
	buf_addc(&r->out, '}');
}

static void check_layers(const sandbox_status *s, report *r) {
	for (size_t i = 0; i < s->nlayers; i++) {
		const sandbox_layer *l = &s->layers[i];
		char state[200];
		bool on = strcmp(l->state, "on") == 0;
		(void)snprintf(state, sizeof state, "%s%s%s", l->state, l->reason[0] ? ": " : "", l->reason);
		doctor_tell(r, on ? FINE : WARNING, l->name, state, l->remedy);
	}
}

static void check_sandbox(cli *c, report *r, sandbox_status *used) {
	err e = ERR_INIT;
	char text[300];
	sandbox_status status = {0};
	sandbox_options options = {.running = 1};
	sandbox *s = sandbox_open(&c->config, &options, &c->stop, &e);
	if (!s) {
		doctor_tell(r, FAILURE, "sandbox", e.message, err_remedy(&e));
		return;
	}
	sandbox_get_status(s, &status);
	*used = status;
	(void)snprintf(text, sizeof text, "Python %s, pandas %s, plotly %s", status.python, status.pandas,
		       status.plotly);
	doctor_tell(r, FINE, "Python", text, "");
	(void)snprintf(text, sizeof text, "%s: %s%s%s", status.executor, status.why, *status.engine ? "; " : "",
		       status.engine);
	doctor_tell(r, FINE, "executor", text, "");
	check_layers(&status, r);
	doctor_tell(r, status.level == ISOLATION_FULL ? FINE : WARNING, "isolation", isolation_name(status.level),
		    "Mend the layers above that are not on.");
	sandbox_result result = {0};
	sandbox_job job = {.code = SLICE("fig = px.bar(x=['a', 'b'], y=[1, 2])\n")};
	if (sandbox_run(s, &job, &c->stop, deadline_in_ms((int64_t)c->config.job_ms), &result, &e))
		doctor_tell(r, FINE, "job", "a figure was made in the sandbox", "");
	else
		doctor_tell(r, FAILURE, "job", e.message, err_remedy(&e));
	sandbox_result_free(&result);
	sandbox_close(s);
}

static void check_page(cli *c, report *r) {
	err e = ERR_INIT;
	cleanup_buf buf path = BUF_INIT(4096);
	page_assets *assets = find_plotly_js(&c->config, &path, &e) ? page_assets_open(buf_cstr(&path), &e) : NULL;
	if (assets)
		doctor_tell(r, FINE, "plotly.js", buf_cstr(&path), "");
	else
		doctor_tell(r, FAILURE, "plotly.js", e.message, err_remedy(&e));
	page_assets_free(assets);
}

static void check_port(cli *c, report *r) {
	char text[128];
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)c->config.port)};
	cleanup_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;
	if (inet_pton(AF_INET, c->config.host, &at.sin_addr) != 1) return; /* an IPv6 address or a name: serve tells */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	bool free_port = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0;
	(void)snprintf(text, sizeof text, "%s:%llu %s%s", c->config.host, (unsigned long long)c->config.port,
		       free_port ? "is free" : "cannot be used: ", free_port ? "" : strerror(errno));
	doctor_tell(r, free_port ? FINE : WARNING, "port", text,
		    "Stop what holds it, or choose another: plotd serve --port 8001");
}

static void check_memory(cli *c, report *r) {
	struct sysinfo info;
	struct statvfs disk;
	char text[128];
	if (sysinfo(&info) == 0) {
		double have = (double)info.totalram * info.mem_unit, need = 2.0 * (double)c->config.job_memory;
		(void)snprintf(text, sizeof text, "%.1f GiB of memory, %.1f GiB for two jobs", have / 1073741824,
			       need / 1073741824);
		doctor_tell(r, have >= need ? FINE : WARNING, "memory", text,
			    "Lower PLOTD_JOB_MEMORY or PLOTD_RUNNING.");
	}
	if (statvfs("/tmp", &disk) == 0) {
		double have = (double)disk.f_bavail * (double)disk.f_frsize;
		(void)snprintf(text, sizeof text, "%.1f GiB free in /tmp", have / 1073741824);
		doctor_tell(r, have > 268435456 ? FINE : WARNING, "disk", text,
			    "Free some: the cache of code wants a little.");
	}
}

static void check_clock(report *r) {
	enum { RELEASED = 1767225600 }; /* 2026-01-01: before it, certificates are not valid yet */
	time_t now = time(NULL);
	doctor_tell(r, now > RELEASED ? FINE : WARNING, "clock", now > RELEASED ? "plausible" : "before 2026",
		    "Set the clock: timedatectl set-ntp true");
}

/* A question that every model can answer, about a table of two rows. Only the model's own failure counts: whether its
 * code is good is not asked here. */
static void ask_model(cli *c, llm *l, report *r) {
	err e = ERR_INIT;
	char text[300];
	read_options options = {.name = "sales.csv"};
	cleanup_frame frame *f =
	    frame_read(SLICE("region,amount\nnorth,1\nsouth,2\n"), &options, &c->stop, DEADLINE_NEVER, &e);
	cleanup_answer llm_answer answer = LLM_ANSWER_INIT;
	llm_ask ask = {.question = SLICE("amount by region"), .frames = &f, .nframes = 1};
	deadline until = deadline_in_ms((int64_t)c->config.llm_ms);
	bool answered = f && llm_write(l, &ask, NULL, NULL, &c->stop, until, &answer, &e);
	(void)snprintf(text, sizeof text, "%s after %.0f ms", answer.engine, answer.ms);
	if (answered)
		doctor_tell(r, FINE, "model answers", text, "");
	else
		doctor_tell(r, e.code == ERR_MODEL_REPLY ? WARNING : FAILURE, "model answers", e.message,
			    err_remedy(&e));
}

static void check_model(cli *c, report *r) {
	err e = ERR_INIT;
	char text[300];
	llm_status status = {0};
	c->config.cache = "off"; /* an answer that was kept would say nothing, nor would the rules' */
	c->config.fallback = "none";
	llm *l = llm_open(&c->config, &e);
	if (!l) {
		doctor_tell(r, FAILURE, "model", e.message, err_remedy(&e));
		return;
	}
	llm_get_status(l, &status);
	bool rules = strcmp(status.provider, "rules") == 0;
	(void)snprintf(text, sizeof text, "%s%s%s: %s", status.provider, *status.model ? "/" : "", status.model,
		       status.why);
	doctor_tell(r, status.key_present || rules ? FINE : FAILURE, "model", text,
		    "Set the provider's key, or PLOTD_LLM=rules.");
	if (cli_has(c, "online") && !rules) ask_model(c, l, r);
	llm_close(l);
}

/* By the worst: nothing to do, something to look at, something that plotd cannot do without. */
static const struct {
	const char *word;
	int exit_code;
} OUTCOMES[] = {[FINE] = {"ok", 0}, [WARNING] = {"warning", 1}, [FAILURE] = {"failure", 5}};

bool cmd_doctor(cli *c, err *e) {
	report r = {.out = BUF_INIT((size_t)1 << 20), .json = cli_has(c, "json")};
	sandbox_status used = {.executor = ""};
	if (r.json) buf_adds(&r.out, "{\"checks\":[");
	check_page(c, &r);
	check_sandbox(c, &r, &used);
	doctor_docker(c, &r, &used);
	check_model(c, &r);
	check_port(c, &r);
	check_memory(c, &r);
	check_clock(&r);
	if (r.json) buf_printf(&r.out, "],\"worst\":\"%s\"}\n", OUTCOMES[r.worst].word);
	bool ok = buf_ok(&r.out) ? cli_print(buf_slice(&r.out), e) : err_set(e, ERR_MEMORY, "out of memory");
	buf_free(&r.out);
	c->exit_code = OUTCOMES[r.worst].exit_code;
	return ok;
}
