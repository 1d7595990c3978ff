/* The three vendors' rows, a file each. */
#ifndef PLOTD_LLM_VENDORS_H
#define PLOTD_LLM_VENDORS_H

#include "llm/provider.h"

extern const provider_ops GEMINI, OPENAI, ANTHROPIC;

#endif
