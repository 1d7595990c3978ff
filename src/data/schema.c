#include "data/schema.h"

#include "base/json.h"

/* The first word of type names in PostgreSQL, MySQL, SQLite, SQL Server, Oracle, DuckDB, BigQuery and pandas. */
static const struct {
	const char *words;
	enum column_type type;
} TYPES[] = {
    {"int integer bigint smallint tinyint mediumint int2 int4 int8 int16 int32 int64 uint8 uint16 uint32 uint64 uint "
     "long "
     "short byte serial bigserial smallserial hugeint year pls_integer",
     COL_INT},
    {"float real double decimal numeric number money smallmoney float4 float8 float16 float32 float64 dec fixed "
     "binary_float binary_double bignumeric currency",
     COL_FLOAT},
    {"varchar char text string nvarchar nchar clob ntext character varchar2 nvarchar2 enum uuid json jsonb longtext "
     "mediumtext tinytext name citext bpchar object category str time set inet xml uniqueidentifier",
     COL_TEXT},
    {"bool boolean bit logical", COL_BOOL},
    {"date", COL_DATE},
    {"datetime timestamp timestamptz datetime2 smalldatetime datetimeoffset timestamp_ntz timestamp_tz timestamp_ltz "
     "datetime64 timestamp_s timestamp_ms timestamp_ns",
     COL_DATETIME},
    {"interval duration timedelta timedelta64", COL_DURATION},
};

static bool listed(slice word, const char *words) {
	while (*words) {
		size_t n = strcspn(words, " ");
		if (slice_eq_nocase(word, (slice){words, n})) return true;
		words += n + (words[n] == ' ');
	}
	return false;
}

bool schema_type(slice sql, enum column_type *out) {
	slice s = slice_trim(sql);
	if (slice_eq_nocase(slice_sub(s, 0, 9), SLICE("unsigned "))) s = slice_trim(slice_sub(s, 9, s.n));
	size_t n = 0;
	while (n < s.n && s.p[n] != '(' && s.p[n] != ' ' && s.p[n] != '[' && s.p[n] != '<') n++;
	for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
		if (listed(slice_sub(s, 0, n), TYPES[i].words)) return *out = TYPES[i].type, true;
	return false;
}

static bool same_name(slice a, slice b) {
	return slice_eq_nocase(slice_trim(a), slice_trim(b));
}

/* Names as JSON keys with their escapes undone. */
static bool key_is(slice key, slice name) {
	cleanup_buf buf quoted = BUF_INIT(JSON_MAX_KEY + 2), plain = BUF_INIT(JSON_MAX_KEY + 2);
	buf_addc(&quoted, '"');
	buf_add(&quoted, key);
	buf_addc(&quoted, '"');
	return buf_ok(&quoted) && json_text(buf_slice(&quoted), &plain) && same_name(buf_slice(&plain), name);
}

static slice member(slice object, slice name) {
	json_iter it;
	slice key, value;
	if (!json_open(object, &it) || !it.object) return (slice){0};
	while (json_next(&it, &key, &value))
		if (key_is(key, name)) return value;
	return (slice){0};
}

static slice without_ending(slice name) {
	for (size_t i = name.n; i-- > 1;)
		if (name.p[i] == '.') return slice_sub(name, 0, i);
	return name;
}

/* The element of a list whose "name" this is. */
static slice named(slice list, slice name) {
	json_iter it;
	slice key, value;
	cleanup_buf buf text = BUF_INIT(JSON_MAX_KEY);
	if (!json_open(list, &it) || it.object) return (slice){0};
	while (json_next(&it, &key, &value)) {
		buf_clear(&text);
		slice label = json_get(value, "name");
		if (!label.n) label = json_get(value, "column");
		if (json_text(label, &text) && same_name(buf_slice(&text), name)) return value;
	}
	return (slice){0};
}

/* The part of the schema that is about this file, or the empty slice. */
static slice table_part(slice schema, const frame *f) {
	slice tables = json_get(schema, "tables"), stem = without_ending(slice_of(f->name));
	slice root = tables.n ? tables : schema;
	slice keys[] = {stem, slice_of(f->stem), slice_of(f->name)};
	for (size_t i = 0; i < 3; i++) {
		slice part = member(root, keys[i]);
		if (!part.n) part = named(root, keys[i]);
		if (part.n) return part;
	}
	return json_get(schema, "columns");
}

/* Columns by name, in either form; the type's text into `out`. */
typedef struct entries {
	json_iter it;
} entries;

static bool next_entry(entries *at, buf *name, buf *type) {
	slice key, value;
	while (json_next(&at->it, &key, &value)) {
		buf_clear(name);
		buf_clear(type);
		slice t = value;
		if (at->it.object) {
			buf_addc(type, '"');
			buf_add(type, key);
			buf_addc(type, '"');
			bool ok = json_text(buf_slice(type), name);
			buf_clear(type);
			if (!ok) continue;
			if (json_get(value, "type").n) t = json_get(value, "type");
		} else {
			slice label = json_get(value, "name");
			if (!json_text(label.n ? label : json_get(value, "column"), name)) continue;
			t = json_get(value, "type");
		}
		if (json_text(t, type)) return true;
	}
	return false;
}

static size_t find_column(const frame *f, slice name) {
	for (size_t i = 0; i < f->ncols; i++)
		if (slice_eq(f->cols[i].name, name) || slice_eq(f->cols[i].label, name)) return i;
	for (size_t i = 0; i < f->ncols; i++)
		if (same_name(f->cols[i].name, name)) return i;
	return f->ncols;
}

static const enum kind KIND_OF[] = {
    [COL_TEXT] = KIND_TEXT, [COL_INT] = KIND_INT,       [COL_FLOAT] = KIND_FLOAT,      [COL_BOOL] = KIND_BOOL,
    [COL_DATE] = KIND_TIME, [COL_DATETIME] = KIND_TIME, [COL_DURATION] = KIND_DURATION};

static void want(builder *b, enum column_type type, slice sql) {
	enum kind now = b->guess.kind, kind = KIND_OF[type];
	bool numeric = now == KIND_INT || now == KIND_FLOAT || now == KIND_RICH;
	b->fixed = true, b->wanted = type;
	err_copy_text(b->wanted_text, sizeof b->wanted_text, sql);
	if (kind == KIND_TIME && now == KIND_INT) b->guess.compact = true;
	if (kind == KIND_INT && numeric) {
		if (now == KIND_RICH) b->guess.kind = KIND_INT;
		return; /* fractions widen it, which is told */
	}
	b->guess.kind = kind;
}

static void apply_entry(frame *f, builder *columns, slice name, slice sql) {
	slice shown = slice_utf8_cut(name, 60);
	size_t i = find_column(f, name);
	enum column_type type;
	if (i == f->ncols)
		notice(&f->notices, "%s: the schema names `%.*s`, which the file does not have.", f->name,
		       SLICE_ARG(shown));
	else if (!schema_type(sql, &type))
		notice(&f->notices, "%s: the schema's type `%.*s` of `%.*s` is unknown; its values decide.", f->name,
		       SLICE_ARG(slice_utf8_cut(sql, 40)), SLICE_ARG(shown));
	else
		want(&columns[i], type, sql);
}

void schema_apply(const char *text, frame *f, builder *columns) {
	err ignored = ERR_INIT;
	slice schema = slice_of(text);
	if (!schema.n) return;
	if (!json_check(schema, &ignored)) {
		notice(&f->notices, "%s: the schema is not understood; the values decide the types.", f->name);
		return;
	}
	slice part = table_part(schema, f), list = json_get(part, "columns");
	cleanup_buf buf name = BUF_INIT(JSON_MAX_KEY + 2), type = BUF_INIT(JSON_MAX_KEY + 2);
	entries at;
	if (!list.n) list = part;
	if (!list.n || !json_open(list, &at.it)) {
		notice(&f->notices, "%s: the schema has no table `%s`; the values decide the types.", f->name, f->stem);
		return;
	}
	while (next_entry(&at, &name, &type)) apply_entry(f, columns, buf_slice(&name), buf_slice(&type));
}
