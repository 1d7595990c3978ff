/* Which layers hold here, found by doing: each namespace is made once, then a
 * throwaway fork takes every step of the set-up and tries what must be
 * forbidden. A layer that was put up but did not hold counts as missing. */
#include "runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

void layer_set(runner *r, enum layer l, int number, const char *detail) {
	r->layers[l] = (wire_layer){.state = number ? LAYER_MISSING : LAYER_ON, .number = number};
	(void)snprintf(r->layers[l].detail, sizeof r->layers[l].detail, "%s", detail);
}

static const struct {
	enum layer layer;
	uint64_t flag;
} NAMESPACES[] = {{LAYER_MOUNT, CLONE_NEWNS}, {LAYER_PID, CLONE_NEWPID}, {LAYER_NET, CLONE_NEWNET},
		  {LAYER_IPC, CLONE_NEWIPC},  {LAYER_UTS, CLONE_NEWUTS}, {LAYER_CGROUP_NS, CLONE_NEWCGROUP}};

static int fork_works(uint64_t flag) {
	pid_t pid = fork_into(flag, NULL);
	if (pid == 0) _exit(0);
	if (pid < 0) return errno;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
	return 0;
}

void probe_namespaces(runner *r) {
	for (size_t i = 0; i < sizeof NAMESPACES / sizeof *NAMESPACES; i++) {
		enum layer l = NAMESPACES[i].layer;
		if (!wanted(r, l) || r->layers[l].state == LAYER_MISSING) continue;
		int number = fork_works(NAMESPACES[i].flag);
		if (number) {
			layer_set(r, l, number, "cannot be made");
			continue;
		}
		layer_set(r, l, 0, "");
		if (l != LAYER_CGROUP_NS) r->namespaces |= NAMESPACES[i].flag; /* that one is a step: after joining */
	}
	if (!(r->namespaces & CLONE_NEWNS)) layer_set(r, LAYER_TMPFS, EPERM, "needs a mount namespace");
	if (!wanted(r, LAYER_TMPFS)) r->layers[LAYER_TMPFS] = (wire_layer){.state = LAYER_OFF};
}

/* What must fail, and the layer that is at fault where it does not. */
static bool reads_passwd(void) {
	cleanup_close int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	return fd >= 0;
}
static bool writes_root(void) {
	cleanup_close int fd = open("/plotd-probe", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd >= 0 && unlink("/plotd-probe") == 0;
}
static bool opens_socket(void) {
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd >= 0;
}
static bool forks(void) {
	pid_t pid = fork_into(0, NULL);
	if (pid == 0) _exit(0);
	return pid > 0;
}
static bool unshares(void) {
	return unshare(CLONE_NEWUSER) == 0;
}
static bool signals_parent(void) {
	return kill(getppid() > 0 ? getppid() : 1, 0) == 0 && getpid() != 1;
}
static bool maps_code(void) {
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}
static bool raises_limit(void) {
	struct rlimit l = {RLIM_INFINITY, RLIM_INFINITY};
	return setrlimit(RLIMIT_DATA, &l) == 0;
}
static bool holds_descriptor(void) {
	for (int fd = WRITTEN_FD + 1; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0) return true;
	return false;
}

static const struct {
	const char *what;
	enum layer layer;
	bool (*done)(void);
} FORBIDDEN[] = {
    {"reading /etc/passwd", LAYER_LANDLOCK, reads_passwd}, {"writing to /", LAYER_LANDLOCK, writes_root},
    {"opening a socket", LAYER_SECCOMP, opens_socket},     {"forking", LAYER_SECCOMP, forks},
    {"a user namespace", LAYER_SECCOMP, unshares},         {"signalling the parent", LAYER_SECCOMP, signals_parent},
    {"mapping new code", LAYER_SECCOMP, maps_code},        {"raising a limit", LAYER_CAPS, raises_limit},
    {"a foreign descriptor", LAYER_FDS, holds_descriptor},
};

static void try_forbidden(wire_layer *found) {
	for (size_t i = 0; i < sizeof FORBIDDEN / sizeof *FORBIDDEN; i++) {
		wire_layer *l = &found[FORBIDDEN[i].layer];
		if (l->state != LAYER_ON || !FORBIDDEN[i].done()) continue;
		*l = (wire_layer){.state = LAYER_MISSING};
		(void)snprintf(l->detail, sizeof l->detail, "%s was tried and not refused", FORBIDDEN[i].what);
	}
}

static void probe_child(const runner *r, wire_layer *found) {
	(void)dup2(r->null, JOB_FD);
	isolate_try(r, found);
	try_forbidden(found);
	_exit(0);
}

static void take_findings(runner *r, const wire_layer *found) {
	for (unsigned i = 0; i < LAYER_COUNT; i++)
		if (found[i].state != LAYER_OFF) r->layers[i] = found[i];
	if (r->layers[LAYER_LANDLOCK].state == LAYER_ON) {
		const char *lacks = r->abi < 4   ? ": no rules for TCP, sockets, signals"
				    : r->abi < 6 ? ": no rules for sockets, signals"
						 : "";
		(void)snprintf(r->layers[LAYER_LANDLOCK].detail, sizeof r->layers[LAYER_LANDLOCK].detail, "ABI %d%s",
			       r->abi, lacks);
	}
	wire_layer *limits = &r->layers[LAYER_RLIMITS];
	bool held = r->layers[LAYER_MEMORY].state == LAYER_ON || r->hello.memory_held;
	if (limits->state == LAYER_ON && !held)
		(void)snprintf(limits->detail, sizeof limits->detail, "they hold the memory: no control group does");
	if (r->layers[LAYER_CLOCK].state != LAYER_ON && wanted(r, LAYER_CLOCK)) layer_set(r, LAYER_CLOCK, 0, "");
	if (wanted(r, LAYER_RESULT)) layer_set(r, LAYER_RESULT, 0, "");
}

bool probe_layers(runner *r, err *e) {
	size_t size = sizeof(wire_layer) * WIRE_LAYERS;
	wire_layer *found = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (found == MAP_FAILED) return err_errno(e, ERR_MEMORY, errno, "cannot map memory");
	r->abi = landlock_abi();
	int status = 0;
	pid_t pid = fork_into(r->namespaces, NULL);
	if (pid == 0) probe_child(r, found);
	if (pid > 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
	bool good = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	const wire_layer *rest = &found[LAYER_COUNT];
	if (good && rest->state == LAYER_MISSING)
		good = err_errno(e, ERR_SANDBOX, rest->number, "a job %s", rest->detail);
	else if (good)
		take_findings(r, found);
	else
		(void)err_set(e, ERR_SANDBOX, "the sandbox's trial job died while it was set up (status %#x)", status);
	(void)munmap(found, size);
	return good;
}
