/* How this works. llm_write finds who answers (choose.c). The rules answer at
 * once. A remote model's answer is looked up in the cache, then in what is
 * being asked at this moment, and only then asked for (remote.c); the code is
 * taken out of its reply (reply.c). A provider that fails is replaced by the
 * rules, where the operator allows it, and a notice says why. */
#include "llm/inside.h"

#include "base/log.h"
#include "llm/cache.h"
#include "llm/flight.h"
#include "llm/panels.h"
#include "llm/remote.h"
#include "llm/reply.h"
#include "llm/spec.h"
#include "rules/rules.h"

#include <stdio.h>
#include <stdlib.h>

struct llm {
	const config *config;
	const provider *standard; /* who answers unless a request names another */
	char why[160];
	line_pool *lines;
	flights *flights;
	cache *cache; /* NULL: off */
	circuit circuits[PROVIDER_COUNT];
};

/* One call of llm_write. */
typedef struct writing {
	llm *llm;
	const llm_ask *ask;
	llm_hook *hook;
	void *context;
	const cancel *cancel;
	deadline deadline;
	choice who;
	llm_answer *answer;
} writing;

static bool cache_wanted(const config *c) {
	return !c->cache || strcmp(c->cache, "off") != 0;
}

llm *llm_open(const config *c, err *e) {
	llm *l = calloc(1, sizeof *l);
	if (!l) {
		err_set(e, ERR_MEMORY, "no memory for the models' settings");
		return NULL;
	}
	l->config = c;
	l->standard = choose_default(c, l->why);
	for (size_t i = 0; i < PROVIDER_COUNT; i++) circuit_init(&l->circuits[i]);
	l->lines = line_pool_open(e);
	l->flights = flights_open();
	if (cache_wanted(c)) l->cache = cache_open(c->cache_dir);
	if (l->lines && l->flights) return l;
	if (!l->flights) err_set(e, ERR_MEMORY, "no memory for the models' settings");
	llm_close(l);
	return NULL;
}

void llm_close(llm *l) {
	if (!l) return;
	line_pool_close(l->lines);
	flights_close(l->flights);
	cache_close(l->cache);
	for (size_t i = 0; i < PROVIDER_COUNT; i++) circuit_free(&l->circuits[i]);
	free(l);
}

void llm_answer_free(llm_answer *a) {
	buf_free(&a->code);
	buf_free(&a->title);
	notices_free(&a->notices);
}

void llm_get_status(llm *l, llm_status *out) {
	const provider *p = l->standard;
	*out = (llm_status){.provider = p->name,
			    .model = provider_model(p, l->config),
			    .key_present = *provider_key(p, l->config),
			    .circuit = circuit_is_open(&l->circuits[provider_index(p)]) ? "open" : "closed"};
	err_copy(out->why, slice_of(l->why));
}

static void tell(const writing *w, enum llm_event what, slice text) {
	if (w->hook) w->hook(w->context, what, text);
}

/* plotd itself answers. */
static bool write_by_rules(const writing *w, err *e) {
	llm_answer *a = w->answer;
	(void)snprintf(a->engine, sizeof a->engine, "rules");
	buf_clear(&a->code);
	buf_clear(&a->title);
	if (!rules_write(w->ask->question, w->ask->frames, w->ask->nframes, &a->code, &a->title, &a->notices, e))
		return false;
	tell(w, LLM_CODE, buf_slice(&a->code));
	return true;
}

static void hash_frame(sha256 *h, const frame *f) {
	sha256_add_part(h, slice_of(f->stem));
	for (size_t i = 0; i < f->ncols; i++) {
		sha256_add_part(h, f->cols[i].name);
		sha256_add_part(h, slice_of(column_type_name(f->cols[i].type)));
		sha256_add_part(h, slice_of(meaning_name(f->cols[i].profile.meaning)));
	}
}

/* What code depends on: the shape of the data (not its values: the code runs again), the
 * question, who is asked, and how. */
static void cache_key(const config *c, const llm_ask *q, const choice *who, uint8_t out[SHA256_BYTES]) {
	sha256 h;
	char version[24];
	sha256_init(&h);
	int n = snprintf(version, sizeof version, "%d", PROMPT_VERSION);
	sha256_add_part(&h, (slice){version, n > 0 ? (size_t)n : 0});
	const char *parts[] = {who->provider->name, provider_url(who->provider, c), who->model, c->privacy,
			       c->llm_mode};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) sha256_add_part(&h, slice_of(parts[i]));
	sha256_add_part(&h, slice_trim(q->question));
	sha256_add_part(&h, slice_trim(q->schema));
	for (size_t i = 0; i < q->nframes; i++) hash_frame(&h, q->frames[i]);
	sha256_end(&h, out);
}

/* A repair of some panels becomes the whole script. */
static bool merge_panels(const llm_ask *q, llm_answer *a, err *e) {
	const llm_attempt *last = q->nattempts ? &q->attempts[q->nattempts - 1] : NULL;
	slice lost[PANELS_MAX];
	if (!last || !last->nlost) return true;
	for (size_t i = 0; i < last->nlost; i++) lost[i] = last->lost[i].title;
	cleanup_buf buf whole = BUF_INIT(a->code.max);
	if (!panels_merge(last->code, lost, last->nlost, buf_slice(&a->code), &whole)) return true;
	buf_clear(&a->code);
	buf_add(&a->code, buf_slice(&whole));
	return (buf_ok(&whole) && buf_ok(&a->code)) || err_set(e, ERR_MEMORY, "no memory for the chart's code");
}

static bool take_code(const writing *w, const stream *s, err *e) {
	llm_answer *a = w->answer;
	slice said = buf_slice(&s->text);
	bool cut_off = s->finish == FINISH_LENGTH;
	bool ok = spec_mode(w->llm->config) ? spec_reply(w->ask, said, cut_off, &a->code, &a->title, &a->notices, e)
					    : reply_code(said, cut_off, &a->code, &a->title, &a->notices, e);
	if (!ok || !merge_panels(w->ask, a, e)) return false;
	if (a->code.n <= w->llm->config->code_max) return true;
	err_set(e, ERR_MODEL_REPLY, "the model's code is longer than %llu bytes",
		(unsigned long long)w->llm->config->code_max);
	err_copy(e->rule, SLICE("too_long"));
	return err_hint(e, "Write a shorter script.");
}

/* Asks the model and takes the code out of what it says. */
static bool call_model(const writing *w, err *e) {
	llm *l = w->llm;
	cleanup_prompt prompt p = PROMPT_INIT;
	if (!prompt_build(l->config, w->ask, &p, e)) return false;
	exchange x = {.provider = w->who.provider,
		      .config = l->config,
		      .model = w->who.model,
		      .prompt = &p,
		      .cancel = w->cancel,
		      .limit = w->deadline,
		      .hook = w->hook,
		      .context = w->context};
	stream s = STREAM_INIT;
	bool ok =
	    remote_reply(l->lines, &l->circuits[provider_index(w->who.provider)], &x, &s, e) && take_code(w, &s, e);
	w->answer->tokens_in += s.tokens_in;
	w->answer->tokens_out += s.tokens_out;
	buf_free(&s.text);
	return ok;
}

static bool take_cached(const writing *w) {
	w->answer->cached = true;
	tell(w, LLM_CODE, buf_slice(&w->answer->code));
	return true;
}

/* A first attempt: cached, being asked just now, or asked here. A repair is always asked; its
 * code takes the place of what failed. */
static bool write_by_model(const writing *w, err *e) {
	llm *l = w->llm;
	llm_answer *a = w->answer;
	uint8_t key[SHA256_BYTES];
	flight *mine = NULL;
	(void)snprintf(a->engine, sizeof a->engine, "%s/%s", w->who.provider->name, w->who.model);
	cache_key(l->config, w->ask, &w->who, key);
	bool first = l->cache && w->ask->nattempts == 0;
	if (first && cache_get(l->cache, key, &a->code, &a->title)) return take_cached(w);
	if (first) {
		tell(w, LLM_THINKING, SLICE(""));
		enum flight_role role =
		    flight_join(l->flights, key, w->cancel, w->deadline, &mine, &a->code, &a->title, e);
		if (role == FLIGHT_JOINED) return take_cached(w);
		if (role == FLIGHT_FAILED) return false;
	}
	bool ok = call_model(w, e);
	if (ok) cache_put(l->cache, key, buf_slice(&a->code), buf_slice(&a->title));
	if (mine) flight_land(l->flights, mine, buf_slice(&a->code), buf_slice(&a->title), ok ? NULL : e);
	return ok;
}

/* Failures that are the provider's: another model may do better. A reply without code is a
 * matter for the caller's loop, which tells the model. */
static bool rules_may_help(const llm *l, const err *e) {
	if (strcmp(l->config->fallback, "rules") != 0) return false;
	return err_exit(e->code) == err_exit(ERR_MODEL_DOWN) && !(e->code == ERR_MODEL_REPLY && e->rule[0]);
}

static bool fall_back(const writing *w, const err *why, err *e) {
	size_t n = strlen(why->message);
	bool ends = n && why->message[n - 1] == '.';
	notice(&w->answer->notices, "%s%s plotd's built-in rules wrote the chart code instead.", why->message,
	       ends ? "" : ".");
	log_info("model_fallback", LOG_S("provider", w->who.provider->name), LOG_S("code", err_name(why->code)));
	return write_by_rules(w, e);
}

static bool write_chosen(const writing *w, err *e) {
	const llm *l = w->llm;
	if (!provider_remote(w->who.provider)) {
		bool for_want_of_a_key = !w->ask->provider && strcmp(l->config->llm, "rules") != 0;
		if (for_want_of_a_key)
			notice(&w->answer->notices,
			       "No model key is set, so plotd's built-in rules wrote the chart code.");
		return write_by_rules(w, e);
	}
	err why = ERR_INIT;
	if (!provider_ready(w->who.provider, l->config))
		err_set(&why, ERR_MODEL_KEY, "%s is asked for, but %s is not set", w->who.provider->name,
			w->who.provider->key_env);
	else if (write_by_model(w, &why)) {
		reply_notes(buf_slice(&w->answer->code), &w->answer->notices);
		return true;
	}
	if (rules_may_help(l, &why)) return fall_back(w, &why, e);
	*e = why;
	return false;
}

bool llm_write(llm *l, const llm_ask *q, llm_hook *hook, void *context, const cancel *c, deadline d, llm_answer *a,
	       err *e) {
	writing w = {.llm = l, .ask = q, .hook = hook, .context = context, .cancel = c, .deadline = d, .answer = a};
	int64_t start = now_ns();
	if (!still_wanted(c, d, e) || !choose(l->config, q, &w.who, e)) return false;
	bool ok = write_chosen(&w, e);
	a->ms = ms_since(start);
	return ok;
}

void llm_forget(llm *l, const llm_ask *q) {
	choice who;
	uint8_t key[SHA256_BYTES];
	if (!l->cache || !choose(l->config, q, &who, &(err){0}) || !provider_remote(who.provider)) return;
	cache_key(l->config, q, &who, key);
	cache_forget(l->cache, key);
}

bool llm_prompt(llm *l, const llm_ask *q, buf *out, uint64_t *tokens, err *e) {
	cleanup_prompt prompt p = PROMPT_INIT;
	if (!prompt_build(l->config, q, &p, e)) return false;
	prompt_print(&p, out);
	*tokens = tokens_about(slice_of(p.system)) + tokens_about(buf_slice(&p.text));
	return buf_ok(out) || err_set(e, ERR_MEMORY, "no memory for the prompt");
}
