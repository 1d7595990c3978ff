/* Times frame_read without the profile: csv_read THREADS FILE…
 * Each line of standard input asks for one repetition, which answers with a line: milliseconds by the clock and of the
 * processor for all the files, each mapped and read to typed columns in memory. One file is read by all threads
 * together; of several each thread reads one at a time, as requests come to the service. */
#include "base/fd.h"
#include "data/crew.h"
#include "data/frame.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct work {
	char *const *paths;
	size_t n;
	unsigned threads; /* for each file */
	atomic_size_t next;
	atomic_bool failed;
} work;

static bool read_one(const char *path, unsigned threads, err *e) {
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	cleanup_mapping mapping map = {0};
	if (fd < 0) return err_set(e, ERR_FILE, "cannot open %s", path);
	if (!mapping_of(fd, &map, e)) return false;
	read_options o = {.name = path, .threads = threads, .no_profile = true, .unsealed = true};
	cleanup_frame frame *f = frame_read(mapping_slice(&map), &o, NULL, DEADLINE_NEVER, e);
	return f != NULL;
}

static void read_files(void *context, size_t worker) {
	work *w = context;
	(void)worker;
	for (size_t i; (i = atomic_fetch_add(&w->next, 1)) < w->n && !w->failed;) {
		err e = ERR_INIT;
		if (read_one(w->paths[i], w->threads, &e)) continue;
		(void)fprintf(stderr, "%s\n", e.message);
		w->failed = true;
	}
}

static int64_t cpu_ns(void) {
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int main(int argc, char **argv) {
	if (argc < 3) return 2;
	unsigned threads = (unsigned)strtoul(argv[1], NULL, 10);
	for (char line[16]; fgets(line, sizeof line, stdin);) {
		work w = {.paths = argv + 2, .n = (size_t)argc - 2};
		w.threads = w.n == 1 ? threads : 1;
		int64_t start = now_ns(), used = cpu_ns();
		crew_run(w.n == 1 ? 1 : threads, read_files, &w);
		if (w.failed) return 1;
		(void)printf("%.3f %.3f\n", ms_since(start), (double)(cpu_ns() - used) / 1e6);
		(void)fflush(stdout);
	}
	return 0;
}
