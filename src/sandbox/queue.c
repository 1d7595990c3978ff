#include "sandbox/inside.h"

void queue_add(queue *q, waiter *w, bool front) {
	w->next = front ? q->first : NULL;
	if (front) {
		q->first = w;
		if (!q->last) q->last = w;
	} else {
		if (q->last) q->last->next = w;
		q->last = w;
		if (!q->first) q->first = w;
	}
	q->waiting++;
}

void queue_remove(queue *q, waiter *w) {
	waiter **at = &q->first, *before = NULL;
	for (; *at && *at != w; at = &(*at)->next) before = *at;
	if (!*at) return;
	*at = w->next;
	if (q->last == w) q->last = before;
	q->waiting--;
}

waiter *queue_pop(queue *q) {
	waiter *w = q->first;
	if (w) queue_remove(q, w);
	return w;
}
