/* What each mention of a column is for. Internal to the rules. */
#ifndef PLOTD_RULES_ROLES_H
#define PLOTD_RULES_ROLES_H

#include "rules/reading.h"

enum role { ROLE_FREE, ROLE_GROUP, ROLE_MEASURE, ROLE_COUNTED, ROLE_X, ROLE_Y, ROLE_COLOR };

typedef struct part {
	const mention *m;
	enum role role;
	enum aggregate how;
	bool total;
} part;

typedef struct parts {
	part p[MENTIONS];
	size_t n;
	bool count;    /* rows are to be counted */
	bool distinct; /* different values of the counted column */
} parts;

void read_parts(reading *r, parts *all);

#endif
