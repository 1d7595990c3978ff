/* The service's own directory, in which lie the sockets that containers call,
 * and by which another service can tell whether this one lives: a file in it
 * is locked for life, and the kernel lets go of a lock whatever a process dies
 * of. Every container bears the directory's name in a label. */
#include "base/log.h"
#include "sandbox/docker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#define PREFIX "plotd-docker-"

/* Where the engine sees it too, and nobody else may go: not /tmp under systemd's PrivateTmp, hence its own variable. */
static const char *base_directory(void) {
	static const char *const NAMES[] = {"RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"};
	for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
		const char *path = getenv(NAMES[i]);
		if (path && *path == '/' && access(path, W_OK) == 0) return path;
	}
	return access("/run", W_OK) == 0 ? "/run" : "/tmp";
}

static bool read_boot(char *to, size_t size) {
	cleanup_close int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, to, size - 1);
	if (n < 0) return false;
	to[n] = 0;
	to[strcspn(to, "\n")] = 0;
	return true;
}

/* The lock on a service's directory; -1 when another holds it (EWOULDBLOCK) or there is none. */
static int lock_of(const char *directory) {
	char path[700];
	(void)snprintf(path, sizeof path, "%s/lock", directory);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0) return -1;
	return steal_fd(&fd);
}

static void remove_directory(const char *path) {
	cleanup_close int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int copy = dir < 0 ? -1 : dup(dir);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	for (const struct dirent *entry; d && (entry = readdir(d));)
		if (*entry->d_name != '.') (void)unlinkat(dir, entry->d_name, 0);
	if (d) (void)closedir(d);
	(void)rmdir(path);
}

/* Sockets of services that were killed. One that is just being made has no lock file yet and stays. */
static void remove_dead(const char *own) {
	const char *base = base_directory();
	DIR *d = opendir(base);
	if (!d) return;
	for (const struct dirent *entry; (entry = readdir(d));) {
		char path[600];
		if (!slice_starts(slice_of(entry->d_name), SLICE(PREFIX))) continue;
		(void)snprintf(path, sizeof path, "%s/%s", base, entry->d_name);
		if (strcmp(path, own) == 0) continue;
		cleanup_close int lock = lock_of(path);
		if (lock >= 0) remove_directory(path);
	}
	(void)closedir(d);
}

static bool make_lock(place *p, err *e) {
	char path[700];
	(void)snprintf(path, sizeof path, "%s/lock", p->owner.directory);
	p->lock = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (p->lock >= 0 && flock(p->lock, LOCK_EX | LOCK_NB) == 0) return true;
	return err_errno(e, ERR_SANDBOX, errno, "cannot lock %s", path);
}

bool place_open(place *p, err *e) {
	uint64_t chance = 0;
	const char *base = base_directory();
	*p = (place){.lock = -1};
	if (getrandom(&chance, sizeof chance, 0) != (ssize_t)sizeof chance ||
	    !read_boot(p->owner.boot, sizeof p->owner.boot))
		return err_errno(e, ERR_SANDBOX, errno, "cannot make a name for this service");
	(void)snprintf(p->owner.service, sizeof p->owner.service, "%016llx", (unsigned long long)chance);
	int n = snprintf(p->owner.directory, sizeof p->owner.directory, "%s/" PREFIX "%s", base, p->owner.service);
	if (n < 0 || (size_t)n >= sizeof p->owner.directory)
		return err_set(e, ERR_SANDBOX, "the path of the runtime directory %s is too long", base);
	if (mkdir(p->owner.directory, 0700) < 0)
		return err_errno(e, ERR_SANDBOX, errno, "cannot make a directory for sockets in %s", base);
	return make_lock(p, e) || (place_close(p), false);
}

void place_close(place *p) {
	if (*p->owner.directory) remove_directory(p->owner.directory);
	close_fd(&p->lock);
}

typedef struct sweep {
	const place *place;
	const engine *engine;
	bool (*lives)(void *state, uint64_t number);
	void *state;
	const cancel *stop;
} sweep;

/* Without its directory one cannot tell: another plotd may live where this one does not see. What has ended is
 * nobody's. */
static bool is_dead(const leftover *l, const char *boot) {
	struct stat st;
	if (strcmp(l->boot, boot) != 0) return true;
	cleanup_close int lock = lock_of(l->directory);
	return lock >= 0 || (stat(l->directory, &st) < 0 && errno == ENOENT && l->ended);
}

static void consider(void *state, const leftover *l) {
	sweep *s = state;
	const owner *us = &s->place->owner;
	bool own = strcmp(l->service, us->service) == 0;
	if (own ? s->lives(s->state, l->number) : !is_dead(l, us->boot)) return;
	char path[160];
	err e = ERR_INIT;
	(void)snprintf(path, sizeof path, "/containers/%s?force=true&v=true", l->id);
	cleanup_call engine_call call = {.what = "remove a container", .method = "DELETE", .path = path};
	bool done = engine_ask(s->engine, &call, s->stop, &e) || call.status == 404 || call.status == 409;
	if (!done) log_err(LOG_WARNING, "container left", &e);
}

bool place_sweep(const place *p, const engine *g, bool (*lives)(void *state, uint64_t number), void *state,
		 const cancel *stop, err *e) {
	sweep s = {p, g, lives, state, stop};
	cleanup_call engine_call call = {.what = "list containers",
					 .method = "GET",
					 .path = "/containers/json?all=true&filters=%7B%22label%22%3A%5B%22" LABEL
						 "%22%5D%7D"};
	if (!engine_ask(g, &call, stop, e) || !engine_read_list(buf_slice(&call.answer), consider, &s, e)) return false;
	remove_dead(p->owner.directory); /* only now: by their directories the dead were told from the living */
	return true;
}
