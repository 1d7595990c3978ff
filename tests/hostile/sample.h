/* Frames made without the reader, for tests and benches of the sandbox. */
#ifndef PLOTD_TESTS_SAMPLE_H
#define PLOTD_TESTS_SAMPLE_H

#include "data/frame.h"

/* "sales" with `rows` rows: day DATE, region TEXT, product TEXT, units INT, amount FLOAT, open BOOL. Every 10th
 * amount is missing. Only what a job needs is filled in: name, stem, rows, fd, size. NULL with *e. */
frame *sample_frame(const char *stem, uint64_t rows, err *e);
void sample_free(frame *f);

#endif
