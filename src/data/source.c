#include "data/source.h"

void source_free(source *s) {
	buf_free(&s->owned);
	*s = (source){.owned = BUF_INIT(EXPANDED_MAX)};
}

bool source_open(slice raw, const char *name, source *out, notices *n, const cancel *c, deadline d, err *e) {
	*out = (source){.text = raw, .owned = BUF_INIT(EXPANDED_MAX), .encoding = "utf-8"};
	if (slice_starts(raw, SLICE("\xef\xbb\xbf"))) out->text = slice_sub(raw, 3, raw.n);
	(void)name, (void)n;
	return still_wanted(c, d, e);
}
