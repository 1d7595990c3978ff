/* How this works
 *
 * Nothing of a figure becomes markup here. The page holds the figures as data,
 * in a script element that no browser runs, escaped so that no text in it can
 * end the element. plotd's own script (web/) reads them, takes out what would
 * reach out of the page, and hands the rest to plotly.js. The
 * Content-Security-Policy lets exactly these two scripts run, by their hashes,
 * and lets nothing be fetched, so what the cleaning may miss has nowhere to go.
 *
 * Styles may be inline: plotly.js puts rules into a style element of its own
 * and style attributes on images, and with no source for images or fonts but
 * data: and blob: a style cannot reach out. blob: and data: images are how
 * plotly.js makes a PNG of a chart. */
#include "page/page.h"

#include "base/json.h"
#include "page/assets.h"

enum {
	TITLE_SHOWN = 2000, /* bytes of the heading */
	TITLE_BAR = 200,    /* of the browser's tab */
	TITLE_LONG = 140,   /* from here on the heading is set smaller */
};

void page_free(page *p) {
	buf_free(&p->head);
	buf_free(&p->tail);
}

static void add_text(buf *b, slice text, size_t most) {
	slice shown = slice_utf8_cut(text, most);
	buf_html(b, shown);
	if (shown.n < text.n) buf_adds(b, "…");
}

static void add_policy(buf *b, const page_assets *a) {
	buf_printf(b,
		   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		   "script-src '%s' '%s'; style-src 'unsafe-inline'; img-src data: blob:; "
		   "base-uri 'none'; form-action 'none'\">\n",
		   a->library_hash.text, a->script_hash.text);
}

static const char *theme_of(const page_input *in) {
	static const char *const themes[] = {"light", "dark"};
	for (size_t i = 0; i < sizeof themes / sizeof *themes; i++)
		if (in->theme && strcmp(in->theme, themes[i]) == 0) return themes[i];
	return "auto";
}

static slice title_of(const page_input *in) {
	slice title = slice_trim(in->title);
	return title.n ? title : SLICE("Chart");
}

static void add_head(buf *b, const page_assets *a, const page_input *in, size_t panels) {
	const char *theme = theme_of(in);
	buf_printf(b, "<!DOCTYPE html>\n<html lang=\"en\" data-theme=\"%s\"%s%s%s data-panels=\"%s\">\n<head>\n", theme,
		   strcmp(theme, "auto") ? " data-scheme=\"" : "", strcmp(theme, "auto") ? theme : "",
		   strcmp(theme, "auto") ? "\"" : "", panels > 1 ? "many" : "one");
	buf_adds(b, "<meta charset=\"utf-8\">\n");
	add_policy(b, a);
	buf_adds(b, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"referrer\" content=\"no-referrer\">\n"
		    "<meta name=\"generator\" content=\"plotd\">\n<title>");
	add_text(b, title_of(in), TITLE_BAR);
	buf_adds(b, "</title>\n<style>\n");
	buf_add(b, a->style);
	buf_adds(b, "</style>\n</head>\n");
}

static void add_notices(buf *b, const notices *list) {
	size_t n = list ? list->n : 0;
	buf_printf(b, "<section class=\"notes\" aria-labelledby=\"notes\"%s>\n<h2 id=\"notes\">Notes</h2>\n<ul>\n",
		   n ? "" : " hidden");
	for (size_t i = 0; i < n; i++) {
		buf_adds(b, "<li>");
		buf_html(b, slice_of(list->text[i]));
		buf_adds(b, "</li>\n");
	}
	if (list && list->dropped) buf_printf(b, "<li>%zu more notes are left out.</li>\n", list->dropped);
	buf_adds(b, "</ul>\n</section>\n");
}

/* Engines that are not a model, in people's words. */
static const struct {
	const char *engine, *words;
} own_engines[] = {{"rules", "Chart written by plotd’s built-in rules"}, {"code", "Drawn by your own code"}};

static void add_engine(buf *b, slice engine) {
	for (size_t i = 0; i < sizeof own_engines / sizeof *own_engines; i++)
		if (slice_is(engine, own_engines[i].engine)) {
			buf_adds(b, own_engines[i].words);
			return;
		}
	if (engine.n) buf_adds(b, "Chart written by ");
	buf_html(b, engine);
}

static void add_foot(buf *b, slice engine) {
	buf_adds(b, "<footer>\n<span>");
	add_engine(b, engine);
	buf_adds(b, "</span>\n<span>made by plotd</span>\n</footer>\n");
}

static void add_body(buf *b, const page_input *in) {
	slice title = title_of(in);
	buf_printf(b, "<body>\n<header>\n<h1 dir=\"auto\"%s>", title.n > TITLE_LONG ? " class=\"long\"" : "");
	add_text(b, title, TITLE_SHOWN);
	buf_adds(b,
		 "</h1>\n</header>\n<main>\n<div class=\"panels\">\n<noscript><p>This page draws its charts with the "
		 "scripts that it carries. Allow scripts for it to see them; it loads nothing from the network."
		 "</p></noscript>\n</div>\n");
	add_notices(b, in->notices);
	buf_adds(b, "</main>\n");
	add_foot(b, in->engine);
}

/* The escape of what `rest` starts with, where it needs one, and its length in bytes; else empty. */
static slice escape_in_script(slice rest, size_t *n) {
	*n = 1;
	switch (rest.p[0]) {
	case '<': return SLICE("\\u003c");
	case '>': return SLICE("\\u003e");
	case '&': return SLICE("\\u0026");
	default: break;
	}
	*n = 3;
	if (slice_starts(rest, SLICE("\xe2\x80\xa8"))) return SLICE("\\u2028");
	if (slice_starts(rest, SLICE("\xe2\x80\xa9"))) return SLICE("\\u2029");
	return (slice){0};
}

/* Raw JSON text as it may stand in a script element: the characters looked for
 * stand only within strings, where an escape means the same. */
static void add_json(buf *b, slice json) {
	static const bool watched[256] = {['<'] = true, ['>'] = true, ['&'] = true, [0xE2] = true};
	size_t from = 0, n;
	for (size_t i = 0; i < json.n; i++) {
		if (!watched[(unsigned char)json.p[i]]) continue;
		slice escape = escape_in_script(slice_sub(json, i, 3), &n);
		if (!escape.n) continue;
		buf_add(b, slice_sub(json, from, i - from));
		buf_add(b, escape);
		from = i + n;
	}
	buf_add(b, slice_sub(json, from, json.n));
}

/* Geographic figures need the world's outlines, 285 KB that others do without.
 * Asking for too many is harmless. */
static bool needs_world(slice figures) {
	static const char *const words[] = {"scattergeo", "choropleth", "scattermap", "densitymap"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (memmem(figures.p, figures.n, words[i], strlen(words[i]))) return true;
	return false;
}

static void add_tail(buf *b, const page_assets *a, const page_input *in) {
	buf_adds(b, "</script>\n");
	if (needs_world(in->figures)) {
		buf_adds(b, "<script type=\"application/json\" id=\"world\">");
		buf_add(b, a->world);
		buf_adds(b, "</script>\n");
	}
	buf_adds(b, "<script type=\"application/json\" id=\"figures\">");
	add_json(b, in->figures);
	buf_adds(b, "</script>\n<script>");
	buf_add(b, a->script);
	buf_adds(b, "</script>\n</body>\n</html>\n");
}

/* The panels in the array; 0 when it is none of figures. */
static size_t count_panels(slice figures) {
	json_iter it, members;
	slice key, value;
	size_t n = 0;
	if (!json_open(figures, &it) || it.object) return 0;
	for (; json_next(&it, &key, &value); n++)
		if (!json_open(json_get(value, "figure"), &members) || !members.object) return 0;
	return n;
}

bool page_render(const page_assets *a, const page_input *in, page *out, err *e) {
	size_t panels = count_panels(in->figures);
	if (!panels) return err_set(e, ERR_RESULT_INVALID, "the result holds no figures");
	buf_clear(&out->head);
	buf_clear(&out->tail);
	add_head(&out->head, a, in, panels);
	add_body(&out->head, in);
	buf_adds(&out->head, "<script>");
	out->library = mapping_slice(&a->library);
	out->library_json = mapping_slice(&a->library_json);
	add_tail(&out->tail, a, in);
	if (buf_ok(&out->head) && buf_ok(&out->tail)) return true;
	return err_set(e, ERR_CODE_OUTPUT, "the page would be larger than %zu bytes", out->tail.max);
}
