/* Whatever figures the check lets through, the page holds them as the same JSON, and no
 * character of them could end the script element that they stand in. */
#include "base/fd.h"
#include "base/json.h"
#include "page/page.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition)) abort();                                                                             \
	} while (0)

static page_assets *open_assets(void) {
	char path[64];
	err e = ERR_INIT;
	cleanup_close int fd = memfd_new("library", &e);
	MUST(fd >= 0 && write_all(fd, SLICE("var Plotly;"), &e));
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	page_assets *assets = page_assets_open(path, &e);
	MUST(assets);
	return assets;
}

/* The text of the script element that holds the figures. */
static slice figures_in(slice tail) {
	static const char open[] = "id=\"figures\">";
	const char *from = memmem(tail.p, tail.n, open, sizeof open - 1);
	MUST(from);
	slice rest = slice_sub(tail, (size_t)(from - tail.p) + sizeof open - 1, tail.n);
	return slice_sub(rest, 0, slice_find(rest, '<'));
}

static void same_json(slice a, slice b) {
	json_error_t why;
	size_t flags = JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL;
	json_t *one = json_loadb(a.p, a.n, flags, &why), *two = json_loadb(b.p, b.n, flags, &why);
	MUST(!one == !two && (!one || json_equal(one, two)));
	json_decref(one);
	json_decref(two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static page_assets *assets;
	err e = ERR_INIT;
	page_input in = {.title = SLICE("x"), .figures = {(const char *)data, size}};
	cleanup_page page p = PAGE_INIT((size_t)16 << 20);
	if (!assets) assets = open_assets();
	if (!json_check(in.figures, &e)) return 0;
	if (!page_render(assets, &in, &p, &e)) return 0;
	slice shown = figures_in(buf_slice(&p.tail));
	MUST(!memchr(shown.p, '>', shown.n) && !memchr(shown.p, '&', shown.n));
	same_json(in.figures, shown);
	return 0;
}
