#include "base/log.h"
#include "cli/cli.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

static const command commands[] = {
    {"serve", "", "answer over HTTP", serve_options, "service limits sandbox model page",
     "plotd serve --port 8000\n  PLOTD_LLM=rules plotd serve", 0, cmd_serve},
    {"ask", "\"QUESTION\" FILE…", "answer a question about CSV files with an interactive page", ask_options,
     "limits sandbox model page",
     "plotd ask \"total amount by region\" sales.csv -o plot.html\n  plotd ask \"how do tips differ by day\" - < "
     "tips.csv",
     2, cmd_ask},
    {"run", "CODE.py [FILE…]", "run plotting code on CSV files in the sandbox", run_options, "limits sandbox page",
     "plotd run chart.py sales.csv -o chart.html", 1, cmd_run},
    {"check", "CODE.py…", "check code against the policy; nothing runs", check_options, "sandbox",
     "plotd check chart.py other.py", 1, cmd_check},
    {"read", "FILE", "print a CSV file as clean CSV", read_options_cli, "", "plotd read export.csv > clean.csv", 1,
     cmd_read},
    {"profile", "FILE…", "tell what the columns of CSV files hold", profile_options, "", "plotd profile sales.csv", 1,
     cmd_profile},
    {"prompt", "\"QUESTION\" FILE…", "print what would be sent to the model, and its size in tokens", prompt_options,
     "model", "plotd prompt \"total amount by region\" sales.csv", 2, cmd_prompt},
    {"doctor", "", "check everything that can be wrong, with the remedy", doctor_options, "service sandbox model",
     "plotd doctor --json", 0, cmd_doctor},
    {"selftest", "", "make a real plot through each executor there is, with its timings", selftest_options,
     "limits sandbox", NULL, 0, cmd_selftest},
    {"config", "", "print every option with its value, default and environment variable", config_options,
     "service limits sandbox model page", "plotd config --markdown", 0, cmd_config},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_usage(buf *out) {
	buf_adds(
	    out,
	    "plotd answers questions about CSV files with interactive pages.\n\nUsage: plotd COMMAND [OPTION…]\n\n");
	for (size_t i = 0; i < COMMANDS; i++) buf_printf(out, "  %-8s  %s\n", commands[i].name, commands[i].summary);
	buf_adds(out, "\nplotd COMMAND --help tells a command's options. plotd --version tells the version.\n"
		      "Exit codes: 0 done, 1 doctor's warnings, 2 usage, 3 bad input, 4 refused or failed code, 5 "
		      "sandbox, 6 model,\n"
		      "7 a limit of time or load, 70 a bug of plotd, 130 cancelled.\n");
}

static const command *find_command(const char *name) {
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0) return &commands[i];
	return NULL;
}

/* Whether the message begins with the file's name. */
static bool names_file(const err *e) {
	return e->file[0] && slice_starts(slice_of(e->message), slice_of(e->file));
}

/* What is left to say behind the file and line. */
static const char *message_of(const err *e) {
	size_t n = strlen(e->file);
	bool twice = e->line && names_file(e) && strncmp(e->message + n, ": ", 2) == 0;
	return twice ? e->message + n + 2 : e->message;
}

static void add_where(buf *out, const err *e) {
	if (names_file(e) && !e->line) return;
	if (e->file[0]) buf_printf(out, "%s:", e->file);
	if (e->line) buf_printf(out, "%s%llu:", e->file[0] ? "" : "line ", (unsigned long long)e->line);
	if (e->column) buf_printf(out, "%llu:", (unsigned long long)e->column);
	if (e->file[0] || e->line) buf_addc(out, ' ');
}

/* `plotd … | head`: who reads has seen enough. */
static bool reader_gone(void) {
	struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
	return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

static int fail(const err *e) {
	if (e->code == ERR_CANCELLED && reader_gone()) return err_exit(e->code);
	cleanup_buf buf out = BUF_INIT(8192);
	buf_adds(&out, "plotd: ");
	add_where(&out, e);
	buf_printf(&out, "%s\n", message_of(e));
	if (e->text[0]) buf_printf(&out, "    %s\n", e->text);
	buf_printf(&out, "  %s [%s]\n", err_remedy(e), err_name(e->code));
	(void)fputs(buf_cstr(&out), stderr);
	return err_exit(e->code);
}

static int help(const command *m) {
	cleanup_buf buf out = BUF_INIT((size_t)1 << 20);
	err e = ERR_INIT;
	if (m)
		cli_help(m, &out);
	else
		print_usage(&out);
	return cli_print(buf_slice(&out), &e) ? 0 : fail(&e);
}

/* "auto" is none of the names: info for the service, warning for what prints to people. */
static enum log_level log_level_of(const cli *c) {
	static const char *const names[] = {"debug", "info", "warning", "error"};
	for (int i = LOG_DEBUG; i <= LOG_ERROR; i++)
		if (strcmp(names[i], c->config.log_level) == 0) return (enum log_level)i;
	return c->command->run == cmd_serve ? LOG_INFO : LOG_WARNING;
}

static int run(cli *c) {
	err e = ERR_INIT;
	pthread_t signals;
	enum err_code reason = c->command->run == cmd_serve ? ERR_STOPPING : ERR_CANCELLED;
	log_open(log_level_of(c));
	if (!cancel_init(&c->stop, &e)) return fail(&e);
	if (!signals_start(&c->stop, reason, &signals, &e)) {
		cancel_free(&c->stop);
		return fail(&e);
	}
	int code = c->command->run(c, &e) ? c->exit_code : fail(&e);
	signals_stop(signals);
	cancel_free(&c->stop);
	return code;
}

int main(int argc, char **argv) {
	err e = ERR_INIT;
	bool wants_help = false;
	const char *name = argc > 1 ? argv[1] : "--help";
	(void)signal(SIGPIPE, SIG_IGN);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* keys stay out of core dumps and /proc/PID/environ */
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
		return help(argc > 2 ? find_command(argv[2]) : NULL);
	if (strcmp(name, "--version") == 0) {
		(void)puts("plotd " PLOTD_VERSION);
		return 0;
	}
	cli c = {.command = find_command(name)};
	if (!c.command) {
		err_set(&e, ERR_USAGE, "there is no command %s", name);
		return fail(&e);
	}
	int code = 0;
	if (!config_load(&c.config, &e) || !cli_parse(&c, argc - 2, argv + 2, &wants_help, &e))
		code = fail(&e);
	else
		code = wants_help ? help(c.command) : run(&c);
	free(c.operands);
	return code;
}
