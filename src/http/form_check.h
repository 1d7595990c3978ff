/* What may be wrong with a form's fields once all of it has come. */
#ifndef PLOTD_HTTP_FORM_CHECK_H
#define PLOTD_HTTP_FORM_CHECK_H

#include "http/form.h"

/* Adds a row to f->problems, each field once; past FORM_MAX_PROBLEMS it is dropped. */
void form_problem_add(form *f, const char *field, const char *type, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Checks all fields and reads `include`. ERR_FIELD_MISSING, ERR_FIELD_INVALID with f->problems. */
bool form_check(form *f, err *e);
const char *form_field_name(enum form_field f);

#endif
