/* The layers of the sandbox: one const table, known to plotd (which tells of
 * them) and to plotd-runner (which puts them up). A row's position is its
 * number on the wire and its bit in `--without`. */
#ifndef PLOTD_SANDBOX_LAYERS_H
#define PLOTD_SANDBOX_LAYERS_H

#include "sandbox/sandbox.h"
#include "sandbox/wire.h"

enum layer {
	LAYER_USER,
	LAYER_MOUNT,
	LAYER_PID,
	LAYER_NET,
	LAYER_IPC,
	LAYER_UTS,
	LAYER_CGROUP_NS,
	LAYER_TMPFS,
	LAYER_UID,
	LAYER_CAPS,
	LAYER_NNP,
	LAYER_MEMORY,
	LAYER_PIDS,
	LAYER_CPU,
	LAYER_RLIMITS,
	LAYER_LANDLOCK,
	LAYER_SECCOMP,
	LAYER_FDS,
	LAYER_CLOCK,
	LAYER_RESULT,
	LAYER_COUNT
};
_Static_assert((int)LAYER_COUNT <= (int)WIRE_LAYERS && (int)LAYER_COUNT <= (int)SANDBOX_MAX_LAYERS, "layers");

/* What the lack of a layer does to the level. */
enum layer_weight {
	WEIGHT_BASE, /* without it there is no isolation: level none */
	WEIGHT_FULL, /* without it the level is at most reduced */
	WEIGHT_HELP, /* another layer holds the same, less finely */
};

typedef struct layer_row {
	const char *key;  /* "net": for --without */
	const char *name; /* "network namespace" */
	enum layer_weight weight;
	const char *what; /* what it holds, for docs and doctor */
	const char *remedy;
} layer_row;
extern const layer_row LAYERS[LAYER_COUNT];

#define LAYER_BIT(layer) (1u << (layer))
/* Every layer that level reduced does without. */
uint32_t layers_of_full(void);
/* "net,seccomp" to bits; "reduced" means layers_of_full. ERR_USAGE names what is unknown. */
bool layers_parse(const char *list, uint32_t *bits, err *e);
enum isolation layers_level(const wire_layer *states);
/* The table as people see it. `without`: bits switched off on purpose. */
void layers_tell(const wire_layer *states, uint32_t without, sandbox_status *out);

#endif
