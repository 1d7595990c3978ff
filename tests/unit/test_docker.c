/* The docker executor's side of the engine's API: what it makes of answers
 * that no engine gives, and of sockets at which none sits. A real engine is
 * spoken to in tests/docker. */
#include "sandbox/docker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

/* ---- answers as text */

static void versions_meet_or_say_why(void **state) {
	(void)state;
	static const struct {
		const char *answer;
		unsigned api; /* 0: refused */
	} CASES[] = {
	    {"{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\",\"Version\":\"20.10.24\"}", 41},
	    {"{\"ApiVersion\":\"1.52\",\"MinAPIVersion\":\"1.44\"}", 44},
	    {"{\"ApiVersion\":\"1.60\",\"MinAPIVersion\":\"1.50\"}", 50}, /* it no longer speaks what was tried */
	    {"{\"ApiVersion\":\"1.40\"}", 40},
	    {"{\"ApiVersion\":\"1.39\",\"MinAPIVersion\":\"1.12\"}", 0},
	    {"{\"ApiVersion\":\"2.0\"}", 0},
	    {"{\"ApiVersion\":\"1.-1\"}", 0},
	    {"{\"ApiVersion\":\"1.99999999999999999999\"}", 0},
	    {"{\"ApiVersion\":141}", 0},
	    {"{}", 0},
	    {"[]", 0},
	    {"", 0},
	    {"<html>It works!</html>", 0},
	    {"{\"ApiVersion\":\"1.41\"", 0},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		engine_facts f = {.api = 0};
		err e = ERR_INIT;
		bool good = engine_read_version(slice_of(CASES[i].answer), &f, &e);
		if (good != (CASES[i].api != 0) || (good && f.api != CASES[i].api))
			fail_msg("%s: %d, 1.%u, %s", CASES[i].answer, good, f.api, e.message);
		if (!good) assert_true(*e.message && *err_remedy(&e));
	}
}

static void an_engine_tells_what_it_can_hold(void **state) {
	(void)state;
	engine_facts f = {.api = 41};
	err e = ERR_INIT;
	assert_true(engine_read_info(SLICE("{\"MemoryLimit\":true,\"PidsLimit\":false,\"CpuCfsQuota\":1,"
					   "\"SecurityOptions\":[7,null,\"name=selinux\",\"name=rootless,x=y\"]}"),
				     &f, &e));
	assert_true(f.memory && !f.pids && !f.cpu && f.selinux && f.maps_users);
	f = (engine_facts){.api = 41};
	assert_true(engine_read_info(SLICE("{\"SecurityOptions\":\"name=userns\"}"), &f, &e));
	assert_false(f.memory || f.maps_users || f.selinux);
	assert_false(engine_read_info(SLICE("nothing"), &f, &e));
}

static void an_id_is_one_or_nothing(void **state) {
	(void)state;
	char id[ENGINE_ID];
	err e = ERR_INIT;
	assert_true(engine_read_id(SLICE("{\"Id\":\"sha256:00ff\"}"), id, &e));
	assert_string_equal(id, "sha256:00ff");
	static const char *const NONE[] = {"{\"Id\":\"../../etc\"}", "{\"Id\":\"\"}", "{\"Id\":\"sha256:\"}",
					   "{\"Id\":[]}"};
	char answer[128];
	for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++) assert_false(engine_read_id(slice_of(NONE[i]), id, &e));
	(void)snprintf(answer, sizeof answer, "{\"Id\":\"%0*d\"}", ENGINE_ID, 0); /* a digit too long */
	assert_false(engine_read_id(slice_of(answer), id, &e));
}

static void the_state_of_a_container(void **state) {
	(void)state;
	box_state s;
	err e = ERR_INIT;
	assert_true(engine_read_state(SLICE("{\"State\":{\"OOMKilled\":true,\"ExitCode\":137}}"), &s, &e));
	assert_true(s.oom && !s.running && s.exit_code == 137);
	assert_true(engine_read_state(SLICE("{\"State\":{\"Running\":1,\"ExitCode\":1e99}}"), &s, &e));
	assert_false(s.running);
	assert_true(engine_read_state(SLICE("{\"State\":{\"ExitCode\":-5}}"), &s, &e));
	assert_int_equal(s.exit_code, -1);
	assert_false(engine_read_state(SLICE("{\"State\":\"running\"}"), &s, &e));
	assert_false(engine_read_state(SLICE("{}"), &s, &e));
}

static void note(void *state, const leftover *l) {
	buf *b = state;
	buf_printf(b, "%s/%s/%llu/%d ", l->id, l->service, (unsigned long long)l->number, l->ended);
}

static void only_whole_leftovers_count(void **state) {
	(void)state;
	buf b = BUF_INIT(4096);
	err e = ERR_INIT;
	assert_true(engine_read_list(
	    SLICE("[{\"Id\":\"aa\",\"State\":\"exited\",\"Labels\":{\"plotd.service\":\"s\",\"plotd.service.number\":"
		  "\"7\"}},"
		  "{\"Id\":\"bb\",\"State\":\"running\",\"Labels\":{\"plotd.service\":\"t\",\"plotd.service.number\":"
		  "\"x\"}},"
		  "{\"Id\":\"cc\",\"Labels\":{}},{\"Id\":\"dd\"},7,null,{\"Id\":\"e "
		  "e\",\"Labels\":{\"plotd.service\":\"s\"}},"
		  "{\"Id\":\"ff\",\"Labels\":{\"plotd.service\":\"s\",\"plotd.service.directory\":\"/a/path/that/is/"
		  "longer/than/any/that/plotd/would/ever/make/for/itself/and/so/is/not/its/own/at/all\"}}]"),
	    note, &b, &e));
	assert_string_equal(buf_cstr(&b), "aa/s/7/1 bb/t/0/0 ");
	buf_free(&b);
	assert_false(engine_read_list(SLICE("{\"message\":\"no\"}"), note, &b, &e));
}

static void what_a_pull_says(void **state) {
	(void)state;
	char said[64];
	engine_read_pull(SLICE("{\"status\":\"Pulling\"}\r\n\n{\"error\":\"unauthorized\"}\n{\"error\":\"later\"}"),
			 said, sizeof said);
	assert_string_equal(said, "unauthorized");
	engine_read_pull(SLICE("{\"status\":\"Pulling\"}\n{\"err"), said, sizeof said);
	assert_string_equal(said, "");
	engine_read_pull(SLICE(""), said, sizeof said);
	assert_string_equal(said, "");
}

static void each_fault_has_a_sentence_and_a_remedy(void **state) {
	(void)state;
	static const struct {
		long status;
		const char *answer, *sentence, *remedy;
	} CASES[] = {
	    {404, "{\"message\":\"No such image: plot-executor:latest\"}", "image is not there", "docker build"},
	    {500, "{\"message\":\"write /x: no space left on device\"}", "disk is full", "docker system prune"},
	    {403, "{\"message\":\"pull access denied for x\"}", "does not give the image out", "docker login"},
	    {400, "{\"message\":\"client version 1.44 is too new. Maximum supported API version is 1.41\"}",
	     "no version of its API", "19.03"},
	    {400,
	     "{\"message\":\"invalid mount config for type \\\"bind\\\": bind source path does not exist: /run/x\"}",
	     "does not see plotd's files", "PLOTD_EXECUTOR=native"},
	    {400, "{\"message\":\"exec /opt/plotd/bin/plotd-runner: exec format error\"}", "another kind of processor",
	     "docker build"},
	    {500, "denied", "does not give the image out", "docker login"},
	    {500, "{\"message\":\"open /x: permission denied\"}", "lacks a right", "journalctl"},
	    {500, "{\"message\":\"something new\"}", "cannot start a container: something new (500)", "journalctl"},
	    {502, "<html>bad gateway</html>", "<html>bad gateway</html> (502)", "journalctl"},
	    {500, "{\"message\":[1]}", "(500)", "journalctl"},
	    {500, "", "no reason told (500)", "journalctl"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		err e = ERR_INIT;
		assert_false(engine_fault("start a container", "plot-executor:latest", CASES[i].status,
					  slice_of(CASES[i].answer), &e));
		if (!strstr(e.message, CASES[i].sentence) || !strstr(err_remedy(&e), CASES[i].remedy))
			fail_msg("%s: %s -> %s", CASES[i].answer, e.message, err_remedy(&e));
		assert_int_equal(e.code, ERR_SANDBOX);
	}
}

static void a_container_is_asked_for_with_every_bound(void **state) {
	(void)state;
	err e = ERR_INIT;
	config c;
	assert_true(config_load(&c, &e));
	const engine_facts f = {.api = 41, .selinux = true};
	const owner o = {.service = "0123", .directory = "/run/plotd-docker-0123", .boot = "b"};
	char *text = box_body(&c, &f, &o, 7, "/run/plotd-docker-0123/7");
	json_t *j = json_loads(text, 0, NULL), *host = json_object_get(j, "HostConfig");
	assert_non_null(host);
	assert_string_equal(json_string_value(json_object_get(j, "User")), "10001:10001");
	assert_string_equal(json_string_value(json_object_get(json_object_get(j, "Labels"), "plotd.service")), "0123");
	assert_string_equal(json_string_value(json_object_get(host, "NetworkMode")), "none");
	assert_int_equal(json_integer_value(json_object_get(host, "Memory")), 512 << 20);
	assert_int_equal(json_integer_value(json_object_get(host, "MemorySwap")), 512 << 20);
	assert_int_equal(json_integer_value(json_object_get(host, "NanoCpus")), 1000000000);
	assert_int_equal(json_integer_value(json_object_get(host, "PidsLimit")), 64 + 16);
	assert_true(json_is_true(json_object_get(host, "ReadonlyRootfs")));
	assert_string_equal(json_string_value(json_array_get(json_object_get(host, "CapDrop"), 0)), "ALL");
	const json_t *options = json_object_get(host, "SecurityOpt");
	assert_string_equal(json_string_value(json_array_get(options, 0)), "no-new-privileges:true");
	assert_string_equal(json_string_value(json_array_get(options, 3)), "label=disable");
	json_t *profile = json_loads(json_string_value(json_array_get(options, 1)) + strlen("seccomp="), 0, NULL);
	assert_string_equal(json_string_value(json_object_get(profile, "defaultAction")), "SCMP_ACT_ERRNO");
	json_decref(profile);
	json_decref(j);
	free(text);
}

static void layers_that_a_container_holds_are_told_as_such(void **state) {
	(void)state;
	wire_layer found[WIRE_LAYERS];
	wire_ready r = {.pid = 0};
	for (unsigned i = 0; i < LAYER_COUNT; i++) r.layers[i].state = LAYER_ON;
	const engine_facts weak = {.api = 41}, strong = {.api = 41, .memory = true, .pids = true, .cpu = true};
	r.layers[LAYER_USER].state = r.layers[LAYER_NET].state = r.layers[LAYER_MEMORY].state = LAYER_MISSING;
	r.layers[LAYER_PID].state = LAYER_OFF; /* by a test: stays off */
	box_layers(&r, &weak, found);
	assert_int_equal(found[LAYER_NET].state, LAYER_ON);
	assert_int_equal(found[LAYER_PID].state, LAYER_OFF);
	assert_int_equal(found[LAYER_MEMORY].state, LAYER_MISSING);
	assert_int_equal(found[LAYER_USER].state, LAYER_MISSING); /* unless the engine maps ids */
	assert_int_equal(layers_level(found), ISOLATION_REDUCED);
	r.layers[LAYER_SECCOMP].state =
	    LAYER_MISSING; /* the container's filter lets a job's sandbox be built: no stand-in */
	box_layers(&r, &strong, found);
	assert_int_equal(found[LAYER_MEMORY].state, LAYER_ON);
	assert_int_equal(layers_level(found), ISOLATION_NONE);
}

/* ---- sockets at which something else sits */

typedef struct stand_in {
	int door;
	pthread_t thread;
	char path[64];
	const char *says; /* to each who calls; NULL: it hangs until they go */
	size_t repeat;    /* times that `says` is said */
} stand_in;

static void *answer_one(void *state) {
	const stand_in *s = state;
	char heard[4096];
	for (int fd; (fd = accept(s->door, NULL, NULL)) >= 0; (void)close(fd)) {
		if (recv(fd, heard, sizeof heard, 0) <= 0) continue;
		for (size_t i = 0; s->says && i < s->repeat; i++)
			if (send(fd, s->says, strlen(s->says), MSG_NOSIGNAL) < 0) break;
		if (!s->says) (void)recv(fd, heard, sizeof heard, 0);
	}
	return NULL;
}

static void stand(stand_in *s, const char *says, size_t repeat) {
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	*s = (stand_in){.says = says, .repeat = repeat};
	(void)snprintf(s->path, sizeof s->path, "/tmp/plotd-unit-%d.sock", (int)getpid());
	(void)snprintf(at.sun_path, sizeof at.sun_path, "%s", s->path);
	s->door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->door, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(s->door, 8), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, answer_one, s), 0);
}

static void leave(stand_in *s) {
	(void)shutdown(s->door, SHUT_RDWR);
	(void)pthread_join(s->thread, NULL);
	(void)close(s->door);
	(void)unlink(s->path);
}

static bool ask(const stand_in *s, const cancel *stop, int64_t ms, err *e) {
	engine g = {.prefix = "/v1.41", .image = "plot-executor:latest"};
	(void)snprintf(g.socket, sizeof g.socket, "%s", s->path);
	engine_call call = {.what = "start a container", .method = "POST", .path = "/containers/x/start", .ms = ms};
	bool good = engine_ask(&g, &call, stop, e);
	engine_call_free(&call);
	return good;
}

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
static void odd_answers_are_errors_with_words(void **state) {
	(void)state;
	static const struct {
		const char *says;
		size_t repeat;
		bool good;
		const char *words;
	} CASES[] = {
	    {OK_HEAD "Content-Length: 2\r\n\r\n{}", 1, true, ""},
	    {OK_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 1, true, ""},
	    {"HTTP/1.1 204 No Content\r\n\r\n", 1, true, ""},
	    {OK_HEAD "Content-Length: 200\r\n\r\n{}", 1, false, "did not start a container"},
	    {OK_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 1, false, "did not start a container"},
	    {"220 mail.example ESMTP\r\n", 1, false, "did not start a container"},
	    {"", 1, false, "did not start a container"},
	    {"HTTP/1.1 500 Oops\r\nContent-Length: 17\r\n\r\n{\"message\":\"why\"}", 1, false, "why (500)"},
	    {"HTTP/1.1 301 Away\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 1, false, "(301)"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		stand_in s;
		err e = ERR_INIT;
		stand(&s, CASES[i].says, CASES[i].repeat);
		bool good = ask(&s, NULL, 0, &e);
		leave(&s);
		if (good != CASES[i].good || !strstr(e.message, CASES[i].words))
			fail_msg("%s: %d %s", CASES[i].says, good, e.message);
		if (!good) assert_true(*err_remedy(&e));
	}
}

static void an_endless_answer_is_cut(void **state) {
	(void)state;
	static char head[1 << 16];
	stand_in s;
	err e = ERR_INIT;
	(void)snprintf(head, sizeof head, OK_HEAD "\r\n%060000d", 0);
	stand(&s, head, 100000);
	assert_false(ask(&s, NULL, 0, &e));
	leave(&s);
	assert_non_null(strstr(e.message, "more than 16 MiB"));
}

static void one_who_never_answers_is_left_at_the_deadline(void **state) {
	(void)state;
	stand_in s;
	err e = ERR_INIT;
	int64_t start = now_ns();
	stand(&s, NULL, 0);
	assert_false(ask(&s, NULL, 200, &e));
	leave(&s);
	assert_true(ms_since(start) < 5000);
	assert_non_null(strstr(e.message, "did not start a container within"));
}

static void whoever_stops_does_not_wait(void **state) {
	(void)state;
	stand_in s;
	err e = ERR_INIT;
	cancel stop;
	assert_true(cancel_init(&stop, &e));
	cancel_set(&stop, ERR_STOPPING);
	stand(&s, NULL, 0);
	assert_false(ask(&s, &stop, 60000, &e));
	leave(&s);
	cancel_free(&stop);
	assert_int_equal(e.code, ERR_STOPPING);
}

static void where_nobody_sits(void **state) {
	(void)state;
	static const struct {
		const char *host, *words;
	} CASES[] = {{"unix:///nowhere/docker.sock", "no socket at /nowhere/docker.sock"},
		     {"unix:///dev/null", "the Docker engine is off"},
		     {"unix://docker.sock", "needs an engine on this machine"},
		     {"unix://", "needs an engine on this machine"},
		     {"http+docker://localhost", "needs an engine on this machine"},
		     {"ssh://root@there", "needs an engine on this machine"},
		     {"unix:///0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/"
		      "0123456789/docker.sock",
		      "needs an engine on this machine"}};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		err e = ERR_INIT;
		engine g;
		const config c = {.docker_host = CASES[i].host, .docker_image = "x"};
		assert_false(engine_open(&g, &c, NULL, &e));
		if (!strstr(e.message, CASES[i].words)) fail_msg("%s: %s", CASES[i].host, e.message);
		assert_true(*err_remedy(&e));
	}
}

static void an_image_is_named_as_one(void **state) {
	(void)state;
	static const char *const NAMES[] = {"", "a b", "x?y=z", "x#y", "x\"y", "a%2fb"};
	for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
		err e = ERR_INIT;
		char id[ENGINE_ID];
		const engine g = {.socket = "/nowhere", .image = NAMES[i]};
		assert_false(engine_has_image(&g, id, NULL, &e));
		if (!strstr(e.message, "no name of an image")) fail_msg("%s: %s", NAMES[i], e.message);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(versions_meet_or_say_why),
	    cmocka_unit_test(an_engine_tells_what_it_can_hold),
	    cmocka_unit_test(an_id_is_one_or_nothing),
	    cmocka_unit_test(the_state_of_a_container),
	    cmocka_unit_test(only_whole_leftovers_count),
	    cmocka_unit_test(what_a_pull_says),
	    cmocka_unit_test(each_fault_has_a_sentence_and_a_remedy),
	    cmocka_unit_test(a_container_is_asked_for_with_every_bound),
	    cmocka_unit_test(layers_that_a_container_holds_are_told_as_such),
	    cmocka_unit_test(odd_answers_are_errors_with_words),
	    cmocka_unit_test(an_endless_answer_is_cut),
	    cmocka_unit_test(one_who_never_answers_is_left_at_the_deadline),
	    cmocka_unit_test(whoever_stops_does_not_wait),
	    cmocka_unit_test(where_nobody_sits),
	    cmocka_unit_test(an_image_is_named_as_one),
	};
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	curl_global_cleanup();
	return failed;
}
