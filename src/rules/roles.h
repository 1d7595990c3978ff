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

void add_measure(panel *p, int c, enum aggregate how);

/* What the question leaves open, each where nothing is chosen yet: what is measured; */
void measure_default(const reading *r, const parts *all, panel *p);
/* instead of ones, counted by a column whose values differ in each row: what there is to measure; */
bool measure_unique(const reading *r, panel *p);
/* a trend runs along time, whatever else is named: that tells the lines apart; */
void along_time(const reading *r, panel *p);
/* and what is drawn where there is no telling. */
void draw_default(reading *r, const parts *all, panel *p);

#endif
