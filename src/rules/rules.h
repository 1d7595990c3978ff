/* The built-in model: question + profile -> chart specification -> Python.
 * Pure and quick: no network, no state, no clock. */
#ifndef PLOTD_RULES_RULES_H
#define PLOTD_RULES_RULES_H

#include "data/frame.h"

/* Writes readable Python for plotd-runner (leaves `fig`, or `figs` for several frames or a
 * question of several parts) into `code`, a title for the page into `title`,
 * and into `n` what it assumed where the question left it open. False only
 * with ERR_MEMORY or ERR_CANCELLED: where nothing fits, the code is a table of the data. */
bool rules_write(slice question, frame *const *frames, size_t nframes, buf *code, buf *title, notices *n, err *e);

#endif
