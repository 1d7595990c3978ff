#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

bool cli_print(slice text, err *e) {
	return write_all(STDOUT_FILENO, text, e) || err_wrap(e, "standard output");
}

/* A pipe has no size: it is copied to a memory file first. */
static int copy_to_memory(int from, const cancel *stop, err *e) {
	cleanup_close int to = memfd_new("input", e);
	enum { STEP = 1 << 16 };
	cleanup_free char *part = malloc(STEP);
	if (to < 0) return -1;
	if (!part) {
		err_set(e, ERR_MEMORY, "out of memory");
		return -1;
	}
	for (;;) {
		if (!wait_fd(from, POLLIN, stop, DEADLINE_NEVER, e)) return -1;
		ssize_t n = read(from, part, STEP);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) {
			err_errno(e, ERR_FILE, errno, "cannot read");
			return -1;
		}
		if (n == 0) return steal_fd(&to);
		if (!write_all(to, (slice){part, (size_t)n}, e)) return -1;
	}
}

static bool open_mapped(int fd, const cancel *stop, mapping *map, err *e) {
	struct stat st;
	if (fstat(fd, &st) < 0) return err_errno(e, ERR_FILE, errno, "cannot look at it");
	if (S_ISDIR(st.st_mode)) return err_set(e, ERR_FILE, "it is a directory");
	if (S_ISREG(st.st_mode)) return mapping_of(fd, map, e);
	cleanup_close int copy = copy_to_memory(fd, stop, e);
	return copy >= 0 && mapping_of(copy, map, e);
}

static const char *last_part(const char *path) {
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

bool cli_open(const char *path, const cancel *stop, cli_file *f, err *e) {
	bool standard = strcmp(path, "-") == 0;
	*f = (cli_file){.name = standard ? "stdin.csv" : last_part(path)};
	cleanup_close int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return err_errno(e, ERR_FILE, errno, "%s", standard ? "standard input" : path);
	return open_mapped(fd, stop, &f->map, e) || err_wrap(e, "%s", standard ? "standard input" : path);
}

void cli_close(cli_file *f) {
	mapping_free(&f->map);
}

typedef struct watch {
	cancel *stop;
	enum err_code reason;
} watch;

static void *wait_for_signals(void *arg) {
	watch w = *(watch *)arg;
	free(arg);
	sigset_t set;
	int number = 0;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGUSR2); /* signals_stop */
	while (sigwait(&set, &number) == 0 && number != SIGUSR2) cancel_set(w.stop, w.reason);
	return NULL;
}

bool signals_start(cancel *stop, enum err_code reason, pthread_t *thread, err *e) {
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGUSR2);
	watch *w = malloc(sizeof *w);
	if (!w) return err_set(e, ERR_MEMORY, "out of memory");
	*w = (watch){stop, reason};
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	int failed = pthread_create(thread, NULL, wait_for_signals, w);
	if (!failed) return true;
	free(w);
	return err_errno(e, ERR_MEMORY, failed, "cannot start a thread");
}

void signals_stop(pthread_t thread) {
	(void)pthread_kill(thread, SIGUSR2);
	(void)pthread_join(thread, NULL);
}

bool cli_open_files(cli *c, size_t first, cli_files *f, err *e) {
	f->open = calloc(c->noperands + 1, sizeof *f->open);
	f->files = calloc(c->noperands + 1, sizeof *f->files);
	if (!f->open || !f->files) return err_set(e, ERR_MEMORY, "out of memory");
	for (size_t i = first; i < c->noperands; i++) {
		cli_file *file = &f->open[f->n];
		if (!cli_open(c->operands[i], &c->stop, file, e)) return false;
		f->files[f->n++] = (frame_file){slice_of(file->name), mapping_slice(&file->map)};
	}
	return true;
}

void cli_close_files(cli_files *f) {
	for (size_t i = 0; i < f->n; i++) cli_close(&f->open[i]);
	free(f->open);
	free(f->files);
}
