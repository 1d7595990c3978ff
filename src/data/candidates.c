#include "data/candidates.h"

/* Delimiters with what speaks for them before a byte is read. */
static const struct {
	const char *text;
	double prior;
	bool runs;
} DELIMITERS[] = {
    {",", 1, false},    {";", 1, false},          {"\t", 1.02, false},      {"|", 0.98, false}, {":", 0.62, false},
    {" ", 0.6, false},  {"^", 0.92, false},       {"~", 0.92, false},       {"\x1f", 1, false}, {"\x01", 1, false},
    {"#", 0.6, false},  {"&", 0.7, false},        {"*", 0.6, false},        {"!", 0.6, false},  {"$", 0.5, false},
    {"@", 0.6, false},  {"%", 0.4, false},        {"=", 0.5, false},        {"_", 0.3, false},  {"/", 0.3, false},
    {"\\", 0.5, false}, {"\xc2\xa7", 0.9, false}, {"\xc2\xa6", 0.9, false}, {" ", 0.62, true},  {"  ", 0.55, true},
    {"\t", 0.78, true},
};
enum { NDELIMITERS = sizeof DELIMITERS / sizeof *DELIMITERS, QUOTES_MAX = 4, JOINED_MAX = 6 };

static const char QUOTES[] = "\"'`~^|$%*#@!/+=_";
static const char ESCAPES[] = "\\/^~`@#$%*!+=_&?";

typedef struct counts {
	uint32_t of[256];
} counts;

/* Line ends and the characters that may be delimiters. */
static const bool EDGE[256] = {
    ['\n'] = true, ['\r'] = true, [','] = true, [';'] = true,  ['\t'] = true, ['|'] = true, [':'] = true,
    [' '] = true,  ['^'] = true,  ['~'] = true, [0x1f] = true, [1] = true,    ['#'] = true, ['&'] = true};

/* Outside of a quote at i: the text's or a line's end, or what may be a delimiter, one step away. */
static bool is_edge(slice s, size_t i, int step) {
	if (step < 0 && i == 0) return true;
	size_t j = step < 0 ? i - 1 : i + 1;
	return j >= s.n || EDGE[(unsigned char)s.p[j]];
}

/* Whether q stands at the edges of cells nearly always, opening as often as closing. */
static bool quotes_cells(slice s, char q, uint32_t total) {
	uint32_t opens = 0, closes = 0, doubled = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != q) continue;
		bool before = is_edge(s, i, -1), after = is_edge(s, i, 1);
		if (i + 1 < s.n && s.p[i + 1] == q)
			doubled += 2, i++;
		else if (before && !after)
			opens++;
		else if (after && !before)
			closes++;
	}
	uint32_t more = opens > closes ? opens : closes, fewer = opens + closes - more;
	if (q == '\'') return fewer && fewer * 2 >= more;
	if (fewer < 2) return false;
	return fewer * 10 >= more * 9 && (opens + closes + doubled) * 10 >= total * 7;
}

static size_t quotes_of(slice s, const counts *n, char *list) {
	size_t k = 0;
	for (const char *q = QUOTES; *q && k < QUOTES_MAX - 1; q++) {
		uint32_t total = n->of[(unsigned char)*q];
		if (total && (*q == '"' || quotes_cells(s, *q, total))) list[k++] = *q;
	}
	if (!n->of['"']) list[k++] = '\0';
	return k;
}

/* The character that stands before every quote inside of quotes, or 0. */
static char escape_of(slice s, char q) {
	uint32_t before[256] = {0}, inner = 0;
	for (size_t i = 1; i + 1 < s.n; i++) {
		if (s.p[i] != q) continue;
		bool escaped = s.p[i - 1] == '\\'; /* also the last before the one that closes: 6\"" */
		if (s.p[i + 1] == q && !escaped) {
			i++;
			continue;
		}
		if (is_edge(s, i, -1) && !strchr(ESCAPES, s.p[i - 1])) continue;
		if (is_edge(s, i, 1) && !strchr(ESCAPES, s.p[i - 1])) continue;
		inner++;
		before[(unsigned char)s.p[i - 1]]++;
	}
	for (const char *e = ESCAPES; *e; e++)
		if (*e != q && inner && before[(unsigned char)*e] * 10 >= inner * 6) return *e;
	return '\0';
}

/* Delimiters of several bytes. */
typedef struct joined {
	char text[JOINED_MAX][3];
	uint8_t bytes[JOINED_MAX];
	size_t n;
} joined;

static void add_joined(joined *j, char a, char b, char c) {
	if (j->n == JOINED_MAX) return;
	char *to = j->text[j->n];
	to[0] = a, to[1] = b, to[2] = c, j->bytes[j->n++] = c ? 3 : 2;
}

/* Marks that hardly begin or end a value. */
static const char MARKS[] = ",;|:^~#&=<>*@$ ";
enum { MIXED = 11, DOUBLED = 14, ALL_MARKS = 15 }; /* as many first ones may stand beside others, and twice */

/* How often the marks stand outside of quotes, two side by side (two like ones once), and with the first again behind.
 */
typedef struct neighbours {
	uint32_t one[ALL_MARKS], two[ALL_MARKS][ALL_MARKS], three[ALL_MARKS][ALL_MARKS];
} neighbours;

static void count_neighbours(slice s, neighbours *n) {
	unsigned char mark[256] = {0}; /* its place in MARKS, from 1 */
	for (size_t i = 0; i < ALL_MARKS; i++) mark[(unsigned char)MARKS[i]] = (unsigned char)(i + 1);
	bool quoted = false;
	for (size_t i = 0; i < s.n; i++) {
		quoted = s.p[i] == '"' ? !quoted : quoted && s.p[i] != '\n';
		unsigned a = mark[(unsigned char)s.p[i]], b = i + 1 < s.n ? mark[(unsigned char)s.p[i + 1]] : 0;
		if (!a || quoted) continue;
		n->one[a - 1] += a == b ? 2 : 1;
		if (!b) continue;
		n->two[a - 1][b - 1]++;
		n->three[a - 1][b - 1] += i + 2 < s.n && s.p[i + 2] == s.p[i];
		i += a == b;
	}
}

/* Two or three marks that stand together more often than not: ||, ", ", " | ", ~|~. */
static joined joined_of(slice s) {
	neighbours near = {0};
	joined j = {.n = 0};
	count_neighbours(s, &near);
	for (size_t a = 0; a < ALL_MARKS; a++)
		for (size_t b = 0; b < ALL_MARKS; b++) {
			uint32_t two = near.two[a][b] * (a == b ? 2 : 1), three = near.three[a][b];
			bool mixed = a != b && a < MIXED && (b < MIXED || MARKS[b] == ' ');
			bool around = a != b && b < MIXED && (a < MIXED || MARKS[a] == ' ');
			if (around && three && three * 10 >= near.one[b] * 7)
				add_joined(&j, MARKS[a], MARKS[b], MARKS[a]);
			bool twice = a == b && a && a < DOUBLED;
			uint32_t least = MARKS[a] == ':' ? 7 : 3; /* addresses of IPv6 have two, and more of one */
			if (two && (twice || mixed) && two * 10 >= near.one[a] * least)
				add_joined(&j, MARKS[a], MARKS[b], '\0');
		}
	return j;
}

/* A space on both sides is better than on one; behind a colon it is of a text as often. */
static double joined_prior(const syntax *s) {
	if (s->ndelimiter > 2) return 1.01;
	return s->delimiter[1] != ' ' ? 0.95 : s->delimiter[0] == ':' ? 0.65 : 1;
}

/* Whether the escape stands before the delimiter. */
static bool escapes_it(slice s, char delimiter) {
	for (size_t i = 0; i + 1 < s.n; i++)
		if (s.p[i] == '\\' && s.p[i + 1] == delimiter) return true;
	return false;
}

static size_t add(candidate *list, size_t n, syntax s, double prior) {
	if (n < CANDIDATES_MAX) list[n++] = (candidate){s, prior};
	return n;
}

static size_t add_quotes(candidate *list, size_t n, syntax s, double prior, const char *quotes, const char *escapes,
			 size_t nquotes) {
	for (size_t q = 0; q < nquotes; q++) {
		if (quotes[q] && memchr(s.delimiter, quotes[q], sizeof s.delimiter)) continue;
		s.quote = quotes[q] ? quotes[q] : '"', s.escape = '\0';
		double p = prior * (quotes[q] == '"' || !quotes[q] ? 1 : quotes[q] == '\'' ? 0.97 : 0.9);
		n = add(list, n, s, p);
		s.escape = escapes[q];
		if (s.escape && s.escape != s.delimiter[0]) n = add(list, n, s, p * 0.99);
	}
	return n;
}

size_t candidates_of(slice sample, const syntax *told, candidate *list) {
	counts count = {0};
	for (size_t i = 0; i < sample.n; i++) count.of[(unsigned char)sample.p[i]]++;
	char quotes[QUOTES_MAX], escapes[QUOTES_MAX];
	size_t nquotes = quotes_of(sample, &count, quotes), n = 0;
	for (size_t q = 0; q < nquotes; q++) escapes[q] = quotes[q] ? escape_of(sample, quotes[q]) : '\0';
	if (told) {
		syntax s = *told;
		return add_quotes(list, 0, s, 1, quotes, escapes, nquotes);
	}
	for (size_t d = 0; d < NDELIMITERS; d++) {
		if (!count.of[(unsigned char)DELIMITERS[d].text[0]]) continue;
		syntax s = {.ndelimiter = (uint8_t)strlen(DELIMITERS[d].text), .runs = DELIMITERS[d].runs};
		memcpy(s.delimiter, DELIMITERS[d].text, s.ndelimiter);
		n = add_quotes(list, n, s, DELIMITERS[d].prior, quotes, escapes, nquotes);
		if (s.runs || !count.of['\\'] || !escapes_it(sample, s.delimiter[0])) continue;
		s.quote = '"', s.escape = '\\';
		n = add(list, n, s, DELIMITERS[d].prior * 0.98);
	}
	n = add_quotes(list, n, (syntax){0}, 1, quotes, escapes, nquotes);
	joined j = joined_of(sample);
	for (size_t i = 0; i < j.n; i++) {
		syntax s = {.ndelimiter = j.bytes[i]};
		memcpy(s.delimiter, j.text[i], s.ndelimiter);
		n = add_quotes(list, n, s, joined_prior(&s), quotes, escapes, nquotes);
	}
	return n;
}
