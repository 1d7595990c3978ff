/* A request as libmicrohttpd tells it: first its head, then its body in pieces,
 * then its end — and, where a thread worked on it meanwhile, its end once more.
 *
 * A request is refused as early as it can be: from its head alone where that
 * suffices. What is done with a body that nobody wants:
 *   - it waits for "100 Continue": the refusal is the answer, the body never comes;
 *   - it is small: it is read to its end and dropped, the connection lives on;
 *   - else the refusal is written to the socket at once, our side of the
 *     connection ends, and what still comes is read and dropped for LINGER_MS. To
 *     close at once would make the kernel reset the connection, and the
 *     client might never see why (RFC 9112, 9.6). libmicrohttpd takes no
 *     answer while a body is under way, so that one answer is written past it. */
#include "base/log.h"
#include "http/assets.h"
#include "http/routes.h"
#include "http/work.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>

enum { ACCEPT_MAX = 2048 };

typedef struct exchange {
	server *server;
	struct MHD_Connection *connection;
	link_t *link; /* NULL when memory was short */
	size_t route; /* ROUTE_COUNT: none */
	bool has_body, expects_continue;
	bool person;     /* a browser goes to the answer as a page (Fetch Metadata, Sec-Fetch-Mode: navigate) */
	uint64_t length; /* Content-Length, or UINT64_MAX */
	bool lingering;  /* refused past libmicrohttpd, the rest is dropped */
	work *work;
	err error;
	char id[REQUEST_ID_SIZE], method[12], path[64];
	int status;
	uint64_t bytes_in, bytes_out;
	int64_t started_ns;
} exchange;

/* ---- what the head says ---- */

static slice header(exchange *x, const char *name) {
	return slice_of(MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name));
}

static enum MHD_Result join_accept(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
	buf *joined = context;
	(void)kind;
	if (!slice_eq_nocase(slice_of(name), SLICE("accept"))) return MHD_YES;
	if (joined->n) buf_addc(joined, ',');
	buf_adds(joined, value ? value : "");
	return MHD_YES;
}

static enum media wanted(exchange *x) {
	cleanup_buf buf joined = BUF_INIT(ACCEPT_MAX);
	(void)MHD_get_connection_values(x->connection, MHD_HEADER_KIND, join_accept, &joined);
	return buf_ok(&joined) ? accept_choose(buf_slice(&joined)) : MEDIA_NONE;
}

static bool id_ok(slice id) {
	if (!id.n || id.n >= REQUEST_ID_SIZE) return false;
	for (size_t i = 0; i < id.n; i++)
		if (!strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.", id.p[i]) || !id.p[i])
			return false;
	return true;
}

/* The client's own id where it is a plain word, else a random one. */
static void choose_id(exchange *x) {
	slice sent = header(x, "X-Request-Id");
	uint64_t number = (uint64_t)x->started_ns;
	if (id_ok(sent)) {
		err_copy(x->id, sent);
		return;
	}
	ssize_t n = getrandom(&number, sizeof number, GRND_NONBLOCK);
	(void)n; /* without it the clock is unique enough */
	(void)snprintf(x->id, sizeof x->id, "%016llx", (unsigned long long)number);
}

static void read_head(exchange *x) {
	unsigned long long length = 0;
	slice sent = header(x, "Content-Length");
	bool known = slice_to_u64(sent, &length), chunked = header(x, "Transfer-Encoding").n > 0;
	x->length = known ? length : UINT64_MAX;
	x->has_body = chunked || (known && length > 0);
	x->expects_continue = slice_eq_nocase(header(x, "Expect"), SLICE("100-continue"));
	x->person = slice_is(header(x, "Sec-Fetch-Mode"), "navigate") && wanted(x) == MEDIA_HTML;
	choose_id(x);
}

static exchange *exchange_new(server *s, struct MHD_Connection *c, const char *url, const char *method) {
	exchange *x = calloc(1, sizeof *x);
	if (!x) return NULL;
	const union MHD_ConnectionInfo *socket = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	*x = (exchange){.server = s, .connection = c, .started_ns = now_ns()};
	x->link = socket ? socket->socket_context : NULL;
	x->route = route_find(slice_of(url));
	err_copy(x->method, slice_of(method));
	err_copy(x->path, slice_of(x->route < ROUTE_COUNT ? ROUTES[x->route].path : url));
	read_head(x);
	return x;
}

static void until(exchange *x, int64_t ms, bool idle) {
	if (x->link) watch_until(&x->server->watch, x->link, deadline_in_ms(ms), idle);
}

/* ---- answers ---- */

typedef struct answer_field {
	const char *name;
	char value[64];
} answer_field;

enum { FIELD_LIMIT = 8 };

/* The fields of every answer, and those that its error asks for. */
static size_t answer_fields(const exchange *x, answer_field fields[FIELD_LIMIT]) {
	size_t n = 0;
	fields[n++] = (answer_field){"X-Content-Type-Options", "nosniff"};
	fields[n++] = (answer_field){"Referrer-Policy", "no-referrer"};
	fields[n++] = (answer_field){"Cache-Control", "no-store"};
	fields[n++] = (answer_field){"Vary", "Accept"};
	fields[n] = (answer_field){.name = "X-Request-Id"};
	err_copy(fields[n].value, slice_of(x->id));
	n++;
	const err *e = x->work && x->work->error.code ? &x->work->error : &x->error;
	unsigned seconds = e->retry_after ? e->retry_after : e->code && x->status == 503 ? 5 : 0;
	if (seconds) {
		fields[n] = (answer_field){.name = "Retry-After"};
		(void)snprintf(fields[n++].value, sizeof fields[0].value, "%u", seconds);
	}
	if (x->route < ROUTE_COUNT && (x->status == 405 || x->status == 204)) {
		fields[n] = (answer_field){.name = "Allow"};
		err_copy(fields[n].value, slice_of(ROUTES[x->route].allow));
		n++;
	}
	return n;
}

/* Takes the response over. */
static enum MHD_Result answer(exchange *x, int status, const char *type, struct MHD_Response *r, uint64_t bytes) {
	answer_field fields[FIELD_LIMIT];
	if (!r) return MHD_NO;
	x->status = status, x->bytes_out = bytes;
	size_t n = answer_fields(x, fields);
	for (size_t i = 0; i < n; i++) (void)MHD_add_response_header(r, fields[i].name, fields[i].value);
	if (type) (void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (atomic_load(&x->server->stopping)) (void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	until(x, SEND_MS + (int64_t)(bytes / SEND_BYTES_PER_MS), false);
	enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)status, r);
	MHD_destroy_response(r);
	return queued;
}

static void add_policy(struct MHD_Response *r, const char *policy) {
	if (r && policy) (void)MHD_add_response_header(r, "Content-Security-Policy", policy);
}

/* Takes the buffer's bytes. */
static enum MHD_Result answer_text(exchange *x, int status, const char *type, const char *policy, buf *text) {
	size_t n = text->n;
	char *p = buf_steal(text);
	struct MHD_Response *r = p ? MHD_create_response_from_buffer(n, p, MHD_RESPMEM_MUST_FREE) : NULL;
	if (p && !r) free(p);
	add_policy(r, policy);
	return answer(x, status, type, r, n);
}

static const char *error_type(const exchange *x) {
	return x->person ? "text/html; charset=utf-8" : "application/json";
}

static const char *error_policy(const exchange *x) {
	return x->person ? HTTP_ERROR_POLICY : NULL;
}

static void write_error(const exchange *x, buf *out) {
	const form *f = x->work ? &x->work->form : NULL;
	if (x->person)
		reply_failure_page(out, &x->error, f, x->id);
	else
		reply_failure(out, &x->error, f, NULL, x->id);
}

static enum MHD_Result answer_error(exchange *x) {
	cleanup_buf buf text = BUF_INIT(1 << 20);
	write_error(x, &text);
	return answer_text(x, err_status(x->error.code), error_type(x), error_policy(x), &text);
}

static enum MHD_Result answer_document(exchange *x) {
	const route *r = &ROUTES[x->route];
	cleanup_buf buf text = BUF_INIT(4 << 20);
	if (!r->fixed) {
		r->print(x->server, &text);
		return answer_text(x, 200, r->type, NULL, &text);
	}
	slice fixed = r->fixed();
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(fixed.n, (void *)(uintptr_t)fixed.p, MHD_RESPMEM_PERSISTENT);
	add_policy(response, r->policy);
	return answer(x, 200, r->type, response, fixed.n);
}

static enum MHD_Result answer_nothing(exchange *x) {
	struct MHD_Response *r = MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
	return answer(x, 204, NULL, r, 0);
}

/* ---- refusing ---- */

/* A page must not act on the service that served it: its origin is made opaque. */
static const char PAGE_POLICY[] = "sandbox allow-scripts allow-downloads allow-popups; frame-ancestors 'self'";

static void write_refusal(exchange *x) {
	answer_field fields[FIELD_LIMIT];
	cleanup_buf buf document = BUF_INIT(65536), text = BUF_INIT(131072);
	write_error(x, &document);
	x->status = err_status(x->error.code), x->bytes_out = document.n;
	buf_printf(&text, "HTTP/1.1 %d %s\r\n", x->status, MHD_get_reason_phrase_for((unsigned)x->status));
	size_t n = answer_fields(x, fields);
	for (size_t i = 0; i < n; i++) buf_printf(&text, "%s: %s\r\n", fields[i].name, fields[i].value);
	if (x->person) buf_printf(&text, "Content-Security-Policy: %s\r\n", HTTP_ERROR_POLICY);
	buf_printf(&text, "Content-Type: %s\r\nContent-Length: %zu\r\n", error_type(x), document.n);
	buf_adds(&text, "Connection: close\r\n\r\n");
	buf_add(&text, buf_slice(&document));
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (!info || !buf_ok(&text)) return;
	ssize_t sent = send(info->connect_fd, text.p, text.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)sent; /* a few hundred bytes into an empty buffer; a client that is gone needs none */
	(void)shutdown(info->connect_fd, SHUT_WR);
}

/* x->error says why. See the top of this file. */
static enum MHD_Result refuse(exchange *x, bool head_only) {
	uint64_t rest = x->length == UINT64_MAX ? UINT64_MAX : x->length - x->bytes_in;
	if (head_only && x->expects_continue) return answer_error(x);
	if (!x->has_body || rest <= SMALL_BODY) return MHD_YES; /* answered at the end */
	x->lingering = true;
	write_refusal(x);
	work_drop(x->work);
	x->work = NULL;
	until(x, LINGER_MS, true);
	return MHD_YES;
}

/* ---- POST /generate-plot ---- */

/* A page of another site can make its reader's browser post a form here, though it cannot read the answer: it
 * would spend the reader's key and processor. Browsers tell (Fetch Metadata); programs send no such field. */
static bool from_elsewhere(exchange *x) {
	slice site = header(x, "Sec-Fetch-Site");
	return slice_is(site, "cross-site") || slice_is(site, "same-site");
}

static bool begin_work(exchange *x) {
	const config *c = x->server->config;
	if (from_elsewhere(x)) return err_set(&x->error, ERR_ORIGIN, "a page of another origin sent this form");
	enum media m = wanted(x);
	if (m == MEDIA_NONE) return err_set(&x->error, ERR_NOT_ACCEPTABLE, "none of the types in Accept can be sent");
	if (x->length != UINT64_MAX && x->length > form_body_max(c))
		return form_too_large(&x->error, c, offsetof(config, upload_max), "files", "the body has");
	if (header(x, "Content-Encoding").n && !slice_eq_nocase(header(x, "Content-Encoding"), SLICE("identity")))
		return err_set(&x->error, ERR_MEDIA, "the body has a Content-Encoding; send it as it is");
	x->work = work_new(x->server, header(x, "Content-Type"), m, x->id, &x->error);
	if (x->work) x->work->person = x->person;
	return x->work != NULL;
}

static enum MHD_Result start_stream(exchange *x) {
	work *w = x->work;
	int64_t most = (int64_t)x->server->config->request_ms + SEND_MS + ((int64_t)16 << 20) / SEND_BYTES_PER_MS;
	enum MHD_Result queued = answer(x, 200, "text/event-stream; charset=utf-8", work_stream(w, x->connection), 0);
	if (queued != MHD_YES) return queued;
	until(x, most, false);
	if (x->link) watch_client(&x->server->watch, x->link, &w->cancel, work_beat, w);
	work_start(w, NULL);
	return MHD_YES;
}

/* The body is whole. */
static enum MHD_Result start_work(exchange *x) {
	work *w = x->work;
	if (!work_ready(w, &x->error)) return answer_error(x);
	if (w->media == MEDIA_EVENTS) return start_stream(x);
	if (x->link) {
		watch_until(&x->server->watch, x->link, DEADLINE_NEVER, false);
		watch_client(&x->server->watch, x->link, &w->cancel, NULL, NULL);
	}
	MHD_suspend_connection(x->connection);
	work_start(w, x->connection);
	return MHD_YES;
}

static enum MHD_Result answer_work(exchange *x) {
	work *w = x->work;
	if (x->link) watch_client(&x->server->watch, x->link, NULL, NULL, NULL);
	if (w->error.code == ERR_CANCELLED) {
		x->status = err_status(ERR_CANCELLED);
		return MHD_NO; /* nobody is there to answer */
	}
	struct MHD_Response *r = work_response(w);
	bool is_page = w->media == MEDIA_HTML && !w->error.code;
	add_policy(r, is_page ? PAGE_POLICY : error_policy(x));
	return answer(x, w->status, is_page ? "text/html; charset=utf-8" : error_type(x), r, w->body.bytes);
}

/* ---- libmicrohttpd's calls ---- */

static bool method_ok(const exchange *x) {
	const char *const *m, *const plot[] = {"POST", NULL}, *const document[] = {"GET", "HEAD", NULL};
	for (m = x->route == ROUTE_PLOT ? plot : document; *m; m++)
		if (strcmp(x->method, *m) == 0) return true;
	return false;
}

static bool check_head(exchange *x) {
	bool options = strcmp(x->method, "OPTIONS") == 0;
	if (x->route == ROUTE_COUNT && !(options && strcmp(x->path, "*") == 0))
		return err_set(&x->error, ERR_NOT_FOUND, "there is nothing at %s", x->path);
	if (options) return true;
	if (!method_ok(x))
		return err_set(&x->error, ERR_METHOD, "%s takes %s, not %s", x->path, ROUTES[x->route].allow,
			       x->method);
	return x->route != ROUTE_PLOT || begin_work(x);
}

static enum MHD_Result begin(exchange *x) {
	int64_t body_ms = (int64_t)x->server->config->request_ms;
	until(x, x->has_body && body_ms > HEADERS_MS ? body_ms : HEADERS_MS, true);
	return check_head(x) ? MHD_YES : refuse(x, true);
}

static enum MHD_Result receive(exchange *x, slice bytes) {
	x->bytes_in += bytes.n;
	if (x->lingering || x->error.code || !x->work) return MHD_YES;
	return work_feed(x->work, bytes, &x->error) ? MHD_YES : refuse(x, false);
}

static bool work_finished(work *w) {
	(void)pthread_mutex_lock(&w->lock);
	bool finished = w->finished;
	(void)pthread_mutex_unlock(&w->lock);
	return finished;
}

static enum MHD_Result end(exchange *x) {
	if (x->lingering) return MHD_NO; /* answered; closes */
	if (x->error.code) return answer_error(x);
	if (x->work) return work_finished(x->work) ? answer_work(x) : start_work(x);
	return strcmp(x->method, "OPTIONS") == 0 ? answer_nothing(x) : answer_document(x);
}

enum MHD_Result http_handle(void *context, struct MHD_Connection *c, const char *url, const char *method,
			    const char *version, const char *data, size_t *size, void **state) {
	exchange *x = *state;
	(void)version;
	if (!x) {
		x = exchange_new(context, c, url, method);
		*state = x;
		return x ? begin(x) : MHD_NO;
	}
	if (!*size) return end(x);
	enum MHD_Result result = receive(x, (slice){data, *size});
	*size = 0;
	return result;
}

static const err *failure(const exchange *x) {
	return x->work && x->work->error.code ? &x->work->error : &x->error;
}

static void account(const exchange *x) {
	const work *w = x->work && work_finished(x->work) ? x->work : NULL;
	const err *e = w ? failure(x) : &x->error;
	log_request(x->id);
	log_info("request", LOG_S("method", x->method), LOG_S("path", x->path), LOG_I("status", x->status),
		 LOG_F("ms", ms_since(x->started_ns)), LOG_I("bytes_in", x->bytes_in), LOG_I("bytes_out", x->bytes_out),
		 LOG_S("engine", w ? w->reply.engine : ""), LOG_I("attempts", w ? w->reply.attempts : 0),
		 LOG_S("error", e->code ? err_name(e->code) : ""));
	log_request("");
	metrics_answer(&x->server->metrics, x->route, x->status, x->bytes_in, x->bytes_out);
	if (e->code) (void)atomic_fetch_add(&x->server->metrics.failures[e->code], 1);
}

void http_completed(void *context, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why) {
	exchange *x = *state;
	server *s = context;
	(void)c;
	(void)why;
	if (!x) return;
	*state = NULL;
	if (x->link) {
		watch_client(&s->watch, x->link, NULL, NULL, NULL);
		watch_until(&s->watch, x->link, deadline_in_ms(HEADERS_MS), true);
	}
	if (x->work) cancel_set(&x->work->cancel, ERR_CANCELLED); /* too late to matter where it has finished */
	if (!x->status) x->status = err_status(ERR_CANCELLED);    /* gone before an answer */
	account(x);
	work_drop(x->work);
	free(x);
}

void http_connection(void *context, struct MHD_Connection *c, void **socket_state,
		     enum MHD_ConnectionNotificationCode what) {
	server *s = context;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
		*socket_state = info ? watch_add(&s->watch, info->connect_fd, deadline_in_ms(HEADERS_MS)) : NULL;
	} else if (*socket_state) {
		watch_remove(&s->watch, *socket_state);
		*socket_state = NULL;
	}
}
