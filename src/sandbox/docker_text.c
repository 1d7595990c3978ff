/* What is said to the engine and what it answers. An answer may come from
 * anybody who sits at the socket: every member's type and length is looked at. */
#include "docker_seccomp.inc"
#include "sandbox/docker.h"

#include <jansson.h>
#include <stdio.h>

static void free_json(json_t **j) {
	json_decref(*j);
}
#define cleanup_json __attribute__((cleanup(free_json)))

static json_t *parse(slice answer, err *e) {
	json_t *j = answer.n ? json_loadb(answer.p, answer.n, 0, NULL) : NULL;
	if (j) return j;
	(void)err_set(e, ERR_SANDBOX, "what answers at the Docker engine's socket is no Docker engine");
	return err_hint(e, "Correct DOCKER_HOST; `docker version` tells whether the engine is well."), NULL;
}

/* A member's text, "" where it has none or does not fit. */
static const char *text_in(const json_t *object, const char *name) {
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

static bool copy_text(char *to, size_t size, const char *text) {
	*to = 0;
	if (strlen(text) >= size) return false;
	memcpy(to, text, strlen(text) + 1);
	return true;
}

/* "1.41" gives 41; 0 for what is no such version. */
static unsigned minor_of(const char *version) {
	unsigned long long minor = 0;
	slice text = slice_of(version);
	if (!slice_starts(text, SLICE("1.")) || !slice_to_u64(slice_sub(text, 2, text.n), &minor)) return 0;
	return minor < 10000 ? (unsigned)minor : 0;
}

bool engine_read_version(slice answer, engine_facts *f, err *e) {
	cleanup_json json_t *j = parse(answer, e);
	if (!j) return false;
	unsigned most = minor_of(text_in(j, "ApiVersion")), least = minor_of(text_in(j, "MinAPIVersion"));
	slice version = slice_utf8_cut(slice_of(text_in(j, "Version")), sizeof f->version - 1);
	(void)snprintf(f->version, sizeof f->version, "%.*s", SLICE_ARG(version));
	if (!most) return parse(SLICE(""), e) != NULL;
	f->api = most < API_MOST ? most : API_MOST > least ? API_MOST : least;
	if (most >= API_LEAST) return true;
	(void)err_set(e, ERR_SANDBOX, "the Docker engine %s speaks API version 1.%u; plotd needs 1.%d", f->version,
		      most, API_LEAST);
	return err_hint(e, "Install Docker 19.03 or later, or set PLOTD_EXECUTOR=native.");
}

bool engine_read_info(slice answer, engine_facts *f, err *e) {
	cleanup_json json_t *j = parse(answer, e);
	if (!j) return false;
	f->memory = json_is_true(json_object_get(j, "MemoryLimit"));
	f->pids = json_is_true(json_object_get(j, "PidsLimit"));
	f->cpu = json_is_true(json_object_get(j, "CpuCfsQuota"));
	size_t i;
	json_t *item;
	json_array_foreach(json_object_get(j, "SecurityOptions"), i, item) {
		slice text = slice_of(json_string_value(item));
		if (slice_starts(text, SLICE("name=userns")) || slice_starts(text, SLICE("name=rootless")))
			f->maps_users = true;
		if (slice_starts(text, SLICE("name=selinux"))) f->selinux = true;
	}
	return true;
}

static bool take_id(const json_t *object, char id[ENGINE_ID]) {
	slice text = slice_of(text_in(object, "Id")), rest = text;
	if (slice_starts(text, SLICE("sha256:"))) rest = slice_sub(text, 7, text.n);
	if (rest.n == 0 || strspn(rest.p, "0123456789abcdef") != rest.n) return false;
	return copy_text(id, ENGINE_ID, text.p);
}

bool engine_read_id(slice answer, char id[ENGINE_ID], err *e) {
	cleanup_json json_t *j = parse(answer, e);
	if (!j) return false;
	return take_id(j, id) || err_set(e, ERR_SANDBOX, "the Docker engine gave no id");
}

bool engine_read_state(slice answer, box_state *s, err *e) {
	cleanup_json json_t *j = parse(answer, e);
	if (!j) return false;
	const json_t *state = json_object_get(j, "State");
	json_int_t code = json_integer_value(json_object_get(state, "ExitCode"));
	*s = (box_state){.running = json_is_true(json_object_get(state, "Running")),
			 .oom = json_is_true(json_object_get(state, "OOMKilled")),
			 .exit_code = code >= 0 && code < 256 ? (int)code : -1};
	err_copy_text(s->error, sizeof s->error, slice_of(text_in(state, "Error")));
	return json_is_object(state) || err_set(e, ERR_SANDBOX, "the Docker engine told no state of a container");
}

static bool take_leftover(const json_t *item, leftover *l) {
	const json_t *labels = json_object_get(item, "Labels");
	unsigned long long number = 0;
	*l = (leftover){.number = 0};
	const char *state = text_in(item, "State");
	l->ended = strcmp(state, "exited") == 0 || strcmp(state, "dead") == 0;
	if (slice_to_u64(slice_of(text_in(labels, LABEL ".number")), &number)) l->number = number;
	return take_id(item, l->id) && copy_text(l->service, sizeof l->service, text_in(labels, LABEL)) &&
	       copy_text(l->directory, sizeof l->directory, text_in(labels, LABEL ".directory")) &&
	       copy_text(l->boot, sizeof l->boot, text_in(labels, LABEL ".boot")) && *l->service;
}

bool engine_read_list(slice answer, void (*use)(void *state, const leftover *l), void *state, err *e) {
	cleanup_json json_t *j = parse(answer, e);
	if (!j) return false;
	size_t i;
	json_t *item;
	json_array_foreach(j, i, item) {
		leftover l;
		if (take_leftover(item, &l)) use(state, &l);
	}
	return json_is_array(j) || err_set(e, ERR_SANDBOX, "the Docker engine gave no list of containers");
}

void engine_read_pull(slice answer, char *sentence, size_t size) {
	*sentence = 0;
	for (slice rest = answer; rest.n && !*sentence;) {
		size_t end = slice_find(rest, '\n');
		cleanup_json json_t *j = end ? json_loadb(rest.p, end, 0, NULL) : NULL;
		err_copy_text(sentence, size, slice_of(text_in(j, "error")));
		rest = slice_sub(rest, end + 1, rest.n);
	}
}

/* What an engine says, in its own words of many years, and what that means for whoever runs plotd. */
static const struct {
	const char *said, *sentence, *remedy;
} FAULTS[] = {
    {"no space left on device", "the Docker engine's disk is full",
     "Free some: docker system df shows what takes it, docker system prune clears what is not used."},
    {"permission denied", "the Docker engine lacks a right on its own machine",
     "Its log says which: journalctl -u docker"},
    {"denied", "the registry does not give the image out", "docker login, or correct PLOTD_DOCKER_IMAGE."},
    {"unauthorized", "the registry does not give the image out", "docker login, or correct PLOTD_DOCKER_IMAGE."},
    {"No such image", "the image is not there",
     "Build it: docker build -f Dockerfile.execution -t plot-executor:latest .  Names without a slash are not pulled."},
    {"manifest unknown", "the registry has no such image", "Correct PLOTD_DOCKER_IMAGE."},
    {"failed to do request", "the registry cannot be reached", "Check the network and PLOTD_DOCKER_IMAGE."},
    {"connection refused", "the registry cannot be reached", "Check the network and PLOTD_DOCKER_IMAGE."},
    {"bind source path does not exist", "the Docker engine does not see plotd's files",
     "It runs in a virtual machine, or plotd in a container of its own: set PLOTD_EXECUTOR=native there."},
    {"client version", "plotd and the Docker engine have no version of its API in common",
     "Install a Docker engine between 19.03 and the newest that this plotd knows, or set PLOTD_EXECUTOR=native."},
    {"exec format error", "the image is for another kind of processor",
     "Build it on this machine: docker build -f Dockerfile.execution -t plot-executor:latest ."},
};

bool engine_fault(const char *what, const char *image, long status, slice answer, err *e) {
	cleanup_json json_t *j = answer.n ? json_loadb(answer.p, answer.n, 0, NULL) : NULL;
	const char *message = text_in(j, "message");
	slice said = slice_trim(*message ? slice_of(message) : answer);
	char words[300];
	err_copy_text(words, sizeof words, said);
	for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
		if (!said.n || !memmem(said.p, said.n, FAULTS[i].said, strlen(FAULTS[i].said))) continue;
		(void)err_set(e, ERR_SANDBOX, "%s (%s): cannot %s: %s", FAULTS[i].sentence, image, what, words);
		return err_hint(e, "%s", FAULTS[i].remedy);
	}
	(void)err_set(e, ERR_SANDBOX, "the Docker engine cannot %s: %s (%ld)", what, *words ? words : "no reason told",
		      status);
	return err_hint(e, "Its log says more: journalctl -u docker");
}

/* Room for what is the runner's own beside the job: its Python and its two processes with the threads that start them.
 */
enum { LEAST_MEMORY = 256 << 20, OWN_PIDS = 16 };

static json_t *environment(void) {
	json_t *list = json_array();
	for (size_t i = 0; RUNNER_ENVIRONMENT[i]; i++)
		(void)json_array_append_new(list, json_string(RUNNER_ENVIRONMENT[i]));
	return list;
}

/* docker_seccomp.json says which calls there are; a profile of the engine's own may lack Landlock's. AppArmor's
 * default profile and SELinux' would stand in the way of the sandbox within and of plotd's socket. */
static json_t *security(const engine_facts *f) {
	json_t *list = json_pack("[s, o, s]", "no-new-privileges:true", json_sprintf("seccomp=%s", DOCKER_SECCOMP),
				 "apparmor=unconfined");
	if (f->selinux) (void)json_array_append_new(list, json_string("label=disable"));
	return list;
}

static json_t *host_part(const config *c, const engine_facts *f, const char *socket) {
	json_int_t memory = (json_int_t)(c->job_memory > LEAST_MEMORY ? c->job_memory : LEAST_MEMORY);
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:b, s:[s], s:o, s:{s:s}, s:s, s:s*, s:{s:s, s:{s:s, s:s}},"
			 " s:[{s:s, s:s, s:s, s:b}], s:[{s:s, s:i, s:i}]}",
			 "NetworkMode", "none", "Memory", memory, "MemorySwap", memory, /* together: no swap */
			 "NanoCpus", (json_int_t)c->job_cpus * 1000000000, "PidsLimit",
			 (json_int_t)c->job_pids + OWN_PIDS, "ReadonlyRootfs", 1, "CapDrop", "ALL", "SecurityOpt",
			 security(f), "Tmpfs", "/tmp", "rw,nosuid,nodev,noexec,size=16m,mode=1777", "IpcMode", "none",
			 "CgroupnsMode", f->api >= 41 ? "private" : NULL, "LogConfig", "Type", "json-file", "Config",
			 "max-size", "64k", "max-file", "1", "Mounts", "Type", "bind", "Source", socket, "Target",
			 "/plotd.sock", "ReadOnly", 1, "Ulimits", "Name", "core", "Soft", 0, "Hard", 0);
}

char *box_body(const config *c, const engine_facts *f, const owner *o, uint64_t number, const char *socket) {
	char ordinal[24];
	(void)snprintf(ordinal, sizeof ordinal, "%llu", (unsigned long long)number);
	cleanup_json json_t *j = json_pack(
	    "{s:s, s:[s], s:s, s:s, s:s, s:b, s:o, s:{s:s, s:s, s:s, s:s}, s:o}", "Image", c->docker_image, "Cmd",
	    "/plotd.sock", "User", "10001:10001", "WorkingDir", "/tmp", "Hostname", "plotd", "NetworkDisabled", 1,
	    "Env", environment(), "Labels", LABEL, o->service, LABEL ".directory", o->directory, LABEL ".boot", o->boot,
	    LABEL ".number", ordinal, "HostConfig", host_part(c, f, socket));
	return j ? json_dumps(j, JSON_COMPACT) : NULL;
}

void box_layers(const wire_ready *r, const engine_facts *f, wire_layer layers[WIRE_LAYERS]) {
	const struct {
		enum layer layer;
		bool there;
	} OF_CONTAINER[] = {{LAYER_MOUNT, true},   {LAYER_PID, true},           {LAYER_NET, true},
			    {LAYER_IPC, true},     {LAYER_UTS, true},           {LAYER_CGROUP_NS, f->api >= 41},
			    {LAYER_UID, true},     {LAYER_USER, f->maps_users}, {LAYER_MEMORY, f->memory},
			    {LAYER_PIDS, f->pids}, {LAYER_CPU, f->cpu}};
	memcpy(layers, r->layers, sizeof r->layers);
	for (size_t i = 0; i < sizeof OF_CONTAINER / sizeof *OF_CONTAINER; i++) {
		wire_layer *l = &layers[OF_CONTAINER[i].layer];
		if (!OF_CONTAINER[i].there || l->state != LAYER_MISSING) continue;
		*l = (wire_layer){.state = LAYER_ON, .detail = "the container's"};
	}
}
