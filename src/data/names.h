/* Names of columns and files. Internal to src/data. */
#ifndef PLOTD_DATA_NAMES_H
#define PLOTD_DATA_NAMES_H

#include "data/frame.h"
#include "data/table.h"

/* The header's labels: of each column the header rows' cells, joined by a space, each in one line and trimmed unless
 * `verbatim`. `labels` has t->width slices into `arena`, which the caller frees. ERR_MEMORY. */
bool labels_read(slice text, const table *t, bool verbatim, slice *labels, buf *arena, err *e);
/* Fills f->strings and the columns' label and name from the labels: empty names become column_3, repeated ones name_2.
 */
bool names_make(frame *f, const slice *labels, notices *n, err *e);
/* The file's name fit for messages (no control characters, at most 120 bytes) and an identifier made of its stem.
 * Both the caller's to free; false when memory is out. */
bool file_names(const char *name, char **safe, char **stem);

#endif
