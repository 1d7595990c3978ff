/* plotd-runner: what its files share.
 *
 * How this works
 * --------------
 * Three kinds of process, each holding less than the one before:
 *
 *   keeper   started by plotd. Makes the cgroups, builds the read-only view and
 *            goes into it, starts the zygote as pid 1 of a pid namespace, then
 *            only watches: when plotd's end of the socket closes it ends the
 *            zygote; when the zygote ends it removes the cgroups. (main.c)
 *   zygote   embeds CPython, imports pandas and plotly once, keeps `spares`
 *            forks waiting, hands each job to one, kills and reaps. Never
 *            runs code of a job, never reads a byte that a job wrote. (zygote.c)
 *   job      a fork of the zygote, pid 1 of its own pid namespace, isolated by
 *            the table in isolate.c before it takes its one message, runs one
 *            piece of code, writes one document into a memfd, says so, dies. (job.c)
 *
 * The end of a process ends those below it by the kernel's own hand: the
 * zygote is pid 1 of the namespace that all jobs live in, a job is pid 1 of
 * its own. Nothing here has to be told to die. */
#ifndef PLOTD_RUNNER_RUNNER_H
#define PLOTD_RUNNER_RUNNER_H

#include "base/fd.h"
#include "base/wait.h"
#include "sandbox/layers.h"
#include "sandbox/wire.h"

#include <linux/filter.h>
#include <sys/types.h>

/* Ids that nothing else on a machine owns: systemd's allocation leaves
 * 1879048192 to 2147352575 free (systemd, docs/UIDS-GIDS.md). The zygote is
 * the first, slot n is n + 1 further on. */
#define UID_BASE 1879113728u
enum {
	JOB_FD = 3, /* the job's socket to the zygote, by which its one message comes; closed before its code starts */
	WRITTEN_FD = 4, /* an eventfd, which the job counts up when its document is written */
};

typedef struct cgroup_slot {
	int procs[3];           /* cgroup.procs of each hierarchy, write-only; -1 none */
	int peak, events, list; /* memory peak, oom counter, members; -1 none */
} cgroup_slot;

typedef struct cgroups {
	unsigned n;    /* slots made */
	int parent[3]; /* directory descriptors of the hierarchies that we write in; -1 none */
	int ours[3];   /* our directory in each, locked for as long as we live */
	bool v2;
	char name[64]; /* of our directory in each */
	cgroup_slot slot[WIRE_MAX_SLOTS];
} cgroups;

typedef struct runner {
	wire_hello hello;
	wire_layer layers[WIRE_LAYERS];
	int socket;                            /* to plotd */
	int proc;                              /* directory /proc of the host; not in the jobs */
	int null;                              /* /dev/null */
	int pid;                               /* the zygote's, for plotd */
	unsigned cores;                        /* that we may run on */
	bool root;                             /* started with real root's powers: user ids may be lent */
	bool owns_ids;                         /* the zygote's user namespace maps the lent ids from 0 on */
	uint64_t namespaces;                   /* CLONE_NEW* that jobs get */
	struct sock_fprog filter;              /* seccomp program, compiled once */
	int abi;                               /* of Landlock; 0 none */
	char site[1024];                       /* the venv's site-packages as seen from inside */
	size_t data_now, as_now, resident_now; /* of the warm zygote, bytes: private data, address space, memory */
	struct hot_pages *hot;
	uint64_t frames_next; /* bytes of frames that the next fork has to have room for */
	int written_next;     /* its eventfd, which becomes WRITTEN_FD; /dev/null for the probe */
	cgroups groups;
} runner;

static inline bool wanted(const runner *r, enum layer l) {
	return !(r->hello.without & LAYER_BIT(l));
}
/* Records how a layer turned out; a number of 0 means on. */
void layer_set(runner *r, enum layer l, int number, const char *detail);

/* view.c: goes into a root that holds Python's library and the venv, read-only. errno number, 0 when done. */
int view_enter(const char *site, char *site_inside, size_t size);
bool view_paths_exist(const char *site, err *e);
extern const char *const VIEW_READABLE[]; /* what Landlock lets a job read, beside the venv; NULL-terminated */

/* cgroup.c */
void cgroups_open(runner *r);
void cgroups_remove(cgroups *g);
void cgroups_leave(cgroups *g);        /* the zygote's part: the lock on the directories is the keeper's alone */
int cgroup_join(const cgroup_slot *s); /* the calling process; errno number or 0 */
void cgroup_rewind(const cgroup_slot *s);
uint64_t cgroup_peak(const cgroup_slot *s);
uint64_t cgroup_ooms(const cgroup_slot *s);
void cgroup_sweep(const cgroup_slot *s); /* kills whatever is still in it */

/* isolate.c: the set-up of a job as a table of steps. False: *step names the one that failed, errno is its reason. */
bool isolate(const runner *r, unsigned slot, const char **step);
/* Every wanted step, going on after one that fails; `found` tells how each layer turned out. For the probe. */
void isolate_try(const runner *r, wire_layer *found);

/* probe.c: what holds on this machine, found by doing it in a throwaway fork that then tries what is forbidden. */
void probe_namespaces(runner *r); /* before Python starts: a small process forks fast */
bool probe_layers(runner *r, err *e);

/* landlock.c, seccomp.c */
int landlock_abi(void);
int landlock_enter(const runner *r);                 /* errno number or 0 */
bool seccomp_compile(struct sock_fprog *to, err *e); /* owned by the process */

/* memory.c: puts Python's memory where huge pages can be made of it. Before Python starts. */
void memory_arrange(void);

/* python.c */
bool python_start(runner *r, wire_ready *ready, err *e);
void python_before_fork(void);
void python_after_fork(bool child);
/* Takes the job's data in; false with errno-like *number. A job runs one piece of code, once. */
typedef struct python_work python_work;
python_work *python_take(const wire_job *job, const wire_parcel *parcel, bool *out_of_memory);
/* Runs it and writes the document to `result`; false when there is none. */
bool python_run(python_work *work, int result);

/* arrow.c: a mapped frame as a pyarrow.RecordBatch (new reference) with its stem and file name; NULL with a Python
 * exception. */
struct _object *arrow_import(int fd, struct _object **stem, struct _object **file);

/* Draws the sample figures once more, in a fork. */
bool python_rehearse(void);
/* Imports what only later jobs gain from, and fills caches. False: said on standard error. */
bool python_settle(void);
/* The whole of it, once: Python, the memory it holds now, the pages that spares copy ahead. */
bool runner_settle(runner *r, err *e);

/* hot.c */
struct hot_pages;
struct hot_pages *hot_find(const runner *r); /* NULL where it cannot be told */
void hot_copy(const struct hot_pages *h);    /* in a spare, ahead of its job */
void hot_collapse(const runner *r);

/* fork.c: fork(2) with namespaces and a pidfd. 0 in the child, -1 with errno. Only for processes with one thread. */
pid_t fork_into(uint64_t namespaces, int *pidfd);

typedef struct board board;
/* A page that a job and the zygote share until the job's code starts. */
struct board {
	int64_t got_ns, first_ns, frames_ns;
	int32_t failed;  /* 1: a set-up step failed */
	int32_t number;  /* its errno */
	int32_t started; /* 1: set-up is over, the rest is the code's own doing */
	int32_t out_of_memory;
	char step[64];
};
board *boards_new(unsigned n);
board *board_of(board *boards, unsigned slot);
void boards_forget(board *boards, unsigned n);

/* zygote.c: serves jobs until plotd closes its end. Returns the exit code. */
int zygote_run(runner *r);

/* job.c: what a fork does. Never returns. */
/* `ahead`: nobody waits for it yet. */
void job_main(const runner *r, unsigned slot, board *boards, bool ahead) __attribute__((noreturn));

#endif
