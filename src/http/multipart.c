/* How the parser works.
 *
 * A body is  preamble delimiter part delimiter part … close-delimiter epilogue,
 * where the delimiter is CR LF "--" boundary and the first one may lack its CR
 * LF (RFC 2046, 5.1.1). Five states, each a function that takes what it can
 * of the piece at hand and says how much that was:
 *
 *   PREAMBLE  drop bytes until the delimiter
 *   LINE      what follows a delimiter: CR LF begins a part, "--" ends the body
 *   HEAD      gather header fields up to the empty line, then tell the sink
 *   BODY      hand bytes to the sink until the delimiter
 *   EPILOGUE  drop the rest
 *
 * The search for the delimiter across pieces needs no buffer and no failure
 * table: CR is its first byte and occurs nowhere else in it, so a candidate
 * that fails can only be followed by a new one at the byte that broke it. What a
 * piece ended with and might be a delimiter is kept as a number, `matched`:
 * should it turn out to be content, the bytes are those of the delimiter. */
#include "http/multipart.h"

#include "http/params.h"

static bool bad(err *e, const char *what) {
	return err_set(e, ERR_MULTIPART, "the form is not well-formed multipart/form-data: %s", what);
}

/* At most MULTIPART_MAX_BOUNDARY bytes: its buffer takes no more. */
static bool boundary_ok(slice b) {
	if (!b.n || b.p[b.n - 1] == ' ') return false;
	for (size_t i = 0; i < b.n; i++)
		if ((unsigned char)b.p[i] < 0x20 || (unsigned char)b.p[i] >= 0x7F) return false;
	return true;
}

static bool find_boundary(slice params, buf *boundary, err *e) {
	param p;
	bool wrong;
	while (param_next(&params, &p, &wrong)) {
		if (!slice_eq_nocase(p.name, SLICE("boundary"))) continue;
		if (boundary->n) return bad(e, "its Content-Type has two boundaries");
		param_unquote(&p, boundary);
		if (!buf_ok(boundary) || !boundary_ok(buf_slice(boundary)))
			return bad(e, "its boundary must be 1 to 70 printable characters");
	}
	if (wrong) return bad(e, "the parameters of its Content-Type cannot be read");
	return boundary->n || bad(e, "its Content-Type has no boundary");
}

bool multipart_init(multipart *m, slice content_type, size_t parts_max, const multipart_sink *sink, err *e) {
	cleanup_buf buf boundary = BUF_INIT(MULTIPART_MAX_BOUNDARY);
	*m = (multipart){.head = BUF_INIT(MULTIPART_MAX_HEAD), .parts_max = parts_max, .sink = *sink};
	slice type = param_head(&content_type);
	if (!slice_eq_nocase(type, SLICE("multipart/form-data"))) return bad(e, "its Content-Type is another");
	if (!find_boundary(content_type, &boundary, e)) return false;
	memcpy(m->delimiter, "\r\n--", 4);
	memcpy(m->delimiter + 4, boundary.p, boundary.n);
	m->ndelimiter = boundary.n + 4;
	m->matched = m->assumed = 2; /* the first delimiter needs no CR LF of its own */
	return true;
}

void multipart_free(multipart *m) {
	buf_free(&m->head);
}

static bool count_around(multipart *m, size_t n, size_t max, const char *what, err *e) {
	m->around += n;
	return m->around <= max || bad(e, what);
}

/* Bytes before a delimiter: a part's content, or preamble. */
static bool content(multipart *m, slice bytes, err *e) {
	if (!bytes.n) return true;
	if (m->state == MULTIPART_BODY) return m->sink.data(m->sink.context, bytes, e);
	return count_around(m, bytes.n, MULTIPART_MAX_AROUND, "no boundary at its start", e);
}

static bool found_delimiter(multipart *m, err *e) {
	if (m->state == MULTIPART_BODY && !m->sink.end(m->sink.context, e)) return false;
	m->state = MULTIPART_LINE;
	m->matched = m->assumed = m->around = 0;
	m->line = '\0';
	return true;
}

/* How many bytes at the start of s go on with the delimiter from `matched`. */
static size_t match_on(const multipart *m, slice s, size_t matched) {
	size_t i = 0;
	while (i < s.n && matched + i < m->ndelimiter && s.p[i] == m->delimiter[matched + i]) i++;
	return i;
}

/* A candidate that an earlier piece ended with; `from` is where it stopped in this one. */
static bool resume_candidate(multipart *m, slice in, size_t *from, err *e) {
	size_t held = m->matched, more = match_on(m, in, held);
	*from = more;
	m->matched = held + more;
	if (m->matched == m->ndelimiter) return found_delimiter(m, e);
	if (more == in.n) return true;
	slice kept = {m->delimiter + m->assumed, held - m->assumed};
	m->matched = m->assumed = 0;
	return content(m, kept, e) && content(m, slice_sub(in, 0, more), e);
}

static bool search(multipart *m, slice in, size_t *used, err *e) {
	size_t from = 0;
	if (m->matched) {
		enum multipart_state before = m->state;
		if (!resume_candidate(m, in, &from, e)) return false;
		*used = from;
		if (m->state != before || m->matched) return true;
	}
	for (size_t i = from;;) {
		const char *cr = memchr(in.p + i, '\r', in.n - i);
		size_t start = cr ? (size_t)(cr - in.p) : in.n;
		size_t n = match_on(m, slice_sub(in, start, in.n), 0);
		i = start + n;
		if (i < in.n && n < m->ndelimiter) continue;
		*used = i;
		if (!content(m, slice_sub(in, from, start - from), e)) return false;
		m->matched = n;
		return n < m->ndelimiter || found_delimiter(m, e);
	}
}

static bool begin_head(multipart *m, err *e) {
	buf_clear(&m->head);
	m->state = MULTIPART_HEAD;
	if (++m->parts <= m->parts_max) return true;
	return err_set(e, ERR_TOO_LARGE, "the form has more than %zu parts", m->parts_max);
}

/* One byte of what follows a delimiter: "--", or white space and CR LF. */
static bool step_line(multipart *m, slice in, size_t *used, err *e) {
	char c = in.p[0], last = m->line;
	*used = 1;
	if (last == '\r') return c == '\n' ? begin_head(m, e) : bad(e, "a boundary line does not end in CR LF");
	if (last == '-') {
		if (c != '-') return bad(e, "a boundary is followed by something else");
		m->state = MULTIPART_EPILOGUE, m->around = 0;
		return true;
	}
	bool space = c == ' ' || c == '\t';
	if (!space && c != '\r' && !(c == '-' && last == '\0'))
		return bad(e, "a boundary is followed by something else");
	m->line = c;
	return count_around(m, 1, MULTIPART_MAX_PADDING, "a boundary is followed by too much white space", e);
}

typedef struct head_fields {
	buf name, filename;
	bool has_disposition, has_name, has_filename, extended;
} head_fields;

static void head_fields_free(head_fields *h) {
	buf_free(&h->name);
	buf_free(&h->filename);
}

static bool disposition_param(head_fields *h, const param *p, err *e) {
	if (slice_eq_nocase(p->name, SLICE("name"))) {
		if (h->has_name) return bad(e, "a part has two names");
		h->has_name = true;
		param_form_text(p, &h->name);
	} else if (slice_eq_nocase(p->name, SLICE("filename"))) {
		if (h->has_filename && !h->extended) return bad(e, "a part has two file names");
		if (!h->extended) param_form_text(p, &h->filename);
		h->has_filename = true;
	} else if (slice_eq_nocase(p->name, SLICE("filename*"))) {
		/* RFC 7578 forbids it, urllib3 before 2.0 sends it: it wins over the plain one (RFC 6266, 4.3). */
		if (h->extended) return bad(e, "a part has two file names");
		buf_clear(&h->filename);
		if (!param_extended(p, &h->filename)) return bad(e, "a file name's encoding cannot be read");
		h->has_filename = h->extended = true;
	}
	return true;
}

static bool disposition(head_fields *h, slice value, err *e) {
	param p;
	bool wrong;
	if (h->has_disposition) return bad(e, "a part has two Content-Disposition fields");
	h->has_disposition = true;
	if (!slice_eq_nocase(param_head(&value), SLICE("form-data")))
		return bad(e, "a part's Content-Disposition is not form-data");
	while (param_next(&value, &p, &wrong))
		if (!disposition_param(h, &p, e)) return false;
	return !wrong || bad(e, "a part's Content-Disposition cannot be read");
}

/* RFC 7578, 4.7: no encoding is applied any more; one that is would be read wrongly. */
static bool transfer_encoding(slice value, err *e) {
	static const char *const plain[] = {"7bit", "8bit", "binary"};
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (slice_eq_nocase(value, slice_of(plain[i]))) return true;
	return bad(e, "a part has a Content-Transfer-Encoding");
}

static bool field_line(head_fields *h, slice line, err *e) {
	size_t colon = slice_find(line, ':');
	slice name = slice_sub(line, 0, colon), value = slice_trim(slice_sub(line, colon + 1, line.n));
	if (colon == line.n || !name.n) return bad(e, "a line of a part's head is no header field");
	for (size_t i = 0; i < name.n; i++)
		if (!token_char(name.p[i])) return bad(e, "a line of a part's head is no header field");
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < 0x20 && value.p[i] != '\t')
			return bad(e, "a part's head holds a control character");
	if (slice_eq_nocase(name, SLICE("content-disposition"))) return disposition(h, value, e);
	if (slice_eq_nocase(name, SLICE("content-transfer-encoding"))) return transfer_encoding(value, e);
	return true;
}

static bool head_lines(head_fields *h, slice head, err *e) {
	while (head.n > 2) { /* the empty line is the last */
		size_t n = slice_find(head, '\n');
		if (!field_line(h, slice_sub(head, 0, n - 1), e)) return false;
		head = slice_sub(head, n + 1, head.n);
	}
	return true;
}

static bool head_done(multipart *m, err *e) {
	__attribute__((cleanup(head_fields_free)))
	head_fields h = {.name = BUF_INIT(3 * MULTIPART_MAX_HEAD), .filename = BUF_INIT(3 * MULTIPART_MAX_HEAD)};
	if (!head_lines(&h, buf_slice(&m->head), e)) return false;
	if (!h.has_disposition || !h.has_name) return bad(e, "a part has no name");
	if (!buf_ok(&h.name) || !buf_ok(&h.filename)) return err_set(e, ERR_MEMORY, "no memory for a part's head");
	multipart_part part = {buf_slice(&h.name), buf_slice(&h.filename), h.has_filename};
	m->state = MULTIPART_BODY;
	m->matched = m->assumed = 2; /* a part without content: its delimiter has the empty line's CR LF */
	return m->sink.begin(m->sink.context, &part, e);
}

/* Up to and with the next line feed. */
static bool step_head(multipart *m, slice in, size_t *used, err *e) {
	size_t lf = slice_find(in, '\n'), n = lf == in.n ? in.n : lf + 1;
	*used = n;
	buf_add(&m->head, slice_sub(in, 0, n));
	if (!buf_ok(&m->head)) return bad(e, "a part's head is longer than 8192 bytes");
	if (lf == in.n) return true;
	slice head = buf_slice(&m->head);
	if (!slice_ends(head, SLICE("\r\n"))) return bad(e, "a line of a part's head does not end in CR LF");
	return !(slice_is(head, "\r\n") || slice_ends(head, SLICE("\r\n\r\n"))) || head_done(m, e);
}

static bool step_epilogue(multipart *m, slice in, size_t *used, err *e) {
	*used = in.n;
	return count_around(m, in.n, MULTIPART_MAX_AROUND, "too much follows its last boundary", e);
}

bool multipart_feed(multipart *m, slice bytes, err *e) {
	static bool (*const step[])(multipart *, slice, size_t *, err *) = {
	    [MULTIPART_PREAMBLE] = search, [MULTIPART_LINE] = step_line,         [MULTIPART_HEAD] = step_head,
	    [MULTIPART_BODY] = search,     [MULTIPART_EPILOGUE] = step_epilogue,
	};
	while (bytes.n) {
		size_t used = 0;
		if (!step[m->state](m, bytes, &used, e)) {
			if (e->code == ERR_MULTIPART && !e->column) e->column = m->at + 1;
			return false;
		}
		m->at += used;
		bytes = slice_sub(bytes, used, bytes.n);
	}
	return true;
}

bool multipart_finish(multipart *m, err *e) {
	if (m->state == MULTIPART_EPILOGUE) return true;
	bad(e, m->at ? "it ends before its last boundary" : "it is empty");
	e->column = m->at + 1;
	return false;
}
