#include "runner/layout_check.h"

#include "data/frame.h"
#include "data/layout.h"

/* Bits of a value, by enum column_type; of text: of its offsets. */
static const unsigned BITS[] = {[COL_TEXT] = 64, [COL_INT] = 64,      [COL_FLOAT] = 64,   [COL_BOOL] = 1,
				[COL_DATE] = 64, [COL_DATETIME] = 64, [COL_DURATION] = 64};

static bool inside(const mapping *m, uint64_t at, uint64_t n) {
	return at <= m->n && n <= m->n - at;
}

static bool column_fits(const mapping *m, uint64_t rows, const layout_column *c) {
	if (c->type >= sizeof BITS / sizeof *BITS || c->nulls > rows || rows > UINT64_MAX / 128) return false;
	uint64_t values = c->type == COL_TEXT ? rows + 1 : rows;
	uint64_t bytes = (values * BITS[c->type] + 7) / 8;
	if (c->values_at % LAYOUT_ALIGN || c->values_len < bytes || !inside(m, c->values_at, c->values_len))
		return false;
	if (!inside(m, c->name_at, c->name_len) || !inside(m, c->bytes_at, c->bytes_len)) return false;
	if (c->valid_at && !inside(m, c->valid_at, (rows + 7) / 8)) return false;
	return c->nulls == 0 || c->valid_at;
}

/* Text: the offsets start at 0 and end within the bytes. Those between are not looked at: that would fault in every
 * page of a large column before anybody wants it, and a wrong one harms only the job that it was made for. */
static bool offsets_fit(const mapping *m, uint64_t rows, const layout_column *c) {
	if (c->type != COL_TEXT) return true;
	const int64_t *at = (const void *)((const char *)m->p + c->values_at);
	return at[0] == 0 && at[rows] >= 0 && (uint64_t)at[rows] <= c->bytes_len;
}

bool layout_fits(const mapping *m) {
	const layout_header *h = m->p;
	if (m->n < sizeof *h || h->magic != LAYOUT_MAGIC || h->size != m->n || h->ncols > LAYOUT_MAX_COLUMNS)
		return false;
	if (!inside(m, sizeof *h, (uint64_t)h->ncols * sizeof(layout_column))) return false;
	if (!inside(m, h->name_at, (uint64_t)h->stem_len + h->file_len)) return false;
	const layout_column *c = (const void *)(h + 1);
	for (uint32_t i = 0; i < h->ncols; i++)
		if (!column_fits(m, h->rows, &c[i]) || !offsets_fit(m, h->rows, &c[i])) return false;
	return true;
}
