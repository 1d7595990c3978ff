#include "sample.h"

#include "base/fd.h"
#include "data/layout.h"

#include <math.h>
#include <stdio.h>
#include <sys/mman.h>

enum { COLUMNS = 6 };
static const struct {
	const char *name;
	enum column_type type;
} SHAPE[COLUMNS] = {{"day", COL_DATE},  {"region", COL_TEXT},  {"product", COL_TEXT},
		    {"units", COL_INT}, {"amount", COL_FLOAT}, {"open", COL_BOOL}};
static const char *const WORDS[] = {"north", "south", "east", "west", "tea", "coffee", "cocoa"};

typedef struct writer {
	char *base;
	uint64_t at;
} writer;

static uint64_t align(uint64_t n) {
	return (n + LAYOUT_ALIGN - 1) / LAYOUT_ALIGN * LAYOUT_ALIGN;
}

static uint64_t place(writer *w, uint64_t bytes) {
	uint64_t at = w->at;
	w->at = align(w->at + bytes);
	return at;
}

static const char *word(size_t which, uint64_t row) {
	return which == 1 ? WORDS[row % 4] : WORDS[4 + row % 3];
}

static void put_text(writer *w, layout_column *c, size_t which, uint64_t rows) {
	int64_t *offsets = (void *)(w->base + c->values_at);
	char *bytes = w->base + c->bytes_at;
	int64_t at = 0;
	for (uint64_t i = 0; i < rows; i++) {
		size_t n = strlen(word(which, i));
		memcpy(bytes + at, word(which, i), n);
		at += (int64_t)n;
		offsets[i + 1] = at;
	}
	c->bytes_len = (uint64_t)at;
}

static void put_values(writer *w, layout_column *c, size_t which, uint64_t rows) {
	int64_t *ints = (void *)(w->base + c->values_at);
	double *floats = (void *)(w->base + c->values_at);
	uint8_t *bits = (void *)(w->base + c->values_at), *valid = (void *)(w->base + c->valid_at);
	for (uint64_t i = 0; i < rows; i++) {
		switch (SHAPE[which].type) {
		case COL_DATE: ints[i] = (int64_t)(i % 730) * 86400000000 + 1704067200000000; break;
		case COL_INT: ints[i] = (int64_t)(i * 7919 % 1000); break;
		case COL_FLOAT:
			floats[i] = i % 10 ? (double)(i * 104729 % 100000) / 100 : (double)NAN;
			if (i % 10) valid[i >> 3] = (uint8_t)(valid[i >> 3] | 1u << (i & 7));
			c->nulls += i % 10 == 0;
			break;
		case COL_BOOL: bits[i >> 3] = (uint8_t)(bits[i >> 3] | (i & 1) << (i & 7)); break;
		default: break;
		}
	}
}

static void put_columns(writer *w, uint64_t rows) {
	layout_column *c = (void *)(w->base + sizeof(layout_header));
	for (size_t i = 0; i < COLUMNS; i++) {
		bool text = SHAPE[i].type == COL_TEXT;
		c[i].type = SHAPE[i].type;
		c[i].name_len = strlen(SHAPE[i].name);
		c[i].name_at = place(w, c[i].name_len);
		memcpy(w->base + c[i].name_at, SHAPE[i].name, c[i].name_len);
		c[i].values_len = align((rows + 1) * 8);
		c[i].values_at = place(w, c[i].values_len);
		if (text) c[i].bytes_at = place(w, rows * 8);
		if (SHAPE[i].type == COL_FLOAT) c[i].valid_at = place(w, rows / 8 + 1);
		if (text)
			put_text(w, &c[i], i, rows);
		else
			put_values(w, &c[i], i, rows);
	}
}

static void put_header(writer *w, const char *stem, uint64_t rows) {
	layout_header *h = (void *)w->base;
	h->magic = LAYOUT_MAGIC, h->ncols = COLUMNS, h->rows = rows;
	h->stem_len = (uint32_t)strlen(stem), h->file_len = h->stem_len + 4;
	h->name_at = place(w, h->stem_len + h->file_len);
	(void)snprintf(w->base + h->name_at, 128, "%s%s.csv", stem, stem);
}

frame *sample_frame(const char *stem, uint64_t rows, err *e) {
	frame *f = calloc(1, sizeof *f);
	if (!f) return (void)err_set(e, ERR_MEMORY, "out of memory"), NULL;
	f->fd = memfd_new("frame", e), f->rows = rows;
	size_t most = (size_t)(rows + 64) * 64 + 8192;
	if (f->fd < 0 || ftruncate(f->fd, (off_t)most) < 0) return sample_free(f), NULL;
	writer w = {.at = align(sizeof(layout_header) + COLUMNS * sizeof(layout_column))};
	w.base = mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
	if (w.base == MAP_FAILED) return (void)err_set(e, ERR_MEMORY, "out of memory"), sample_free(f), NULL;
	put_header(&w, stem, rows);
	put_columns(&w, rows);
	((layout_header *)(void *)w.base)->size = w.at;
	(void)munmap(w.base, most);
	f->size = w.at;
	if (ftruncate(f->fd, (off_t)w.at) < 0 || !memfd_seal(f->fd, e)) return sample_free(f), NULL;
	return f;
}

void sample_free(frame *f) {
	if (f) close_fd(&f->fd);
	free(f);
}
