/* How this works. A borrowed line (curl easy + multi handle) is given the
 * request; then one loop drives it: curl works, curl_multi_poll waits on its
 * sockets and on the cancel token's eventfd together, never past the nearest
 * of three deadlines (first byte or silence, the limit). Bytes go through
 * receive(): the first of them tells whether the body is a stream of events
 * or one document (a server that does not stream, or an error). Redirects are
 * off: a key must not follow a stranger's pointer. */
#include "llm/exchange.h"

#include "base/fd.h"
#include "llm/line.h"
#include "llm/sse.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum form { FORM_UNKNOWN, FORM_EVENTS, FORM_DOCUMENT };

typedef struct call {
	const exchange *x;
	stream *stream;
	failure *failure;
	CURL *easy;
	sse sse;
	buf document; /* a body that is no stream */
	enum form form;
	size_t received, events;
	int64_t heard; /* when the last byte came */
	bool done;     /* the end mark came: nothing after it counts */
	bool stopped;  /* we ended the transfer ourselves: `outcome` says why */
	enum outcome outcome;
	char reason[CURL_ERROR_SIZE];
} call;

static void cleanup_list(struct curl_slist **list) {
	for (struct curl_slist *i = *list; i; i = i->next) explicit_bzero(i->data, strlen(i->data));
	curl_slist_free_all(*list);
}

static bool stop(call *c, enum outcome why) {
	c->stopped = true;
	c->outcome = why;
	return false;
}

static bool garbage(call *c, const char *what) {
	(void)snprintf(c->failure->message, sizeof c->failure->message, "%s", what);
	return stop(c, OUTCOME_GARBAGE);
}

static void tell(const call *c, enum llm_event what, slice text) {
	if (c->x->hook) c->x->hook(c->x->context, what, text);
}

/* One JSON value that the provider sent. */
static bool take_json(call *c, const json_t *data) {
	stream *s = c->stream;
	size_t before = s->text.n, thought = s->thought;
	if (!c->x->provider->ops->event(data, s, c->failure)) return stop(c, OUTCOME_STATUS);
	if (!buf_ok(&s->text)) return stop(c, OUTCOME_HUGE);
	if (s->thought > thought) tell(c, LLM_THINKING, SLICE(""));
	if (s->text.n > before) tell(c, LLM_CODE, slice_sub(buf_slice(&s->text), before, s->text.n));
	return true;
}

static bool take_event(void *context, slice type, slice data) {
	call *c = context;
	(void)type; /* the data of every vendor names its own type */
	if (slice_is(slice_trim(data), "[DONE]")) c->done = c->stream->ended = true;
	if (c->done || !slice_trim(data).n) return true;
	c->events++;
	json_t *value = json_loadb(data.p, data.n, JSON_DISABLE_EOF_CHECK, NULL);
	if (!value) return garbage(c, "an event that is not JSON");
	bool ok = take_json(c, value);
	json_decref(value);
	return ok;
}

/* The first byte that is no white space tells a document from a stream: events begin with a field
 * name or a colon, JSON with a brace or bracket, HTML with <. An error's body is a document. */
static void find_form(call *c, slice bytes) {
	long status = 0;
	(void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	slice seen = slice_trim(bytes);
	if (status != 200)
		c->form = FORM_DOCUMENT;
	else if (seen.n)
		c->form = strchr("{[<", seen.p[0]) ? FORM_DOCUMENT : FORM_EVENTS;
}

static bool take_bytes(call *c, slice bytes) {
	if (c->form == FORM_UNKNOWN) find_form(c, bytes);
	if (c->form != FORM_EVENTS) {
		buf_add(&c->document, bytes);
		return buf_ok(&c->document) || stop(c, OUTCOME_HUGE);
	}
	enum sse_state state = sse_feed(&c->sse, bytes, take_event, c);
	if (state == SSE_TOO_LONG) return stop(c, OUTCOME_HUGE);
	return state == SSE_MORE;
}

static size_t receive(char *data, size_t size, size_t n, void *context) {
	call *c = context;
	n *= size;
	c->heard = now_ns();
	c->received += n;
	if (c->received > ANSWER_MAX_BYTES) return stop(c, OUTCOME_HUGE), CURL_WRITEFUNC_ERROR;
	return take_bytes(c, (slice){data, n}) ? n : CURL_WRITEFUNC_ERROR;
}

/* A whole reply, or Gemini's array of replies. */
static bool take_document(call *c) {
	slice text = slice_trim(buf_slice(&c->document));
	json_t *value = text.n ? json_loadb(text.p, text.n, 0, NULL) : NULL;
	if (!value)
		return garbage(c, !text.n            ? "nothing at all"
				  : text.p[0] == '<' ? "a web page"
						     : "text that is not JSON");
	bool ok = json_is_array(value) || take_json(c, value);
	for (size_t i = 0; ok && i < json_array_size(value); i++) ok = take_json(c, json_array_get(value, i));
	json_decref(value);
	c->stream->ended = ok; /* a whole document has an end, whatever it says */
	return ok;
}

/* What a body under an error status says, as far as it says anything. */
static void read_failure(call *c, int status) {
	slice text = slice_trim(buf_slice(&c->document));
	json_t *value = text.n ? json_loadb(text.p, text.n, 0, NULL) : NULL;
	if (value && !failure_read(value, c->failure))
		err_copy(c->failure->message, slice_of(member_text(value, "message")));
	if (value && !c->failure->message[0])
		err_copy(c->failure->message,
			 slice_of(member_text(json_array_get(json_object_get(value, "detail"), 0), "msg")));
	if (!value && text.n && text.p[0] != '<') err_copy(c->failure->message, slice_utf8_cut(text, 200));
	json_decref(value);
	if (c->failure->status != 401) c->failure->status = status; /* 401: Google tells a bad key under 400 */
	curl_off_t wait = 0;
	if (curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK && wait > 0)
		c->failure->retry_ms = (uint64_t)wait * 1000;
}

static enum outcome connect_outcome(const call *c, CURLcode code) {
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CERTPROBLEM: return OUTCOME_TLS;
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_HTTP2: return OUTCOME_GARBAGE;
	default: return c->received ? OUTCOME_CUT : OUTCOME_CONNECT;
	}
}

/* The transfer is over: what was it? */
static void finish(call *c, CURLcode code) {
	long status = 0;
	(void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	if (c->stopped && (c->outcome != OUTCOME_HUGE || status < 400)) return;
	if (c->form == FORM_EVENTS && c->stream->ended) { /* all was said, however the connection went */
		(void)stop(c, OUTCOME_OK);
		return;
	}
	if (code != CURLE_OK && (status < 400 || !c->received)) {
		(void)stop(c, connect_outcome(c, code));
		const char *why = c->reason[0] ? c->reason : curl_easy_strerror(code);
		err_copy(c->failure->message, slice_of(why));
		return;
	}
	if (status != 200) {
		read_failure(c, (int)status);
		(void)stop(c, OUTCOME_STATUS);
		return;
	}
	bool ok = c->form == FORM_EVENTS ? sse_end(&c->sse, take_event, c) == SSE_MORE : take_document(c);
	if (ok || !c->stopped) (void)stop(c, c->stream->ended ? OUTCOME_OK : OUTCOME_CUT);
	if (c->form == FORM_EVENTS && !c->events) garbage(c, "text that is neither JSON nor events");
	/* Half an event at the very end is a cut, not garbage. */
	if (c->outcome == OUTCOME_GARBAGE && c->form == FORM_EVENTS && c->stream->text.n) c->outcome = OUTCOME_CUT;
}

/* When it has been quiet for too long. After the end mark the body's end is due at once:
 * worth a moment, since the connection can be kept then. */
static deadline silence(const call *c) {
	int64_t ms = c->done ? 250 : (int64_t)c->x->config->llm_first_byte_ms;
	return c->heard + ms * 1000000;
}

/* False when the wait is over: the outcome is set. */
static bool wait_more(call *c, CURLM *multi) {
	const exchange *x = c->x;
	int64_t left = deadline_left_ms(deadline_first(silence(c), x->limit));
	struct curl_waitfd token = {.fd = x->cancel ? x->cancel->fd : -1, .events = CURL_WAIT_POLLIN};
	int wait = left > 60000 ? 60000 : (int)left;
	(void)curl_multi_poll(multi, &token, x->cancel ? 1 : 0, wait, NULL);
	if (cancel_reason(x->cancel) != ERR_NONE) return stop(c, OUTCOME_UNWANTED);
	if (deadline_left_ms(x->limit) == 0) return stop(c, OUTCOME_LATE);
	if (deadline_left_ms(silence(c)) > 0) return true;
	return stop(c, c->done ? OUTCOME_OK : OUTCOME_SILENT);
}

static void drive(call *c, line *l) {
	int running = 1;
	while (running && !c->stopped) {
		if (curl_multi_perform(l->multi, &running) != CURLM_OK) running = 0;
		if (running && !c->stopped && !wait_more(c, l->multi)) break;
	}
	/* Bytes that came together with the end of the wait do not matter; a result does. */
	int left;
	const CURLMsg *m = curl_multi_info_read(l->multi, &left);
	if (c->stopped && (!m || c->outcome != OUTCOME_HUGE)) return;
	finish(c, m && m->msg == CURLMSG_DONE ? m->data.result : CURLE_RECV_ERROR);
}

static bool set_headers(const exchange *x, struct curl_slist **list, err *e) {
	slice key = slice_trim(slice_of(provider_key(x->provider, x->config)));
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] <= ' ' || key.p[i] > '~')
			return err_set(e, ERR_MODEL_KEY, "the key in %s holds a character that no key has",
				       x->provider->key_env);
	/* An empty Expect keeps curl from waiting a second for "100 Continue". */
	bool ok = header_add(list, "content-type", SLICE("application/json")) &&
		  header_add(list, "accept", SLICE("text/event-stream, application/json")) &&
		  header_add(list, "expect", SLICE("")) && x->provider->ops->headers(x->config, key, list);
	return ok || err_set(e, ERR_MEMORY, "no memory for a request");
}

static void set_options(call *c, const char *url, struct curl_slist *list, const char *body, size_t n) {
	CURL *h = c->easy;
	(void)curl_easy_setopt(h, CURLOPT_URL, url);
	(void)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(h, CURLOPT_HTTPHEADER, list);
	(void)curl_easy_setopt(h, CURLOPT_POSTFIELDS, body);
	(void)curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
	(void)curl_easy_setopt(h, CURLOPT_USERAGENT, "plotd");
	(void)curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, ""); /* whatever this curl can unpack */
	(void)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(h, CURLOPT_QUICK_EXIT, 1L); /* a hanging name server must not hold a cancelled call */
	(void)curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)c->x->config->llm_first_byte_ms);
	(void)curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->reason);
	(void)curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, receive);
	(void)curl_easy_setopt(h, CURLOPT_WRITEDATA, c);
}

/* The base URL may hold the API's version already, and a query (Azure's api-version). */
bool exchange_url(const provider *p, const config *c, const char *model, buf *out, err *e) {
	slice base = slice_trim(slice_of(provider_url(p, c)));
	if (!slice_starts(base, SLICE("http://")) && !slice_starts(base, SLICE("https://")))
		return err_set(e, ERR_MODEL_REQUEST, "%s does not begin with http:// or https://", p->url_env);
	size_t mark = slice_find(base, '?');
	slice query = slice_sub(base, mark + 1, base.n);
	base = slice_sub(base, 0, mark);
	while (slice_ends(base, SLICE("/"))) base.n--;
	buf_add(out, base);
	bool has_version = slice_ends(base, SLICE("/v1")) || slice_ends(base, SLICE("/v1beta"));
	if (!has_version) buf_adds(out, p->version);
	if (strncmp(model, "models/", 7) == 0) model += 7; /* as Google's lists name them */
	char *name = curl_easy_escape(NULL, model, (int)strlen(model));
	const char *place = strstr(p->path, "%s");
	buf_add(out, (slice){p->path, place ? (size_t)(place - p->path) : strlen(p->path)});
	if (place) buf_printf(out, "%s%s", name ? name : "", place + 2);
	curl_free(name);
	if (query.n) buf_printf(out, "%c%.*s", strchr(p->path, '?') ? '&' : '?', SLICE_ARG(query));
	return buf_ok(out) || err_set(e, ERR_MODEL_REQUEST, "%s is too long", p->url_env);
}

static char *body_text(const exchange *x, size_t *n, err *e) {
	bool own_url = strcmp(provider_url(x->provider, x->config), x->provider->url) != 0;
	json_t *root = x->provider->ops->body(x->prompt, x->model, own_url, x->without);
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	if (!text) err_set(e, ERR_MEMORY, "no memory for a request");
	*n = text ? strlen(text) : 0;
	return text;
}

static bool run_on(line *l, const exchange *x, call *c, err *e) {
	__attribute__((cleanup(cleanup_list))) struct curl_slist *list = NULL;
	cleanup_buf buf url = BUF_INIT(8192);
	size_t n;
	if (!exchange_url(x->provider, x->config, x->model, &url, e) || !set_headers(x, &list, e)) return false;
	cleanup_free char *body = body_text(x, &n, e);
	if (!body) return false;
	c->easy = l->easy;
	c->heard = now_ns();
	set_options(c, buf_cstr(&url), list, body, n);
	if (curl_multi_add_handle(l->multi, l->easy) != CURLM_OK)
		return err_set(e, ERR_MEMORY, "no memory for a request");
	drive(c, l);
	(void)curl_multi_remove_handle(l->multi, l->easy);
	return true;
}

bool exchange_run(line_pool *pool, const exchange *x, stream *s, failure *f, enum outcome *out, err *e) {
	line *l = line_borrow(pool, e);
	if (!l) return false;
	call c = {.x = x, .stream = s, .failure = f, .sse = SSE_INIT, .document = BUF_INIT(ANSWER_MAX_BYTES)};
	*f = (failure){0};
	bool ok = run_on(l, x, &c, e);
	*out = c.outcome;
	sse_free(&c.sse);
	buf_free(&c.document);
	line_return(pool, l);
	return ok;
}
