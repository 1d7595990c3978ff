#include "llm/repair.h"

#include "llm/spec.h"

#include <ctype.h>

enum { NAME_MAX_BYTES = 64, COLUMNS_MAX_BYTES = 4000, NEAREST_MAX = 4 };

/* Advice for what a message says. The first row that fits speaks; needles are
 * parts of messages of pandas 3.1 and Plotly 7.1 (tried out). */
static const struct {
	const char *needle, *advice;
} ADVICE[] = {
    {"is no longer supported for offsets",
     "Use the frequencies \"ME\", \"QE\", \"YE\", \"W\", \"D\", \"h\", \"min\", \"s\"."},
    {"Invalid frequency", "Use the frequencies \"ME\", \"QE\", \"YE\", \"W\", \"D\", \"h\", \"min\", \"s\"."},
    {"titlefont", "titlefont is gone: use title_font, or title=dict(text=…, font=…)."},
    {"titleside", "titleside is gone: use title_side, or title=dict(side=…)."},
    {"mapbox", "The mapbox family is gone: use px.scatter_map, px.choropleth_map, go.Scattermap, layout.map."},
    {"no attribute 'append'", "append is gone: use pd.concat([a, b])."},
    {"no attribute 'applymap'", "applymap is gone: use map."},
    {"no attribute 'iteritems'", "iteritems is gone: use items."},
    {"no attribute 'week", "dt.week is gone: use dt.isocalendar().week."},
    {"unexpected keyword argument 'method'", "fillna(method=…) is gone: use ffill() or bfill()."},
    {"reset_index() got an unexpected keyword argument 'name'",
     "reset_index(name=…) is for a Series: with as_index=False the columns are there already."},
    {"already exists", "The column exists already: drop that step, or give the new column another name."},
    {"pivot() takes", "pivot takes keywords: pivot(index=…, columns=…, values=…)."},
    {"does not support operation", "Aggregate named number columns only: groupby(\"a\")[\"b\"].sum()."},
    {"Cannot perform reduction", "Aggregate named number columns only: groupby(\"a\")[\"b\"].mean()."},
    {"could not convert string to float", "Use number columns only here: select them by name."},
    {"agg function failed", "Aggregate named number columns only: groupby(\"a\")[\"b\"].mean()."},
    {"not JSON serializable", "Convert periods with dt.to_timestamp() and intervals with astype(str) before drawing."},
    {"No DataFrame was provided", "Give a frame and the names of its columns: px.bar(table, x=\"a\", y=\"b\")."},
    {"no attribute 'heatmap'", "Use px.imshow(table) or px.density_heatmap."},
    {"keyword argument 'bins'", "px.histogram takes nbins."},
    {"keyword argument 'labels'", "px.pie takes names and values."},
    {"is not the name of a column in 'data_frame'",
     "After an aggregation only its own columns are left; after an index is made, reset_index() brings it back."},
    {"Invalid element(s) received for the 'data' property",
     "add_trace takes traces, not figures: leave several figures in `figs` instead."},
    {"figure_factory", "figure_factory is mostly gone: use plotly.express."},
};

/* What the table knows of such a message, and what the one who refused it says. */
static void add_advice(const err *why, buf *out) {
	const char *known = NULL;
	for (size_t i = 0; !known && i < sizeof ADVICE / sizeof *ADVICE; i++)
		if (strstr(why->message, ADVICE[i].needle)) known = ADVICE[i].advice;
	buf_adds(out, "what to do: ");
	if (known) buf_printf(out, "%s%s", known, why->hint[0] ? " " : "\n");
	if (!known || why->hint[0]) buf_printf(out, "%s\n", err_remedy(why));
}

/* Letters and digits in lower case; other ASCII falls out. Bytes of UTF-8 stay. */
static size_t plain(slice name, char out[NAME_MAX_BYTES]) {
	size_t n = 0;
	for (size_t i = 0; i < name.n && n < NAME_MAX_BYTES; i++) {
		unsigned char c = (unsigned char)name.p[i];
		if (isalnum(c) || c >= 0x80) out[n++] = (char)tolower(c);
	}
	return n;
}

static size_t least(size_t a, size_t b, size_t c) {
	size_t m = a < b ? a : b;
	return m < c ? m : c;
}

size_t name_distance(slice a, slice b, size_t most) {
	char x[NAME_MAX_BYTES], y[NAME_MAX_BYTES];
	size_t n = plain(a, x), m = plain(b, y), rows[3][NAME_MAX_BYTES + 1];
	size_t *before = rows[0], *above = rows[1], *now = rows[2];
	for (size_t j = 0; j <= m; j++) above[j] = before[j] = j;
	for (size_t i = 1; i <= n; i++) {
		now[0] = i;
		for (size_t j = 1; j <= m; j++) {
			now[j] = least(above[j] + 1, now[j - 1] + 1, above[j - 1] + (x[i - 1] != y[j - 1]));
			bool swapped = i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1];
			if (swapped && before[j - 2] + 1 < now[j]) now[j] = before[j - 2] + 1;
		}
		size_t *spare = before;
		before = above, above = now, now = spare;
	}
	return above[m] > most ? most + 1 : above[m];
}

static bool holds(slice text, slice part) {
	return text.p && part.p && memmem(text.p, text.n, part.p, part.n);
}

static bool is_name(const llm_ask *q, slice word) {
	for (size_t i = 0; i < q->nframes; i++)
		if (frame_column(q->frames[i], word) >= 0 || slice_is(word, q->frames[i]->stem)) return true;
	return false;
}

/* The column nearest to what the code named: a third of its letters may differ, or one holds the other. */
static slice nearest(const llm_ask *q, slice wanted) {
	size_t best = wanted.n / 3 + 1;
	slice found = {NULL, 0};
	for (size_t i = 0; i < q->nframes; i++)
		for (size_t k = 0; k < q->frames[i]->ncols; k++) {
			slice name = q->frames[i]->cols[k].name;
			size_t d = name_distance(wanted, name, best);
			bool inside = wanted.n > 3 && name.n > 3 && (holds(name, wanted) || holds(wanted, name));
			if (d < best || (!found.n && (inside || d == best))) found = name, best = d < best ? d : best;
		}
	return found;
}

/* The next quoted piece of `text` from *at on; false at the end. */
static bool next_quoted(slice text, size_t *at, slice *piece) {
	while (*at < text.n) {
		char quote = text.p[(*at)++];
		if (quote != '\'' && quote != '"') continue;
		size_t n = slice_find(slice_sub(text, *at, text.n), quote);
		if (*at + n >= text.n) return false;
		*piece = slice_sub(text, *at, n);
		*at += n + 1;
		return true;
	}
	return false;
}

static void add_nearest(const llm_ask *q, slice text, size_t *told, buf *out) {
	slice wanted;
	for (size_t at = 0; *told < NEAREST_MAX && next_quoted(text, &at, &wanted);) {
		if (!wanted.n || wanted.n > NAME_MAX_BYTES || is_name(q, wanted)) continue;
		slice name = nearest(q, wanted);
		if (!name.n) continue;
		buf_printf(out, "%s\"%.*s\" for \"%.*s\"", *told ? "; " : "closest columns: ", SLICE_ARG(name),
			   SLICE_ARG(wanted));
		++*told;
	}
}

/* Plotly says "… but received: nope", KeyError gives the name alone in quotes. */
static void add_nearest_all(const llm_ask *q, const err *why, buf *out) {
	size_t told = 0;
	const char *received = strstr(why->message, "but received: ");
	if (received) {
		cleanup_buf buf quoted = BUF_INIT(1024);
		slice word = slice_of(received + strlen("but received: "));
		word.n = slice_find(word, '\n');
		buf_printf(&quoted, "\"%.*s\"", SLICE_ARG(slice_trim(word)));
		add_nearest(q, buf_slice(&quoted), &told, out);
	} else {
		add_nearest(q, slice_of(why->message), &told, out);
	}
	if (!told && strcmp(why->rule, "KeyError") == 0) add_nearest(q, slice_of(why->text), &told, out);
	if (told) buf_addc(out, '\n');
}

static void add_columns(const llm_ask *q, buf *out) {
	size_t start = out->n;
	buf_adds(out, "columns there are:");
	for (size_t i = 0; i < q->nframes; i++) {
		buf_printf(out, "%s %s:", i ? ";" : "", q->frames[i]->stem);
		for (size_t k = 0; k < q->frames[i]->ncols && out->n - start < COLUMNS_MAX_BYTES; k++) {
			buf_adds(out, k ? ", " : " ");
			buf_python(out, q->frames[i]->cols[k].name);
		}
	}
	buf_addc(out, '\n');
}

static bool may_tell(const llm_ask *q, slice code, slice word) {
	bool suspect = false;
	for (size_t i = 0; i < word.n; i++)
		suspect |= isdigit((unsigned char)word.p[i]) || (unsigned char)word.p[i] >= 0x80;
	suspect |= word.n && (word.p[0] == '\'' || word.p[0] == '"');
	if (!suspect) return true;
	while (word.n && strchr("'\":;,.()[]", word.p[0])) word = slice_sub(word, 1, word.n);
	while (word.n && strchr("'\":;,.()[]", word.p[word.n - 1])) word.n--;
	return !word.n || is_name(q, word) || holds(code, word);
}

/* Quoted text is one word, whatever blanks it holds. */
static size_t word_length(slice text) {
	if (text.p[0] == '\'' || text.p[0] == '"') {
		size_t end = slice_find(slice_sub(text, 1, text.n), text.p[0]);
		if (end + 2 <= text.n) return end + 2;
	}
	return slice_find(text, ' ');
}

static void add_message(const config *c, const llm_ask *q, slice code, const err *why, buf *out) {
	slice rest = slice_of(why->message);
	bool values = strcmp(c->privacy, "values") == 0;
	buf_adds(out, "message: ");
	while (!values && rest.n) {
		size_t n = word_length(rest);
		slice word = slice_sub(rest, 0, n);
		buf_add(out, may_tell(q, code, word) ? word : SLICE("(value)"));
		rest = slice_sub(rest, n, rest.n);
		while (rest.n && rest.p[0] == ' ') {
			buf_addc(out, ' ');
			rest = slice_sub(rest, 1, rest.n);
		}
	}
	buf_add(out, rest);
	buf_addc(out, '\n');
}

static bool about_names(const err *why) {
	return why->code == ERR_CODE_RAISED || why->code == ERR_CODE_EMPTY || why->code == ERR_CODE_NO_FIGURE;
}

/* The class of one failure, its message, its line and what to do. */
static void add_failure(const config *c, const llm_ask *q, slice code, const err *why, buf *out) {
	buf_printf(out, "failure: %s%s%s\n", err_name(why->code), why->rule[0] ? ", " : "", why->rule);
	add_message(c, q, code, why, out);
	if (why->line) buf_printf(out, "line %llu: %s\n", (unsigned long long)why->line, why->text);
	if (about_names(why)) {
		add_nearest_all(q, why, out);
		add_columns(q, out);
	}
	add_advice(why, out);
}

/* The panels that are right stay; only the others are asked for again. */
static void add_lost(const config *c, const llm_ask *q, const llm_attempt *a, buf *out) {
	for (size_t i = 0; i < a->nlost; i++) {
		buf_printf(out, "The panel \"%.*s\" failed.\n", SLICE_ARG(a->lost[i].title));
		add_failure(c, q, a->code, &a->lost[i].why, out);
	}
	buf_printf(out,
		   "The other panels are right and are kept. Reply with %s alone, corrected, in one ```python block "
		   "that begins with the line `# panel: %.*s`.\n",
		   a->nlost > 1 ? "these panels" : "this panel", SLICE_ARG(a->lost[0].title));
}

void repair_text(const config *c, const llm_ask *q, const llm_attempt *a, bool again, buf *out) {
	bool spec = spec_mode(c);
	const char *failed = spec ? "That specification failed." : "That script failed.";
	if (a->nlost) {
		add_lost(c, q, a, out);
		return;
	}
	buf_printf(out, "%s\n", slice_trim(a->code).n ? failed : "That reply cannot be used.");
	add_failure(c, q, a->code, a->why, out);
	if (again)
		buf_adds(out,
			 "It is the same as before and failed again: write it in another way, or take the draft.\n");
	buf_printf(out, "Reply with the whole corrected %s.%s\n",
		   spec ? "JSON object" : "script in one ```python block", again ? "" : " Keep what was right.");
}
