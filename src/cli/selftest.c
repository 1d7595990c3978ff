/* A real plot through each executor there is, with its timings. */
#include "cli/cli.h"

#include <stdio.h>

const cli_option selftest_options[] = {{0}};

/* Small, with every type of column, and an answer that is known: north 30.5, south 12. */
static const char sample[] = "day,region,amount,paid\n"
			     "2024-01-01,north,10.5,true\n"
			     "2024-01-02,north,20,false\n"
			     "2024-01-02,south,12,true\n";

static bool plot_sample(cli *c, const plot_service *s, plot_reply *r, err *e) {
	frame_file file = {SLICE("sample.csv"), SLICE(sample)};
	plot_request q = {
	    .files = &file, .nfiles = 1, .question = SLICE("total amount by region"), .provider = "rules"};
	if (!plot_make(s, &q, NULL, &c->stop, deadline_in_ms((int64_t)c->config.request_ms), r, e)) return false;
	if (memmem(r->result.figures.p, r->result.figures.n, "north", 5)) return true;
	return err_set(e, ERR_INTERNAL, "the figure lacks the data that went in");
}

static bool test_executor(cli *c, const char *name, buf *out, err *e) {
	plot_service service;
	plot_reply reply;
	sandbox_status status = {0};
	int64_t start = now_ns();
	c->config.executor = name;
	if (!service_open(c, &service, true, e)) return false;
	double opened = ms_since(start);
	sandbox_get_status(service.sandbox, &status);
	plot_reply_init(&reply, &c->config);
	bool ok = plot_sample(c, &service, &reply, e);
	if (ok)
		buf_printf(
		    out,
		    "%-8s ok, isolation %s: start %.0f ms; read %.1f, plan %.1f, run %.1f, page %.1f, total %.1f ms\n",
		    name, isolation_name(status.level), opened, reply.timings.read, reply.timings.plan,
		    reply.timings.run, reply.timings.page, reply.timings.total);
	plot_reply_free(&reply);
	service_close(&service);
	return ok;
}

bool cmd_selftest(cli *c, err *e) {
	static const char *const executors[] = {"native", "docker"};
	size_t worked = 0;
	for (size_t i = 0; i < sizeof executors / sizeof *executors; i++) {
		err why = ERR_INIT;
		cleanup_buf buf out = BUF_INIT(4096);
		bool ok = test_executor(c, executors[i], &out, &why);
		if (why.code == ERR_CANCELLED) {
			*e = why;
			return false;
		}
		if (!ok)
			buf_printf(&out, "%-8s not working: %s\n%-8s -> %s\n", executors[i], why.message, "",
				   err_remedy(&why));
		worked += ok;
		if (!cli_print(buf_slice(&out), e)) return false;
	}
	c->exit_code = worked ? 0 : err_exit(ERR_SANDBOX);
	return true;
}
