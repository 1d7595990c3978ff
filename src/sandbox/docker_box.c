/* One container: made, started, called by its runner, warm; and its end. The
 * runner's way to plotd is a socket file of its own, mounted into it: memory
 * files cross it as they do between any two processes of one kernel, so that
 * the border (wire.h) and what travels over it are the same as without Docker. */
#include "sandbox/docker.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { WARM_MS = 60000, LOOK_MS = 500, END_MS = 3000 };

static void box_path(const box *b, const place *p, char *to, size_t size) {
	(void)snprintf(to, size, "%s/%llu", p->owner.directory, (unsigned long long)b->number);
}

/* What a container is asked for goes by its name, so that one can be removed whose making was never answered. */
static void box_call(const box *b, const place *p, const char *rest, char *to, size_t size) {
	(void)snprintf(to, size, "/containers/plotd-%s-%llu%s", p->owner.service, (unsigned long long)b->number, rest);
}

/* The directory is plotd's alone, so that whoever reaches the file is the engine or root. Its container's user is
 * another, and on some engines from a range that is not known here. */
static int listen_at(const char *path, err *e) {
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	memcpy(at.sun_path, path, strlen(path) + 1);
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || chmod(path, 0666) < 0 || listen(fd, 1) < 0)
		return (void)err_errno(e, ERR_SANDBOX, errno, "cannot make the socket %s", path), -1;
	return steal_fd(&fd);
}

static bool create(const box *b, const struct sandbox *s, const engine *g, const place *p, const char *socket, err *e) {
	char path[200];
	(void)snprintf(path, sizeof path, "/containers/create?name=plotd-%s-%llu", p->owner.service,
		       (unsigned long long)b->number);
	cleanup_free char *body = box_body(s->config, &g->facts, &p->owner, b->number, socket);
	if (!body) return err_set(e, ERR_MEMORY, "no memory for a call to the Docker engine");
	cleanup_call engine_call call = {.what = "make a container", .method = "POST", .path = path, .body = body};
	return engine_ask(g, &call, NULL, e);
}

static bool start(const box *b, const engine *g, const place *p, err *e) {
	char path[200];
	box_call(b, p, "/start", path, sizeof path);
	cleanup_call engine_call call = {.what = "start a container", .method = "POST", .path = path, .ms = WARM_MS};
	return engine_ask(g, &call, NULL, e);
}

static bool look(const box *b, const engine *g, const place *p, box_state *state, err *e) {
	char path[200];
	box_call(b, p, "/json", path, sizeof path);
	cleanup_call engine_call call = {.what = "show a container", .method = "GET", .path = path};
	return engine_ask(g, &call, NULL, e) && engine_read_state(buf_slice(&call.answer), state, e);
}

/* Its state once it has ended, if it is about to: a runner's socket closes a moment before. */
static bool look_after_end(const box *b, const engine *g, const place *p, box_state *state, err *e) {
	char path[200];
	err late = ERR_INIT;
	box_call(b, p, "/wait", path, sizeof path);
	cleanup_call engine_call call = {.what = "wait for a container", .method = "POST", .path = path, .ms = END_MS};
	(void)engine_ask(g, &call, NULL, &late);
	return look(b, g, p, state, e);
}

enum { EXIT_USAGE = 2, EXIT_UNREACHED = 3, EXIT_KILLED = 137 }; /* of plotd-runner (main.c), and of SIGKILL */

static bool out_of_memory(const struct sandbox *s, err *e) {
	(void)err_set(e, ERR_SANDBOX, "a container used up its %llu MiB of memory before it was ready",
		      (unsigned long long)s->config->job_memory >> 20);
	return err_hint(e, "Raise PLOTD_JOB_MEMORY: the container's Python counts in it.");
}

/* A container that ended before it was warm. */
static bool stillborn(const box_state *state, const struct sandbox *s, err *e) {
	if (state->oom) return out_of_memory(s, e);
	switch (state->exit_code) {
	case EXIT_UNREACHED:
		(void)err_set(e, ERR_SANDBOX, "the container cannot reach plotd's socket");
		return err_hint(e,
				"The engine runs in a virtual machine, as Docker Desktop's does, or something forbids "
				"the connection: set PLOTD_EXECUTOR=native.");
	case EXIT_USAGE:
		(void)err_set(e, ERR_SANDBOX, "%s was built for another plotd", s->config->docker_image);
		return err_hint(e, "Build it anew: docker build -f Dockerfile.execution -t %s .",
				s->config->docker_image);
	case EXIT_KILLED: return err_set(e, ERR_SANDBOX, "a container was killed from outside while it started");
	default: break;
	}
	return err_set(e, ERR_SANDBOX, "a container ended with exit code %d while it started%s%s", state->exit_code,
		       *state->error ? ": " : "", state->error);
}

/* Waits until `fd` can be read, and looks after the container now and then: it may have died without a word. */
static bool await(const box *b, int fd, const struct sandbox *s, const engine *g, const place *p, const cancel *stop,
		  err *e) {
	for (deadline until = deadline_in_ms(WARM_MS);;) {
		err late = ERR_INIT;
		box_state state;
		if (wait_fd(fd, POLLIN, stop, deadline_first(until, deadline_in_ms(LOOK_MS)), &late)) return true;
		if (late.code != ERR_DEADLINE) return *e = late, false;
		if (!look(b, g, p, &state, e)) return false;
		if (!state.running) return stillborn(&state, s, e);
		if (deadline_left_ms(until) > 0) continue;
		(void)err_set(e, ERR_SANDBOX, "a container was not ready within %d seconds", WARM_MS / 1000);
		return err_hint(e, "The machine is overloaded: lower PLOTD_RUNNING, or set PLOTD_EXECUTOR=native.");
	}
}

static void know_peer(box *b) {
	struct ucred who = {.pid = 0};
	socklen_t size = sizeof who;
	if (getsockopt(b->socket, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0) b->keeper = who.pid;
}

/* The image's runner says READY in words of its own build. */
static bool hear(box *b, const struct sandbox *s, const engine *g, const place *p, err *e) {
	err why = ERR_INIT;
	box_state state;
	if (ready_hear(b->socket, &b->ready, &why)) return true;
	bool gone = wire_peek(b->socket) == 0 && look_after_end(b, g, p, &state, &why) && !state.running;
	if (gone && (state.oom || state.exit_code > 1)) return stillborn(&state, s, e);
	return *e = why, false;
}

bool box_make(box *b, const struct sandbox *s, const engine *g, const place *p, const cancel *stop, err *e) {
	char path[sizeof(struct sockaddr_un) - sizeof(sa_family_t)];
	wire_hello hello;
	box_path(b, p, path, sizeof path);
	cleanup_close int door = listen_at(path, e);
	if (door < 0 || !create(b, s, g, p, path, e) || !start(b, g, p, e) || !await(b, door, s, g, p, stop, e))
		return false;
	b->socket = accept4(door, NULL, NULL, SOCK_CLOEXEC);
	if (b->socket < 0) return err_errno(e, ERR_SANDBOX, errno, "a container's runner hung up");
	know_peer(b);
	hello_fill(s, 1, 1, b->patient, &hello);
	hello.memory_held = g->facts.memory;
	return wire_send(b->socket, &hello.head, WIRE_HELLO, sizeof hello, NULL, 0, e) &&
	       await(b, b->socket, s, g, p, stop, e) && hear(b, s, g, p, e);
}

bool box_fate(const box *b, const struct sandbox *s, const engine *g, const place *p, err *e) {
	box_state state;
	err why = ERR_INIT;
	if (look_after_end(b, g, p, &state, &why) && state.oom)
		return err_set(e, ERR_CODE_MEMORY,
			       "the code used more than %llu MiB of memory, and its container was killed",
			       (unsigned long long)s->config->job_memory >> 20);
	if (why.code != ERR_NONE) return *e = why, false;
	(void)err_set(e, ERR_SANDBOX, "the job's container was killed from outside");
	return err_hint(e, "Ask again; if it happens often, see who removes containers: docker events.");
}

bool box_remove(box *b, const engine *g, const place *p, err *e) {
	char path[200];
	close_fd(&b->socket);
	box_path(b, p, path, sizeof path);
	(void)unlink(path);
	box_call(b, p, "?force=true&v=true", path, sizeof path);
	cleanup_call engine_call call = {.what = "remove a container", .method = "DELETE", .path = path};
	err why = ERR_INIT;
	if (engine_ask(g, &call, NULL, &why) || call.status == 404 || call.status == 409) return true;
	return *e = why, false;
}
