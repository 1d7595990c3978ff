/* Figures to one self-contained HTML page: plotd's own template, plotly.js
 * inline, a strict Content-Security-Policy with the scripts' hashes. No markup
 * written by a model or a cell reaches the browser as markup. */
#ifndef PLOTD_PAGE_PAGE_H
#define PLOTD_PAGE_PAGE_H

#include "base/buf.h"
#include "base/notice.h"

/* plotly.js and plotd's own script and style, with their hashes, loaded once. */
typedef struct page_assets page_assets;
/* `plotly_js`: the path of plotly.min.js. */
page_assets *page_assets_open(const char *plotly_js, err *e);
void page_assets_free(page_assets *a);

typedef struct page_input {
	slice title;   /* the question, or the model's title */
	slice figures; /* JSON array as sandbox_result.figures, already checked */
	const notices *notices;
	const char *theme; /* "auto", "light", "dark" */
	slice engine;      /* for the foot: "rules", "gemini/…" */
} page_input;

/* A page is three parts in order: what comes before plotly.js, plotly.js (the same
 * bytes for every page, borrowed from the assets), what comes after. */
typedef struct page {
	buf head;
	slice library;      /* as it stands in HTML */
	slice library_json; /* the same bytes escaped for a JSON string, without quotes */
	buf tail;
} page;
#define PAGE_INIT(max) ((page){.head = BUF_INIT(1 << 18), .tail = BUF_INIT(max)})
void page_free(page *p);
#define cleanup_page __attribute__((cleanup(page_free)))

/* Lays the figures out as data, escaped. What of a figure could carry data out or run
 * script (links, images from elsewhere, map tiles) the page's own script takes out before
 * plotly.js sees it, and says so in the page (web/clean.js); the policy stops the rest.
 * Errors: ERR_RESULT_INVALID when `figures` holds none, ERR_CODE_OUTPUT past out->tail.max. */
bool page_render(const page_assets *a, const page_input *in, page *out, err *e);

#endif
