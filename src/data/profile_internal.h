/* Between the reader and the profile; nobody else includes it. */
#ifndef PLOTD_DATA_PROFILE_INTERNAL_H
#define PLOTD_DATA_PROFILE_INTERNAL_H

#include "data/frame.h"

/* Fills cols[i].profile of every column from values, bytes, valid, nulls,
 * rows, name and type, which must be final; `profile.unit_text` is read, not
 * written: whoever cut the unit off the cells put it there. Linear in the cells; quartiles come of a
 * sample beyond PROFILE_SAMPLE rows. On `threads` threads at most. Texts of top values
 * that are no cell's bytes go to f->profile_strings, which it allocates and
 * frame_free frees. Fails only with ERR_MEMORY, ERR_CANCELLED, ERR_STOPPING or ERR_DEADLINE. */
bool profile_columns(struct frame *f, unsigned threads, const cancel *c, deadline d, err *e);

enum { PROFILE_SAMPLE = 100000, PROFILE_EXACT = 4096 };

#endif
