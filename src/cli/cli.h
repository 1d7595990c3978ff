/* The command line: a table of commands, each with its own options; every
 * option of the configuration is a flag of the commands that use it. */
#ifndef PLOTD_CLI_CLI_H
#define PLOTD_CLI_CLI_H

#include "plot/plot.h"

#include <pthread.h>

typedef struct cli_option {
	const char *name;  /* "output" */
	char letter;       /* 'o', or 0 */
	const char *value; /* "FILE", or NULL for a switch */
	const char *text;
} cli_option;

typedef struct cli cli;

typedef struct command {
	const char *name, *operands, *summary;
	const cli_option *options; /* ends with a row without name */
	const char *groups;        /* blank-separated groups of the configuration whose flags it takes; "" none */
	const char *examples;      /* for --help; or NULL */
	size_t least;              /* operands it needs */
	bool (*run)(cli *c, err *e);
} command;

enum { CLI_OPTIONS_MAX = 12 };

struct cli {
	const command *command;
	config config;
	const char *values[CLI_OPTIONS_MAX]; /* by the option's place in its table; "" for a switch that is on */
	const char **operands;               /* owned, the strings are not */
	size_t noperands;
	cancel stop;   /* set by SIGINT and SIGTERM */
	int exit_code; /* what main returns when run gives true */
};

/* The option's value, or NULL where it was not given. */
const char *cli_value(const cli *c, const char *name);
static inline bool cli_has(const cli *c, const char *name) {
	return cli_value(c, name) != NULL;
}

/* Parses argv after the command's name into c. *help is set when --help was asked. ERR_USAGE. */
bool cli_parse(cli *c, int argc, char **argv, bool *help, err *e);
void cli_help(const command *m, buf *out);

/* All of it to standard output; ERR_FILE when nobody reads. */
bool cli_print(slice text, err *e);

/* A file of the command line: mapped, or read to its end when it is a pipe; "-" is standard input. */
typedef struct cli_file {
	mapping map;
	const char *name; /* the last part of the path; "stdin.csv" for "-" */
} cli_file;
bool cli_open(const char *path, const cancel *stop, cli_file *f, err *e);
void cli_close(cli_file *f);
/* All of the command's operands from `first` on. What is open when one cannot be opened is closed by cli_close_files
 * too.
 */
typedef struct cli_files {
	cli_file *open;
	frame_file *files; /* views of them */
	size_t n;
} cli_files;
bool cli_open_files(cli *c, size_t first, cli_files *f, err *e);
void cli_close_files(cli_files *f);

/* A thread that waits for SIGINT and SIGTERM and sets the token; signals are
 * blocked in all threads started after. */
bool signals_start(cancel *stop, enum err_code reason, pthread_t *thread, err *e);
void signals_stop(pthread_t thread);

/* What ask, run, serve and selftest need. Opens in order; service_close undoes what was opened. */
bool service_open(const cli *c, plot_service *s, bool with_model, err *e);
void service_close(plot_service *s);
/* Where plotly.min.js lies: PLOTD_PLOTLY_JS, else in the Python environment's plotly. */
bool find_plotly_js(const config *c, buf *path, err *e);

bool cmd_serve(cli *c, err *e);
bool cmd_ask(cli *c, err *e);
bool cmd_run(cli *c, err *e);
bool cmd_check(cli *c, err *e);
bool cmd_read(cli *c, err *e);
bool cmd_profile(cli *c, err *e);
bool cmd_prompt(cli *c, err *e);
bool cmd_config(cli *c, err *e);
bool cmd_doctor(cli *c, err *e);
bool cmd_selftest(cli *c, err *e);

extern const cli_option ask_options[], run_options[], check_options[], read_options_cli[], profile_options[],
    prompt_options[], config_options[], doctor_options[], serve_options[], selftest_options[];

#endif
