/* What web/ holds, as bytes: written at build time by web/embed.py. */
#ifndef PLOTD_PAGE_WEB_H
#define PLOTD_PAGE_WEB_H

#include <stddef.h>

extern const unsigned char web_style[], web_script[], web_world[];
extern const size_t web_style_size, web_script_size, web_world_size;

#endif
