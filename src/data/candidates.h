/* The dialects that a sample's characters allow. Internal to dialect.c. */
#ifndef PLOTD_DATA_CANDIDATES_H
#define PLOTD_DATA_CANDIDATES_H

#include "data/rows.h"

enum { CANDIDATES_MAX = 96 };

typedef struct candidate {
	syntax syntax;
	double prior;
} candidate;

/* Fills list[CANDIDATES_MAX], at least one. `told`: the delimiter is known, or NULL. */
size_t candidates_of(slice sample, const syntax *told, candidate *list);

#endif
