/* Calls to the engine: HTTP over its unix socket by libcurl. Each has a
 * connection of its own: a local one costs nothing, and none can be stale
 * after the engine was started anew. */
#include "sandbox/docker.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { CALL_MS = 30000, PULL_MS = 600000, ANSWER_MAX = 16 << 20 };

static bool no_engine(const char *socket, int number, err *e) {
	switch (number) {
	case ENOENT:
		(void)err_set(e, ERR_SANDBOX, "there is no Docker engine: no socket at %s", socket);
		return err_hint(e, "Start it: sudo systemctl start docker; or name its socket with DOCKER_HOST.");
	case EACCES:
	case EPERM:
		(void)err_set(e, ERR_SANDBOX, "this user may not speak to the Docker engine at %s", socket);
		return err_hint(e, "Join its group: sudo usermod -aG docker $USER; then log in anew.");
	case ECONNREFUSED:
		(void)err_set(e, ERR_SANDBOX, "the Docker engine is off: nobody answers at %s", socket);
		return err_hint(e, "Start it: sudo systemctl start docker");
	default: (void)err_errno(e, ERR_SANDBOX, number, "the Docker engine cannot be reached at %s", socket);
	}
	return err_hint(e, "Look at the engine: sudo systemctl status docker");
}

/* libcurl does not tell why a connection failed; asked once more by hand, the kernel does. */
static bool reachable(const char *socket_path, err *e) {
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	(void)snprintf(to.sun_path, sizeof to.sun_path, "%s", socket_path);
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) return err_errno(e, ERR_MEMORY, errno, "cannot make a socket");
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) return true;
	return no_engine(socket_path, errno, e);
}

static size_t receive(char *data, size_t size, size_t n, void *state) {
	buf *answer = state;
	buf_add(answer, (slice){data, n * size});
	return buf_ok(answer) ? n : CURL_WRITEFUNC_ERROR;
}

static void free_easy(CURL **h) {
	if (*h) curl_easy_cleanup(*h);
}
static void free_multi(CURLM **m) {
	if (*m) (void)curl_multi_cleanup(*m);
}
static void free_list(struct curl_slist **l) {
	curl_slist_free_all(*l);
}

static bool set_options(CURL *h, const engine *g, engine_call *call, struct curl_slist *headers) {
	cleanup_buf buf url = BUF_INIT(4096);
	buf_printf(&url, "http://docker%s%s", g->prefix, call->path);
	bool good = buf_ok(&url) && curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, g->socket) == CURLE_OK &&
		    curl_easy_setopt(h, CURLOPT_URL, buf_cstr(&url)) == CURLE_OK &&
		    curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, call->method) == CURLE_OK;
	if (call->body || strcmp(call->method, "POST") == 0)
		(void)curl_easy_setopt(h, CURLOPT_POSTFIELDS, call->body ? call->body : "");
	(void)curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(h, CURLOPT_NOPROXY, "*");
	(void)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, receive);
	(void)curl_easy_setopt(h, CURLOPT_WRITEDATA, &call->answer);
	return good;
}

/* Until the transfer is over; false with *e when it is not wanted any more or takes too long. */
static bool drive(CURLM *multi, const engine_call *call, const cancel *stop, CURLcode *outcome, err *e) {
	deadline until = deadline_in_ms(call->ms ? call->ms : CALL_MS);
	for (int running = 1, left;;) {
		if (curl_multi_perform(multi, &running) != CURLM_OK) running = 0;
		const CURLMsg *m = curl_multi_info_read(multi, &left);
		if (m && m->msg == CURLMSG_DONE) return *outcome = m->data.result, true;
		if (!running) return *outcome = CURLE_RECV_ERROR, true;
		struct curl_waitfd token = {.fd = stop ? stop->fd : -1, .events = CURL_WAIT_POLLIN};
		(void)curl_multi_poll(multi, &token, stop ? 1 : 0, (int)deadline_left_ms(until), NULL);
		if (cancel_reason(stop) != ERR_NONE) return still_wanted(stop, DEADLINE_NEVER, e);
		if (deadline_left_ms(until) > 0) continue;
		(void)err_set(e, ERR_SANDBOX, "the Docker engine did not %s within %lld seconds", call->what,
			      (long long)(call->ms ? call->ms : CALL_MS) / 1000);
		return err_hint(e, "It is overloaded or hangs: sudo systemctl restart docker");
	}
}

static bool cut_off(const engine *g, const engine_call *call, CURLcode outcome, err *e) {
	if (outcome == CURLE_WRITE_ERROR)
		return err_set(e, ERR_SANDBOX, "the Docker engine answers with more than %d MiB", ANSWER_MAX >> 20);
	if (!reachable(g->socket, e)) return false;
	(void)err_set(e, ERR_SANDBOX, "the Docker engine did not %s: %s", call->what, curl_easy_strerror(outcome));
	return err_hint(e, "Is %s an engine's socket, and was the engine just stopped? `docker version` tells.",
			g->socket);
}

bool engine_ask(const engine *g, engine_call *call, const cancel *stop, err *e) {
	__attribute__((cleanup(free_list))) struct curl_slist *headers = NULL;
	__attribute__((cleanup(free_multi))) CURLM *multi = curl_multi_init();
	__attribute__((cleanup(free_easy))) CURL *easy = curl_easy_init();
	CURLcode outcome = CURLE_OK;
	call->answer = BUF_INIT(ANSWER_MAX);
	headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (!multi || !easy || !headers || !set_options(easy, g, call, headers) ||
	    curl_multi_add_handle(multi, easy) != CURLM_OK)
		return err_set(e, ERR_MEMORY, "no memory for a call to the Docker engine");
	bool over = drive(multi, call, stop, &outcome, e);
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &call->status);
	(void)curl_multi_remove_handle(multi, easy);
	if (!over) return false;
	if (outcome != CURLE_OK) return cut_off(g, call, outcome, e);
	if (call->status < 300 || call->status == 304) return true; /* 304: it was so before */
	return engine_fault(call->what, g->image, call->status, buf_slice(&call->answer), e);
}

void engine_call_free(engine_call *call) {
	buf_free(&call->answer);
}

static bool take_host(engine *g, const char *host, err *e) {
	slice path = slice_of(host), scheme = SLICE("unix://");
	bool local = slice_starts(path, scheme);
	if (local) path = slice_sub(path, scheme.n, path.n);
	if (!local || path.n == 0 || path.p[0] != '/' || path.n >= sizeof g->socket) {
		(void)err_set(e, ERR_SANDBOX,
			      "DOCKER_HOST is \"%s\"; the docker executor needs an engine on this machine", host);
		return err_hint(e, "Set DOCKER_HOST=unix:///var/run/docker.sock, or PLOTD_EXECUTOR=native.");
	}
	memcpy(g->socket, path.p, path.n);
	g->socket[path.n] = 0;
	return true;
}

bool engine_open(engine *g, const config *c, const cancel *stop, err *e) {
	*g = (engine){.image = c->docker_image};
	cleanup_call engine_call version = {.what = "tell its version", .method = "GET", .path = "/version"};
	cleanup_call engine_call info = {.what = "tell what it can", .method = "GET", .path = "/info"};
	if (!take_host(g, c->docker_host, e) || !reachable(g->socket, e)) return false;
	if (!engine_ask(g, &version, stop, e) || !engine_read_version(buf_slice(&version.answer), &g->facts, e))
		return false;
	(void)snprintf(g->prefix, sizeof g->prefix, "/v1.%u", g->facts.api);
	return engine_ask(g, &info, stop, e) && engine_read_info(buf_slice(&info.answer), &g->facts, e);
}

static bool pull(const engine *g, const char *name, const cancel *stop, err *e) {
	char path[600], sentence[200];
	bool tagged = strchr(strrchr(name, '/'), ':') || strchr(name, '@');
	(void)snprintf(path, sizeof path, "/images/create?fromImage=%s%s", name, tagged ? "" : "&tag=latest");
	cleanup_call engine_call call = {.what = "pull the image", .method = "POST", .path = path, .ms = PULL_MS};
	if (!engine_ask(g, &call, stop, e)) return false;
	engine_read_pull(buf_slice(&call.answer), sentence, sizeof sentence);
	return !*sentence || engine_fault(call.what, name, 404, slice_of(sentence), e);
}

bool engine_has_image(const engine *g, char id[ENGINE_ID], const cancel *stop, err *e) {
	char path[600];
	err why = ERR_INIT;
	cleanup_free char *name = slice_dup(slice_of(g->image));
	if (!name) return err_set(e, ERR_MEMORY, "out of memory");
	if (!*name || name[strcspn(name, " ?#%&\"\\")] || strlen(name) > 400)
		return err_set(e, ERR_SANDBOX, "PLOTD_DOCKER_IMAGE is \"%.100s\", which is no name of an image", name);
	(void)snprintf(path, sizeof path, "/images/%s/json", name);
	for (bool pulled = false;; pulled = true) {
		cleanup_call engine_call call = {.what = "show the image", .method = "GET", .path = path};
		why = ERR_INIT;
		if (engine_ask(g, &call, stop, &why)) return engine_read_id(buf_slice(&call.answer), id, e);
		if (call.status != 404 || pulled || !strchr(name, '/')) break;
		if (!pull(g, name, stop, e)) return false;
	}
	*e = why;
	return false;
}
