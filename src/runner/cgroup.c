/* Control groups, both versions. The keeper makes a directory of ours in each
 * hierarchy that it may write (v1: memory, pids, cpu; v2: one), a group a slot
 * in it, and opens what is needed later: the zygote has no cgroup file system
 * in its view, and a write to cgroup.procs is judged by who opened the file.
 * A job moves itself by writing "0". Groups are reused, one job after the
 * other; a new zygote gets new ones. */
#include "runner/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#define PROC "/proc/self"

/* A limit of a job and the files it is written to. `v1` names the hierarchy by its position in HIERARCHIES. */
enum { MEMORY, PIDS, CPU, HIERARCHIES_N };
static const struct {
	const char *controller;
	enum layer layer;
} HIERARCHIES[HIERARCHIES_N] = {{"memory", LAYER_MEMORY}, {"pids", LAYER_PIDS}, {"cpu", LAYER_CPU}};

typedef struct knob {
	unsigned hierarchy;
	const char *v1, *v2;
	char value[48];
	bool must;
} knob;
enum { KNOBS = 6 };

static void knobs_fill(const wire_hello *h, knob k[KNOBS]) {
	const knob all[KNOBS] = {{MEMORY, "memory.limit_in_bytes", "memory.max", "", true},
				 {MEMORY, "memory.memsw.limit_in_bytes", NULL, "", false}, /* where swap is counted */
				 {MEMORY, "memory.swappiness", "memory.swap.max", "0", false},
				 {MEMORY, NULL, "memory.oom.group", "1", false},
				 {PIDS, "pids.max", "pids.max", "", true},
				 {CPU, "cpu.cfs_quota_us", "cpu.max", "", true}};
	memcpy(k, all, sizeof all);
	(void)snprintf(k[0].value, sizeof k[0].value, "%" PRIu64, h->memory);
	(void)snprintf(k[1].value, sizeof k[1].value, "%" PRIu64, h->memory);
	(void)snprintf(k[4].value, sizeof k[4].value, "%" PRIu64, h->pids);
	/* The quota for the default period of 100 ms; v2 reads it before the period. */
	(void)snprintf(k[5].value, sizeof k[5].value, "%" PRIu64, h->cpus * 100000);
}

static int open_at(int dir, const char *name, int flags) {
	return dir < 0 ? -1 : openat(dir, name, flags | O_CLOEXEC);
}

/* Removes our directory `name` in `parent` with the groups in it; what still has members stays. */
static void remove_ours(int parent, const char *name) {
	cleanup_close int ours = open_at(parent, name, O_RDONLY | O_DIRECTORY);
	if (ours < 0) return;
	for (unsigned i = 0; i < WIRE_MAX_SLOTS; i++) {
		char slot[16];
		(void)snprintf(slot, sizeof slot, "%u", i);
		(void)unlinkat(ours, slot,
			       AT_REMOVEDIR); /* some may be gone: another look removed what was empty then */
	}
	(void)unlinkat(parent, name, AT_REMOVEDIR);
}

/* Whether nobody uses it any more: its keeper holds a lock on it for life. One just made and not yet locked has no
 * group in it, and its keeper lives. */
static bool is_stale(int parent, const char *name, pid_t pid) {
	cleanup_close int ours = open_at(parent, name, O_RDONLY | O_DIRECTORY);
	if (ours < 0 || flock(ours, LOCK_EX | LOCK_NB) < 0) return false;
	struct stat st;
	bool has_groups = fstat(ours, &st) == 0 && st.st_nlink > 2;
	return has_groups || (kill(pid, 0) < 0 && errno == ESRCH);
}

/* Runners that were killed could not tidy up. Their directories' names end in the keeper's pid. */
static void remove_stale(int parent) {
	int copy = open_at(parent, ".", O_RDONLY | O_DIRECTORY);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	if (!d) return close_fd(&copy);
	for (const struct dirent *entry; (entry = readdir(d));) {
		unsigned long long pid;
		slice name = slice_of(entry->d_name);
		if (!slice_starts(name, SLICE("plotd-")) || !slice_to_u64(slice_sub(name, 6, 20), &pid)) continue;
		if (is_stale(parent, entry->d_name, (pid_t)pid)) remove_ours(parent, entry->d_name);
	}
	(void)closedir(d);
}

static int make_in(int parent, const char *name) {
	if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST) return -1;
	return open_at(parent, name, O_RDONLY | O_DIRECTORY);
}

/* One group with its limits. errno number, 0 when done; limits that are no must may fail. */
static int make_group(int ours, const wire_hello *h, unsigned hierarchy, bool v2, unsigned n, cgroup_slot *s) {
	char name[16];
	knob k[KNOBS];
	knobs_fill(h, k);
	(void)snprintf(name, sizeof name, "%u", n);
	cleanup_close int group = make_in(ours, name);
	if (group < 0) return errno;
	for (size_t i = 0; i < KNOBS; i++) {
		const char *file = v2 ? k[i].v2 : k[i].v1;
		if (!file || (!v2 && k[i].hierarchy != hierarchy)) continue;
		int number = cgroup_write(group, file, k[i].value);
		if (number && k[i].must) return number;
	}
	s->procs[hierarchy] = open_at(group, v2 ? "cgroup.procs" : "tasks", O_WRONLY);
	if (s->procs[hierarchy] < 0) return errno;
	if (s->list < 0) s->list = open_at(group, "cgroup.procs", O_RDONLY);
	if (hierarchy != MEMORY) return 0;
	s->peak = open_at(group, v2 ? "memory.peak" : "memory.max_usage_in_bytes", O_RDWR);
	s->events = open_at(group, v2 ? "memory.events" : "memory.oom_control", O_RDONLY);
	return 0;
}

static int make_groups(runner *r, unsigned hierarchy, bool v2) {
	cgroups *g = &r->groups;
	g->parent[hierarchy] = v2 ? cgroup_v2_parent(PROC) : cgroup_v1_parent(PROC, HIERARCHIES[hierarchy].controller);
	if (g->parent[hierarchy] < 0) return errno;
	remove_stale(g->parent[hierarchy]);
	int ours = g->ours[hierarchy] = make_in(g->parent[hierarchy], g->name);
	if (ours < 0 || flock(ours, LOCK_EX) < 0) return errno; /* others hold it for a moment at most: is_stale */
	if (v2) cgroup_enable(ours);
	for (unsigned n = 0; n < g->n; n++) {
		int number = make_group(ours, &r->hello, hierarchy, v2, n, &g->slot[n]);
		if (number) return number;
	}
	return 0;
}

static void init_groups(runner *r) {
	cgroups *g = &r->groups;
	g->n = r->hello.slots + r->hello.spares;
	(void)snprintf(g->name, sizeof g->name, "plotd-%d", (int)getpid());
	for (unsigned i = 0; i < HIERARCHIES_N; i++) g->parent[i] = g->ours[i] = -1;
	for (unsigned i = 0; i < WIRE_MAX_SLOTS; i++) g->slot[i] = (cgroup_slot){{-1, -1, -1}, -1, -1, -1};
}

void cgroups_open(runner *r) {
	cgroups *g = &r->groups;
	init_groups(r);
	uint32_t all = LAYER_BIT(LAYER_MEMORY) | LAYER_BIT(LAYER_PIDS) | LAYER_BIT(LAYER_CPU);
	if (!(r->hello.without & all)) {
		int number = make_groups(r, MEMORY, true);
		g->v2 = number == 0;
		for (unsigned i = 0; g->v2 && i < HIERARCHIES_N; i++)
			layer_set(r, HIERARCHIES[i].layer, 0, "cgroup v2");
		if (g->v2) return;
		cgroups_remove(g);
		init_groups(r);
	}
	for (unsigned i = 0; i < HIERARCHIES_N; i++) {
		if (!wanted(r, HIERARCHIES[i].layer)) continue;
		int number = make_groups(r, i, false);
		layer_set(r, HIERARCHIES[i].layer, number, number ? "no control group to write to" : "cgroup v1");
		for (unsigned n = 0; number && n < g->n; n++) close_fd(&g->slot[n].procs[i]);
	}
}

void cgroups_leave(cgroups *g) {
	for (unsigned i = 0; i < HIERARCHIES_N; i++) {
		close_fd(&g->parent[i]);
		close_fd(&g->ours[i]);
	}
}

void cgroups_remove(cgroups *g) {
	for (unsigned i = 0; i < HIERARCHIES_N; i++) {
		if (g->parent[i] < 0) continue;
		remove_ours(g->parent[i], g->name);
		remove_stale(g->parent[i]); /* of one that died while we started: its jobs were still in it then */
		close_fd(&g->parent[i]);
		close_fd(&g->ours[i]);
	}
}

int cgroup_join(const cgroup_slot *s) {
	for (unsigned i = 0; i < HIERARCHIES_N; i++)
		if (s->procs[i] >= 0 && write(s->procs[i], "0", 1) < 0) return errno;
	return 0;
}

static size_t read_text(int fd, char *text, size_t size) {
	ssize_t n = fd < 0 ? -1 : pread(fd, text, size - 1, 0);
	text[n < 0 ? 0 : n] = 0;
	return n < 0 ? 0 : (size_t)n;
}

void cgroup_rewind(const cgroup_slot *s) {
	/* v1 takes any write, v2 (6.12 on) any too: the peak starts again from what is used now. */
	if (s->peak >= 0 && pwrite(s->peak, "0", 1, 0) < 0) return;
}

uint64_t cgroup_peak(const cgroup_slot *s) {
	char text[32];
	unsigned long long bytes;
	size_t n = read_text(s->peak, text, sizeof text);
	return slice_to_u64(slice_trim((slice){text, n}), &bytes) ? bytes : 0;
}

uint64_t cgroup_ooms(const cgroup_slot *s) {
	char text[512];
	size_t n = read_text(s->events, text, sizeof text);
	for (slice rest = {text, n}; rest.n;) {
		size_t end = slice_find(rest, '\n');
		slice line = slice_sub(rest, 0, end);
		unsigned long long count;
		if (slice_starts(line, SLICE("oom_kill ")) && slice_to_u64(slice_sub(line, 9, line.n), &count))
			return count;
		rest = slice_sub(rest, end + 1, rest.n);
	}
	return 0;
}

void cgroup_sweep(const cgroup_slot *s) {
	enum { ROUNDS = 100 }; /* a fork bomb whose members fork between two reads needs more than one */
	char text[4096];
	for (int i = 0; i < ROUNDS; i++) {
		size_t n = read_text(s->list, text, sizeof text);
		if (n == 0) return;
		for (slice rest = {text, n}; rest.n;) {
			size_t end = slice_find(rest, '\n');
			unsigned long long pid;
			if (slice_to_u64(slice_sub(rest, 0, end), &pid) && pid > 1) (void)kill((pid_t)pid, SIGKILL);
			rest = slice_sub(rest, end + 1, rest.n);
		}
		(void)usleep(1000); /* the kernel gives no event for an empty v1 group */
	}
}
