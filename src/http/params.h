/* Parameters of a header field's value: `form-data; name="files"; filename="a.csv"`. */
#ifndef PLOTD_HTTP_PARAMS_H
#define PLOTD_HTTP_PARAMS_H

#include "base/buf.h"

typedef struct param {
	slice name;
	slice raw; /* without the quotes, escapes left as they are */
	bool quoted;
} param;

/* Cuts what stands before the first ';' off *rest, trimmed: "form-data", "text/html". */
slice param_head(slice *rest);
/* The next `; name=value` of *rest (RFC 9110, 5.6.6). False at the end, and with
 * *bad set where the text is no parameter. */
bool param_next(slice *rest, param *p, bool *bad);
/* A character of RFC 9110's `token`. */
bool token_char(char c);

/* The value of a quoted string: a backslash takes the next character as it is (RFC 9110, 5.6.4). */
void param_unquote(const param *p, buf *out);
/* A name or file name of multipart/form-data as clients write it: %22, %0D and %0A
 * stand for the quote and line ends (HTML Living Standard, "multipart form data"), older
 * curl and requests write \" and \\ instead; any other backslash or percent is itself
 * ("C:\data\a.csv"). Bytes that are not UTF-8 become U+FFFD. */
void param_form_text(const param *p, buf *out);
/* An extended value, UTF-8''na%C3%AFve.csv (RFC 8187); false where it is none. */
bool param_extended(const param *p, buf *out);

/* Adds text with every byte that is not UTF-8 as U+FFFD. */
void add_utf8(buf *out, slice text);
/* The value of a hexadecimal digit, or -1. */
int hex_digit(char c);

#endif
