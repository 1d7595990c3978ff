/* Whether a frame's memory file is what data/layout.h says: magic, counts, and
 * every buffer and name within the file. It comes from plotd, but
 * the runner trusts nothing that it maps. */
#ifndef PLOTD_RUNNER_LAYOUT_CHECK_H
#define PLOTD_RUNNER_LAYOUT_CHECK_H

#include "base/fd.h"

bool layout_fits(const mapping *m);

#endif
