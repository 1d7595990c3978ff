/* PLOTD_LLM_MODE=spec: the model fills in a chart specification (rules/spec.h) as JSON, with the
 * rules' own reading of the question as a draft to correct, and plotd writes the code. */
#ifndef PLOTD_LLM_SPEC_H
#define PLOTD_LLM_SPEC_H

#include "llm/llm.h"

bool spec_mode(const config *c);
/* The rules' reading of the question, to be corrected: a specification, or in code mode a script;
 * no script where they understood nothing. */
void spec_add_draft(const config *c, const llm_ask *q, buf *out);
/* Code and title out of a reply; the specification stands in the code's first comment (also on
 * failure, alone), so that a repair can show the model what it said. ERR_MODEL_REPLY with
 * e->rule "no_code", "cut_off" or "spec". */
bool spec_reply(const llm_ask *q, slice reply, bool cut_off, buf *code, buf *title, notices *n, err *e);
/* What the model said, out of such code; empty when it is none. */
slice spec_of_code(slice code);

#endif
