#include "data/source.h"

#include "data/archive.h"
#include "data/drawn.h"
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

/* Zeros that fill a file up to its size; the last three may be of a character. */
static slice without_padding(slice s) {
	size_t n = s.n;
	while (n && !s.p[n - 1]) n--;
	return slice_sub(s, 0, s.n - n > 3 ? (n + 3) & ~3ul : s.n);
}

/* Blocks of zeros that a crash or a fixed size left, zeros for characters that a program could not write. */
static bool leave_zeros_out(slice *raw, const char *name, source *out, notices *n, err *e) {
	buf kept = BUF_INIT(EXPANDED_MAX);
	char *to = buf_reserve(&kept, raw->n);
	if (!to) return err_set(e, ERR_MEMORY, "out of memory while reading %s", name);
	size_t k = 0;
	for (size_t i = 0; i < raw->n; i++)
		if (raw->p[i]) to[k++] = raw->p[i];
	buf_grow(&kept, k);
	notice(n, "%s: %zu byte%s of zero left out.", name, raw->n - k, raw->n - k == 1 ? "" : "s");
	buf_free(&out->unpacked);
	out->unpacked = kept, *raw = buf_slice(&kept);
	return true;
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

static void undraw(source *out) {
	buf plain = BUF_INIT(EXPANDED_MAX);
	if (!drawn_suspect(out->text)) return;
	drawn_undo(out->text, &plain);
	if (!buf_ok(&plain)) {
		buf_free(&plain);
		return;
	}
	out->seen = out->seen < out->text.n ? 0 : plain.n;
	buf_free(&out->owned);
	out->owned = plain;
	out->text = buf_slice(&out->owned);
}

bool source_open(slice raw, bool all, const char *name, source *out, notices *n, const cancel *c, deadline d, err *e) {
	*out = (source){.owned = BUF_INIT(EXPANDED_MAX), .unpacked = BUF_INIT(EXPANDED_MAX)};
	if (!still_wanted(c, d, e) || !magic_check(raw, name, e) || !unpack(&raw, name, out, n, c, d, e)) return false;
	raw = without_padding(raw);
	encoding found = encoding_detect(raw, all);
	if (found.zeros) {
		if (!leave_zeros_out(&raw, name, out, n, e)) return false;
		found = encoding_detect(raw, all);
	}
	out->encoding = found.name;
	if (slice_is(slice_of(found.name), "binary")) return err_set(e, ERR_CSV_BINARY, "%s is not text", name);
	slice body = slice_sub(raw, found.bom, raw.n);
	if (!found.utf8 && !encoding_decode(body, &found, name, &out->owned, n, c, d, e)) return false;
	if (!found.utf8 && out->unpacked.p) buf_free(&out->unpacked);
	out->text = without_end_marks(found.utf8 ? body : buf_slice(&out->owned));
	if (slice_starts(out->text, SLICE("\xef\xbb\xbf"))) out->text = slice_sub(out->text, 3, out->text.n);
	if (!found.ascii) mend_twice(out, name, n);
	out->seen = found.ascii && found.seen < raw.n ? found.seen : out->text.n;
	undraw(out);
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
