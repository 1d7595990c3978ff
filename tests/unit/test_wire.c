/* The border's messages, the queue of tickets and the table of layers. */
#include "sandbox/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

typedef struct ends {
	int a, b;
} ends;

static ends socket_pair(void) {
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	return (ends){pair[0], pair[1]};
}

static void close_ends(ends *s) {
	close_fd(&s->a);
	close_fd(&s->b);
}

static int descriptors_open(void) {
	int n = 0;
	for (int fd = 0; fd < 256; fd++) n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void a_message_arrives_with_its_descriptors(void **state) {
	(void)state;
	err e = ERR_INIT;
	ends s = socket_pair();
	int file = memfd_create("x", MFD_CLOEXEC);
	wire_job sent = {.wall_ms = 7, .nframes = 0}, got;
	wire_parcel parcel = {.nfds = 0};
	assert_true(wire_send(s.a, &sent.head, WIRE_JOB, sizeof sent, &file, 1, &e));
	assert_int_equal(wire_peek(s.b), WIRE_JOB);
	assert_true(wire_receive(s.b, &got.head, WIRE_JOB, sizeof got, &parcel, NULL, &e));
	assert_int_equal(got.wall_ms, 7);
	assert_int_equal(parcel.nfds, 1);
	assert_true(fcntl(parcel.fds[0], F_GETFD) & FD_CLOEXEC);
	wire_close(&parcel);
	close_fd(&file);
	close_ends(&s);
}

/* Sends raw bytes and demands that a DONE is not taken from them. */
static void refused(const void *bytes, size_t n, const char *why) {
	err e = ERR_INIT;
	ends s = socket_pair();
	wire_done got;
	assert_int_equal(send(s.a, bytes, n, 0), (ssize_t)n);
	if (wire_receive(s.b, &got.head, WIRE_DONE, sizeof got, NULL, NULL, &e)) fail_msg("taken: %s", why);
	assert_int_equal(e.code, ERR_SANDBOX);
	close_ends(&s);
}

static wire_done good_done(void) {
	return (wire_done){.head = {WIRE_MAGIC, WIRE_DONE, WIRE_VERSION, sizeof(wire_done), 0}};
}

static void half_a_message_is_refused(void **state) {
	(void)state;
	wire_done d = good_done();
	refused(&d, sizeof d / 2, "half");
	refused(&d, 1, "one byte");
}

static void a_message_too_long_is_refused(void **state) {
	(void)state;
	char bytes[sizeof(wire_done) + 1] = {0};
	wire_done d = good_done();
	memcpy(bytes, &d, sizeof d);
	refused(bytes, sizeof bytes, "a byte more");
}

static void a_wrong_magic_type_version_or_size_is_refused(void **state) {
	(void)state;
	wire_done d = good_done();
	d.head.magic ^= 1;
	refused(&d, sizeof d, "magic");
	d = good_done(), d.head.type = WIRE_READY;
	refused(&d, sizeof d, "type");
	d = good_done(), d.head.version++;
	refused(&d, sizeof d, "version");
	d = good_done(), d.head.size--;
	refused(&d, sizeof d, "size");
	d = good_done(), d.head.fds = 1;
	refused(&d, sizeof d, "descriptors promised");
}

static void descriptors_nobody_asked_for_are_closed(void **state) {
	(void)state;
	err e = ERR_INIT;
	ends s = socket_pair();
	wire_done sent = {.end = WIRE_EXITED}, got;
	int file = memfd_create("x", MFD_CLOEXEC), before;
	assert_true(wire_send(s.a, &sent.head, WIRE_DONE, sizeof sent, &file, 1, &e));
	before = descriptors_open();
	assert_false(wire_receive(s.b, &got.head, WIRE_DONE, sizeof got, NULL, NULL, &e));
	assert_int_equal(descriptors_open(), before);
	close_fd(&file);
	close_ends(&s);
}

static void a_closed_end_is_told_apart_from_junk(void **state) {
	(void)state;
	err e = ERR_INIT;
	ends s = socket_pair();
	wire_done got;
	bool gone = false;
	close_fd(&s.a);
	assert_false(wire_receive(s.b, &got.head, WIRE_DONE, sizeof got, NULL, &gone, &e));
	assert_true(gone);
	assert_int_equal(wire_peek(s.b), 0);
	close_ends(&s);
}

static void tickets_are_called_in_order(void **state) {
	(void)state;
	queue q = {.waiting = 0};
	waiter a = {.fd = -1}, b = {.fd = -1}, c = {.fd = -1};
	queue_add(&q, &a, false);
	queue_add(&q, &b, false);
	queue_add(&q, &c, true); /* a job that lost its zygote goes first */
	assert_ptr_equal(queue_pop(&q), &c);
	assert_ptr_equal(queue_pop(&q), &a);
	assert_ptr_equal(queue_pop(&q), &b);
	assert_null(queue_pop(&q));
}

static void a_waiter_may_leave_from_anywhere(void **state) {
	(void)state;
	queue q = {.waiting = 0};
	waiter a = {.fd = -1}, b = {.fd = -1}, c = {.fd = -1};
	queue_add(&q, &a, false);
	queue_add(&q, &b, false);
	queue_add(&q, &c, false);
	queue_remove(&q, &c);
	queue_remove(&q, &c); /* not in it any more: nothing happens */
	assert_int_equal(q.waiting, 2);
	queue_add(&q, &c, false);
	queue_remove(&q, &a);
	assert_ptr_equal(queue_pop(&q), &b);
	assert_ptr_equal(queue_pop(&q), &c);
	assert_int_equal(q.waiting, 0);
}

static void layers_have_names_that_can_be_listed(void **state) {
	(void)state;
	err e = ERR_INIT;
	uint32_t bits;
	assert_true(layers_parse(" net, seccomp,", &bits, &e));
	assert_int_equal(bits, LAYER_BIT(LAYER_NET) | LAYER_BIT(LAYER_SECCOMP));
	assert_true(layers_parse(NULL, &bits, &e));
	assert_int_equal(bits, 0);
	assert_false(layers_parse("net,moat", &bits, &e));
	assert_non_null(strstr(e.message, "moat"));
}

static void the_level_is_as_strong_as_its_layers(void **state) {
	(void)state;
	wire_layer all[WIRE_LAYERS];
	for (unsigned i = 0; i < WIRE_LAYERS; i++) all[i] = (wire_layer){.state = LAYER_ON};
	assert_int_equal(layers_level(all), ISOLATION_FULL);
	all[LAYER_MEMORY].state = LAYER_MISSING; /* rlimits hold the memory */
	assert_int_equal(layers_level(all), ISOLATION_FULL);
	all[LAYER_NET].state = LAYER_MISSING;
	assert_int_equal(layers_level(all), ISOLATION_REDUCED);
	all[LAYER_SECCOMP].state = LAYER_OFF;
	assert_int_equal(layers_level(all), ISOLATION_NONE);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_message_arrives_with_its_descriptors),
	    cmocka_unit_test(half_a_message_is_refused),
	    cmocka_unit_test(a_message_too_long_is_refused),
	    cmocka_unit_test(a_wrong_magic_type_version_or_size_is_refused),
	    cmocka_unit_test(descriptors_nobody_asked_for_are_closed),
	    cmocka_unit_test(a_closed_end_is_told_apart_from_junk),
	    cmocka_unit_test(tickets_are_called_in_order),
	    cmocka_unit_test(a_waiter_may_leave_from_anywhere),
	    cmocka_unit_test(layers_have_names_that_can_be_listed),
	    cmocka_unit_test(the_level_is_as_strong_as_its_layers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
