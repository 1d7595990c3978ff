/* Tables drawn with characters, as clients of databases and Markdown do: bars between the cells, padded with spaces,
 * and a line under the header. Internal to src/data. */
#ifndef PLOTD_DATA_DRAWN_H
#define PLOTD_DATA_DRAWN_H

#include "base/buf.h"

/* Whether one of the first lines is drawn, and bars stand in them. */
bool drawn_suspect(slice text);
/* The text with nothing but one bar between cells, line for line, into `out`. */
void drawn_undo(slice text, buf *out);

#endif
