/* The engine and its image, by starting a container; and Python's docker
 * package, which is no part of plotd but fails on many machines in a way that
 * looks as if the engine did. */
#include "cli/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

extern char **environ;

static void tell_image(report *r, const sandbox_status *s, const char *image) {
	char remedy[300];
	(void)snprintf(remedy, sizeof remedy, "Build it anew: docker build -f Dockerfile.execution -t %.100s .", image);
	if (s->outdated)
		doctor_tell(r, WARNING, "docker image", "it was built from other sources than this plotd", remedy);
	else
		doctor_tell(r, FINE, "docker image", image, "");
}

/* Whether an engine that does not serve is worth a word: not where nobody asked for one and none is needed. */
static enum verdict weight(const cli *c, const sandbox_status *used) {
	static const char unix_scheme[] = "unix://";
	const char *host = c->config.docker_host, *path = host + sizeof unix_scheme - 1;
	bool none =
	    strncmp(host, unix_scheme, sizeof unix_scheme - 1) == 0 && access(path, F_OK) < 0 && errno == ENOENT;
	return none && used->level == ISOLATION_FULL ? FINE : WARNING;
}

static void check_engine(cli *c, report *r, const sandbox_status *used) {
	err e = ERR_INIT;
	char text[900];
	sandbox_status status = {0};
	config with_docker = c->config;
	sandbox_options options = {.running = 1};
	with_docker.executor = "docker";
	sandbox *s = sandbox_open(&with_docker, &options, &c->stop, &e);
	if (s) {
		sandbox_get_status(s, &status);
		(void)snprintf(text, sizeof text, "%s: a container ran at level %s", status.engine,
			       isolation_name(status.level));
		doctor_tell(r, FINE, "docker", text, "");
		tell_image(r, &status, c->config.docker_image);
		sandbox_close(s);
		return;
	}
	enum verdict v = weight(c, used);
	(void)snprintf(text, sizeof text, "%s%s", e.message, v == FINE ? "; none is needed" : "");
	doctor_tell(r, v, "docker", text, err_remedy(&e));
}

/* What a program says on both its streams, to its end or the deadline; false where it cannot be started. */
static bool hear(char *const argv[], int *status, buf *said, const cancel *stop) {
	int ends[2];
	pid_t pid = -1;
	posix_spawn_file_actions_t actions;
	if (pipe2(ends, O_CLOEXEC) < 0) return false;
	cleanup_close int in = ends[0];
	if (posix_spawn_file_actions_init(&actions)) return (void)close(ends[1]), false;
	(void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
	int number = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(ends[1]);
	if (number) return false;
	deadline until = deadline_in_ms(20000);
	err e = ERR_INIT;
	for (char part[4096]; wait_fd(in, POLLIN, stop, until, &e);) {
		ssize_t n = read(in, part, sizeof part);
		if (n <= 0) break;
		buf_add(said, (slice){part, (size_t)n});
	}
	if (e.code != ERR_NONE) (void)kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR) continue;
	return true;
}

/* docker before 7.1 and requests from 2.32 on do not go together: what they tell of is a URL, what they mean is that.
 */
static void check_python_package(const cli *c, report *r) {
	static char script[] = "import docker; docker.from_env(timeout=10).ping()";
	static char name[] = "python3", flag[] = "-c";
	char *const argv[] = {name, flag, script, NULL};
	int status = 0;
	cleanup_buf buf said = BUF_INIT(1 << 20);
	if (!hear(argv, &status, &said, &c->stop) || status == 0) return;
	if (!said.n || !memmem(said.p, said.n, "http+docker", 11))
		return; /* no such package, or no engine, which was told above */
	doctor_tell(r, WARNING, "Python's docker",
		    "it ends with \"Not supported URL scheme http+docker\": docker before 7.1 "
		    "with requests 2.32 or later; plotd does not use it",
		    "pip install --upgrade 'docker>=7.1'; for docker-compose 1: use `docker compose`");
}

void doctor_docker(cli *c, report *r, const sandbox_status *used) {
	bool chosen = strcmp(c->config.executor, "docker") == 0; /* then "sandbox" above has told of its failure */
	if (strcmp(used->executor, "docker") == 0)
		tell_image(r, used, c->config.docker_image);
	else if (!chosen)
		check_engine(c, r, used);
	check_python_package(c, r);
}
