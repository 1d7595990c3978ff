#include "data/source.h"

#include "data/archive.h"
#include "data/encoding.h"
#include "data/magic.h"
#include "data/twice.h"

void source_free(source *s) {
	buf_free(&s->owned);
	buf_free(&s->unpacked);
}

static bool unpack(slice *raw, const char *name, source *out, notices *n, const cancel *c, deadline d, err *e) {
	if (!archive_is(*raw)) return true;
	if (!archive_unpack(*raw, name, &out->unpacked, n, c, d, e)) return false;
	*raw = buf_slice(&out->unpacked);
	return magic_check(*raw, name, e);
}

/* DOS and CP/M end text with ^Z, some programs with zero bytes. */
static slice without_end_marks(slice s) {
	while (s.n && (s.p[s.n - 1] == 0x1a || s.p[s.n - 1] == '\0')) s.n--;
	return s;
}

static void mend_twice(source *out, const char *name, notices *n) {
	buf once = BUF_INIT(EXPANDED_MAX);
	if (!twice_mend(out->text, &once)) {
		buf_free(&once);
		return;
	}
	buf_free(&out->owned);
	out->owned = once;
	out->text = buf_slice(&out->owned);
	notice(n, "%s: the text had been encoded twice (\"Ã©\" for \"é\"); it was mended.", name);
}

bool source_open(slice raw, bool all, const char *name, source *out, notices *n, const cancel *c, deadline d, err *e) {
	*out = (source){.owned = BUF_INIT(EXPANDED_MAX), .unpacked = BUF_INIT(EXPANDED_MAX)};
	if (!still_wanted(c, d, e) || !magic_check(raw, name, e) || !unpack(&raw, name, out, n, c, d, e)) return false;
	encoding found = encoding_detect(raw, all);
	out->encoding = found.name;
	if (slice_is(slice_of(found.name), "binary")) return err_set(e, ERR_CSV_BINARY, "%s is not text", name);
	slice body = slice_sub(raw, found.bom, raw.n);
	if (!found.utf8 && !encoding_decode(body, &found, name, &out->owned, n, c, d, e)) return false;
	if (!found.utf8 && out->unpacked.p) buf_free(&out->unpacked);
	out->text = without_end_marks(found.utf8 ? body : buf_slice(&out->owned));
	if (slice_starts(out->text, SLICE("\xef\xbb\xbf"))) out->text = slice_sub(out->text, 3, out->text.n);
	if (!found.ascii) mend_twice(out, name, n);
	out->seen = found.ascii && found.seen < raw.n ? found.seen : out->text.n;
	return magic_check_text(out->text, name, e);
}

bool source_stands(source *s, size_t to) {
	if (to <= s->seen) return true;
	slice next = slice_sub(s->text, s->seen, to - s->seen), rest = slice_sub(s->text, s->seen, s->text.n);
	bool ascii = slice_ascii_prefix(next) == next.n;
	if (!ascii && (!slice_is_utf8(rest) || twice_suspect(rest))) return false;
	s->seen = ascii ? to : s->text.n;
	return true;
}
