/* The border between plotd and plotd-runner: fixed-size messages over a
 * SEQPACKET socket, one message a packet, data in memfds passed along.
 *
 *   plotd -> runner   HELLO once; JOB any number of times
 *   runner -> plotd   READY or FAILED once
 *   job socket        DONE from the zygote: once the job has written its document
 *                     (WRITTEN), and once it is dead
 *
 * Each job has its own socket pair, whose one end travels in the JOB message.
 * So answers need no numbers, and closing the other end is the order to kill
 * the job: a client that goes, a deadline, and a plotd that dies all look the
 * same to the runner, and all mean the same.
 *
 * Both sides are plotd's own programs and of one build (`version`). The job
 * itself never speaks this: it only ever writes its result memfd, and counts an
 * eventfd up when it is done. Still every
 * receive checks size, magic, type and number of descriptors, refuses what was
 * cut (MSG_TRUNC, MSG_CTRUNC) and closes descriptors nobody asked for. */
#ifndef PLOTD_SANDBOX_WIRE_H
#define PLOTD_SANDBOX_WIRE_H

#include "base/fd.h"
#include "base/slice.h"

#include <sys/resource.h>

enum { WIRE_MAGIC = 0x31574c50 /* "PLW1" */, WIRE_MAX_FRAMES = 64, WIRE_MAX_FDS = WIRE_MAX_FRAMES + 3 };
enum { WIRE_LAYERS = 24, WIRE_MAX_SLOTS = 256 };
enum wire_type { WIRE_HELLO = 1, WIRE_READY, WIRE_FAILED, WIRE_JOB, WIRE_DONE };

typedef struct wire_head {
	uint32_t magic;
	uint16_t type, version; /* version: of this file, checked at HELLO */
	uint32_t size;          /* bytes of the whole message */
	uint32_t fds;           /* descriptors that come with it */
} wire_head;
enum { WIRE_VERSION = 2 };

/* What the runner has to know before it starts. Strings are NUL-terminated. */
typedef struct wire_hello {
	wire_head head;
	uint32_t slots, spares;          /* jobs at a time; forks kept waiting */
	uint64_t memory, pids, cpus;     /* of one job; bytes, processes, cores */
	uint64_t wall_ms;                /* the longest a job may take; 0: no bound, for tests */
	uint64_t result_max, frames_max; /* bytes that a result may have, and all frames of a job */
	uint32_t without;                /* bit a layer left off: tests only */
	uint32_t memory_held;            /* 1: a container around the runner bounds its memory, the jobs' included */
	uint32_t patient;                /* 1: warm all before READY, since another runner serves meanwhile */
	char site[1024];                 /* the venv's site-packages; empty: those of the image */
} wire_hello;

enum layer_state { LAYER_OFF, LAYER_ON, LAYER_MISSING };
typedef struct wire_layer {
	uint32_t state; /* enum layer_state */
	int32_t number; /* errno of what was tried, or 0 */
	char detail[56];
} wire_layer;

typedef struct wire_ready {
	wire_head head;
	int32_t pid;          /* of the zygote, in plotd's pid namespace */
	uint32_t memory_held; /* 1: by a cgroup, 0: by rlimits */
	char python[32], pandas[32], plotly[32];
	char fingerprint[24]; /* of the sources that the runner was built from */
	wire_layer layers[WIRE_LAYERS];
} wire_ready;
extern const char WIRE_FINGERPRINT[17]; /* this program's own */

typedef struct wire_failed {
	wire_head head;
	char sentence[512], hint[256];
} wire_failed;

enum wire_job_flags { WIRE_NO_POLICY = 1, WIRE_CHECK_ONLY = 2 };
/* Descriptors: job socket, code memfd, result memfd, frames. */
typedef struct wire_job {
	wire_head head;
	uint64_t wall_ms, code_max, figure_max;
	uint32_t flags, nframes;
} wire_job;

/* Why a job ended, as far as the zygote knows. WIRE_WRITTEN: it says that its document is there, and has been killed.
 */
enum wire_end { WIRE_EXITED = 1, WIRE_SIGNALLED, WIRE_TIMED_OUT, WIRE_DROPPED, WIRE_SETUP, WIRE_WRITTEN };
typedef struct wire_done {
	wire_head head;
	uint32_t end;  /* enum wire_end */
	int32_t value; /* exit code, signal, or errno of the set-up step */
	uint32_t oom;  /* processes killed for memory */
	uint32_t from_spare;
	uint32_t out_of_memory; /* the job said MemoryError while it set up its data */
	uint32_t reserved;
	uint64_t peak_memory;                /* bytes; 0 unknown, as it is while the job is not dead */
	int64_t got_ns, first_ns, frames_ns; /* CLOCK_MONOTONIC: message got, job's first instruction, frames there */
	int64_t sent_ns;
	char step[64]; /* of the set-up, for WIRE_SETUP */
} wire_done;

/* Sends one message and the descriptors, which stay the caller's. ERR_SANDBOX when the other side is gone. */
bool wire_send(int socket, wire_head *message, enum wire_type type, size_t size, const int *fds, size_t nfds, err *e);

/* What wire_receive got. `fds` are the caller's to close (wire_close). */
typedef struct wire_parcel {
	int fds[WIRE_MAX_FDS];
	size_t nfds;
} wire_parcel;
/* Receives one message of exactly this type and size into `message`. `parcel`
 * may be NULL where no descriptor may come. False with ERR_SANDBOX: nothing
 * kept. *gone (may be NULL) tells that the other side closed. Blocks; wait first. */
bool wire_receive(int socket, wire_head *message, enum wire_type type, size_t size, wire_parcel *parcel, bool *gone,
		  err *e);
/* The type of the message that waits, without taking it; 0 when the other side closed or sent junk. */
enum wire_type wire_peek(int socket);
void wire_close(wire_parcel *parcel);

#endif
