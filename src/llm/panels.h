/* The panels of a dashboard's script. Each begins with a line "# panel: Title"
 * and leaves its figure in figs["Title"]; what stands above the first is
 * shared. So a panel that fails can be left out, or replaced, alone. */
#ifndef PLOTD_LLM_PANELS_H
#define PLOTD_LLM_PANELS_H

#include "base/buf.h"

#include <stdint.h>

enum { PANELS_MAX = 16 };
typedef struct panel_part { /* slices into the code */
	slice title, text;  /* the text with its first line */
	uint64_t line;      /* of the first line, from 1 */
	uint64_t lines;
} panel_part;

/* In order; returns how many, at most PANELS_MAX: what follows belongs to the last. */
size_t panels_find(slice code, panel_part found[PANELS_MAX]);
/* The panel that a failure belongs to, by the line or by the title that the message quotes in
 * ('…'); `n` when it is none's. */
size_t panels_blame(const panel_part *all, size_t n, const err *why);
/* The code with empty lines in place of these panels, so that line numbers stay. */
void panels_leave_out(slice code, const panel_part *all, size_t n, const bool *out, buf *left);
/* Puts what a repair says of some panels in their place in `code`: panels by title, or, where only
 * one is `lost` and the repair has no panel lines, its whole text. False when it is a script of its own. */
bool panels_merge(slice code, const slice *lost, size_t nlost, slice repair, buf *merged);

#endif
