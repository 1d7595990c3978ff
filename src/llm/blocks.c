/* Fenced blocks of a reply, and which of them are the answer. */
#include "llm/reply.h"

#include <ctype.h>

/* The next line of *rest with its LF, taken off it. */
static slice take_line(slice *rest) {
	size_t n = slice_find(*rest, '\n');
	slice line = slice_sub(*rest, 0, n + 1);
	*rest = slice_sub(*rest, line.n, rest->n);
	return line;
}

static size_t blanks(slice line) {
	size_t n = 0;
	while (n < line.n && line.p[n] == ' ') n++;
	return n;
}

/* How many fence characters the line begins with, or 0 below three. */
static size_t fence_length(slice line, char c) {
	size_t n = 0;
	while (n < line.n && line.p[n] == c) n++;
	return n >= 3 ? n : 0;
}

typedef struct fence {
	char c;
	size_t length, indent;
} fence;

static bool opens(slice line, fence *f, slice *language) {
	slice text = slice_sub(line, blanks(line), line.n);
	f->c = text.n && text.p[0] == '~' ? '~' : '`';
	f->length = fence_length(text, f->c);
	f->indent = blanks(line);
	slice info = slice_trim(slice_sub(text, f->length, text.n));
	if (!f->length || (f->c == '`' && slice_find(info, '`') < info.n)) return false;
	*language = slice_sub(info, 0, slice_find(info, ' '));
	return true;
}

static bool closes(slice line, const fence *f) {
	slice text = slice_trim(line);
	return fence_length(text, f->c) >= f->length && fence_length(text, f->c) == text.n;
}

/* "fig = px.bar(df)```": a fence at the end of the last line of code. */
static bool closes_late(slice line, const fence *f) {
	slice text = slice_trim(line);
	return f->c == '`' && text.n > 3 && slice_ends(text, SLICE("```")) && slice_find(text, '`') == text.n - 3;
}

static void read_block(slice *rest, const fence *f, block *b) {
	const char *start = rest->p;
	size_t n = 0;
	while (rest->n) {
		slice line = take_line(rest);
		b->closed = closes(line, f);
		if (b->closed) break;
		b->closed = closes_late(line, f);
		n += b->closed ? slice_find(line, '`') : line.n;
		if (b->closed) break;
	}
	b->text = (slice){start, n};
	b->indent = f->indent;
}

size_t blocks_find(slice reply, block found[BLOCKS_MAX]) {
	size_t n = 0;
	slice rest = reply;
	const char *prose = reply.p;
	while (rest.n && n < BLOCKS_MAX) {
		block b = {0};
		fence f;
		const char *at = rest.p;
		if (!opens(take_line(&rest), &f, &b.language)) continue;
		b.before = (slice){prose, (size_t)(at - prose)};
		read_block(&rest, &f, &b);
		prose = rest.p;
		found[n++] = b;
	}
	return n;
}

static bool line_starts(slice line, const char *word) {
	return slice_starts(line, slice_of(word));
}

/* "name = …", "name.part(…", "name[…": the shapes most lines of a script have. */
static bool is_statement(slice line) {
	size_t i = 0;
	while (i < line.n && (isalnum((unsigned char)line.p[i]) || strchr("_.", line.p[i]))) i++;
	if (i == 0 || isdigit((unsigned char)line.p[0])) return false;
	size_t name = i;
	while (i < line.n && line.p[i] == ' ') i++;
	if (i >= line.n) return false;
	if (line.p[i] == '=') return i + 1 < line.n && line.p[i + 1] != '=';
	return i == name && (line.p[i] == '(' || line.p[i] == '[');
}

static bool is_code_line(slice line) {
	static const char *const starts[] = {"import ", "from ", "def ",    "for ",   "if ", "while ", "with ", "try:",
					     "else:",   "elif ", "return ", "except", "@",   "%",      "!",     ">>> "};
	slice text = slice_trim(line);
	if (line_starts(text, "from ")) return memmem(text.p, text.n, " import ", 8) != NULL;
	bool block_word = line_starts(text, "for ") || line_starts(text, "if ") || line_starts(text, "with ") ||
			  line_starts(text, "while ");
	if (block_word && !slice_ends(text, SLICE(":"))) return false;
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		if (line_starts(text, starts[i])) return true;
	return is_statement(text);
}

bool looks_like_python(slice text) {
	size_t code = 0, other = 0;
	while (text.n) {
		slice line = take_line(&text);
		slice shown = slice_trim(line);
		if (!shown.n || shown.p[0] == '#' || line.p[0] == ' ' || line.p[0] == '\t' || strchr(")]}", shown.p[0]))
			continue;
		*(is_code_line(line) ? &code : &other) += 1;
	}
	return code > other;
}

static bool is_python(const block *b) {
	static const char *const names[] = {"py",      "ipython",  "jupyter", "tool_code",
					    "{python", "{.python", "plotly",  "code"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (b->language.n >= strlen(names[i]) &&
		    slice_eq_nocase(slice_sub(b->language, 0, strlen(names[i])), slice_of(names[i])))
			return true;
	return b->language.n == 0 && looks_like_python(b->text);
}

/* Does the text set `fig` or `figs`? */
static bool makes_figure(slice text) {
	while (text.n) {
		slice line = slice_trim(take_line(&text));
		if (!line_starts(line, "fig")) continue;
		size_t i = line_starts(line, "figs") ? 4 : 3;
		while (i < line.n && line.p[i] == ' ') i++;
		if (i + 1 < line.n && line.p[i] == '=' && line.p[i + 1] != '=') return true;
	}
	return false;
}

/* Prose that announces a better version of what came before. */
static bool corrects(slice prose) {
	static const char *const words[] = {"correct", "Correct", "fixed", "Fixed",   "improved", "Improved", "updated",
					    "Updated", "final",   "Final", "instead", "revised",  "Revised",  "Wait"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (memmem(prose.p, prose.n, words[i], strlen(words[i]))) return true;
	return false;
}

static void add_block(const block *b, buf *code) {
	slice rest = b->text;
	while (rest.n) {
		slice line = take_line(&rest);
		size_t cut = blanks(line) < b->indent ? blanks(line) : b->indent;
		buf_add(code, slice_sub(line, cut, line.n));
	}
	if (!slice_ends(b->text, SLICE("\n"))) buf_addc(code, '\n');
}

/* Of several blocks that each make the figure: the first, unless a later one is announced as better. */
static size_t meant(const block *all, const bool *python, size_t n) {
	size_t chosen = n;
	for (size_t i = 0; i < n; i++)
		if (python[i] && makes_figure(all[i].text) && (chosen == n || corrects(all[i].before))) chosen = i;
	return chosen;
}

bool blocks_code(const block *all, size_t n, buf *code, bool *unclosed, size_t *left) {
	bool python[BLOCKS_MAX];
	size_t used = 0;
	for (size_t i = 0; i < n; i++) python[i] = is_python(&all[i]);
	size_t chosen = meant(all, python, n);
	*left = 0;
	for (size_t i = 0; i < n; i++) {
		/* Preparations before the chosen block belong to it, and touches after it up to the next figure. */
		bool other_figure = i != chosen && makes_figure(all[i].text);
		if (!python[i] || other_figure) {
			*left += python[i];
			if (other_figure && i > chosen) n = i + 1;
			continue;
		}
		add_block(&all[i], code);
		*unclosed = !all[i].closed;
		used++;
	}
	return used > 0;
}

slice bare_code(slice reply) {
	slice rest = reply;
	const char *first = NULL, *end = NULL;
	while (rest.n) {
		slice line = take_line(&rest);
		bool code = is_code_line(line), inside = first && (line.p[0] == ' ' || line.p[0] == '\t');
		slice shown = slice_trim(line);
		bool comment = shown.n && (shown.p[0] == '#' || strchr(")]}", shown.p[0]));
		if (code && !first) first = line.p;
		if ((code || inside || (comment && first)) && first) end = line.p + line.n;
	}
	slice found = {first, first ? (size_t)(end - first) : 0};
	return looks_like_python(found) ? found : (slice){NULL, 0};
}
