#include "page/assets.h"
#include "page/web.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <sys/mman.h>

enum { LIBRARY_MOST = 64 << 20 }; /* plotly.min.js is 5 MB */

csp_hash csp_hash_of(slice script) {
	struct sha256_ctx sha;
	uint8_t digest[SHA256_DIGEST_SIZE];
	csp_hash hash = {"sha256-"};
	_Static_assert(sizeof hash.text > 7 + BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE), "room for the digest");
	sha256_init(&sha);
	sha256_update(&sha, script.n, (const uint8_t *)script.p);
	sha256_digest(&sha, sizeof digest, digest);
	base64_encode_raw(hash.text + 7, sizeof digest, digest);
	return hash;
}

/* Only script text that an HTML parser leaves as it is has the hash that we
 * tell: HTML Living Standard, 13.2.5.4 (script data states) and 13.2.3.5
 * (newlines are normalised, so no CR). */
static const char *unfit_for_html(slice js) {
	if (!js.n) return "it is empty";
	if (!slice_is_utf8(js)) return "it is not UTF-8";
	if (slice_find(js, '\0') < js.n || slice_find(js, '\r') < js.n) return "it holds NUL or CR characters";
	for (slice rest = js; rest.n; rest = slice_sub(rest, 1, rest.n)) {
		rest = slice_sub(rest, slice_find(rest, '<'), rest.n);
		if (slice_starts(rest, SLICE("<!--")) || slice_eq_nocase(slice_sub(rest, 0, 8), SLICE("</script")) ||
		    slice_eq_nocase(slice_sub(rest, 0, 7), SLICE("<script")))
			return "it holds HTML that would end a script element";
	}
	return NULL;
}

/* The library stands in the page cache, shared with all; until a page is
 * written it need not count as ours. */
static void let_go(const mapping *m) {
	if (m->p) (void)madvise(m->p, m->n, MADV_DONTNEED);
}

static bool map_library(page_assets *a, const char *path, err *e) {
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_errno(e, ERR_SETUP, errno, "cannot open plotly.js at %s", path);
		return err_hint(e, "Run ./run once, or set PLOTD_PLOTLY_JS to the plotly.min.js of plotly's wheel.");
	}
	if (!mapping_of(fd, &a->library, e)) return err_wrap(e, "plotly.js at %s", path);
	if (a->library.n > LIBRARY_MOST) return err_set(e, ERR_SETUP, "%s is too large to be plotly.js", path);
	const char *why = unfit_for_html(mapping_slice(&a->library));
	return !why || err_set(e, ERR_SETUP, "%s cannot stand in a page: %s", path, why);
}

/* Escaped once, into a memory file rather than the heap, so that it too can be let go. */
static bool escape_library(page_assets *a, err *e) {
	cleanup_buf buf json = BUF_INIT((size_t)6 * LIBRARY_MOST);
	cleanup_close int fd = memfd_new("plotly.js", e);
	if (fd < 0) return false;
	if (buf_reserve(&json, a->library.n + a->library.n / 16)) buf_json(&json, mapping_slice(&a->library), false);
	if (!buf_ok(&json)) return err_set(e, ERR_MEMORY, "no memory for plotly.js");
	slice inner = slice_sub(buf_slice(&json), 1, json.n - 2);
	return write_all(fd, inner, e) && memfd_seal(fd, e) && mapping_of(fd, &a->library_json, e);
}

page_assets *page_assets_open(const char *plotly_js, err *e) {
	page_assets *a = calloc(1, sizeof *a);
	if (!a) {
		err_set(e, ERR_MEMORY, "no memory for the page");
		return NULL;
	}
	a->style = (slice){(const char *)web_style, web_style_size};
	a->script = (slice){(const char *)web_script, web_script_size};
	a->world = (slice){(const char *)web_world, web_world_size};
	if (!map_library(a, plotly_js, e) || !escape_library(a, e)) {
		page_assets_free(a);
		return NULL;
	}
	a->library_hash = csp_hash_of(mapping_slice(&a->library));
	a->script_hash = csp_hash_of(a->script);
	let_go(&a->library);
	let_go(&a->library_json);
	return a;
}

void page_assets_free(page_assets *a) {
	if (!a) return;
	mapping_free(&a->library);
	mapping_free(&a->library_json);
	free(a);
}
