/* How this works. Each exchange ends in an outcome. explain() turns it into an
 * error a person can act on, and says whether asking again may help. What may
 * help is asked again up to TRIES times, after a wait that doubles and is
 * jittered (so that a crowd does not come back as a crowd), or that the
 * provider named; never past the deadline. A request refused for a part that
 * not every server takes is sent again without that part, at once. */
#include "llm/remote.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { TRIES = 3, WAIT_FIRST_MS = 400, WAIT_MAX_MS = 20000 };

typedef struct verdict {
	bool again;  /* asking again may help */
	bool strike; /* counts against the provider */
} verdict;

/* What an HTTP status means for us. */
static const struct {
	int least, most;
	enum err_code code;
	verdict verdict;
	const char *hint; /* NULL: the code's own; %s is the environment variable of the key */
} STATUSES[] = {
    {300, 399, ERR_MODEL_REQUEST, {false, true}, "plotd follows no redirects: set the base URL to where it points."},
    {400, 400, ERR_MODEL_REQUEST, {false, false}, NULL},
    {401, 401, ERR_MODEL_KEY, {false, false}, "Set %s to a key that is valid."},
    {402, 402, ERR_MODEL_RATE, {false, true}, "The account has no credit left: top it up, or set PLOTD_LLM=rules."},
    {403, 403, ERR_MODEL_KEY, {false, false}, "The key in %s may not use this model or service."},
    {404, 404, ERR_MODEL_REQUEST, {false, false}, NULL},
    {408, 409, ERR_MODEL_TIMEOUT, {true, true}, NULL},
    {413, 413, ERR_MODEL_REQUEST, {false, false}, "Send fewer columns or a shorter schema."},
    {429, 429, ERR_MODEL_RATE, {true, true}, NULL},
    {400, 499, ERR_MODEL_REQUEST, {false, false}, NULL},
    {501, 501, ERR_MODEL_REQUEST, {false, false}, "This server does not offer the call: check the base URL."},
    {500, 599, ERR_MODEL_DOWN, {true, true}, NULL},
    {0, 999999, ERR_MODEL_DOWN, {true, true}, NULL}, /* an error event without a status */
};

/* Models that answer 404 since their vendor shut them down, and what took over. */
static const struct {
	const char *prefix, *since, *successor;
} SHUT_DOWN[] = {
    {"gemini-2.0-flash-lite", "on 2026-06-01", "gemini-flash-lite-latest"},
    {"gemini-2.0", "on 2026-06-01", "gemini-flash-latest"},
    {"gemini-1.", "in 2025", "gemini-flash-latest"},
    {"gemini-pro", "in 2025", "gemini-pro-latest"},
    {"claude-2", "in 2025", "claude-sonnet-4-5"},
    {"claude-3-", "by its vendor", "claude-sonnet-4-5"},
    {"gpt-4-vision", "by its vendor", "gpt-5-mini"},
};

static bool explain_missing(const exchange *x, err *e) {
	const char *model = x->model;
	for (size_t i = 0; i < sizeof SHUT_DOWN / sizeof *SHUT_DOWN; i++) {
		if (strncmp(model, SHUT_DOWN[i].prefix, strlen(SHUT_DOWN[i].prefix)) != 0) continue;
		err_set(e, ERR_MODEL_REQUEST, "%s was shut down %s; its successor is %s", model, SHUT_DOWN[i].since,
			SHUT_DOWN[i].successor);
		return err_hint(e, "Set the model to %s.", SHUT_DOWN[i].successor);
	}
	err_set(e, ERR_MODEL_REQUEST, "%s knows no model %s (404)", x->provider->name, model);
	return err_hint(e, "Check the model's name and %s.", x->provider->url_env);
}

/* A provider's words may quote the key or the data that it was sent; neither may go on. */
static void remove_secrets(const exchange *x, failure *f) {
	enum { WINDOW = 24 };
	size_t n = strlen(f->message);
	slice key = slice_trim(slice_of(provider_key(x->provider, x->config))), sent = buf_slice(&x->prompt->text);
	if (key.n && memmem(f->message, n, key.p, key.n)) f->message[0] = '\0';
	for (size_t i = 0; f->message[0] && i + WINDOW <= n; i++)
		if (memmem(sent.p, sent.n, f->message + i, WINDOW)) f->message[0] = '\0';
	for (char *c = f->message; *c; c++)
		if ((unsigned char)*c < ' ') *c = ' ';
}

static verdict explain_status(const exchange *x, const failure *f, err *e) {
	size_t i = 0;
	while (f->status < STATUSES[i].least || f->status > STATUSES[i].most) i++;
	if (f->status == 404) {
		(void)explain_missing(x, e);
	} else {
		err_set(e, STATUSES[i].code, "%s answered %d%s%s%s%s", x->provider->name, f->status,
			f->kind[0] ? " " : "", f->kind, f->message[0] ? ": " : "", f->message);
		/* The table's hints have at most one %s. */
		const char *hint = STATUSES[i].hint, *mark = hint ? strstr(hint, "%s") : NULL;
		if (mark)
			err_hint(e, "%.*s%s%s", (int)(mark - hint), hint, x->provider->key_env, mark + 2);
		else if (hint)
			err_hint(e, "%s", hint);
	}
	e->upstream = f->status;
	verdict v = STATUSES[i].verdict;
	if (strcmp(f->kind, "insufficient_quota") == 0) v.again = false; /* no credit: a wait changes nothing */
	return v;
}

/* An outcome without a status of the provider's. */
static verdict explain_outcome(const exchange *x, enum outcome out, const failure *f, err *e) {
	const char *name = x->provider->name;
	uint64_t s = x->config->llm_first_byte_ms / 1000;
	switch (out) {
	case OUTCOME_CONNECT:
		err_set(e, ERR_MODEL_DOWN, "%s cannot be reached: %s", name, f->message);
		return (verdict){true, true};
	case OUTCOME_TLS:
		err_set(e, ERR_MODEL_DOWN, "%s cannot be trusted, its certificate does not verify: %s", name,
			f->message);
		return (verdict){false, true};
	case OUTCOME_CUT:
		err_set(e, ERR_MODEL_DOWN, "%s broke off in the middle of its answer", name);
		return (verdict){true, true};
	case OUTCOME_SILENT:
		err_set(e, ERR_MODEL_TIMEOUT, "%s was silent for %llu s", name, (unsigned long long)s);
		return (verdict){true, true};
	case OUTCOME_LATE:
		err_set(e, ERR_MODEL_TIMEOUT, "%s did not finish in time", name);
		return (verdict){false, true};
	case OUTCOME_HUGE:
		err_set(e, ERR_MODEL_REPLY, "%s answered with far more than a chart's code", name);
		return (verdict){false, true};
	case OUTCOME_GARBAGE:
		err_set(e, ERR_MODEL_REPLY, "%s answered with %s, which its API never does", name, f->message);
		err_hint(e, "Check %s.", x->provider->url_env);
		return (verdict){true, true};
	default: err_set(e, ERR_INTERNAL, "a model call ended in no known way"); return (verdict){false, false};
	}
}

/* A reply came: has it anything in it? */
static bool explain_reply(const exchange *x, const stream *s, verdict *v, err *e) {
	*v = (verdict){false, false};
	if (s->finish == FINISH_REFUSED)
		return err_set(e, ERR_MODEL_REFUSED, "%s declined to answer (%s)", x->provider->name, s->word);
	if (slice_trim(buf_slice(&s->text)).n) return true;
	v->again = true;
	if (s->finish == FINISH_LENGTH)
		return err_set(e, ERR_MODEL_REPLY, "%s spent its whole answer on thinking and wrote no code (%s)",
			       x->provider->name, s->word);
	return err_set(e, ERR_MODEL_REPLY, "%s answered with nothing", x->provider->name);
}

/* Which part of the request a 400 complains about. */
static unsigned part_refused(const failure *f) {
	static const struct {
		const char *word;
		unsigned part;
	} rows[] = {
	    {"max_tokens", WITHOUT_LIMIT},        {"max_completion_tokens", WITHOUT_LIMIT},
	    {"maxOutputTokens", WITHOUT_LIMIT},   {"context length", WITHOUT_LIMIT},
	    {"temperature", WITHOUT_TEMPERATURE}, {"response_format", WITHOUT_SCHEMA},
	    {"json_schema", WITHOUT_SCHEMA},      {"responseJsonSchema", WITHOUT_SCHEMA},
	    {"responseMimeType", WITHOUT_SCHEMA}, {"stream_options", WITHOUT_USAGE},
	};
	if (f->status != 400 && f->status != 422) return 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strstr(f->message, rows[i].word)) return rows[i].part;
	return 0;
}

/* Exponential with equal jitter: half of the step for sure, the other half by chance. */
static int64_t wait_ms(unsigned tried, const failure *f) {
	uint16_t chance = 0;
	if (getrandom(&chance, sizeof chance, GRND_NONBLOCK) < 0) chance = 32768;
	int64_t step = (int64_t)WAIT_FIRST_MS << tried;
	int64_t wait = step / 2 + step / 2 * chance / 65536;
	int64_t asked = (int64_t)f->retry_ms;
	return asked > 0 ? asked + asked / 10 * chance / 65536 : wait;
}

/* Waits before the next try. False when it would not fit in, or the wait was ended. */
static bool pause_before(const exchange *x, int64_t ms, const err *why, err *e) {
	if (ms > WAIT_MAX_MS || ms >= deadline_left_ms(x->limit)) return false;
	cleanup_buf buf text = BUF_INIT(2048);
	buf_printf(&text, "%s; asking again in %.1f s", why->message, (double)ms / 1000);
	if (x->hook) x->hook(x->context, LLM_RETRY, buf_slice(&text));
	err ended = ERR_INIT;
	(void)wait_fd(-1, 0, x->cancel, deadline_in_ms(ms), &ended);
	if (ended.code == ERR_DEADLINE) return true;
	*e = ended;
	return false;
}

static void forget_reply(stream *s) {
	buf_clear(&s->text);
	*s = (stream){.text = s->text};
}

/* One exchange through the circuit. True when *s holds a reply; otherwise *v and *e say what to do. */
static bool try_once(line_pool *pool, circuit *gate, exchange *x, stream *s, failure *f, verdict *v, err *e) {
	enum outcome out = OUTCOME_OK;
	int64_t hold = 0;
	*f = (failure){0};
	*v = (verdict){false, false};
	if (!circuit_enter(gate, &hold)) {
		err_set(e, ERR_MODEL_DOWN, "%s failed several times in a row, so it is left alone for %lld s",
			x->provider->name, (long long)(hold + 999) / 1000);
		e->retry_after = (unsigned)((hold + 999) / 1000);
		return false;
	}
	if (!exchange_run(pool, x, s, f, &out, e) || out == OUTCOME_UNWANTED) {
		circuit_abandon(gate);
		if (out == OUTCOME_UNWANTED) (void)still_wanted(x->cancel, DEADLINE_NEVER, e);
		return false;
	}
	remove_secrets(x, f);
	bool ok = false;
	if (out == OUTCOME_OK)
		ok = explain_reply(x, s, v, e);
	else
		*v = out == OUTCOME_STATUS ? explain_status(x, f, e) : explain_outcome(x, out, f, e);
	(v->strike ? circuit_failure : circuit_success)(gate);
	return ok;
}

/* The one that gave up: tell whose deadline it was, and what the provider asked for. */
static bool give_up(const exchange *x, deadline whole, const failure *f, err *e) {
	if (e->code == ERR_MODEL_TIMEOUT && deadline_left_ms(whole) == 0) (void)still_wanted(NULL, whole, e);
	if (f->retry_ms && !e->retry_after) e->retry_after = (unsigned)((f->retry_ms + 999) / 1000);
	err_copy(e->provider, slice_of(x->provider->name));
	log_warning("model_failed", LOG_S("provider", x->provider->name), LOG_S("code", err_name(e->code)),
		    LOG_I("upstream", e->upstream), LOG_S("kind", f->kind));
	return false;
}

bool remote_reply(line_pool *pool, circuit *gate, exchange *x, stream *s, err *e) {
	deadline whole = x->limit;
	x->limit = deadline_first(whole, deadline_in_ms((int64_t)x->config->llm_ms));
	failure f = {0};
	for (unsigned tried = 0;;) {
		verdict v;
		err why = ERR_INIT;
		forget_reply(s);
		if (try_once(pool, gate, x, s, &f, &v, &why)) return true;
		*e = why;
		if (why.code == ERR_CANCELLED || why.code == ERR_STOPPING) return false;
		unsigned part = part_refused(&f) & ~x->without;
		if (part) {
			x->without |= part;
			continue;
		}
		if (!v.again || ++tried == TRIES) return give_up(x, whole, &f, e);
		if (pause_before(x, wait_ms(tried - 1, &f), &why, e)) continue;
		if (e->code == ERR_CANCELLED || e->code == ERR_STOPPING) return false;
		return give_up(x, whole, &f, e);
	}
}
