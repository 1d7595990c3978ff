/* Where Python's memory lies.
 *
 * A fork copies a table entry for each page that the zygote has written, and a
 * huge page is one entry instead of 512. Huge pages are made of what lies
 * together (hot_collapse), and by itself Python's memory does not: its small
 * objects come in arenas of up to 1 MiB, each mapped where there was room, its
 * larger ones in mappings of their own. So arenas are cut from chunks of whole
 * huge pages, and malloc maps nothing apart below 32 MiB, which is where its own
 * moving threshold ends (mallopt(3), M_MMAP_THRESHOLD). */
#include "runner/runner.h"

#include <Python.h>
#include <malloc.h>
#include <sys/mman.h>

enum { HUGE = 2 << 20, CHUNK = 4 * HUGE };

/* Whole huge pages: what a mapping has before and behind them goes back. */
static char *chunk_new(void) {
	char *p = mmap(NULL, CHUNK + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) return NULL;
	size_t before = (size_t)(-(uintptr_t)p & (HUGE - 1));
	if (before) (void)munmap(p, before);
	if (before < HUGE) (void)munmap(p + before + CHUNK, HUGE - before);
	return p + before;
}

static void *arena_new(void *context, size_t n) {
	static char *at, *end; /* the rest of the last chunk */
	(void)context;
	if (n > CHUNK) return NULL;
	if ((size_t)(end - at) < n) {
		at = chunk_new();
		end = at ? at + CHUNK : NULL;
		if (!at) return NULL;
	}
	at += n;
	return at - n;
}

static void arena_free(void *context, void *p, size_t n) {
	(void)context;
	(void)munmap(p, n);
}

void memory_arrange(void) {
	enum { APART = 32 << 20 };
	PyObjectArenaAllocator arenas = {NULL, arena_new, arena_free};
	(void)mallopt(M_MMAP_THRESHOLD, APART);
	(void)mallopt(M_TRIM_THRESHOLD, 2 * APART); /* as malloc sets it for that threshold */
	PyObject_SetArenaAllocator(&arenas);
}
