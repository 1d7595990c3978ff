/* How the encoding is found
 * -------------------------
 * A byte order mark decides. Then zero bytes: text of one byte a character has
 * none, UTF-16 and UTF-32 have them at regular places. Then UTF-8, which hardly
 * any other text is by chance: also where a few bytes are wrong. What is left is
 * asked of libuchardet, which knows the world's scripts but guesses on short
 * Latin text: there, where bytes above 127 stand alone among ASCII letters,
 * latin.c weighs the few encodings that matter by what letters they make. */
#include "data/encoding.h"

#include "base/fd.h"
#include "data/latin.h"

#include <errno.h>
#include <iconv.h>
#include <uchardet/uchardet.h>

enum { GLANCE = 64 << 10, DETECT_MAX = 1 << 20 };

static const struct {
	const char *bytes;
	size_t n;
	const char *name;
} MARKS[] = {{"\xef\xbb\xbf", 3, "utf-8"},
	     {"\xff\xfe\0\0", 4, "utf-32le"},
	     {"\0\0\xfe\xff", 4, "utf-32be"},
	     {"\xff\xfe", 2, "utf-16le"},
	     {"\xfe\xff", 2, "utf-16be"}};

/* Line ends with a zero on one side, at every second byte from `from` on, and those without. */
static bool ends_are_wide(slice s, size_t from) {
	size_t wide = 0, bare = 0;
	for (size_t i = 0; i < s.n && i < GLANCE; i++) {
		if (s.p[i] != '\n' && s.p[i] != '\r') continue;
		size_t zero = from ? i - 1 : i + 1;
		bool is_wide = i % 2 == from && zero < s.n && !s.p[zero];
		wide += is_wide, bare += !is_wide;
	}
	return wide ? wide >= bare : !bare;
}

/* UTF-16 or 32 without a mark, by where the zero bytes are; "binary" for many anywhere, "" for some, NULL for none. */
static const char *by_zeros(slice s) {
	size_t zeros[4] = {0}, n = s.n < GLANCE ? s.n & ~3ul : GLANCE, all = 0;
	for (size_t i = 0; i < n; i++)
		if (!s.p[i]) zeros[i & 3]++, all++;
	if (!all) return NULL;
	size_t quarter = n / 4, even = zeros[0] + zeros[2], odd = zeros[1] + zeros[3];
	if (zeros[1] + zeros[2] + zeros[3] >= quarter * 2 + quarter / 2 && zeros[0] < quarter / 4) return "utf-32le";
	if (zeros[0] + zeros[1] + zeros[2] >= quarter * 2 + quarter / 2 && zeros[3] < quarter / 4) return "utf-32be";
	if (odd > n / 40 && even * 50 <= odd && ends_are_wide(s, 0)) return "utf-16le";
	if (even > n / 40 && odd * 50 <= even && ends_are_wide(s, 1)) return "utf-16be";
	return all * 2 > n ? "binary" : "";
}

/* Well-formed sequences beyond ASCII, and bytes that belong to none. */
static void count_utf8(slice s, size_t *right, size_t *wrong) {
	*right = *wrong = 0;
	while (s.n) {
		size_t n = slice_utf8_prefix(s);
		for (size_t i = 0; i < n; i++) *right += (unsigned char)s.p[i] >= 0xc0;
		*wrong += n < s.n;
		s = slice_sub(s, n + 1, s.n);
	}
}

/* Control characters that no text has. */
static bool is_binary(slice s) {
	size_t odd = 0, n = s.n < GLANCE ? s.n : GLANCE;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		odd += c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v' && c != 0x1a &&
		       c != 0x1b && c < 0x1c && c > 2;
	}
	return odd * 50 > n;
}

/* Lines with bytes above 127, which are all that matters, at most DETECT_MAX of them. */
static void foreign_lines(slice s, buf *out) {
	while (s.n && out->n < DETECT_MAX) {
		size_t end = slice_find(s, '\n');
		slice line = slice_sub(s, 0, end < 4096 ? end : 4096);
		bool foreign = false;
		for (size_t i = 0; i < line.n; i++) foreign |= (unsigned char)line.p[i] > 127;
		if (foreign) {
			buf_add(out, line);
			buf_addc(out, '\n');
		}
		s = slice_sub(s, end < 4096 ? end + 1 : 4096, s.n);
	}
}

/* libuchardet's answer as a name that lives, or NULL. */
static const char *ask_uchardet(slice s) {
	static const char *const KNOWN[] = {"SHIFT_JIS",
					    "EUC-JP",
					    "ISO-2022-JP",
					    "GB18030",
					    "BIG5",
					    "EUC-TW",
					    "EUC-KR",
					    "UHC",
					    "WINDOWS-1250",
					    "WINDOWS-1251",
					    "WINDOWS-1252",
					    "WINDOWS-1253",
					    "WINDOWS-1254",
					    "WINDOWS-1255",
					    "WINDOWS-1256",
					    "WINDOWS-1257",
					    "WINDOWS-1258",
					    "ISO-8859-1",
					    "ISO-8859-2",
					    "ISO-8859-3",
					    "ISO-8859-4",
					    "ISO-8859-5",
					    "ISO-8859-6",
					    "ISO-8859-7",
					    "ISO-8859-8",
					    "ISO-8859-9",
					    "ISO-8859-10",
					    "ISO-8859-11",
					    "ISO-8859-13",
					    "ISO-8859-15",
					    "ISO-8859-16",
					    "KOI8-R",
					    "KOI8-U",
					    "IBM855",
					    "IBM866",
					    "MAC-CYRILLIC",
					    "MAC-CENTRALEUROPE",
					    "TIS-620",
					    "VISCII",
					    "IBM852",
					    "IBM865",
					    "JOHAB",
					    "UTF-8"};
	uchardet_t u = uchardet_new();
	if (!u) return NULL;
	const char *found = NULL;
	if (uchardet_handle_data(u, s.p, s.n) == 0) {
		uchardet_data_end(u);
		slice answer = slice_of(uchardet_get_charset(u));
		for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
			if (slice_eq_nocase(answer, slice_of(KNOWN[i]))) found = KNOWN[i];
	}
	uchardet_delete(u);
	return found;
}

/* Korean that libuchardet takes for Chinese: Hangul's lead bytes are b0 to c8, of the commonest Chinese characters four
 * in ten lie beyond (GB 2312, sorted by sound, s to z). */
static bool hangul_only(slice s) {
	size_t pairs = 0;
	for (size_t i = 0; i + 1 < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c < 128) continue;
		if (c < 0xb0 || c > 0xc8 || (unsigned char)s.p[i + 1] < 0xa1) return false;
		pairs++, i++;
	}
	return pairs >= 6;
}

static const char *by_script(slice raw) {
	cleanup_buf buf lines = BUF_INIT(2 * DETECT_MAX);
	foreign_lines(raw, &lines);
	slice s = buf_slice(&lines);
	const char *asked = s.n ? ask_uchardet(s) : NULL;
	if (latin_alone(s)) return latin_best(s, asked);
	if (!asked || slice_is(slice_of(asked), "UTF-8") || !latin_decodes(s, asked)) return latin_multibyte(s);
	if (slice_is(slice_of(asked), "GB18030") && hangul_only(s)) return "EUC-KR";
	return asked;
}

/* Nothing but the printable characters of ASCII, tabs and line ends. */
static bool is_plain(slice s) {
	unsigned char odd = 0; /* a byte, and no branch: sixteen are looked at together */
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		odd |= (unsigned char)((c >= 0x7f) | ((c < 0x20) & (c != '\n') & (c != '\r') & (c != '\t')));
	}
	return !odd;
}

static const char *by_bytes(slice raw) {
	size_t right, wrong;
	count_utf8(raw, &right, &wrong);
	if (right >= 2 * wrong) return "utf-8";
	const char *found = by_script(raw);
	return found ? found : "WINDOWS-1252";
}

static bool by_mark(slice raw, encoding *found) {
	for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
		if (!slice_starts(raw, (slice){MARKS[i].bytes, MARKS[i].n})) continue;
		*found = (encoding){.name = MARKS[i].name, .bom = MARKS[i].n};
		found->utf8 = i == 0 && slice_is_utf8(slice_sub(raw, MARKS[i].n, raw.n));
		return true;
	}
	return false;
}

encoding encoding_detect(slice raw, bool all) {
	encoding found = {.name = "utf-8", .utf8 = true, .ascii = true, .seen = raw.n};
	if ((raw.n <= GLANCE && is_plain(raw)) || by_mark(raw, &found)) return found;
	const char *zeros = by_zeros(raw);
	if (is_binary(raw)) return (encoding){.name = zeros && *zeros ? zeros : "binary"};
	if (zeros) return (encoding){.name = zeros, .zeros = !*zeros};
	slice glance = slice_sub(raw, 0, all ? raw.n : ENCODING_GLANCE);
	size_t ascii = slice_ascii_prefix(glance);
	if (ascii == glance.n) return found.seen = ascii, found;
	found.ascii = false;
	found.utf8 = slice_is_utf8(slice_sub(raw, ascii, raw.n));
	if (!found.utf8) found.name = by_bytes(raw);
	return found;
}

/* Where the first wrong bytes were, and how many. */
typedef struct damage {
	uint64_t n;
	size_t at;
} damage;

static void replace(buf *out, damage *bad, size_t at) {
	if (!bad->n++) bad->at = at;
	buf_adds(out, "\xef\xbf\xbd");
}

static void mend_utf8(slice s, buf *out, damage *bad) {
	const char *start = s.p;
	while (s.n) {
		size_t n = slice_utf8_prefix(s);
		buf_add(out, slice_sub(s, 0, n));
		if (n == s.n) return;
		replace(out, bad, (size_t)(s.p - start) + n);
		s = slice_sub(s, n + 1, s.n);
		while (s.n && ((unsigned char)s.p[0] & 0xc0) == 0x80) s = slice_sub(s, 1, s.n);
	}
}

static bool convert(slice raw, iconv_t with, size_t unit, buf *out, damage *bad, const cancel *c, deadline d, err *e) {
	enum { STEP = 256 << 10 };
	char *in = (char *)(uintptr_t)raw.p;
	size_t left = raw.n;
	while (left) {
		if (!still_wanted(c, d, e)) return false;
		char *to = buf_reserve(out, STEP);
		if (!to) return true; /* the caller looks at out */
		size_t room = STEP, some = left < STEP / 4 ? left : STEP / 4, piece = some;
		size_t rc = iconv(with, &in, &piece, &to, &room);
		int why = errno;
		buf_grow(out, STEP - room);
		left -= some - piece;
		if (rc != (size_t)-1 || why == E2BIG) continue;
		if (why == EINVAL && some < left + (some - piece) && piece < some)
			continue; /* a character over the step's end */
		replace(out, bad, (size_t)(in - raw.p));
		size_t skip = left < unit ? left : unit;
		in += skip, left -= skip;
	}
	return true;
}

static void tell(slice raw, const damage *bad, const char *from, const char *name, notices *n) {
	if (!bad->n) return;
	uint64_t line = 1;
	for (size_t i = 0; i < bad->at; i++) line += raw.p[i] == '\n';
	notice(n, "%s: %llu byte%s not %s (first: line %llu); \xef\xbf\xbd stands there now.", name,
	       (unsigned long long)bad->n, bad->n == 1 ? " is" : "s are", from, (unsigned long long)line);
}

static bool finish(const buf *out, const char *name, err *e) {
	if (buf_ok(out)) return true;
	if (out->max - out->n < 1 << 20)
		return err_set(e, ERR_CSV_LIMIT, "%s is more than %zu MiB of text", name, out->max >> 20);
	return err_set(e, ERR_MEMORY, "out of memory while decoding %s", name);
}

bool encoding_decode(slice raw, const encoding *from, const char *name, buf *out, notices *n, const cancel *c,
		     deadline d, err *e) {
	damage bad = {0};
	if (slice_is(slice_of(from->name), "utf-8")) {
		mend_utf8(raw, out, &bad);
	} else {
		iconv_t with = iconv_open("UTF-8", latin_iconv_name(from->name));
		if (with == (iconv_t)-1)
			return err_set(e, ERR_CSV_ENCODING, "%s is in %s, which this machine cannot decode", name,
				       from->name);
		size_t unit = strstr(from->name, "32") ? 4 : strstr(from->name, "utf-16") ? 2 : 1;
		bool ok = convert(raw, with, unit, out, &bad, c, d, e);
		(void)iconv_close(with);
		if (!ok) return false;
	}
	tell(raw, &bad, from->name, name, n);
	return finish(out, name, e);
}
