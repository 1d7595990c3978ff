/* What goes back to a model whose code failed: the class of the failure, the
 * message, the line with its text, the columns there are, the nearest names,
 * and what to do instead. */
#ifndef PLOTD_LLM_REPAIR_H
#define PLOTD_LLM_REPAIR_H

#include "llm/llm.h"

/* Not yet cleaned of control characters. `again`: the attempt before was the same script.
 * Under a privacy below "values" the message loses what might be a cell: every word
 * with a digit or in quotes that stands neither in the code nor among the names. */
void repair_text(const config *c, const llm_ask *q, const llm_attempt *a, bool again, buf *out);

/* Edits (insert, delete, replace, swap of neighbours; case and separators do not
 * count) between two names, at most `most` + 1. Optimal string alignment distance. */
size_t name_distance(slice a, slice b, size_t most);

#endif
