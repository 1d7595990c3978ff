/* The columns' values into one sealed memory file (data/layout.h). Internal to src/data. */
#ifndef PLOTD_DATA_SEAL_H
#define PLOTD_DATA_SEAL_H

#include "data/builder.h"

/* Writes header, names and the builders' buffers, frees each as it is written, seals and maps the file, and
 * fills f->fd, size, map and the columns' type, nulls, valid, values, bytes, utc. f->name, stem, rows, ncols and the
 * columns' names are set. ERR_MEMORY, ERR_INTERNAL, and as still_wanted. */
bool frame_seal(frame *f, builder *columns, const cancel *c, deadline d, err *e);
/* The same without a memory file: the builders' buffers become the frame's. f->fd stays -1. */
bool frame_keep(frame *f, builder *columns, err *e);

#endif
