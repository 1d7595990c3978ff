/* How the profile writes values. Internal to the profile. */
#ifndef PLOTD_DATA_PROFILE_FORMAT_H
#define PLOTD_DATA_PROFILE_FORMAT_H

#include "data/frame.h"

void format_number(double v, buf *out); /* 12, 3.142, 1234.568 */
void format_time(double us, enum column_type type, buf *out);
/* A number of column_profile in the column's own terms. */
void format_value(double v, const column *col, buf *out);
/* The first line of a cell, at most `max` bytes, well-formed UTF-8. */
slice format_cut(slice text, size_t max, bool *cut);
/* Tokens that models count for the text, rather too many than too few. */
size_t format_tokens(slice text);
const char *unit_name(enum time_unit u); /* "year"; "" for UNIT_NONE */

/* Columns on a screen that the text takes (East Asian wide characters two, combining marks none). */
size_t display_width(slice text);

/* Columns whose value fixes another's: members of a JSON array, lines of text. */
void profile_depends_json(const frame *f, buf *out);
void profile_depends_text(const frame *f, buf *out);

#endif
