/* Which of our three answers a client wants (RFC 9110, 12.5.1). */
#ifndef PLOTD_HTTP_ACCEPT_H
#define PLOTD_HTTP_ACCEPT_H

#include "base/slice.h"

enum media { MEDIA_JSON, MEDIA_HTML, MEDIA_EVENTS, MEDIA_NONE };

/* `accept` is the field's value; empty when there is none, which means JSON. The
 * most specific range decides a type's weight; of equal weights the type whose range is
 * more specific wins, then the one named first, then the order above. An unreadable
 * range counts for nothing. MEDIA_NONE: the client takes none of them. */
enum media accept_choose(slice accept);
const char *media_type(enum media m); /* "application/json" */

#endif
