/* The log: text on a terminal, one JSON object a line otherwise, to standard
 * error. Never a key, a cell, a question or code in it: callers pass codes,
 * counts and ids. Thread-safe; each line is one write(2). */
#ifndef PLOTD_BASE_LOG_H
#define PLOTD_BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Once, before the first thread. The default is LOG_WARNING. */
void log_open(enum log_level least);
/* The request id that this thread's lines carry from now on; "" for none. */
void log_request(const char *id);
/* A field of a line: text, whole number or milliseconds. Text is copied while the line is written. */
typedef struct log_field {
	const char *key;
	enum { LOG_TEXT, LOG_WHOLE, LOG_REAL } type;
	const char *text;
	int64_t whole;
	double real;
} log_field;
#define LOG_S(name, value) ((log_field){.key = (name), .type = LOG_TEXT, .text = (value)})
#define LOG_I(name, value) ((log_field){.key = (name), .type = LOG_WHOLE, .whole = (int64_t)(value)})
#define LOG_F(name, value) ((log_field){.key = (name), .type = LOG_REAL, .real = (value)})

void log_line(enum log_level level, const char *event, const log_field *fields, size_t n);
/* log_info("request", LOG_S("path", path), LOG_I("status", 200)): an event, then at least one field. */
#define LOG_WITH(level, event, ...)                                                                                    \
	log_line(level, event, (const log_field[]){__VA_ARGS__},                                                       \
		 sizeof((const log_field[]){__VA_ARGS__}) / sizeof(log_field))
#define log_debug(event, ...) LOG_WITH(LOG_DEBUG, event, __VA_ARGS__)
#define log_info(event, ...) LOG_WITH(LOG_INFO, event, __VA_ARGS__)
#define log_warning(event, ...) LOG_WITH(LOG_WARNING, event, __VA_ARGS__)
#define log_error(event, ...) LOG_WITH(LOG_ERROR, event, __VA_ARGS__)
/* The error's code, message and place. */
void log_err(enum log_level level, const char *event, const err *e);

#endif
