/* One table of every option: flag, environment variable, type, bounds,
 * default, text. `plotd config` prints it, README's table and the man page are
 * made from it, a test compares them. A row more is an option more.
 * Order of precedence: flag, environment, default. Set once in main. */
#ifndef PLOTD_BASE_CONFIG_H
#define PLOTD_BASE_CONFIG_H

#include "base/buf.h"

enum option_type {
	OPT_STRING, /* const char *, bounds ignored */
	OPT_ENUM,   /* const char *, one of `choices` separated by | */
	OPT_COUNT,  /* uint64_t, a plain number */
	OPT_BYTES,  /* uint64_t bytes; K, M, G (KiB, MiB, GiB) understood */
	OPT_MS,     /* uint64_t milliseconds; ms, s, m understood, plain is seconds */
	OPT_SECRET, /* const char *, never printed nor settable by flag */
};

typedef struct option {
	const char *group; /* heading: "service", "limits", "sandbox", "model", … */
	const char *env;   /* "PLOTD_PORT" */
	const char *flag;  /* "port", or NULL where only the environment sets it */
	enum option_type type;
	size_t offset; /* in struct config */
	uint64_t least, most;
	const char *fallback; /* the default as text */
	const char *choices;  /* OPT_ENUM only */
	const char *text;     /* one sentence for people, with the unit */
} option;

typedef struct config {
	/* service */
	const char *host;
	uint64_t port, requests_max, running_max, request_ms, shutdown_ms;
	const char *log_level;
	/* limits of a request */
	uint64_t files_max, upload_max, schema_max, question_max, code_max, figure_max, attempts_max;
	/* sandbox */
	const char *executor, *min_isolation, *runner, *python_home;
	uint64_t job_ms, job_memory, job_pids, job_cpus, spares;
	const char *docker_host, *docker_image;
	/* model */
	const char *llm, *llm_mode, *fallback, *privacy, *providers, *cache, *cache_dir;
	uint64_t llm_first_byte_ms, llm_ms;
	const char *gemini_key, *gemini_url, *gemini_model;
	const char *openai_key, *openai_url, *openai_model;
	const char *anthropic_key, *anthropic_url, *anthropic_model, *anthropic_auth;
	/* page */
	const char *theme, *plotly_js;
} config;

extern const option OPTIONS[];
extern const size_t OPTION_COUNT;

/* Fills from environment and defaults. Strings point into the environment or
 * the table: they live as long as the process. ERR_USAGE names the variable. */
bool config_load(config *c, err *e);
/* Sets one option by its flag name ("port") from the command line; `value` must outlive c. */
bool config_set(config *c, const char *flag, const char *value, err *e);
/* The option of this flag, or NULL. */
const option *config_option(const char *flag);
/* The value as people write it ("512M", "120s"); secrets as "set" or "". */
void config_value(const config *c, const option *o, buf *out);

#endif
