#include "sandbox/inside.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>

/* The directory of the running program, without a slash at its end. */
static bool own_directory(char *to, size_t size) {
	ssize_t n = readlink("/proc/self/exe", to, size - 1);
	if (n <= 0) return false;
	to[n] = 0;
	char *slash = strrchr(to, '/');
	if (slash) *slash = 0;
	return slash;
}

/* Beside plotd; in a build tree; installed; from a unit test of a build tree. */
static const char *const RUNNER_PLACES[] = {"plotd-runner", "../runner/plotd-runner", "../libexec/plotd/plotd-runner",
					    "../../src/runner/plotd-runner"};

bool locate_runner(const config *c, char *path, size_t size, err *e) {
	char own[PATH_MAX];
	if (c->runner && *c->runner) {
		(void)snprintf(path, size, "%s", c->runner);
		if (access(path, X_OK) == 0) return true;
		(void)err_set(e, ERR_SANDBOX, "there is no program %s, which PLOTD_RUNNER names", path);
		return err_hint(e, "Correct PLOTD_RUNNER, or unset it.");
	}
	if (!own_directory(own, sizeof own)) return err_set(e, ERR_SANDBOX, "/proc is not mounted");
	for (size_t i = 0; i < sizeof RUNNER_PLACES / sizeof *RUNNER_PLACES; i++) {
		int n = snprintf(path, size, "%s/%s", own, RUNNER_PLACES[i]);
		if (n > 0 && (size_t)n < size && access(path, X_OK) == 0) return true;
	}
	(void)err_set(e, ERR_SANDBOX, "plotd-runner is not beside plotd in %s", own);
	return err_hint(e, "Install plotd whole, or name the runner with PLOTD_RUNNER.");
}

/* home/lib/python3.N/site-packages */
static bool site_below(const char *home, char *path, size_t size) {
	char lib[PATH_MAX];
	(void)snprintf(lib, sizeof lib, "%s/lib", home);
	DIR *d = opendir(lib);
	if (!d) return false;
	bool found = false;
	for (const struct dirent *entry; !found && (entry = readdir(d));) {
		if (!slice_starts(slice_of(entry->d_name), SLICE("python3"))) continue;
		int n = snprintf(path, size, "%s/%s/site-packages", lib, entry->d_name);
		found = n > 0 && (size_t)n < size && access(path, F_OK) == 0;
	}
	(void)closedir(d);
	return found;
}

/* build/venv in the folder of the program or one above it. */
static bool site_upwards(char *own, char *path, size_t size) {
	for (char *slash; *own; *slash = 0) {
		static const char *const NAMES[] = {"build/venv", "venv"};
		for (size_t i = 0; i < 2; i++) {
			char home[PATH_MAX];
			int n = snprintf(home, sizeof home, "%s/%s", own, NAMES[i]);
			if (n > 0 && (size_t)n < sizeof home && site_below(home, path, size)) return true;
		}
		slash = strrchr(own, '/');
		if (!slash) break;
	}
	return site_below("/opt/plotd/venv", path, size);
}

bool locate_site(const config *c, char *path, size_t size, err *e) {
	char own[PATH_MAX];
	if (c->python_home && *c->python_home) {
		if (site_below(c->python_home, path, size)) return true;
		(void)err_set(e, ERR_SANDBOX, "%s, which PLOTD_PYTHON_HOME names, is no Python environment",
			      c->python_home);
		return err_hint(e,
				"Point PLOTD_PYTHON_HOME at a venv with pandas and plotly, or unset it and run ./run.");
	}
	if (own_directory(own, sizeof own) && site_upwards(own, path, size)) return true;
	(void)err_set(e, ERR_SANDBOX, "there is no Python environment: no build/venv above plotd, no /opt/plotd/venv");
	return err_hint(e, "Run ./run to set it up, or point PLOTD_PYTHON_HOME at a venv with pandas and plotly.");
}
