/* Whether figures that came back answer what was asked: what runs without an
 * exception may still be no answer. */
#ifndef PLOTD_PLOT_JUDGE_H
#define PLOTD_PLOT_JUDGE_H

#include "sandbox/sandbox.h"

/* False with ERR_CODE_UNFIT, its rule set, when the code drew random or typed-in
 * numbers instead of the frames' data, another kind of chart than the question
 * names in words, or a legend nobody can read. The figures are usable all the
 * same: a caller out of attempts may keep them and say so. */
bool judge_figures(slice question, const sandbox_result *r, err *e);

#endif
