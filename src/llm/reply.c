#include "llm/reply.h"

#include "base/log.h"

#include <ctype.h>
#include <jansson.h>

/* Reasoning models without a channel of their own put it into the text. */
static slice without_thinking(slice reply) {
	static const char *const ends[] = {"</think>", "</thinking>", "</thought>", "<|message|>"};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		const char *hit;
		size_t n = strlen(ends[i]);
		while (reply.n && (hit = memmem(reply.p, reply.n, ends[i], n)))
			reply = slice_sub(reply, (size_t)(hit - reply.p) + n, reply.n);
	}
	reply = slice_trim(reply);
	bool only_thought = slice_starts(reply, SLICE("<think>")) || slice_starts(reply, SLICE("<thinking>"));
	return only_thought ? (slice){NULL, 0} : reply;
}

/* The string (or array of lines, as notebooks keep them) that holds the code. */
static const json_t *code_member(const json_t *object) {
	static const char *const keys[] = {"code",    "python", "python_code", "source",   "script",
					   "content", "answer", "output",      "response", "result"};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const json_t *value = json_object_get(object, keys[i]);
		if (json_is_string(value) || json_is_array(value)) return value;
		if (json_is_object(value) && (value = code_member(value))) return value;
	}
	return NULL;
}

static void add_strings(const json_t *value, buf *out) {
	if (json_is_string(value)) buf_add(out, (slice){json_string_value(value), json_string_length(value)});
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *line = json_array_get(value, i);
		if (!json_is_string(line)) continue;
		buf_add(out, (slice){json_string_value(line), json_string_length(line)});
		if (!slice_ends(buf_slice(out), SLICE("\n"))) buf_addc(out, '\n');
	}
}

/* {"code": "…"}, also in a ```json block: the code inside it. */
static bool unwrap_json(slice text, buf *out, buf *title) {
	text = slice_trim(text);
	json_t *root = text.n && text.p[0] == '{' ? json_loadb(text.p, text.n, 0, NULL) : NULL;
	const json_t *code = code_member(root);
	if (code) add_strings(code, out);
	const char *named = json_string_value(json_object_get(root, "title"));
	if (code && named) buf_adds(title, named);
	json_decref(root);
	return code != NULL;
}

static bool unwrap_any(slice reply, const block *all, size_t n, buf *out, buf *title) {
	if (unwrap_json(reply, out, title)) return true;
	return n == 1 && slice_eq_nocase(all[0].language, SLICE("json")) && unwrap_json(all[0].text, out, title);
}

/* Takes the first line off the code: what follows "MARK:" in a comment, or nothing. */
static slice take_remark(slice *code, slice mark) {
	size_t end = slice_find(*code, '\n');
	slice line = slice_trim(slice_sub(*code, 0, end));
	*code = slice_sub(*code, end + 1, code->n);
	if (!slice_starts(line, SLICE("#"))) return SLICE("");
	while (line.n && (line.p[0] == '#' || line.p[0] == ' ')) line = slice_sub(line, 1, line.n);
	if (!slice_eq_nocase(slice_sub(line, 0, mark.n), mark)) return SLICE("");
	return slice_trim(slice_sub(line, mark.n, line.n));
}

/* A comment "# title: …" among the first lines. */
static void find_title(slice code, buf *title) {
	for (size_t i = 0; i < 3 && code.n && !title->n; i++)
		buf_add(title, slice_utf8_cut(take_remark(&code, SLICE("title:")), 200));
}

void reply_notes(slice code, notices *n) {
	enum { NOTES_MAX = 5, NOTE_MAX_BYTES = 300 };
	for (size_t told = 0; code.n && told < NOTES_MAX;) {
		slice note = slice_utf8_cut(take_remark(&code, SLICE("note:")), NOTE_MAX_BYTES);
		if (!note.n) continue;
		notice(n, "The model notes: %.*s", SLICE_ARG(note));
		told++;
	}
}

/* How the code was taken out of a reply. */
typedef struct taken {
	const char *from;    /* "json", "blocks", "bare lines" */
	size_t blocks, left; /* fenced ones; alternatives that were not meant */
	bool unclosed;       /* no mark tells where the code ends */
	unsigned tidied;
} taken;

/* What was done: the reader is told of what may matter, the log of all. */
static void tell(const taken *t, bool thought, notices *n) {
	if (t->left == 1) notice(n, "The model offered another script as well; plotd ran the one that it meant.");
	if (t->left > 1) notice(n, "The model offered %zu more scripts; plotd ran the one that it meant.", t->left);
	if (t->tidied & TIDY_MAGIC) notice(n, "Notebook commands were taken off the model's code.");
	log_debug("code_taken", LOG_S("from", t->from), LOG_I("blocks", t->blocks), LOG_I("left", t->left),
		  LOG_I("unclosed", t->unclosed), LOG_I("thinking_off", thought),
		  LOG_I("magic_off", (t->tidied & TIDY_MAGIC) != 0), LOG_I("show_off", (t->tidied & TIDY_SHOW) != 0),
		  LOG_I("prompts_off", (t->tidied & TIDY_PROMPT) != 0));
}

static bool no_code(slice reply, err *e) {
	err_set(e, ERR_MODEL_REPLY, "the model answered in words and wrote no Python");
	err_copy(e->rule, SLICE("no_code"));
	err_copy(e->text, slice_utf8_cut(slice_trim(reply), sizeof e->text - 1));
	return err_hint(e, "Reply with the script in one ```python block.");
}

static bool was_cut_off(err *e) {
	err_set(e, ERR_MODEL_REPLY, "the model's code was cut off by the length limit of its answer");
	err_copy(e->rule, SLICE("cut_off"));
	return err_hint(e, "Write a shorter script: no comments, no repetition.");
}

/* The code as the reply has it. */
static bool find_code(slice reply, buf *raw, buf *title, taken *t) {
	block all[BLOCKS_MAX];
	cleanup_buf buf inner = BUF_INIT(raw->max);
	t->blocks = blocks_find(reply, all);
	if (unwrap_any(reply, all, t->blocks, &inner, title)) {
		t->from = "json";
		t->blocks = blocks_find(buf_slice(&inner), all);
		if (!blocks_code(all, t->blocks, raw, &t->unclosed, &t->left)) buf_add(raw, buf_slice(&inner));
		t->unclosed = false;
		return raw->n > 0;
	}
	t->from = "blocks";
	if (blocks_code(all, t->blocks, raw, &t->unclosed, &t->left)) return true;
	t->from = "bare lines";
	t->unclosed = true;
	buf_add(raw, bare_code(reply));
	return raw->n > 0;
}

bool reply_code(slice reply, bool cut_off, buf *code, buf *title, notices *n, err *e) {
	cleanup_buf buf raw = BUF_INIT(code->max);
	taken t = {0};
	slice said = without_thinking(reply);
	if (!find_code(said, &raw, title, &t)) return cut_off ? was_cut_off(e) : no_code(said, e);
	if (cut_off && t.unclosed) return was_cut_off(e);
	t.tidied = tidy_code(buf_slice(&raw), code);
	if (!slice_trim(buf_slice(code)).n) return no_code(said, e);
	if (!slice_ends(buf_slice(code), SLICE("\n"))) buf_addc(code, '\n');
	find_title(buf_slice(code), title);
	tell(&t, said.n < slice_trim(reply).n, n);
	return buf_ok(code) || err_set(e, ERR_MODEL_REPLY, "the model's code is larger than %zu bytes", code->max);
}
