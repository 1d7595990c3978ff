/* Writes the page of a figures file, for the browser's tests:
 * render PLOTLY_JS FIGURES.json OUT.html TITLE THEME ENGINE [NOTICE…] */
#include "base/fd.h"
#include "base/json.h"
#include "page/page.h"

#include <fcntl.h>
#include <stdio.h>

static bool write_page(const char *path, const page *p, err *e) {
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) return err_set(e, ERR_FILE, "cannot write %s", path);
	return write_all(fd, buf_slice(&p->head), e) && write_all(fd, p->library, e) &&
	       write_all(fd, buf_slice(&p->tail), e);
}

static bool render(char **args, page_input *in, err *e) {
	cleanup_buf buf figures = BUF_INIT((size_t)64 << 20);
	cleanup_page page p = PAGE_INIT((size_t)256 << 20);
	if (!read_file(args[2], &figures, e) || !json_check(buf_slice(&figures), e)) return false;
	page_assets *assets = page_assets_open(args[1], e);
	if (!assets) return false;
	in->figures = buf_slice(&figures);
	bool ok = page_render(assets, in, &p, e) && write_page(args[3], &p, e);
	page_assets_free(assets);
	return ok;
}

int main(int count, char **args) {
	if (count < 7) {
		(void)fputs("render PLOTLY_JS FIGURES.json OUT.html TITLE THEME ENGINE [NOTICE...]\n", stderr);
		return 2;
	}
	err e = ERR_INIT;
	cleanup_notices notices list = {0};
	for (int i = 7; i < count; i++) notice(&list, "%s", args[i]);
	page_input in = {.title = slice_of(args[4]), .theme = args[5], .engine = slice_of(args[6]), .notices = &list};
	if (render(args, &in, &e)) return 0;
	(void)fprintf(stderr, "%s\n", e.message);
	return 1;
}
