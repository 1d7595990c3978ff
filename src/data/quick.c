#include "data/quick.h"

#include <stdint.h>

/* What pandas, R, Excel, SAS, SQL tools and people write for "no value". */
static const char *const MISSING[] = {"NA",
				      "N/A",
				      "n/a",
				      "na",
				      "NaN",
				      "nan",
				      "NAN",
				      "null",
				      "NULL",
				      "Null",
				      "None",
				      "#N/A",
				      "-",
				      ".",
				      "--",
				      "?",
				      "..",
				      "...",
				      "*",
				      "#NA",
				      "<NA>",
				      "#NULL!",
				      "nil",
				      "NIL",
				      "1.#IND",
				      "-NaN",
				      "-nan",
				      "\\N",
				      "\xe2\x80\x94",
				      "\xe2\x80\x93",
				      "#VALUE!",
				      "#DIV/0!",
				      "#REF!",
				      "#NAME?",
				      "#NUM!",
				      "N.A.",
				      "n.a.",
				      "missing",
				      "Missing",
				      "MISSING",
				      "1.#QNAN",
				      "-1.#IND",
				      "\xe2\x80\xa6",
				      ":"};

enum { MISSING_LONGEST = 8 };

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

bool is_missing_word(slice cell) {
	if (!cell.n || cell.n > MISSING_LONGEST || !strchr("Nn#-.?*<1\\mM:\xe2", cell.p[0]) || !cell.p[0]) return false;
	if (cell.n > 1 && (cell.p[0] == '-' || cell.p[0] == '.' || cell.p[0] == '1') && is_digit(cell.p[cell.n - 1]))
		return false;
	for (size_t i = 0; i < sizeof MISSING / sizeof *MISSING; i++)
		if (slice_is(cell, MISSING[i])) return true;
	return false;
}

static bool is_letter(char c) {
	return ((c | 32) >= 'a' && (c | 32) <= 'z') || (unsigned char)c >= 0x80;
}

typedef struct census {
	size_t digits, letters, points, signs, colons, slashes, spaces, others, bad;
} census;

static census take_census(slice s) {
	census n = {0};
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (is_digit(c))
			n.digits++;
		else if (is_letter(c))
			n.letters++;
		else if (c == '.' || c == ',')
			n.points++;
		else if (c == '-' || c == '+')
			n.signs++;
		else if (c == ':')
			n.colons++;
		else if (c == '/')
			n.slashes++;
		else if (c == ' ')
			n.spaces++;
		else if (c == '|' || c == ';' || c == '\t' || c == '^' || c == '~' || c == '"' ||
			 (unsigned char)c < 0x20)
			n.bad++;
		else
			n.others++;
	}
	return n;
}

static bool few_letters_of_number(slice s) {
	/* 1e5, 5 km, 12%, $5, €3, 1,5 Mio: letters only at one end and few */
	size_t letters = 0;
	for (size_t i = 0; i < s.n; i++) letters += is_letter(s.p[i]);
	return letters <= 3;
}

static bool date_words(slice s) {
	static const char MONTHS[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	for (size_t i = 0; i + 2 < s.n; i++) {
		if (!is_letter(s.p[i]) || (i && is_letter(s.p[i - 1]))) continue;
		for (size_t m = 0; m < 36; m += 3)
			if (slice_eq_nocase((slice){s.p + i, 3}, (slice){MONTHS + m, 3})) return true;
	}
	return false;
}

enum quick quick_class(slice cell) {
	slice s = slice_trim(cell);
	if (!s.n) return QUICK_EMPTY;
	if (is_missing_word(s)) return QUICK_MISSING;
	if (s.n > 64) return QUICK_WORD;
	census n = take_census(s);
	if (n.bad) return QUICK_ODD;
	if (n.digits && !n.others) {
		bool parts = n.colons || n.slashes == 2 || (n.signs >= 2 && is_digit(s.p[0])) ||
			     (n.points == 2 && !n.letters && n.digits >= 4);
		if (parts && n.digits >= 3 && n.letters <= 3) return QUICK_TIME;
		if (n.letters >= 3 && n.digits <= 14 && n.letters <= 14 && date_words(s)) return QUICK_TIME;
	}
	if (n.digits && (n.letters == 0 || (n.digits >= n.letters && few_letters_of_number(s) && is_digit(s.p[0]))) &&
	    n.others <= 3 && n.colons == 0 && n.slashes == 0)
		return QUICK_NUMBER;
	char first = s.p[0], last = s.p[s.n - 1];
	if (first == ',' || last == ',' || (first == '\'' && last == '\'' && s.n > 1)) return QUICK_ODD;
	return n.letters || n.digits ? QUICK_WORD : QUICK_ODD;
}
