/* plotd-runner: see runner.h for how it works. This file is the keeper, which
 * lives outside of what the zygote lives in and tidies up after it. */
#include "runner/paths.h"
#include "runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

enum { PLOTD_FD = 3, GRACE_MS = 2000 };

static int write_proc(int proc, const char *name, const char *text) {
	cleanup_close int fd = openat(proc, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0) return errno;
	return write(fd, text, strlen(text)) < 0 ? errno : 0;
}

static bool tell_failure(const runner *r, const err *why) {
	wire_failed failed = {.head = {0}};
	err e = ERR_INIT;
	(void)snprintf(failed.sentence, sizeof failed.sentence, "%.511s", why->message);
	(void)snprintf(failed.hint, sizeof failed.hint, "%.255s", err_remedy(why));
	return wire_send(r->socket, &failed.head, WIRE_FAILED, sizeof failed, NULL, 0, &e);
}

/* An ordinary user gets mount and other namespaces only within a user namespace of its own. Root needs none for that,
 * and makes the zygote's later, with ids of its own. */
static void enter_user_namespace(runner *r) {
	char map[48];
	uid_t uid = geteuid();
	gid_t gid = getegid();
	if (!wanted(r, LAYER_USER) || r->root) return;
	int number = unshare(CLONE_NEWUSER) < 0 ? errno : 0;
	(void)snprintf(map, sizeof map, "0 %u 1", uid);
	if (!number) number = write_proc(r->proc, "self/uid_map", map);
	if (!number) (void)write_proc(r->proc, "self/setgroups", "deny");
	(void)snprintf(map, sizeof map, "0 %u 1", gid);
	if (!number) number = write_proc(r->proc, "self/gid_map", map);
	if (number) layer_set(r, LAYER_USER, number, "cannot be made");
}

static void enter_view(runner *r) {
	(void)snprintf(r->site, sizeof r->site, "%s", r->hello.site);
	if (!wanted(r, LAYER_MOUNT)) return;
	int number = view_enter(r->hello.site, r->site, sizeof r->site);
	if (number) layer_set(r, LAYER_MOUNT, number, "the read-only view cannot be built");
}

/* The namespaces that the zygote lives in itself; best effort, the jobs' own are what counts. */
static void enter_others(const runner *r) {
	static const struct {
		enum layer layer;
		int flag;
	} OTHERS[] = {{LAYER_NET, CLONE_NEWNET}, {LAYER_IPC, CLONE_NEWIPC}, {LAYER_UTS, CLONE_NEWUTS}};
	for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
		if (wanted(r, OTHERS[i].layer)) (void)unshare(OTHERS[i].flag);
}

static bool measure(runner *r) {
	char text[256];
	unsigned long long total, resident, shared, data;
	cleanup_close int fd = openat(r->proc, "self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (n < 0) return false;
	text[n] = 0;
	/* Pages: size resident shared text lib data dt (proc(5)). */
	if (sscanf(text, "%llu %llu %llu %*u %*u %llu", &total, &resident, &shared, &data) != 4) return false;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	r->as_now = total * page, r->data_now = data * page,
	r->resident_now = (resident - shared) * page; /* a fork starts with the private ones */
	return true;
}

/* A fork takes only the thread that forks along: locks that others hold stay locked for ever. */
static bool one_thread(const runner *r, err *e) {
	struct stat st;
	if (fstatat(r->proc, "self/task", &st, 0) < 0) return err_errno(e, ERR_SANDBOX, errno, "cannot count threads");
	if (st.st_nlink == 3) return true;
	return err_set(e, ERR_SANDBOX, "the zygote has %d threads where it must have one", (int)st.st_nlink - 2);
}

static bool take_measure(runner *r, err *e) {
	if (!one_thread(r, e)) return false;
	return measure(r) || err_set(e, ERR_SANDBOX, "cannot measure the zygote's memory");
}

bool runner_settle(runner *r, err *e) {
	if (!python_settle()) return err_set(e, ERR_SANDBOX, "Python could not be warmed up");
	if (!take_measure(r, e)) return false;
	r->hot = r->hello.spares ? hot_find(r) : NULL;
	hot_collapse(r);
	return true;
}

static bool prepare_zygote(runner *r, wire_ready *ready, err *e) {
	if (!seccomp_compile(&r->filter, e)) return false;
	probe_namespaces(r);
	if (!python_start(r, ready, e) || !take_measure(r, e) || !probe_layers(r, e)) return false;
	return !r->hello.patient || runner_settle(r, e);
}

/* A change of ids forgets the death signal (prctl(2)), so it is asked for afterwards. */
static bool become_user(const runner *r, err *e) {
	if (r->owns_ids && (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
		return err_errno(e, ERR_SANDBOX, errno, "cannot become the zygote's user");
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 || err_errno(e, ERR_SANDBOX, errno, "cannot follow the keeper");
}

static int zygote_main(runner *r) {
	wire_ready ready = {.pid = r->pid};
	err e = ERR_INIT;
	if (!become_user(r, &e)) return tell_failure(r, &e), 1;
	(void)signal(SIGXFSZ, SIG_IGN); /* a write over the limit gives EFBIG */
	(void)signal(SIGPIPE, SIG_IGN);
	if (!prepare_zygote(r, &ready, &e)) return tell_failure(r, &e), 1;
	ready.memory_held = r->layers[LAYER_MEMORY].state == LAYER_ON;
	memcpy(ready.layers, r->layers, sizeof ready.layers);
	memcpy(ready.fingerprint, WIRE_FINGERPRINT, sizeof WIRE_FINGERPRINT);
	if (!wire_send(r->socket, &ready.head, WIRE_READY, sizeof ready, NULL, 0, &e)) return 1;
	return zygote_run(r);
}

/* Lends the zygote's namespace a range of ids that nothing else owns. */
static bool lend_ids(const runner *r, pid_t pid) {
	char name[48], map[48];
	(void)snprintf(map, sizeof map, "0 %u 65536", UID_BASE);
	(void)snprintf(name, sizeof name, "%d/uid_map", (int)pid);
	if (write_proc(r->proc, name, map)) return false;
	(void)snprintf(name, sizeof name, "%d/gid_map", (int)pid);
	return write_proc(r->proc, name, map) == 0;
}

typedef struct go {
	int32_t pid;
	bool owns_ids;
} go;

static void become_zygote(runner *r, int pipe_end) __attribute__((noreturn));
static void become_zygote(runner *r, int pipe_end) {
	go word;
	if (read(pipe_end, &word, sizeof word) != (ssize_t)sizeof word) _exit(1);
	(void)close(pipe_end);
	cgroups_leave(&r->groups);
	r->pid = word.pid;
	r->owns_ids = word.owns_ids;
	_exit(zygote_main(r));
}

static pid_t fork_zygote(runner *r, int *pidfd, uint64_t flags) {
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0) return -1;
	pid_t pid = fork_into(flags, pidfd);
	if (pid == 0) {
		(void)close(ends[1]);
		become_zygote(r, ends[0]);
	}
	(void)close(ends[0]);
	if (pid > 0) {
		go word = {.pid = pid, .owns_ids = flags & CLONE_NEWUSER && lend_ids(r, pid)};
		if (flags & CLONE_NEWUSER && !word.owns_ids) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, NULL, 0);
			pid = -1;
		} else if (write(ends[1], &word, sizeof word) < 0)
			pid = -1;
	}
	(void)close(ends[1]);
	return pid;
}

/* The best set of namespaces that can be had. */
static pid_t start_zygote(runner *r, int *pidfd) {
	uint64_t user = r->root && wanted(r, LAYER_USER) ? CLONE_NEWUSER : 0,
		 pid = wanted(r, LAYER_PID) ? CLONE_NEWPID : 0;
	const uint64_t tries[] = {user | pid, pid, 0};
	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
		pid_t zygote = fork_zygote(r, pidfd, tries[i]);
		if (zygote > 0) return zygote;
	}
	return -1;
}

/* Until the zygote is dead. When plotd closes its end the zygote goes by itself; if it does not, it is killed. */
static int watch_zygote(const runner *r, pid_t pid, int pidfd) {
	struct pollfd fds[] = {{.fd = pidfd, .events = POLLIN}, {.fd = r->socket, .events = POLLRDHUP}};
	int left = -1, status = 0;
	for (;;) {
		int n = poll(fds, 2, left);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0 || fds[0].revents) break;
		if (n == 0) (void)kill(pid, SIGKILL);
		if (fds[1].revents) fds[1].fd = -1, left = GRACE_MS;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static bool open_basics(runner *r, err *e) {
	r->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	r->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	r->written_next = r->null;
	if (r->proc < 0 || r->null < 0) return err_errno(e, ERR_SANDBOX, errno, "/proc and /dev/null are needed");
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	return view_paths_exist(r->hello.site, e);
}

static bool keep(runner *r, err *e) {
	int pidfd = -1;
	if (!open_basics(r, e)) return false;
	cgroups_open(r);
	r->cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	r->root = geteuid() == 0 && prctl(PR_CAPBSET_READ, 7 /* CAP_SETUID */) == 1;
	if (!r->root && wanted(r, LAYER_UID)) layer_set(r, LAYER_UID, EPERM, "only root can lend user ids");
	enter_user_namespace(r);
	enter_view(r);
	enter_others(r);
	pid_t pid = start_zygote(r, &pidfd);
	if (pid < 0) (void)err_errno(e, ERR_SANDBOX, errno, "cannot start the zygote");
	if (pid > 0) (void)watch_zygote(r, pid, pidfd);
	cgroups_remove(&r->groups);
	return pid > 0;
}

/* In a container: plotd's socket is a file that was mounted into it. */
static bool call_plotd(const char *path) {
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	(void)snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0 && dup2(fd, PLOTD_FD) == PLOTD_FD) {
		if (fd == PLOTD_FD) (void)steal_fd(&fd);
		return true;
	}
	(void)fprintf(stderr, "plotd-runner cannot reach plotd's socket: %s\n", strerror(errno));
	return false;
}

/* The image has one environment, at the place where the package puts it too. */
static void find_site(wire_hello *h) {
	h->site[sizeof h->site - 1] = 0;
	if (!*h->site)
		(void)snprintf(h->site, sizeof h->site, "/opt/plotd/venv/lib/python%s/site-packages", PYTHON_VERSION);
}

int main(int argc, char **argv) {
	err e = ERR_INIT;
	runner *r = calloc(1, sizeof *r);
	if (!r) return 1;
	r->socket = PLOTD_FD;
	(void)signal(SIGPIPE, SIG_IGN);
	if (argc == 2 && !call_plotd(argv[1])) return 3;
	if (argc > 2 || fcntl(PLOTD_FD, F_SETFD, FD_CLOEXEC) < 0) {
		(void)fprintf(stderr, "plotd-runner is started by plotd; see `plotd --help`.\n");
		return 2;
	}
	if (!wire_receive(r->socket, &r->hello.head, WIRE_HELLO, sizeof r->hello, NULL, NULL, &e)) return 1;
	find_site(&r->hello);
	if (r->hello.slots + r->hello.spares > WIRE_MAX_SLOTS)
		(void)err_set(&e, ERR_SANDBOX, "too many jobs at a time");
	if (e.code == ERR_NONE && keep(r, &e)) return 0;
	(void)tell_failure(r, &e);
	return 1;
}
