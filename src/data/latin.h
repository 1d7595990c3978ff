/* Latin text in encodings of one byte, weighed by the letters it makes. Internal to encoding.c. */
#ifndef PLOTD_DATA_LATIN_H
#define PLOTD_DATA_LATIN_H

#include "base/slice.h"

/* Whether bytes above 127 stand mostly alone, as accented letters do. */
bool latin_alone(slice s);
/* The most plausible of the Latin encodings; `asked` is one opinion, or NULL. Never NULL. */
const char *latin_best(slice s, const char *asked);
/* Whether all of it decodes. */
bool latin_decodes(slice s, const char *encoding);
/* The first East Asian encoding that decodes all of it, or NULL. */
const char *latin_multibyte(slice s);
/* The name by which iconv(3) knows an IANA name. */
const char *latin_iconv_name(const char *encoding);

#endif
