#include "http/form_check.h"

#include "base/json.h"

#include <stdio.h>

void form_problem_add(form *f, const char *field, const char *type, const char *format, ...) {
	if (f->nproblems == FORM_MAX_PROBLEMS) return;
	for (size_t i = 0; i < f->nproblems; i++)
		if (strcmp(f->problems[i].field, field) == 0) return;
	form_problem *p = &f->problems[f->nproblems++];
	char msg[sizeof p->msg];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(msg, sizeof msg, format, args);
	va_end(args);
	*p = (form_problem){.field = field, .type = type};
	err_copy(p->msg, ((slice){msg, slice_utf8_prefix(slice_of(msg))}));
}

static void check_files(form *f) {
	if (f->nfiles == 0) form_problem_add(f, "files", "missing", "Field required");
}

static void check_text(form *f, enum form_field field) {
	slice text = buf_slice(&f->text[field]);
	size_t good = slice_utf8_prefix(text);
	if (good < text.n)
		form_problem_add(f, form_field_name(field), "string_unicode", "Not UTF-8 at byte %zu", good + 1);
	else if (slice_find(text, '\0') < text.n)
		form_problem_add(f, form_field_name(field), "value_error", "Holds a NUL at byte %zu",
				 slice_find(text, '\0') + 1);
}

static void check_question(form *f) {
	if (!slice_trim(buf_slice(&f->text[FIELD_QUESTION])).n)
		form_problem_add(f, "user_question", "missing", "Field required");
}

static void check_schema(form *f) {
	slice schema = slice_trim(buf_slice(&f->text[FIELD_SCHEMA]));
	err why = ERR_INIT;
	if (!schema.n) return;
	if (!json_check(schema, &why))
		form_problem_add(f, "schema", "json_invalid", "Invalid JSON: %s", why.message);
	else if (schema.p[0] != '{' && !json_absent(schema))
		form_problem_add(f, "schema", "dict_type", "Input should be a JSON object");
	else if (json_absent(schema))
		buf_clear(&f->text[FIELD_SCHEMA]);
}

static void check_theme(form *f) {
	slice theme = buf_slice(&f->text[FIELD_THEME]);
	if (theme.n && !slice_is(theme, "auto") && !slice_is(theme, "light") && !slice_is(theme, "dark"))
		form_problem_add(f, "theme", "literal_error", "Input should be 'auto', 'light' or 'dark'");
}

static void check_include(form *f) {
	err why = ERR_INIT;
	if (!reply_include_parse(buf_slice(&f->text[FIELD_INCLUDE]), &f->include, &why))
		form_problem_add(f, "include", "literal_error", "%s", why.message);
}

bool form_check(form *f, err *e) {
	check_files(f);
	for (int i = 0; i < FIELD_COUNT; i++) check_text(f, (enum form_field)i);
	check_question(f);
	check_schema(f);
	check_theme(f);
	check_include(f);
	if (!f->nproblems) return true;
	const form_problem *first = &f->problems[0];
	bool missing = strcmp(first->type, "missing") == 0;
	if (missing)
		err_set(e, ERR_FIELD_MISSING, "the field %s is missing", first->field);
	else
		err_set(e, ERR_FIELD_INVALID, "the field %s is wrong: %s", first->field, first->msg);
	err_copy(e->field, slice_of(first->field));
	return false;
}
