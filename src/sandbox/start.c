/* Starting and ending a runner: posix_spawn with a clean environment and two
 * descriptors, then HELLO, then READY or FAILED. */
#include "sandbox/inside.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { START_MS = 60000, GRACE_MS = 5000, RUNNER_FD = 3 };

/* Nothing of plotd's environment, which holds keys. One thread each in BLAS, Arrow and malloc: a fork takes only one.
 */
char *const RUNNER_ENVIRONMENT[] = {"PATH=/nowhere",
				    "LANG=C.UTF-8",
				    "TZ=UTC",
				    "OPENBLAS_NUM_THREADS=1",
				    "OMP_NUM_THREADS=1",
				    "ARROW_DEFAULT_MEMORY_POOL=system",
				    "MALLOC_ARENA_MAX=1",
				    "JE_ARROW_MALLOC_CONF=background_thread:false",
				    "ARROW_NUM_THREADS=1",
				    NULL};

static int spawn(const char *path, int socket, pid_t *pid) {
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	if (posix_spawn_file_actions_init(&actions)) return ENOMEM;
	if (posix_spawnattr_init(&attributes)) return (void)posix_spawn_file_actions_destroy(&actions), ENOMEM;
	/* A session of its own: Ctrl-C on the terminal is for plotd, which then ends its runner in order. */
	(void)posix_spawnattr_setflags(&attributes,
				       POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setsigdefault(&attributes, &all);
	(void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
	(void)posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1, 0);
	(void)posix_spawn_file_actions_adddup2(&actions, socket, RUNNER_FD);
	char *argv[] = {(char *)(uintptr_t) "plotd-runner", NULL};
	int number = posix_spawn(pid, path, &actions, &attributes, argv, RUNNER_ENVIRONMENT);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return number;
}

void hello_fill(const struct sandbox *s, unsigned slots, uint64_t spares, bool patient, wire_hello *h) {
	const config *c = s->config;
	*h = (wire_hello){.slots = slots,
			  .spares = (uint32_t)(spares < WIRE_MAX_SLOTS / 2 ? spares : WIRE_MAX_SLOTS / 2),
			  .memory = c->job_memory,
			  .pids = c->job_pids,
			  .cpus = c->job_cpus,
			  .wall_ms = s->without & LAYER_BIT(LAYER_CLOCK) ? 0 : c->job_ms,
			  .result_max = result_limit(c),
			  .frames_max = 8 * c->upload_max, /* a frame may be larger than its file */
			  .without = s->without,
			  .patient = patient};
}

bool ready_hear(int socket, wire_ready *ready, err *e) {
	switch (wire_peek(socket)) {
	case WIRE_READY: return wire_receive(socket, &ready->head, WIRE_READY, sizeof *ready, NULL, NULL, e);
	case WIRE_FAILED: {
		wire_failed failed;
		if (!wire_receive(socket, &failed.head, WIRE_FAILED, sizeof failed, NULL, NULL, e)) return false;
		(void)err_set(e, ERR_SANDBOX, "%.*s", (int)sizeof failed.sentence, failed.sentence);
		return err_hint(e, "%.*s", (int)sizeof failed.hint, failed.hint);
	}
	default: break;
	}
	(void)err_set(e, ERR_SANDBOX, "plotd-runner died while it started");
	return err_hint(e, "Its last words are on standard error; `plotd doctor` looks at each layer.");
}

static bool begin(const struct sandbox *s, unsigned slots, bool patient, link_t *l, const cancel *c, err *e) {
	char path[PATH_MAX];
	wire_hello hello;
	int pair[2];
	hello_fill(s, slots, s->config->spares, patient, &hello);
	if (!locate_site(s->config, hello.site, sizeof hello.site, e) ||
	    !locate_runner(s->config, path, sizeof path, e))
		return false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(e, ERR_SANDBOX, errno, "cannot make a socket pair");
	l->socket = pair[0];
	/* dup2 onto itself would keep close-on-exec: the runner's end must not already be RUNNER_FD. */
	int number = pair[1] == RUNNER_FD ? EMFILE : spawn(path, pair[1], &l->pid);
	(void)close(pair[1]);
	if (number) return l->pid = -1, err_errno(e, ERR_SANDBOX, number, "cannot start %s", path);
	l->pidfd = (int)syscall(SYS_pidfd_open, l->pid, 0);
	if (l->pidfd < 0) return err_errno(e, ERR_SANDBOX, errno, "cannot watch plotd-runner");
	return wire_send(l->socket, &hello.head, WIRE_HELLO, sizeof hello, NULL, 0, e) &&
	       wait_fd(l->socket, POLLIN, c, deadline_in_ms(START_MS), e) && ready_hear(l->socket, &l->ready, e);
}

link_t *link_start(const struct sandbox *s, unsigned slots, bool patient, const cancel *c, err *e) {
	link_t *l = calloc(1, sizeof *l);
	if (!l) return (void)err_set(e, ERR_MEMORY, "out of memory"), NULL;
	*l = (link_t){.socket = -1, .pid = -1, .pidfd = -1, .started_ns = now_ns()};
	if (begin(s, slots, patient, l, c, e)) return l;
	link_stop(l);
	return NULL;
}

bool link_gone(const link_t *l, int64_t ms) {
	err e = ERR_INIT;
	return l->pidfd < 0 || wait_fd(l->pidfd, POLLIN, NULL, deadline_in_ms(ms), &e);
}

void link_stop(link_t *l) {
	if (!l) return;
	close_fd(&l->socket); /* the order to end, for zygote and keeper alike */
	if (l->pid > 0) {
		if (!link_gone(l, GRACE_MS)) (void)kill(l->pid, SIGKILL);
		while (waitpid(l->pid, NULL, 0) < 0 && errno == EINTR) continue;
	}
	close_fd(&l->pidfd);
	free(l);
}
