/* The schema that came with a request: column types by table and name. Internal to src/data. */
#ifndef PLOTD_DATA_SCHEMA_H
#define PLOTD_DATA_SCHEMA_H

#include "data/builder.h"

/* Reads {"tables": {"sales": {"columns": {"date": "DATE", …}}}}, {"sales": {"date": "DATE"}} and lists of
 * {"name", "type"}; the table is found by the file's stem, ASCII case ignored. Changes the guesses of the columns it
 * names where what they hold allows it; what it cannot follow is told in f->notices. `schema` may be NULL. */
void schema_apply(const char *schema, frame *f, builder *columns);

/* The type by an SQL name: VARCHAR(20), double precision, TIMESTAMP WITH TIME ZONE; false when it is unknown. */
bool schema_type(slice sql, enum column_type *out);

#endif
