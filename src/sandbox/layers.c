#include "sandbox/layers.h"

#include <errno.h>
#include <stdio.h>

#define USERNS_REMEDY                                                                                                  \
	"Allow user namespaces: `sysctl kernel.apparmor_restrict_unprivileged_userns=0`, or run plotd as root."
#define CGROUP_REMEDY "Start it with `systemd-run --user --scope -p Delegate=yes plotd serve`, or as root."

const layer_row LAYERS[LAYER_COUNT] = {
    [LAYER_USER] = {"user", "user namespace", WEIGHT_FULL, "privileges mean nothing outside", USERNS_REMEDY},
    [LAYER_MOUNT] = {"mount", "read-only view", WEIGHT_FULL, "no file but Python's library is there", USERNS_REMEDY},
    [LAYER_PID] = {"pid", "pid namespace", WEIGHT_FULL, "no other process is seen, none outlives", USERNS_REMEDY},
    [LAYER_NET] = {"net", "network namespace", WEIGHT_FULL, "there is no network", USERNS_REMEDY},
    [LAYER_IPC] = {"ipc", "ipc namespace", WEIGHT_FULL, "no shared memory, queues, locks", USERNS_REMEDY},
    [LAYER_UTS] = {"uts", "uts namespace", WEIGHT_FULL, "the host's name is not told", USERNS_REMEDY},
    [LAYER_CGROUP_NS] = {"cgroup-ns", "cgroup namespace", WEIGHT_FULL, "cgroup paths are not told", USERNS_REMEDY},
    [LAYER_TMPFS] = {"tmpfs", "private tmpfs", WEIGHT_FULL, "the only place to write, small, gone with the job",
		     USERNS_REMEDY},
    [LAYER_UID] = {"uid", "own user id", WEIGHT_HELP, "a user that owns nothing; another for each slot",
		   "Run plotd as root: only root can lend user ids. The other layers hold without it."},
    [LAYER_CAPS] = {"capabilities", "no capabilities", WEIGHT_BASE, "root's powers are dropped",
		    "Report this with the kernel's version."},
    [LAYER_NNP] = {"no-new-privs", "no new privileges", WEIGHT_BASE, "setuid files give nothing",
		   "Report this with the kernel's version."},
    [LAYER_MEMORY] = {"memory", "memory cgroup", WEIGHT_HELP, "all memory of the job, files and kernel's included",
		      CGROUP_REMEDY},
    [LAYER_PIDS] = {"pids", "pids cgroup", WEIGHT_HELP, "number of processes and threads", CGROUP_REMEDY},
    [LAYER_CPU] = {"cpu", "cpu cgroup", WEIGHT_HELP, "share of the processors", CGROUP_REMEDY},
    [LAYER_RLIMITS] = {"rlimits", "rlimits", WEIGHT_BASE, "memory, file size, descriptors, processor time",
		       "Raise the hard limits of the service (`ulimit -H -a`)."},
    [LAYER_LANDLOCK] = {"landlock", "Landlock", WEIGHT_BASE, "files, TCP, signals and sockets to others",
			"Needs Linux 5.13 or later with landlock in the `lsm=` boot list."},
    [LAYER_SECCOMP] = {"seccomp", "seccomp", WEIGHT_BASE, "system calls are an allow-list",
		       "Needs a kernel with CONFIG_SECCOMP_FILTER."},
    [LAYER_FDS] = {"descriptors", "closed descriptors", WEIGHT_BASE, "nothing open but what the job needs",
		   "Report this with the kernel's version."},
    [LAYER_CLOCK] = {"clock", "wall clock", WEIGHT_BASE, "the job is killed when its time is over", ""},
    [LAYER_RESULT] = {"result", "result check", WEIGHT_BASE, "what comes back is strict JSON within its limits", ""},
};

uint32_t layers_of_full(void) {
	uint32_t bits = 0;
	for (unsigned i = 0; i < LAYER_COUNT; i++)
		if (LAYERS[i].weight == WEIGHT_FULL) bits |= LAYER_BIT(i);
	return bits;
}

static bool layer_bits(slice key, uint32_t *bits) {
	if (slice_is(key, "reduced")) return *bits |= layers_of_full(), true;
	for (unsigned i = 0; i < LAYER_COUNT; i++)
		if (slice_is(key, LAYERS[i].key)) return *bits |= LAYER_BIT(i), true;
	return false;
}

bool layers_parse(const char *list, uint32_t *bits, err *e) {
	*bits = 0;
	for (slice rest = slice_of(list); rest.n;) {
		slice key = slice_trim(slice_sub(rest, 0, slice_find(rest, ',')));
		rest = slice_sub(rest, slice_find(rest, ',') + 1, rest.n);
		if (key.n && !layer_bits(key, bits))
			return err_set(e, ERR_USAGE, "there is no layer named '%.*s'", SLICE_ARG(key));
	}
	return true;
}

enum isolation layers_level(const wire_layer *states) {
	enum isolation level = ISOLATION_FULL;
	for (unsigned i = 0; i < LAYER_COUNT; i++) {
		if (states[i].state == LAYER_ON) continue;
		if (LAYERS[i].weight == WEIGHT_BASE) return ISOLATION_NONE;
		if (LAYERS[i].weight == WEIGHT_FULL) level = ISOLATION_REDUCED;
	}
	return level;
}

static void tell(const layer_row *row, const wire_layer *state, bool off, sandbox_layer *to) {
	static const char *const NAMES[] = {"off", "on", "missing"};
	*to = (sandbox_layer){.name = row->name, .state = NAMES[state->state <= LAYER_MISSING ? state->state : 0]};
	if (off) {
		(void)snprintf(to->reason, sizeof to->reason, "switched off for a test");
		return;
	}
	const char *why = state->number ? strerrordesc_np(state->number) : "";
	(void)snprintf(to->reason, sizeof to->reason, "%.*s%s%s", (int)sizeof state->detail, state->detail,
		       *state->detail && *why ? ": " : "", why ? why : "");
	if (state->state != LAYER_ON) (void)snprintf(to->remedy, sizeof to->remedy, "%s", row->remedy);
}

void layers_tell(const wire_layer *states, uint32_t without, sandbox_status *out) {
	for (unsigned i = 0; i < LAYER_COUNT; i++)
		tell(&LAYERS[i], &states[i], without & LAYER_BIT(i), &out->layers[i]);
	out->nlayers = LAYER_COUNT;
}

const char *isolation_name(enum isolation level) {
	static const char *const NAMES[] = {"none", "reduced", "full"};
	return NAMES[level];
}
