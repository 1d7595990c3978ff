#include "data/archive.h"

#include "base/fd.h"

#include <zlib.h>
#include <zstd.h>

enum { STEP = 1 << 20 };

static uint32_t le16(const char *p) {
	const unsigned char *u = (const unsigned char *)p;
	return (uint32_t)u[0] | (uint32_t)u[1] << 8;
}

static uint32_t le32(const char *p) {
	return le16(p) | le16(p + 2) << 16;
}

bool archive_is(slice raw) {
	return (raw.n > 2 && memcmp(raw.p, "\x1f\x8b\x08", 3) == 0) || slice_starts(raw, SLICE("\x28\xb5\x2f\xfd")) ||
	       slice_starts(raw, SLICE("PK\x03\x04"));
}

static bool damaged(const char *name, const char *kind, err *e) {
	err_set(e, ERR_CSV_BINARY, "%s is a %s archive that is damaged or cut off", name, kind);
	return err_hint(e, "Pack the file again, or send it unpacked.");
}

static bool too_much(const buf *out, const char *name, err *e) {
	err_set(e, ERR_CSV_LIMIT, "%s unpacks to more than %zu MiB", name, out->max >> 20);
	return err_hint(e, "Send a part of it.");
}

/* Room for the next step; false when the bound is reached or memory is out. */
static char *room(buf *out, size_t *n, const char *name, err *e) {
	*n = out->max - out->n < STEP ? out->max - out->n : STEP;
	if (!*n) return (void)too_much(out, name, e), NULL;
	char *to = buf_reserve(out, *n);
	if (!to) err_set(e, ERR_MEMORY, "out of memory while unpacking %s", name);
	return to;
}

/* `window`: zlib's windowBits: 31 for gzip, -15 for the bare stream of a zip member. `behind`: bytes after the end. */
static bool inflate_all(slice raw, int window, const char *name, buf *out, size_t *behind, const cancel *c, deadline d,
			err *e) {
	const char *kind = window > 0 ? "gzip" : "zip";
	z_stream z = {.next_in = (Bytef *)(uintptr_t)raw.p};
	if (inflateInit2(&z, window) != Z_OK) return err_set(e, ERR_MEMORY, "out of memory while unpacking %s", name);
	bool ok = true, done = false;
	size_t left = raw.n;
	while (ok && !done) {
		size_t n;
		char *to = room(out, &n, name, e);
		ok = to && still_wanted(c, d, e);
		if (!ok) break;
		uInt given = left > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uInt)left;
		z.avail_in = given, z.next_out = (Bytef *)to, z.avail_out = (uInt)n;
		int rc = inflate(&z, Z_NO_FLUSH);
		left -= given - z.avail_in;
		buf_grow(out, n - z.avail_out);
		if (rc == Z_STREAM_END) {
			bool more = window > 0 && left > 2 && z.next_in[0] == 0x1f &&
				    z.next_in[1] == 0x8b; /* RFC 1952: members */
			done = !more || inflateReset(&z) != Z_OK;
		} else if (rc != Z_OK || (n == z.avail_out && !left)) {
			ok = damaged(name, kind, e);
		}
	}
	(void)inflateEnd(&z);
	*behind = left;
	return ok;
}

static bool gunzip(slice raw, const char *name, buf *out, notices *n, const cancel *c, deadline d, err *e) {
	size_t behind = 0, zeros = 0;
	if (!inflate_all(raw, 31, name, out, &behind, c, d, e)) return false;
	while (zeros < behind && !raw.p[raw.n - 1 - zeros]) zeros++; /* a tape's blocks are filled so */
	if (zeros < behind)
		notice(n, "%s: %zu byte%s behind the end of the gzip data left out.", name, behind,
		       behind == 1 ? "" : "s");
	return true;
}

static bool unzstd(slice raw, const char *name, buf *out, const cancel *c, deadline d, err *e) {
	ZSTD_DCtx *z = ZSTD_createDCtx();
	if (!z) return err_set(e, ERR_MEMORY, "out of memory while unpacking %s", name);
	ZSTD_inBuffer in = {raw.p, raw.n, 0};
	bool ok = true;
	size_t rc = 1;
	while (ok && (in.pos < in.size || rc)) {
		size_t n, at = in.pos;
		char *to = room(out, &n, name, e);
		ok = to && still_wanted(c, d, e);
		if (!ok) break;
		ZSTD_outBuffer piece = {to, n, 0};
		rc = ZSTD_decompressStream(z, &piece, &in);
		buf_grow(out, piece.pos);
		if (ZSTD_isError(rc) || (rc && in.pos == in.size && at == in.pos && !piece.pos))
			ok = damaged(name, "zstd", e);
	}
	ZSTD_freeDCtx(z);
	return ok;
}

/* One entry of a zip's central directory (PKWARE APPNOTE 4.3.12). */
typedef struct entry {
	slice name;
	uint32_t method, flags, packed, at;
} entry;

/* The end of the central directory, in the last 64 KiB: where its entries are, and how many. */
static bool directory_of(slice raw, size_t *at, size_t *count) {
	size_t least = raw.n > 65557 ? raw.n - 65557 : 0;
	for (size_t i = raw.n >= 22 ? raw.n - 22 : 0; i + 22 <= raw.n && i >= least && i + 1 > 0; i--) {
		if (le32(raw.p + i) == 0x06054b50) {
			*count = le16(raw.p + i + 10), *at = le32(raw.p + i + 16);
			return *at < raw.n;
		}
		if (!i) break;
	}
	return false;
}

static bool next_entry(slice raw, size_t *at, entry *out) {
	if (*at + 46 > raw.n || le32(raw.p + *at) != 0x02014b50) return false;
	const char *p = raw.p + *at;
	size_t name = le16(p + 28), rest = (size_t)le16(p + 30) + le16(p + 32);
	if (*at + 46 + name + rest > raw.n) return false;
	*out = (entry){{p + 46, name}, le16(p + 10), le16(p + 8), le32(p + 20), le32(p + 42)};
	*at += 46 + name + rest;
	return true;
}

static bool office(slice name) {
	return slice_is(name, "[Content_Types].xml") || slice_starts(name, SLICE("xl/")) ||
	       slice_is(name, "content.xml") || slice_starts(name, SLICE("Index/Document"));
}

static bool litter(slice name) {
	return !name.n || name.p[name.n - 1] == '/' || slice_starts(name, SLICE("__MACOSX/")) ||
	       slice_ends(name, SLICE(".DS_Store"));
}

static bool named_csv(slice name) {
	slice end = slice_sub(name, name.n < 4 ? 0 : name.n - 4, 4);
	return slice_eq_nocase(end, SLICE(".csv")) || slice_eq_nocase(end, SLICE(".tsv"));
}

/* The one file of the archive, or the one that is called CSV. `others`: files beside it. */
static bool only_entry(slice raw, const char *name, entry *found, size_t *others, err *e) {
	size_t at, count, files = 0, tables = 0;
	entry one = {0};
	if (!directory_of(raw, &at, &count)) return damaged(name, "zip", e);
	for (size_t i = 0; i < count && next_entry(raw, &at, &one); i++) {
		if (office(one.name)) {
			err_set(e, ERR_CSV_BINARY, "%s is a spreadsheet or Office document (.xlsx, .ods), not CSV",
				name);
			return err_hint(e, "Save the sheet as CSV and send that.");
		}
		if (litter(one.name)) continue;
		bool table = named_csv(one.name);
		if (!files++ || (table && !tables)) *found = one;
		tables += table;
	}
	if (files == 1 || tables == 1) {
		*others = files - 1;
		return true;
	}
	err_set(e, ERR_CSV_BINARY, "%s is a zip archive of %zu files", name, files);
	return err_hint(e, "Send the CSV files themselves, or a zip of one.");
}

static bool unzip(slice raw, const char *name, buf *out, notices *n, const cancel *c, deadline d, err *e) {
	entry one = {0};
	size_t others = 0, behind = 0;
	if (!only_entry(raw, name, &one, &others, e)) return false;
	if (one.flags & 1) {
		err_set(e, ERR_CSV_BINARY, "%s is an encrypted zip archive", name);
		return err_hint(e, "Send it without a password.");
	}
	size_t at = one.at;
	if (at + 30 > raw.n || le32(raw.p + at) != 0x04034b50) return damaged(name, "zip", e);
	at += 30 + (size_t)le16(raw.p + at + 26) + le16(raw.p + at + 28);
	if (at > raw.n || one.packed > raw.n - at) return damaged(name, "zip", e);
	slice packed = slice_sub(raw, at, one.packed);
	slice shown = slice_utf8_cut(one.name, 80);
	if (slice_is_utf8(shown)) notice(n, "%s: `%.*s` was read out of the zip archive.", name, SLICE_ARG(shown));
	if (others) notice(n, "%s: %zu other file%s of the archive left out.", name, others, others == 1 ? "" : "s");
	if (one.method == 8) return inflate_all(packed, -15, name, out, &behind, c, d, e);
	if (one.method != 0) return damaged(name, "zip", e);
	if (packed.n > out->max) return too_much(out, name, e);
	buf_add(out, packed);
	return buf_ok(out) || err_set(e, ERR_MEMORY, "out of memory while unpacking %s", name);
}

bool archive_unpack(slice raw, const char *name, buf *out, notices *n, const cancel *c, deadline d, err *e) {
	if (raw.p[0] == 'P') return unzip(raw, name, out, n, c, d, e);
	return raw.p[0] == '\x1f' ? gunzip(raw, name, out, n, c, d, e) : unzstd(raw, name, out, c, d, e);
}
