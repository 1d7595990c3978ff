#include "data/seal.h"

#include "base/fd.h"
#include "data/layout.h"
#include "data/text.h"

#include "base/zeroed.h"
#include <errno.h>
#include <math.h>

#include <stdlib.h>
#include <sys/mman.h>

static size_t aligned(size_t n) {
	return (n + LAYOUT_ALIGN - 1) / LAYOUT_ALIGN * LAYOUT_ALIGN;
}

/* Booleans: a byte... eight bytes a row until here, a bit a row from here on. */
static void pack_bools(builder *b) {
	char *bits = b->values.p;
	for (uint64_t i = 0; i < b->rows; i++) {
		int64_t v;
		memcpy(&v, b->values.p + i * 8, 8);
		if (i % 8 == 0) bits[i / 8] = 0; /* at or before what is read */
		bits[i / 8] = (char)(bits[i / 8] | ((v != 0) << (i & 7)));
	}
	b->values.n = (b->rows + 7) / 8;
}

/* A column of missing values only is text: one offset more than rows. */
static bool end_offsets(builder *b) {
	if (b->values.n == (b->rows + 1) * 8) return true;
	char *p = realloc(b->values.p, b->values.n + 8);
	if (!p) return false;
	memset(p + b->values.n, 0, 8);
	b->values.p = p, b->values.n += 8, b->values.cap = b->values.n;
	return true;
}

/* Missing numbers with a fraction are NaN too, as pandas has them: the runner then takes the column as it stands. */
static void put_nans(builder *b) {
	const double nan = (double)NAN;
	for (uint64_t row = 0; row < b->rows; row++) {
		uint8_t byte = (uint8_t)b->bits.p[row / 8];
		if (byte == 0xff)
			row |= 7;
		else if (!(byte >> (row & 7) & 1))
			memcpy(b->values.p + row * 8, &nan, 8);
	}
}

static bool prepare(builder *b, column *c) {
	c->type = builder_type(b);
	c->nulls = b->nulls;
	c->utc = c->type == COL_DATETIME && b->zones > 0;
	if (c->type == COL_BOOL) pack_bools(b);
	if (c->type == COL_FLOAT && b->nulls) put_nans(b);
	if (c->type != COL_TEXT) return true;
	bool ok = b->guess.kind == KIND_TEXT ? text_finish(b) : end_offsets(b);
	c->nulls = b->nulls;
	c->texts = b->values.n / 8 - 1;
	return ok;
}

static bool is_coded(const builder *b) {
	return b->codes.n > 0;
}

/* Where everything goes; the file's size comes back. */
static size_t lay_out(const frame *f, const builder *b, layout_column *l) {
	size_t at = aligned(sizeof(layout_header) + f->ncols * sizeof *l);
	size_t names = strlen(f->stem) + strlen(f->name);
	for (size_t i = 0; i < f->ncols; i++) {
		l[i] = (layout_column){
		    .type = (uint32_t)f->cols[i].type, .flags = f->cols[i].utc, .nulls = f->cols[i].nulls};
		l[i].name_at = at + names, l[i].name_len = f->cols[i].name.n;
		names += f->cols[i].name.n;
	}
	at = aligned(at + names);
	for (size_t i = 0; i < f->ncols; i++) {
		if (b[i].nulls) l[i].valid_at = at, at = aligned(at + b[i].bits.n);
		bool coded = is_coded(&b[i]);
		l[i].values_at = at, l[i].values_len = coded ? (b[i].rows + 1) * 8 : b[i].values.n;
		at = aligned(at + l[i].values_len);
		if (f->cols[i].type != COL_TEXT) continue;
		l[i].bytes_at = at, l[i].bytes_len = coded ? text_size(&b[i]) : b[i].bytes.n;
		at = aligned(at + l[i].bytes_len);
	}
	return at;
}

static bool put_at(int fd, const void *p, size_t n, uint64_t at, err *e) {
	while (n) {
		ssize_t did = pwrite(fd, p, n, (off_t)at);
		if (did < 0 && errno == EINTR) continue;
		if (did <= 0) return err_errno(e, ERR_MEMORY, errno, "cannot write the table to memory");
		p = (const char *)p + did, n -= (size_t)did, at += (uint64_t)did;
	}
	return true;
}

/* Writes a buffer and gives its memory back. */
static bool move(int fd, vec *v, uint64_t at, err *e) {
	bool ok = put_at(fd, v->p, v->n, at, e);
	free(v->p);
	*v = (vec){0};
	return ok;
}

static bool write_head(int fd, const frame *f, const layout_column *l, size_t size, err *e) {
	layout_header h = {.magic = LAYOUT_MAGIC, .ncols = (uint32_t)f->ncols, .rows = f->rows, .size = size};
	cleanup_buf buf head = BUF_INIT(SIZE_MAX / 2);
	h.name_at = aligned(sizeof h + f->ncols * sizeof *l);
	h.stem_len = (uint32_t)strlen(f->stem), h.file_len = (uint32_t)strlen(f->name);
	buf_add(&head, (slice){(const char *)&h, sizeof h});
	buf_add(&head, (slice){(const char *)l, f->ncols * sizeof *l});
	while (head.n < h.name_at && buf_ok(&head)) buf_addc(&head, '\0');
	buf_adds(&head, f->stem);
	buf_adds(&head, f->name);
	for (size_t i = 0; i < f->ncols; i++) buf_add(&head, f->cols[i].name);
	if (!buf_ok(&head)) return err_set(e, ERR_MEMORY, "out of memory while writing the table");
	return put_at(fd, head.p, head.n, 0, e);
}

/* Some rows of a coded column as offsets and bytes. */
typedef struct chunk {
	int64_t *ends, end; /* where each row's text begins; where the last ends, of all the column */
	buf bytes;
} chunk;

enum { CHUNK_ROWS = 32 << 10, CHUNK_BYTES = 256 << 10 };

/* Offsets of the rows from `row` on, until there are enough of them or of bytes; how many. */
static size_t fill_ends(chunk *to, const builder *b, uint64_t row) {
	const uint16_t *codes = text_codes(b) + row;
	size_t n = 0, most = b->rows - row < CHUNK_ROWS ? b->rows - row : CHUNK_ROWS;
	for (int64_t full = to->end + CHUNK_BYTES; n < most && to->end < full; n++) {
		to->ends[n] = to->end;
		to->end += (int64_t)text_of(b, codes[n]).n;
	}
	return n;
}

static bool fill_bytes(chunk *to, const builder *b, uint64_t row, size_t n) {
	char *at = buf_reserve(&to->bytes, (size_t)(to->end - to->ends[0]) + TEXT_SLACK);
	for (size_t i = 0; at && i < n; i++) {
		slice s = text_of(b, text_codes(b)[row + i]);
		memcpy(at, s.p, s.n <= TEXT_SLACK ? TEXT_SLACK : s.n); /* what is too much is overwritten */
		at += s.n;
	}
	return at;
}

/* A text a row from codes, a chunk at a time. */
static bool write_chunks(int fd, const builder *b, const layout_column *l, chunk *with, err *e) {
	for (uint64_t row = 0, n; row < b->rows; row += n) {
		buf_clear(&with->bytes);
		n = fill_ends(with, b, row);
		int64_t from = with->ends[0];
		if (!fill_bytes(with, b, row, n))
			return err_set(e, ERR_MEMORY, "out of memory while writing the table");
		if (!put_at(fd, with->ends, n * 8, l->values_at + row * 8, e) ||
		    !put_at(fd, with->bytes.p, (size_t)(with->end - from), l->bytes_at + (uint64_t)from, e))
			return false;
	}
	return put_at(fd, &with->end, 8, l->values_at + b->rows * 8, e);
}

static bool write_coded(int fd, builder *b, const layout_column *l, err *e) {
	chunk with = {.ends = malloc(CHUNK_ROWS * 8), .bytes = BUF_INIT(2 * CELL_MAX_BYTES)};
	bool ok = with.ends ? write_chunks(fd, b, l, &with, e)
			    : err_set(e, ERR_MEMORY, "out of memory while writing the table");
	free(with.ends);
	buf_free(&with.bytes);
	builder_free(b);
	return ok;
}

enum { SMALL = 64 << 10 };

/* A small file in one write: a system call a column costs more than its bytes. */
static bool write_small(int fd, const frame *f, builder *b, const layout_column *l, size_t size, err *e) {
	cleanup_free char *all = calloc(1, size);
	if (!all) return err_set(e, ERR_MEMORY, "out of memory while writing the table");
	for (size_t i = 0; i < f->ncols; i++) {
		if (is_coded(&b[i]) && !text_spread(&b[i]))
			return err_set(e, ERR_MEMORY, "out of memory while writing the table");
		if (l[i].valid_at && b[i].bits.n) memcpy(all + l[i].valid_at, b[i].bits.p, b[i].bits.n);
		if (b[i].values.n) memcpy(all + l[i].values_at, b[i].values.p, b[i].values.n);
		if (l[i].bytes_at && b[i].bytes.n) memcpy(all + l[i].bytes_at, b[i].bytes.p, b[i].bytes.n);
	}
	return put_at(fd, all, size, 0, e);
}

static bool write_column(int fd, builder *b, const layout_column *l, err *e) {
	if (l->valid_at && !move(fd, &b->bits, l->valid_at, e)) return false;
	if (is_coded(b)) return write_coded(fd, b, l, e);
	return move(fd, &b->values, l->values_at, e) && (!l->bytes_at || move(fd, &b->bytes, l->bytes_at, e));
}

static bool write_all_columns(int fd, frame *f, builder *b, const layout_column *l, size_t size, const cancel *c,
			      deadline d, err *e) {
	if (ftruncate(fd, (off_t)size) < 0) return err_errno(e, ERR_MEMORY, errno, "cannot make room for the table");
	if (size <= SMALL)
		return write_small(fd, f, b, l, size, e) && write_head(fd, f, l, size, e) && memfd_seal(fd, e);
	if (!write_head(fd, f, l, size, e)) return false;
	for (size_t i = 0; i < f->ncols; i++)
		if (!still_wanted(c, d, e) || !write_column(fd, &b[i], &l[i], e)) return false;
	return memfd_seal(fd, e);
}

static bool map(frame *f, const layout_column *l, err *e) {
	void *p = mmap(NULL, f->size, PROT_READ, MAP_SHARED, f->fd, 0);
	if (p == MAP_FAILED) return err_errno(e, ERR_MEMORY, errno, "cannot map the table");
	f->map = p;
	const char *base = p;
	for (size_t i = 0; i < f->ncols; i++) {
		column *c = &f->cols[i];
		c->valid = l[i].valid_at ? (const uint8_t *)base + l[i].valid_at : NULL;
		c->values = base + l[i].values_at;
		c->bytes = l[i].bytes_at ? base + l[i].bytes_at : NULL;
		c->texts = f->rows;
	}
	return true;
}

static bool prepare_all(frame *f, builder *columns, err *e) {
	for (size_t i = 0; i < f->ncols; i++)
		if (!prepare(&columns[i], &f->cols[i]))
			return err_set(e, ERR_MEMORY, "out of memory while writing the table");
	return true;
}

static const void *steal(vec *v, void **kept) {
	*kept = v->p;
	*v = (vec){0};
	return *kept;
}

bool frame_keep(frame *f, builder *columns, err *e) {
	f->kept = zeroed(FRAME_KEPT * f->ncols + 1, sizeof *f->kept);
	if (!f->kept) return err_set(e, ERR_MEMORY, "out of memory while keeping the table");
	if (!prepare_all(f, columns, e)) return false;
	for (size_t i = 0; i < f->ncols; i++) {
		column *c = &f->cols[i];
		builder *b = &columns[i];
		void **kept = f->kept + FRAME_KEPT * i;
		f->size += b->values.n + b->bits.n + b->bytes.n + b->codes.n;
		c->values = steal(&b->values, &kept[0]);
		const char *bytes = steal(&b->bytes, &kept[1]);
		c->bytes = bytes ? bytes : "";
		const void *bits = steal(&b->bits, &kept[2]);
		c->codes = steal(&b->codes, &kept[3]);
		c->valid = c->nulls ? bits : NULL;
	}
	return true;
}

bool frame_seal(frame *f, builder *columns, const cancel *c, deadline d, err *e) {
	cleanup_free layout_column *l = calloc(f->ncols + 1, sizeof *l);
	if (!l) return err_set(e, ERR_MEMORY, "out of memory while writing the table");
	if (!prepare_all(f, columns, e)) return false;
	cleanup_close int fd = memfd_new("plotd-frame", e);
	if (fd < 0) return false;
	f->size = lay_out(f, columns, l);
	if (!write_all_columns(fd, f, columns, l, f->size, c, d, e)) return false;
	f->fd = steal_fd(&fd);
	return map(f, l, e);
}
