"""The policy: what plotting code may not do, told before anything runs, with the way that is allowed.

It reads CPython's own syntax tree, the one that is then compiled, so there is no second parser to
disagree with. It is kind rather than strong: a refusal comes early, names its rule and line, and says
what to write instead. Nothing relies on it for safety; the isolation holds with it switched off.

How this works
--------------
names.py collects what every name is bound to. Then each node is looked at by its type (`on_*`, and
`call_*` for calls by the called name), with the tables in rules.py:

* names of built-in functions, and of attributes, that are refused wherever they stand;
* modules that may be imported or reached. An attribute chain that starts at a module is resolved on
  the real module, so `go.sys` is seen to be a module that is not in the table, by whatever alias;
* text that Python or pandas evaluates (format strings, `df.query`) is held to the same rules; query
  text that is only known when it runs is looked at then (`guard`).
"""

from __future__ import annotations

import ast
import re
import sys
import types
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

import plotd_names
import plotd_rules as rules
from plotd_names import called


class Refused(Exception):
    """Code that breaks a rule."""

    def __init__(self, rule: str, line: int, subject: str, hint: str = "") -> None:
        what, allowed = rules.RULES[rule]
        super().__init__(f"{subject}: {what}")
        self.rule, self.line, self.message, self.hint = rule, line, f"{subject}: {what}", hint or allowed


# ---- the checks -----------------------------------------------------------------------------


class Checker:
    """Looks at one node after the other and raises Refused at the first that breaks a rule."""

    def __init__(self, names: plotd_names.Bindings, files: Callable[[object], Any]) -> None:
        self.names = names
        self.files = files  # uploaded file of that name, or None
        self.callees: set[int] = set()  # ids of the expressions that are called
        self.methods: set[int] = set()  # ids of functions defined in a class
        self.idle: set[int] = set()  # ids of attributes that are set to no effect
        self.formats = False
        self.in_query = False
        self.variables: set[int] = set()  # ids of the @names in query text
        self.line = 0

    def look(self, node: ast.AST) -> None:
        self.line = getattr(node, "lineno", self.line)
        method = _METHODS.get(type(node))
        if method:
            method(self, node)

    def refuse(self, rule: str, subject: str, hint: str = "") -> None:
        raise Refused(rule, self.line, subject, hint)

    # -- imports

    def on_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.check_identifier(alias.asname)
            self.check_import(alias.name)

    def on_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if module == "__future__":
            return
        if node.level:
            self.refuse("import", f"import from {'.' * node.level}{module}")
        self.check_import(module)
        for alias in node.names:
            if alias.name == "*":
                self.refuse("star_import", f"from {module} import *")
            self.check_identifier(alias.asname)
            self.check_identifier(alias.name)
            self.check_attribute_name(alias.name)
            known = sys.modules.get(module)
            self.check_member([known] if known else [], alias.name, f"{module}.{alias.name}")

    def check_import(self, name: str) -> None:
        if not rules.allowed_module(name):
            rule, hint = rules.module_refusal(name)
            self.refuse(rule, f"import of {name}", hint)

    # -- names

    def check_identifier(self, name: str | None) -> None:
        """Names that code binds: `_` and `_x` are its own affair, dunders are Python's."""
        if name and name.startswith("__") and name.strip("_") and name not in rules.DUNDER_NAMES:
            self.refuse("underscore", f"the name {name}")

    def on_Name(self, node: ast.Name) -> None:
        self.check_identifier(node.id)
        if not isinstance(node.ctx, ast.Load):
            return
        if node.id in rules.BUILTINS:
            is_called = id(node) in self.callees
            if node.id in self.names.functions or (self.names.bound(node.id) and not is_called):
                return  # the code's own: a column called `open`, say
            if self.in_query and not is_called and id(node) not in self.variables:
                return  # a column: close > open
            rule, hint = rules.BUILTINS[node.id]
            self.refuse(rule, f"{node.id}()" if is_called else node.id, hint)
        if node.id in rules.REFLECTION and id(node) not in self.callees and node.id not in self.names.functions:
            self.refuse("computed_attribute", f"{node.id} as a value")
        self.check_objects(self.names.objects.get(node.id, ()), node.id)

    def check_objects(self, objects: Iterable[Any], name: str) -> None:
        for o in objects:
            if isinstance(o, types.ModuleType) and not rules.allowed_module(o.__name__):
                self.refuse("module_walk", f"{name} (the module {o.__name__})")

    def on_arg(self, node: ast.arg) -> None:
        self.check_identifier(node.arg)

    def on_keyword(self, node: ast.keyword) -> None:
        self.check_identifier(node.arg)

    def on_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        for name in node.names:
            self.check_identifier(name)

    def on_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.check_identifier(node.name)

    def on_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if node.name not in rules.DUNDER_METHODS or id(node) not in self.methods:
            self.check_identifier(node.name)

    def on_ClassDef(self, node: ast.ClassDef) -> None:
        self.check_identifier(node.name)
        self.methods.update(id(f) for f in node.body if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef))
        for keyword in node.keywords:
            if keyword.arg == "metaclass":
                self.refuse("type", f"the metaclass of {node.name}")

    def on_MatchClass(self, node: ast.MatchClass) -> None:
        for name in node.kwd_attrs:
            self.check_attribute_name(name)

    def on_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self.check_identifier(node.name)

    def on_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.check_identifier(node.rest)

    # -- attributes

    def on_Attribute(self, node: ast.Attribute) -> None:
        attr = node.attr
        if attr == "__init__" and isinstance(node.value, ast.Call) and called(node.value) == "super":
            return
        if attr.startswith("_") and not attr.endswith("__") and self.names.is_own_member(node):
            return
        if attr in ("format", "format_map"):
            self.formats = True
        if attr in rules.TEXT_OR_FILE and id(node) not in self.callees and isinstance(node.ctx, ast.Load):
            self.refuse("file_write", f".{attr} as a value")
        if attr == "renderers" and id(node) in self.idle:
            return
        self.check_access(self.names.resolve(node.value), attr, node, node.value)

    def check_access(self, owners: list[Any], attr: str, shown: str | ast.AST, owner: ast.AST) -> None:
        if attr == "__version__" and any(isinstance(o, types.ModuleType) for o in owners):
            return
        self.check_attribute_name(attr)
        if attr == "obj" and isinstance(owner, ast.Name) and owner.id in self.names.exceptions:
            self.refuse("introspection", f"the exception's {attr}")
        self.check_member(owners, attr, shown)

    def check_attribute_name(self, attr: str) -> None:
        if attr.startswith("_") and attr not in rules.PUBLIC_UNDERSCORE:
            self.refuse("underscore", f"the attribute {attr}")
        rule = _ATTRIBUTES.get(attr)
        if rule:
            self.refuse(rule, f".{attr}")

    def check_member(self, owners: list[Any], attr: str, shown: str | ast.AST) -> None:
        for o in owners:
            rule = rules.member_rule(o, attr) if isinstance(o, types.ModuleType) else None
            if rule:
                self.refuse(rule, (shown if isinstance(shown, str) else ast.unparse(shown))[:80])

    # -- calls

    def on_Call(self, node: ast.Call) -> None:
        self.callees.add(id(node.func))
        name = called(node)
        check = _CALLS.get(name)
        if check:
            check(self, node)

    def call_reflection(self, node: ast.Call) -> None:
        name = called(node)
        if name in self.names.functions or not isinstance(node.func, ast.Name):
            return
        names = self.names.texts(node.args[1]) if len(node.args) > 1 else None
        if names is None:
            self.refuse("computed_attribute", f"{name}() with a computed name")
        owners = self.names.resolve(node.args[0])
        for attr in sorted(names or ()):
            self.check_access(owners, unicodedata.normalize("NFKC", attr), f"{name}(…, {attr!r})", node.args[0])
            if attr in rules.TEXT_OR_FILE:
                self.refuse("file_write", f"{name}(…, {attr!r})")

    def call_type(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and len(node.args) > 1 and "type" not in self.names.functions:
            self.refuse("type", "type() with more than one argument")

    def call_read_csv(self, node: ast.Call) -> None:
        where = _argument(node, 0, "filepath_or_buffer")
        known = self.names.texts(where) if where is not None else None
        for path in sorted(known or self.names.beginning(where)):
            if self.files(path) is not None and not rules.URL.match(path):
                continue
            if rules.URL.match(path):
                self.refuse("network", f"{called(node)}({path[:60]!r})")
            if rules.SYSTEM_PATH.match(path) or rules.PARENT.search(path):
                self.refuse("file_read", f"{called(node)}({path[:60]!r})")

    def call_write_html(self, node: ast.Call) -> None:
        first = (
            1 if self.names.resolve(getattr(node.func, "value", node.func)) or isinstance(node.func, ast.Name) else 0
        )
        where = _argument(node, first, "file")
        paths = self.names.texts(where) if where is not None else None
        if paths is None or {p.removeprefix("./") for p in paths} != {"output.html"}:
            self.refuse("file_write", f"write_html({ast.unparse(where)[:60] if where is not None else ''})")

    def call_show(self, node: ast.Call) -> None:
        named = any(k.arg in ("renderer", None) for k in node.keywords)
        if named or any(self.names.texts(a) is not None for a in node.args):
            self.refuse("renderer", "show() with a renderer")

    def call_to_text(self, node: ast.Call) -> None:
        name = called(node)
        owners = self.names.resolve(getattr(node.func, "value", node.func))
        if any(isinstance(o, types.ModuleType) for o in owners):
            return  # a module's function: pio.to_html(fig), which has no file
        where = _argument(node, 0, rules.TEXT_OR_FILE[name])
        given = where is not None and not (isinstance(where, ast.Constant) and where.value is None)
        unpacked = any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords)
        if (given or unpacked) and isinstance(node.func, ast.Attribute):
            self.refuse("file_write", f"{name}({ast.unparse(where)[:60] if where is not None else '*'})")

    def call_dump(self, node: ast.Call) -> None:
        if node.args and isinstance(node.func, ast.Attribute):
            self.refuse("file_write", ".dump()")

    def call_query(self, node: ast.Call) -> None:
        owners = self.names.resolve(node.func.value) if isinstance(node.func, ast.Attribute) else []
        plain = any(isinstance(o, types.ModuleType) for o in owners)
        if isinstance(node.func, ast.Name):
            plain = bool(self.names.resolve(node.func))
            if not plain:
                return  # the built-in eval, which is refused as such
        where = _argument(node, 0, "expr")
        for text in sorted(self.names.texts(where) or ()) if where is not None else ():
            self.check_query(text, everything=plain)
        if isinstance(where, ast.JoinedStr):
            self.check_query("".join(str(v.value) if isinstance(v, ast.Constant) else "0" for v in where.values), plain)

    def check_query(self, text: str, everything: bool = False) -> None:
        """Text for pandas: names are columns, @names the code's own (in pd.eval all are the code's own)."""
        text = re.sub(r"`[^`]*`", "COLUMN", unicodedata.normalize("NFKC", text))
        text = re.sub(r"@(?=\w)", "" if everything else _AT, text)
        try:
            tree = ast.parse(text.strip())
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return  # pandas will say so
        inner = Checker(self.names, self.files)
        inner.in_query = True
        for node in plotd_names.walk(tree):
            if isinstance(node, ast.Name) and not everything:
                own = node.id.startswith(_AT)
                if own:
                    inner.variables.add(id(node))
                node.id = node.id.removeprefix(_AT) if own or node.id.startswith("__") else "COLUMN"
            elif isinstance(node, ast.Call):
                inner.callees.add(id(node.func))
        try:
            for node in plotd_names.walk(tree):
                inner.look(node)
        except Refused as e:
            raise Refused("query", self.line, f"{text.replace(_AT, '@')[:80]!r} ({e.rule})") from None

    def call_format(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute):
            for text in self.names.texts(node.func.value) or ():
                self.check_format(text)

    def check_format(self, text: str) -> None:
        for path in re.findall(r"\{([^{}:!]*[.\[][^{}:!]*)", unicodedata.normalize("NFKC", text)):
            for part in re.split(r"[.\[\]]+", path)[1:]:
                if part.startswith("_") or part in rules.INTROSPECTION or part in sys.stdlib_module_names:
                    self.refuse("format", repr(text[:60]))

    def call_dispatch(self, node: ast.Call) -> None:
        """pandas calls methods by name: df.agg('sum'), df.agg({'a': 'sum'}), df.agg(total=('a', 'sum'))."""
        named = [v for k in node.keywords for v in plotd_names.elements(k.value)[1:2]]
        for argument in [*node.args[:1], *named]:
            for value in [argument, *plotd_names.elements(argument)]:
                for text in self.names.texts(value) or ():
                    if text in rules.TEXT_OR_FILE or text in _ATTRIBUTES or text in rules.DUNDER_TEXT:
                        self.refuse(_ATTRIBUTES.get(text, "file_write"), f"{called(node)}({text!r})")

    def call_set_option(self, node: ast.Call) -> None:
        for name, value in zip(node.args[::2], node.args[1::2], strict=False):
            if "backend" in "".join(self.names.texts(name) or ()):
                self.check_backend(value)

    def check_backend(self, value: ast.expr) -> None:
        if self.names.texts(value) != {"plotly"}:
            self.refuse("renderer", "another plotting backend", "The plotting backend is plotly already.")

    def call_plot(self, node: ast.Call) -> None:
        for keyword in node.keywords:
            if keyword.arg == "backend":
                self.check_backend(keyword.value)

    def on_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            of = target.value if isinstance(target, ast.Attribute) and target.attr == "backend" else None
            if isinstance(of, ast.Attribute) and of.attr == "plotting":
                self.check_backend(node.value)
            if isinstance(target, ast.Attribute) and target.attr == "default" and isinstance(node.value, ast.Constant):
                self.idle.add(id(target.value))  # pio.renderers.default = 'browser', which job.warm_up made idle

    # -- text

    def on_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and node.value.startswith("__") and node.value in rules.DUNDER_TEXT:
            self.refuse("underscore", f"the name {node.value!r}")


_AT = "plotd_at_"
_ATTRIBUTES: dict[str, str] = {
    **dict.fromkeys(rules.INTROSPECTION, "introspection"),
    **dict.fromkeys(rules.WRITES | rules.IMAGES, "file_write"),
    **dict.fromkeys(rules.READS, "file_read"),
    **dict.fromkeys(("ctypes", "ctypeslib", "as_strided"), "raw_memory"),
}
_CALLS: dict[str, Callable[[Checker, ast.Call], None]] = {
    **dict.fromkeys(rules.REFLECTION, Checker.call_reflection),
    **dict.fromkeys(rules.TEXT_OR_FILE, Checker.call_to_text),
    **dict.fromkeys(("query", "eval"), Checker.call_query),
    **dict.fromkeys(("format", "format_map"), Checker.call_format),
    **dict.fromkeys(("agg", "aggregate", "apply", "transform"), Checker.call_dispatch),
    **dict.fromkeys(("set_option", "option_context"), Checker.call_set_option),
    **dict.fromkeys(("read_csv", "read_table"), Checker.call_read_csv),
    "dump": Checker.call_dump,
    "type": Checker.call_type,
    "write_html": Checker.call_write_html,
    "show": Checker.call_show,
    "plot": Checker.call_plot,
}
_METHODS: dict[type, Callable[[Checker, Any], None]] = {
    getattr(ast, name[3:]): method for name, method in vars(Checker).items() if name.startswith("on_")
}
_METHODS[ast.AsyncFunctionDef] = Checker.on_FunctionDef
_METHODS[ast.Nonlocal] = Checker.on_Global
_METHODS[ast.MatchStar] = Checker.on_MatchAs


def _argument(node: ast.Call, position: int, name: str) -> ast.expr | None:
    for keyword in node.keywords:
        if keyword.arg == name:
            return keyword.value
    if len(node.args) > position and not any(isinstance(a, ast.Starred) for a in node.args[: position + 1]):
        return node.args[position]
    return None


# ---- entry ----------------------------------------------------------------------------------

_checker: Checker | None = None


def check(nodes: list[ast.AST], names: plotd_names.Bindings, files: Callable[[object], Any]) -> None:
    """Raises Refused at the first node that breaks a rule. `files` finds an uploaded file by name."""
    global _checker
    _checker = checker = Checker(names, files)
    for node in nodes:
        checker.look(node)
    if checker.formats:
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                checker.line = node.lineno
                checker.check_format(node.value)


def no_check() -> None:
    """The job runs with the policy off: query text is not looked at either."""
    global _checker
    _checker = None


def guard() -> None:
    """Looks at query text when pandas is about to evaluate it. Called once, before any fork."""
    import pandas.core.computation.eval as pandas_eval  # not before frames.py has set the environment

    convert = pandas_eval._convert_expression

    def checked(expr: Any) -> str:
        text = convert(expr)
        if _checker is not None:
            _checker.line = 0  # the traceback knows
            _checker.check_query(text, everything=True)
        return text

    pandas_eval._convert_expression = checked
