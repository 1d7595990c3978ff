/* What a file is that is no CSV. Internal to src/data. */
#ifndef PLOTD_DATA_MAGIC_H
#define PLOTD_DATA_MAGIC_H

#include "base/err.h"

/* True when the bytes do not start like another format; ERR_CSV_BINARY names it otherwise. Zip files pass. */
bool magic_check(slice raw, const char *name, err *e);
/* The same for text: JSON, HTML, XML. */
bool magic_check_text(slice text, const char *name, err *e);

#endif
