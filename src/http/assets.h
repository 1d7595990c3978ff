/* Files of this folder that are part of the program: made into assets.c by embed.py. */
#ifndef PLOTD_HTTP_ASSETS_H
#define PLOTD_HTTP_ASSETS_H

#include "base/slice.h"

/* home.html: a form for people without a client. */
slice http_home(void);
/* Allows its own script and style by hash, and nothing else but this service. */
extern const char HTTP_HOME_POLICY[];

#endif
