/* ask and run: a page from files, by a model or by code that is given. */
#include "cli/cli.h"
#include "plot/reply.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

#define OUTPUT_OPTIONS                                                                                                 \
	{"output", 'o', "FILE", "where the page goes; - is standard output (default: plot.html)"},                     \
	    {"open", 0, NULL, "open the page in the browser (xdg-open)"},                                              \
	    {"code", 0, NULL, "print the Python that ran"},                                                            \
	    {"json", 0, NULL, "print the answer as JSON, without the page"}, {                                         \
		"schema", 0, "JSON", "the tables' types, as the service takes them"                                    \
	}

const cli_option ask_options[] = {OUTPUT_OPTIONS,
				  {"provider", 0, "NAME", "gemini, openai, anthropic or rules"},
				  {"model", 0, "NAME", "the provider's model"},
				  {0}};
const cli_option run_options[] = {
    OUTPUT_OPTIONS,
    {"question", 0, "TEXT", "the page's heading"},
#ifdef PLOTD_HOSTILE
    {"no-policy", 0, NULL, "skip the policy check (root only; the sandbox must hold without it)"},
#endif
    {0}};

/* Progress on a terminal, one line that is written over. */
static void show_stage(void *context, enum plot_stage s, unsigned attempt) {
	static const char *const words[STAGE_COUNT] = {"reading the files", "writing the code", "running it",
						       "repairing the code", "making the page"};
	(void)context;
	if (attempt > 1)
		(void)fprintf(stderr, "\r\033[Kplotd: %s (attempt %u)…", words[s], attempt);
	else
		(void)fprintf(stderr, "\r\033[Kplotd: %s…", words[s]);
}

/* One line of text from outside, cut and without control characters, so that it stays one line. */
static void show_text(const char *what, slice text) {
	enum { SHOWN = 60 };
	char line[SHOWN + 1];
	text = slice_utf8_cut(slice_trim(text), SHOWN);
	for (size_t i = 0; i < text.n; i++) {
		unsigned char at = (unsigned char)text.p[i], next = i + 1 < text.n ? (unsigned char)text.p[i + 1] : 0;
		bool second_set = at == 0xC2 && next < 0xA0; /* U+0080 to U+009F: CSI as one character */
		line[i] = at < ' ' || at == 0x7F || second_set ? ' ' : (char)at;
		if (second_set && i + 1 < text.n) line[++i] = ' ';
	}
	if (text.n) (void)fprintf(stderr, "\r\033[Kplotd: %s%.*s", what, (int)text.n, line);
}

/* The model's reply as it comes: its last whole line. */
static void show_code(void *context, slice code) {
	buf *line = context;
	for (size_t i = 0; i < code.n; i++) {
		if (code.p[i] != '\n') {
			buf_addc(line, code.p[i]);
			continue;
		}
		show_text("writing: ", buf_slice(line));
		buf_clear(line);
	}
}

static void show_notice(void *context, slice sentence) {
	(void)context;
	show_text("", sentence);
}

static void end_progress(bool shown) {
	if (shown) (void)fputs("\r\033[K", stderr);
}

static bool write_page_to(int fd, const page *p, err *e) {
	return write_all(fd, buf_slice(&p->head), e) && write_all(fd, p->library, e) &&
	       write_all(fd, buf_slice(&p->tail), e);
}

/* Written beside its place and renamed: nobody sees half a page. */
static bool save_page(const char *path, const page *p, err *e) {
	char temporary[4096];
	if (strcmp(path, "-") == 0) return write_page_to(STDOUT_FILENO, p, e);
	int n = snprintf(temporary, sizeof temporary, "%s.part", path);
	if (n < 0 || n >= (int)sizeof temporary) return err_set(e, ERR_FILE, "the path of the page is too long");
	cleanup_close int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0) return err_errno(e, ERR_FILE, errno, "cannot write %s", path);
	if (write_page_to(fd, p, e) && rename(temporary, path) == 0) return true;
	if (e->code == ERR_NONE) err_errno(e, ERR_FILE, errno, "cannot write %s", path);
	(void)unlink(temporary);
	return false;
}

static void open_browser(const char *path) {
	extern char **environ;
	pid_t pid = 0;
	char *argv[] = {(char[]){"xdg-open"}, (char *)(uintptr_t)path, NULL};
	int failed = posix_spawnp(&pid, "xdg-open", NULL, NULL, argv, environ);
	if (failed)
		(void)fprintf(stderr, "plotd: no browser could be started (xdg-open): open %s yourself\n", path);
	else
		(void)waitpid(pid, NULL, 0);
}

static bool print_json(const plot_reply *r, const char *path, bool code, err *e) {
	cleanup_buf buf out = BUF_INIT((size_t)64 << 20);
	buf_addc(&out, '{');
	reply_members(r, (reply_include){.code = code}, NULL, &out);
	buf_adds(&out, ",\"output\":");
	buf_json(&out, slice_of(path), false);
	buf_adds(&out, "}\n");
	return buf_ok(&out) ? cli_print(buf_slice(&out), e) : err_set(e, ERR_MEMORY, "the answer is too large");
}

static bool print_result(const cli *c, const plot_reply *r, const char *path, err *e) {
	bool to_stdout = strcmp(path, "-") == 0;
	for (size_t i = 0; i < r->notices.n; i++) (void)fprintf(stderr, "plotd: note: %s\n", r->notices.text[i]);
	(void)fprintf(stderr, "plotd: wrote %s (%s, %.0f ms)\n", to_stdout ? "the page to standard output" : path,
		      slice_is(slice_of(r->engine), "rules")  ? "built-in rules"
		      : slice_is(slice_of(r->engine), "code") ? "your code"
							      : r->engine,
		      r->timings.total);
	if (to_stdout) return true;
	if (cli_has(c, "json")) return print_json(r, path, cli_has(c, "code"), e);
	if (!cli_has(c, "code")) return true;
	return cli_print(buf_slice(&r->code), e) &&
	       (slice_ends(buf_slice(&r->code), SLICE("\n")) || cli_print(SLICE("\n"), e));
}

static bool make(cli *c, const plot_service *s, const plot_request *q, err *e) {
	plot_reply reply;
	const char *path = cli_value(c, "output");
	bool shown = isatty(STDERR_FILENO);
	cleanup_buf buf line = BUF_INIT(4096);
	plot_hooks hooks = {show_stage, show_code, show_notice, &line};
	if (!path) path = "plot.html";
	if (strcmp(path, "-") == 0 && (cli_has(c, "json") || cli_has(c, "code")))
		return err_set(e, ERR_USAGE, "standard output takes one thing: the page (-o -), --code or --json");
	plot_reply_init(&reply, &c->config);
	bool ok =
	    plot_make(s, q, shown ? &hooks : NULL, &c->stop, deadline_in_ms((int64_t)c->config.request_ms), &reply, e);
	end_progress(shown);
	ok = ok && save_page(path, &reply.page, e) && print_result(c, &reply, path, e);
	plot_reply_free(&reply);
	if (ok && cli_has(c, "open") && strcmp(path, "-") != 0) open_browser(path);
	return ok;
}

bool cmd_ask(cli *c, err *e) {
	cli_files in = {0};
	plot_service service = {0};
	bool asked = slice_trim(slice_of(c->operands[0])).n || err_set(e, ERR_USAGE, "QUESTION is empty");
	bool ok = asked && cli_open_files(c, 1, &in, e) && service_open(c, &service, true, e);
	if (ok) {
		plot_request q = {.files = in.files,
				  .nfiles = in.n,
				  .question = slice_of(c->operands[0]),
				  .schema = slice_of(cli_value(c, "schema")),
				  .provider = cli_value(c, "provider"),
				  .model = cli_value(c, "model")};
		ok = make(c, &service, &q, e);
		service_close(&service);
	}
	cli_close_files(&in);
	return ok;
}

static bool may_skip_policy(const cli *c, err *e) {
	if (!cli_has(c, "no-policy") || geteuid() == 0) return true;
	return err_set(e, ERR_USAGE, "--no-policy is root's own");
}

bool cmd_run(cli *c, err *e) {
	cli_files in = {0};
	cli_file code = {0};
	plot_service service = {0};
	bool ok = may_skip_policy(c, e) && cli_open(c->operands[0], &c->stop, &code, e) && cli_open_files(c, 1, &in, e);
	if (ok && code.map.n == 0) ok = err_set(e, ERR_CODE_NO_FIGURE, "%s is empty", c->operands[0]);
	if (ok && code.map.n > c->config.code_max)
		ok = err_set(e, ERR_TOO_LARGE, "%s is over PLOTD_MAX_CODE", c->operands[0]);
	if (ok && service_open(c, &service, false, e)) {
		const char *question = cli_value(c, "question");
		plot_request q = {.files = in.files,
				  .nfiles = in.n,
				  .question = slice_of(question ? question : code.name),
				  .schema = slice_of(cli_value(c, "schema")),
				  .code = mapping_slice(&code.map),
				  .no_policy = cli_has(c, "no-policy")};
		ok = make(c, &service, &q, e);
		service_close(&service);
	} else
		ok = false;
	cli_close_files(&in);
	cli_close(&code);
	return ok;
}
