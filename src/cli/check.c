#include "cli/cli.h"

const cli_option check_options[] = {{0}};

/* PATH: ok, or PATH:LINE: RULE: sentence. */
static bool print_verdict(const char *path, const err *why, err *e) {
	cleanup_buf buf line = BUF_INIT(16384);
	if (why->code == ERR_NONE)
		buf_printf(&line, "%s: ok\n", path);
	else
		buf_printf(&line, "%s:%llu: %s: %s. %s\n", path, (unsigned long long)(why->line ? why->line : 1),
			   why->rule[0] ? why->rule : err_name(why->code), why->message, err_remedy(why));
	return cli_print(buf_slice(&line), e);
}

static bool is_verdict(enum err_code code) {
	return code == ERR_CODE_REFUSED || code == ERR_CODE_SYNTAX || code == ERR_CODE_MEMORY || code == ERR_CODE_TIME;
}

static bool check_one(cli *c, sandbox *s, const char *path, bool *refused, err *e) {
	cli_file file;
	sandbox_result result = {0};
	err why = ERR_INIT;
	if (!cli_open(path, &c->stop, &file, e)) return false;
	sandbox_job job = {.code = mapping_slice(&file.map), .check_only = true};
	bool ok = sandbox_run(s, &job, &c->stop, deadline_in_ms((int64_t)c->config.job_ms), &result, &why);
	sandbox_result_free(&result);
	cli_close(&file);
	if (!ok) *refused = true;
	if (!ok && !is_verdict(why.code)) {
		*e = why;
		return false;
	}
	return print_verdict(path, &why, e);
}

bool cmd_check(cli *c, err *e) {
	bool refused = false, ok = true;
	sandbox_options options = {.running = 1};
	sandbox *s = sandbox_open(&c->config, &options, &c->stop, e);
	if (!s) return false;
	for (size_t i = 0; ok && i < c->noperands; i++) ok = check_one(c, s, c->operands[i], &refused, e);
	sandbox_close(s);
	c->exit_code = refused ? 1 : 0;
	return ok;
}
