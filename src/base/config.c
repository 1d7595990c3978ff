#include "base/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The member's offset; does not compile where the member's type is not what
 * the row's type says it is. */
#define TEXT(member) (offsetof(config, member) + 0 * sizeof(_Generic(((config *)0)->member, const char * : 1)))
#define NUMBER(member) (offsetof(config, member) + 0 * sizeof(_Generic(((config *)0)->member, uint64_t : 1)))

enum { KIB = 1024, MIB = KIB * KIB, SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };
#define GIB ((uint64_t)KIB * MIB)

/* clang-format off */
const option OPTIONS[] = {
	/* group, environment, flag, type, member, least, most, default, choices, text */
	{"service", "PLOTD_HOST", "host", OPT_STRING, TEXT(host), 0, 0, "127.0.0.1", NULL,
	 "Address to listen on; 0.0.0.0 is every IPv4 address of the machine."},
	{"service", "PLOTD_PORT", "port", OPT_COUNT, NUMBER(port), 0, 65535, "8000", NULL,
	 "TCP port to listen on; 0 takes a free one."},
	{"service", "PLOTD_MAX_REQUESTS", "max-requests", OPT_COUNT, NUMBER(requests_max), 1, 65536, "256", NULL,
	 "Plot requests in flight; beyond them a request is answered 503."},
	{"service", "PLOTD_RUNNING", "running", OPT_COUNT, NUMBER(running_max), 0, 1024, "0", NULL,
	 "Jobs that run Python at a time; more wait in order. 0 is twice the processors."},
	{"service", "PLOTD_REQUEST_TIMEOUT", "request-timeout", OPT_MS, NUMBER(request_ms), 1 * SECOND, 24 * HOUR, "300s", NULL,
	 "Time that one request may take in all, its attempts included."},
	{"service", "PLOTD_SHUTDOWN", "shutdown", OPT_MS, NUMBER(shutdown_ms), 0, 1 * HOUR, "5s", NULL,
	 "Time given to requests in flight when the service is told to stop."},
	{"service", "PLOTD_LOG", "log", OPT_ENUM, TEXT(log_level), 0, 0, "auto", "auto|debug|info|warning|error",
	 "Least level that is logged; auto is info for `serve` and warning for every other command."},

	{"limits", "PLOTD_MAX_FILES", "max-files", OPT_COUNT, NUMBER(files_max), 1, 1000, "20", NULL,
	 "Files of one request."},
	{"limits", "PLOTD_MAX_UPLOAD", "max-upload", OPT_BYTES, NUMBER(upload_max), 1 * KIB, 64 * GIB, "256M", NULL,
	 "Size of all files of one request together."},
	{"limits", "PLOTD_MAX_SCHEMA", "max-schema", OPT_BYTES, NUMBER(schema_max), 2, 16 * MIB, "1M", NULL,
	 "Size of the schema of one request."},
	{"limits", "PLOTD_MAX_QUESTION", "max-question", OPT_BYTES, NUMBER(question_max), 1, 1 * MIB, "8K", NULL,
	 "Size of the question."},
	{"limits", "PLOTD_MAX_CODE", "max-code", OPT_BYTES, NUMBER(code_max), 1 * KIB, 1 * MIB, "64K", NULL,
	 "Size of the Python code that is run."},
	{"limits", "PLOTD_MAX_FIGURE", "max-figure", OPT_BYTES, NUMBER(figure_max), 1 * KIB, 1 * GIB, "50M", NULL,
	 "Size of the figures, as JSON, that the code may leave."},
	{"limits", "PLOTD_ATTEMPTS", "attempts", OPT_COUNT, NUMBER(attempts_max), 1, 10, "3", NULL,
	 "Times that code is asked for before the built-in rules take over."},

	{"sandbox", "PLOTD_EXECUTOR", "executor", OPT_ENUM, TEXT(executor), 0, 0, "auto", "auto|native|docker",
	 "What runs the code; auto is native at full isolation, else docker where there is an engine, else native."},
	{"sandbox", "PLOTD_MIN_ISOLATION", "min-isolation", OPT_ENUM, TEXT(min_isolation), 0, 0, "reduced", "none|reduced|full",
	 "Least isolation at which code is run; below it requests are refused."},
	{"sandbox", "PLOTD_RUNNER", "runner", OPT_STRING, TEXT(runner), 0, 0, "", NULL,
	 "Path of plotd-runner; empty is the one that was built or installed with plotd."},
	{"sandbox", "PLOTD_PYTHON_HOME", "python-home", OPT_STRING, TEXT(python_home), 0, 0, "", NULL,
	 "Virtual environment with pandas and plotly; empty is the one that was built or installed with plotd."},
	{"sandbox", "PLOTD_JOB_TIMEOUT", "job-timeout", OPT_MS, NUMBER(job_ms), 100, 24 * HOUR, "120s", NULL,
	 "Time that one run of the code may take."},
	{"sandbox", "PLOTD_JOB_MEMORY", "job-memory", OPT_BYTES, NUMBER(job_memory), 64 * MIB, 1024 * GIB, "512M", NULL,
	 "Memory that one run of the code may use."},
	{"sandbox", "PLOTD_JOB_PIDS", "job-pids", OPT_COUNT, NUMBER(job_pids), 1, 4096, "64", NULL,
	 "Processes and threads that one run of the code may have."},
	{"sandbox", "PLOTD_JOB_CPUS", "job-cpus", OPT_COUNT, NUMBER(job_cpus), 1, 256, "1", NULL,
	 "Processors that one run of the code may use."},
	{"sandbox", "PLOTD_SPARES", "spares", OPT_COUNT, NUMBER(spares), 0, 256, "2", NULL,
	 "Isolated processes or containers kept ready for the next jobs."},
	{"sandbox", "DOCKER_HOST", "docker-host", OPT_STRING, TEXT(docker_host), 0, 0, "unix:///var/run/docker.sock", NULL,
	 "Socket of the Docker engine, unix:// and an absolute path."},
	{"sandbox", "PLOTD_DOCKER_IMAGE", "docker-image", OPT_STRING, TEXT(docker_image), 0, 0, "plot-executor:latest", NULL,
	 "Image that the docker executor runs."},

	{"model", "PLOTD_LLM", "llm", OPT_ENUM, TEXT(llm), 0, 0, "auto", "auto|gemini|openai|anthropic|rules",
	 "Who writes the code; auto is the first of gemini, openai, anthropic with a key, else the built-in rules."},
	{"model", "PLOTD_LLM_MODE", "llm-mode", OPT_ENUM, TEXT(llm_mode), 0, 0, "code", "code|spec",
	 "What is asked of the model: Python code, or a chart specification, which suits small models."},
	{"model", "PLOTD_FALLBACK", "fallback", OPT_ENUM, TEXT(fallback), 0, 0, "rules", "rules|none",
	 "Who answers when the model fails: the built-in rules, with a notice, or nobody."},
	{"model", "PLOTD_PRIVACY", "privacy", OPT_ENUM, TEXT(privacy), 0, 0, "values", "values|types|names",
	 "What of the data a model is told: names, types and sample values; names and types; names only."},
	{"model", "PLOTD_PROVIDERS", "providers", OPT_STRING, TEXT(providers), 0, 0, "", NULL,
	 "Providers that a request may name, as provider or provider/model between commas; empty is the configured one and rules."},
	{"model", "PLOTD_CACHE", "cache", OPT_ENUM, TEXT(cache), 0, 0, "on", "on|off",
	 "Whether code is kept by question and profile, and run again on the new data."},
	{"model", "PLOTD_CACHE_DIR", "cache-dir", OPT_STRING, TEXT(cache_dir), 0, 0, "", NULL,
	 "Folder of the cache; empty is plotd in $XDG_CACHE_HOME or ~/.cache."},
	{"model", "PLOTD_LLM_FIRST_BYTE", "llm-first-byte", OPT_MS, NUMBER(llm_first_byte_ms), 100, 1 * HOUR, "60s", NULL,
	 "Time until the first byte of a model's answer."},
	{"model", "PLOTD_LLM_TIMEOUT", "llm-timeout", OPT_MS, NUMBER(llm_ms), 100, 24 * HOUR, "120s", NULL,
	 "Time of one model call in all."},
	{"model", "GEMINI_API_KEY", NULL, OPT_SECRET, TEXT(gemini_key), 0, 0, "", NULL,
	 "Key for Gemini."},
	{"model", "GEMINI_BASE_URL", "gemini-url", OPT_STRING, TEXT(gemini_url), 0, 0, "https://generativelanguage.googleapis.com", NULL,
	 "Where Gemini answers, without /v1beta."},
	{"model", "GEMINI_MODEL", "gemini-model", OPT_STRING, TEXT(gemini_model), 0, 0, "gemini-flash-latest", NULL,
	 "Model asked of Gemini."},
	{"model", "OPENAI_API_KEY", NULL, OPT_SECRET, TEXT(openai_key), 0, 0, "", NULL,
	 "Key for an OpenAI-compatible service."},
	{"model", "OPENAI_BASE_URL", "openai-url", OPT_STRING, TEXT(openai_url), 0, 0, "https://api.openai.com/v1", NULL,
	 "Where it answers, with /v1: also vLLM, llama.cpp, Ollama, OpenRouter."},
	{"model", "OPENAI_MODEL", "openai-model", OPT_STRING, TEXT(openai_model), 0, 0, "gpt-5-mini", NULL,
	 "Model asked of it."},
	{"model", "ANTHROPIC_API_KEY", NULL, OPT_SECRET, TEXT(anthropic_key), 0, 0, "", NULL,
	 "Key for Anthropic."},
	{"model", "ANTHROPIC_BASE_URL", "anthropic-url", OPT_STRING, TEXT(anthropic_url), 0, 0, "https://api.anthropic.com", NULL,
	 "Where Anthropic answers, without /v1."},
	{"model", "ANTHROPIC_MODEL", "anthropic-model", OPT_STRING, TEXT(anthropic_model), 0, 0, "claude-sonnet-4-5", NULL,
	 "Model asked of Anthropic."},
	{"model", "PLOTD_ANTHROPIC_AUTH", "anthropic-auth", OPT_ENUM, TEXT(anthropic_auth), 0, 0, "x-api-key", "x-api-key|bearer",
	 "Header that carries the key to Anthropic: x-api-key, or Authorization: Bearer."},

	{"page", "PLOTD_THEME", "theme", OPT_ENUM, TEXT(theme), 0, 0, "auto", "auto|light|dark",
	 "Colours of the page; auto follows the reader's system."},
	{"page", "PLOTD_PLOTLY_JS", "plotly-js", OPT_STRING, TEXT(plotly_js), 0, 0, "", NULL,
	 "Path of plotly.min.js; empty is the one in the plotly package."},
};
/* clang-format on */

const size_t OPTION_COUNT = sizeof OPTIONS / sizeof *OPTIONS;

/* Largest first within a type, so that a value is written with the first that divides it. */
static const struct suffix {
	enum option_type type;
	const char *text;
	uint64_t factor;
} suffixes[] = {
    {OPT_BYTES, "G", KIB *(uint64_t)MIB},
    {OPT_BYTES, "M", MIB},
    {OPT_BYTES, "K", KIB},
    {OPT_BYTES, "", 1},
    {OPT_MS, "s", SECOND},
    {OPT_MS, "ms", 1},
    /* understood, never written */
    {OPT_BYTES, "GiB", KIB *(uint64_t)MIB},
    {OPT_BYTES, "MiB", MIB},
    {OPT_BYTES, "KiB", KIB},
    {OPT_MS, "m", MINUTE},
    {OPT_MS, "h", HOUR},
    {OPT_MS, "", SECOND},
    {OPT_COUNT, "", 1},
};
enum { SUFFIXES = sizeof suffixes / sizeof *suffixes };

static bool is_text(const option *o) {
	return o->type == OPT_STRING || o->type == OPT_ENUM || o->type == OPT_SECRET;
}

static bool parse_number(enum option_type type, slice text, uint64_t *out) {
	size_t digits = 0;
	while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9') digits++;
	unsigned long long n;
	if (!slice_to_u64(slice_sub(text, 0, digits), &n)) return false;
	slice rest = slice_sub(text, digits, text.n);
	for (size_t i = 0; i < SUFFIXES; i++) {
		const struct suffix *s = &suffixes[i];
		if (s->type != type || !slice_eq_nocase(rest, slice_of(s->text))) continue;
		return !__builtin_mul_overflow((uint64_t)n, s->factor, out);
	}
	return false;
}

static void print_number(enum option_type type, uint64_t n, buf *out) {
	for (size_t i = 0; i < SUFFIXES; i++) {
		const struct suffix *s = &suffixes[i];
		if (s->type != type || n % s->factor || (n == 0 && s->factor > SECOND)) continue;
		buf_printf(out, "%" PRIu64 "%s", n / s->factor, s->text);
		return;
	}
}

static bool is_choice(const option *o, slice value) {
	slice left = slice_of(o->choices);
	while (left.n) {
		size_t bar = slice_find(left, '|');
		if (slice_eq(slice_sub(left, 0, bar), value)) return true;
		left = slice_sub(left, bar + 1, left.n);
	}
	return false;
}

static const char *const EXPECTED[] = {
    [OPT_COUNT] = "a whole number",
    [OPT_BYTES] = "a size in bytes, or with K, M or G behind it,",
    [OPT_MS] = "a time in seconds, or with ms, s, m or h behind it,",
};

/* `who` is the variable or flag as the person wrote it. */
static bool refuse(const option *o, const char *who, const char *value, err *e) {
	if (o->type == OPT_ENUM) {
		err_set(e, ERR_USAGE, "%s is \"%s\"; it must be one of %s.", who, value, o->choices);
	} else {
		cleanup_buf buf bounds = BUF_INIT(128);
		print_number(o->type, o->least, &bounds);
		buf_adds(&bounds, " to ");
		print_number(o->type, o->most, &bounds);
		err_set(e, ERR_USAGE, "%s is \"%s\"; it must be %s from %s.", who, value, EXPECTED[o->type],
			buf_cstr(&bounds));
	}
	err_copy(e->field, slice_of(who));
	return err_hint(e, "Correct %s; `plotd config` lists every option.", who);
}

static bool assign(config *c, const option *o, const char *who, const char *value, err *e) {
	char *at = (char *)c + o->offset;
	if (is_text(o)) {
		if (o->type == OPT_ENUM && !is_choice(o, slice_of(value))) return refuse(o, who, value, e);
		memcpy(at, &value, sizeof value);
		return true;
	}
	uint64_t n;
	if (!parse_number(o->type, slice_of(value), &n) || n < o->least || n > o->most) return refuse(o, who, value, e);
	memcpy(at, &n, sizeof n);
	return true;
}

bool config_load(config *c, err *e) {
	*c = (config){0};
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const option *o = &OPTIONS[i];
		const char *value = getenv(o->env);
		/* Compose and systemd hand over an unset variable as an empty one. */
		if (!value || !value[0]) value = o->fallback;
		if (!assign(c, o, o->env, value, e)) return false;
	}
	return true;
}

const option *config_option(const char *flag) {
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (OPTIONS[i].flag && slice_is(slice_of(flag), OPTIONS[i].flag)) return &OPTIONS[i];
	return NULL;
}

bool config_set(config *c, const char *flag, const char *value, err *e) {
	char who[64];
	const option *o = config_option(flag);
	(void)snprintf(who, sizeof who, "--%s", flag);
	if (!o) return err_set(e, ERR_USAGE, "There is no option %s.", who);
	return assign(c, o, who, value, e);
}

void config_value(const config *c, const option *o, buf *out) {
	const char *at = (const char *)c + o->offset;
	if (is_text(o)) {
		const char *value;
		memcpy(&value, at, sizeof value);
		buf_adds(out, o->type == OPT_SECRET && value[0] ? "set" : value);
		return;
	}
	uint64_t n;
	memcpy(&n, at, sizeof n);
	print_number(o->type, n, out);
}
