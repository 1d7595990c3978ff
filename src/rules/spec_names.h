/* What the choices of a specification are called in JSON. Internal to the rules. */
#ifndef PLOTD_RULES_SPEC_NAMES_H
#define PLOTD_RULES_SPEC_NAMES_H

#include "rules/spec.h"

extern const char *const CHART_NAMES[CHART_COUNT];
extern const char *const AGGREGATE_NAMES[AGG_TOTAL];
extern const char *const BIN_NAMES[BIN_TOTAL];
extern const char *const DERIVE_NAMES[DERIVE_TOTAL];
extern const char *const ARRANGE_NAMES[ARRANGE_TOTAL];
extern const char *const ORDER_NAMES[ORDER_TOTAL];
extern const char *const OP_NAMES[OP_TOTAL];

#endif
