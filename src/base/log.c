#include "base/log.h"

#include "base/buf.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 8192 };

/* The one global of its kind: set once by log_open, before any thread. */
static struct {
	enum log_level least;
	bool text;
} settings = {LOG_WARNING, true};

static _Thread_local char request[40];

void log_open(enum log_level least) {
	settings.least = least;
	settings.text = isatty(STDERR_FILENO);
}

void log_request(const char *id) {
	err_copy_text(request, sizeof request, slice_of(id));
}

static const char *level_name(enum log_level level) {
	static const char *const names[] = {"debug", "info", "warning", "error"};
	return names[level];
}

static void add_time(buf *line) {
	struct timespec now;
	struct tm tm;
	char stamp[32];
	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (!gmtime_r(&now.tv_sec, &tm) || !strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm)) stamp[0] = '\0';
	buf_printf(line, "%s.%03ldZ", stamp, now.tv_nsec / 1000000);
}

/* A terminal obeys escapes; what is logged may quote a stranger. */
static void add_visible(buf *line, slice s) {
	size_t from = line->n;
	buf_add(line, s);
	if (buf_ok(line)) bytes_calm(line->p + from, line->n - from);
}

static void add_value(buf *line, const log_field *f) {
	switch (f->type) {
	case LOG_TEXT:
		if (settings.text)
			add_visible(line, slice_of(f->text));
		else
			buf_json(line, slice_of(f->text), false);
		break;
	case LOG_WHOLE: buf_printf(line, "%lld", (long long)f->whole); break;
	case LOG_REAL: buf_printf(line, "%.3f", f->real); break;
	}
}

static void text_line(buf *line, enum log_level level, const char *event, const log_field *fields, size_t n) {
	add_time(line);
	buf_printf(line, " %-7s %s", level_name(level), event);
	if (request[0]) buf_printf(line, " [%s]", request);
	for (size_t i = 0; i < n; i++) {
		buf_printf(line, " %s=", fields[i].key);
		add_value(line, &fields[i]);
	}
}

static void json_line(buf *line, enum log_level level, const char *event, const log_field *fields, size_t n) {
	buf_adds(line, "{\"time\":\"");
	add_time(line);
	buf_printf(line, "\",\"level\":\"%s\",\"event\":", level_name(level));
	buf_json(line, slice_of(event), false);
	if (request[0]) {
		buf_adds(line, ",\"request_id\":");
		buf_json(line, slice_of(request), false);
	}
	for (size_t i = 0; i < n; i++) {
		buf_printf(line, ",\"%s\":", fields[i].key);
		add_value(line, &fields[i]);
	}
	buf_addc(line, '}');
}

void log_line(enum log_level level, const char *event, const log_field *fields, size_t n) {
	if (level < settings.least) return;
	cleanup_buf buf line = BUF_INIT(LINE_MAX_BYTES);
	(settings.text ? text_line : json_line)(&line, level, event, fields, n);
	buf_addc(&line, '\n');
	if (!buf_ok(&line)) return; /* longer than any line we mean to write */
	ssize_t written = write(STDERR_FILENO, line.p, line.n);
	(void)written; /* nowhere to tell that the log is gone */
}

void log_err(enum log_level level, const char *event, const err *e) {
	LOG_WITH(level, event, LOG_S("code", err_name(e->code)), LOG_S("message", e->message));
}
