/* The zygote: a warm Python that forks. One loop, one thread.
 *
 *   plotd's socket   JOB: to a waiting spare, else to a new fork; closed: the end
 *   job's socket     closed by plotd: nobody wants the answer any more: kill
 *   job's eventfd    its document is written: kill it, and answer DONE before it is dead
 *   job's pidfd      dead: reap, sweep its group, answer DONE
 *   the clock        a job whose time is over: kill
 *
 * The end of a job is one place, finish(), whatever the cause; kill_job only
 * hastens it. A spare is a fork that has been isolated and waits for its one
 * message: a job never sees a process that another job has used. */
#include "runner/runner.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum place_state { EMPTY, SPARE, BUSY };
enum {
	SPARE_FRAMES =
	    64 << 20,   /* larger tables get a fork of their own: the address space is limited before they come */
	DEAD_MS = 2000, /* what was killed is dead well within this */
};

typedef struct place {
	enum place_state state;
	pid_t pid;
	int pidfd, control, written, client;
	int64_t until;     /* deadline of a busy one */
	enum wire_end end; /* why it was killed, 0 while it was not */
	bool from_spare;
	uint64_t ooms; /* of the group before the job */
} place;

typedef struct zygote {
	runner *r;
	board *boards;
	unsigned n, busy, spares, failures; /* failures: spares in a row that died in their set-up */
	uint64_t done;                      /* jobs */
	int64_t settle_ns;                  /* when to make ready for spares; DEADLINE_NEVER once done */
	place at[WIRE_MAX_SLOTS];
} zygote;

static int open_pidfd(pid_t pid) {
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void become_job(zygote *z, unsigned slot, int control, bool ahead) __attribute__((noreturn));
static void become_job(zygote *z, unsigned slot, int control, bool ahead) {
	python_after_fork(true);
	if (control != JOB_FD && dup2(control, JOB_FD) < 0) _exit(1);
	job_main(z->r, slot, z->boards, ahead);
}

/* A fork in this place, isolating itself, with address space for these bytes of frames. False with errno. */
static bool start(zygote *z, unsigned slot, bool ahead, uint64_t frames) {
	place *p = &z->at[slot];
	int pair[2], pidfd = -1;
	cleanup_close int written = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (written < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return false;
	*board_of(z->boards, slot) = (board){.failed = 0};
	cgroup_rewind(&z->r->groups.slot[slot]);
	z->r->frames_next = frames, z->r->written_next = written;
	python_before_fork();
	pid_t pid = fork_into(z->r->namespaces, &pidfd);
	if (pid == 0) become_job(z, slot, pair[1], ahead);
	int number = errno;
	python_after_fork(false);
	(void)close(pair[1]);
	if (pid > 0 && pidfd < 0) pidfd = open_pidfd(pid);
	if (pid < 0) return (void)close(pair[0]), errno = number, false;
	*p = (place){.state = SPARE,
		     .pid = pid,
		     .pidfd = pidfd,
		     .control = pair[0],
		     .written = steal_fd(&written),
		     .client = -1,
		     .ooms = cgroup_ooms(&z->r->groups.slot[slot])};
	z->spares++;
	return true;
}

static int find(const zygote *z, enum place_state state) {
	for (unsigned i = 0; i < z->n; i++)
		if (z->at[i].state == state) return (int)i;
	return -1;
}

static void kill_place(place *p, enum wire_end why) {
	if (p->end) return;
	p->end = why;
	(void)syscall(SYS_pidfd_send_signal, p->pidfd, SIGKILL, NULL, 0);
}

static void answer(int client, wire_done *done) {
	err e = ERR_INIT;
	done->sent_ns = now_ns();
	(void)wire_send(client, &done->head, WIRE_DONE, sizeof *done, NULL, 0, &e); /* gone: nobody to tell */
}

static void refuse(int client, int number, const char *step) {
	wire_done done = {.end = WIRE_SETUP, .value = number};
	(void)snprintf(done.step, sizeof done.step, "%s", step);
	answer(client, &done);
}

static void describe_end(const place *p, const board *b, int status, wire_done *done) {
	done->end = p->end ? p->end : WIFSIGNALED(status) ? WIRE_SIGNALLED : WIRE_EXITED;
	done->value = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
	if (!p->end && !b->started) {
		done->end = WIRE_SETUP;
		done->value = b->number;
		if (b->failed)
			(void)snprintf(done->step, sizeof done->step, "%s", b->step);
		else
			(void)snprintf(done->step, sizeof done->step, "start: it ended with status %#x",
				       (unsigned)status);
	}
	done->out_of_memory = b->out_of_memory != 0;
	done->got_ns = b->got_ns, done->first_ns = b->first_ns, done->frames_ns = b->frames_ns;
}

/* Without a group: the largest resident size, less what the zygote has too. */
static uint64_t peak_of(const runner *r, const cgroup_slot *group, const struct rusage *used) {
	uint64_t peak = cgroup_peak(group), resident = (uint64_t)used->ru_maxrss * 1024;
	return peak ? peak : resident > r->resident_now ? resident - r->resident_now : 0;
}

/* The one end of a fork: reaped, its group empty, the client told. */
static void finish(zygote *z, unsigned slot) {
	place *p = &z->at[slot];
	const cgroup_slot *group = &z->r->groups.slot[slot];
	const board *b = board_of(z->boards, slot);
	wire_done done = {.from_spare = p->from_spare};
	int status = 0;
	struct rusage used = {.ru_maxrss = 0};
	while (wait4(p->pid, &status, 0, &used) < 0 && errno == EINTR) continue;
	cgroup_sweep(group);
	if (p->state == BUSY) {
		describe_end(p, b, status, &done);
		done.oom = (uint32_t)(cgroup_ooms(group) - p->ooms);
		done.peak_memory = peak_of(z->r, group, &used);
		answer(p->client, &done);
		z->busy--, z->done++;
	} else {
		z->spares--, z->failures++;
	}
	close_fd(&p->pidfd);
	close_fd(&p->control);
	close_fd(&p->written);
	close_fd(&p->client);
	p->state = EMPTY;
}

/* The job says that its document is there: it has nothing left to do but to die. Code that says so in its name does no
 * more than end itself. */
static void hear_written(zygote *z, unsigned slot) {
	place *p = &z->at[slot];
	wire_done done = {.from_spare = p->from_spare};
	kill_place(p, WIRE_WRITTEN);
	describe_end(p, board_of(z->boards, slot), 0, &done);
	answer(p->client, &done);
}

/* An empty place, or the place of a job that has been killed, once it is dead; -1 when there is neither. */
static int make_room(zygote *z) {
	int slot = find(z, EMPTY);
	for (unsigned i = 0; slot < 0 && i < z->n; i++) {
		struct pollfd dead = {.fd = z->at[i].pidfd, .events = POLLIN};
		if (!z->at[i].end || poll(&dead, 1, DEAD_MS) <= 0) continue;
		finish(z, i);
		slot = (int)i;
	}
	return slot;
}

/* Hands the job to the fork in this place. Its socket's end at plotd becomes ours to watch. */
static bool hand_over(zygote *z, unsigned slot, wire_job *job, wire_parcel *parcel, bool spare) {
	place *p = &z->at[slot];
	err e = ERR_INIT;
	if (!wire_send(p->control, &job->head, WIRE_JOB, sizeof *job, parcel->fds + 1, parcel->nfds - 1, &e))
		return false;
	p->state = BUSY, p->from_spare = spare;
	p->client = steal_fd(&parcel->fds[0]);
	p->until = job->wall_ms ? deadline_in_ms((int64_t)job->wall_ms) : DEADLINE_NEVER;
	z->spares--, z->busy++, z->failures = 0;
	return true;
}

/* A fork that died in its set-up before it had its job: its end tells the client why. */
static void bury(zygote *z, unsigned slot, int client) {
	place *p = &z->at[slot];
	p->state = BUSY, p->client = client;
	z->spares--, z->busy++;
	(void)syscall(SYS_pidfd_send_signal, p->pidfd, SIGKILL, NULL, 0);
	finish(z, slot);
}

static uint64_t frames_of(const wire_parcel *parcel) {
	uint64_t bytes = 0;
	struct stat st;
	for (size_t i = 3; i < parcel->nfds; i++)
		if (fstat(parcel->fds[i], &st) == 0) bytes += (uint64_t)st.st_size;
	return bytes;
}

static void take_job(zygote *z) {
	wire_job job;
	wire_parcel parcel = {.nfds = 0};
	err e = ERR_INIT;
	if (!wire_receive(z->r->socket, &job.head, WIRE_JOB, sizeof job, &parcel, NULL, &e)) return;
	if (job.nframes > WIRE_MAX_FRAMES || parcel.nfds != 3 + (size_t)job.nframes) return wire_close(&parcel);
	uint64_t frames = frames_of(&parcel);
	for (int slot; frames <= SPARE_FRAMES && (slot = find(z, SPARE)) >= 0;) {
		if (hand_over(z, (unsigned)slot, &job, &parcel, true)) return wire_close(&parcel);
		kill_place(&z->at[slot], WIRE_DROPPED); /* it died while it waited */
		finish(z, (unsigned)slot);
	}
	int slot = make_room(z);
	if (slot < 0)
		refuse(parcel.fds[0], EAGAIN, "find a free slot");
	else if (!start(z, (unsigned)slot, false, frames))
		refuse(parcel.fds[0], errno, "fork");
	else if (!hand_over(z, (unsigned)slot, &job, &parcel, false))
		bury(z, (unsigned)slot, steal_fd(&parcel.fds[0]));
	wire_close(&parcel);
}

/* The first job is often there at once, and then the process ends (`plotd ask`): what only later jobs gain from waits
 * until nothing has come for a moment, or a few jobs have shown that there are more. While the processors are busy it
 * waits longer, but not for ever: a job of a zygote that has not settled takes several times as long. */
static bool settle(zygote *z) {
	enum { QUIET_MS = 200, FEW = 3, MANY = 20 };
	if (z->settle_ns == DEADLINE_NEVER) return true;
	if (z->busy || z->settle_ns == 0) z->settle_ns = deadline_in_ms(QUIET_MS);
	bool few = z->done < FEW;
	bool busy = z->busy >= z->r->cores && z->done < MANY;
	if (few ? z->busy || now_ns() < z->settle_ns : busy) return true;
	z->settle_ns = DEADLINE_NEVER;
	err e = ERR_INIT;
	return runner_settle(z->r, &e);
}

/* Forks wait in store, unless their set-up keeps failing (then each job tells why) or the processors are busy: there,
 * a fork made early would only take time from the jobs that run. */
static void refill(zygote *z) {
	enum { PATIENCE = 3 };
	unsigned room = z->r->hello.slots + z->r->hello.spares - z->busy;
	if (z->settle_ns != DEADLINE_NEVER) return;
	while (z->spares < z->r->hello.spares && z->spares < room && z->failures < PATIENCE && z->busy < z->r->cores) {
		int slot = find(z, EMPTY);
		if (slot < 0 || !start(z, (unsigned)slot, true, SPARE_FRAMES)) return;
	}
}

typedef struct watch {
	struct pollfd fds[1 + 3 * WIRE_MAX_SLOTS];
	unsigned slot[1 + 3 * WIRE_MAX_SLOTS];
	nfds_t n;
} watch;

static void add(watch *w, int fd, short events, unsigned slot) {
	w->fds[w->n] = (struct pollfd){.fd = fd, .events = events};
	w->slot[w->n++] = slot;
}

static int wait_for(zygote *z, watch *w) {
	int64_t until = z->settle_ns;
	w->n = 0;
	add(w, z->r->socket, POLLIN | POLLRDHUP, 0);
	for (unsigned i = 0; i < z->n; i++) {
		place *p = &z->at[i];
		if (p->state == EMPTY) continue;
		add(w, p->pidfd, POLLIN, i);
		if (p->state != BUSY || p->end) continue;
		add(w, p->written, POLLIN, i);
		add(w, p->client, POLLIN | POLLRDHUP, i);
		until = deadline_first(until, p->until);
	}
	int64_t left = deadline_left_ms(until);
	return poll(w->fds, w->n, left > INT_MAX ? -1 : (int)left);
}

static void look(zygote *z, const watch *w) {
	for (nfds_t i = 1; i < w->n; i++) {
		place *p = &z->at[w->slot[i]];
		if (!w->fds[i].revents) continue;
		if (w->fds[i].fd == p->pidfd)
			finish(z, w->slot[i]);
		else if (w->fds[i].fd == p->written)
			hear_written(z, w->slot[i]);
		else if (w->fds[i].fd == p->client) /* plotd closed its end, or spoke out of turn */
			kill_place(p, WIRE_DROPPED);
	}
	int64_t now = now_ns();
	for (unsigned i = 0; i < z->n; i++)
		if (z->at[i].state == BUSY && z->at[i].until <= now) kill_place(&z->at[i], WIRE_TIMED_OUT);
}

static void end_all(zygote *z) {
	for (unsigned i = 0; i < z->n; i++)
		if (z->at[i].state != EMPTY) kill_place(&z->at[i], WIRE_DROPPED);
	for (unsigned i = 0; i < z->n; i++)
		if (z->at[i].state != EMPTY) finish(z, i);
}

int zygote_run(runner *r) {
	zygote *z = calloc(1, sizeof *z);
	watch *w = calloc(1, sizeof *w);
	if (z)
		*z = (zygote){.r = r,
			      .n = r->groups.n,
			      .settle_ns = r->hello.patient ? DEADLINE_NEVER : 0,
			      .boards = boards_new(r->groups.n)};
	if (!z || !w || !z->boards) return 1;
	for (;;) {
		if (!settle(z)) break;
		refill(z);
		if (wait_for(z, w) < 0 && errno != EINTR) break;
		look(z, w);
		if (w->fds[0].revents & POLLIN) {
			if (wire_peek(r->socket) != WIRE_JOB) break;
			take_job(z);
		} else if (w->fds[0].revents) {
			break;
		}
	}
	end_all(z);
	return 0;
}
