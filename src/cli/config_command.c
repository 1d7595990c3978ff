#include "cli/cli.h"

const cli_option config_options[] = {{"markdown", 0, NULL, "the README's table"},
				     {"env", 0, NULL, "an environment file with every option, commented out"},
				     {"json", 0, NULL, "for programs"},
				     {0}};

static void add_flag(const option *o, buf *out) {
	if (o->flag) buf_printf(out, "`--%s`", o->flag);
}

static void markdown(const option *o, const config *c, buf *out) {
	(void)c;
	buf_printf(out, "| `%s` | ", o->env);
	add_flag(o, out);
	buf_printf(out, " | %s | %s |\n", *o->fallback ? o->fallback : "", o->text);
}

static void environment(const option *o, const config *c, buf *out) {
	(void)c;
	buf_printf(out, "# %s\n#%s=%s\n\n", o->text, o->env, o->fallback);
}

static void plain(const option *o, const config *c, buf *out) {
	cleanup_buf buf value = BUF_INIT(4096);
	config_value(c, o, &value);
	buf_printf(out, "%-24s %-28s %s\n", o->env, value.n ? buf_cstr(&value) : "-", o->text);
}

static void json(const option *o, const config *c, buf *out) {
	cleanup_buf buf value = BUF_INIT(4096);
	config_value(c, o, &value);
	if (out->n > 1) buf_addc(out, ',');
	buf_json(out, slice_of(o->env), false);
	buf_adds(out, ":{\"value\":");
	buf_json(out, buf_slice(&value), false);
	buf_adds(out, ",\"default\":");
	buf_json(out, slice_of(o->fallback), false);
	buf_adds(out, ",\"flag\":");
	buf_json(out, slice_of(o->flag), false);
	buf_adds(out, ",\"text\":");
	buf_json(out, slice_of(o->text), false);
	buf_addc(out, '}');
}

bool cmd_config(cli *c, err *e) {
	static const struct {
		const char *option, *head, *tail;
		void (*row)(const option *, const config *, buf *);
	} forms[] = {{"markdown", "| variable | flag | default | what |\n|---|---|---|---|\n", "", markdown},
		     {"env", "", "", environment},
		     {"json", "{", "}\n", json},
		     {NULL, "", "", plain}};
	cleanup_buf buf out = BUF_INIT((size_t)1 << 20);
	size_t f = 0;
	while (forms[f].option && !cli_has(c, forms[f].option)) f++;
	buf_adds(&out, forms[f].head);
	for (size_t i = 0; i < OPTION_COUNT; i++) forms[f].row(&OPTIONS[i], &c->config, &out);
	buf_adds(&out, forms[f].tail);
	return cli_print(buf_slice(&out), e);
}
