/* Landlock: what a job may touch, once more and by another mechanism than the
 * mount namespace. Raw system calls: Debian 12's headers stop at ABI 2, so the
 * later constants stand here (linux/landlock.h, Linux 6.12). */
#include "runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>

typedef struct ruleset {
	uint64_t fs, net, scope;
} ruleset;

/* Rights by the ABI that brought them: 13 in the first, then REFER, TRUNCATE, (net), IOCTL_DEV. */
static const uint64_t FS_BY_ABI[] = {0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff};
enum { NET_ABI = 4, SCOPE_ABI = 6 };
#define NET_ALL 0x3u   /* bind and connect TCP */
#define SCOPE_ALL 0x3u /* abstract unix sockets, signals */
#define TRUNCATE 0x4000u
#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                                                                          \
	(READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |       \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SYM | TRUNCATE)

int landlock_abi(void) {
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	return abi < 0 ? 0 : (int)abi;
}

static int allow(int set, const char *path, uint64_t rights) {
	cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0) return errno == ENOENT ? 0 : errno;
	struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
	return syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0 ? errno : 0;
}

int landlock_enter(const runner *r) {
	enum { KNOWN = sizeof FS_BY_ABI / sizeof *FS_BY_ABI - 1 };
	ruleset attr = {.fs = FS_BY_ABI[r->abi < KNOWN ? r->abi : KNOWN],
			.net = r->abi >= NET_ABI ? NET_ALL : 0,
			.scope = r->abi >= SCOPE_ABI ? SCOPE_ALL : 0};
	/* An older kernel takes the shorter struct, and a longer one whose rest is zero. */
	cleanup_close int set = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	if (set < 0) return errno;
	int number = allow(set, r->site, READ & attr.fs);
	for (size_t i = 0; !number && VIEW_READABLE[i]; i++) number = allow(set, VIEW_READABLE[i], READ & attr.fs);
	if (!number && r->layers[LAYER_TMPFS].state == LAYER_ON) number = allow(set, "/tmp", WRITE & attr.fs);
	if (!number && syscall(SYS_landlock_restrict_self, set, 0) < 0) number = errno;
	return number;
}
