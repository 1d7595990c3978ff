#include "data/latin.h"

#include <iconv.h>
#include <stdint.h>

bool latin_alone(slice s) {
	size_t runs = 0, bytes = 0;
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < 128) continue;
		bytes++;
		runs += i == 0 || (unsigned char)s.p[i - 1] < 128;
	}
	return runs * 10 >= bytes * 6;
}

const char *latin_iconv_name(const char *encoding) {
	static const char *const NAMES[][2] = {{"WINDOWS-1252", "CP1252"},
					       {"macintosh", "MACINTOSH"},
					       {"ISO-8859-1", "CP1252"},
					       {"MAC-CYRILLIC", "MAC-CYRILLIC"},
					       {"MAC-CENTRALEUROPE", "MAC-CENTRALEUROPE"},
					       {"SHIFT_JIS", "CP932"},
					       {"EUC-KR", "CP949"},
					       {"BIG5", "BIG5-HKSCS"}};
	for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
		if (strcmp(encoding, NAMES[i][0]) == 0) return NAMES[i][1];
	return encoding;
}

/* The 128 upper characters of an encoding of one byte, 0 where there is none. */
static bool upper_half(const char *encoding, uint32_t *to) {
	iconv_t with = iconv_open("UTF-32LE", latin_iconv_name(encoding));
	if (with == (iconv_t)-1) return false;
	for (unsigned i = 0; i < 128; i++) {
		char in = (char)(128 + i), *p = &in, *q = (char *)&to[i];
		size_t left = 1, room = 4;
		to[i] = 0;
		if (iconv(with, &p, &left, &q, &room) == (size_t)-1) to[i] = 0;
		(void)iconv(with, NULL, NULL, NULL, NULL);
	}
	(void)iconv_close(with);
	return true;
}

static bool ascii_letter(char c) {
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool in(uint32_t c, const uint16_t *list, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (list[i] == c) return true;
	return false;
}

/* How plausible a character is between these neighbours. */
static int worth(uint32_t c, char before, char after) {
	/* a-umlaut, o-umlaut, u-umlaut, sharp s, e with accents, a grave, c cedilla, n tilde, i, o, u acute,
	 * circumflexes, a ring, ae, o slash, a/o tilde */
	static const uint16_t COMMON[] = {0xe4, 0xf6, 0xfc, 0xdf, 0xe9, 0xe8, 0xe0, 0xe7, 0xf1, 0xe1,
					  0xed, 0xf3, 0xfa, 0xea, 0xe2, 0xf4, 0xee, 0xfb, 0xe5, 0xe6,
					  0xf8, 0xe3, 0xf5, 0xec, 0xf2, 0xf9, 0xeb, 0xef};
	static const uint16_t CAPITAL[] = {0xc4, 0xd6, 0xdc, 0xc9, 0xc8, 0xc0, 0xc7, 0xd1,
					   0xc1, 0xd3, 0xda, 0xc5, 0xc6, 0xd8, 0xce, 0xca};
	static const uint16_t EASTERN[] = {0x105, 0x107, 0x119, 0x142, 0x144, 0x15b, 0x17a, 0x17c,
					   0x10d, 0x10f, 0x11b, 0x148, 0x159, 0x161, 0x165, 0x16f,
					   0x17e, 0x151, 0x171, 0x11f, 0x131, 0x15f, 0x103, 0x163};
	static const uint16_t SIGNS[] = {0x2019, 0x201c, 0x201d, 0x2013, 0x2014, 0x20ac, 0xa3,  0xb0,
					 0xb5,   0xb2,   0xb3,   0xa7,   0xae,   0x2122, 0xa9,  0x2026,
					 0xab,   0xbb,   0xb1,   0xd7,   0xbd,   0xa0,   0x2022};
	bool inside = ascii_letter(before) && ascii_letter(after),
	     at_word = ascii_letter(before) || ascii_letter(after);
	if (!c || c < 0xa0) return -6;
	if (in(c, COMMON, sizeof COMMON / sizeof *COMMON)) return at_word ? 4 : 1;
	if (in(c, CAPITAL, sizeof CAPITAL / sizeof *CAPITAL)) return ascii_letter(before) && before >= 'a' ? -3 : 3;
	if (in(c, EASTERN, sizeof EASTERN / sizeof *EASTERN)) return at_word ? 2 : 0;
	if (in(c, SIGNS, sizeof SIGNS / sizeof *SIGNS)) return inside && c != 0x2019 ? -3 : 2;
	return inside ? -4 : -1;
}

static long score(slice s, const uint32_t *upper) {
	long sum = 0;
	for (size_t i = 0; i < s.n && i < 1 << 18; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c < 128) continue;
		sum += worth(upper[c - 128], i ? s.p[i - 1] : ' ', i + 1 < s.n ? s.p[i + 1] : ' ');
	}
	return sum;
}

/* Old computers' and DOS's, which are rare and have to make twice the sense of Windows'; and one that is taken only
 * where it is the opinion: Turkish letters stand where Icelandic ones do. */
static const struct {
	const char *name;
	bool old, told;
} LATIN[] = {
    {"WINDOWS-1252", false, false}, {"WINDOWS-1250", false, false}, {"ISO-8859-2", false, false},
    {"ISO-8859-15", false, false},  {"WINDOWS-1254", false, true},  {"macintosh", true, false},
    {"IBM850", true, false},        {"IBM852", true, false},
};

const char *latin_best(slice s, const char *asked) {
	const char *best = "WINDOWS-1252", *said = asked && strcmp(asked, "ISO-8859-9") == 0 ? "WINDOWS-1254" : asked;
	long most = -1000000000;
	for (size_t i = 0; i < sizeof LATIN / sizeof *LATIN; i++) {
		uint32_t upper[128];
		bool told = said && strcmp(said, LATIN[i].name) == 0;
		if ((LATIN[i].told && !told) || !upper_half(LATIN[i].name, upper)) continue;
		long sum = score(s, upper);
		if (LATIN[i].old && sum > 0) sum /= 2;
		if (i > 0 && !told) sum -= (sum > 0 ? sum : -sum) / 50 + 1; /* as good is not better */
		if (sum > most) most = sum, best = LATIN[i].name;
	}
	return most < 0 && asked && latin_decodes(s, asked) ? asked : best;
}

bool latin_decodes(slice s, const char *encoding) {
	iconv_t with = iconv_open("UTF-8", latin_iconv_name(encoding));
	if (with == (iconv_t)-1) return false;
	char *in_at = (char *)(uintptr_t)s.p;
	size_t left = s.n, wrong = 0;
	while (left && wrong * 200 <= s.n) {
		char out[4096], *to = out;
		size_t room = sizeof out, was = left;
		if (iconv(with, &in_at, &left, &to, &room) != (size_t)-1) break;
		if (left == was || room > 16) {
			if (!left) break;
			wrong++, in_at++, left--;
		}
	}
	(void)iconv_close(with);
	return wrong * 200 <= s.n;
}

const char *latin_multibyte(slice s) {
	static const char *const LIST[] = {"SHIFT_JIS", "EUC-KR", "GB18030", "BIG5"};
	for (size_t i = 0; i < sizeof LIST / sizeof *LIST; i++)
		if (latin_decodes(s, LIST[i])) return LIST[i];
	return NULL;
}
