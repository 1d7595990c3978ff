#include "llm/circuit.h"

void circuit_init(circuit *c) {
	*c = (circuit){0};
	(void)pthread_mutex_init(&c->lock, NULL);
}

void circuit_free(circuit *c) {
	(void)pthread_mutex_destroy(&c->lock);
}

/* Under the lock. */
static bool may_enter(circuit *c, int64_t *wait_ms) {
	if (!c->until) return true;
	*wait_ms = deadline_left_ms(c->until);
	if (*wait_ms > 0) return false;
	*wait_ms = 1000;
	if (c->probing) return false;
	c->probing = true;
	return true;
}

bool circuit_enter(circuit *c, int64_t *wait_ms) {
	(void)pthread_mutex_lock(&c->lock);
	bool ok = may_enter(c, wait_ms);
	(void)pthread_mutex_unlock(&c->lock);
	return ok;
}

void circuit_success(circuit *c) {
	(void)pthread_mutex_lock(&c->lock);
	c->strikes = 0;
	c->until = c->open_ms = 0;
	c->probing = false;
	(void)pthread_mutex_unlock(&c->lock);
}

void circuit_failure(circuit *c) {
	(void)pthread_mutex_lock(&c->lock);
	c->strikes++;
	if (c->probing || c->strikes == CIRCUIT_STRIKES) {
		c->open_ms = c->open_ms ? c->open_ms * 2 : CIRCUIT_OPEN_MS;
		if (c->open_ms > CIRCUIT_OPEN_MAX_MS) c->open_ms = CIRCUIT_OPEN_MAX_MS;
		c->until = deadline_in_ms(c->open_ms);
	}
	c->probing = false;
	(void)pthread_mutex_unlock(&c->lock);
}

void circuit_abandon(circuit *c) {
	(void)pthread_mutex_lock(&c->lock);
	c->probing = false;
	(void)pthread_mutex_unlock(&c->lock);
}

bool circuit_is_open(circuit *c) {
	(void)pthread_mutex_lock(&c->lock);
	bool open = c->until != 0;
	(void)pthread_mutex_unlock(&c->lock);
	return open;
}
