/* Text that was encoded twice: UTF-8 that some program took for Windows-1252 or
 * Latin-1 and wrote as UTF-8 again, so that "José" reads "JosÃ©". Internal to src/data. */
#ifndef PLOTD_DATA_TWICE_H
#define PLOTD_DATA_TWICE_H

#include "base/buf.h"

/* Whether the text, in UTF-8, holds one of the commonest such sequences. */
bool twice_suspect(slice text);
/* The text as it was before, into `out`; false, with `out` untouched, where not every character
 * beyond ASCII is a part of such a sequence. `text` is UTF-8. */
bool twice_mend(slice text, buf *out);

#endif
