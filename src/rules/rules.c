#include "rules/rules.h"

#include "rules/spec.h"

bool rules_write(slice question, frame *const *frames, size_t nframes, buf *code, buf *title, notices *n, err *e) {
	spec cleanup_spec s = {.n = 0};
	spec_read(question, frames, nframes, &s, n);
	if (s.n == 0) return err_set(e, ERR_MEMORY, "no memory to read the question");
	spec_write_code(&s, frames, code, n);
	if (s.n == 1) spec_title(&s.panels[0], frames[s.panels[0].frame], title);
	return buf_ok(code) && buf_ok(title) ? true : err_set(e, ERR_MEMORY, "no memory for the code");
}
