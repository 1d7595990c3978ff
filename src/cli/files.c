/* The commands that look at files and run nothing: read, profile, prompt. */
#include "cli/cli.h"

#include <stdio.h>

const cli_option read_options_cli[] = {
    {"typed", 0, NULL, "numbers, dates and booleans in normal form (2024-05-01, 3.5, true)"},
    {"json", 0, NULL, "one JSON object a row and line"},
    {0}};
const cli_option profile_options[] = {{"json", 0, NULL, "for programs: one JSON object, a member a file"}, {0}};
const cli_option prompt_options[] = {{"schema", 0, "JSON", "the tables' types, as the service takes them"}, {0}};

static void print_notices(const notices *list) {
	for (size_t i = 0; i < list->n; i++) (void)fprintf(stderr, "plotd: note: %s\n", list->text[i]);
}

static bool to_stdout(void *context, slice part, err *e) {
	(void)context;
	return cli_print(part, e);
}

bool cmd_read(cli *c, err *e) {
	cli_file file;
	notices told = {0};
	enum clean_form form = cli_has(c, "json")    ? CLEAN_JSON_LINES
			       : cli_has(c, "typed") ? CLEAN_TYPED_CSV
						     : CLEAN_CSV;
	if (c->noperands > 1) return err_set(e, ERR_USAGE, "plotd read takes one file");
	if (!cli_open(c->operands[0], &c->stop, &file, e)) return false;
	read_options options = {.name = file.name, .threads = 2};
	bool ok =
	    csv_clean(mapping_slice(&file.map), &options, form, to_stdout, NULL, &told, &c->stop, DEADLINE_NEVER, e);
	print_notices(&told);
	notices_free(&told);
	cli_close(&file);
	return ok;
}

typedef struct file_set {
	frame **frames;
	size_t n;
} file_set;

static void set_free(file_set *s) {
	for (size_t i = 0; i < s->n; i++) frame_free(s->frames[i]);
	free(s->frames);
}

static bool set_read(cli *c, size_t from, const char *schema, file_set *s, err *e) {
	__attribute__((cleanup(cli_close_files))) cli_files in = {0};
	read_options options = {.schema = schema, .threads = 2, .unsealed = true};
	s->frames = calloc(c->noperands + 1, sizeof *s->frames);
	if (!s->frames) return err_set(e, ERR_MEMORY, "out of memory");
	if (!cli_open_files(c, from, &in, e)) return false;
	if (!frames_read(in.files, in.n, &options, s->frames, &c->stop, DEADLINE_NEVER, e)) return false;
	s->n = in.n;
	for (size_t i = 0; i < s->n; i++) print_notices(&s->frames[i]->notices);
	return true;
}

static void print_profiles(const file_set *s, bool json, buf *out) {
	if (json) buf_addc(out, '{');
	for (size_t i = 0; i < s->n; i++) {
		if (!json) {
			if (i) buf_addc(out, '\n');
			profile_table(s->frames[i], out);
			continue;
		}
		if (i) buf_addc(out, ',');
		buf_json(out, slice_of(s->frames[i]->stem), false);
		buf_addc(out, ':');
		profile_json(s->frames[i], out);
	}
	if (json)
		buf_adds(out, "}\n");
	else if (s->n > 1)
		profile_joins(s->frames, s->n, out);
}

bool cmd_profile(cli *c, err *e) {
	file_set set = {0};
	cleanup_buf buf out = BUF_INIT((size_t)256 << 20);
	bool ok = set_read(c, 0, NULL, &set, e);
	if (ok) {
		print_profiles(&set, cli_has(c, "json"), &out);
		ok = buf_ok(&out) ? cli_print(buf_slice(&out), e) : err_set(e, ERR_MEMORY, "the profile is too large");
	}
	set_free(&set);
	return ok;
}

bool cmd_prompt(cli *c, err *e) {
	file_set set = {0};
	cleanup_buf buf out = BUF_INIT((size_t)16 << 20);
	uint64_t tokens = 0;
	const char *schema = cli_value(c, "schema");
	llm *model = llm_open(&c->config, e);
	bool ok = model && set_read(c, 1, schema, &set, e);
	if (ok) {
		llm_ask ask = {.question = slice_of(c->operands[0]),
			       .schema = slice_of(schema),
			       .frames = set.frames,
			       .nframes = set.n};
		ok = llm_prompt(model, &ask, &out, &tokens, e) && cli_print(buf_slice(&out), e);
	}
	if (ok) (void)fprintf(stderr, "plotd: about %llu tokens\n", (unsigned long long)tokens);
	set_free(&set);
	llm_close(model);
	return ok;
}
