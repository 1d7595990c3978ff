/* What a job left: bytes from an enemy, which nobody can change any more
 * (attempt.c). They are copied first, so that the job's memory, which its
 * control group counts, is given back, then checked as strict JSON, then for
 * the shape that sandbox.h promises. Only what passed is pointed at. */
#include "base/json.h"
#include "sandbox/inside.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { BESIDE_FIGURES = 1 << 20 }; /* room for output, warnings, columns, notes */

uint64_t result_limit(const config *c) {
	return c->figure_max + BESIDE_FIGURES;
}

static bool invalid(err *e, const char *what) {
	return err_set(e, ERR_RESULT_INVALID, "the code left a result that is not right: %s", what);
}

static bool read_all(int fd, char *to, size_t n) {
	for (size_t at = 0; at < n;) {
		ssize_t got = pread(fd, to + at, n - at, (off_t)at);
		if (got < 0 && errno == EINTR) continue;
		if (got <= 0) return false;
		at += (size_t)got;
	}
	return true;
}

static bool copy_out(int fd, uint64_t most, mapping *m, err *e) {
	struct stat st;
	if (fstat(fd, &st) < 0) return err_errno(e, ERR_INTERNAL, errno, "cannot size a result");
	if (st.st_size == 0)
		return err_set(e, ERR_CODE_CRASHED, "the code ended its process before there was a result");
	if ((uint64_t)st.st_size > most)
		return err_set(e, ERR_CODE_OUTPUT, "the result is larger than %llu MiB",
			       (unsigned long long)most >> 20);
	size_t n = (size_t)st.st_size;
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) return err_errno(e, ERR_MEMORY, errno, "cannot hold a result");
	*m = (mapping){.p = p, .n = n};
	return read_all(fd, p, n) || err_set(e, ERR_INTERNAL, "cannot read a result");
}

/* The codes that a document may give; anything else it claims is junk. */
static const enum err_code OF_CODE[] = {ERR_CODE_REFUSED, ERR_CODE_SYNTAX, ERR_CODE_RAISED, ERR_CODE_NO_FIGURE,
					ERR_CODE_EMPTY,   ERR_CODE_OUTPUT, ERR_CODE_MEMORY};

static bool text_of(slice object, const char *name, char *to, size_t size) {
	buf text = BUF_INIT(1 << 20);
	bool good = json_text(json_get(object, name), &text) && buf_ok(&text);
	err_copy_text(to, size, good ? buf_slice(&text) : SLICE(""));
	buf_free(&text);
	return good;
}

static bool fill_error(slice error, err *e) {
	char name[48], hint[sizeof e->hint], message[sizeof e->message];
	double line = 0;
	if (!text_of(error, "code", name, sizeof name) || !text_of(error, "message", message, sizeof message))
		return invalid(e, "an error without code and message");
	for (size_t i = 0; i < sizeof OF_CODE / sizeof *OF_CODE; i++) {
		if (strcmp(name, err_name(OF_CODE[i])) != 0) continue;
		(void)err_set(e, OF_CODE[i], "%s", message);
		if (text_of(error, "hint", hint, sizeof hint) && *hint) (void)err_hint(e, "%s", hint);
		if (json_double(json_get(error, "line"), &line) && line >= 1 && line < 1e9) e->line = (uint64_t)line;
		(void)text_of(error, "rule", e->rule, sizeof e->rule);
		(void)text_of(error, "text", e->text, sizeof e->text);
		return false;
	}
	return invalid(e, "an error of a kind that there is not");
}

static bool is_kind(slice value, char open) {
	return value.n && value.p[0] == open;
}

static bool each_is(slice list, char open) {
	json_iter it;
	slice key, value;
	if (!is_kind(list, '[') || !json_open(list, &it)) return false;
	while (json_next(&it, &key, &value))
		if (!is_kind(value, open)) return false;
	return true;
}

/* Whether the members are among these, each at most once and written plainly. Of two members of one name, or of one
 * written with escapes, the browser would take another than plotd has looked at. */
static bool members_are(slice object, const char *const *names) {
	json_iter it;
	slice key, value;
	uint32_t seen = 0;
	if (!json_open(object, &it)) return false;
	while (json_next(&it, &key, &value)) {
		unsigned i = 0;
		while (names[i] && !slice_is(key, names[i])) i++;
		if (!names[i] || seen & 1u << i) return false;
		seen |= 1u << i;
	}
	return true;
}

static bool figure_fits(slice figure) {
	static const char *const MEMBERS[] = {"data", "layout", "frames", NULL};
	slice frames = json_get(figure, "frames");
	return is_kind(figure, '{') && members_are(figure, MEMBERS) && each_is(json_get(figure, "data"), '{') &&
	       is_kind(json_get(figure, "layout"), '{') && (json_absent(frames) || each_is(frames, '{'));
}

static bool figures_fit(slice figures) {
	static const char *const MEMBERS[] = {"name", "figure", NULL};
	json_iter it;
	slice key, item;
	if (!each_is(figures, '{') || !json_open(figures, &it)) return false;
	size_t n = 0;
	for (; json_next(&it, &key, &item); n++) {
		slice name = json_get(item, "name");
		if (!json_absent(name) && !is_kind(name, '"')) return false;
		if (!members_are(item, MEMBERS) || !figure_fits(json_get(item, "figure"))) return false;
	}
	return n > 0;
}

static double number_of(slice object, const char *name) {
	double value = 0;
	bool good = json_double(json_get(object, name), &value);
	return good && value > 0 && value < 1e9 ? value : 0;
}

static slice if_kind(slice value, char open) {
	return is_kind(value, open) ? value : (slice){NULL, 0};
}

static void fill_parts(slice document, sandbox_result *r) {
	slice ms = json_get(document, "ms"), warnings = json_get(document, "warnings"),
	      notes = json_get(document, "notes");
	r->out = if_kind(json_get(document, "out"), '"');
	r->warnings = each_is(warnings, '"') ? warnings : (slice){NULL, 0};
	r->notes = each_is(notes, '"') ? notes : (slice){NULL, 0};
	r->columns = if_kind(json_get(document, "columns"), '{');
	r->facts = if_kind(json_get(document, "facts"), '{');
	r->timings.frames += number_of(ms, "frames");
	r->timings.policy = number_of(ms, "policy");
	r->timings.run = number_of(ms, "run");
	r->timings.render = number_of(ms, "render");
}

bool collect(int result, uint64_t most, bool check_only, bool checked, sandbox_result *r, err *e) {
	if (!copy_out(result, most, &r->document, e)) return false;
	slice document = mapping_slice(&r->document);
	if (checked && !json_check(document, e)) return false;
	if (!is_kind(document, '{')) return invalid(e, "it is no JSON object");
	fill_parts(document, r);
	slice error = json_get(document, "error");
	if (!json_absent(error)) return fill_error(error, e);
	if (check_only) return true;
	r->figures = json_get(document, "figures");
	if (checked && !figures_fit(r->figures)) return r->figures = (slice){NULL, 0}, invalid(e, "no list of figures");
	return true;
}
