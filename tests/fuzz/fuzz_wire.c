/* What crosses the border, from both sides: a packet where a message is awaited, a memory file where a frame is, a
 * document where a result is. The first byte says which. */
#include "base/json.h"
#include "runner/layout_check.h"
#include "sandbox/inside.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                                \
	do {                                                                                                           \
		if (!(condition)) abort();                                                                             \
	} while (0)

static void packet(slice bytes) {
	err e = ERR_INIT;
	int pair[2];
	wire_done done;
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	if (bytes.n && send(pair[0], bytes.p, bytes.n, MSG_NOSIGNAL) == (ssize_t)bytes.n) {
		(void)wire_peek(pair[1]);
		bool good = wire_receive(pair[1], &done.head, WIRE_DONE, sizeof done, NULL, NULL, &e);
		MUST(!good || (bytes.n == sizeof done && done.head.size == sizeof done && done.head.type == WIRE_DONE));
	}
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void layout(slice bytes) {
	/* A copy of its own, aligned as a mapping is: a read beyond its end is seen. */
	void *copy = NULL;
	MUST(posix_memalign(&copy, 64, bytes.n ? bytes.n : 1) == 0);
	memcpy(copy, bytes.p, bytes.n);
	(void)layout_fits(&(mapping){.p = copy, .n = bytes.n});
	free(copy);
}

static void walk(slice list) {
	json_iter it;
	slice key, value;
	for (bool more = json_open(list, &it); more && json_next(&it, &key, &value);)
		MUST(value.p >= list.p && value.p + value.n <= list.p + list.n);
}

static void document(slice bytes) {
	err e = ERR_INIT;
	sandbox_result r = {.timings = {0}};
	cleanup_close int fd = memfd_create("result", MFD_CLOEXEC);
	MUST(fd >= 0 && write_all(fd, bytes, &e));
	bool good = collect(fd, 1 << 20, false, true, &r, &e);
	MUST(good == (e.code == ERR_NONE));
	MUST(!good || r.figures.n);
	MUST(good || (e.code >= ERR_CODE_REFUSED && e.code <= ERR_RESULT_INVALID)); /* never a fault of ours */
	walk(r.figures);
	walk(r.columns);
	sandbox_result_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static void (*const KINDS[])(slice) = {packet, layout, document};
	if (size) KINDS[data[0] % 3]((slice){(const char *)data + 1, size - 1});
	return 0;
}
