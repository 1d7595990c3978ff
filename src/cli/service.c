#include "cli/cli.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>

/* Folders from which a Python environment is looked for, in order: PLOTD_PYTHON_HOME,
 * build/venv above the program, the place of the package. The runner looks likewise. */
static bool find_in(const char *home, buf *path) {
	char pattern[2 * PATH_MAX];
	glob_t found;
	(void)snprintf(pattern, sizeof pattern, "%s/lib/python3*/site-packages/plotly/package_data/plotly.min.js",
		       home);
	bool ok = glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0;
	if (ok) buf_adds(path, found.gl_pathv[0]);
	globfree(&found);
	return ok;
}

static bool find_above(buf *path) {
	char at[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", at, sizeof at - 16);
	if (n <= 0) return false;
	at[n] = '\0';
	for (char *slash = strrchr(at, '/'); slash; slash = strrchr(at, '/')) {
		memcpy(slash, "/venv", 6);
		if (find_in(at, path)) return true;
		*slash = '\0';
	}
	return false;
}

bool find_plotly_js(const config *c, buf *path, err *e) {
	if (c->plotly_js && *c->plotly_js) {
		buf_adds(path, c->plotly_js);
		return true;
	}
	if (c->python_home && *c->python_home) {
		if (find_in(c->python_home, path)) return true;
	} else if (find_above(path) || find_in("/opt/plotd/venv", path))
		return true;
	err_set(e, ERR_SETUP, "plotly.min.js is not found in the Python environment");
	return err_hint(e, "Run ./run once, or set PLOTD_PYTHON_HOME or PLOTD_PLOTLY_JS.");
}

bool service_open(const cli *c, plot_service *s, bool with_model, err *e) {
	cleanup_buf buf path = BUF_INIT(PATH_MAX);
	sandbox_options options = {.without = getenv("PLOTD_WITHOUT"), .running = (unsigned)c->config.running_max};
	*s = (plot_service){.config = &c->config};
	if (!options.running) options.running = 2 * (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	bool ok = find_plotly_js(&c->config, &path, e) && (s->assets = page_assets_open(buf_cstr(&path), e)) &&
		  (!with_model || (s->llm = llm_open(&c->config, e))) &&
		  (s->sandbox = sandbox_open(&c->config, &options, &c->stop, e));
	if (!ok) service_close(s);
	return ok;
}

void service_close(plot_service *s) {
	sandbox_close(s->sandbox);
	llm_close(s->llm);
	page_assets_free(s->assets);
	*s = (plot_service){0};
}
