#include "plot/plot.h"

#include "base/log.h"
#include "plot/attempts.h"

#include <jansson.h>

const char *plot_stage_name(enum plot_stage s) {
	static const char *const names[STAGE_COUNT] = {"read", "plan", "run", "repair", "page"};
	return (unsigned)s < STAGE_COUNT ? names[s] : "?";
}

void plot_reply_init(plot_reply *r, const config *c) {
	*r = (plot_reply){.title = BUF_INIT(c->question_max + 1024),
			  .code = BUF_INIT(c->code_max + 1),
			  .profile = BUF_INIT((size_t)64 << 20)};
	r->page = PAGE_INIT(2 * c->figure_max + ((size_t)1 << 20));
}

void plot_reply_free(plot_reply *r) {
	page_free(&r->page);
	sandbox_result_free(&r->result);
	buf_free(&r->title);
	buf_free(&r->code);
	buf_free(&r->profile);
	notices_free(&r->notices);
}

static bool field_error(err *e, enum err_code code, const char *field, const char *sentence) {
	err_set(e, code, "%s", sentence);
	err_copy(e->field, slice_of(field));
	return false;
}

static bool check_schema(const config *c, slice schema, err *e) {
	json_error_t where;
	if (slice_trim(schema).n == 0) return true;
	if (schema.n > c->schema_max) {
		field_error(e, ERR_TOO_LARGE, "schema", "the schema is larger than PLOTD_MAX_SCHEMA allows");
		return false;
	}
	json_t *tree = json_loadb(schema.p, schema.n, JSON_REJECT_DUPLICATES, &where);
	bool object = json_is_object(tree), parsed = tree != NULL;
	json_decref(tree);
	if (object) return true;
	if (parsed) return field_error(e, ERR_FIELD_INVALID, "schema", "the schema is JSON but no object");
	err_set(e, ERR_FIELD_INVALID, "the schema is not JSON: %s", where.text);
	err_copy(e->field, SLICE("schema"));
	e->line = where.line > 0 ? (uint64_t)where.line : 0;
	e->column = where.column > 0 ? (uint64_t)where.column : 0;
	return err_hint(
	    e, "Send a JSON object like {\"tables\": {\"sales\": {\"columns\": {\"amount\": \"FLOAT\"}}}}, or none.");
}

static bool check_theme(const char *theme, err *e) {
	static const char *const themes[] = {"auto", "light", "dark"};
	for (size_t i = 0; theme && i < sizeof themes / sizeof *themes; i++)
		if (strcmp(theme, themes[i]) == 0) return true;
	return !theme || field_error(e, ERR_FIELD_INVALID, "theme", "the theme is none of auto, light, dark");
}

static bool check_question(const config *c, slice question, err *e) {
	if (slice_trim(question).n == 0)
		return field_error(e, ERR_FIELD_MISSING, "user_question", "there is no question");
	if (question.n > c->question_max)
		return field_error(e, ERR_TOO_LARGE, "user_question",
				   "the question is longer than PLOTD_MAX_QUESTION allows");
	if (!slice_is_utf8(question) || slice_find(question, '\0') < question.n)
		return field_error(e, ERR_FIELD_INVALID, "user_question", "the question is not UTF-8 text");
	return true;
}

static bool check_request(const config *c, const plot_request *q, err *e) {
	if (q->nfiles == 0 && !q->code.n) return field_error(e, ERR_FIELD_MISSING, "files", "there is no file");
	if (q->nfiles > c->files_max) {
		err_set(e, ERR_TOO_LARGE, "%zu files are more than the %llu of PLOTD_MAX_FILES", q->nfiles,
			(unsigned long long)c->files_max);
		err_copy(e->field, SLICE("files"));
		return false;
	}
	if (!q->code.n && !check_question(c, q->question, e)) return false;
	return check_schema(c, q->schema, e) && check_theme(q->theme, e);
}

static void free_frames(plot_work *w) {
	for (size_t i = 0; i < w->nframes; i++) frame_free(w->frames[i]);
	free(w->frames);
	w->frames = NULL;
}

static bool read_files(plot_work *w, err *e) {
	const plot_request *q = w->request;
	cleanup_free char *schema = slice_dup(q->schema);
	read_options options = {.schema = slice_trim(q->schema).n ? schema : NULL, .threads = 2};
	w->frames = calloc(q->nfiles + 1, sizeof *w->frames);
	if (!schema || !w->frames) return err_set(e, ERR_MEMORY, "out of memory");
	if (!frames_read(q->files, q->nfiles, &options, w->frames, w->cancel, w->deadline, e)) return false;
	w->nframes = q->nfiles;
	return true;
}

static bool read_frames(plot_work *w, plot_reply *r, err *e) {
	int64_t start = now_ns();
	tell_stage(w->hooks, STAGE_READ, 0);
	bool ok = read_files(w, e);
	for (size_t i = 0; i < w->nframes; i++) tell_notices(w->hooks, r, &w->frames[i]->notices);
	r->timings.read = ms_since(start);
	return ok;
}

static bool add_profile(const plot_work *w, plot_reply *r, err *e) {
	if (!w->request->want_profile) return true;
	buf_addc(&r->profile, '{');
	for (size_t i = 0; i < w->nframes; i++) {
		if (i) buf_addc(&r->profile, ',');
		buf_json(&r->profile, slice_of(w->frames[i]->stem), false);
		buf_addc(&r->profile, ':');
		profile_json(w->frames[i], &r->profile);
	}
	buf_addc(&r->profile, '}');
	return buf_ok(&r->profile) || err_set(e, ERR_MEMORY, "the profile does not fit into memory");
}

static bool make_page(const plot_work *w, plot_reply *r, err *e) {
	const plot_request *q = w->request;
	int64_t start = now_ns();
	tell_stage(w->hooks, STAGE_PAGE, r->attempts);
	slice question = slice_trim(q->question);
	if (!r->title.n) buf_add(&r->title, question); /* a model that gave none */
	page_input in = {.title = question.n ? question : buf_slice(&r->title),
			 .figures = r->result.figures,
			 .notices = &r->notices,
			 .theme = q->theme ? q->theme : w->service->config->theme,
			 .engine = slice_of(r->engine)};
	bool ok = page_render(w->service->assets, &in, &r->page, e);
	r->timings.page = ms_since(start);
	return ok;
}

/* Cost: what it took, stage by stage. */
static void log_cost(const plot_reply *r, const err *e) {
	const plot_timings *t = &r->timings;
	log_info("answered", LOG_S("engine", r->engine), LOG_I("attempts", r->attempts),
		 LOG_I("tokens_in", r->tokens_in), LOG_I("tokens_out", r->tokens_out), LOG_F("read_ms", t->read),
		 LOG_F("plan_ms", t->plan), LOG_F("run_ms", t->run), LOG_F("page_ms", t->page),
		 LOG_F("total_ms", t->total), LOG_S("error", e->code ? err_name(e->code) : ""));
}

bool plot_make(const plot_service *s, const plot_request *q, const plot_hooks *h, const cancel *c, deadline d,
	       plot_reply *r, err *e) {
	static const plot_hooks silent = {0};
	plot_work w = {.service = s, .request = q, .hooks = h ? h : &silent, .cancel = c, .deadline = d};
	int64_t start = now_ns();
	bool ok = check_request(s->config, q, e) && read_frames(&w, r, e) && add_profile(&w, r, e) &&
		  (q->code.n ? attempts_run_given(&w, r, e) : attempts_make(&w, r, e)) && make_page(&w, r, e);
	free_frames(&w);
	r->timings.total = ms_since(start);
	log_cost(r, e);
	return ok;
}
