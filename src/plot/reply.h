/* A reply and an error as JSON: the one form of both for the service and the
 * command line. */
#ifndef PLOTD_PLOT_REPLY_H
#define PLOTD_PLOT_REPLY_H

#include "plot/plot.h"

typedef struct reply_include {
	bool figure, code, profile;
} reply_include;

/* "figure,code" to its flags; ERR_FIELD_INVALID names the word that is none. */
bool reply_include_parse(slice list, reply_include *in, err *e);
/* The members of the answer's object but html, without braces: "status":"success",… */
void reply_members(const plot_reply *r, reply_include in, const char *request_id, buf *out);
/* "error":{"code","message","hint",…where} without braces. */
void error_member(const err *e, buf *out);

#endif
