/* What plotd tells the user it did: sentences, in order, each once. */
#ifndef PLOTD_BASE_NOTICE_H
#define PLOTD_BASE_NOTICE_H

#include "base/buf.h"

enum { NOTICES_MAX = 64, NOTICE_MAX_BYTES = 600 };

/* Owns its sentences. Zero-initialised is empty and valid. */
typedef struct notices {
	char *text[NOTICES_MAX];
	size_t n, dropped; /* dropped: those past NOTICES_MAX, told by a last sentence */
} notices;
#define cleanup_notices __attribute__((cleanup(notices_free)))

/* Adds a sentence unless it is there already; cut at NOTICE_MAX_BYTES. */
void notice(notices *list, const char *format, ...) __attribute__((format(printf, 2, 3)));
void notices_add_all(notices *to, const notices *from);
void notices_free(notices *list);
void notices_json(const notices *list, buf *out); /* a JSON array of strings */

#endif
