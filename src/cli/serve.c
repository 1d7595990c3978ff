#include "cli/cli.h"
#include "http/http.h"

const cli_option serve_options[] = {{0}};

bool cmd_serve(cli *c, err *e) {
	plot_service service;
	if (!service_open(c, &service, true, e)) return false;
	bool ok = http_serve(&service, &c->stop, e);
	service_close(&service);
	return ok;
}
