#include "base/log.h"
#include "cli/cli.h"
#include "http/http.h"

const cli_option serve_options[] = {{0}};

bool cmd_serve(cli *c, err *e) {
	plot_service service;
	if (!service_open(c, &service, true, e)) return false;
	bool ok = http_serve(&service, &c->stop, e);
	if (!ok && e->code == ERR_INTERNAL) { /* a request would not end: its thread still uses the service */
		log_err(LOG_ERROR, "stopped", e);
		_exit(err_exit(e->code));
	}
	service_close(&service);
	return ok;
}
