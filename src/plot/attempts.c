/* How an answer is found
 *
 * A round asks the model for code, runs it in the sandbox and judges what came
 * back. What fails goes back to the model with its reason, at most
 * config->attempts_max times. Of a dashboard only the panels that fail are asked
 * for again (panels.h). A round whose figures can be shown, though panels are
 * missing or the judge found them unfit, is kept: should no later round do
 * better, the best of them is the answer, and a notice says what is wrong with
 * it. With nothing to show the built-in rules take over where the operator lets
 * them. */
#include "plot/attempts.h"

#include "base/json.h"
#include "base/log.h"
#include "llm/panels.h"
#include "plot/judge.h"

#include <stdio.h>

typedef struct round {
	llm_answer answer;
	sandbox_result result;
	err why;        /* ERR_NONE: right */
	llm_lost *lost; /* panels left out of the result, titles in answer.code */
	size_t nlost;
} round;

static void round_init(round *t) {
	*t = (round){.answer = LLM_ANSWER_INIT};
}

static void round_free(round *t) {
	llm_answer_free(&t->answer);
	sandbox_result_free(&t->result);
	free(t->lost);
}

typedef struct rounds {
	round *all;
	size_t n, max;
} rounds;

static void rounds_free(rounds *t) {
	for (size_t i = 0; i < t->n; i++) round_free(&t->all[i]);
	free(t->all);
	*t = (rounds){0};
}

void tell_stage(const plot_hooks *h, enum plot_stage s, unsigned attempt) {
	if (h->stage) h->stage(h->context, s, attempt);
}

void tell_notice(const plot_hooks *h, plot_reply *r, const char *format, ...) {
	size_t before = r->notices.n;
	cleanup_buf buf sentence = BUF_INIT((size_t)8 * NOTICE_MAX_BYTES);
	va_list args;
	va_start(args, format);
	buf_vprintf(&sentence, format, args);
	va_end(args);
	notice(&r->notices, "%s", buf_cstr(&sentence));
	if (h->notice && r->notices.n > before) h->notice(h->context, slice_of(r->notices.text[before]));
}

void tell_notices(const plot_hooks *h, plot_reply *r, const notices *list) {
	for (size_t i = 0; i < list->n; i++) tell_notice(h, r, "%s", list->text[i]);
	r->notices.dropped += list->dropped;
}

/* Code as the model streams it, and why it is asked once more, go to the listener. */
static void on_model(void *context, enum llm_event what, slice text) {
	const plot_hooks *h = context;
	if (what == LLM_CODE && h->code) h->code(h->context, text);
	if (what == LLM_RETRY && h->notice) h->notice(h->context, text);
}

/* What is asked, without the attempts so far. */
static llm_ask ask_of(const plot_work *w, const char *provider) {
	return (llm_ask){.question = w->request->question,
			 .schema = w->request->schema,
			 .frames = w->frames,
			 .nframes = w->nframes,
			 .provider = provider ? provider : w->request->provider,
			 .model = provider ? NULL : w->request->model};
}

static bool ask_model(const plot_work *w, const rounds *before, const char *provider, round *t, plot_reply *r, err *e) {
	cleanup_free llm_attempt *attempts = calloc(before->n + 1, sizeof *attempts);
	if (!attempts) return err_set(e, ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < before->n; i++)
		attempts[i] = (llm_attempt){.code = buf_slice(&before->all[i].answer.code),
					    .why = &before->all[i].why,
					    .lost = before->all[i].lost,
					    .nlost = before->all[i].nlost,
					    .columns = before->all[i].result.columns};
	llm_ask ask = ask_of(w, provider);
	ask.attempts = attempts;
	ask.nattempts = before->n;
	int64_t start = now_ns();
	tell_stage(w->hooks, before->n ? STAGE_REPAIR : STAGE_PLAN, r->attempts);
	bool ok = llm_write(w->service->llm, &ask, on_model, (void *)(uintptr_t)w->hooks, w->cancel, w->deadline,
			    &t->answer, e);
	r->timings.plan += ms_since(start);
	r->tokens_in += t->answer.tokens_in;
	r->tokens_out += t->answer.tokens_out;
	return ok;
}

static bool run_code(const plot_work *w, slice code, bool no_policy, sandbox_result *result, plot_reply *r, err *e) {
	sandbox_job job = {
	    .code = code, .frames = (const frame *const *)w->frames, .nframes = w->nframes, .no_policy = no_policy};
	int64_t start = now_ns();
	bool ok = sandbox_run(w->service->sandbox, &job, w->cancel, w->deadline, result, e);
	r->timings.run += ms_since(start);
	r->timings.sandbox = result->timings;
	return ok;
}

/* True for failures that another reply of the model may mend. */
static bool is_codes_fault(enum err_code code) {
	return err_exit(code) == err_exit(ERR_CODE_RAISED) || code == ERR_MODEL_REPLY;
}

/* Leaves the panel that *e blames out, and runs what is left; true when it gave figures. False
 * with the new *e when another panel fails, or with *e as it was when none is to blame. */
static bool run_without(const plot_work *w, round *t, const panel_part *all, size_t n, bool *out, plot_reply *r,
			err *e) {
	cleanup_buf buf left = BUF_INIT(t->answer.code.max);
	size_t bad = panels_blame(all, n, e);
	if (bad == n || out[bad] || t->nlost + 1 >= n || !is_codes_fault(e->code)) {
		t->nlost = 0;
		return false;
	}
	out[bad] = true;
	t->lost[t->nlost++] = (llm_lost){all[bad].title, *e};
	panels_leave_out(buf_slice(&t->answer.code), all, n, out, &left);
	sandbox_result_free(&t->result);
	t->result = (sandbox_result){0};
	*e = ERR_INIT;
	return run_code(w, buf_slice(&left), false, &t->result, r, e);
}

/* Code of several panels: those that fail are left out, and the rest is the result. False where
 * nothing is left, with the first failure. */
static bool run_panels(const plot_work *w, round *t, plot_reply *r, err *e) {
	panel_part all[PANELS_MAX];
	bool out[PANELS_MAX] = {false}, ok = false;
	size_t n = panels_find(buf_slice(&t->answer.code), all);
	err first = *e;
	t->lost = n > 1 ? calloc(n, sizeof *t->lost) : NULL;
	if (!t->lost) return false;
	do ok = run_without(w, t, all, n, out, r, e);
	while (!ok && t->nlost);
	if (!ok && is_codes_fault(e->code)) *e = first;
	return ok;
}

/* Runs what the model wrote. */
static bool run_answer(const plot_work *w, round *t, plot_reply *r, err *e) {
	tell_stage(w->hooks, STAGE_RUN, r->attempts);
	return run_code(w, buf_slice(&t->answer.code), false, &t->result, r, e) || run_panels(w, t, r, e);
}

/* The runner's notes, as notices. */
static void tell_notes(const plot_work *w, const sandbox_result *result, plot_reply *r) {
	json_iter notes;
	slice key, value;
	if (!json_open(result->notes, &notes)) return;
	while (json_next(&notes, &key, &value)) {
		cleanup_buf buf text = BUF_INIT(NOTICE_MAX_BYTES);
		if (json_text(value, &text)) tell_notice(w->hooks, r, "%s", buf_cstr(&text));
	}
}

/* The code of the reply is that of its panels. */
static void leave_lost_out(const round *t, plot_reply *r) {
	panel_part all[PANELS_MAX];
	bool out[PANELS_MAX] = {false};
	size_t n = panels_find(buf_slice(&r->code), all);
	buf left = BUF_INIT(r->code.max);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < t->nlost; k++) out[i] |= all[i].title.p == t->lost[k].title.p;
	panels_leave_out(buf_slice(&r->code), all, n, out, &left);
	buf_free(&r->code);
	r->code = left;
}

/* The round becomes the reply; what it owned is the reply's now. */
static bool take_round(const plot_work *w, round *t, plot_reply *r) {
	plot_timings timings = r->timings;
	buf_free(&r->code);
	r->code = t->answer.code;
	t->answer.code = BUF_INIT(r->code.max);
	if (t->nlost) leave_lost_out(t, r);
	buf_free(&r->title);
	r->title = t->answer.title;
	t->answer.title = BUF_INIT(r->title.max);
	memcpy(r->engine, t->answer.engine, sizeof r->engine);
	sandbox_result_free(&r->result);
	r->result = t->result;
	t->result = (sandbox_result){0};
	r->timings = timings;
	tell_notices(w->hooks, r, &t->answer.notices);
	tell_notes(w, &r->result, r);
	return true;
}

/* One round: true when it gave figures that answer the question. False with
 * *e; t->why tells whether the code is to blame. */
static bool play(const plot_work *w, const rounds *before, const char *provider, round *t, plot_reply *r, err *e) {
	r->attempts++;
	bool ok = ask_model(w, before, provider, t, r, e) && run_answer(w, t, r, e) &&
		  judge_figures(w->request->question, &t->result, e);
	if (ok && t->nlost) *e = t->lost[0].why;
	if (ok && !t->nlost) return true;
	if (!ok) t->nlost = 0; /* the whole of it is asked for again */
	t->why = *e;
	llm_ask ask = ask_of(w, provider);
	if (is_codes_fault(e->code)) llm_forget(w->service->llm, &ask); /* no cache may give this code again */
	return false;
}

/* How far a failed round's figures can be shown: 0 not at all. Invented numbers never can. */
static size_t worth(const round *t) {
	if (t->nlost) return 1 + PANELS_MAX - t->nlost;
	return t->why.code == ERR_CODE_UNFIT && judge_may_show(&t->why);
}

/* The best round whose figures can be shown, the later of equals; NULL when there is none. */
static round *best_of(rounds *t) {
	round *best = NULL;
	for (size_t i = 0; i < t->n; i++)
		if (worth(&t->all[i]) && (!best || worth(&t->all[i]) >= worth(best))) best = &t->all[i];
	return best;
}

static void tell_failure(const plot_work *w, const char *what, const err *why, plot_reply *r) {
	if (why->line)
		tell_notice(w->hooks, r, "%s: %s (line %llu).", what, why->message, (unsigned long long)why->line);
	else
		tell_notice(w->hooks, r, "%s: %s.", what, why->message);
}

static void tell_lost(const plot_work *w, const round *t, const char *what, plot_reply *r) {
	for (size_t i = 0; i < t->nlost; i++) {
		cleanup_buf buf who = BUF_INIT(NOTICE_MAX_BYTES);
		buf_printf(&who, "%s \"%.*s\"", what, SLICE_ARG(t->lost[i].title));
		tell_failure(w, buf_cstr(&who), &t->lost[i].why, r);
	}
}

static void tell_failures(const plot_work *w, const rounds *t, plot_reply *r) {
	for (size_t i = 0; i < t->n; i++) {
		char what[64];
		const round *failed = &t->all[i];
		if (failed->why.code == ERR_NONE) continue;
		(void)snprintf(what, sizeof what, "Attempt %zu failed%s", i + 1, failed->nlost ? ", panel" : "");
		if (failed->nlost)
			tell_lost(w, failed, what, r);
		else
			tell_failure(w, what, &failed->why, r);
	}
}

static bool may_fall_back(const plot_work *w, const rounds *t) {
	if (strcmp(w->service->config->fallback, "rules") != 0) return false;
	return t->n && strcmp(t->all[t->n - 1].answer.engine, "rules") != 0;
}

/* The rules' own answer after the model's attempts; `e` keeps the model's error when they fail too. */
static bool fall_back(const plot_work *w, rounds *t, plot_reply *r) {
	round last;
	err inner = ERR_INIT;
	rounds none = {0};
	round_init(&last);
	bool ok = play(w, &none, "rules", &last, r, &inner) || worth(&last) > 0;
	if (ok) {
		tell_failures(w, t, r);
		tell_notice(w->hooks, r, "No attempt of the model gave a chart, so plotd's built-in rules drew it.");
		take_round(w, &last, r);
	}
	round_free(&last);
	return ok;
}

static bool finish(const plot_work *w, rounds *t, plot_reply *r, err *e) {
	round *best = best_of(t);
	if (!best) return is_codes_fault(e->code) && may_fall_back(w, t) && fall_back(w, t, r);
	tell_failures(w, t, r);
	if (best->nlost)
		tell_lost(w, best, "Left out, since no attempt mended it: panel", r);
	else
		tell_notice(w->hooks, r, "This chart is the best of %zu attempts; what is wrong with it is told above.",
			    t->n);
	return take_round(w, best, r);
}

/* The rules give the same code again: nothing to repair. */
static bool worth_another(const plot_work *w, const rounds *t, const err *e) {
	return t->n < t->max && is_codes_fault(e->code) && strcmp(t->all[t->n - 1].answer.engine, "rules") != 0 &&
	       still_wanted(w->cancel, w->deadline, &(err){0});
}

bool attempts_make(const plot_work *w, plot_reply *r, err *e) {
	rounds t = {.max = w->service->config->attempts_max};
	err last = ERR_INIT;
	bool ok = false;
	t.all = calloc(t.max, sizeof *t.all);
	if (!t.all) return err_set(e, ERR_MEMORY, "out of memory");
	do {
		round *now = &t.all[t.n];
		err why = ERR_INIT;
		round_init(now);
		ok = play(w, &t, NULL, now, r, &why);
		t.n++;
		if (ok) {
			tell_failures(w, &t, r);
			take_round(w, now, r);
			break;
		}
		last = why;
	} while (worth_another(w, &t, &last));
	if (!ok) ok = finish(w, &t, r, &last);
	if (!ok) *e = last;
	if (!ok && t.n) buf_add(&r->code, buf_slice(&t.all[t.n - 1].answer.code));
	rounds_free(&t);
	return ok;
}

bool attempts_run_given(const plot_work *w, plot_reply *r, err *e) {
	r->attempts = 1;
	buf_add(&r->code, w->request->code);
	(void)snprintf(r->engine, sizeof r->engine, "code");
	tell_stage(w->hooks, STAGE_RUN, r->attempts);
	if (!run_code(w, w->request->code, w->request->no_policy, &r->result, r, e)) return false;
	tell_notes(w, &r->result, r);
	return true;
}
