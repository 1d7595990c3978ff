#include "http/accept.h"

#include "http/params.h"

static const struct {
	const char *type, *kind;
} offers[MEDIA_NONE] = {
    [MEDIA_JSON] = {"application/json", "application/*"},
    [MEDIA_HTML] = {"text/html", "text/*"},
    [MEDIA_EVENTS] = {"text/event-stream", "text/*"},
};

const char *media_type(enum media m) {
	return m < MEDIA_NONE ? offers[m].type : "";
}

/* How well a range fits an offer: 0 not, 1 by anything, 2 by kind, 3 by type. */
static int fit(slice range, enum media m) {
	if (slice_eq_nocase(range, slice_of(offers[m].type))) return 3;
	if (m != MEDIA_EVENTS && slice_eq_nocase(range, slice_of(offers[m].kind))) return 2;
	return m != MEDIA_EVENTS && slice_is(range, "*/*") ? 1 : 0; /* events must be asked for by name */
}

/* A weight of 0 to 1 in at most three decimals (RFC 9110, 12.4.2) as thousandths; -1 when it is none. */
static int weight(slice s) {
	static const int worth[] = {1000, 100, 10, 1};
	int q = 0;
	if (!s.n || s.n > 5 || (s.n > 1 && s.p[1] != '.')) return -1;
	for (size_t i = 0, place = 0; i < s.n; i++) {
		if (i == 1) continue;
		if (s.p[i] < '0' || s.p[i] > '9') return -1;
		q += (s.p[i] - '0') * worth[place++];
	}
	return q <= 1000 ? q : -1;
}

/* The weight of one element, its range left in *range; -1 when it cannot be read. */
static int element(slice text, slice *range) {
	param p;
	bool bad = false;
	int q = 1000;
	*range = param_head(&text);
	while (param_next(&text, &p, &bad))
		if (slice_eq_nocase(p.name, SLICE("q"))) q = weight(p.raw);
	return bad ? -1 : q;
}

typedef struct standing {
	int fit, q, place;
} standing;

static bool before(standing a, standing b) {
	if (a.q != b.q) return a.q > b.q;
	if (a.fit != b.fit) return a.fit > b.fit;
	return a.place < b.place;
}

static void consider(standing *s, slice text, int place) {
	slice range;
	int q = element(text, &range);
	if (q < 0) return;
	for (int m = 0; m < MEDIA_NONE; m++) {
		int f = fit(range, (enum media)m);
		if (f > s[m].fit) s[m] = (standing){f, q, place};
	}
}

enum media accept_choose(slice accept) {
	standing s[MEDIA_NONE] = {0};
	if (!slice_trim(accept).n) return MEDIA_JSON;
	for (int place = 0; accept.n; place++) {
		size_t n = slice_find(accept, ',');
		consider(s, slice_sub(accept, 0, n), place);
		accept = slice_sub(accept, n + 1, accept.n);
	}
	int best = 0;
	for (int m = 1; m < MEDIA_NONE; m++)
		if (before(s[m], s[best])) best = m;
	return s[best].fit && s[best].q ? (enum media)best : MEDIA_NONE;
}
