/* What every page shares. Private to src/page. */
#ifndef PLOTD_PAGE_ASSETS_H
#define PLOTD_PAGE_ASSETS_H

#include "base/fd.h"

#include "page/page.h"

/* A hash source of a Content-Security-Policy (CSP Level 3, 2.3.1): "sha256-" and base64 of 32 bytes. */
typedef struct csp_hash {
	char text[52];
} csp_hash;

struct page_assets {
	mapping library, library_json;
	slice style, script, world; /* of web/, static */
	csp_hash library_hash, script_hash;
};

csp_hash csp_hash_of(slice script);

#endif
