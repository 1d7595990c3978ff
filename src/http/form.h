/* The form of POST /generate-plot: takes the body as it comes, files into
 * sealed memory files, texts into bounded buffers, every limit checked while
 * it streams; then says what is missing or wrong, all of it at once. */
#ifndef PLOTD_HTTP_FORM_H
#define PLOTD_HTTP_FORM_H

#include "base/config.h"
#include "base/fd.h"
#include "base/notice.h"
#include "http/multipart.h"
#include "plot/reply.h"

enum form_field {
	FIELD_QUESTION,
	FIELD_SCHEMA,
	FIELD_INCLUDE,
	FIELD_PROVIDER,
	FIELD_MODEL,
	FIELD_THEME,
	FIELD_COUNT,
	FIELD_FILES, /* what a part may be besides a text field */
	FIELD_UNKNOWN,
};

enum { FORM_MAX_PROBLEMS = 8, FORM_MAX_UNKNOWN = 65536, FORM_MAX_EXTRA_PARTS = 32 };

/* One row of a 422's detail, as FastAPI's clients know it: {loc: ["body", field], msg, type}. */
typedef struct form_problem {
	const char *field, *type;
	char msg[256];
} form_problem;

typedef struct form_file {
	char *name;
	int fd;
	mapping bytes;
} form_file;

enum form_kind { FORM_NONE, FORM_MULTIPART, FORM_URLENCODED };

typedef struct form {
	const config *config; /* borrowed */
	enum form_kind kind;
	multipart parser;
	buf raw; /* FORM_URLENCODED: the body so far */
	buf text[FIELD_COUNT];
	bool seen[FIELD_COUNT];
	form_file *files;
	size_t nfiles, cap;
	uint64_t file_bytes, body_bytes; /* received so far */
	enum form_field at;              /* what the part at hand goes to */
	char unknown[64];                /* its name, where it goes nowhere */
	uint64_t unknown_bytes;
	bool unnamed; /* the file at hand has an empty name */
	notices notices;
	form_problem problems[FORM_MAX_PROBLEMS];
	size_t nproblems;
	/* After form_finish: */
	reply_include include;
	frame_file *frame_files; /* as plot_request takes them; views of `files` */
} form;

/* `content_type` "" is no body. ERR_MULTIPART for a form that cannot be, ERR_MEDIA for another type. */
bool form_init(form *f, const config *c, slice content_type, err *e);
void form_free(form *f);
/* The most that a body of this form may have, in bytes: what Content-Length is held against. */
uint64_t form_body_max(const config *c);
/* ERR_TOO_LARGE naming the limit and how to raise it. */
bool form_too_large(err *e, const config *c, size_t offset, const char *field, const char *what);
/* After a failure feed no more. */
bool form_feed(form *f, slice bytes, err *e);
/* At the end: seals and maps the files, checks the fields. On ERR_FIELD_MISSING
 * and ERR_FIELD_INVALID `problems` lists all that is wrong. */
bool form_finish(form *f, err *e);
/* The request; borrows from the form. */
plot_request form_request(form *f);

#endif
