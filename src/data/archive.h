/* gzip, zstd and zip of one file. Internal to src/data. */
#ifndef PLOTD_DATA_ARCHIVE_H
#define PLOTD_DATA_ARCHIVE_H

#include "base/notice.h"
#include "base/wait.h"

/* True when the bytes start as one of the three. */
bool archive_is(slice raw);
/* Unpacks into `out`, whose maximum is the bound. ERR_CSV_LIMIT beyond it, ERR_CSV_BINARY for a damaged archive, a zip
 * of several files of which not just one is called .csv or .tsv, or an Office document; ERR_MEMORY, and as
 * still_wanted. */
bool archive_unpack(slice raw, const char *name, buf *out, notices *n, const cancel *c, deadline d, err *e);

#endif
