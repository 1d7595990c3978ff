/* A circuit breaker (Nygard, "Release It!", 2007) a provider: after
 * CIRCUIT_STRIKES failures in a row it opens, and calls fail at once; when its
 * time is over one call goes through as a probe, and closes it or opens it for
 * twice as long. Thread-safe. */
#ifndef PLOTD_LLM_CIRCUIT_H
#define PLOTD_LLM_CIRCUIT_H

#include "base/wait.h"

#include <pthread.h>

enum { CIRCUIT_STRIKES = 5, CIRCUIT_OPEN_MS = 10000, CIRCUIT_OPEN_MAX_MS = 120000 };

typedef struct circuit {
	pthread_mutex_t lock;
	unsigned strikes; /* failures in a row */
	int64_t open_ms;  /* how long the last opening was */
	deadline until;   /* open until; 0: closed */
	bool probing;     /* a probe is out */
} circuit;

void circuit_init(circuit *c);
void circuit_free(circuit *c);
/* May a call go out now? Otherwise false, and in *wait_ms how long to hold off. Each true is
 * followed by exactly one of the three below. */
bool circuit_enter(circuit *c, int64_t *wait_ms);
void circuit_success(circuit *c);
void circuit_failure(circuit *c);
void circuit_abandon(circuit *c); /* it told nothing about the provider: cancelled */
bool circuit_is_open(circuit *c);

#endif
