/* One job: isolated first, then it waits for its one message, runs, writes one
 * document, dies. From the moment the code starts this process is the enemy's:
 * nothing it says afterwards is believed, only its document is read, as data. */
#include "runner/runner.h"

#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>

enum { EXIT_SETUP = 1, EXIT_NO_RESULT = 2 };

static void fail_setup(board *b, const char *step, int number) __attribute__((noreturn));
static void fail_setup(board *b, const char *step, int number) {
	(void)snprintf(b->step, sizeof b->step, "%s", step);
	b->number = number;
	b->failed = 1;
	_exit(EXIT_SETUP);
}

static bool take_message(wire_job *job, wire_parcel *parcel) {
	err e = ERR_INIT;
	if (!wire_receive(JOB_FD, &job->head, WIRE_JOB, sizeof *job, parcel, NULL, &e)) return false;
	return parcel->nfds == 2 + (size_t)job->nframes;
}

void job_main(const runner *r, unsigned slot, board *boards, bool ahead) {
	board *b = board_of(boards, slot);
	const char *step = "";
	wire_job job;
	wire_parcel parcel = {.nfds = 0};
	bool out_of_memory = false;
	unsigned count = r->groups.n;
	if (!isolate(r, slot, &step)) fail_setup(b, step, errno);
	if (ahead) hot_copy(r->hot);
	if (!take_message(&job, &parcel)) _exit(EXIT_SETUP); /* the zygote is gone, or wants this spare no more */
	b->got_ns = now_ns();
	python_work *work = python_take(&job, &parcel, &out_of_memory);
	b->out_of_memory = out_of_memory;
	if (!work) fail_setup(b, "take the data in", out_of_memory ? ENOMEM : EINVAL);
	int result = parcel.fds[1];
	parcel.fds[1] = -1;
	wire_close(&parcel);
	(void)close(JOB_FD);
	b->first_ns = b->frames_ns = now_ns();
	b->started = 1;
	boards_forget(boards, count);
	if (!python_run(work, result)) _exit(EXIT_NO_RESULT);
	(void)eventfd_write(WRITTEN_FD, 1);
	_exit(0);
}
