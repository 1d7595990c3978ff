"""The policy's tables: rules with their sentences, and the names that each is about."""

from __future__ import annotations

import re
import sys
import types

import plotd_names

# Rule: what it says, the allowed way.
RULES: dict[str, tuple[str, str]] = {
    "import": (
        "only pandas, plotly, numpy, math and datetime may be imported",
        "Drop the import; pd, np, px, go, make_subplots, math and datetime are there already.",
    ),
    "submodule": (
        "this part of the package reads, writes or reaches out of the job",
        "Import from pandas, numpy, plotly.express, plotly.graph_objects, plotly.subplots or plotly.colors.",
    ),
    "star_import": (
        "names must be imported one by one",
        "Name what you need: from plotly.subplots import make_subplots.",
    ),
    "builtin": (
        "this built-in function is not for plotting code",
        "Work on df and dfs with pandas and numpy.",
    ),
    "underscore": ("names that begin with an underscore are private", "Use the public attribute or method."),
    "computed_attribute": (
        "an attribute's name must be written out",
        "Write the name as a constant: df.mean(), or a dict of functions to choose from.",
    ),
    "introspection": (
        "frames, code objects and class trees are out of bounds",
        "Leave it out; no chart needs it.",
    ),
    "module_walk": (
        "a module may not be reached through another",
        "Use what pandas, numpy and plotly offer under their own names.",
    ),
    "file_read": (
        "files cannot be read, but for pd.read_csv of an uploaded one",
        "The tables are loaded already: use df, dfs['name'] or pd.read_csv('name.csv').",
    ),
    "file_write": (
        "files cannot be written, but for fig.write_html('output.html')",
        "Leave the figure in `fig`; plotd makes the page.",
    ),
    "network": (
        "there is no network",
        "Use the uploaded tables: df, dfs['name'] or pd.read_csv('name.csv').",
    ),
    "renderer": (
        "plotd shows the figure itself",
        "Leave the figure in `fig`, or call fig.show() with no renderer.",
    ),
    "query": (
        "query text may compare columns and @variables, and call their plain methods",
        "Write df.query('amount > 3 and region == @name'), or a mask: df[df['amount'] > 3].",
    ),
    "format": (
        "a format string may not reach for private attributes",
        "Use an f-string with the value itself.",
    ),
    "raw_memory": (
        "memory may not be looked at directly",
        "Use plain arrays; np.lib.stride_tricks.sliding_window_view is fine.",
    ),
    "type": (
        "classes may not be made by type() or a metaclass",
        "Write a class statement, or do without a class.",
    ),
    "size": ("the code is too long", "Write shorter code."),
    "nesting": ("the code is nested too deep", "Split the expression into several statements."),
}


# ---- tables ---------------------------------------------------------------------------------

BUILTINS: dict[str, tuple[str, str]] = {  # name: rule, hint
    "open": ("file_read", ""),
    "eval": ("builtin", "Write the expression itself; for columns, df.eval('a + b')."),
    "exec": ("builtin", "Write the statements themselves."),
    "compile": ("builtin", "Write the statements themselves."),
    "input": ("builtin", "There is nobody to ask; write the value."),
    "globals": ("builtin", "Use the variables by name, or put them into a dict."),
    "locals": ("builtin", "Use the variables by name, or put them into a dict."),
    "vars": ("builtin", "Use the variables by name, or put them into a dict."),
    "breakpoint": ("builtin", "Leave it out."),
    "help": ("builtin", "Leave it out."),
    "exit": ("builtin", "Leave it out; the code ends at its last line."),
    "quit": ("builtin", "Leave it out; the code ends at its last line."),
    "copyright": ("builtin", "Leave it out."),
    "credits": ("builtin", "Leave it out."),
    "license": ("builtin", "Leave it out."),
    "memoryview": ("raw_memory", ""),
}
REFLECTION = frozenset(("getattr", "setattr", "delattr", "hasattr"))
PUBLIC_UNDERSCORE = frozenset(("__name__", "_asdict", "_fields", "_replace"))  # the last three are a named tuple's
DUNDER_NAMES = frozenset(("__name__", "__all__", "__slots__", "__doc__", "__version__", "__author__", "__match_args__"))
DUNDER_METHODS = frozenset(
    f"__{m}__"
    for m in (
        "init repr str len iter next getitem setitem contains call enter exit eq ne lt le gt ge hash bool int float "
        "abs neg pos add radd sub rsub mul rmul truediv rtruediv floordiv mod pow and or post_init format round"
    ).split()
)
DUNDER_TEXT = frozenset(dir(object)) | frozenset(
    f"__{m}__"
    for m in (
        "builtins globals import subclasses base bases mro code closure func self dict loader spec getattribute "
        "traceback context cause wrapped module file path package defaults kwdefaults annotations"
    ).split()
)

# Modules that code may import or reach, by name; a star takes in all below.
MODULES = frozenset(
    """pandas pandas.api pandas.api.types pandas.api.extensions pandas.api.indexers pandas.api.typing
    pandas.tseries pandas.tseries.offsets pandas.tseries.frequencies pandas.tseries.holiday pandas.errors
    pandas.arrays pandas.plotting pandas.tseries.api
    numpy numpy.random numpy.linalg numpy.fft numpy.ma numpy.polynomial numpy.char numpy.strings numpy.dtypes
    numpy.exceptions numpy.typing numpy.rec numpy.emath numpy.lib numpy.lib.stride_tricks numpy.lib.scimath
    numpy.ma.extras numpy.polynomial.polynomial numpy.polynomial.chebyshev numpy.polynomial.legendre
    numpy.polynomial.hermite numpy.polynomial.hermite_e numpy.polynomial.laguerre numpy.polynomial.polyutils
    plotly plotly.express plotly.express.colors plotly.express.data plotly.express.trendline_functions plotly.data
    plotly.subplots plotly.io plotly.io.json plotly.io.templates plotly.figure_factory plotly.tools plotly.utils
    plotly.exceptions plotly.version plotly.colors plotly.graph_objects plotly.graph_objs
    math datetime""".split()
)
MODULE_TREES = ("plotly.graph_objs.", "plotly.graph_objects.", "plotly.colors.", "_plotly_utils.colors")
PACKAGES = frozenset(("pandas", "plotly", "numpy", "math", "datetime"))
RENDERING = re.compile(r"plotly\.(offline|io\.(renderers|kaleido|orca|base_renderers|sg_scraper)|kaleido|plotly)\b")

INSTEAD: dict[str, str] = {  # first part of a module's name: what to do without it
    "os": "The tables are loaded already: use df or dfs['name'].",
    "sys": "Leave it out.",
    "pathlib": "The tables are loaded already: use df or dfs['name'].",
    "io": "The tables are loaded already: use df or dfs['name'].",
    "csv": "The tables are loaded already: use df or dfs['name'].",
    "glob": "The tables' names are in dfs: for name, table in dfs.items().",
    "json": "Use Python lists and dicts, or pd.json_normalize.",
    "re": "Use df['column'].str.extract, .str.replace or .str.contains.",
    "random": "Use the data's own values; for a sample, df.sample(n, random_state=0).",
    "collections": "Use a dict, df.groupby or df['column'].value_counts().",
    "itertools": "Use zip, enumerate, a comprehension or pd.MultiIndex.from_product.",
    "functools": "Write a small function or a loop.",
    "operator": "Write a lambda.",
    "statistics": "Use df['column'].mean(), .median(), .std().",
    "typing": "Leave the annotations out, or write list[str] and dict[str, float].",
    "dataclasses": "Use a dict or a tuple.",
    "warnings": "Leave it out; warnings do no harm.",
    "time": "Use datetime, or pd.Timestamp.",
    "calendar": "Use s.dt.month_name(), s.dt.day_name().",
    "zoneinfo": "Use s.dt.tz_convert('Europe/Berlin') with the zone's name.",
    "decimal": "Use floats and round().",
    "string": "Write the letters out.",
    "copy": "Use df.copy(), dict(d) or list(l).",
    "textwrap": "Use s.str.slice, or '<br>' in the text.",
    "matplotlib": "Draw with plotly.express or plotly.graph_objects.",
    "seaborn": "Draw with plotly.express or plotly.graph_objects.",
    "altair": "Draw with plotly.express or plotly.graph_objects.",
    "bokeh": "Draw with plotly.express or plotly.graph_objects.",
    "dash": "Leave the figure in `fig`; plotd makes the page.",
    "streamlit": "Leave the figure in `fig`; plotd makes the page.",
    "IPython": "Leave the figure in `fig`; plotd makes the page.",
    "scipy": "Use np.polyfit, np.histogram, np.corrcoef or pandas' own statistics.",
    "sklearn": "Use np.polyfit, np.corrcoef or pandas' own statistics.",
    "statsmodels": "Use px.scatter(…, trendline='ols'), which works without it, or np.polyfit.",
    "requests": "There is no network; use df or dfs['name'].",
    "urllib": "There is no network; use df or dfs['name'].",
    "polars": "Use pandas: the tables are pandas frames.",
}

INTROSPECTION = frozenset(
    """gi_frame gi_code gi_yieldfrom gi_suspended cr_frame cr_code cr_await cr_origin ag_frame ag_code ag_await f_back
    f_builtins f_code f_globals f_locals f_trace tb_frame tb_next tb_lasti tb_lineno co_code co_consts co_names
    co_varnames func_globals func_code func_closure mro""".split()
)
WRITES = frozenset(
    """to_pickle to_sql to_excel to_hdf to_parquet to_feather to_stata to_clipboard to_gbq to_orc to_xml to_iceberg
    tofile write_json savefig""".split()
)
READS = frozenset(
    """read_pickle read_sql read_sql_query read_sql_table read_excel read_json read_html read_xml read_parquet
    read_feather read_hdf read_orc read_sas read_spss read_stata read_clipboard read_fwf read_gbq read_iceberg
    fromfile open_memmap""".split()
)
IMAGES = frozenset(("write_image", "to_image", "write_images", "full_figure_for_development"))
# Methods that write when given a path as their first argument or under this name, and return text when not.
TEXT_OR_FILE = {
    "to_csv": "path_or_buf",
    "to_json": "path_or_buf",
    "to_html": "buf",
    "to_markdown": "buf",
    "to_latex": "buf",
    "to_string": "buf",
}
# Refused on the module of that name (and below it) alone, since as a method the name may be anything.
MEMBERS: dict[str, dict[str, str]] = {
    "numpy": {
        **dict.fromkeys(
            "load loadtxt genfromtxt fromfile fromregex memmap DataSource".split(),
            "file_read",
        ),
        **dict.fromkeys("save savez savez_compressed savetxt".split(), "file_write"),
        "test": "submodule",
        "as_strided": "raw_memory",
    },
    "pandas": {
        **dict.fromkeys("ExcelFile HDFStore".split(), "file_read"),
        **dict.fromkeys("ExcelWriter".split(), "file_write"),
        "test": "submodule",
        "show_versions": "submodule",
    },
    "plotly": {
        **dict.fromkeys("renderers kaleido orca write_images full_figure_for_development iplot".split(), "renderer"),
        "read_json": "file_read",
        "mpl_to_plotly": "renderer",
        "save_image": "file_write",
    },
}
SYSTEM_PATH = re.compile(
    r"^(?:~|//|\\\\|/(?:etc|proc|sys|dev|root|run|boot|usr|bin|sbin|lib\w*|var/(?:log|run|lib))(?:/|$))"
)
PARENT = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)")
URL = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*://")


# ---- modules --------------------------------------------------------------------------------


def allowed_module(name: str) -> bool:
    return name in MODULES or f"{name}.".startswith(MODULE_TREES)


def module_refusal(name: str) -> tuple[str, str]:
    """Rule and hint against importing this module."""
    top = name.split(".")[0]
    if RENDERING.match(name):
        return "renderer", ""
    return ("submodule", "") if top in PACKAGES else ("import", INSTEAD.get(top, ""))


def member_rule(module: types.ModuleType, name: str) -> str | None:
    """The rule against a module's member, or None."""
    top = module.__name__.split(".")[0].lstrip("_")
    rule = MEMBERS.get(top, {}).get(name)
    if rule:
        return rule
    if top == "pandas" and name.startswith("read_") and name not in ("read_csv", "read_table"):
        return "file_read"
    full = f"{module.__name__}.{name}"
    found = plotd_names.member(module, name)
    if found and not isinstance(found[0], types.ModuleType):
        return None if _is_own(found[0]) else "module_walk"
    if found:
        full = found[0].__name__
    elif full not in UNLOADED:
        return "module_walk" if name in sys.stdlib_module_names else None
    if allowed_module(full):
        return None
    return "renderer" if RENDERING.match(full) else "submodule" if full.startswith(top) else "module_walk"


def _is_own(member: object) -> bool:
    """Whether a package's function or class is of a package that code may use, not importlib's, say."""
    of = getattr(member, "__module__", None)
    return not callable(member) or not isinstance(of, str) or of.split(".")[0] in _OWNERS


_OWNERS = PACKAGES | {
    "builtins",
    "_plotly_utils",
    "narwhals",
    "typing",
    "_operator",
    "plotd_frames",
    "plotd_job",
    "plotd_trend",
}


UNLOADED = frozenset(  # parts of the packages that may not be loaded yet, so that resolving does not see them
    """plotly.offline plotly.kaleido plotly.validators plotly.matplotlylib plotly.basewidget plotly.callbacks
    plotly.files numpy.ctypeslib numpy.f2py numpy.distutils numpy.testing numpy.core numpy.compat pandas.testing
    pandas.util pandas.io pandas.core pandas.compat""".split()
)
