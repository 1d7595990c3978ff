/* CPython inside the runner: the system's libpython, nothing of the user's
 * environment, the standard library and the venv's site-packages as the whole
 * of sys.path. The Python half (folder python) is compiled into the binary. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "runner/embedded.h"
#include "runner/paths.h"
#include "runner/runner.h"

#include <malloc.h>
#include <stdio.h>

struct python_work {
	PyObject *code, *batches, *options, *run;
};

/* The pending exception, cleared; the caller's to release. NULL when there is none. */
static PyObject *take_exception(void) {
#if PY_VERSION_HEX >= 0x030c0000
	return PyErr_GetRaisedException();
#else
	PyObject *type = NULL, *value = NULL, *trace = NULL;
	PyErr_Fetch(&type, &value, &trace);
	PyErr_NormalizeException(&type, &value, &trace);
	Py_XDECREF(type);
	Py_XDECREF(trace);
	return value;
#endif
}

/* The pending exception as one line "Kind: words", cleared. */
static void say_exception(char *to, size_t size) {
	PyObject *value = take_exception(), *text = value ? PyObject_Str(value) : NULL;
	const char *words = text ? PyUnicode_AsUTF8(text) : NULL;
	(void)snprintf(to, size, "%s: %s", value ? Py_TYPE(value)->tp_name : "error", words ? words : "no words");
	to[strcspn(to, "\r\n")] = 0;
	Py_XDECREF(text);
	Py_XDECREF(value);
	PyErr_Clear();
}

static bool append_path(PyConfig *settings, const char *path) {
	wchar_t *wide = Py_DecodeLocale(path, NULL);
	if (!wide) return false;
	PyStatus s = PyWideStringList_Append(&settings->module_search_paths, wide);
	PyMem_RawFree(wide);
	return !PyStatus_Exception(s);
}

static bool start_interpreter(const runner *r, err *e) {
	PyConfig settings;
	PyPreConfig before;
	PyPreConfig_InitIsolatedConfig(&before);
	before.utf8_mode = 1;
	PyStatus s = Py_PreInitialize(&before);
	memory_arrange();
	PyConfig_InitIsolatedConfig(&settings);
	settings.site_import = 0;
	settings.write_bytecode = 0;
	settings.install_signal_handlers = 0;
	settings.module_search_paths_set = 1;
	bool good = !PyStatus_Exception(s) && append_path(&settings, PYTHON_STDLIB) &&
		    append_path(&settings, PYTHON_DYNLOAD) && append_path(&settings, r->site);
	if (good) s = PyConfig_SetBytesString(&settings, &settings.executable, PYTHON_PROGRAM);
	if (good && !PyStatus_Exception(s)) s = PyConfig_SetBytesString(&settings, &settings.prefix, "/usr");
	if (good && !PyStatus_Exception(s)) s = PyConfig_SetBytesString(&settings, &settings.exec_prefix, "/usr");
	if (good && !PyStatus_Exception(s)) s = Py_InitializeFromConfig(&settings);
	PyConfig_Clear(&settings);
	if (good && !PyStatus_Exception(s)) return true;
	(void)err_set(e, ERR_SANDBOX, "Python %s cannot start: %s", PYTHON_VERSION,
		      s.err_msg ? s.err_msg : "out of memory");
	return err_hint(e, "Reinstall the system's Python: apt-get install --reinstall libpython3-stdlib.");
}

static bool load_module(const embedded_module *m, err *e) {
	char why[400];
	PyObject *code = Py_CompileString(m->source, m->file, Py_file_input);
	PyObject *module = code ? PyImport_ExecCodeModule(m->name, code) : NULL;
	bool good = module;
	Py_XDECREF(code);
	Py_XDECREF(module);
	if (good) return true;
	say_exception(why, sizeof why);
	return err_set(e, ERR_SANDBOX, "plotd's own Python module %s does not load: %s", m->name, why);
}

/* The venv is at fault for whatever fails while it is warmed up. */
static bool blame_venv(const runner *r, err *e) {
	char why[400];
	bool import = PyErr_ExceptionMatches(PyExc_ImportError), denied = PyErr_ExceptionMatches(PyExc_PermissionError);
	say_exception(why, sizeof why);
	(void)err_set(e, ERR_SANDBOX,
		      import ? "a Python package is missing or broken in %s: %s"
			     : "the Python packages in %s do not work: %s",
		      r->hello.site, why);
	if (denied) return err_hint(e, "Jobs run as a user of their own: let everybody read the venv (chmod -R a+rX).");
	return err_hint(e, "Run ./run once more to set the venv up, or point PLOTD_PYTHON_HOME at one with pandas, "
			   "plotly, pyarrow and orjson.");
}

static void copy_version(PyObject *versions, const char *name, char *to, size_t size) {
	PyObject *value = PyDict_Check(versions) ? PyDict_GetItemString(versions, name) : NULL;
	const char *text = value && PyUnicode_Check(value) ? PyUnicode_AsUTF8(value) : NULL;
	(void)snprintf(to, size, "%s", text ? text : "");
}

bool python_rehearse(void) {
	PyObject *module = PyImport_ImportModule("plotd_rehearse");
	PyObject *done = module ? PyObject_CallMethod(module, "rehearse", NULL) : NULL;
	return done;
}

static bool warm_up(const runner *r, wire_ready *ready, err *e) {
	PyObject *module = PyImport_ImportModule("plotd_job");
	PyObject *versions = module ? PyObject_CallMethod(module, "warm_up", NULL) : NULL;
	Py_XDECREF(module);
	if (!versions) return blame_venv(r, e);
	copy_version(versions, "python", ready->python, sizeof ready->python);
	copy_version(versions, "pandas", ready->pandas, sizeof ready->pandas);
	copy_version(versions, "plotly", ready->plotly, sizeof ready->plotly);
	Py_DECREF(versions);
	return true;
}

/* What lives now stays: the collector need not look at it again, and so does not dirty its pages in every job. */
static void freeze(void) {
	(void)PyRun_SimpleString("import gc\ngc.collect()\ngc.freeze()\n");
	(void)malloc_trim(0);
}

bool python_settle(void) {
	PyObject *module = PyImport_ImportModule("plotd_job");
	PyObject *done = module ? PyObject_CallMethod(module, "settle", NULL) : NULL;
	Py_XDECREF(module);
	if (!done) return PyErr_Print(), false;
	Py_DECREF(done);
	freeze();
	return true;
}

bool python_start(runner *r, wire_ready *ready, err *e) {
	if (!start_interpreter(r, e)) return false;
	for (size_t i = 0; i < EMBEDDED_COUNT; i++)
		if (!load_module(&EMBEDDED[i], e)) return PyErr_Clear(), false;
	if (!warm_up(r, ready, e)) return false;
	freeze();
	return true;
}

void python_before_fork(void) {
	PyOS_BeforeFork();
}

void python_after_fork(bool child) {
	if (child)
		PyOS_AfterFork_Child();
	else
		PyOS_AfterFork_Parent();
}

static PyObject *take_code(int fd, uint64_t most) {
	err e = ERR_INIT;
	cleanup_mapping mapping m = {0};
	if (!mapping_of(fd, &m, &e) || m.n > most) return PyErr_Format(PyExc_ValueError, "the code cannot be read");
	return PyBytes_FromStringAndSize(m.p ? m.p : "", (Py_ssize_t)m.n);
}

static PyObject *take_batches(const int *fds, size_t n) {
	PyObject *list = PyList_New((Py_ssize_t)n);
	for (size_t i = 0; list && i < n; i++) {
		PyObject *stem = NULL, *file = NULL, *batch = arrow_import(fds[i], &stem, &file);
		PyObject *item = batch ? PyTuple_Pack(3, stem, file, batch) : NULL;
		Py_XDECREF(stem);
		Py_XDECREF(file);
		Py_XDECREF(batch);
		if (!item) return Py_DECREF(list), NULL;
		PyList_SET_ITEM(list, (Py_ssize_t)i, item);
	}
	return list;
}

static PyObject *take_options(const wire_job *job) {
	return Py_BuildValue("{s:O,s:O,s:K,s:K}", "no_policy", job->flags & WIRE_NO_POLICY ? Py_True : Py_False,
			     "check_only", job->flags & WIRE_CHECK_ONLY ? Py_True : Py_False, "figure_max",
			     (unsigned long long)job->figure_max, "code_max", (unsigned long long)job->code_max);
}

python_work *python_take(const wire_job *job, const wire_parcel *parcel, bool *out_of_memory) {
	python_work *w = calloc(1, sizeof *w);
	if (!w) return *out_of_memory = true, NULL;
	PyObject *module = PyImport_ImportModule("plotd_job");
	w->run = module ? PyObject_GetAttrString(module, "run") : NULL;
	Py_XDECREF(module);
	w->options = w->run ? take_options(job) : NULL;
	w->code = w->options ? take_code(parcel->fds[0], job->code_max) : NULL;
	w->batches = w->code ? take_batches(parcel->fds + 2, job->nframes) : NULL;
	if (w->batches) return w;
	*out_of_memory = PyErr_ExceptionMatches(PyExc_MemoryError);
	PyErr_Clear();
	free(w); /* the references go with the process */
	return NULL;
}

static bool write_document(int fd, slice document) {
	err e = ERR_INIT;
	if (write_all(fd, document, &e)) return true;
	/* Over RLIMIT_FSIZE or out of memory: what was written is no document. */
	static const char TOO_LARGE[] =
	    "{\"error\":{\"code\":\"code_output_limit\",\"message\":\"the result is too large\"}}";
	return ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0 &&
	       write_all(fd, (slice){TOO_LARGE, sizeof TOO_LARGE - 1}, &e);
}

bool python_run(python_work *w, int result) {
	PyObject *args = PyTuple_Pack(3, w->code, w->batches, w->options);
	Py_CLEAR(w->batches); /* the frames' only owner is now the call */
	PyObject *document = args ? PyObject_CallObject(w->run, args) : NULL;
	char *bytes;
	Py_ssize_t n;
	if (document && PyBytes_AsStringAndSize(document, &bytes, &n) == 0)
		return write_document(result, (slice){bytes, (size_t)n});
	static const char MEMORY[] =
	    "{\"error\":{\"code\":\"code_memory_limit\",\"message\":\"the code used up its memory\"}}";
	bool memory = PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_MemoryError);
	return memory && write_document(result, (slice){MEMORY, sizeof MEMORY - 1});
}
