/* What the files of the docker executor share; nobody else includes it but
 * the unit tests.
 *
 *   docker.c          the pool of containers; the executor's table
 *   docker_box.c      one container: made, warm, removed
 *   docker_engine.c   calls to the engine: HTTP over its unix socket
 *   docker_text.c     what is said to the engine and what it answers, as text
 *   docker_place.c    the service's own directory; leftovers of dead services */
#ifndef PLOTD_SANDBOX_DOCKER_H
#define PLOTD_SANDBOX_DOCKER_H

#include "base/buf.h"
#include "sandbox/inside.h"

/* ---- docker_text.c: no input or output; every answer is taken as coming from anybody. */

enum { API_LEAST = 40, API_MOST = 44 }; /* of version 1.x: Docker 19.03 and later; what was tried */
enum { ENGINE_ID = 72 };                /* a container's or image's id and its NUL */

typedef struct engine_facts {
	unsigned api;           /* y of version 1.y that both sides speak */
	char version[32];       /* of the engine */
	bool memory, pids, cpu; /* limits that its machine can hold */
	bool maps_users;        /* containers live in a user namespace */
	bool selinux;
} engine_facts;

/* Answers of /version and /info. ERR_SANDBOX when it is none, or versions do not meet. */
bool engine_read_version(slice answer, engine_facts *f, err *e);
bool engine_read_info(slice answer, engine_facts *f, err *e);
/* The member "Id" of an answer; ids are hexadecimal, with "sha256:" before an image's. */
bool engine_read_id(slice answer, char id[ENGINE_ID], err *e);

typedef struct box_state {
	bool running, oom;
	int exit_code;
	char error[160]; /* the engine's words */
} box_state;
bool engine_read_state(slice answer, box_state *s, err *e);

/* Containers with our label, an element a call; `use` false ends it early. */
typedef struct leftover {
	char id[ENGINE_ID];
	char service[64], directory[80], boot[64]; /* labels; empty where there is none */
	uint64_t number;                           /* of the container within its service */
	bool ended;                                /* neither running nor about to */
} leftover;
bool engine_read_list(slice answer, void (*use)(void *state, const leftover *l), void *state, err *e);

/* The first error in the stream that a pull answers with; empty where all went well. */
void engine_read_pull(slice answer, char *sentence, size_t size);

/* Sets e to what an answer with the HTTP status of a failure means: `what` was tried ("start a container"). False. */
bool engine_fault(const char *what, const char *image, long status, slice answer, err *e);

/* Who owns a container: written into its labels. */
typedef struct owner {
	char service[64];   /* this service's id, no other's ever */
	char directory[80]; /* locked for as long as the service lives; a socket's path has room for it */
	char boot[64];      /* of the machine */
} owner;
#define LABEL "plotd.service"
/* The body of a call to make container `number`, which finds plotd at the socket file `socket`. Owned by the caller;
 * NULL when memory is out. */
char *box_body(const config *c, const engine_facts *f, const owner *o, uint64_t number, const char *socket);

/* The layers as the runner inside found them, and those that the container itself holds. */
void box_layers(const wire_ready *r, const engine_facts *f, wire_layer layers[WIRE_LAYERS]);

/* ---- docker_engine.c */

typedef struct engine {
	char socket[104]; /* sun_path */
	char prefix[12];  /* "/v1.41" */
	const char *image;
	engine_facts facts;
} engine;

/* Finds the engine, agrees upon a version, learns what it can. */
bool engine_open(engine *g, const config *c, const cancel *stop, err *e);

typedef struct engine_call {
	const char *what; /* for the message: "start a container" */
	const char *method, *path;
	const char *body; /* JSON, or NULL */
	int64_t ms;       /* at most; 0 is a usual call's time */
	long status;      /* HTTP, once it answered */
	buf answer;       /* owned: engine_call_free */
} engine_call;
#define cleanup_call __attribute__((cleanup(engine_call_free)))
void engine_call_free(engine_call *call);
/* True with an answer that is none of failure. ERR_SANDBOX says what is wrong and what mends it. Thread-safe. */
bool engine_ask(const engine *g, engine_call *call, const cancel *stop, err *e);

/* The image is there, or was pulled: only a name with a slash is one of a registry's. `id` is its own. */
bool engine_has_image(const engine *g, char id[ENGINE_ID], const cancel *stop, err *e);

/* ---- docker_place.c */

typedef struct place {
	owner owner;
	int lock; /* held for life */
} place;
bool place_open(place *p, err *e);
void place_close(place *p); /* removes the directory; NULL is not fine */
/* Removes containers of services that are dead, and those of our own that `lives` does not know. */
bool place_sweep(const place *p, const engine *g, bool (*lives)(void *state, uint64_t number), void *state,
		 const cancel *stop, err *e);

/* ---- docker_box.c */

enum box_phase { BOX_MAKING, BOX_READY, BOX_TAKEN, BOX_OVER };
typedef struct box {
	struct box *next; /* `next`, `pool`, `phase` and `over` are the pool's */
	void *pool;
	enum box_phase phase;
	int over; /* eventfd: its job is done with it */
	uint64_t number;
	int socket;   /* to the runner; -1 until it called */
	bool patient; /* nobody waits for it: warm all of it */
	wire_ready ready;
	pid_t keeper; /* in plotd's pid namespace; 0 where it cannot be told */
} box;
/* A container that is started and warm. What was begun is left to box_remove. */
bool box_make(box *b, const struct sandbox *s, const engine *g, const place *p, const cancel *stop, err *e);
/* What became of its container, when its runner died: the code's memory, or somebody's hand. Always false. */
bool box_fate(const box *b, const struct sandbox *s, const engine *g, const place *p, err *e);
/* Kills and removes the container; one that is not there is fine. */
bool box_remove(box *b, const engine *g, const place *p, err *e);

#endif
