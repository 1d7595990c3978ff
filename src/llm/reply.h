/* Code out of a reply. Models wrap it in many ways: a fenced block, several,
 * none with prose around, a JSON object, behind thinking parts, with a
 * notebook's commands, cut off in the middle. */
#ifndef PLOTD_LLM_REPLY_H
#define PLOTD_LLM_REPLY_H

#include "base/buf.h"
#include "base/notice.h"

/* `cut_off`: the provider said that its limit ended the reply. Puts the Python into
 * `code`, its "# title:" into `title` (left empty where there is none), and what was
 * done to the reply into `n`. ERR_MODEL_REPLY with e->rule "no_code" or "cut_off". */
bool reply_code(slice reply, bool cut_off, buf *code, buf *title, notices *n, err *e);
/* What the code's comments "# note: …" want the reader to be told, such as a column that stands in for another. */
void reply_notes(slice code, notices *n);

/* The parts of it. */

enum { BLOCKS_MAX = 32 };
typedef struct block {
	slice language; /* "python", "" */
	slice text;     /* its lines as they stand, without the fences */
	slice before;   /* the prose that leads to it */
	size_t indent;  /* blanks to take off each line: the fence stood in a list */
	bool closed;
} block;
/* The fenced blocks (CommonMark 0.31, 4.5) in order; returns how many, at most BLOCKS_MAX. */
size_t blocks_find(slice reply, block found[BLOCKS_MAX]);
/* The Python of these blocks: all joined, or of alternatives the one meant. False when none is
 * Python. *unclosed tells that the last one used has no end, *left how many were left out. */
bool blocks_code(const block *all, size_t n, buf *code, bool *unclosed, size_t *left);
/* The run of lines that reads as Python in a reply without fences; empty when there is none. */
slice bare_code(slice reply);
bool looks_like_python(slice text);

/* Copies code without what only a notebook understands; returns what was taken off. */
enum tidied { TIDY_MAGIC = 1, TIDY_SHOW = 2, TIDY_PROMPT = 4 };
unsigned tidy_code(slice code, buf *out);

#endif
