/* A frame's memory file as a pyarrow.RecordBatch, with no byte copied: the
 * structs of the Arrow C data interface
 * (https://arrow.apache.org/docs/format/CDataInterface.html) point into the
 * mapping. Everything in the file is checked against its size first
 * (layout_check.h). */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "data/frame.h"
#include "data/layout.h"
#include "runner/layout_check.h"
#include "runner/runner.h"

/* As the interface's specification gives them. */
struct ArrowSchema {
	const char *format, *name, *metadata;
	int64_t flags, n_children;
	struct ArrowSchema **children, *dictionary;
	void (*release)(struct ArrowSchema *);
	void *private_data;
};
struct ArrowArray {
	int64_t length, null_count, offset, n_buffers, n_children;
	const void **buffers;
	struct ArrowArray **children, *dictionary;
	void (*release)(struct ArrowArray *);
	void *private_data;
};
enum { ARROW_NULLABLE = 2 };

/* One column as both sides of the interface see it. */
typedef struct export_column {
	struct ArrowSchema schema;
	struct ArrowArray array;
	const void *buffers[3];
	char *name;
} export_column;

typedef struct export_frame {
	struct ArrowSchema schema, **schemas;
	struct ArrowArray array, **arrays;
	const void *none[1];
	export_column *cols;
	size_t n;
	unsigned holders; /* the schema and the array are released apart */
	mapping map;
} export_frame;

static void frame_drop(export_frame *x) {
	if (--x->holders) return;
	for (size_t i = 0; i < x->n; i++) free(x->cols[i].name);
	free(x->cols);
	free(x->schemas);
	free(x->arrays);
	mapping_free(&x->map);
	free(x);
}

static void column_schema_release(struct ArrowSchema *s) {
	s->release = NULL;
}
static void column_array_release(struct ArrowArray *a) {
	a->release = NULL;
}
static void schema_release(struct ArrowSchema *s) {
	export_frame *x = s->private_data;
	for (int64_t i = 0; i < s->n_children; i++)
		if (s->children[i]->release) s->children[i]->release(s->children[i]);
	s->release = NULL;
	frame_drop(x);
}
static void array_release(struct ArrowArray *a) {
	export_frame *x = a->private_data;
	for (int64_t i = 0; i < a->n_children; i++)
		if (a->children[i]->release) a->children[i]->release(a->children[i]);
	a->release = NULL;
	frame_drop(x);
}

static const struct {
	const char *format, *utc;
} TYPES[] = {
    [COL_TEXT] = {"U", NULL},       [COL_INT] = {"l", NULL},     [COL_FLOAT] = {"g", NULL},
    [COL_BOOL] = {"b", NULL},       [COL_DATE] = {"tsu:", NULL}, [COL_DATETIME] = {"tsu:", "tsu:UTC"},
    [COL_DURATION] = {"tDu", NULL},
};

static bool fill_column(export_frame *x, size_t i) {
	const char *base = x->map.p;
	const layout_header *h = x->map.p;
	const layout_column *c = (const layout_column *)(const void *)(h + 1) + i;
	export_column *out = &x->cols[i];
	const char *utc = c->flags & 1 ? TYPES[c->type].utc : NULL;
	out->name = slice_dup((slice){base + c->name_at, c->name_len});
	/* What is missing among floats is NaN already (layout.h): pandas shares such a column, and copies one with
	 * gaps. */
	uint64_t nulls = c->type == COL_FLOAT ? 0 : c->nulls;
	out->buffers[0] = nulls ? base + c->valid_at : NULL;
	out->buffers[1] = base + c->values_at;
	out->buffers[2] = base + c->bytes_at;
	out->schema = (struct ArrowSchema){.format = utc ? utc : TYPES[c->type].format,
					   .name = out->name,
					   .flags = ARROW_NULLABLE,
					   .release = column_schema_release};
	out->array = (struct ArrowArray){.length = (int64_t)h->rows,
					 .null_count = (int64_t)nulls,
					 .n_buffers = c->type == COL_TEXT ? 3 : 2,
					 .buffers = out->buffers,
					 .release = column_array_release};
	x->schemas[i] = &out->schema, x->arrays[i] = &out->array;
	return out->name;
}

static export_frame *export_new(mapping *map) {
	const layout_header *h = map->p;
	size_t n = h->ncols;
	export_frame *x = calloc(1, sizeof *x);
	if (!x) return NULL;
	*x = (export_frame){.n = n, .holders = 1, .map = *map};
	*map = (mapping){0};
	x->cols = calloc(n ? n : 1, sizeof *x->cols);
	x->schemas = calloc(n ? n : 1, sizeof *x->schemas);
	x->arrays = calloc(n ? n : 1, sizeof *x->arrays);
	bool good = x->cols && x->schemas && x->arrays;
	if (!x->cols) x->n = 0;
	for (size_t i = 0; good && i < n; i++) good = fill_column(x, i);
	if (!good) return frame_drop(x), NULL;
	x->schema = (struct ArrowSchema){.format = "+s",
					 .name = "",
					 .n_children = (int64_t)n,
					 .children = x->schemas,
					 .release = schema_release,
					 .private_data = x};
	x->array = (struct ArrowArray){.length = (int64_t)((const layout_header *)x->map.p)->rows,
				       .n_buffers = 1,
				       .buffers = x->none,
				       .n_children = (int64_t)n,
				       .children = x->arrays,
				       .release = array_release,
				       .private_data = x};
	x->holders = 2;
	return x;
}

static PyObject *import_batch(export_frame *x) {
	PyObject *pyarrow = PyImport_ImportModule("pyarrow");
	PyObject *type = pyarrow ? PyObject_GetAttrString(pyarrow, "RecordBatch") : NULL;
	/* pyarrow moves the structs out and calls their release when it is done with the data. */
	PyObject *batch =
	    type ? PyObject_CallMethod(type, "_import_from_c", "KK", (unsigned long long)(uintptr_t)&x->array,
				       (unsigned long long)(uintptr_t)&x->schema)
		 : NULL;
	Py_XDECREF(type);
	Py_XDECREF(pyarrow);
	return batch;
}

PyObject *arrow_import(int fd, PyObject **stem, PyObject **file) {
	err e = ERR_INIT;
	cleanup_mapping mapping map = {0};
	if (!mapping_of(fd, &map, &e)) return PyErr_Format(PyExc_OSError, "%s", e.message);
	if (!layout_fits(&map))
		return PyErr_Format(PyExc_ValueError, "a frame's memory file is not laid out as it should be");
	const layout_header *h = map.p;
	const char *names = (const char *)map.p + h->name_at;
	*stem = PyUnicode_DecodeUTF8(names, h->stem_len, "replace");
	*file = PyUnicode_DecodeUTF8(names + h->stem_len, h->file_len, "replace");
	export_frame *x = *stem && *file ? export_new(&map) : NULL;
	if (!x) return PyErr_Occurred() ? NULL : PyErr_NoMemory();
	return import_batch(x);
}
