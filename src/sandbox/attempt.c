/* One try of a job in a runner that is there: its message with the memory
 * files, the wait for its end, and what the end means. The same for every
 * executor: they differ in where the runner lives. */
#include "sandbox/inside.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum {
	DEAD_MS = 10000,    /* a killed job is gone well within this */
	OVERTIME_MS = 5000, /* the zygote's clock comes first; this is for a zygote that hangs */
};

static int code_file(slice code, err *e) {
	cleanup_close int fd = memfd_new("code", e);
	if (fd < 0 || !write_all(fd, code, e) || !memfd_seal(fd, e)) return -1;
	return steal_fd(&fd);
}

static bool send_job(attempt *x, int runner, int job_end, int result, err *e) {
	const config *c = x->sandbox->config;
	bool clock = !(x->sandbox->without & LAYER_BIT(LAYER_CLOCK));
	cleanup_close int code = code_file(x->job->code, e);
	if (code < 0) return false;
	int fds[WIRE_MAX_FDS] = {job_end, code, result};
	for (size_t i = 0; i < x->job->nframes; i++) fds[3 + i] = x->job->frames[i]->fd;
	wire_job m = {.wall_ms = clock ? c->job_ms : 0,
		      .code_max = c->code_max,
		      .figure_max = c->figure_max,
		      .flags = (x->job->no_policy ? WIRE_NO_POLICY : 0u) | (x->job->check_only ? WIRE_CHECK_ONLY : 0u),
		      .nframes = (uint32_t)x->job->nframes};
	x->sent_ns = now_ns();
	if (wire_send(runner, &m.head, WIRE_JOB, sizeof m, fds, 3 + x->job->nframes, e)) return true;
	x->lost = true;
	return false;
}

/* Until the job is dead, or says that its document is written. Whoever wants it no more (client, deadline, shutdown)
 * only half-closes the socket: the zygote takes that as the order to kill, and still answers when it is done. */
static bool await_done(attempt *x, int socket, wire_done *done, err *e) {
	deadline wall = DEADLINE_NEVER;
	if (!(x->sandbox->without & LAYER_BIT(LAYER_CLOCK)))
		wall = deadline_in_ms((int64_t)x->sandbox->config->job_ms + OVERTIME_MS);
	bool gone = false, wanted = wait_fd(socket, POLLIN, x->cancel, deadline_first(x->until, wall), e);
	if (!wanted) (void)shutdown(socket, SHUT_WR);
	err late = ERR_INIT;
	if (!wanted && !wait_fd(socket, POLLIN, NULL, deadline_in_ms(DEAD_MS), &late)) return false;
	err heard = ERR_INIT;
	if (!wire_receive(socket, &done->head, WIRE_DONE, sizeof *done, NULL, &gone, &heard)) {
		if (wanted) *e = heard, x->lost = true;
		return false;
	}
	return wanted;
}

/* C code that gets no more memory often crashes instead of saying so: half the limit in use is taken for that. */
static bool looks_starved(const wire_done *d, const config *c) {
	return d->end == WIRE_SIGNALLED && d->peak_memory >= c->job_memory / 2;
}

static bool over_memory(const wire_done *d, const config *c, err *e) {
	unsigned long long most = c->job_memory >> 20;
	if (d->oom || d->out_of_memory)
		return err_set(e, ERR_CODE_MEMORY, "the code used more than %llu MiB of memory", most);
	return err_set(e, ERR_CODE_MEMORY, "the code's process crashed when it used %llu of its %llu MiB of memory",
		       (unsigned long long)d->peak_memory >> 20, most);
}

static bool ended_well(const wire_done *d, const config *c, err *e) {
	if (d->end == WIRE_TIMED_OUT)
		return err_set(e, ERR_CODE_TIME, "the code ran longer than %g seconds", (double)c->job_ms / 1e3);
	if (d->oom || d->out_of_memory || looks_starved(d, c)) return over_memory(d, c, e);
	switch ((enum wire_end)d->end) {
	case WIRE_SETUP:
		return err_errno(e, ERR_SANDBOX, d->value, "a job could not %.*s", (int)sizeof d->step, d->step);
	case WIRE_SIGNALLED:
		return err_set(e, ERR_CODE_CRASHED, "the code ended its process by signal %d (%s)", d->value,
			       sigdescr_np(d->value) ? sigdescr_np(d->value) : "unknown");
	case WIRE_EXITED:
		if (d->value == 0) return true;
		return err_set(e, ERR_CODE_CRASHED, "the code ended its process with exit code %d", d->value);
	case WIRE_WRITTEN: return true;
	case WIRE_DROPPED: return err_set(e, ERR_SANDBOX, "the job was dropped");
	default: return err_set(e, ERR_SANDBOX, "the job ended in a way that is unknown");
	}
}

static double ms_between(int64_t from, int64_t to) {
	return from && to > from ? (double)(to - from) / 1e6 : 0;
}

/* A job that has written its document is dying, which takes longer than all the rest of what plotd does: the kernel
 * gives its memory back page by page. The document need not wait for that if it can be sealed: then nobody can change
 * it any more, nor has it mapped so that they could (memfd_create(2), fcntl(2) on F_SEAL_WRITE). One that cannot be
 * sealed is read when the job is dead. */
static bool await_document(attempt *x, int socket, int result, wire_done *done, err *e) {
	err ignored = ERR_INIT;
	if (!await_done(x, socket, done, e)) return false;
	return done->end != WIRE_WRITTEN || memfd_seal(result, &ignored) || await_done(x, socket, done, e);
}

bool attempt_run(attempt *x, int runner, sandbox_result *r, err *e) {
	const struct sandbox *s = x->sandbox;
	int pair[2];
	wire_done done = {.end = 0};
	cleanup_close int result = memfd_new("result", e);
	if (result < 0) return false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(e, ERR_MEMORY, errno, "cannot make a socket pair");
	cleanup_close int mine = pair[0], theirs = pair[1];
	x->lost = false;
	if (!send_job(x, runner, theirs, result, e)) return false;
	close_fd(&theirs);
	if (!await_document(x, mine, result, &done, e)) return false;
	r->timings.spawn = ms_between(x->sent_ns, done.got_ns);
	r->timings.frames = ms_between(done.got_ns, done.frames_ns);
	if (!ended_well(&done, s->config, e)) return false;
	bool checked = !(s->without & LAYER_BIT(LAYER_RESULT));
	bool good = collect(result, result_limit(s->config), x->job->check_only, checked, r, e);
	r->timings.collect = ms_between(done.sent_ns, now_ns());
	return good;
}
