#include "sandbox/wire.h"

#include <errno.h>
#include <sys/socket.h>

bool wire_send(int socket, wire_head *m, enum wire_type type, size_t size, const int *fds, size_t nfds, err *e) {
	union {
		char bytes[CMSG_SPACE(sizeof(int) * WIRE_MAX_FDS)];
		struct cmsghdr align;
	} control = {0};
	if (nfds > WIRE_MAX_FDS) return err_set(e, ERR_INTERNAL, "too many descriptors for one message");
	*m = (wire_head){.magic = WIRE_MAGIC,
			 .type = (uint16_t)type,
			 .version = WIRE_VERSION,
			 .size = (uint32_t)size,
			 .fds = (uint32_t)nfds};
	struct iovec part = {m, size};
	struct msghdr h = {.msg_iov = &part, .msg_iovlen = 1};
	if (nfds) {
		h.msg_control = control.bytes;
		h.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		struct cmsghdr *c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * nfds);
	}
	ssize_t n;
	do n = sendmsg(socket, &h, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0) return err_errno(e, ERR_SANDBOX, errno, "cannot send to the other side of the sandbox");
	return n == (ssize_t)size || err_set(e, ERR_SANDBOX, "a message to the sandbox was cut");
}

static void take_fds(struct msghdr *h, wire_parcel *to) {
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (to->nfds < WIRE_MAX_FDS)
				to->fds[to->nfds++] = fd;
			else
				(void)close(fd);
		}
	}
}

static bool well_formed(const wire_head *m, ssize_t n, int flags, enum wire_type type, size_t size, size_t nfds) {
	return n == (ssize_t)size && !(flags & (MSG_TRUNC | MSG_CTRUNC)) && m->magic == WIRE_MAGIC && m->type == type &&
	       m->version == WIRE_VERSION && m->size == size && m->fds == nfds;
}

bool wire_receive(int socket, wire_head *m, enum wire_type type, size_t size, wire_parcel *parcel, bool *gone, err *e) {
	union {
		char bytes[CMSG_SPACE(sizeof(int) * WIRE_MAX_FDS)];
		struct cmsghdr align;
	} control;
	wire_parcel got = {.nfds = 0};
	struct iovec part = {m, size};
	struct msghdr h = {
	    .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	ssize_t n;
	do n = recvmsg(socket, &h, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (gone) *gone = n == 0 || (n < 0 && (errno == ECONNRESET || errno == EPIPE));
	if (n < 0) return err_errno(e, ERR_SANDBOX, errno, "cannot hear the other side of the sandbox");
	take_fds(&h, &got);
	bool good = well_formed(m, n, h.msg_flags, type, size, got.nfds) && (parcel || got.nfds == 0);
	if (good && parcel) *parcel = got;
	if (!good) wire_close(&got);
	if (n == 0) return err_set(e, ERR_SANDBOX, "the other side of the sandbox is gone");
	return good || err_set(e, ERR_SANDBOX, "the sandbox got a message that is not its own");
}

enum wire_type wire_peek(int socket) {
	wire_head m = {0};
	ssize_t n = recv(socket, &m, sizeof m, MSG_PEEK | MSG_DONTWAIT);
	return n == (ssize_t)sizeof m && m.magic == WIRE_MAGIC ? (enum wire_type)m.type : (enum wire_type)0;
}

void wire_close(wire_parcel *p) {
	for (size_t i = 0; i < p->nfds; i++) close_fd(&p->fds[i]);
	p->nfds = 0;
}
