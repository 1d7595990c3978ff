/* The files of a request. Small ones are read by several threads, a file each; a large one, after them, by all threads
 * together (pipeline.c). */
#include "data/crew.h"
#include "data/frame.h"
#include "data/names.h"

#include "base/fd.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { WORTH_A_THREAD = 128 << 10 }; /* bytes of small files: a millisecond */

typedef struct file_set {
	const frame_file *files;
	size_t n;
	const read_options *options;
	const cancel *cancel;
	deadline deadline;
	frame **out;
	char **stems;               /* owned */
	atomic_size_t next, failed; /* failed: the first file that could not be read, or n */
	pthread_mutex_t lock;       /* of `failed` and *e */
	err *e;
} file_set;

static bool is_large(const file_set *s, size_t i) {
	return s->files[i].text.n > FRAME_LARGE;
}

/* Files are begun in order, so those before one that failed are read, and the error is always that of the first. */
static void give_up(file_set *s, size_t i, const err *e) {
	(void)pthread_mutex_lock(&s->lock);
	if (i < s->failed) {
		s->failed = i;
		*s->e = *e;
	}
	(void)pthread_mutex_unlock(&s->lock);
}

static void read_at(file_set *s, size_t i, unsigned threads) {
	read_options options = *s->options;
	err e = ERR_INIT;
	if (i > s->failed) return;
	cleanup_free char *name = slice_dup(s->files[i].name);
	options.name = name, options.stem = s->stems[i], options.threads = threads;
	if (name)
		s->out[i] = frame_read(s->files[i].text, &options, s->cancel, s->deadline, &e);
	else
		(void)err_set(&e, ERR_MEMORY, "out of memory");
	if (!s->out[i]) give_up(s, i, &e);
}

static void read_small(void *context, size_t worker) {
	file_set *s = context;
	(void)worker;
	for (size_t i; (i = atomic_fetch_add(&s->next, 1)) < s->n;)
		if (!is_large(s, i)) read_at(s, i, 1);
}

static size_t small_bytes(const file_set *s) {
	size_t sum = 0;
	for (size_t i = 0; i < s->n; i++) sum += is_large(s, i) ? 0 : s->files[i].text.n;
	return sum;
}

static bool is_taken(const file_set *s, size_t n, const char *stem) {
	for (size_t i = 0; i < n; i++)
		if (strcmp(s->stems[i], stem) == 0) return true;
	return false;
}

static bool make_stem(file_set *s, size_t i) {
	cleanup_free char *name = slice_dup(s->files[i].name), *safe = NULL;
	return name && file_names(name, &safe, &s->stems[i]);
}

/* sales, sales_2, … */
static bool number_stem(file_set *s, size_t i) {
	cleanup_buf buf stem = BUF_INIT(4096);
	for (unsigned k = 2; !stem.n || is_taken(s, s->n, buf_cstr(&stem)); k++) {
		buf_clear(&stem);
		buf_printf(&stem, "%s_%u", s->stems[i], k);
		if (!buf_ok(&stem)) return false;
	}
	free(s->stems[i]);
	s->stems[i] = buf_steal(&stem);
	return s->stems[i] != NULL;
}

/* Before the files are read: a sealed frame holds its stem. */
static bool name_all(file_set *s) {
	s->stems = calloc(s->n + 1, sizeof *s->stems);
	if (!s->stems) return false;
	for (size_t i = 0; i < s->n; i++)
		if (!make_stem(s, i)) return false;
	for (size_t i = 1; i < s->n; i++)
		if (is_taken(s, i, s->stems[i]) && !number_stem(s, i)) return false;
	return true;
}

static void free_stems(file_set *s) {
	for (size_t i = 0; s->stems && i < s->n; i++) free(s->stems[i]);
	free(s->stems);
}

static void read_all(file_set *s) {
	unsigned threads = s->options->threads;
	crew_run(small_bytes(s) < WORTH_A_THREAD ? 1 : threads, read_small, s);
	for (size_t i = 0; i < s->n; i++)
		if (is_large(s, i)) read_at(s, i, threads);
}

bool frames_read(const frame_file *files, size_t n, const read_options *o, frame **out, const cancel *c, deadline d,
		 err *e) {
	file_set s = {
	    .files = files, .n = n, .options = o, .cancel = c, .deadline = d, .out = out, .failed = n, .e = e};
	s.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	for (size_t i = 0; i < n; i++) out[i] = NULL;
	bool named = name_all(&s);
	if (named)
		read_all(&s);
	else
		(void)err_set(e, ERR_MEMORY, "out of memory while naming tables");
	free_stems(&s);
	if (named && s.failed == n) return true;
	for (size_t i = 0; i < n; i++) frame_freep(&out[i]);
	return false;
}
