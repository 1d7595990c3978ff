#include "base/notice.h"

#include <stdlib.h>

static bool known(const notices *list, slice sentence) {
	for (size_t i = 0; i < list->n; i++)
		if (slice_is(sentence, list->text[i])) return true;
	return false;
}

static void add(notices *list, slice sentence) {
	sentence = slice_utf8_cut(sentence, NOTICE_MAX_BYTES);
	if (known(list, sentence)) return;
	char *copy = list->n < NOTICES_MAX ? slice_dup(sentence) : NULL;
	if (copy)
		list->text[list->n++] = copy;
	else
		list->dropped++;
}

void notice(notices *list, const char *format, ...) {
	cleanup_buf buf sentence = BUF_INIT((size_t)8 * NOTICE_MAX_BYTES);
	va_list args;
	va_start(args, format);
	buf_vprintf(&sentence, format, args);
	va_end(args);
	bytes_calm(sentence.p, sentence.n);
	if (buf_ok(&sentence))
		add(list, buf_slice(&sentence));
	else
		list->dropped++;
}

void notices_add_all(notices *to, const notices *from) {
	for (size_t i = 0; i < from->n; i++) add(to, slice_of(from->text[i]));
	to->dropped += from->dropped;
}

void notices_free(notices *list) {
	for (size_t i = 0; i < list->n; i++) free(list->text[i]);
	*list = (notices){0};
}

void notices_json(const notices *list, buf *out) {
	buf_addc(out, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i) buf_addc(out, ',');
		buf_json(out, slice_of(list->text[i]), false);
	}
	if (list->dropped) buf_printf(out, "%s\"%zu more notices are left out.\"", list->n ? "," : "", list->dropped);
	buf_addc(out, ']');
}
