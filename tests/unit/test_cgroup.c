/* Which control groups the runner takes, on trees that look like /proc/self and /sys/fs/cgroup of machines of both
 * versions, delegated and not. */
#include "runner/cgroup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>

static char root[64];

static const char *at(const char *path) {
	static char full[4][256];
	static unsigned turn;
	char *to = full[turn++ % 4];
	(void)snprintf(to, sizeof full[0], "%s/%s", root, path);
	return to;
}

static void folder(const char *path) {
	assert_int_equal(mkdir(at(path), 0755), 0);
}

/* Each % in the text is written as the root of the tree. */
static void file(const char *path, const char *text) {
	FILE *f = fopen(at(path), "we");
	assert_non_null(f);
	for (; *text; text++) (void)(*text == '%' ? fputs(root, f) : fputc(*text, f));
	(void)fclose(f);
}

static bool begins(const char *path, const char *text) {
	char got[128] = "";
	FILE *f = fopen(at(path), "re");
	assert_non_null(f);
	bool any = fgets(got, sizeof got, f);
	(void)fclose(f);
	return any == (*text != 0) && strncmp(got, text, strlen(text)) == 0;
}

static void assert_is(int fd, const char *path) {
	struct stat got, wanted;
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &got), 0);
	assert_int_equal(stat(at(path), &wanted), 0);
	assert_int_equal(got.st_ino, wanted.st_ino);
	(void)close(fd);
}

static int make_root(void **state) {
	(void)state;
	(void)snprintf(root, sizeof root, "%s", "/tmp/plotd-cgroup-XXXXXX");
	if (!mkdtemp(root)) return -1;
	folder("proc");
	folder("sys");
	return 0;
}

static int forget(const char *path, const struct stat *st, int kind, struct FTW *walk) {
	(void)st, (void)kind, (void)walk;
	return remove(path);
}

static int drop_root(void **state) {
	(void)state;
	return nftw(root, forget, 8, FTW_DEPTH | FTW_PHYS);
}

static void a_v1_group_is_found_by_its_controller(void **state) {
	(void)state;
	file("proc/mountinfo", "30 24 0:26 / %/sys/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
			       "31 24 0:27 / %/sys/memory rw - cgroup cgroup rw,memory\n");
	file("proc/cgroup", "4:memory:/a\n3:cpu,cpuacct:/\n0::/\n");
	folder("sys/cpu");
	folder("sys/memory");
	folder("sys/memory/a");
	assert_is(cgroup_v1_parent(at("proc"), "memory"), "sys/memory/a");
	assert_is(cgroup_v1_parent(at("proc"), "cpu"), "sys/cpu");
	assert_int_equal(cgroup_v1_parent(at("proc"), "pids"), -1);
	assert_int_equal(errno, ENOENT);
}

/* A unified hierarchy in which we are in /svc, with these controllers. */
static void unified(const char *group, const char *controllers) {
	file("proc/mountinfo", "30 24 0:26 / %/sys rw - cgroup2 cgroup2 rw\n");
	file("proc/cgroup", group);
	folder("sys/svc");
	file("sys/cgroup.controllers", controllers);
	file("sys/cgroup.subtree_control", "");
	file("sys/svc/cgroup.controllers", controllers);
	file("sys/svc/cgroup.subtree_control", "");
}

static void root_takes_the_top_of_v2(void **state) {
	(void)state;
	if (geteuid() != 0) skip();
	unified("0::/svc\n", "cpu memory pids\n");
	assert_is(cgroup_v2_parent(at("proc")), "sys");
	assert_true(begins("sys/cgroup.subtree_control", "+cpu"));
}

static void a_delegated_group_of_v2_is_kept_to(void **state) {
	(void)state;
	char pid[16];
	unified("0::/svc\n", "cpu memory pids\n");
	if (setxattr(at("sys/svc"), "user.delegate", "1", 1, 0) < 0) skip(); /* no such attributes here */
	folder("sys/svc/plotd-main");
	file("sys/svc/plotd-main/cgroup.procs", "");
	assert_is(cgroup_v2_parent(at("proc")), "sys/svc");
	(void)snprintf(pid, sizeof pid, "%d", (int)getpid());
	assert_true(begins("sys/svc/plotd-main/cgroup.procs", pid));
	assert_true(begins("sys/svc/cgroup.subtree_control", "+cpu"));
	assert_true(begins("sys/cgroup.subtree_control", ""));
}

static void the_runner_after_it_finds_the_same_group(void **state) {
	(void)state;
	unified("0::/svc/plotd-main\n", "cpu memory pids\n");
	assert_is(cgroup_v2_parent(at("proc")), "sys/svc");
}

static void v2_without_the_memory_controller_is_none(void **state) {
	(void)state;
	unified("0::/svc\n", "hugetlb\n");
	assert_int_equal(cgroup_v2_parent(at("proc")), -1);
	assert_int_equal(errno, ENOENT);
}

static void without_any_hierarchy_there_is_none(void **state) {
	(void)state;
	file("proc/mountinfo", "24 1 0:22 / /proc rw - proc proc rw\n");
	file("proc/cgroup", "");
	assert_int_equal(cgroup_v2_parent(at("proc")), -1);
	assert_int_equal(cgroup_v1_parent(at("proc"), "memory"), -1);
}

int main(void) {
#define ON_A_TREE(test) cmocka_unit_test_setup_teardown(test, make_root, drop_root)
	const struct CMUnitTest tests[] = {
	    ON_A_TREE(a_v1_group_is_found_by_its_controller),    ON_A_TREE(root_takes_the_top_of_v2),
	    ON_A_TREE(a_delegated_group_of_v2_is_kept_to),       ON_A_TREE(the_runner_after_it_finds_the_same_group),
	    ON_A_TREE(v2_without_the_memory_controller_is_none), ON_A_TREE(without_any_hierarchy_there_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
