#include "data/magic.h"

/* From the formats' specifications and file(1)'s magic. */
static const struct {
	const char *bytes;
	size_t at, n;
	const char *what, *remedy;
} MAGIC[] = {
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, 8, "an Excel 97 workbook (.xls) or another Office file",
     "Save the sheet as CSV and send that."},
    {"PAR1", 0, 4, "a Parquet file", "Convert it to CSV and send that."},
    {"ARROW1", 0, 6, "an Arrow file", "Convert it to CSV and send that."},
    {"FEA1", 0, 4, "a Feather file", "Convert it to CSV and send that."},
    {"ORC", 0, 3, "an ORC file", "Convert it to CSV and send that."},
    {"Obj\x01", 0, 4, "an Avro file", "Convert it to CSV and send that."},
    {"SQLite format 3", 0, 15, "an SQLite database", "Export the table as CSV and send that."},
    {"\x89HDF\r\n\x1a\n", 0, 8, "an HDF5 file", "Export the table as CSV and send that."},
    {"CDF\x01", 0, 4, "a NetCDF file", "Export the table as CSV and send that."},
    {"%PDF-", 0, 5, "a PDF document", "Copy the table into a spreadsheet and save it as CSV."},
    {"\x89PNG\r\n\x1a\n", 0, 8, "a PNG image", "Send the data, not its picture."},
    {"\xff\xd8\xff", 0, 3, "a JPEG image", "Send the data, not its picture."},
    {"GIF8", 0, 4, "a GIF image", "Send the data, not its picture."},
    {"WEBP", 8, 4, "a WebP image", "Send the data, not its picture."},
    {"WAVE", 8, 4, "a WAV recording", "Send a table as CSV."},
    {"ftyp", 4, 4, "a video or HEIC image", "Send a table as CSV."},
    {"ID3", 0, 3, "an MP3 recording", "Send a table as CSV."},
    {"\x7f"
     "ELF",
     0, 4, "a program", "Send a table as CSV."},
    {"7z\xbc\xaf\x27\x1c", 0, 6, "a 7z archive", "Unpack it, or pack the one file with gzip, zstd or zip."},
    {"Rar!", 0, 4, "a RAR archive", "Unpack it, or pack the one file with gzip, zstd or zip."},
    {"\xfd"
     "7zXZ",
     0, 5, "an xz archive", "Unpack it, or pack the one file with gzip, zstd or zip."},
    {"BZh", 0, 3, "a bzip2 archive", "Unpack it, or pack the one file with gzip, zstd or zip."},
    {"ustar", 257, 5, "a tar archive", "Unpack it and send the file that is in it."},
    {"{\\rtf", 0, 5, "an RTF document", "Save the table as CSV and send that."},
    {"\x80\x04\x95", 0, 3, "a Python pickle", "Write the frame with to_csv and send that."},
    {"\x93NUMPY", 0, 6, "a NumPy array", "Write it with numpy.savetxt and send that."},
    {"$FL2", 0, 4, "an SPSS file", "Export it as CSV and send that."},
    {"<stata_dta>", 0, 11, "a Stata file", "Export it as CSV and send that."},
    {"RDX", 0, 3, "an R data file", "Write it with write.csv and send that."},
};

/* Bytes that text has not: a header may begin with ORC or Rar!, too. Two formats are text. */
static bool has_controls(slice raw) {
	enum { LOOKED_AT = 512 };
	if (slice_starts(raw, SLICE("%PDF-")) || slice_starts(raw, SLICE("{\\rtf"))) return true;
	for (size_t i = 0; i < raw.n && i < LOOKED_AT; i++) {
		unsigned char c = (unsigned char)raw.p[i];
		if (c < ' ' && !is_white(raw.p[i])) return true;
	}
	return false;
}

bool magic_check(slice raw, const char *name, err *e) {
	for (size_t i = 0; i < sizeof MAGIC / sizeof *MAGIC; i++) {
		if (raw.n < MAGIC[i].at + MAGIC[i].n || memcmp(raw.p + MAGIC[i].at, MAGIC[i].bytes, MAGIC[i].n) != 0)
			continue;
		if (!has_controls(raw)) return true;
		err_set(e, ERR_CSV_BINARY, "%s is %s, not CSV", name, MAGIC[i].what);
		return err_hint(e, "%s", MAGIC[i].remedy);
	}
	return true;
}

static bool starts_nocase(slice s, const char *with) {
	return slice_eq_nocase(slice_sub(s, 0, strlen(with)), slice_of(with));
}

/* {"name": or [{" or [[1, — and not a cell that happens to start so. */
static bool is_json(slice s) {
	char open = s.n ? s.p[0] : '\0';
	if (open != '{' && open != '[') return false;
	slice rest = slice_trim(slice_sub(s, 1, 200));
	if (open == '[') return rest.n && (rest.p[0] == '{' || rest.p[0] == '[' || (s.n > 1 && s.p[1] == '\n'));
	size_t end = rest.n && rest.p[0] == '"' ? slice_find(slice_sub(rest, 1, rest.n), '"') + 2 : rest.n;
	slice after = slice_trim(slice_sub(rest, end, rest.n));
	return after.n && after.p[0] == ':';
}

/* <rss …> … </rss>: what begins with a tag ends with it. */
static bool is_markup(slice text) {
	slice s = slice_trim(text);
	size_t n = 1;
	if (s.n < 8 || s.p[0] != '<' || s.p[s.n - 1] != '>') return false;
	while (n < s.n && n < 64 && !is_white(s.p[n]) && s.p[n] != '>' && s.p[n] != '/') n++;
	size_t tag = n - 1; /* bytes of its name */
	slice end = slice_sub(s, s.n - tag - 3, tag + 3);
	return tag && s.n > 2 * tag + 3 && slice_starts(end, SLICE("</")) && memcmp(end.p + 2, s.p + 1, tag) == 0;
}

bool magic_check_text(slice text, const char *name, err *e) {
	slice s = slice_trim(slice_sub(text, 0, 4096));
	if (starts_nocase(s, "<!doctype html") || starts_nocase(s, "<html") || starts_nocase(s, "<head")) {
		err_set(e, ERR_CSV_BINARY,
			"%s is an HTML page, not CSV; perhaps a login or error page of the site it came from", name);
		return err_hint(e, "Download the file again and open it in an editor before you send it.");
	}
	if (slice_starts(s, SLICE("version https://git-lfs.github.com/"))) {
		err_set(e, ERR_CSV_BINARY, "%s is a pointer of Git LFS, not the file that it stands for", name);
		return err_hint(e, "Fetch the file with git lfs pull and send that.");
	}
	if (starts_nocase(s, "<?xml") || starts_nocase(s, "<svg") || is_markup(text)) {
		err_set(e, ERR_CSV_BINARY, "%s is XML or HTML, not CSV", name);
		return err_hint(e, "Export the table as CSV and send that.");
	}
	if (is_json(s)) {
		err_set(e, ERR_CSV_BINARY, "%s is JSON, not CSV", name);
		return err_hint(e, "Convert it to CSV and send that.");
	}
	return true;
}
