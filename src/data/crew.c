#include "data/crew.h"

#include <pthread.h>
#include <stdbool.h>

typedef struct member {
	pthread_t thread;
	bool started;
	crew_work *work;
	void *context;
	size_t i;
} member;

static void *follow(void *argument) {
	member *m = argument;
	m->work(m->context, m->i);
	return NULL;
}

void crew_run(size_t n, crew_work *work, void *context) {
	member crew[CREW_MAX];
	if (n > CREW_MAX) n = CREW_MAX;
	for (size_t i = 1; i < n; i++) {
		crew[i] = (member){.work = work, .context = context, .i = i};
		crew[i].started = pthread_create(&crew[i].thread, NULL, follow, &crew[i]) == 0;
	}
	work(context, 0);
	for (size_t i = 1; i < n; i++)
		if (crew[i].started) (void)pthread_join(crew[i].thread, NULL);
}
