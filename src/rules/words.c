/* Words: stems, synonyms, abbreviations, slips of the pen. English. */
#include "rules/question.h"

#include "data/words.h"

#include <stdio.h>
#include <stdlib.h>

static const char STOP_WORDS[] =
    "a an the of in on at for to from and or with by as is are was were be been do does did have has had that which "
    "who "
    "whose whom what how when where this these those there their them they it its i me my we our you your please can "
    "could would will shall should want like show give tell draw plot display visualize visualise create make present "
    "list find get return me us using use via all each every any per about over between among across into within than "
    "then also just only so such s";

bool word_is_stop(const char *word) {
	return word_in(word, STOP_WORDS);
}

/* Plurals that no rule gives. */
static const char *const IRREGULAR[][2] = {
    {"people", "person"},     {"men", "man"},        {"women", "woman"},   {"children", "child"},
    {"data", "data"},         {"series", "series"},  {"news", "news"},     {"species", "species"},
    {"movies", "movie"},      {"cookies", "cookie"}, {"indices", "index"}, {"criteria", "criterion"},
    {"analyses", "analysis"}, {"sales", "sales"},    {"ids", "id"},        {"gas", "gas"},
    {"has", "has"},           {"was", "was"},        {"yes", "yes"},       {"its", "its"},
    {"this", "this"},         {"as", "as"},          {"gross", "gross"},   {"buses", "bus"},
    {"statuses", "status"},   {"feet", "foot"},      {"mice", "mouse"},    {"lives", "life"}};

static bool ends(const char *word, size_t n, const char *with) {
	size_t m = strlen(with);
	return n > m + 1 && memcmp(word + n - m, with, m) == 0;
}

/* Endings and what they become, first that fits. */
static const struct {
	const char *from, *to;
} ENDINGS[] = {{"ies", "y"},   {"sses", "ss"}, {"shes", "sh"}, {"ches", "ch"}, {"xes", "x"},
	       {"zzes", "zz"}, {"ss", "ss"},   {"us", "us"},   {"is", "is"},   {"s", ""}};

void word_stem(const char *word, char stem[TOKEN_BYTES]) {
	for (size_t i = 0; i < sizeof IRREGULAR / sizeof *IRREGULAR; i++)
		if (strcmp(word, IRREGULAR[i][0]) == 0) {
			(void)snprintf(stem, TOKEN_BYTES, "%s", IRREGULAR[i][1]);
			return;
		}
	size_t n = strnlen(word, TOKEN_BYTES - 1);
	for (size_t i = 0; n > 3 && i < sizeof ENDINGS / sizeof *ENDINGS; i++)
		if (ends(word, n, ENDINGS[i].from)) {
			n -= strlen(ENDINGS[i].from);
			(void)snprintf(stem, TOKEN_BYTES, "%.*s%s", (int)n, word, ENDINGS[i].to);
			return;
		}
	(void)snprintf(stem, TOKEN_BYTES, "%.*s", (int)n, word);
}

/* Each row: stems that people use for one another in names of columns. */
static const char *const SYNONYMS[] = {
    "salary wage pay earnings income compensation",
    "sex gender",
    "cost price charge fee",
    "country nation nationality",
    "employee worker staff personnel",
    "movie film",
    "revenue turnover sales income",
    "customer client buyer",
    "product item good article",
    "city town",
    "location place venue site",
    "begin start open",
    "end finish close",
    "height tall elevation altitude",
    "length long duration",
    "age old",
    "name title label",
    "id identifier",
    "kind type category class sort",
    "department dept division",
    "company firm business organization organisation",
    "car vehicle automobile",
    "physician doctor",
    "student pupil",
    "teacher instructor professor",
    "phone telephone",
    "zip postcode postal",
    "quantity qty",
    "rating score star grade review",
    "rate percentage percent share proportion ratio",
    "description detail",
    "year yr",
    "population inhabitant resident",
    "area size surface",
    "profit gain",
    "speed velocity",
    "lat latitude",
    "lon lng longitude",
    "author writer",
    "address street",
    "job occupation profession",
    "degree diploma",
    "state province",
    "smoker smoke",
    "birth born birthday",
    "death died dead",
    "hire hired employ",
    "crime offence offense",
    "headquarter headquarters hq",
    "manager boss supervisor",
    "purchase buy bought order",
    "shipping delivery shipment",
    "stock inventory",
    "temperature temp heat",
    "win won victory winner",
    "theme topic subject",
    "first fname given",
    "last lname surname family",
    "dob birth",
    "percap capita",
    "male men man boy",
    "female women woman girl",
    "group bucket band bracket",
    "rank ranking position standing",
};

_Static_assert(sizeof SYNONYMS / sizeof *SYNONYMS <= 64, "a bit a row");

void lexeme_of(const char *word, lexeme *out) {
	*out = (lexeme){.synonyms = 0};
	(void)snprintf(out->word, sizeof out->word, "%s", word);
	word_stem(out->word, out->stem);
	out->stop = word_is_stop(out->word);
	for (size_t i = 0; i < sizeof SYNONYMS / sizeof *SYNONYMS; i++)
		if (word_in(out->stem, SYNONYMS[i])) out->synonyms |= 1ull << i;
}

/* What abbreviations stand for where their letters do not tell. */
static const char *const SHORT[][2] = {
    {"no", "number"},       {"num", "number"},     {"nbr", "number"},       {"frst", "first"},
    {"lst", "last"},        {"dbl", "double"},     {"gdp", "gdp"},          {"pct", "percent"},
    {"perc", "percent"},    {"qty", "quantity"},   {"tel", "telephone"},    {"mgr", "manager"},
    {"dept", "department"}, {"hq", "headquarter"}, {"lang", "language"},    {"desc", "description"},
    {"cust", "customer"},   {"pop", "population"}, {"dest", "destination"}, {"cap", "capita"},
    {"exp", "expectancy"},  {"prcnt", "percent"},  {"mpg", "mileage"},      {"hrs", "hour"},
    {"hr", "hour"},         {"wt", "weight"},      {"ht", "height"},        {"amt", "amount"},
    {"yrs", "year"},        {"avg", "average"},    {"tot", "total"}};

/* "dept" for department: the same first letter, the others in order, at most six of them. */
static bool abbreviates(const char *brief, const char *full) {
	size_t n = strlen(brief), m = strlen(full);
	for (size_t i = 0; i < sizeof SHORT / sizeof *SHORT; i++)
		if (strcmp(brief, SHORT[i][0]) == 0 && strcmp(full, SHORT[i][1]) == 0) return true;
	if (n < 3 || n > 6 || m < n + 2 || brief[0] != full[0] || strcmp(brief, "count") == 0) return false;
	if (memcmp(brief, full, n) == 0) return n >= 4;
	size_t k = 0, vowels = 0;
	for (size_t i = 0; i < m && k < n; i++)
		if (full[i] == brief[k]) k++;
	for (size_t i = 1; i < n; i++) vowels += strchr("aeiou", brief[i]) != NULL;
	return k == n && (vowels == 0 || (n >= 4 && memcmp(brief, full, 2) == 0 && brief[n - 1] == full[m - 1]));
}

static const char SUFFIXES[] =
    "e ed d ing er or r ion ation al ity ality ment s es ly y n ian ic ive ance ence able ated "
    "ization isation st ship ness ning ied action able ability";

/* One word made of the other's beginning by endings: direct, directed, director. */
static bool derived(const char *a, const char *b) {
	size_t i = 0;
	while (a[i] && a[i] == b[i]) i++;
	if (i < 4) return false;
	bool a_ends = a[i] == 0 || word_in(a + i, SUFFIXES), b_ends = b[i] == 0 || word_in(b + i, SUFFIXES);
	return a_ends && b_ends;
}

bool one_slip(const char *a, const char *b) {
	size_t n = strlen(a), m = strlen(b), i = 0;
	while (a[i] && a[i] == b[i]) i++;
	if (n == m && i == n) return true;
	if (n > m + 1 || m > n + 1) return false;
	if (n == m && strcmp(a + i + 1, b + i + 1) == 0) return true;
	if (n > m) return strcmp(a + i + 1, b + i) == 0;
	if (m > n) return strcmp(a + i, b + i + 1) == 0;
	return a[i] == b[i + 1] && a[i + 1] == b[i] && strcmp(a + i + 2, b + i + 2) == 0;
}

/* A slip of the pen in a word that is long enough, and not in its first two letters. */
static bool slip(const char *a, const char *b) {
	return strlen(a) >= 5 && strlen(b) >= 5 && a[1] == b[1] && one_slip(a, b);
}

double likeness(const lexeme *a, const lexeme *b) {
	if (strcmp(a->stem, b->stem) == 0 || strcmp(a->word, b->word) == 0) return 1;
	if (a->synonyms & b->synonyms) return 0.7;
	if (a->stem[0] != b->stem[0]) return 0; /* the rest starts alike */
	if (slip(a->stem, b->stem)) return 0.85;
	if (derived(a->stem, b->stem)) return 0.8;
	if (abbreviates(a->stem, b->stem) || abbreviates(b->stem, a->stem)) return 0.75;
	return 0;
}

double word_likeness(const char *a, const char *b) {
	lexeme x, y;
	lexeme_of(a, &x);
	lexeme_of(b, &y);
	return likeness(&x, &y);
}
