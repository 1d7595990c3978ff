/* The seccomp program: an allow-list. What is not on it fails with EPERM, so
 * that Python code gets an exception that it understands; another
 * architecture's numbers (int 0x80, x32) kill. Compiled once in the zygote;
 * each job only installs it.
 *
 * Conditions compare whole 64-bit arguments, or single bits of the low half:
 * rubbish in the high half, which the kernel would ignore, never turns a no
 * into a yes. */
#include "runner/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

/* Harmless in any argument: own memory, own files (which Landlock and the view bound), own time. */
static const char *const ALLOWED[] = {
    "read",
    "readv",
    "pread64",
    "preadv",
    "write",
    "writev",
    "pwrite64",
    "pwritev",
    "lseek",
    "close",
    "fsync",
    "fdatasync",
    "ftruncate",
    "open",
    "openat",
    "stat",
    "lstat",
    "fstat",
    "newfstatat",
    "statx",
    "access",
    "faccessat",
    "faccessat2",
    "readlink",
    "readlinkat",
    "getdents64",
    "getcwd",
    "mkdir",
    "mkdirat",
    "rmdir",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "umask",
    "dup",
    "dup2",
    "dup3",
    "brk",
    "munmap",
    "mremap",
    "get_robust_list",
    "set_robust_list",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sigaltstack",
    "sched_yield",
    "sched_getaffinity",
    "sched_getparam",
    "sched_getscheduler",
    "exit",
    "exit_group",
    "restart_syscall",
    "clock_gettime",
    "clock_getres",
    "clock_nanosleep",
    "nanosleep",
    "gettimeofday",
    "time",
    "times",
    "getrandom",
    "getpid",
    "getppid",
    "gettid",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getresuid",
    "getresgid",
    "getgroups",
    "getpgrp",
    "getsid",
    "uname",
    "sysinfo",
    "getrusage",
    "getrlimit",
    "getcpu",
    "getpriority",
    "poll",
    "ppoll",
    "select",
    "pselect6",
};

/* Allowed where one argument fits. MASKED: (argument & value) == want. */
typedef struct condition {
	const char *name;
	unsigned argument;
	enum scmp_compare how;
	uint64_t value, want;
} condition;
static const condition CONDITIONAL[] = {
    /* threads, no processes, no namespaces */
    {"clone", 0, SCMP_CMP_MASKED_EQ,
     CLONE_THREAD | CLONE_VM | CLONE_SIGHAND | CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
	 CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_PTRACE | CLONE_UNTRACED | CLONE_VFORK | CLONE_PARENT |
	 CLONE_IO,
     CLONE_THREAD | CLONE_VM | CLONE_SIGHAND},
    /* no new machine code: all that is needed was loaded by the zygote */
    {"mprotect", 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0},
    /* advice about own memory; no merging with that of others (KSM), which tells what is in it */
    {"madvise", 2, SCMP_CMP_EQ, MADV_NORMAL, 0},
    {"madvise", 2, SCMP_CMP_EQ, MADV_RANDOM, 0},
    {"madvise", 2, SCMP_CMP_EQ, MADV_SEQUENTIAL, 0},
    {"madvise", 2, SCMP_CMP_EQ, MADV_WILLNEED, 0},
    {"madvise", 2, SCMP_CMP_EQ, MADV_DONTNEED, 0},
    {"madvise", 2, SCMP_CMP_EQ, MADV_FREE, 0},
    {"madvise", 2, SCMP_CMP_EQ, MADV_HUGEPAGE, 0},
    {"madvise", 2, SCMP_CMP_EQ, MADV_NOHUGEPAGE, 0},
    {"madvise", 2, SCMP_CMP_EQ, 23 /* MADV_POPULATE_WRITE: a spare's pages, hot.c */, 0},
    /* limits may be read */
    {"prlimit64", 2, SCMP_CMP_EQ, 0, 0},
    {"prctl", 0, SCMP_CMP_EQ, PR_SET_NAME, 0},
    {"recvmsg", 0, SCMP_CMP_EQ, JOB_FD, 0}, /* closed before the code runs */
    {"ioctl", 1, SCMP_CMP_EQ, TCGETS, 0},
    {"ioctl", 1, SCMP_CMP_EQ, FIOCLEX, 0},
    {"ioctl", 1, SCMP_CMP_EQ, FIONCLEX, 0},
    {"ioctl", 1, SCMP_CMP_EQ, FIONREAD, 0},
    {"fcntl", 1, SCMP_CMP_EQ, F_GETFD, 0},
    {"fcntl", 1, SCMP_CMP_EQ, F_SETFD, 0},
    {"fcntl", 1, SCMP_CMP_EQ, F_GETFL, 0},
    {"fcntl", 1, SCMP_CMP_EQ, F_DUPFD, 0},
    {"fcntl", 1, SCMP_CMP_EQ, F_DUPFD_CLOEXEC, 0},
    {"fcntl", 1, SCMP_CMP_EQ, 1034 /* F_GET_SEALS */, 0},
    /* plain waits and wakes; the priority-inheriting ones have a history of holes */
    {"futex", 1, SCMP_CMP_MASKED_EQ, 0x7f, FUTEX_WAIT},
    {"futex", 1, SCMP_CMP_MASKED_EQ, 0x7f, FUTEX_WAKE},
    {"futex", 1, SCMP_CMP_MASKED_EQ, 0x7f, FUTEX_REQUEUE},
    {"futex", 1, SCMP_CMP_MASKED_EQ, 0x7f, FUTEX_CMP_REQUEUE},
    {"futex", 1, SCMP_CMP_MASKED_EQ, 0x7f, FUTEX_WAKE_OP},
    {"futex", 1, SCMP_CMP_MASKED_EQ, 0x7f, FUTEX_WAIT_BITSET},
    {"futex", 1, SCMP_CMP_MASKED_EQ, 0x7f, FUTEX_WAKE_BITSET},
};

/* Mappings that the limits see. RLIMIT_DATA counts private writable ones; what
 * would slip past it, shared memory without a file and stacks that grow by
 * themselves (mmap(2)), is refused, and so is new machine code. */
enum { MAP_KIND = 0x0f /* MAP_TYPE */ };
static const struct {
	uint64_t mask, want;
} MAPPINGS[] = {{MAP_KIND | MAP_GROWSDOWN, MAP_PRIVATE}, {MAP_KIND | MAP_GROWSDOWN | MAP_ANONYMOUS, MAP_SHARED}};

static int add_mappings(scmp_filter_ctx c) {
	int failed = 0;
	for (size_t i = 0; !failed && i < sizeof MAPPINGS / sizeof *MAPPINGS; i++) {
		const struct scmp_arg_cmp fit[] = {{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0},
						   {3, SCMP_CMP_MASKED_EQ, MAPPINGS[i].mask, MAPPINGS[i].want}};
		failed = seccomp_rule_add_array(c, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, fit);
	}
	return failed;
}

static int add_rules(scmp_filter_ctx c) {
	int failed = 0;
	for (size_t i = 0; !failed && i < sizeof ALLOWED / sizeof *ALLOWED; i++) {
		int number = seccomp_syscall_resolve_name(ALLOWED[i]);
		if (number != __NR_SCMP_ERROR) failed = seccomp_rule_add(c, SCMP_ACT_ALLOW, number, 0);
	}
	for (size_t i = 0; !failed && i < sizeof CONDITIONAL / sizeof *CONDITIONAL; i++) {
		int number = seccomp_syscall_resolve_name(CONDITIONAL[i].name);
		if (number == __NR_SCMP_ERROR) continue;
		struct scmp_arg_cmp fit = {CONDITIONAL[i].argument, CONDITIONAL[i].how, CONDITIONAL[i].value,
					   CONDITIONAL[i].want};
		failed = seccomp_rule_add_array(c, SCMP_ACT_ALLOW, number, 1, &fit);
	}
	if (!failed) failed = add_mappings(c);
	/* glibc then falls back to clone(2), whose flags a filter can see. */
	if (!failed) failed = seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return failed;
}

static bool export_program(scmp_filter_ctx c, struct sock_fprog *to, err *e) {
	cleanup_close int fd = memfd_new("seccomp", e);
	if (fd < 0) return false;
	int failed = seccomp_export_bpf(c, fd);
	off_t size = lseek(fd, 0, SEEK_END);
	if (failed || size <= 0 || size > (off_t)(BPF_MAXINSNS * sizeof(struct sock_filter)))
		return err_set(e, ERR_SANDBOX, "cannot compile the seccomp program");
	struct sock_filter *program = malloc((size_t)size);
	if (!program) return err_set(e, ERR_MEMORY, "out of memory");
	if (pread(fd, program, (size_t)size, 0) != size)
		return free(program), err_set(e, ERR_SANDBOX, "cannot read the seccomp program");
	*to = (struct sock_fprog){(unsigned short)((size_t)size / sizeof *program), program};
	return true;
}

bool seccomp_compile(struct sock_fprog *to, err *e) {
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!c) return err_set(e, ERR_MEMORY, "out of memory");
	(void)seccomp_attr_set(c, SCMP_FLTATR_CTL_NNP, 0);
	(void)seccomp_attr_set(c, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	(void)seccomp_attr_set(c, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a binary tree instead of a list */
	int failed = add_rules(c);
	bool good =
	    failed ? err_errno(e, ERR_SANDBOX, -failed, "cannot make the seccomp program") : export_program(c, to, e);
	seccomp_release(c);
	return good;
}
