/* Takes off what only a notebook or a prompt understands. A scan over the code
 * keeps track of strings and brackets, so that a "%" that goes on an
 * expression, or a line inside a text, stays. */
#include "llm/reply.h"

#include <ctype.h>

typedef struct scan {
	size_t depth; /* open brackets */
	char quote;   /* inside a string: its quote */
	bool triple;  /* of three */
	bool joined;  /* the line before ended with a backslash */
} scan;

static bool triple_at(slice s, size_t i) {
	return i + 2 < s.n && s.p[i + 1] == s.p[i] && s.p[i + 2] == s.p[i];
}

/* One character inside a string; returns how many were taken. */
static size_t in_string(scan *c, slice line, size_t i) {
	if (line.p[i] == '\\') return 2;
	if (line.p[i] == '\n' && !c->triple) c->quote = 0; /* unterminated: a syntax error that is not ours */
	if (line.p[i] != c->quote) return 1;
	if (c->triple && !triple_at(line, i)) return 1;
	c->quote = 0;
	return c->triple ? 3 : 1;
}

static size_t in_code(scan *c, slice line, size_t i) {
	char at = line.p[i];
	if (at == '#') return line.n - i;
	if (at == '\'' || at == '"') {
		c->quote = at;
		c->triple = triple_at(line, i);
		return c->triple ? 3 : 1;
	}
	if (strchr("([{", at) && at) c->depth++;
	if (strchr(")]}", at) && at && c->depth) c->depth--;
	return 1;
}

/* Editors show U+00A0, U+200B, U+FEFF as blanks or not at all, and Python refuses them outside of
 * texts: how many bytes the odd character at the slice's start has, or 0. */
static size_t odd_blank(slice s) {
	static const char *const odd[] = {"\xC2\xA0", "\xE2\x80\x8B", "\xEF\xBB\xBF", "\r"};
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		if (slice_starts(s, slice_of(odd[i]))) return strlen(odd[i]);
	return 0;
}

/* Follows one line; copies it to `out` (which may be NULL) with plain blanks for hard ones. */
static void scan_line(scan *c, slice line, buf *out) {
	for (size_t i = 0; i < line.n;) {
		slice rest = slice_sub(line, i, line.n);
		size_t odd = c->quote ? 0 : odd_blank(rest);
		size_t n = odd ? odd : c->quote ? in_string(c, line, i) : in_code(c, line, i);
		if (out) buf_add(out, !odd ? slice_sub(rest, 0, n) : odd == 2 ? SLICE(" ") : SLICE(""));
		i += n;
	}
	slice text = line;
	while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r')) text.n--;
	c->joined = slice_ends(text, SLICE("\\"));
}

static bool at_statement(const scan *c) {
	return !c->depth && !c->quote && !c->joined;
}

static bool is_magic(slice text) {
	if (!text.n) return false;
	bool shell = text.p[0] == '!' && text.n > 1 && text.p[1] != '=';
	return shell || (text.p[0] == '%' && text.n > 1 && (isalpha((unsigned char)text.p[1]) || text.p[1] == '%')) ||
	       slice_starts(text, SLICE("?")) || slice_starts(text, SLICE("pip install "));
}

/* "fig.show()", "fig1.show(renderer=…)", "display(fig)", whole on its line. */
static bool is_show(slice text) {
	size_t i = 0;
	scan c = {0};
	if (slice_starts(text, SLICE("display(fig")) || slice_starts(text, SLICE("iplot(fig"))) {
		scan_line(&c, text, NULL);
		return at_statement(&c);
	}
	while (i < text.n && (isalnum((unsigned char)text.p[i]) || text.p[i] == '_')) i++;
	if (i == 0 || !slice_starts(slice_sub(text, i, text.n), SLICE(".show("))) return false;
	scan_line(&c, text, NULL);
	return at_statement(&c) && slice_ends(text, SLICE(")"));
}

/* ">>> x = 1" and "In [3]: x = 1" without what the shell wrote. */
static slice without_prompt(slice line, unsigned *done) {
	static const char *const prompts[] = {">>> ", "... "};
	for (size_t i = 0; i < 2; i++)
		if (slice_starts(line, slice_of(prompts[i]))) {
			*done |= TIDY_PROMPT;
			return slice_sub(line, 4, line.n);
		}
	if (slice_starts(line, SLICE("In ["))) {
		size_t colon = slice_find(line, ':');
		if (colon + 2 < line.n && colon < 10) {
			*done |= TIDY_PROMPT;
			return slice_sub(line, colon + 2, line.n);
		}
	}
	return line;
}

static void add_indented_pass(slice line, slice text, buf *out) {
	size_t indent = (size_t)(text.p - line.p);
	if (!indent) return;
	buf_add(out, slice_sub(line, 0, indent));
	buf_adds(out, "pass\n");
}

unsigned tidy_code(slice code, buf *out) {
	unsigned done = 0;
	scan c = {0};
	while (code.n) {
		slice line = slice_sub(code, 0, slice_find(code, '\n') + 1);
		code = slice_sub(code, line.n, code.n);
		bool begins = at_statement(&c);
		if (begins || done & TIDY_PROMPT) line = without_prompt(line, &done);
		slice text = slice_trim(line);
		if (begins && is_magic(text)) {
			done |= TIDY_MAGIC;
		} else if (begins && is_show(text)) {
			done |= TIDY_SHOW;
			add_indented_pass(line, text, out);
		} else {
			scan_line(&c, line, out);
		}
	}
	return done;
}
