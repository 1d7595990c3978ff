/* One POST /generate-plot from its head to the last byte of its answer.
 *
 * Three hold on to it: the exchange (until libmicrohttpd is done with the
 * request), the thread that works (until it has an answer) and the response
 * (until its last byte is sent). The last to let go frees it, and only then
 * does it stop counting against the bound on requests. */
#ifndef PLOTD_HTTP_WORK_H
#define PLOTD_HTTP_WORK_H

#include "http/reply.h"
#include "http/server.h"

enum { REQUEST_ID_SIZE = 40 }; /* with its NUL; as long as log_request keeps */

typedef struct work {
	server *server;
	struct work *next, **at; /* in server->works */
	atomic_uint holders;
	char id[REQUEST_ID_SIZE];
	form form;
	enum media media;
	bool person;       /* a browser shows the answer: an error is a page as well */
	uint64_t reserved; /* of server->upload_bytes */
	cancel cancel;
	deadline deadline;
	task task;
	plot_reply reply;
	body body;
	err error;  /* once finished: ERR_NONE, or why there is no page */
	int status; /* once finished */

	pthread_mutex_t lock;             /* guards what follows */
	struct MHD_Connection *suspended; /* to be resumed when there is news; NULL when it is not waiting */
	bool finished;
	buf events;                       /* MEDIA_EVENTS: text not yet sent */
	size_t event_at, piece, piece_at; /* how far the stream got */
} work;

/* Takes a place among the requests in flight. NULL: ERR_BUSY, ERR_STOPPING, the form's own errors. */
work *work_new(server *s, slice content_type, enum media m, const char *id, err *e);
void work_hold(work *w);
void work_drop(work *w); /* NULL is fine */

/* A piece of the body. */
bool work_feed(work *w, slice bytes, err *e);
/* The body is whole: checks it, or fails as form_finish does. */
bool work_ready(work *w, err *e);
/* Hands it to a thread. `c` is suspended by the caller for other than events.
 * On failure the work is finished with the error. */
void work_start(work *w, struct MHD_Connection *c);
/* An `error` or `result` answer as events: a response that streams, or NULL. Takes a hold of its own. */
struct MHD_Response *work_stream(work *w, struct MHD_Connection *c);
/* The finished answer as one response, or NULL. Takes a hold of its own. */
struct MHD_Response *work_response(work *w);
/* The heartbeat of a stream; `context` is the work. */
void work_beat(void *context);

#endif
