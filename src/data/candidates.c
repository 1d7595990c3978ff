#include "data/candidates.h"

/* Delimiters with what speaks for them before a byte is read. */
static const struct {
	const char *text;
	double prior;
	bool runs;
} DELIMITERS[] = {
    {",", 1, false},    {";", 1, false},          {"\t", 1, false},         {"|", 0.98, false}, {":", 0.62, false},
    {" ", 0.6, false},  {"^", 0.92, false},       {"~", 0.92, false},       {"\x1f", 1, false}, {"\x01", 1, false},
    {"#", 0.6, false},  {"&", 0.7, false},        {"*", 0.6, false},        {"!", 0.6, false},  {"$", 0.5, false},
    {"@", 0.6, false},  {"%", 0.4, false},        {"=", 0.5, false},        {"_", 0.3, false},  {"/", 0.3, false},
    {"\\", 0.5, false}, {"\xc2\xa7", 0.9, false}, {"\xc2\xa6", 0.9, false}, {" ", 0.62, true},
};
enum { NDELIMITERS = sizeof DELIMITERS / sizeof *DELIMITERS, QUOTES_MAX = 4, PAIRS_MAX = 4 };

static const char QUOTES[] = "\"'`~^|$%*#@!/+=_";
static const char ESCAPES[] = "\\/^~|`@#$%*!+=_&?";

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
	if (opens < 2 || closes < 2) return false;
	uint32_t more = opens > closes ? opens : closes, fewer = opens + closes - more;
	if (q == '\'') return fewer * 2 >= more;
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
		if (s.p[i + 1] == q) {
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

/* Two-byte delimiters: two marks that hardly ever stand without each other. */
static size_t pairs_of(slice s, const counts *n, char pairs[][2]) {
	static const char MARKS[] = ",;|:^~#&*!$@%=<>-_/\\ \t";
	static uint32_t const LEAST = 1;
	uint32_t seen[sizeof MARKS][sizeof MARKS] = {0};
	unsigned char mark[256] = {0}; /* its place in MARKS, from 1 */
	for (size_t i = 0; i < sizeof MARKS - 1; i++) mark[(unsigned char)MARKS[i]] = (unsigned char)(i + 1);
	for (size_t i = 0; i + 1 < s.n; i++) {
		unsigned a = mark[(unsigned char)s.p[i]], b = mark[(unsigned char)s.p[i + 1]];
		if (!a || !b) continue;
		seen[a - 1][b - 1]++;
		if (a == b) i++;
	}
	size_t k = 0;
	for (size_t a = 0; a < sizeof MARKS - 1; a++)
		for (size_t b = 0; b < sizeof MARKS - 1 && k < PAIRS_MAX; b++) {
			uint32_t each = n->of[(unsigned char)MARKS[a]];
			uint32_t both = seen[a][b] * (a == b ? 2 : 1);
			if (seen[a][b] < LEAST || MARKS[a] == ' ' || MARKS[a] == '\t' || both * 10 < each * 7) continue;
			if (MARKS[a] == '-' && MARKS[b] == '-') continue;
			if (MARKS[a] == ':' && MARKS[b] == '/') continue; /* http:// */
			pairs[k][0] = MARKS[a], pairs[k++][1] = MARKS[b];
		}
	return k;
}

static size_t add(candidate *list, size_t n, syntax s, double prior) {
	if (n < CANDIDATES_MAX) list[n++] = (candidate){s, prior};
	return n;
}

static size_t add_quotes(candidate *list, size_t n, syntax s, double prior, const char *quotes, const char *escapes,
			 size_t nquotes) {
	for (size_t q = 0; q < nquotes; q++) {
		if (quotes[q] && (quotes[q] == s.delimiter[0] || (s.ndelimiter == 2 && quotes[q] == s.delimiter[1])))
			continue;
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
	char quotes[QUOTES_MAX], escapes[QUOTES_MAX], pairs[PAIRS_MAX][2];
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
	}
	n = add_quotes(list, n, (syntax){0}, 1, quotes, escapes, nquotes);
	size_t npairs = pairs_of(sample, &count, pairs);
	for (size_t p = 0; p < npairs; p++) {
		syntax s = {.delimiter = {pairs[p][0], pairs[p][1]}, .ndelimiter = 2};
		n = add_quotes(list, n, s, pairs[p][1] == ' ' ? 1.0 : 0.95, quotes, escapes, nquotes);
	}
	return n;
}
