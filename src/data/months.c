#include "data/months.h"

/* English, German, French, Spanish, Italian, Portuguese, Dutch, Polish (genitive), Swedish.
 * Full names first, so that the longest is taken. */
static const char *const NAMES[12] = {
    "january|januar|janvier|enero|gennaio|janeiro|januari|stycznia|jan|ene|gen|j\xc3\xa4n",
    "february|februar|f\xc3\xa9vrier|fevrier|febrero|febbraio|fevereiro|februari|lutego|feb|f\xc3\xa9vr|fev|lut",
    "march|m\xc3\xa4rz|maerz|mars|marzo|mar\xc3\xa7o|maart|marca|mrz|m\xc3\xa4r|mar|mrt",
    "april|avril|abril|aprile|kwietnia|apr|avr|abr|kwi",
    "may|mayo|maggio|maio|mei|maja|mai|maj|mag",
    "june|juni|juin|junio|giugno|junho|czerwca|jun|giu|cze",
    "july|juli|juillet|julio|luglio|julho|lipca|jul|juil|lug|lip",
    "august|ao\xc3\xbbt|aout|agosto|augustus|augusti|sierpnia|aug|ago|sie",
    "september|septembre|septiembre|settembre|setembro|wrze\xc5\x9bnia|sept|sep|set|wrz",
    "october|oktober|octobre|octubre|ottobre|outubro|pa\305\272dziernika|oct|okt|ott|out|pa\xc5\xba",
    "november|novembre|noviembre|novembro|listopada|nov|lis",
    "december|dezember|d\303\251cembre|decembre|diciembre|dicembre|dezembro|grudnia|dec|dez|d\303\251c|dic|gru",
};

static bool is_letter(char c) {
	return ((c | 32) >= 'a' && (c | 32) <= 'z') || (unsigned char)c >= 0x80;
}

/* Bytes of the longest word of the list (split by |) that s starts with and that ends there. */
static size_t word_of(slice s, const char *list) {
	size_t best = 0;
	while (*list) {
		size_t n = strcspn(list, "|");
		bool fits = n <= s.n && slice_eq_nocase(slice_sub(s, 0, n), (slice){list, n});
		if (fits && n > best &&
		    (n == s.n || !is_letter(s.p[n]) || s.p[n] == (char)0xe5 || s.p[n] == (char)0xe6))
			best = n;
		list += n + (list[n] == '|');
	}
	return best;
}

unsigned month_named(slice s, size_t *bytes) {
	if (!s.n || !is_letter(s.p[0]) || !strchr("jfmasondegkclwpzJFMASONDEGKCLWPZ", s.p[0])) return 0;
	for (unsigned m = 0; m < 12; m++) {
		size_t n = word_of(s, NAMES[m]);
		if (!n) continue;
		*bytes = n + (n < s.n && s.p[n] == '.');
		return m + 1;
	}
	return 0;
}

size_t weekday_at(slice s) {
	if (!s.n || !is_letter(s.p[0])) return 0;
	return word_of(
	    s, "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun");
}
