/* The files of a request. Small ones are read by several threads, a file each; a large one, after them, by all threads
 * together (pipeline.c). */
#include "data/crew.h"
#include "data/frame.h"

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
	options.name = name, options.threads = threads;
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

static bool stem_taken(frame *const *frames, size_t n, const char *stem) {
	for (size_t i = 0; i < n; i++)
		if (strcmp(frames[i]->stem, stem) == 0) return true;
	return false;
}

/* Makes the stems unique (sales, sales_2), with a notice. */
static bool name_all(frame *const *frames, size_t n, err *e) {
	for (size_t i = 1; i < n; i++) {
		if (!stem_taken(frames, i, frames[i]->stem)) continue;
		cleanup_buf buf name = BUF_INIT(4096);
		for (unsigned k = 2;; k++) {
			buf_clear(&name);
			buf_printf(&name, "%s_%u", frames[i]->stem, k);
			if (!buf_ok(&name)) return err_set(e, ERR_MEMORY, "out of memory while naming tables");
			if (!stem_taken(frames, n, buf_cstr(&name))) break;
		}
		char *stem = buf_steal(&name);
		if (!stem) return err_set(e, ERR_MEMORY, "out of memory while naming tables");
		notice(&frames[i]->notices, "%s is a second table of that name; code knows it as `%s`.",
		       frames[i]->name, stem);
		free(frames[i]->stem);
		frames[i]->stem = stem;
	}
	return true;
}

bool frames_read(const frame_file *files, size_t n, const read_options *o, frame **out, const cancel *c, deadline d,
		 err *e) {
	file_set s = {
	    .files = files, .n = n, .options = o, .cancel = c, .deadline = d, .out = out, .failed = n, .e = e};
	s.lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	for (size_t i = 0; i < n; i++) out[i] = NULL;
	crew_run(small_bytes(&s) < WORTH_A_THREAD ? 1 : o->threads, read_small, &s);
	for (size_t i = 0; i < n; i++)
		if (is_large(&s, i)) read_at(&s, i, o->threads);
	if (s.failed == n && name_all(out, n, e)) return true;
	for (size_t i = 0; i < n; i++) frame_freep(&out[i]);
	return false;
}
