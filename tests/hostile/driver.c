/* Runs code in the real sandbox for the hostile suite and says what became of
 * it. One line in, one line of JSON out:
 *
 *   run PATH [ROWS]     the code in the file PATH over a sample table, policy off
 *   check PATH          with the policy on
 *   kill PATH MS        as run, cancelled after MS milliseconds
 *   hold PATH           as run, cancelled by the line
 *   release -           which answers nothing itself
 *   status              layers, level, the zygote's pid
 *
 * Options are sandbox_options and configuration: --without LAYERS and
 * anything of `plotd config` (--job-timeout 2s). --threads N lines are worked on
 * at a time (2). */
#include "sample.h"

#include "base/json.h"
#include "sandbox/sandbox.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

typedef struct driver {
	config config;
	sandbox_options options;
	sandbox *sandbox;
	unsigned threads;
	pthread_mutex_t in, out, holding;
	cancel *held; /* the token of `hold` */
} driver;

typedef struct request {
	char verb[16], path[512];
	unsigned long number;
} request;

static void say(driver *d, buf *b) {
	pthread_mutex_lock(&d->out);
	(void)fwrite(b->p, 1, b->n, stdout);
	(void)fputc('\n', stdout);
	(void)fflush(stdout);
	pthread_mutex_unlock(&d->out);
}

static void text_field(buf *b, const char *name, const char *text) {
	buf_printf(b, "\"%s\":", name);
	buf_json(b, slice_of(text), false);
	buf_addc(b, ',');
}

static void raw_field(buf *b, const char *name, slice value) {
	buf_printf(b, "\"%s\":", name);
	buf_add(b, value.n ? value : SLICE("null"));
	buf_addc(b, ',');
}

static void say_result(driver *d, const request *q, const sandbox_result *r, const err *e, double ms) {
	buf b = BUF_INIT(64 << 20);
	buf_adds(&b, "{");
	text_field(&b, "path", q->path);
	text_field(&b, "outcome", e->code == ERR_NONE ? "ok" : err_name(e->code));
	text_field(&b, "message", e->message);
	text_field(&b, "rule", e->rule);
	raw_field(&b, "out", r->out);
	raw_field(&b, "warnings", r->warnings);
	raw_field(&b, "notes", r->notes);
	raw_field(&b, "figures", r->figures);
	buf_printf(&b, "\"line\":%llu,\"ms\":%.2f,", (unsigned long long)e->line, ms);
	buf_printf(&b,
		   "\"timings\":{\"queue\":%.3f,\"spawn\":%.3f,\"frames\":%.3f,\"policy\":%.3f,\"run\":%.3f,"
		   "\"render\":%.3f,\"collect\":%.3f}}",
		   r->timings.queue, r->timings.spawn, r->timings.frames, r->timings.policy, r->timings.run,
		   r->timings.render, r->timings.collect);
	say(d, &b);
	buf_free(&b);
}

static void say_status(driver *d) {
	sandbox_status s;
	buf b = BUF_INIT(1 << 20);
	sandbox_get_status(d->sandbox, &s);
	buf_addc(&b, '{');
	text_field(&b, "level", isolation_name(s.level));
	text_field(&b, "python", s.python);
	text_field(&b, "pandas", s.pandas);
	text_field(&b, "plotly", s.plotly);
	buf_printf(&b, "\"zygote\":%d,\"jobs\":%llu,\"recycled\":%llu,\"running\":%u,\"spares\":%u,\"layers\":[",
		   s.zygote_pid, (unsigned long long)s.jobs, (unsigned long long)s.recycled, s.running, s.spares);
	for (size_t i = 0; i < s.nlayers; i++) {
		buf_adds(&b, i ? ",{" : "{");
		text_field(&b, "name", s.layers[i].name);
		text_field(&b, "reason", s.layers[i].reason);
		text_field(&b, "remedy", s.layers[i].remedy);
		text_field(&b, "state", s.layers[i].state);
		b.n--;
		buf_addc(&b, '}');
	}
	buf_adds(&b, "]}");
	say(d, &b);
	buf_free(&b);
}

typedef struct timer {
	cancel *token;
	unsigned long ms;
} timer;

static void *cancel_later(void *state) {
	const timer *t = state;
	struct timespec pause = {(time_t)(t->ms / 1000), (long)(t->ms % 1000) * 1000000};
	(void)nanosleep(&pause, NULL);
	cancel_set(t->token, ERR_CANCELLED);
	return NULL;
}

static void hold(driver *d, cancel *token) {
	pthread_mutex_lock(&d->holding);
	d->held = token;
	pthread_mutex_unlock(&d->holding);
}

static void release(driver *d) {
	pthread_mutex_lock(&d->holding);
	if (d->held) cancel_set(d->held, ERR_CANCELLED);
	pthread_mutex_unlock(&d->holding);
}

static void run(driver *d, const request *q) {
	err e = ERR_INIT;
	sandbox_result r = {.timings = {0}};
	cancel token = {.fd = -1};
	buf code = BUF_INIT(1 << 20);
	bool kills = strcmp(q->verb, "kill") == 0;
	frame *f = sample_frame("sales", q->number && !kills ? q->number : 1000, &e);
	const frame *const frames[] = {f};
	int64_t start = now_ns();
	if (f && read_file(q->path, &code, &e) && cancel_init(&token, &e)) {
		pthread_t thread;
		timer t = {&token, q->number};
		sandbox_job job = {.code = buf_slice(&code), .frames = frames, .nframes = 1};
		job.no_policy = strcmp(q->verb, "check") != 0;
		kills = kills && pthread_create(&thread, NULL, cancel_later, &t) == 0;
		if (strcmp(q->verb, "hold") == 0) hold(d, &token);
		start = now_ns();
		(void)sandbox_run(d->sandbox, &job, &token, DEADLINE_NEVER, &r, &e);
		if (strcmp(q->verb, "hold") == 0) hold(d, NULL);
		if (kills) (void)pthread_join(thread, NULL);
	}
	say_result(d, q, &r, &e, ms_since(start));
	sandbox_result_free(&r);
	cancel_free(&token);
	buf_free(&code);
	sample_free(f);
}

static bool next_request(driver *d, request *q) {
	char line[1024];
	*q = (request){.number = 0};
	pthread_mutex_lock(&d->in);
	bool more = fgets(line, sizeof line, stdin);
	pthread_mutex_unlock(&d->in);
	return more && sscanf(line, "%15s %511s %lu", q->verb, q->path, &q->number) >= 1;
}

static void *serve(void *state) {
	driver *d = state;
	for (request q; next_request(d, &q);) {
		if (strcmp(q.verb, "status") == 0)
			say_status(d);
		else if (strcmp(q.verb, "release") == 0)
			release(d);
		else
			run(d, &q);
	}
	return NULL;
}

static bool options(driver *d, int argc, char **argv, err *e) {
	d->threads = 2;
	for (int i = 1; i + 1 < argc; i += 2) {
		unsigned long long number = 0;
		if (strcmp(argv[i], "--without") == 0)
			d->options.without = argv[i + 1];
		else if (strcmp(argv[i], "--threads") == 0 && slice_to_u64(slice_of(argv[i + 1]), &number))
			d->threads = (unsigned)number;
		else if (!config_set(&d->config, argv[i] + 2, argv[i + 1], e))
			return false;
	}
	return true;
}

int main(int argc, char **argv) {
	err e = ERR_INIT;
	driver d = {
	    .in = PTHREAD_MUTEX_INITIALIZER, .out = PTHREAD_MUTEX_INITIALIZER, .holding = PTHREAD_MUTEX_INITIALIZER};
	pthread_t thread[64];
	if (config_load(&d.config, &e) && options(&d, argc, argv, &e))
		d.sandbox = sandbox_open(&d.config, &d.options, NULL, &e);
	if (!d.sandbox) {
		(void)fprintf(stderr, "%s: %s %s\n", err_name(e.code), e.message, err_remedy(&e));
		return err_exit(e.code);
	}
	unsigned n = d.threads < 64 ? d.threads : 64;
	for (unsigned i = 1; i < n; i++)
		if (pthread_create(&thread[i], NULL, serve, &d)) n = i;
	(void)serve(&d);
	for (unsigned i = 1; i < n; i++) (void)pthread_join(thread[i], NULL);
	sandbox_close(d.sandbox);
	return 0;
}
