#include "http/work.h"

#include "base/log.h"

#include <stdlib.h>

static bool admit(server *s, work *w, err *e) {
	bool stopping = atomic_load(&s->stopping), admitted = false;
	(void)pthread_mutex_lock(&s->lock);
	if (!stopping && s->in_flight < s->config->requests_max) {
		s->in_flight++;
		w->next = s->works, w->at = &s->works;
		if (w->next) w->next->at = &w->next;
		s->works = w;
		admitted = true;
	}
	(void)pthread_mutex_unlock(&s->lock);
	if (admitted) return true;
	if (stopping) return err_set(e, ERR_STOPPING, "the service is shutting down");
	err_set(e, ERR_BUSY, "the service has all the requests it takes at a time");
	e->retry_after = 2;
	return false;
}

/* From now on nobody finds it: shutting down cancels all that it finds. */
static void unlist(work *w) {
	(void)pthread_mutex_lock(&w->server->lock);
	*w->at = w->next;
	if (w->next) w->next->at = w->at;
	(void)pthread_mutex_unlock(&w->server->lock);
}

static void dismiss(server *s) {
	(void)pthread_mutex_lock(&s->lock);
	if (--s->in_flight == 0) (void)pthread_cond_broadcast(&s->idle);
	(void)pthread_mutex_unlock(&s->lock);
}

static void work_free(work *w) {
	server *s = w->server;
	unlist(w);
	form_free(&w->form);
	plot_reply_free(&w->reply);
	body_free(&w->body);
	buf_free(&w->events);
	cancel_free(&w->cancel);
	(void)pthread_mutex_destroy(&w->lock);
	(void)atomic_fetch_sub(&s->upload_bytes, w->reserved);
	free(w);
	dismiss(s); /* last: shutting down waits for it */
}

void work_hold(work *w) {
	(void)atomic_fetch_add(&w->holders, 1);
}

void work_drop(work *w) {
	if (w && atomic_fetch_sub(&w->holders, 1) == 1) work_free(w);
}

static void work_init(work *w) {
	atomic_init(&w->holders, 1);
	w->events = BUF_INIT((size_t)16 << 20);
	body_init(&w->body);
	plot_reply_init(&w->reply, w->server->config);
	(void)pthread_mutex_init(&w->lock, NULL); /* a default mutex cannot fail on Linux */
}

work *work_new(server *s, slice content_type, enum media m, const char *id, err *e) {
	work *w = calloc(1, sizeof *w);
	if (!w) {
		err_set(e, ERR_MEMORY, "no memory for the request");
		return NULL;
	}
	w->server = s, w->media = m;
	if (!cancel_init(&w->cancel, e) || !admit(s, w, e)) { /* in this order: who is admitted can be cancelled */
		cancel_free(&w->cancel);
		free(w);
		return NULL;
	}
	err_copy(w->id, slice_of(id));
	work_init(w);
	if (form_init(&w->form, s->config, content_type, e)) return w;
	work_drop(w);
	return NULL;
}

bool work_feed(work *w, slice bytes, err *e) {
	server *s = w->server;
	w->reserved += bytes.n;
	uint64_t held = atomic_fetch_add(&s->upload_bytes, bytes.n) + bytes.n;
	if (held > s->upload_budget) {
		err_set(e, ERR_BUSY, "the service holds all the uploads that its memory allows");
		e->retry_after = 5;
		return false;
	}
	return form_feed(&w->form, bytes, e);
}

bool work_ready(work *w, err *e) {
	w->deadline = deadline_in_ms((int64_t)w->server->config->request_ms);
	return form_finish(&w->form, e);
}

/* ---- events ---- */

/* With the lock held. */
static void news(work *w) {
	if (!w->suspended) return;
	MHD_resume_connection(w->suspended);
	w->suspended = NULL;
}

static void event(work *w, const char *name, const buf *data) {
	(void)pthread_mutex_lock(&w->lock);
	buf_printf(&w->events, "event: %s\ndata: ", name);
	buf_add(&w->events, buf_slice(data));
	buf_adds(&w->events, "\n\n");
	news(w);
	(void)pthread_mutex_unlock(&w->lock);
}

void work_beat(void *context) {
	work *w = context;
	(void)pthread_mutex_lock(&w->lock);
	if (!w->finished) buf_adds(&w->events, ": still at it\n\n");
	news(w);
	(void)pthread_mutex_unlock(&w->lock);
}

static void on_stage(void *context, enum plot_stage stage, unsigned attempt) {
	cleanup_buf buf data = BUF_INIT(256);
	buf_printf(&data, "{\"stage\":\"%s\",\"attempt\":%u}", plot_stage_name(stage), attempt);
	event(context, "stage", &data);
}

static void on_text(void *context, const char *name, slice text) {
	cleanup_buf buf data = BUF_INIT(SIZE_MAX / 4);
	buf_printf(&data, "{\"%s\":", name);
	buf_json(&data, text, false);
	buf_addc(&data, '}');
	if (buf_ok(&data)) event(context, name, &data);
}

static void on_code(void *context, slice code) {
	on_text(context, "code", code);
}

static void on_notice(void *context, slice sentence) {
	on_text(context, "notice", sentence);
}

/* ---- the thread that works ---- */

static void count_reply(work *w) {
	metrics *m = &w->server->metrics;
	const plot_timings *t = &w->reply.timings;
	(void)atomic_fetch_add(&m->attempts, w->reply.attempts);
	(void)atomic_fetch_add(&m->tokens_in, w->reply.tokens_in);
	(void)atomic_fetch_add(&m->tokens_out, w->reply.tokens_out);
	if (w->error.code == ERR_CANCELLED) (void)atomic_fetch_add(&m->clients_gone, 1);
	if (w->error.code) return;
	const double ms[METRIC_STAGES] = {t->read, t->plan, t->run, t->page, t->total};
	for (int i = 0; i < METRIC_STAGES; i++) metrics_stage(m, (enum metric_stage)i, ms[i]);
}

static void failed(work *w) {
	bool events = w->media == MEDIA_EVENTS;
	body_free(&w->body);
	body_init(&w->body);
	if (events) buf_adds(&w->body.back, "event: error\ndata: ");
	if (w->person)
		reply_failure_page(&w->body.back, &w->error, &w->form, w->id);
	else
		reply_failure(&w->body.back, &w->error, &w->form, &w->reply, w->id);
	if (events) buf_adds(&w->body.back, "\n\n");
	w->body.piece[0] = buf_slice(&w->body.back);
	w->body.n = 1;
	w->body.bytes = w->body.back.n;
}

/* What the client sent or the code computed may be quoted in a sentence about it: a log holds no data. */
static void log_failure(const err *e) {
	bool ours = err_status(e->code) >= 500;
	log_info("failed", LOG_S("code", err_name(e->code)), LOG_S("rule", e->rule),
		 LOG_S("message", ours ? e->message : ""));
}

static void finish(work *w) {
	count_reply(w);
	if (w->error.code) {
		log_failure(&w->error);
		failed(w);
	}
	w->status = err_status(w->error.code);
	(void)pthread_mutex_lock(&w->lock);
	w->finished = true;
	news(w);
	(void)pthread_mutex_unlock(&w->lock);
}

static void run(task *t) {
	work *w = (work *)(void *)((char *)t - offsetof(work, task));
	const plot_hooks hooks = {on_stage, on_code, on_notice, w};
	plot_request q = form_request(&w->form);
	log_request(w->id);
	notices_add_all(&w->reply.notices, &w->form.notices);
	if (plot_make(w->server->service, &q, w->media == MEDIA_EVENTS ? &hooks : NULL, &w->cancel, w->deadline,
		      &w->reply, &w->error))
		(void)reply_success(&w->body, w->media, &w->reply, &w->form, w->id, &w->error);
	finish(w);
	log_request("");
	work_drop(w);
}

void work_start(work *w, struct MHD_Connection *c) {
	w->suspended = c;
	w->task.run = run;
	work_hold(w);
	if (pool_submit(&w->server->pool, &w->task, &w->error)) return;
	finish(w);
	work_drop(w);
}

/* ---- answers ---- */

static void drop(void *context) {
	work_drop(context);
}

struct MHD_Response *work_response(work *w) {
	struct MHD_IoVec iov[BODY_PIECES];
	for (size_t i = 0; i < w->body.n; i++) iov[i] = (struct MHD_IoVec){w->body.piece[i].p, w->body.piece[i].n};
	work_hold(w);
	struct MHD_Response *r = MHD_create_response_from_iovec(iov, (unsigned)w->body.n, drop, w);
	if (!r) work_drop(w);
	return r;
}

/* With the lock held: the next bytes of the answer's pieces, once all events are sent. */
static size_t next_piece(work *w, char *to, size_t max) {
	size_t n = 0;
	while (n < max && w->piece < w->body.n) {
		slice rest = slice_sub(w->body.piece[w->piece], w->piece_at, max - n);
		memcpy(to + n, rest.p, rest.n);
		n += rest.n, w->piece_at += rest.n;
		if (w->piece_at == w->body.piece[w->piece].n) w->piece++, w->piece_at = 0;
	}
	return n;
}

static size_t next_event(work *w, char *to, size_t max) {
	slice rest = slice_sub(buf_slice(&w->events), w->event_at, max);
	memcpy(to, rest.p, rest.n);
	w->event_at += rest.n;
	if (w->event_at == w->events.n) buf_clear(&w->events), w->event_at = 0;
	return rest.n;
}

typedef struct stream {
	work *work;
	struct MHD_Connection *connection;
} stream;

/* libmicrohttpd asks for more. Nothing yet: the connection sleeps until there is news. */
static ssize_t more(void *context, uint64_t at, char *to, size_t max) {
	stream *s = context;
	work *w = s->work;
	ssize_t n = 0;
	(void)at;
	(void)pthread_mutex_lock(&w->lock);
	if (w->events.n > w->event_at) {
		n = (ssize_t)next_event(w, to, max);
	} else if (w->finished) {
		n = (ssize_t)next_piece(w, to, max);
		if (n == 0) n = MHD_CONTENT_READER_END_OF_STREAM;
	} else {
		w->suspended = s->connection;
		MHD_suspend_connection(s->connection);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return n;
}

static void stream_free(void *context) {
	stream *s = context;
	work_drop(s->work);
	free(s);
}

struct MHD_Response *work_stream(work *w, struct MHD_Connection *c) {
	stream *s = malloc(sizeof *s);
	if (!s) return NULL;
	*s = (stream){w, c};
	work_hold(w);
	struct MHD_Response *r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 65536, more, s, stream_free);
	if (!r) stream_free(s);
	return r;
}
