#include "cli/cli.h"

#include <ctype.h>
#include <stdio.h>

/* -1 when the command has no such option. */
static int find_option(const command *m, slice name, char letter) {
	for (int i = 0; m->options[i].name; i++)
		if (letter ? m->options[i].letter == letter : slice_is(name, m->options[i].name)) return i;
	return -1;
}

const char *cli_value(const cli *c, const char *name) {
	int i = find_option(c->command, slice_of(name), 0);
	return i < 0 ? NULL : c->values[i];
}

static bool in_groups(const char *groups, const char *group) {
	slice rest = slice_of(groups);
	while (rest.n) {
		size_t end = slice_find(rest, ' ');
		if (slice_is(slice_sub(rest, 0, end), group)) return true;
		rest = slice_sub(rest, end + 1, rest.n);
	}
	return false;
}

/* PLOTD_OUTPUT gives --output, PLOTD_JSON=1 gives --json; a flag on the command line wins. */
static void from_environment(cli *c) {
	for (int i = 0; c->command->options[i].name; i++) {
		const cli_option *o = &c->command->options[i];
		char name[64];
		int n = snprintf(name, sizeof name, "PLOTD_%s", o->name);
		for (int k = 0; k < n && k < (int)sizeof name; k++)
			name[k] = (char)(name[k] == '-' ? '_' : toupper((unsigned char)name[k]));
		const char *value = getenv(name);
		if (!value || !*value || strcmp(value, "0") == 0) continue;
		if (strcmp(o->name, "no-policy") != 0) c->values[i] = value;
	}
}

typedef struct args {
	int n, at;
	char **v;
} args;

static bool next_value(args *a, const char *given, const char *shown, const char **value, err *e) {
	if (given) {
		*value = given;
		return true;
	}
	if (a->at >= a->n) return err_set(e, ERR_USAGE, "%s needs a value", shown);
	*value = a->v[a->at++];
	return true;
}

static bool take_own(cli *c, args *a, int i, const char *given, const char *shown, err *e) {
	if (c->command->options[i].value) return next_value(a, given, shown, &c->values[i], e);
	if (given) return err_set(e, ERR_USAGE, "%s takes no value", shown);
	c->values[i] = "";
	return true;
}

static bool take_long(cli *c, args *a, const char *arg, err *e) {
	slice whole = slice_of(arg + 2);
	slice name = slice_sub(whole, 0, slice_find(whole, '='));
	const char *given = name.n < whole.n ? name.p + name.n + 1 : NULL, *value = NULL;
	char flag[64];
	int own = find_option(c->command, name, 0);
	if (own >= 0) return take_own(c, a, own, given, arg, e);
	err_copy_text(flag, sizeof flag, name);
	const option *o = config_option(flag);
	if (!o || !in_groups(c->command->groups, o->group)) {
		err_set(e, ERR_USAGE, "plotd %s has no option --%s", c->command->name, flag);
		return err_hint(e, "See `plotd %s --help`.", c->command->name);
	}
	return next_value(a, given, arg, &value, e) && config_set(&c->config, flag, value, e);
}

static bool take_short(cli *c, args *a, const char *arg, err *e) {
	int own = find_option(c->command, SLICE(""), arg[1]);
	if (own >= 0) return take_own(c, a, own, arg[2] ? arg + 2 : NULL, arg, e);
	err_set(e, ERR_USAGE, "plotd %s has no option %s", c->command->name, arg);
	return err_hint(e, "See `plotd %s --help`.", c->command->name);
}

static bool take_one(cli *c, args *a, bool *help, bool *plain, err *e) {
	const char *arg = a->v[a->at++];
	if (!*plain && strcmp(arg, "--") == 0)
		*plain = true;
	else if (!*plain && (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0))
		*help = true;
	else if (!*plain && arg[0] == '-' && arg[1] == '-')
		return take_long(c, a, arg, e);
	else if (!*plain && arg[0] == '-' && arg[1])
		return take_short(c, a, arg, e);
	else
		c->operands[c->noperands++] = arg;
	return true;
}

bool cli_parse(cli *c, int argc, char **argv, bool *help, err *e) {
	args a = {.n = argc, .v = argv};
	bool plain = false;
	c->operands = calloc((size_t)argc + 1, sizeof *c->operands);
	if (!c->operands) return err_set(e, ERR_MEMORY, "out of memory");
	from_environment(c);
	while (a.at < a.n)
		if (!take_one(c, &a, help, &plain, e)) return false;
	if (*help || c->noperands >= c->command->least) return true;
	err_set(e, ERR_USAGE, "plotd %s needs %s", c->command->name, c->command->operands);
	return err_hint(e, "See `plotd %s --help`.", c->command->name);
}

static void help_line(buf *out, const char *left, const char *text, const char *more) {
	buf_printf(out, "  %-28s %s%s\n", left, text, more);
}

static void help_config(const command *m, buf *out) {
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const option *o = &OPTIONS[i];
		char left[64], more[128];
		if (!o->flag || !in_groups(m->groups, o->group)) continue;
		(void)snprintf(left, sizeof left, "--%s VALUE", o->flag);
		(void)snprintf(more, sizeof more, " [%s; %s]", *o->fallback ? o->fallback : "none", o->env);
		help_line(out, left, o->text, more);
	}
}

void cli_help(const command *m, buf *out) {
	buf_printf(out, "Usage: plotd %s %s%s[OPTION…]\n\n%s%s.\n", m->name, m->operands, *m->operands ? " " : "",
		   (char[]){(char)toupper((unsigned char)m->summary[0]), '\0'}, m->summary + 1);
	buf_adds(out, "\nOptions (each may also be set in the environment, as PLOTD_ and its name in capitals):\n");
	for (int i = 0; m->options[i].name; i++) {
		const cli_option *o = &m->options[i];
		char left[64], letter[8] = "";
		if (o->letter) (void)snprintf(letter, sizeof letter, "-%c, ", o->letter);
		(void)snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->value ? " " : "",
			       o->value ? o->value : "");
		help_line(out, left, o->text, "");
	}
	help_line(out, "-h, --help", "this text", "");
	if (*m->groups) {
		buf_adds(out, "\nConfiguration [default; environment variable]:\n");
		help_config(m, out);
	}
	if (m->examples) buf_printf(out, "\nExamples:\n  %s\n", m->examples);
}
