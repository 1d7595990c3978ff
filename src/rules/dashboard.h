/* A question of several parts. Internal to the rules. */
#ifndef PLOTD_RULES_DASHBOARD_H
#define PLOTD_RULES_DASHBOARD_H

#include "rules/reading.h"

typedef struct portion {
	slice text; /* of the question */
	size_t frame;
	size_t from, to; /* tokens */
} portion;

typedef struct portions {
	portion p[SPEC_PANELS];
	size_t n;
	bool cut; /* there were more */
} portions;

/* One portion a panel, in order of the question; at least one where there is a
 * frame. Frames that the question says nothing of get none, unless it says nothing of any. */
void split_question(slice text, frame *const *frames, vocabulary *const *words, size_t n, portions *out, notices *told);

#endif
