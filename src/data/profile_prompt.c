/* The profile in few tokens. A column is told at one of six depths; all start
 * at the first and go deeper until the text fits, the last columns first, those
 * that the question names two steps behind the others. */
#include "data/profile_format.h"

#include "data/words.h"

#include <stdlib.h>

enum depth { DEPTH_FULL, DEPTH_SHORT, DEPTH_ONE, DEPTH_TYPE, DEPTH_NAME, DEPTH_LEFT_OUT };
enum { DEPTHS = DEPTH_LEFT_OUT + 3 }; /* what the question names is left out last */
enum privacy { PRIVACY_VALUES, PRIVACY_TYPES, PRIVACY_NAMES };

static enum privacy privacy_of(const char *text) {
	if (text && strcmp(text, "types") == 0) return PRIVACY_TYPES;
	return text && strcmp(text, "names") == 0 ? PRIVACY_NAMES : PRIVACY_VALUES;
}

static bool same_word(const char *a, const char *b) {
	size_t n = strlen(a), m = strlen(b);
	if (n > m) return same_word(b, a);
	return n >= 2 && memcmp(a, b, n) == 0 && (n == m || (m == n + 1 && b[n] == 's'));
}

/* Whether a word of the column's name is a word of the question. */
static bool named(const column *col, slice question) {
	name_words name, part;
	name_split(col->name, &name);
	for (size_t i = 0; i < question.n;) {
		while (i < question.n && question.p[i] == ' ') i++;
		size_t n = slice_find(slice_sub(question, i, question.n), ' ');
		name_split(slice_sub(question, i, n), &part);
		for (size_t a = 0; a < part.n; a++)
			for (size_t b = 0; b < name.n; b++)
				if (same_word(part.word[a], name.word[b])) return true;
		i += n;
	}
	return false;
}

static void add_quoted(buf *out, slice text, size_t max) {
	bool cut;
	buf_json(out, format_cut(text, max, &cut), false);
	if (cut) buf_adds(out, "…");
}

static void add_values(const column *col, enum depth depth, buf *out) {
	const column_profile *p = &col->profile;
	bool number = col->type != COL_TEXT && col->type != COL_BOOL;
	if (number && p->has_numbers) {
		buf_adds(out, ", ");
		format_value(p->min, col, out);
		buf_adds(out, " to ");
		format_value(p->max, col, out);
		if ((col->type == COL_INT || col->type == COL_FLOAT) && depth == DEPTH_FULL) {
			buf_adds(out, ", mean ");
			format_number(p->mean, out);
		}
		return;
	}
	size_t most = depth == DEPTH_FULL ? 5 : depth == DEPTH_SHORT ? 2 : 1;
	for (size_t i = 0; i < p->ntop && i < most; i++) {
		buf_adds(out, i ? " " : ": ");
		add_quoted(out, p->top[i].text, 20);
	}
	if (p->ntop && p->distinct > (p->ntop < most ? p->ntop : most)) buf_adds(out, " …");
}

static void add_column(const column *col, enum depth depth, enum privacy privacy, buf *out) {
	const column_profile *p = &col->profile;
	buf_adds(out, "- ");
	buf_json(out, col->name, false);
	if (depth < DEPTH_NAME && privacy != PRIVACY_NAMES) {
		buf_printf(out, " %s", column_type_name(col->type));
		if (p->meaning != MEAN_NONE && p->meaning != MEAN_QUANTITY && p->meaning != MEAN_TIME)
			buf_printf(out, " %s", meaning_name(p->meaning));
		if (p->unit) buf_printf(out, " by %s", unit_name(p->unit));
	}
	if (depth < DEPTH_TYPE && privacy != PRIVACY_NAMES) {
		if (p->unit_text[0]) buf_printf(out, " in %s", p->unit_text);
		if (p->unique)
			buf_adds(out, ", unique");
		else
			buf_printf(out, ", %llu distinct", (unsigned long long)p->distinct);
		if (col->nulls) buf_printf(out, ", %llu missing", (unsigned long long)col->nulls);
		if (privacy == PRIVACY_VALUES) add_values(col, depth, out);
	}
	buf_addc(out, '\n');
}

/* How deep the columns are told: those before `from` a step less deep than the rest, named ones two. */
typedef struct plan {
	const bool *is_named;
	size_t from;
	unsigned step;
	enum privacy privacy;
	size_t tokens;
} plan;

static unsigned depth_of(const plan *p, size_t i) {
	unsigned step = p->step - (p->step && i < p->from);
	return p->is_named[i] ? (step > 2 ? step - 2 : 0) : step;
}

/* Names of columns that there was no room to tell more of, as many as fit. */
static void add_left_out(const frame *f, const plan *p, size_t left_out, buf *out) {
	enum { ROOM = 14 }; /* for one more name, and the end */
	buf_printf(out, "- and %zu more columns", left_out);
	bool first = true;
	for (size_t i = 0; i < f->ncols && format_tokens(buf_slice(out)) + ROOM < p->tokens; i++) {
		if (depth_of(p, i) < DEPTH_LEFT_OUT) continue;
		buf_adds(out, first ? ": " : " ");
		add_quoted(out, f->cols[i].name, 24);
		first = false;
	}
	buf_adds(out, first ? "\n" : " …\n");
}

static bool add_frame(const frame *f, const plan *p, buf *out) {
	size_t left_out = 0;
	buf_clear(out);
	buf_adds(out, f->stem);
	buf_adds(out, " = ");
	buf_json(out, slice_of(f->name), false);
	buf_printf(out, ", %llu rows, %zu columns\n", (unsigned long long)f->rows, f->ncols);
	for (size_t i = 0; i < f->ncols; i++) {
		unsigned depth = depth_of(p, i);
		if (depth >= DEPTH_LEFT_OUT)
			left_out++;
		else
			add_column(&f->cols[i], depth, p->privacy, out);
	}
	if (left_out) add_left_out(f, p, left_out, out);
	return !buf_ok(out) || format_tokens(buf_slice(out)) <= p->tokens;
}

/* The least deep plan that fits: a step for all, then a step less for as many of the first as fit. */
static void add_fitting(const frame *f, plan *p, buf *out) {
	while (!add_frame(f, p, out) && p->step + 1 < DEPTHS) p->step++;
	size_t low = 0, high = p->step ? f->ncols : 0;
	while (low < high) {
		p->from = (low + high + 1) / 2;
		if (add_frame(f, p, out))
			low = p->from;
		else
			high = p->from - 1;
	}
	p->from = low;
	(void)add_frame(f, p, out);
}

void profile_prompt(const frame *f, slice question, const char *privacy, size_t tokens, buf *out) {
	bool *is_named = calloc(f->ncols + 1, sizeof *is_named);
	if (!is_named) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < f->ncols; i++) is_named[i] = named(&f->cols[i], question);
	plan p = {.is_named = is_named, .privacy = privacy_of(privacy), .tokens = tokens};
	buf text = BUF_INIT(out->max);
	add_fitting(f, &p, &text);
	if (buf_ok(&text))
		buf_add(out, buf_slice(&text));
	else
		out->failed = true;
	buf_free(&text);
	free(is_named);
}
