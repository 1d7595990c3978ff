/* Files of this folder that are part of the program: made into assets.c by embed.py. */
#ifndef PLOTD_HTTP_ASSETS_H
#define PLOTD_HTTP_ASSETS_H

#include "base/slice.h"

/* home.html: a form for people without a client. */
slice http_home(void);
/* error.html: what a browser shows for an error, up to and from where the error stands. */
slice http_error_head(void);
slice http_error_tail(void);
/* Allow the page's own script and style by hash, and nothing else. */
extern const char HTTP_HOME_POLICY[], HTTP_ERROR_POLICY[];

#endif
