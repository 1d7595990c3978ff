/* Equal requests at the same time ask the model once: the first one calls, the
 * others wait for what it gets. Should the first be cancelled, one of the
 * others calls. Thread-safe. */
#ifndef PLOTD_LLM_FLIGHT_H
#define PLOTD_LLM_FLIGHT_H

#include "base/buf.h"
#include "base/sha256.h"
#include "base/wait.h"

typedef struct flights flights;
typedef struct flight flight;

flights *flights_open(void); /* NULL when memory is out */
void flights_close(flights *f);

enum flight_role {
	FLIGHT_LEADS,  /* call the model, then flight_land */
	FLIGHT_JOINED, /* *code and *title are what the first one got */
	FLIGHT_FAILED  /* *e: its error, or one's own token or deadline */
};
/* Joins or begins the flight of this key. *mine is set for FLIGHT_LEADS. */
enum flight_role flight_join(flights *all, const uint8_t key[SHA256_BYTES], const cancel *c, deadline d, flight **mine,
			     buf *code, buf *title, err *e);
/* Tells those who wait: code (why NULL), an error of the provider, or that the leader
 * was cancelled (ERR_CANCELLED, ERR_STOPPING, ERR_DEADLINE): then one of them leads. */
void flight_land(flights *all, flight *mine, slice code, slice title, const err *why);

/* Does anyone wait for it? For tests. */
bool flight_followed(flight *mine);

#endif
