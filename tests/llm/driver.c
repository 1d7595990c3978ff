/* Calls llm.h for the tests: a JSON object on standard input says what to ask,
 * a JSON array on standard output what came of it.
 *   {"question", "files": [path], "schema", "provider", "model", "deadline_ms",
 *    "attempts": [{"code", "error", "message", "rule", "line", "text"}],
 *    "times": 1, "threads": 1, "distinct": false, "pause_ms": 0,
 *    "cancel_on": "retry" | "code" | "thinking", "cancel_after_ms", "forget": false, "prompt": false} */
#include "base/fd.h"
#include "base/log.h"
#include "llm/llm.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct work {
	llm *llm;
	const json_t *in;
	frame **frames;
	size_t nframes;
	cancel cancel;
	json_t *results;
	pthread_mutex_t lock;
} work;

typedef struct one {
	work *work;
	json_t *events;
	int64_t cancelled; /* when cancel_on struck */
	size_t number;
} one;

static const char *text_of(const json_t *object, const char *key) {
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

static int64_t number_of(const json_t *object, const char *key, int64_t otherwise) {
	const json_t *value = json_object_get(object, key);
	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static json_t *slice_json(slice s) {
	return json_stringn(s.p ? s.p : "", s.n);
}

static void on_event(void *context, enum llm_event what, slice text) {
	static const char *const names[] = {"thinking", "code", "retry"};
	one *o = context;
	json_array_append_new(o->events, json_pack("[s,o]", names[what], slice_json(text)));
	if (strcmp(text_of(o->work->in, "cancel_on"), names[what]) == 0 && !o->cancelled) {
		o->cancelled = now_ns();
		cancel_set(&o->work->cancel, ERR_CANCELLED);
	}
}

static json_t *error_json(const err *e) {
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:s,s:s}", "code", err_name(e->code), "message", e->message,
			 "hint", err_remedy(e), "field", e->field, "provider", e->provider, "upstream", e->upstream,
			 "retry_after", (int)e->retry_after, "rule", e->rule, "text", e->text);
}

static json_t *notices_list(const notices *n) {
	json_t *list = json_array();
	for (size_t i = 0; i < n->n; i++) json_array_append_new(list, json_string(n->text[i]));
	return list;
}

/* The error code of this wire name. */
static enum err_code code_named(const char *name) {
	for (int c = 0; c < ERR_CODE_COUNT; c++)
		if (strcmp(err_name((enum err_code)c), name) == 0) return (enum err_code)c;
	return ERR_INTERNAL;
}

static size_t read_attempts(const json_t *in, llm_attempt *attempts, err *errors, size_t max) {
	size_t i;
	const json_t *a;
	json_array_foreach(json_object_get(in, "attempts"), i, a) {
		if (i == max) return max;
		err_set(&errors[i], code_named(text_of(a, "error")), "%s", text_of(a, "message"));
		err_copy(errors[i].rule, slice_of(text_of(a, "rule")));
		err_copy(errors[i].text, slice_of(text_of(a, "text")));
		errors[i].line = (uint64_t)number_of(a, "line", 0);
		attempts[i] = (llm_attempt){.code = slice_of(text_of(a, "code")), .why = &errors[i]};
	}
	return i;
}

static json_t *ask(one *o, const llm_ask *q) {
	work *w = o->work;
	cleanup_answer llm_answer a = LLM_ANSWER_INIT;
	err e = ERR_INIT;
	int64_t start = now_ns();
	bool ok = llm_write(w->llm, q, on_event, o, &w->cancel, deadline_in_ms(number_of(w->in, "deadline_ms", 60000)),
			    &a, &e);
	double ms = ms_since(start), late = o->cancelled ? ms_since(o->cancelled) : 0;
	if (json_is_true(json_object_get(w->in, "forget"))) llm_forget(w->llm, q);
	json_t *r =
	    json_pack("{s:b,s:o,s:o,s:s,s:I,s:I,s:b,s:f,s:f,s:o,s:O}", "ok", ok, "code", slice_json(buf_slice(&a.code)),
		      "title", slice_json(buf_slice(&a.title)), "engine", a.engine, "tokens_in",
		      (json_int_t)a.tokens_in, "tokens_out", (json_int_t)a.tokens_out, "cached", a.cached, "ms", ms,
		      "late_ms", late, "notices", notices_list(&a.notices), "events", o->events);
	if (!ok) json_object_set_new(r, "error", error_json(&e));
	return r;
}

static json_t *prompt(one *o, const llm_ask *q) {
	cleanup_buf buf out = BUF_INIT((size_t)8 << 20);
	uint64_t tokens = 0;
	err e = ERR_INIT;
	if (!llm_prompt(o->work->llm, q, &out, &tokens, &e)) return json_pack("{s:o}", "error", error_json(&e));
	return json_pack("{s:o,s:I}", "prompt", slice_json(buf_slice(&out)), "tokens", (json_int_t)tokens);
}

static void *run_one(void *context) {
	enum { ATTEMPTS = 8 };
	one *o = context;
	work *w = o->work;
	llm_attempt attempts[ATTEMPTS];
	err errors[ATTEMPTS];
	char question[8192];
	const json_t *in = w->in;
	bool distinct = json_is_true(json_object_get(in, "distinct"));
	(void)snprintf(question, sizeof question, distinct ? "%s %zu" : "%s", text_of(in, "question"), o->number);
	o->events = json_array();
	llm_ask q = {.question = slice_of(question),
		     .schema = slice_of(text_of(in, "schema")),
		     .frames = w->frames,
		     .nframes = w->nframes,
		     .provider = *text_of(in, "provider") ? text_of(in, "provider") : NULL,
		     .model = *text_of(in, "model") ? text_of(in, "model") : NULL,
		     .attempts = attempts,
		     .nattempts = read_attempts(in, attempts, errors, ATTEMPTS)};
	json_t *result = json_is_true(json_object_get(in, "prompt")) ? prompt(o, &q) : ask(o, &q);
	json_decref(o->events);
	(void)pthread_mutex_lock(&w->lock);
	json_array_append_new(w->results, result);
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void run_threads(work *w, size_t n, size_t first) {
	pthread_t *threads = calloc(n, sizeof *threads);
	one *ones = calloc(n, sizeof *ones);
	pthread_attr_t small;
	(void)pthread_attr_init(&small);
	(void)pthread_attr_setstacksize(&small, (size_t)512 << 10);
	for (size_t i = 0; threads && ones && i < n; i++) {
		ones[i] = (one){.work = w, .number = first + i};
		if (pthread_create(&threads[i], &small, run_one, &ones[i])) abort();
	}
	int64_t after = number_of(w->in, "cancel_after_ms", 0);
	err e = ERR_INIT;
	if (after) {
		(void)wait_fd(-1, 0, NULL, deadline_in_ms(after), &e);
		cancel_set(&w->cancel, ERR_CANCELLED);
	}
	for (size_t i = 0; threads && i < n; i++) (void)pthread_join(threads[i], NULL);
	(void)pthread_attr_destroy(&small);
	free(ones);
	free(threads);
}

static void free_texts(buf *texts, size_t n) {
	for (size_t i = 0; i < n; i++) buf_free(&texts[i]);
	free(texts);
}

static bool read_frames(work *w, err *e) {
	const json_t *files = json_object_get(w->in, "files");
	const char *schema = text_of(w->in, "schema");
	size_t n = json_array_size(files);
	read_options options = {.schema = *schema ? schema : NULL};
	buf *texts = calloc(n + 1, sizeof *texts);
	frame_file *list = calloc(n + 1, sizeof *list);
	bool ok = true;
	w->frames = calloc(n + 1, sizeof(frame *));
	for (size_t i = 0; ok && i < n; i++) {
		const char *path = json_string_value(json_array_get(files, i)), *slash = strrchr(path, '/');
		texts[i] = (buf)BUF_INIT((size_t)64 << 20);
		ok = read_file(path, &texts[i], e);
		list[i] = (frame_file){slice_of(slash ? slash + 1 : path), buf_slice(&texts[i])};
	}
	ok = ok && frames_read(list, n, &options, w->frames, NULL, DEADLINE_NEVER, e);
	w->nframes = ok ? n : 0;
	free_texts(texts, n);
	free(list);
	return ok;
}

static bool run_all(work *w, const config *c, err *e) {
	if (!read_frames(w, e) || !cancel_init(&w->cancel, e)) return false;
	w->llm = llm_open(c, e);
	if (!w->llm) return false;
	size_t threads = (size_t)number_of(w->in, "threads", 1), times = (size_t)number_of(w->in, "times", 1);
	for (size_t i = 0; i < times; i++) {
		run_threads(w, threads, i * threads);
		err waited = ERR_INIT;
		if (number_of(w->in, "pause_ms", 0))
			(void)wait_fd(-1, 0, NULL, deadline_in_ms(number_of(w->in, "pause_ms", 0)), &waited);
	}
	llm_status s;
	llm_get_status(w->llm, &s);
	json_array_append_new(w->results, json_pack("{s:s,s:s,s:b,s:s,s:s}", "provider", s.provider, "model", s.model,
						    "key_present", s.key_present, "why", s.why, "circuit", s.circuit));
	llm_close(w->llm);
	return true;
}

int main(void) {
	config c;
	err e = ERR_INIT;
	work w = {.in = json_loadf(stdin, 0, NULL), .results = json_array(), .lock = PTHREAD_MUTEX_INITIALIZER};
	w.cancel.fd = -1;
	log_open(LOG_DEBUG);
	bool ok = config_load(&c, &e) && run_all(&w, &c, &e);
	if (!ok) json_array_append_new(w.results, json_pack("{s:o}", "error", error_json(&e)));
	(void)json_dumpf(w.results, stdout, 0);
	for (size_t i = 0; i < w.nframes; i++) frame_free(w.frames[i]);
	free(w.frames);
	cancel_free(&w.cancel);
	json_decref(w.results);
	json_decref((json_t *)(uintptr_t)w.in);
	return 0;
}
