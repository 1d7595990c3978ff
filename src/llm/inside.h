/* What the files of this folder share; nothing above sees it. */
#ifndef PLOTD_LLM_INSIDE_H
#define PLOTD_LLM_INSIDE_H

#include "llm/provider.h"

/* Which provider and model answer one request. */
typedef struct choice {
	const provider *provider;
	const char *model; /* borrowed from configuration or request; "" for rules */
} choice;

/* The provider that the configuration means, and in a sentence why. */
const provider *choose_default(const config *c, char why[160]);
/* For one request: what it names, where the operator's list allows it. ERR_FIELD_INVALID. */
bool choose(const config *c, const llm_ask *q, choice *out, err *e);

#endif
