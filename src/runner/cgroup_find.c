/* Which control groups may be used: looked up in /proc/self/mountinfo and
 * /proc/self/cgroup, then tried. See cgroup.c for what is done with them. */
#include "runner/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define MAIN_LEAF "plotd-main"

static bool word_in(const char *list, const char *word, const char *separators) {
	size_t n = strlen(word);
	for (const char *p = list; *p;) {
		size_t span = strcspn(p, separators);
		if (span == n && memcmp(p, word, n) == 0) return true;
		p += span;
		p += strspn(p, separators);
	}
	return false;
}

static FILE *open_in(const char *proc, const char *name) {
	char path[512];
	(void)snprintf(path, sizeof path, "%s/%s", proc, name);
	return fopen(path, "re");
}

/* Field 5 is the mount point; after " - " come type, source, options (proc(5), mountinfo). */
static void find_mount(const char *proc, const char *controller, char *mount, size_t size) {
	char line[4096];
	FILE *f = open_in(proc, "mountinfo");
	if (!f) return;
	while (fgets(line, sizeof line, f)) {
		char point[512], type[64], options[1024];
		char *tail = strstr(line, " - ");
		if (!tail || sscanf(line, "%*s %*s %*s %*s %511s", point) != 1 ||
		    sscanf(tail + 3, "%63s %*s %1023s", type, options) != 2)
			continue;
		bool it = controller ? strcmp(type, "cgroup") == 0 && word_in(options, controller, ",\n")
				     : strcmp(type, "cgroup2") == 0;
		if (it) (void)snprintf(mount, size, "%s", point);
	}
	(void)fclose(f);
}

/* Lines "7:memory:/path" (v1) and "0::/path" (v2), cgroups(7). */
static void find_own(const char *proc, const char *controller, char *own, size_t size) {
	char line[1024];
	FILE *f = open_in(proc, "cgroup");
	if (!f) return;
	while (fgets(line, sizeof line, f)) {
		char *first = strchr(line, ':'), *second = first ? strchr(first + 1, ':') : NULL;
		if (!second) continue;
		*second = 0;
		second[1 + strcspn(second + 1, "\n")] = 0;
		if (controller ? word_in(first + 1, controller, ",") : first[1] == 0)
			(void)snprintf(own, size, "%s", second + 1);
	}
	(void)fclose(f);
}

static int open_directory(const char *mount, const char *path) {
	char full[1600];
	if (!*mount) return errno = ENOENT, -1;
	(void)snprintf(full, sizeof full, "%s%s", mount, path);
	return open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool file_has(int dir, const char *name, const char *word) {
	char text[512];
	cleanup_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (n < 0) return false;
	text[n] = 0;
	return word_in(text, word, " \n");
}

int cgroup_write(int dir, const char *name, const char *text) {
	cleanup_close int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0) return errno;
	return write(fd, text, strlen(text)) < 0 ? errno : 0;
}

int cgroup_v1_parent(const char *proc, const char *controller) {
	char mount[512] = "", own[1024] = "";
	find_mount(proc, controller, mount, sizeof mount);
	find_own(proc, controller, own, sizeof own);
	return open_directory(mount, own);
}

/* v2 allows no processes beside groups with controllers: plotd and the keeper,
 * alone in a delegated group, move to a leaf of it. */
static int make_room(int own) {
	char pid[24];
	if (mkdirat(own, MAIN_LEAF, 0755) < 0 && errno != EEXIST) return errno;
	cleanup_close int leaf = openat(own, MAIN_LEAF, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (leaf < 0) return errno;
	pid_t pids[] = {getppid(), getpid()};
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(pid, sizeof pid, "%d", (int)pids[i]);
		int number = cgroup_write(leaf, "cgroup.procs", pid);
		if (number) return number;
	}
	return 0;
}

static bool delegated(int own) {
	char flag[4] = "";
	return (fgetxattr(own, "trusted.delegate", flag, sizeof flag) == 1 ||
		fgetxattr(own, "user.delegate", flag, sizeof flag) == 1) &&
	       *flag == '1';
}

/* Turns the controllers on for the children of `dir`; those that are not there stay off. */
void cgroup_enable(int dir) {
	static const char *const WANTED[] = {"+memory", "+pids", "+cpu"};
	for (size_t i = 0; i < sizeof WANTED / sizeof *WANTED; i++)
		(void)cgroup_write(dir, "cgroup.subtree_control", WANTED[i]);
}

int cgroup_v2_parent(const char *proc) {
	char mount[512] = "", own[1024] = "";
	find_mount(proc, NULL, mount, sizeof mount);
	find_own(proc, NULL, own, sizeof own);
	size_t n = strlen(own), leaf = sizeof "/" MAIN_LEAF - 1;
	bool moved = n >= leaf && strcmp(own + n - leaf, "/" MAIN_LEAF) == 0; /* by the runner before this one */
	if (moved) own[n - leaf] = 0;
	int dir = open_directory(mount, own);
	if (dir < 0) return -1;
	if (!moved && !delegated(dir) && geteuid() == 0) {
		close_fd(&dir);
		dir = open_directory(mount, "");
		if (dir < 0) return -1;
	} else if (!moved && strcmp(own, "/") != 0) {
		int number = file_has(dir, "cgroup.controllers", "memory") ? make_room(dir) : ENOENT;
		if (number) return close_fd(&dir), errno = number, -1;
	}
	if (!file_has(dir, "cgroup.controllers", "memory") || !file_has(dir, "cgroup.controllers", "pids"))
		return close_fd(&dir), errno = ENOENT, -1;
	cgroup_enable(dir);
	return dir;
}
