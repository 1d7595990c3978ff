/* A column of text while it is read: the code of each row's text while there are few texts, all texts one after
 * another from then on. Internal to src/data. */
#ifndef PLOTD_DATA_TEXT_H
#define PLOTD_DATA_TEXT_H

#include "data/builder.h"

enum { TEXT_SLACK = 32 }; /* bytes that can be read behind the last text, and are copied of a short one at once */

/* Makes room for so many rows, in either form; false when memory is out, with b->failed set. */
bool text_room(builder *b, size_t rows);
void text_add(builder *b, slice raw, uint32_t flags);
/* The key of a cell longer than KEY_BYTES; NULL where it is not known, or may not be. */
const cell_key *text_find_long(const builder *b, slice raw, uint32_t flags);
/* A text a row from here on. */
bool text_spread(builder *b);
/* After the last row: offsets are complete, missing cells are counted and marked. */
bool text_finish(builder *b);
/* Bytes of all rows' texts. */
uint64_t text_size(const builder *b);

static inline const uint16_t *text_codes(const builder *b) {
	return (const uint16_t *)(const void *)b->codes.p;
}
static inline slice text_of(const builder *b, size_t code) {
	const int64_t *ends = (const int64_t *)(const void *)b->values.p;
	return (slice){b->bytes.p + ends[code], (size_t)(ends[code + 1] - ends[code])};
}

#endif
