/* How this works. What comes from files is data, and a model cannot be trusted
 * to keep data and instructions apart; three things make it easier. The data
 * stands between marks that carry a number which occurs nowhere in it, so
 * nothing inside can end it early. The system part, which no request can
 * change, says what the marks mean. And control characters and broken UTF-8
 * are taken out. What a model does all the same is bounded by the sandbox. */
#include "llm/prompt.h"

#include "base/fd.h"
#include "base/sha256.h"
#include "llm/repair.h"
#include "llm/spec.h"
#include "llm/system.inc"
#include "llm/system_spec.inc"
#include "rules/spec.h"

#include <jansson.h>

enum {
	SCHEMA_MAX = 6000,
	TOKENS_COLUMN = 45,
	TOKENS_ENOUGH = 28,
	ROWS_SHOWN = 3,
	CELL_MAX = 40,
	TOKENS_LEAST = 160,
	TOKENS_MOST = 1600,
	TOKENS_ALL = 6000
};

void prompt_free(prompt *p) {
	buf_free(&p->text);
	buf_free(&p->schema);
}

slice prompt_turn(const prompt *p, size_t i) {
	return slice_sub(buf_slice(&p->text), p->turn[i].from, p->turn[i].n);
}

static void add_visible(buf *out, slice text) {
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		buf_addc(out, (c < ' ' && c != '\n' && c != '\t') || c == 0x7F ? ' ' : (char)c);
	}
}

void prompt_add_clean(buf *out, slice text) {
	while (text.n) {
		size_t good = slice_utf8_prefix(text);
		add_visible(out, slice_sub(text, 0, good));
		if (good == text.n) return;
		buf_adds(out, "\xEF\xBF\xBD");
		text = slice_sub(text, good + 1, text.n);
	}
}

static void add_schema(slice schema, buf *out) {
	json_t *tree = json_loadb(schema.p, schema.n, JSON_DISABLE_EOF_CHECK, NULL);
	cleanup_free char *dense = tree ? json_dumps(tree, JSON_COMPACT) : NULL;
	json_decref(tree);
	if (!dense) return;
	slice shown = slice_utf8_cut(slice_of(dense), SCHEMA_MAX);
	buf_adds(out, "\nschema sent along (JSON): ");
	buf_add(out, shown);
	buf_adds(out, shown.n < strlen(dense) ? " (cut here)\n" : "\n");
}

static size_t frame_tokens(const frame *f, size_t nframes) {
	size_t wanted = f->ncols * TOKENS_COLUMN, most = TOKENS_ALL / nframes;
	if (most > TOKENS_MOST) most = TOKENS_MOST;
	if (wanted < TOKENS_LEAST) wanted = TOKENS_LEAST;
	return wanted < most ? wanted : most;
}

static bool tells_values(const config *c) {
	return strcmp(c->privacy, "values") == 0;
}

static void add_row(const frame *f, uint64_t row, buf *out) {
	buf_adds(out, row ? "- " : "rows such as:\n- ");
	for (size_t i = 0; i < f->ncols; i++) {
		cleanup_buf buf cell = BUF_INIT((size_t)1 << 30);
		cell_print(&f->cols[i], row, &cell);
		slice shown = slice_utf8_cut(buf_slice(&cell), CELL_MAX);
		if (i) buf_adds(out, ", ");
		if (f->cols[i].type == COL_TEXT)
			buf_json(out, shown, false);
		else
			buf_add(out, shown);
	}
	buf_addc(out, '\n');
}

/* Where the profile leaves room, the first rows show what it cannot: how columns go together. */
static void add_rows(const frame *f, size_t from, size_t most, buf *out) {
	for (uint64_t row = 0; row < ROWS_SHOWN && row < f->rows; row++) {
		size_t before = out->n;
		if (tokens_about(slice_sub(buf_slice(out), from, out->n)) >= f->ncols * TOKENS_ENOUGH) return;
		add_row(f, row, out);
		if (tokens_about(slice_sub(buf_slice(out), from, out->n)) > most) out->n = before;
	}
}

static void add_data(const config *c, const llm_ask *q, buf *out) {
	bool values = tells_values(c);
	for (size_t i = 0; i < q->nframes; i++) {
		size_t from = out->n, most = frame_tokens(q->frames[i], q->nframes);
		profile_prompt(q->frames[i], q->question, c->privacy, most, out);
		if (values && buf_ok(out)) add_rows(q->frames[i], from, most, out);
	}
	if (q->nframes > 1 && values) profile_joins(q->frames, q->nframes, out);
	if (slice_trim(q->schema).n && values) add_schema(q->schema, out); /* it may hold sample values */
}

/* Four hex digits that stand nowhere in the text: derived from it, so that equal requests give equal prompts. */
static void fence_number(slice text, char out[5]) {
	static const char hex[] = "0123456789abcdef";
	uint8_t sum[SHA256_BYTES];
	sha256 h;
	sha256_init(&h);
	sha256_add_part(&h, text);
	sha256_end(&h, sum);
	unsigned number = (unsigned)sum[0] << 8 | sum[1];
	do {
		for (size_t i = 0; i < 4; i++) out[i] = hex[number >> (12 - 4 * i) & 15];
		out[4] = '\0';
		number++;
	} while (text.n && memmem(text.p, text.n, out, 4));
}

static void add_turn(prompt *p, bool model, size_t from) {
	if (p->nturns < PROMPT_TURNS)
		p->turn[p->nturns++] = (turn){.model = model, .from = from, .n = p->text.n - from};
}

/* The parts of a request, one after the other in one clean buffer. */
typedef struct parts {
	buf text;
	size_t end[3]; /* of data, question, draft */
	size_t n;
} parts;

static void end_part(parts *p, buf *raw) {
	prompt_add_clean(&p->text, slice_trim(buf_slice(raw)));
	p->end[p->n++] = p->text.n;
	if (!buf_ok(raw)) p->text.failed = true;
	buf_free(raw);
}

static void add_part(const parts *p, size_t i, const char *mark, const char *number, buf *out) {
	size_t from = i ? p->end[i - 1] : 0;
	slice text = slice_sub(buf_slice(&p->text), from, p->end[i] - from);
	if (!text.n) return;
	buf_printf(out, "<%s %s>\n", mark, number);
	buf_add(out, text);
	buf_printf(out, "\n</%s %s>\n", mark, number);
}

/* What to reply, said last: small models heed the end most. */
static void add_demand(const config *c, const llm_ask *q, bool drafted, buf *out) {
	if (spec_mode(c)) {
		buf_printf(out, "Reply with %s.\n",
			   drafted ? "the draft, changed only where the question contradicts it" : "the specification");
		return;
	}
	if (q->nframes > 1)
		buf_printf(out,
			   "There are %zu frames: leave `figs`, a panel each, unless one chart answers it. Write "
			   "`figs = {}`, then for each panel a line `# panel: TITLE` and below it all that the panel "
			   "needs, ending with figs[\"TITLE\"] = its figure.\n",
			   q->nframes);
	buf_adds(out, "Reply with the script that answers the question.\n");
}

static void add_request(const config *c, const llm_ask *q, prompt *p) {
	parts all = {.text = BUF_INIT(PROMPT_MAX_BYTES)};
	buf raw = BUF_INIT(PROMPT_MAX_BYTES);
	char number[5];
	add_data(c, q, &raw);
	end_part(&all, &raw);
	buf_add(&raw, q->question);
	end_part(&all, &raw);
	if (tells_values(c)) spec_add_draft(c, q, &raw); /* it may name some */
	end_part(&all, &raw);
	fence_number(buf_slice(&all.text), number);
	add_part(&all, 0, "data", number, &p->text);
	add_part(&all, 1, "question", number, &p->text);
	add_part(&all, 2, "draft", number, &p->text);
	add_demand(c, q, all.end[2] > all.end[1], &p->text);
	add_turn(p, false, 0);
	if (!buf_ok(&all.text)) p->text.failed = true;
	buf_free(&all.text);
}

static bool same_code(const llm_attempt *a, const llm_attempt *b) {
	return a->code.n && slice_eq(slice_trim(a->code), slice_trim(b->code));
}

/* Whether the attempt before it was the same script. */
static bool same_again(const llm_ask *q, const llm_attempt *a) {
	return a > q->attempts && same_code(a, a - 1);
}

/* Models repeat what stands there twice: of equal attempts only the last is shown. */
static bool repeated_later(const llm_ask *q, const llm_attempt *a) {
	return a + 1 < q->attempts + q->nattempts && same_code(a, a + 1);
}

/* What the model wrote, then what became of it. */
static void add_attempt(const config *c, const llm_ask *q, const llm_attempt *a, prompt *p) {
	size_t from = p->text.n;
	if (spec_of_code(a->code).n) {
		prompt_add_clean(&p->text, spec_of_code(a->code));
	} else if (slice_trim(a->code).n) {
		buf_adds(&p->text, "```python\n");
		prompt_add_clean(&p->text, slice_trim(a->code));
		buf_adds(&p->text, "\n```");
	} else {
		buf_adds(&p->text, "(nothing that can be used)");
	}
	add_turn(p, true, from);
	from = p->text.n;
	cleanup_buf buf raw = BUF_INIT(1 << 16);
	repair_text(c, q, a, same_again(q, a), &raw);
	prompt_add_clean(&p->text, buf_slice(&raw));
	add_turn(p, false, from);
}

bool prompt_build(const config *c, const llm_ask *q, prompt *out, err *e) {
	enum { KEPT = (PROMPT_TURNS - 1) / 2 };
	out->system = spec_mode(c) ? SYSTEM_SPEC : SYSTEM;
	out->repairs = q->nattempts;
	if (spec_mode(c)) spec_schema(q->frames, q->nframes, &out->schema);
	add_request(c, q, out);
	for (size_t i = q->nattempts > KEPT ? q->nattempts - KEPT : 0; i < q->nattempts; i++)
		if (!repeated_later(q, &q->attempts[i])) add_attempt(c, q, &q->attempts[i], out);
	return buf_ok(&out->text) || err_set(e, ERR_MEMORY, "no memory for the prompt");
}

void prompt_print(const prompt *p, buf *out) {
	buf_printf(out, "--- system\n%s", p->system);
	for (size_t i = 0; i < p->nturns; i++) {
		slice text = prompt_turn(p, i);
		buf_printf(out, "--- %s\n", p->turn[i].model ? "model" : "user");
		buf_add(out, text);
		if (!slice_ends(text, SLICE("\n"))) buf_addc(out, '\n');
	}
}
