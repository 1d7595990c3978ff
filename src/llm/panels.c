#include "llm/panels.h"

static const slice MARK = {"# panel:", 8};

static slice take_line(slice *rest) {
	slice line = slice_sub(*rest, 0, slice_find(*rest, '\n') + 1);
	*rest = slice_sub(*rest, line.n, rest->n);
	return line;
}

size_t panels_find(slice code, panel_part found[PANELS_MAX]) {
	size_t n = 0;
	uint64_t at = 0;
	slice rest = code;
	while (rest.n) {
		slice line = take_line(&rest);
		at++;
		bool begins = slice_eq_nocase(slice_sub(line, 0, MARK.n), MARK) && n < PANELS_MAX;
		if (begins) {
			slice title = slice_trim(slice_sub(line, MARK.n, line.n));
			found[n++] = (panel_part){.title = title, .text = {line.p, 0}, .line = at};
		}
		if (!n) continue;
		found[n - 1].text.n += line.n;
		found[n - 1].lines++;
	}
	return n;
}

/* "figure 2 ('Title') …" */
static bool names(slice message, slice title) {
	cleanup_buf buf quoted = BUF_INIT(title.n + 8);
	buf_printf(&quoted, "('%.*s')", SLICE_ARG(title));
	return title.n && buf_ok(&quoted) && memmem(message.p, message.n, quoted.p, quoted.n);
}

size_t panels_blame(const panel_part *all, size_t n, const err *why) {
	for (size_t i = 0; i < n; i++) {
		bool inside = why->line >= all[i].line && why->line < all[i].line + all[i].lines;
		if (inside || (!why->line && names(slice_of(why->message), all[i].title))) return i;
	}
	return n;
}

void panels_leave_out(slice code, const panel_part *all, size_t n, const bool *out, buf *left) {
	buf_add(left, n ? slice_sub(code, 0, (size_t)(all[0].text.p - code.p)) : code);
	for (size_t i = 0; i < n; i++) {
		if (!out[i]) buf_add(left, all[i].text);
		for (uint64_t k = 0; out[i] && k < all[i].lines; k++) buf_addc(left, '\n');
	}
}

static bool same_title(slice a, slice b) {
	return slice_eq_nocase(slice_trim(a), slice_trim(b));
}

static size_t panel_named(const panel_part *all, size_t n, slice title) {
	size_t i = 0;
	while (i < n && !same_title(all[i].title, title)) i++;
	return i;
}

/* The shared lines of a repair that a panel alone needs: not those that begin the whole anew. */
static void add_preparations(slice text, buf *out) {
	while (text.n) {
		slice line = take_line(&text), shown = slice_trim(line);
		bool anew = slice_starts(shown, SLICE("figs =")) || slice_starts(shown, SLICE("figs=")) ||
			    slice_eq_nocase(slice_sub(shown, 0, 8), SLICE("# title:"));
		if (!anew && shown.n) buf_add(out, line);
	}
}

/* A repair without panel lines: all of it is the one panel that was lost. */
static void add_whole(slice title, slice repair, buf *out) {
	buf_printf(out, "# panel: %.*s\n", SLICE_ARG(title));
	add_preparations(repair, out);
	if (repair.n && memmem(repair.p, repair.n, "figs[", 5)) return;
	buf_adds(out, "figs[");
	buf_python(out, title);
	buf_adds(out, "] = fig\n");
}

/* What stands in place of one panel: its own text, or the repair's. */
static void add_panel(const panel_part *old, slice shared, const panel_part *mended, size_t nmended, bool *first,
		      buf *out) {
	size_t i = panel_named(mended, nmended, old->title);
	if (i == nmended) {
		buf_add(out, old->text);
		return;
	}
	slice body = mended[i].text;
	buf_add(out, take_line(&body));
	if (*first) add_preparations(shared, out);
	*first = false;
	buf_add(out, body);
	if (!slice_ends(mended[i].text, SLICE("\n"))) buf_addc(out, '\n');
}

bool panels_merge(slice code, const slice *lost, size_t nlost, slice repair, buf *merged) {
	panel_part old[PANELS_MAX], mended[PANELS_MAX];
	size_t n = panels_find(code, old), m = panels_find(repair, mended), known = 0;
	for (size_t i = 0; i < m; i++) known += panel_named(old, n, mended[i].title) < n;
	bool starts_anew = repair.n && memmem(repair.p, repair.n, "figs =", 6);
	if (n < 2 || known < m || known == n || (m == 0 && (nlost != 1 || starts_anew))) return false;
	slice shared = m ? slice_sub(repair, 0, (size_t)(mended[0].text.p - repair.p)) : repair;
	bool first = true;
	buf_add(merged, slice_sub(code, 0, (size_t)(old[0].text.p - code.p)));
	for (size_t i = 0; i < n; i++) {
		if (m == 0 && same_title(old[i].title, lost[0]))
			add_whole(old[i].title, repair, merged);
		else
			add_panel(&old[i], shared, mended, m, &first, merged);
	}
	return true;
}
