/* Whether figures that came back answer what was asked: what runs without an
 * exception may still be no answer. */
#ifndef PLOTD_PLOT_JUDGE_H
#define PLOTD_PLOT_JUDGE_H

#include "sandbox/sandbox.h"

/* False with ERR_CODE_UNFIT, its rule set, when the code drew random or typed-in
 * numbers instead of the frames' data, another kind of chart than the question
 * names in words, or a legend nobody can read. */
bool judge_figures(slice question, const sandbox_result *r, err *e);
/* Whether a caller out of attempts may show figures that this was said of, with the reason:
 * they are the files' data, if not as asked. Invented numbers are not. */
bool judge_may_show(const err *why);

#endif
