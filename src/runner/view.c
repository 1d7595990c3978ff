/* The read-only view: a root of its own with Python's library, the venv and
 * time zones, and nothing else. Built by the keeper, so that the zygote and
 * all jobs live in it; a job's own mount namespace is a copy of these few
 * mounts, which is why it costs next to nothing.
 *
 * Trees are cloned first (open_tree(2)), as detached mounts, and only then is
 * the stage mounted: a venv below /tmp is not hidden by the stage. */
#include "runner/paths.h"
#include "runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define SITE_INSIDE "/venv"
#define STAGE "/tmp"

typedef struct bound {
	const char *from, *to; /* `to` is inside the view */
	bool optional;
	int tree; /* detached clone, or -1 */
} bound;

/* Shared libraries are for the zygote's imports only: a job may not even read them (Landlock). */
const char *const VIEW_READABLE[] = {PYTHON_STDLIB, "/usr/share/zoneinfo", NULL};

static int make_path(const char *path) {
	char part[PATH_MAX];
	size_t n = strlen(path);
	if (n >= sizeof part) return ENAMETOOLONG;
	memcpy(part, path, n + 1);
	for (char *p = part + 1; *p; p++) {
		if (*p != '/') continue;
		*p = 0;
		if (mkdir(part, 0755) < 0 && errno != EEXIST) return errno;
		*p = '/';
	}
	return mkdir(part, 0755) < 0 && errno != EEXIST ? errno : 0;
}

static int clone_tree(bound *b) {
	struct mount_attr harden = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
	b->tree = open_tree(AT_FDCWD, b->from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (b->tree < 0) return b->optional ? 0 : errno;
	if (mount_setattr(b->tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &harden, sizeof harden) < 0) return errno;
	return 0;
}

static int attach(bound *b) {
	char to[PATH_MAX];
	if (b->tree < 0) return 0;
	(void)snprintf(to, sizeof to, STAGE "%s", b->to);
	int number = make_path(to);
	if (!number && move_mount(b->tree, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH) < 0) number = errno;
	close_fd(&b->tree);
	return number;
}

/* pivot_root(2)'s "." twice: the old root comes to lie over the new one and is let go. */
static int pivot(void) {
	if (chdir(STAGE) < 0) return errno;
	if (syscall(SYS_pivot_root, ".", ".") < 0) return errno;
	if (umount2(".", MNT_DETACH) < 0) return errno;
	return chdir("/") < 0 ? errno : 0;
}

static int furnish(bound *b, size_t n) {
	for (size_t i = 0; i < n; i++) {
		int number = attach(&b[i]);
		if (number) return number;
	}
	/* /tmp is where each job mounts its own; the loader looks for libraries below /lib. */
	if (mkdir(STAGE "/tmp", 0755) < 0 || symlink("usr/lib", STAGE "/lib") < 0) return errno;
	return mount(NULL, STAGE, NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, "mode=755") < 0 ? errno : 0;
}

int view_enter(const char *site, char *site_inside, size_t size) {
	bound bounds[] = {{PYTHON_STDLIB, PYTHON_STDLIB, false, -1},
			  {PYTHON_LIBRARIES, PYTHON_LIBRARIES, false, -1},
			  {"/usr/share/zoneinfo", "/usr/share/zoneinfo", true, -1},
			  {site, SITE_INSIDE, false, -1}};
	enum { COUNT = sizeof bounds / sizeof *bounds };
	int number = 0;
	if (unshare(CLONE_NEWNS) < 0) return errno;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return errno;
	for (size_t i = 0; !number && i < COUNT; i++) number = clone_tree(&bounds[i]);
	if (!number && mount("view", STAGE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=64k") < 0) number = errno;
	if (!number) number = furnish(bounds, COUNT);
	if (!number) number = pivot();
	for (size_t i = 0; i < COUNT; i++) close_fd(&bounds[i].tree);
	if (!number) (void)snprintf(site_inside, size, "%s", SITE_INSIDE);
	return number;
}

bool view_paths_exist(const char *site, err *e) {
	char path[1100];
	(void)snprintf(path, sizeof path, "%s/pandas", site);
	if (access(PYTHON_STDLIB "/os.py", R_OK) < 0) {
		(void)err_errno(e, ERR_SANDBOX, errno, "Python's library is not at %s", PYTHON_STDLIB);
		return err_hint(e,
				"Install it: apt-get install libpython3-stdlib; or build plotd anew on this machine.");
	}
	if (access(path, R_OK) == 0) return true;
	(void)err_errno(e, ERR_SANDBOX, errno, "there is no Python environment with pandas at %s", site);
	return err_hint(e, "Run ./run to set it up, or point PLOTD_PYTHON_HOME at a venv with pandas and plotly.");
}
