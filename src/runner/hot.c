/* Pages that every job writes to.
 *
 * A fork shares the zygote's memory until it writes; Python writes wherever it
 * reads, for it counts references. A plot copies some 3,000 pages that way, one
 * fault each, and the faults cost as much as the plot. Which pages those are
 * hardly differs from job to job. So a trial fork draws a few figures and then
 * looks which pages became its own (bit 56 of /proc/self/pagemap: mapped by
 * nobody else), and each spare copies just those ahead of its job, in bulk
 * (MADV_POPULATE_WRITE). It is no less work, but it is done while nobody waits.
 *
 * The rest is laid in huge pages where it fits (MADV_COLLAPSE): there is less
 * to copy in a fork and less to tear down at the end of a job. */
#include "runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1 */
#endif

enum { SPANS_MAX = 8192, REGIONS_MAX = 2048, GAP_PAGES = 1, PAGE = 4096 };
#define REGION_LARGEST ((uint64_t)1 << 30) /* reservations, of which little is in use */
#define ALONE ((uint64_t)1 << 56)
#define PRESENT ((uint64_t)1 << 63)

typedef struct span {
	uint64_t from, to; /* addresses, whole pages */
} span;

struct hot_pages {
	uint32_t n;
	span at[SPANS_MAX];
};

/* Private writable mappings of this process. */
static size_t find_regions(const runner *r, span *to) {
	char line[512], rights[8];
	int fd = openat(r->proc, "self/maps", O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	size_t n = 0;
	while (f && n < REGIONS_MAX && fgets(line, sizeof line, f)) {
		span s;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &s.from, &s.to, rights) != 3) continue;
		if (strcmp(rights, "rw-p") == 0 && s.to - s.from <= REGION_LARGEST && !strstr(line, "[stack]"))
			to[n++] = s;
	}
	if (f) (void)fclose(f);
	return n;
}

/* Adds a page, joined to the span before it when hardly anything lies between. */
static void add_page(struct hot_pages *h, uint64_t at) {
	span *last = h->n ? &h->at[h->n - 1] : NULL;
	if (last && at >= last->to && at - last->to <= GAP_PAGES * PAGE)
		last->to = at + PAGE;
	else if (h->n < SPANS_MAX)
		h->at[h->n++] = (span){at, at + PAGE};
}

static void scan_region(int pagemap, span s, struct hot_pages *h) {
	enum { STEP = 512 };
	uint64_t entries[STEP];
	for (uint64_t at = s.from; at < s.to; at += (uint64_t)STEP * PAGE) {
		ssize_t n = pread(pagemap, entries, sizeof entries, (off_t)(at / PAGE * sizeof *entries));
		for (ssize_t i = 0; i < n / (ssize_t)sizeof *entries; i++) {
			uint64_t page = at + (uint64_t)i * PAGE;
			if (page < s.to && (entries[i] & PRESENT) && (entries[i] & ALONE)) add_page(h, page);
		}
	}
}

static void rehearse(const runner *r, struct hot_pages *h) {
	static span regions[REGIONS_MAX]; /* of the trial fork alone */
	(void)prctl(PR_SET_DUMPABLE, 1);  /* or /proc/self/pagemap is root's */
	size_t n = find_regions(r, regions);
	cleanup_close int pagemap = openat(r->proc, "self/pagemap", O_RDONLY | O_CLOEXEC);
	if (pagemap < 0 || !python_rehearse()) return;
	for (size_t i = 0; i < n; i++) scan_region(pagemap, regions[i], h);
}

static void rehearse_in_fork(const runner *r, struct hot_pages *h) {
	python_before_fork();
	pid_t pid = fork_into(0, NULL);
	if (pid == 0) {
		python_after_fork(true);
		rehearse(r, h);
		_exit(0);
	}
	python_after_fork(false);
	if (pid > 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
}

/* What the trial fork wrote is kept as a copy: a page that jobs share would be where they meet. */
struct hot_pages *hot_find(const runner *r) {
	struct hot_pages *seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED) return NULL;
	rehearse_in_fork(r, seen);
	size_t size = offsetof(struct hot_pages, at) + seen->n * sizeof(span);
	struct hot_pages *h = malloc(size);
	if (h) memcpy(h, seen, size);
	(void)munmap(seen, sizeof *seen);
	return h;
}

void hot_copy(const struct hot_pages *h) {
	for (uint32_t i = 0; h && i < h->n; i++) {
		void *from = (void *)(uintptr_t)h->at[i].from;
		if (madvise(from, h->at[i].to - h->at[i].from, MADV_POPULATE_WRITE) < 0 && errno == EINVAL)
			return; /* old kernel */
	}
}

void hot_collapse(const runner *r) {
	span *regions = calloc(REGIONS_MAX, sizeof *regions);
	size_t n = regions ? find_regions(r, regions) : 0;
	for (size_t i = 0; i < n; i++) /* best effort: most are too small, and older kernels cannot */
		(void)madvise((void *)(uintptr_t)regions[i].from, regions[i].to - regions[i].from, MADV_COLLAPSE);
	free(regions);
}
