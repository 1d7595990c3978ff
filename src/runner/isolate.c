/* The set-up of a job: a table of steps, carried out in order by the fresh
 * fork before it takes its message. What each layer is for and what to do when
 * it is missing stands in sandbox/layers.c; this file is how.
 *
 * The order is forced: mounts and ids need privileges, so capabilities go
 * after them; Landlock and seccomp need no_new_privs; seccomp forbids most of
 * what the others do, so it is last. The namespaces themselves come with the
 * fork (clone3, zygote.c), all but the user namespace: by entering that one
 * last the job loses all power over the others, which then belong to its
 * parent's. */
#include "runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

typedef int apply(const runner *r, unsigned slot); /* errno number or 0 */

typedef struct step {
	enum layer layer;
	const char *name; /* of what is done, for the message when it fails */
	apply *apply;
} step;

/* Parent and child may be of different user namespaces: the signal is for level reduced, where no pid namespace ends
 * the job with its zygote. */
static int die_with_parent(const runner *r, unsigned slot) {
	(void)r, (void)slot;
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? errno : 0;
}

static int join_cgroup(const runner *r, unsigned slot) {
	return cgroup_join(&r->groups.slot[slot]);
}

/* The killer looks here first when a group is out of memory, at our own processes last. */
static int offer_to_oom(const runner *r, unsigned slot) {
	(void)slot;
	/* The zygote changed its ids, and so /proc/self belongs to root until it may be dumped again (proc(5)). */
	if (prctl(PR_SET_DUMPABLE, 1) < 0) return errno;
	cleanup_close int fd = openat(r->proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0) return errno;
	return write(fd, "1000", 4) < 0 ? errno : 0;
}

/* After joining: the group of the slot becomes the root of what the job could see. */
static int enter_cgroup_namespace(const runner *r, unsigned slot) {
	(void)r, (void)slot;
	return unshare(CLONE_NEWCGROUP) < 0 ? errno : 0;
}

static int name_host(const runner *r, unsigned slot) {
	(void)r, (void)slot;
	if (sethostname("plotd", 5) < 0) return errno;
	return setdomainname("", 0) < 0 ? errno : 0;
}

/* 16 MiB in 256 files: enough for a scratch file, little next to the memory limit that it counts against. */
static int mount_tmpfs(const runner *r, unsigned slot) {
	(void)r, (void)slot;
	const char *options = "mode=1777,size=16m,nr_inodes=256";
	if (mount("job", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) < 0) return errno;
	return chdir("/tmp") < 0 ? errno : 0;
}

static int change_ids(const runner *r, unsigned slot) {
	if (!r->root) return 0;
	uid_t id = (r->owns_ids ? 0 : UID_BASE) + 1 + slot;
	if (setgroups(0, NULL) < 0) return errno;
	if (setresgid(id, id, id) < 0 || setresuid(id, id, id) < 0) return errno;
	return 0;
}

static int write_proc(const runner *r, const char *name, const char *text) {
	cleanup_close int fd = openat(r->proc, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0) return errno;
	return write(fd, text, strlen(text)) < 0 ? errno : 0;
}

static int enter_user_namespace(const runner *r, unsigned slot) {
	(void)slot;
	char map[48];
	uid_t uid = geteuid();
	gid_t gid = getegid();
	if (prctl(PR_SET_DUMPABLE, 1) < 0 || unshare(CLONE_NEWUSER) < 0) return errno;
	(void)snprintf(map, sizeof map, "1000 %u 1", uid);
	int number = write_proc(r, "self/uid_map", map);
	if (number) return number;
	(void)write_proc(r, "self/setgroups", "deny"); /* already so in a nested namespace */
	(void)snprintf(map, sizeof map, "1000 %u 1", gid);
	return write_proc(r, "self/gid_map", map);
}

static int limit(int resource, uint64_t value) {
	struct rlimit now, to = {value, value};
	if (getrlimit((__rlimit_resource_t)resource, &now) < 0) return errno;
	if (now.rlim_max < to.rlim_max) to.rlim_cur = to.rlim_max = now.rlim_max;
	return setrlimit((__rlimit_resource_t)resource, &to) < 0 ? errno : 0;
}

/* What Python may add to what the zygote has. Where a cgroup counts, the limit
 * is for single requests that are absurd: they get a MemoryError at once. */
static uint64_t data_of(const runner *r) {
	bool counted = r->layers[LAYER_MEMORY].state == LAYER_ON || r->hello.memory_held;
	return counted ? 2 * r->hello.memory : r->hello.memory;
}

/* mprotect(2) looks at RLIMIT_DATA only while RLIMIT_AS still has room for the same again: whoever reserves all the
 * address space there is may then write to all of it. So the room is hardly larger than the data may be. */
static uint64_t space_of(const runner *r) {
	enum { MAPPED_FILES = 32 << 20 };
	return r->as_now + data_of(r) + r->frames_next + MAPPED_FILES;
}

/* Threads are counted by user. A user of its own, or a user namespace, has the job's alone; else all that the machine
 * has stand for those that are the user's already (proc(5): "running/all" in loadavg). */
static uint64_t threads_of(const runner *r) {
	char text[128];
	unsigned long long all = 0;
	if (r->layers[LAYER_UID].state == LAYER_ON || r->layers[LAYER_USER].state == LAYER_ON) return r->hello.pids;
	cleanup_close int fd = openat(r->proc, "loadavg", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	text[n < 0 ? 0 : n] = 0;
	return sscanf(text, "%*s %*s %*s %*u/%llu", &all) == 1 ? all + r->hello.pids : RLIM_INFINITY;
}

static int set_rlimits(const runner *r, unsigned slot) {
	(void)slot;
	const wire_hello *h = &r->hello;
	uint64_t seconds = h->wall_ms ? h->cpus * (h->wall_ms / 1000 + 1) + 1 : RLIM_INFINITY;
	const struct {
		int resource;
		uint64_t value;
	} LIMITS[] = {{RLIMIT_DATA, r->data_now + data_of(r)},
		      {RLIMIT_AS, space_of(r)},
		      {RLIMIT_FSIZE, h->result_max},
		      {RLIMIT_NPROC, threads_of(r)},
		      {RLIMIT_STACK, 8u << 20},
		      {RLIMIT_CPU, seconds},
		      {RLIMIT_CORE, 0},
		      {RLIMIT_MEMLOCK, 0},
		      {RLIMIT_MSGQUEUE, 0},
		      {RLIMIT_SIGPENDING, 64},
		      {RLIMIT_NICE, 0},
		      {RLIMIT_RTPRIO, 0},
		      {RLIMIT_LOCKS, 16}};
	for (size_t i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++) {
		int number = limit(LIMITS[i].resource, LIMITS[i].value);
		if (number) return number;
	}
	return 0;
}

/* The bounding set goes twice: for root's own namespace before the change of ids takes the power to do so, and for the
 * namespace of the job, which begins with a full one (user_namespaces(7)). An ordinary user may not, and has none. */
static int drop_bounds(const runner *r, unsigned slot) {
	(void)r, (void)slot;
	for (int cap = 0; cap <= 63; cap++)
		if (prctl(PR_CAPBSET_READ, cap) == 1 && prctl(PR_CAPBSET_DROP, cap) < 0 && errno != EPERM) return errno;
	return 0;
}

static int drop_capabilities(const runner *r, unsigned slot) {
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {{0}};
	int number = drop_bounds(r, slot);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (!number && syscall(SYS_capset, &head, none) < 0) number = errno;
	return number;
}

static int no_new_privileges(const runner *r, unsigned slot) {
	(void)r, (void)slot;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? errno : 0;
}

static int enter_landlock(const runner *r, unsigned slot) {
	(void)slot;
	return landlock_enter(r);
}

/* Standard streams go nowhere; JOB_FD and WRITTEN_FD stay; nothing else may be open. */
static int close_descriptors(const runner *r, unsigned slot) {
	(void)slot;
	for (int fd = 0; fd < JOB_FD; fd++)
		if (dup2(r->null, fd) < 0) return errno;
	if (dup2(r->written_next, WRITTEN_FD) < 0) return errno;
	if (syscall(SYS_close_range, WRITTEN_FD + 1, ~0u, 0) < 0) return errno;
	return fcntl(WRITTEN_FD + 1, F_GETFD) == -1 && errno == EBADF ? 0 : EMFILE;
}

/* Not earlier: the zygote holds more than these, the more the more jobs it runs, and steps above open files. */
static int bound_descriptors(const runner *r, unsigned slot) {
	(void)r, (void)slot;
	return limit(RLIMIT_NOFILE, 128);
}

static int forbid_dumps(const runner *r, unsigned slot) {
	(void)r, (void)slot;
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? errno : 0;
}

static int enter_seccomp(const runner *r, unsigned slot) {
	(void)slot;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &r->filter) < 0 ? errno : 0;
}

static const step STEPS[] = {
    {LAYER_COUNT, "offer to the memory killer", offer_to_oom},
    {LAYER_COUNT, "join the control groups", join_cgroup},
    {LAYER_CGROUP_NS, "enter the cgroup namespace", enter_cgroup_namespace},
    {LAYER_UTS, "name the host", name_host},
    {LAYER_TMPFS, "mount the scratch directory", mount_tmpfs},
    {LAYER_CAPS, "bound the capabilities", drop_bounds},
    {LAYER_UID, "change the user id", change_ids},
    {LAYER_USER, "enter the user namespace", enter_user_namespace},
    {LAYER_COUNT, "die with the parent", die_with_parent}, /* a change of ids forgets it (prctl(2)) */
    {LAYER_RLIMITS, "set the rlimits", set_rlimits},
    {LAYER_CAPS, "drop the capabilities", drop_capabilities},
    {LAYER_NNP, "give up new privileges", no_new_privileges},
    {LAYER_LANDLOCK, "enter Landlock", enter_landlock},
    {LAYER_FDS, "close the descriptors", close_descriptors},
    {LAYER_RLIMITS, "bound the descriptors", bound_descriptors},
    {LAYER_COUNT, "forbid dumps", forbid_dumps},
    {LAYER_SECCOMP, "enter seccomp", enter_seccomp},
};
enum { STEPS_N = sizeof STEPS / sizeof *STEPS };

/* Steps that serve several layers, or none that can be switched off, are always taken. */
static bool taken(const runner *r, const step *s) {
	return s->layer == LAYER_COUNT || r->layers[s->layer].state == LAYER_ON;
}

bool isolate(const runner *r, unsigned slot, const char **failed) {
	for (size_t i = 0; i < STEPS_N; i++) {
		if (!taken(r, &STEPS[i])) continue;
		int number = STEPS[i].apply(r, slot);
		if (number) return *failed = STEPS[i].name, errno = number, false;
	}
	return true;
}

void isolate_try(const runner *r, wire_layer *found) {
	for (size_t i = 0; i < STEPS_N; i++) {
		enum layer l = STEPS[i].layer; /* LAYER_COUNT: a place of its own at the end of `found` */
		if (l != LAYER_COUNT && (!wanted(r, l) || r->layers[l].state == LAYER_MISSING)) continue;
		int number = STEPS[i].apply(r, 0);
		if (found[l].state == LAYER_MISSING) continue;
		found[l] = (wire_layer){.state = number ? LAYER_MISSING : LAYER_ON, .number = number};
		if (number) (void)snprintf(found[l].detail, sizeof found[l].detail, "cannot %s", STEPS[i].name);
	}
}
