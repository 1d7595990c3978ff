#include "http/form.h"

#include "http/form_check.h"
#include "http/params.h"

#include <stddef.h>
#include <stdlib.h>

/* Text fields. `limit` is an option of the configuration; 0 takes `fixed` bytes. */
static const struct {
	const char *name;
	size_t limit, fixed;
} fields[FIELD_COUNT] = {
    [FIELD_QUESTION] = {"user_question", offsetof(config, question_max), 0},
    [FIELD_SCHEMA] = {"schema", offsetof(config, schema_max), 0},
    [FIELD_INCLUDE] = {"include", 0, 128},
    [FIELD_PROVIDER] = {"provider", 0, 64},
    [FIELD_MODEL] = {"model", 0, 256},
    [FIELD_THEME] = {"theme", 0, 32},
};

const char *form_field_name(enum form_field f) {
	return f < FIELD_COUNT ? fields[f].name : "files";
}

static uint64_t limit_at(const config *c, size_t offset) {
	uint64_t value;
	memcpy(&value, (const char *)c + offset, sizeof value);
	return value;
}

static size_t field_max(const config *c, enum form_field f) {
	return fields[f].limit ? (size_t)limit_at(c, fields[f].limit) : fields[f].fixed;
}

static const option *option_at(size_t offset) {
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (OPTIONS[i].offset == offset) return &OPTIONS[i];
	return NULL;
}

bool form_too_large(err *e, const config *c, size_t offset, const char *field, const char *what) {
	const option *o = option_at(offset);
	cleanup_buf buf value = BUF_INIT(64);
	if (o) config_value(c, o, &value);
	err_set(e, ERR_TOO_LARGE, "%s more than the %s allowed", what, buf_cstr(&value));
	err_copy(e->field, slice_of(field));
	if (o) err_hint(e, "Send less, or raise %s.", o->env);
	return false;
}

uint64_t form_body_max(const config *c) {
	uint64_t texts = 0, heads = (c->files_max + FORM_MAX_EXTRA_PARTS) * 1024;
	for (int f = 0; f < FIELD_COUNT; f++) texts += field_max(c, (enum form_field)f);
	return c->upload_max + texts + heads + FORM_MAX_UNKNOWN;
}

/* ---- where parts go ---- */

static enum form_field field_of(const multipart_part *part) {
	static const char *const files[] = {"files", "file", "files[]"};
	for (int f = 0; f < FIELD_COUNT; f++)
		if (slice_is(part->name, fields[f].name)) return (enum form_field)f;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (slice_is(part->name, files[i])) return FIELD_FILES;
	return FIELD_UNKNOWN;
}

/* What follows the last / or \ of a path. */
static slice last_step(slice path) {
	size_t from = 0;
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '/' || path.p[i] == '\\') from = i + 1;
	return slice_sub(path, from, path.n);
}

/* A name without path or control characters, of at most 255 bytes as file systems have it. */
static char *file_name(const form *f, slice sent) {
	cleanup_buf buf name = BUF_INIT(255);
	slice step = slice_utf8_cut(last_step(sent), name.max);
	for (size_t i = 0; i < step.n; i++) {
		unsigned char c = (unsigned char)step.p[i];
		buf_addc(&name, c < 0x20 || c == 0x7F ? '_' : (char)c);
	}
	if (!slice_trim(buf_slice(&name)).n) {
		buf_clear(&name);
		buf_printf(&name, "file_%zu.csv", f->nfiles + 1);
	}
	return buf_steal(&name);
}

static bool room_for_file(form *f, err *e) {
	if (f->nfiles < f->cap) return true;
	size_t cap = f->cap ? 2 * f->cap : 4;
	form_file *files = reallocarray(f->files, cap, sizeof *files);
	if (!files) return err_set(e, ERR_MEMORY, "no memory for the upload");
	f->files = files, f->cap = cap;
	return true;
}

static bool begin_file(form *f, slice sent, err *e) {
	if (f->nfiles >= f->config->files_max)
		return form_too_large(e, f->config, offsetof(config, files_max), "files", "the form has more files:");
	if (!room_for_file(f, e)) return false;
	form_file *file = &f->files[f->nfiles];
	*file = (form_file){.name = file_name(f, sent), .fd = -1};
	f->nfiles++;
	f->unnamed = sent.n == 0;
	if (!file->name) return err_set(e, ERR_MEMORY, "no memory for the upload");
	file->fd = memfd_new("plotd-upload", e);
	return file->fd >= 0;
}

static void begin_unknown(form *f, slice name) {
	err_copy(f->unknown, name);
	notice(&f->notices, "The form's field “%s” is not known and was left out.", f->unknown);
}

static bool begin_text(form *f) {
	if (f->seen[f->at]) form_problem_add(f, fields[f->at].name, "value_error", "Field sent more than once");
	f->seen[f->at] = true;
	buf_clear(&f->text[f->at]);
	return true;
}

static bool part_begin(void *context, const multipart_part *part, err *e) {
	form *f = context;
	f->at = field_of(part);
	if (f->at == FIELD_FILES && !part->has_filename) {
		form_problem_add(f, "files", "value_error", "Expected a file, received text: the part has no filename");
		f->at = FIELD_UNKNOWN;
		return true;
	}
	if (f->at == FIELD_FILES) return begin_file(f, part->filename, e);
	if (f->at < FIELD_COUNT) return begin_text(f);
	begin_unknown(f, part->name);
	return true;
}

static bool file_data(form *f, slice bytes, err *e) {
	f->file_bytes += bytes.n;
	if (f->file_bytes > f->config->upload_max)
		return form_too_large(e, f->config, offsetof(config, upload_max), "files", "the files have");
	return write_all(f->files[f->nfiles - 1].fd, bytes, e) || err_wrap(e, "the upload");
}

static bool text_data(form *f, slice bytes, err *e) {
	buf *text = &f->text[f->at];
	if (bytes.n > text->max - text->n) {
		const char *name = fields[f->at].name;
		if (fields[f->at].limit) return form_too_large(e, f->config, fields[f->at].limit, name, name);
		err_set(e, ERR_TOO_LARGE, "%s has more than %zu bytes", name, text->max);
		err_copy(e->field, slice_of(name));
		return false;
	}
	buf_add(text, bytes);
	return buf_ok(text) || err_set(e, ERR_MEMORY, "no memory for the upload");
}

static bool part_data(void *context, slice bytes, err *e) {
	form *f = context;
	if (f->at == FIELD_FILES) return file_data(f, bytes, e);
	if (f->at < FIELD_COUNT) return text_data(f, bytes, e);
	f->unknown_bytes += bytes.n;
	if (f->unknown_bytes <= FORM_MAX_UNKNOWN) return true;
	return err_set(e, ERR_TOO_LARGE, "fields that are not known have more than %d bytes", FORM_MAX_UNKNOWN);
}

/* A browser sends an empty part without a name where no file was chosen. */
static bool part_end(void *context, err *e) {
	form *f = context;
	(void)e;
	if (f->at != FIELD_FILES) return true;
	form_file *file = &f->files[f->nfiles - 1];
	if (!f->unnamed || lseek(file->fd, 0, SEEK_CUR) != 0) return true;
	close_fd(&file->fd);
	free(file->name);
	f->nfiles--;
	return true;
}

/* ---- application/x-www-form-urlencoded: cannot carry files, but can be told what is missing ---- */

static void decode(slice s, buf *out) {
	for (size_t i = 0; i < s.n; i++) {
		int high = s.p[i] == '%' && i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(s.p[i + 2]) : -1;
		if (low >= 0) i += 2;
		buf_addc(out, low >= 0 ? (char)(unsigned char)(high * 16 + low) : s.p[i] == '+' ? ' ' : s.p[i]);
	}
}

static bool pair(form *f, slice text, err *e) {
	size_t equals = slice_find(text, '=');
	cleanup_buf buf name = BUF_INIT(text.n + 1), value = BUF_INIT(text.n + 1);
	decode(slice_sub(text, 0, equals), &name);
	decode(slice_sub(text, equals + 1, text.n), &value);
	if (!buf_ok(&name) || !buf_ok(&value)) return err_set(e, ERR_MEMORY, "no memory for the form");
	multipart_part part = {.name = buf_slice(&name)};
	return part_begin(f, &part, e) && part_data(f, buf_slice(&value), e) && part_end(f, e);
}

static bool urlencoded(form *f, err *e) {
	slice rest = buf_slice(&f->raw);
	for (size_t pairs = 0; rest.n; pairs++) {
		if (pairs > FORM_MAX_EXTRA_PARTS) return err_set(e, ERR_TOO_LARGE, "the form has too many fields");
		size_t n = slice_find(rest, '&');
		if (n && !pair(f, slice_sub(rest, 0, n), e)) return false;
		rest = slice_sub(rest, n + 1, rest.n);
	}
	return true;
}

/* ---- the whole ---- */

static bool init_multipart(form *f, slice content_type, err *e) {
	multipart_sink sink = {part_begin, part_data, part_end, f};
	return multipart_init(&f->parser, content_type, (size_t)f->config->files_max + FORM_MAX_EXTRA_PARTS, &sink, e);
}

bool form_init(form *f, const config *c, slice content_type, err *e) {
	*f = (form){.config = c, .at = FIELD_UNKNOWN};
	for (int i = 0; i < FIELD_COUNT; i++) f->text[i] = BUF_INIT(field_max(c, (enum form_field)i));
	f->raw = BUF_INIT(4 * (size_t)(c->question_max + c->schema_max) + FORM_MAX_UNKNOWN);
	slice rest = content_type, type = param_head(&rest);
	if (!type.n) return true;
	if (slice_eq_nocase(type, SLICE("multipart/form-data"))) {
		f->kind = FORM_MULTIPART;
		return init_multipart(f, content_type, e);
	}
	f->kind = FORM_URLENCODED;
	return slice_eq_nocase(type, SLICE("application/x-www-form-urlencoded")) ||
	       err_set(e, ERR_MEDIA, "the body is %.*s, not a form", SLICE_ARG(slice_utf8_cut(type, 60)));
}

void form_free(form *f) {
	multipart_free(&f->parser);
	buf_free(&f->raw);
	for (int i = 0; i < FIELD_COUNT; i++) buf_free(&f->text[i]);
	for (size_t i = 0; i < f->nfiles; i++) {
		free(f->files[i].name);
		close_fd(&f->files[i].fd);
		mapping_free(&f->files[i].bytes);
	}
	free(f->files);
	free(f->frame_files);
	notices_free(&f->notices);
}

bool form_feed(form *f, slice bytes, err *e) {
	if (!bytes.n) return true;
	f->body_bytes += bytes.n;
	if (f->body_bytes > form_body_max(f->config))
		return form_too_large(e, f->config, offsetof(config, upload_max), "files", "the body has");
	if (f->kind == FORM_MULTIPART) return multipart_feed(&f->parser, bytes, e);
	if (f->kind == FORM_NONE) return err_set(e, ERR_MEDIA, "the body has no Content-Type");
	buf_add(&f->raw, bytes);
	return buf_ok(&f->raw) || err_set(e, ERR_TOO_LARGE, "the form has more than %zu bytes", f->raw.max);
}

static bool map_files(form *f, err *e) {
	f->frame_files = calloc(f->nfiles + 1, sizeof *f->frame_files);
	if (!f->frame_files) return err_set(e, ERR_MEMORY, "no memory for the upload");
	for (size_t i = 0; i < f->nfiles; i++) {
		form_file *file = &f->files[i];
		if (!memfd_seal(file->fd, e) || !mapping_of(file->fd, &file->bytes, e)) return false;
		close_fd(&file->fd); /* the mapping stays; a descriptor less a file */
		f->frame_files[i] = (frame_file){slice_of(file->name), mapping_slice(&file->bytes)};
	}
	return true;
}

bool form_finish(form *f, err *e) {
	if (f->kind == FORM_MULTIPART && !multipart_finish(&f->parser, e)) return false;
	if (f->kind == FORM_URLENCODED && !urlencoded(f, e)) return false;
	return form_check(f, e) && map_files(f, e);
}

static const char *text_or_null(form *f, enum form_field field) {
	return f->text[field].n ? buf_cstr(&f->text[field]) : NULL;
}

plot_request form_request(form *f) {
	return (plot_request){
	    .files = f->frame_files,
	    .nfiles = f->nfiles,
	    .question = slice_trim(buf_slice(&f->text[FIELD_QUESTION])),
	    .schema = slice_trim(buf_slice(&f->text[FIELD_SCHEMA])),
	    .provider = text_or_null(f, FIELD_PROVIDER),
	    .model = text_or_null(f, FIELD_MODEL),
	    .theme = text_or_null(f, FIELD_THEME),
	    .want_profile = f->include.profile,
	};
}
